"""Public entries that take several tables, methods or pages at once, or that other objects lead to.

They are as those in `entries.py`.
"""

from __future__ import annotations

import tempfile
from collections.abc import Callable
from functools import cache
from pathlib import Path
from random import Random
from typing import Any

import networkx as nx
import numpy as np
import odd_values as odd
from entries import EFFECT_ENDS, Partial, Wrong, known

import foundation_causal as fc


def discover_many(r: Random) -> Any:
    tables = several(r)
    found = fc.discover_many(tables, refine=False, on_error=r.choice(["keep", "raise"]))
    return alike(tables, found, lambda prediction: prediction.probabilities)


def infer_many(r: Random) -> Any:
    _, graph, prediction, _ = known()
    tables = several(r)
    graphs = r.choice([graph, graph, prediction, odd.graph(r, [*"abc"]), [graph, graph], odd.scalar(r)])
    found = fc.infer_many(tables, graphs, on_error=r.choice(["keep", "raise"]))
    return alike(tables, found, lambda model: model.sample(5).select_dtypes("number"))


def several(r: Random) -> Any:
    """A list or dictionary of tables, one of which may be odd, or something else."""
    data = known()[0]
    tables = [data.head(30), data.tail(40), r.choice([odd.frame(r, (0, 40), odd=0.2), odd.scalar(r), data])]
    r.shuffle(tables)
    return r.choice([tables, tables, dict(zip([*"xyz"], tables, strict=True)), tables[:1], odd.scalar(r)])


def alike(tables: Any, found: Any, answer: Callable[[Any], Any]) -> Any:
    """The answers of as many tables as were given, under their names."""
    if len(found) != len(tables) or (isinstance(tables, dict) and list(found) != list(tables)):
        raise Wrong(f"{len(tables)} tables have {len(found)} answers")
    results = found.values() if isinstance(found, dict) else found
    return [answer(one) for one in results if not isinstance(one, fc.FailedTable)]


def compare(r: Random) -> Any:
    data = known()[0] if r.random() < 0.5 else odd.frame(r, (20, 40), odd=r.choice([0.1, 1]))
    methods = r.choice([["network"], ["network", "network"], [odd.scalar(r)], odd.scalar(r), ["PC-G2"]])
    graph = r.choice([None, known()[1], odd.graph(r, [*"abc"])])
    time_limit = 60.0 if r.random() < 0.8 else odd.scalar(r)
    made = fc.compare(data, methods, graph, held_out=False, time_limit=time_limit)
    return len(str(made))


def report(r: Random) -> Any:
    oddly = r.randrange(6)  # one thing at a time, or there are but refusals
    options = {
        0: lambda: {"do": r.choice([{r.choice([*"abc"]): odd.scalar(r)}, odd.scalar(r)])},
        1: lambda: {"treatment": r.choice([*"abc", odd.scalar(r)]), "outcome": r.choice("bc")},
        2: lambda: {"samples": odd.scalar(r)},
        3: lambda: {"graph": odd.graph(r, [*"abc"])},
        4: lambda: {"name": odd.scalar(r)},
        5: lambda: {"values": odd.scalar(r), "treatment": "a", "outcome": "b"},
    }[oddly]()
    data = known()[0] if r.random() < 0.6 else odd.frame(r, (20, 40), odd=0.2)
    settings = {"graph": known()[1] if data is known()[0] else None, "samples": 20, "methods": [], **options}
    with tempfile.TemporaryDirectory() as folder:
        out = Path(folder) / "page.html"
        try:
            fc.report(data, out=out, **settings)
        except Exception as error:
            if list(Path(folder).iterdir()):
                raise Partial(str(error)) from error
            raise
        page = out.read_text(encoding="utf-8")
    if not page.rstrip().endswith("</html>"):
        raise Partial("the page does not end")
    if "\x1b" in page or "<script>alert" in page:
        raise Wrong("a name became markup, or steers a terminal")
    return len(page)


def suites(r: Random) -> Any:
    suite = fc.load_suite(r.choice(["csuite", "csuite", "structure", odd.scalar(r)]))
    labels = r.choice(
        [
            lambda: {"configuration": r.choice(["nonlin_simpson", odd.scalar(r), [odd.scalar(r)]])},
            lambda: {str(odd.scalar(r)): odd.scalar(r)},
            lambda: {"d": odd.scalar(r)},
        ]
    )()
    return len(str(suite.only(**labels)))


def evaluate_suite(r: Random) -> Any:
    odd_one = r.choice(["methods", "first", "model", "jobs", "configuration", "suite", "time_limit"])
    if odd_one == "jobs":  # a number of processes is no odd wish
        value = r.choice([0, -2, 1.5, "x", None, [], float("nan"), 10**400])
    else:
        value = odd.scalar(r)
    given: dict[str, Any] = {"suite": "csuite", "configuration": "nonlin_simpson", "methods": ["network"]}
    found = fc.evaluate_suite(**{**given, "first": 1, odd_one: value})
    return [len(found)]


def evaluate_structure(r: Random) -> Any:
    data = known()[0] if r.random() < 0.7 else odd.frame(r, (20, 40), odd=0.2)
    truth = known()[1] if r.random() < 0.3 else odd.graph(r, [*"abc"])
    scores = fc.evaluate_structure(data, truth, refine=False)
    return [scores["shd"], scores["seconds"]]


