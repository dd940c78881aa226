"""From how many rows on a visible edge of the graph stays, whatever the network says of hidden causes.

    PYTHONPATH=.:benchmarks/speed:benchmarks/structure python benchmarks/fit/visible_edges.py

Linear tables, Gaussian and Laplace noise by turns: of 20 columns with nothing hidden (`linear_tables.py`),
and of 10 columns with 0, 1, 3 and 5 hidden causes (`confounded_pairs.py`); seeds are below. Counted are the
edges that `left_out` takes out of the search's graph, those of them that are `visible` there
(`discovery.network.hidden_causes`), and how many of either join pairs with an edge in truth.
"""

import warnings

import click
import numpy as np
import pandas as pd
from confounded_pairs import world
from linear_tables import linear_table

from discovery.network.answers import DEFAULT_MODEL, network_answers
from discovery.network.hidden_causes import left_out, visible
from discovery.pipeline import finish, prepare
from foundation_causal.observations import observations
from foundation_causal.runtime import measured_on, one_thread

HIDDEN = (0, 1, 3, 5)
WIDE_SEED, HIDDEN_SEED = 91_100_000, 7000  # of the first tables


def drawn(n, tables):
    """Pairs of a frame and its direct edges, with a name."""
    for k in range(tables):
        for noise in ("Gaussian", "Laplace"):
            rows, truth = linear_table(20, n, noise, WIDE_SEED + k)
            yield "20 columns", pd.DataFrame(rows, columns=[f"x{j}" for j in range(20)]), truth
            for hidden in HIDDEN:
                made = world(HIDDEN_SEED + k, hidden, n, nonlinear=False, laplace=noise == "Laplace")
                yield f"10 columns, {hidden} hidden", made.frame, made.direct


def counts(frame, truth):
    """Edges left out, true pairs among them, visible ones among them, and true pairs among these."""
    prepared = prepare(observations(frame))
    answer = network_answers(prepared.rows, DEFAULT_MODEL, None, True)
    graph = finish(prepared, answer, refine=True, confounders=True, model=DEFAULT_MODEL).search.adjacency
    places = [list(frame).index(name) for name in prepared.searched]
    joined = (truth | truth.T)[np.ix_(places, places)]
    out = left_out(graph, answer[1], None)
    seen = out & visible(graph)
    return np.array([out.sum(), (out & joined).sum(), seen.sum(), (seen & joined).sum()])


@click.command()
@click.option("--rows", "sizes", type=int, multiple=True, default=(1000, 3000, 10_000), show_default=True)
@click.option(
    "--tables", type=click.IntRange(1), default=4, show_default=True, help="Of each kind and noise."
)
def main(sizes, tables):
    """Print a line for each number of rows and kind of table, and one for all of a number of rows."""
    warnings.simplefilter("ignore")
    print(f"# {measured_on()}")
    with one_thread():
        for n in sizes:
            found = {}
            for name, frame, truth in drawn(n, tables):
                found[name] = found.get(name, 0) + counts(frame, truth)
            for name, count in [*found.items(), ("all", sum(found.values()))]:
                print(f"{n} rows, {name}: {said(*count)}", flush=True)


def said(out, true, seen, seen_true):
    return f"left out {out}, of them true {true}; visible {seen}, of them true {seen_true}"


if __name__ == "__main__":
    main()
