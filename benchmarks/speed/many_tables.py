"""What many tables cost: one call against a loop, against an older build, and by the number of columns.

    python benchmarks/speed/many_tables.py --old CHECKOUT --tables 1000
    python benchmarks/speed/many_tables.py --sizes
    python benchmarks/speed/many_tables.py --stages      # what a loop over `discover` spends, in this process

Tables: half linear, half smooth (RFF), as `p_in` draws them; 10 columns, 200 to 1,000 rows. Two processes
share the tables of one call: what all take together is counted, their start and the loading of weights
included, and halved, as two idle cores would halve it. The difference between the answers of the call and of
the loop is printed.
"""

import pickle
import tempfile
import warnings
from collections import Counter
from collections.abc import Callable
from functools import wraps
from pathlib import Path
from time import process_time
from typing import Any

import click
import numpy as np
from side_by_side import RESULTS, Side, finish, old_option, side_by_side

ROWS = (200, 400, 600, 800, 1000)
BATCH = 16
SIZES = ((5, 8), (10, 8), (20, 4), (50, 2))
SETUP = """
import pickle, resource, warnings
warnings.simplefilter("ignore")
import torch
torch.set_num_threads(1)
import foundation_causal as fc
tables = pickle.load(open({path!r}, "rb"))
fc.discover(tables[0][:, :2])  # imports and weights, for which a loop pays once

def others():
    return sum(resource.getrusage(resource.RUSAGE_CHILDREN)[:2])

def told(found):
    return [[one.probabilities.to_numpy().tolist(), sorted(one.graph.edges)] for one in found]
"""
LOOP = "answer = told([fc.discover(table) for table in tables])"
CALL = "answer = told(fc.discover_many(tables))"
TWO = "before = others(); found = fc.discover_many(tables, jobs=2); answer = others() - before"


