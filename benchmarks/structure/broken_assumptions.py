"""What `check` finds, and what `discover` answers, on tables that break an assumption and on clean ones.

    OMP_NUM_THREADS=1 python benchmarks/structure/broken_assumptions.py

Every line has its own seeds, 0 to runs - 1. `shuffled` rows hide their order, so that discovery takes them as
independent: that is the answer without the remedy. Prints Markdown and writes it.
"""

import warnings
from collections.abc import Callable, Iterator
from functools import partial
from itertools import chain
from pathlib import Path

import click
import numpy as np
import pandas as pd

import foundation_causal as fc
from foundation_causal.files import replacing

RESULTS = Path("benchmarks/results/broken_assumptions.md")
CLEAN = [("p-in", 5, 100), ("p-in", 20, 400), ("p-out", 10, 400), ("wide", 10, 400), ("avici-wide", 10, 400)]
Draw = Callable[[int], pd.DataFrame]


@click.command()
@click.option("--runs", default=12, show_default=True, help="Tables of each kind.")
@click.option("--clean", default=100, show_default=True, help="Clean tables of each prior and size.")
@click.option("--out", type=click.Path(path_type=Path), default=RESULTS, show_default=True)
def main(runs: int, clean: int, out: Path) -> None:
    """Print the page line by line, and write it to OUT."""
    warnings.simplefilter("ignore", fc.DataWarning)
    page = []
    parts = (false_alarms(clean), gaps(clean), time_series(runs), dependences(runs), copies(runs))
    for line in chain.from_iterable(parts):
        click.echo(line)
        page.append(line)
    with replacing(out) as temporary:
        temporary.write_text("\n".join(page) + "\n", encoding="utf-8")


def false_alarms(tables: int) -> Iterator[str]:
    """How many clean tables have any finding; outliers, of which heavy tails have many, by themselves."""
    yield "| prior | columns | rows | tables | outliers | another finding |\n|---|---|---|---|---|---|"
    for name, d, n in CLEAN:
        batch = fc.prior(name).draw(scms=tables, d=d, n=n, seed=d + n)
        kinds = [set(fc.check(batch.frame(k)).kinds) for k in range(tables)]
        outliers = sum("outliers" in found for found in kinds)
        yield f"| {name} | {d} | {n} | {tables} | {outliers} | {sum(bool(f - {'outliers'}) for f in kinds)} |"


def gaps(tables: int) -> Iterator[str]:
    """How many tables are said to have gaps that depend on a column: at random none have, below one does.

    Fifteen of a hundred values are missing at random, or those of one column where the next one is high.
    """
    yield "\n| prior | columns | rows | tables | gaps at random | of one column, where the next is high |"
    yield "|---|---|---|---|---|---|"
    for name, d, n in [("p-in", 5, 100), ("p-in", 20, 400), ("wide", 10, 400), ("mixed", 10, 400)]:
        batch = fc.prior(name).draw(scms=tables, d=d, n=n, seed=d + n)
        found, power, asked = 0, 0, 0
        for k in range(tables):
            rng, table = np.random.default_rng(k), batch.frame(k)
            table = table.loc[:, table.nunique() > 1]
            found += "dependent gaps" in kinds_of(table.mask(rng.random(table.shape) < 0.15))
            numbers = table.columns[table.nunique() > 10]
            if len(numbers) > 1:
                high = table[numbers[1]].rank(pct=True) > 0.6
                cut = table.assign(
                    **{numbers[0]: table[numbers[0]].mask(high & (rng.random(len(table)) < 0.5))}
                )
                power, asked = power + ("dependent gaps" in kinds_of(cut)), asked + 1
        yield f"| {name} | {d} | {n} | {tables} | {found} | {power} of {asked} |"


def kinds_of(table: pd.DataFrame) -> tuple[str, ...]:
    """The kinds of findings; none where gaps leave a column that cannot be used."""
    try:
        return fc.check(table).kinds
    except fc.InputError:
        return ()


