"""What discovery costs where mechanisms are nonlinear, and how right it is, in two builds.

Tables are drawn from `p_in(["rff"])`. Both builds answer each table in turn; SHD is compared in pairs.

    python benchmarks/speed/nonlinear_search.py --old ../old
    python benchmarks/speed/nonlinear_search.py --old ../old --d 10 --rows 5000 --tables 4
"""

from statistics import mean, stdev

import click
from side_by_side import both, finish, old_option

SETUP = """
import warnings
import foundation_causal as fc
import networkx as nx
import numpy as np
from foundation_causal import metrics
from foundation_causal.simulate import p_in

warnings.simplefilter("ignore")
batch = p_in(["rff"]).draw(scms=1, d={d}, n={rows}, seed={seed})
frame, truth = batch.frame(0), np.asarray(batch.adjacency[0]) > 0
fc.discover(p_in(["rff"]).draw(scms=1, d=3, n=100, seed=0).frame(0))  # the network is loaded
"""
CODE = """
graph = fc.discover(frame).graph
found = nx.to_numpy_array(graph, nodelist=list(frame.columns)) > 0
either, both = truth | truth.T, found | found.T
answer = int(np.triu(either != both).sum() + (truth & found.T & ~found & ~truth.T).sum())  # SHD
"""


@click.command()
@click.option("--d", "sizes", type=int, multiple=True, default=(10, 20, 50), help="Columns; may be repeated.")
@click.option("--rows", type=int, default=400, show_default=True)
@click.option("--tables", type=int, default=4, show_default=True, help="Tables of every size.")
@click.option("--repeats", type=int, default=1, show_default=True, help="Runs a table and a side.")
@click.option("--seed", type=int, default=700, show_default=True, help="Of the first table.")
@click.option("--name", default="nonlinear_search", show_default=True, help="Of the file with the rows.")
@old_option
def main(sizes, rows, tables, repeats, seed, name, old):
    """Time discovery on nonlinear tables, and compare the structural Hamming distance."""
    found = []
    for d in sizes:
        for k in range(tables):
            setup = SETUP.format(d=d, rows=rows, seed=seed + k)
            found += both(f"d = {d}, n = {rows}, seed {seed + k}", CODE, setup, old, repeats=repeats)
        click.echo(summary(found[-tables * (1 if old is None else 2) :], d, rows))
    finish(name, found, old)


def summary(rows, d, n):
    """Means over the tables of one size, and the differences of SHD in pairs."""
    sides = {side: [row for row in rows if row["side"] == side] for side in ("old", "new")}
    lines = [
        f"d = {d}, n = {n}, {side}: {mean(row['cpu'] for row in part):.2f} s, "
        f"SHD {mean(row['answer'] for row in part):.2f} ({len(part)} tables)"
        for side, part in sides.items()
        if part
    ]
    if sides["old"]:
        old, new = (sum(row["cpu"] for row in sides[side]) for side in ("old", "new"))
        change = [b["answer"] - a["answer"] for a, b in zip(sides["old"], sides["new"], strict=True)]
        error = stdev(change) / len(change) ** 0.5 if len(change) > 1 else float("nan")
        lines.append(f"ratio of times {old / new:.1f}, SHD new - old {mean(change):+.2f} +- {error:.2f}")
    return "\n".join(lines)


if __name__ == "__main__":
    main()