def scores(r: Random) -> Any:
    """The metrics of graphs, and of samples."""
    m, names = fc.metrics, [*"abc"]
    first, second = (odd.graph(r, names) if r.random() < 0.7 else known()[1] for _ in "12")
    samples = [odd.frame(r, (0, 30)) if r.random() < 0.4 else known()[0][["a", "b"]] for _ in "12"]
    score = r.choice([m.shd, m.cpdag_shd, m.skeleton_f1, m.precision_recall_f1, m.sid, m.structure_scores])
    return r.choice(
        [
            lambda: defined(score(first, second)),
            lambda: defined(score(first, second)),
            lambda: m.cpdag(first),
            lambda: m.is_cyclic(first),
            lambda: m.energy_distance(*samples),
            lambda: m.mmd(*samples),
            lambda: m.rmse(*samples),
            lambda: m.r2_sortability(samples[0], first),
            lambda: m.varsortability(samples[0], first),
        ]
    )()


def defined(score: Any) -> list[float]:
    """The numbers of a score; what is undefined is documented to be NaN."""
    found = score.values() if isinstance(score, dict) else score if isinstance(score, tuple) else [score]
    return [float(number) for number in found if number is not None and not np.isnan(number)]


def write_knowledge(r: Random) -> Any:
    names = r.sample(odd.NAMES, 3)
    given = {
        "required": [(names[0], names[1])],
        "tiers": [[name] for name in names],
        "roots": [names[0]],
        "leaves": [names[2]],
    }
    knowledge = fc.Knowledge(**{key: given[key] for key in r.sample([*given], r.randint(1, 4))})
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / f"k{r.choice(['.json', '.json', '.txt', ''])}"
        fc.write_knowledge(knowledge if r.random() < 0.9 else odd.scalar(r), path)
        again = fc.read_knowledge(path)
    for one, other in zip(again.constraints(names), knowledge.constraints(names), strict=True):
        if not np.array_equal(one, other):
            raise Wrong(f"{knowledge} came back as {again}")


def graph_from_lingam(r: Random) -> Any:
    size = r.randint(0, 4)
    matrix = r.choice(
        [
            lambda: np.tril(odd.noise(r, size, size), -1),
            lambda: np.where(np.tril(odd.noise(r, 3, 3), -1) > 0.5, np.nan, 0),
            lambda: odd.frame(r, (0, 4)),
            lambda: [[odd.scalar(r) for _ in range(3)] for _ in range(3)],
            lambda: odd.scalar(r),
        ]
    )()
    names = r.choice([None, None, [*"abc"], odd.scalar(r), [odd.scalar(r)] * 3])
    return list(fc.graph_from_lingam(matrix, names, r.choice(["refuse", "keep", odd.scalar(r)])).edges)


def check_admg(r: Random) -> Any:
    graph = odd.graph(r, [*"abc"])
    if r.random() < 0.5:
        pairs = [[(r.choice("abc"), r.choice("abcd")) for _ in range(r.randint(0, 3))] for _ in "12"]
        graph = fc.MixedGraph(*pairs)
    made = fc.check_admg(graph, r.choice([None, [*"abc"], [*"cba"], odd.scalar(r)]))
    if not nx.is_directed_acyclic_graph(nx.DiGraph(made.directed.edges)):
        raise Wrong("a cycle passed")


@cache
def prediction_of_rows() -> Any:
    return fc.bootstrap(known()[0], replicates=3, refine=False)


def stability(r: Random) -> Any:
    found = prediction_of_rows()
    options = {
        "replicates": 2,
        "refine": False,
        r.choice(["seed", "resample", "jobs", "knowledge", "types"]): odd.scalar(r),
    }
    if options.get("jobs") is not None and "jobs" in options:
        options["jobs"] = r.choice([0, 1.5, "x", [], float("nan")])
    return r.choice(
        [
            lambda: len(found.consensus(odd.scalar(r))),
            lambda: len(found.consensus(r.random())),
            lambda: fc.bootstrap(known()[0], **options).frequencies,
        ]
    )()


def conditions(r: Random) -> Any:
    """Rows that a question is about, as `given` and as `--given`."""
    from cli.parsing import parse_conditions

    model, bound = known()[3], r.choice([r.gauss(0, 2), odd.scalar(r)])
    given: Any = r.choice(
        [
            {"a": (bound, None)},
            {"a": (None, bound), "c": "low"},
            {"b": bound},
            {"c": r.choice(["low", "high", odd.scalar(r)])},
            {"a": (bound, odd.scalar(r))},
            (f"{r.choice('abc')}{r.choice(['=', '<', '>', ':', '>='])}{r.choice(odd.WORDS)}",),
        ]
    )
    if isinstance(given, tuple):
        given = parse_conditions([*given], model.schema)
    return model.effect("a", "b", (0, 1), given=given, draws=3, method="plug-in")[EFFECT_ENDS]


def plots(r: Random) -> Any:
    import matplotlib.pyplot as plt

    data = known()[0] if r.random() < 0.5 else odd.frame(r, (0, 40), odd=0.5)
    try:
        r.choice(
            [
                lambda: fc.plot.graph(odd.decorated(r) if r.random() < 0.5 else odd.graph(r, [*"abc"])),
                lambda: fc.plot.marginals(data, data),
                lambda: fc.plot.marginals(data, known()[0]),
            ]
        )()
    finally:
        plt.close("all")


ENTRIES: dict[Callable[[Random], Any], int] = {
    discover_many: 60,
    infer_many: 60,
    compare: 60,
    report: 40,
    suites: 200,
    evaluate_suite: 60,
    evaluate_structure: 80,
    scores: 400,
    write_knowledge: 400,
    graph_from_lingam: 400,
    check_admg: 400,
    stability: 120,
    conditions: 200,
    plots: 40,
}