def time_series(runs: int) -> Iterator[str]:
    """Edges of a -> b -> c and w, whose noises are autocorrelated, in 300 rows; and of random walks."""
    yield "\n| rows | true pairs | the right way | false pairs | mean P of these |\n|---|---|---|---|---|"
    tables = {f"AR {phi:g}": partial(causal_chain, phi=phi) for phi in (0.0, 0.5, 0.7, 0.9, 0.97)}
    for phi in (0.7, 0.9):
        tables[f"AR {phi:g}, Laplace"] = partial(causal_chain, phi=phi, laplace=True)
        tables[f"AR {phi:g}, curved"] = partial(causal_chain, phi=phi, curved=True)
    for name, draw in tables.items():
        for how in ("as they are", "shuffled"):
            yield _pairs(f"{name}, {how}", draw, how, runs, ("ab", "bc"))
    for how in ("as they are", "shuffled"):
        yield _pairs(f"independent walks, {how}", walks, how, runs, ())


def _pairs(label: str, draw: Draw, how: str, runs: int, true: tuple[str, ...]) -> str:
    joined, right, false, sure = 0, 0, 0, []
    for seed in range(runs):
        frame = draw(seed)
        found = fc.discover(frame if how != "shuffled" else frame.sample(frac=1, random_state=seed))
        for cause, effect, edge in found.graph.edges(data=True):
            if "".join(sorted((cause, effect))) in true:
                joined, right = joined + 1, right + (cause + effect in true)
            else:
                false += 1
                sure.append(edge["probability"])
    mean = f"{np.mean(sure):.2f}" if sure else ""
    shares = f"{joined} of {runs * len(true)} | {right} | {false} of {runs * (6 - len(true))}"
    return f"| {label} | {shares} | {mean} |"


def causal_chain(
    seed: int, phi: float, n: int = 300, *, laplace: bool = False, curved: bool = False
) -> pd.DataFrame:
    rng = np.random.default_rng(seed)
    noise = rng.laplace(size=(n + 50, 4)) if laplace else rng.normal(size=(n + 50, 4))
    for t in range(1, n + 50):
        noise[t] += phi * noise[t - 1]
    a, b, c, w = noise[50:].T
    scale = noise.std()
    effect = (lambda x: 1.5 * scale * np.tanh(2 * x / scale)) if curved else (lambda x: x)
    b = 0.8 * effect(a) + b
    return pd.DataFrame({"a": a, "b": b, "c": c - 0.8 * effect(b), "w": w})


def walks(seed: int) -> pd.DataFrame:
    return pd.DataFrame(np.random.default_rng(seed).normal(size=(300, 4)).cumsum(0), columns=list("abcd"))


def dependences(runs: int) -> Iterator[str]:
    """Cause and effect beside a copy of the cause, two parts beside their sum, and shares of a whole."""
    turned, sums, shares = 0, 0, []
    for seed in range(runs):
        rng = np.random.default_rng(seed)
        age = rng.integers(20, 70, 400)
        people = pd.DataFrame({"age": age, "birth": 2024 - age})
        people["income"] = (500 * age + rng.normal(0, 4000, 400)).round()
        edges = fc.discover(people).graph.edges
        turned += ("age", "income") not in edges or ("income", "birth") in edges
        food, rent = rng.uniform(size=(2, 400))
        spent = pd.DataFrame({"food": food, "rent": rent, "spent": food + rent})
        sums += set(fc.discover(spent).graph.edges) == {("food", "spent"), ("rent", "spent")}
        found = fc.discover(100 * rng.dirichlet([4, 3, 2, 1], 400))
        shares += [edge["probability"] for _, _, edge in found.graph.edges(data=True)]
    yield f"\nage -> income beside birth = 2024 - age: wrong {turned} of {runs}"
    yield f"food -> spent <- rent: right {sums} of {runs}"
    mean = f"mean P {np.mean(shares):.2f}, largest {max(shares):.2f}"
    yield f"four shares without an effect: {len(shares)} edges among {6 * runs} pairs, {mean}"


def copies(runs: int) -> Iterator[str]:
    """Sixty rows once and sixteen times."""
    apart = []
    for seed in range(runs):
        rows = causal_chain(seed, 0.0, 60)
        once, often = (fc.discover(table).probabilities for table in (rows, pd.concat([rows] * 16)))
        apart.append(float((once - often).abs().to_numpy().max()))
    yield f"\n60 rows and 16 copies of them: probabilities differ by {max(apart):.1g} at most, {runs} tables"


if __name__ == "__main__":
    main()
