"""Directions among few columns of different types, where rows hardly tell: how often and how surely wrong.

    python benchmarks/structure/discrete_chains.py

Each kind has 20 tables of 500 rows, seeds 0 to 19. Prints, over the true edges of a kind, how many are found,
turned round and missing, and how many have more than .9 of the probability on the wrong direction.
"""

import warnings
from collections.abc import Callable

import networkx as nx
import numpy as np
import pandas as pd
from scipy.special import expit

import foundation_causal as fc
from foundation_causal.runtime import measured_on, one_thread

TABLES, ROWS, SURE = 20, 500, 0.9
Drawn = tuple[dict[str, np.ndarray], list[tuple[str, str]]]


def study(random: np.random.Generator) -> Drawn:
    """A confounder, a treatment of two values, an outcome that is a number."""
    age = random.normal(50, 10, ROWS)
    drug = random.random(ROWS) < expit((age - 50) / 10)
    pressure = 80 + 0.5 * age - 6 * drug + random.normal(0, 5, ROWS)
    return {"age": age, "drug": drug, "pressure": pressure}, [
        ("age", "drug"),
        ("age", "pressure"),
        ("drug", "pressure"),
    ]


def two_binary(random: np.random.Generator) -> Drawn:
    """The same with an outcome of two values."""
    columns, edges = study(random)
    columns["pressure"] = random.random(ROWS) < expit((columns["pressure"] - 102) / 6)
    return columns, edges


def trial(random: np.random.Generator) -> Drawn:
    """A treatment that was drawn by lot, what it changes, and what that changes."""
    drug = random.random(ROWS) < 0.5
    level = 1.2 * drug + random.normal(size=ROWS)
    pain = level + random.normal(size=ROWS)
    return {"drug": drug, "level": level, "pain": pain}, [("drug", "level"), ("level", "pain")]


def counts(random: np.random.Generator) -> Drawn:
    """A number, a count that it drives, and a count that this drives."""
    size = random.normal(size=ROWS)
    visits = random.poisson(np.exp(1 + 0.5 * size))
    bills = random.poisson(1 + 0.8 * visits)
    return {"size": size, "visits": visits, "bills": bills}, [("size", "visits"), ("visits", "bills")]


def ratings(random: np.random.Generator) -> Drawn:
    """Three ratings from 1 to 5 in a chain, of which rows tell no direction."""
    cuts = [-1.5, -0.5, 0.5, 1.5]
    columns, last = {}, np.zeros(ROWS)
    for name in ("service", "trust", "return"):
        columns[name] = np.digitize(0.7 * last + 0.8 * random.normal(size=ROWS), cuts) + 1
        last = columns[name] - 3.0
    return columns, [("service", "trust"), ("trust", "return")]


KINDS: tuple[Callable[[np.random.Generator], Drawn], ...] = (study, two_binary, trial, counts, ratings)


@one_thread()
def main() -> None:
    """Print a row a kind."""
    warnings.simplefilter("ignore")
    print(measured_on(), "\n")
    print("| kind | true edges | found | turned round | missing | surely turned round |")
    print("|---|---|---|---|---|---|")
    for kind in KINDS:
        found = turned = missing = sure = total = 0
        for seed in range(TABLES):
            columns, edges = kind(np.random.default_rng(seed))
            prediction = fc.discover(pd.DataFrame(columns))
            graph: nx.DiGraph = prediction.graph
            for cause, effect in edges:
                total += 1
                found += graph.has_edge(cause, effect)
                turned += graph.has_edge(effect, cause)
                missing += not (graph.has_edge(cause, effect) or graph.has_edge(effect, cause))
                sure += prediction.probabilities.at[effect, cause] > SURE
        print(f"| {kind.__name__} | {total} | {found} | {turned} | {missing} | {sure} |", flush=True)


if __name__ == "__main__":
    main()
