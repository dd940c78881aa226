"""Structure discovery on data unlike the network's training data, beside the faster classical methods.

    python benchmarks/structure/structure_shifted.py               # everything; resumes where it was stopped
    python benchmarks/structure/structure_shifted.py --table-only  # print the tables of what has been run

P_OUT (the OUT cells of the suite "cond-fip": other graphs, wider mechanisms, Laplace noise; 6 SCMs each), the
suite "csuite" (9 small SCMs with written equations, 5 samples each), cdt's generator (5 graphs for each
mechanism), the Sachs data, and ecoli70. How things are counted: see `structure.py`. Needs the extra
`baselines`.
"""

from collections.abc import Iterator, Sequence
from pathlib import Path

import click
from structure import NAMED, named_run, print_tables

from discovery.network.answers import DEFAULT_MODEL
from discovery.structure_evaluation import StructureRun, complete
from discovery.structure_methods import METHODS, OF_TABLES, check_methods
from foundation_causal.graphs import adjacency
from foundation_causal.runs import RunLog, forget
from foundation_causal.simulate.systems.cdt_generator import cdt_scm
from foundation_causal.suites import load_suite

RESULTS = Path("benchmarks/results/structure_shifted")
SLOW = ("GES", "NOTEARS", "NOTEARS-MLP")
FAST = tuple(method for method in METHODS if method not in (*SLOW, *OF_TABLES))
GENERATORS = ("linear", "polynomial", "sigmoid_add", "sigmoid_mix", "gp_add")
SEED = 79_000_000


@click.command()
@click.option("--method", "methods", type=click.Choice(METHODS), multiple=True, default=FAST)
@click.option("--again", type=click.Choice(METHODS), multiple=True, help="Measure anew what is asked for.")
@click.option("--model", default=DEFAULT_MODEL, help="For our two methods, as while one is being trained.")
@click.option("--d", "sizes", multiple=True, type=int, default=(10, 20), show_default=True)
@click.option("--first", type=click.IntRange(1), default=6, show_default=True, help="Data sets of each cell.")
@click.option("--time-limit", type=float, default=120, show_default=True, help="Seconds for one run.")
@click.option("--results", type=click.Path(path_type=Path), default=RESULTS)
@click.option("--table-only", is_flag=True)
def main(
    methods: tuple[str, ...],
    again: tuple[str, ...],
    model: str,
    sizes: tuple[int, ...],
    first: int,
    time_limit: float,
    results: Path,
    table_only: bool,
) -> None:
    """Run every method on every data set that it has not been run on, then print the tables."""
    path = results / "runs.jsonl"
    if not table_only:
        check_methods(methods)
        chosen = list(runs(methods, model, sizes, first))
        forget(path, again, {run.data for run in chosen})
        complete(chosen, path, time_limit=time_limit)
    done = list(RunLog(path).rows.values())
    if not done:
        raise click.ClickException(f"{results} holds no results: run this without --table-only first.")
    print_tables(done)


def runs(methods: Sequence[str], model: str, sizes: Sequence[int], first: int) -> Iterator[StructureRun]:
    for name in NAMED:
        yield from (named_run(name, method, model) for method in methods)
    shifted = load_suite("cond-fip").only(distribution="OUT", d=tuple(sizes))
    for case in (*shifted.first(first), *load_suite("csuite").first(first)):
        frame, truth = case.frame, case.truth
        for method in methods:
            yield StructureRun(case.name, case.labels, method, model, frame=frame, truth=truth)
    for mechanism in GENERATORS:
        for d in sizes:
            for k in range(min(first, 5)):
                data = cdt_scm(mechanism, d=d, n=400, seed=SEED + k, expected_degree=2)
                truth = adjacency(data.graph, list(data.frame))
                for method in methods:
                    name = f"cdt/{mechanism}-{d}-400/{k}"
                    labels = {"mechanism": mechanism, "d": d, "n": 400}
                    yield StructureRun(name, labels, method, model, frame=data.frame, truth=truth)


if __name__ == "__main__":
    main()