def drawn(tables: int, d: int, rows: tuple[int, ...] = ROWS) -> list[np.ndarray]:
    """Tables `[n, d]`, families and sizes in turns."""
    from foundation_causal.simulate import p_in

    cells = [(family, n) for n in rows for family in ("linear", "rff")]
    each = -(-tables // len(cells))
    batches = [p_in([family]).draw(scms=each, d=d, n=n, seed=n + d) for family, n in cells]
    return [batch.frame(k).to_numpy() for k in range(each) for batch in batches][:tables]


def setup(place: str, tables: int, d: int, rows: tuple[int, ...] = ROWS) -> str:
    """The code that reads the tables, which are the same in every build."""
    path = Path(place) / f"tables-{d}"
    path.write_bytes(pickle.dumps(drawn(tables, d, rows)))
    return SETUP.format(path=str(path))


def compare(place: str, tables: int, repeats: int, old: Path | None) -> list[dict[str, Any]]:
    """The loops and the call on the same tables."""
    begin = setup(place, tables, 10)
    sides = [
        Side("loop", LOOP, begin),
        Side("one call", CALL, begin),
        Side("one call, two processes", TWO, begin),
    ]
    if old is not None:
        sides = [Side("loop, old", LOOP, begin, old.resolve()), *sides]
    rows = side_by_side(f"{tables} tables of 10 columns", sides, repeats)
    by_side = {row["side"]: row for row in rows}
    two = by_side["one call, two processes"]
    two["cpu"] = (two["cpu"] + two["answer"]) / 2
    two["ratio"] = rows[0]["cpu"] / two["cpu"]
    pairs = list(zip(by_side["loop"]["answer"], by_side["one call"]["answer"], strict=True))
    apart = max(float(np.abs(np.subtract(a, b)).max()) for (a, _), (b, _) in pairs)
    same = sum(a == b for (_, a), (_, b) in pairs)
    click.echo(f"graphs of the call that are those of the loop: {same} of {tables}")
    click.echo(f"largest difference of a probability: {apart:.0e}")
    for row in rows:
        row["answer"] = ""
        row["ms_a_table"] = 1000 * row["cpu"] / tables
    return rows


def sizes(place: str) -> list[dict[str, Any]]:
    """Seconds a table and memory of one process, by the number of columns."""
    rows = []
    for d, tables in SIZES:
        side = Side("one call", CALL, setup(place, tables, d, (500,)))
        (row,) = side_by_side(f"{tables} tables of {d} columns, 500 rows", [side], repeats=1)
        rows.append(row | {"answer": "", "ms_a_table": 1000 * row["cpu"] / tables})
        click.echo(f"{d} columns: {row['cpu'] / tables:.2f} s a table, {row['peak_mb']:.0f} MB")
    return rows


def stages(each: int) -> list[dict[str, Any]]:
    """Milliseconds of the processor of each stage of a loop over `discover`, by family and rows.

    Beside them those of the statistics and of the networks in one call for 16 tables.
    """
    import torch

    import foundation_causal as fc
    from discovery import pipeline
    from discovery.network import answers
    from discovery.network.edge_transformer import EdgeTransformer

    warnings.simplefilter("ignore")
    torch.set_num_threads(1)
    spent: Counter[str] = Counter()
    parts: list[tuple[Any, str, str]] = [
        (pipeline, "observations", "reading"),
        (pipeline, "judge_rows", "checks"),
    ]
    parts += [(pipeline, "warn_of_table", "checks"), (pipeline, "prepare", "preparation")]
    parts += [
        (answers, "network_inputs", "features"),
        (answers, "pooled", "networks"),
        (EdgeTransformer, "complete_world", "networks"),
    ]
    parts += [(EdgeTransformer, "open_world", "networks"), (pipeline, "_on_best_scale", "logarithms")]
    parts += [(pipeline, "_search", "search")]
    for owner, name, stage in parts:
        setattr(owner, name, _timed(getattr(owner, name), stage, spent))
    rows = []
    for n in (200, 1000):
        tables = drawn(2 * each, 10, (n,))
        fc.discover(tables[0])
        for k, family in enumerate(("linear", "rff")):
            spent.clear()
            start = process_time()
            for table in tables[k::2]:
                fc.discover(table)
            total = process_time() - start
            row = {"family": family, "rows": n, "tables": each, "all": total, **spent}
            row["rest"] = total - sum(spent.values())
            spent.clear()
            fc.discover_many(drawn(2 * BATCH, 10, (n,))[k::2], refine=False)
            row["features_batch"], row["networks_batch"] = (
                spent[stage] * each / BATCH for stage in ("features", "networks")
            )
            rows.append({name: v * 1000 / each if isinstance(v, float) else v for name, v in row.items()})
    return rows


def _timed(work: Callable[..., Any], stage: str, spent: Counter[str]) -> Callable[..., Any]:
    @wraps(work)
    def timed(*args: Any, **kwargs: Any) -> Any:
        start = process_time()
        try:
            return work(*args, **kwargs)
        finally:
            spent[stage] += process_time() - start

    return timed


@click.command()
@old_option
@click.option("--tables", default=1000, show_default=True)
@click.option("--repeats", default=3, show_default=True)
@click.option("--sizes", "by_size", is_flag=True, help="Seconds and memory by the number of columns.")
@click.option("--stages", "by_stage", is_flag=True, help="What each stage of a loop takes.")
def main(old: Path | None, tables: int, repeats: int, by_size: bool, by_stage: bool) -> None:
    """Measure, print and keep the rows."""
    if by_stage:
        import pandas as pd

        frame = pd.DataFrame(stages(repeats))
        click.echo("milliseconds of the processor for a table of 10 columns")
        click.echo(frame.round(1).to_string(index=False))
        frame.to_csv(RESULTS / "many_tables_stages.csv", index=False, float_format="%.4g")
        return
    with tempfile.TemporaryDirectory() as place:
        if by_size:
            finish("many_tables_sizes", sizes(place))
        else:
            finish("many_tables", compare(place, tables, repeats, old), old)


if __name__ == "__main__":
    main()
