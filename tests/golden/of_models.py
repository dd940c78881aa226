"""Questions to causal models of the tables, by every way to infer mechanisms that needs no other package."""

from __future__ import annotations

from functools import cache, partial
from typing import Any

import foundation_causal as fc
from tests.golden.question import CLOSED, NETWORK, Question
from tests.golden.summaries import Answer, columns, edges, whole
from tests.golden.tables import table

AVERAGE = "average"  # of kernel models under several graphs
TOLERANCES = {
    "kernel": CLOSED,
    "homoscedastic": CLOSED,
    "least-squares": CLOSED,
    "cond-fip": NETWORK,
    "corrected": NETWORK,
    "fip": NETWORK,
    AVERAGE: NETWORK,
}
INFERRED = {
    "linear": list(TOLERANCES),
    "nonlinear": ["kernel", "homoscedastic", "least-squares", "cond-fip", "corrected"],
    "intervened": ["kernel", "least-squares", "cond-fip", "corrected"],
    "positive": ["kernel", "corrected", AVERAGE],
    "sachs": ["kernel"],
}
# Cause and effect of the interventions and effects that are asked for.
ENDS = {
    "linear": ("a", "d"),
    "nonlinear": ("a", "d"),
    "intervened": ("a", "d"),
    "positive": ("dose", "answer"),
    "sachs": ("PKC", "P38"),
}


def of_models() -> dict[str, Question]:
    """The questions by name."""
    found = {}
    for name, methods in INFERRED.items():
        for method in methods:
            for ask in OF_AVERAGES if method == AVERAGE else OF_MODELS:
                question = Question(partial(ask, name, method), TOLERANCES[method])
                found[f"{name}-{method}-{ask.__name__}"] = question
            for ask in EFFECTS if method in ("kernel", AVERAGE) else ():
                found[f"{name}-{method}-{ask.__name__}"] = Question(partial(ask, name, method), NETWORK)
    return found


@cache
def model(name: str, method: str) -> Any:
    """The model of a table, fitted once."""
    one = table(name)
    if method == AVERAGE:
        return fc.infer(one.observed, average=3, seed=1)
    return fc.infer(one.observed, one.graph, mechanisms=method, seed=1)


def levels(name: str) -> tuple[float, float]:
    """Two common values of the cause."""
    low, high = table(name).frame[ENDS[name][0]].quantile([0.3, 0.7])
    return float(low), float(high)


def described(name: str, method: str) -> Answer:
    found = model(name, method)
    if method == AVERAGE:
        return {"weights": found.weights.tolist(), "edges": whole(found.edges), "logs": found.logs}
    return {"edges": edges(found.graph), "text": repr(found)}


def sample(name: str, method: str) -> Answer:
    return columns(model(name, method).sample(50, seed=11))


def noise(name: str, method: str) -> Answer:
    return columns(model(name, method).noise(table(name).frame))


def predict(name: str, method: str) -> Answer:
    return columns(model(name, method).predict(table(name).frame))


def generate(name: str, method: str) -> Answer:
    found = model(name, method)
    return columns(found.generate(0.5 * found.noise(table(name).frame.head(20))))


def log_likelihood(name: str, method: str) -> Answer:
    found = model(name, method).log_likelihood(table(name).frame)
    return [found.sum(), *found.head(5)]


def interventions(name: str) -> dict[str, dict[str, Any]]:
    """One of each kind, and two at once."""
    cause, effect = ENDS[name]
    low, high = levels(name)
    step = 0.5 * float(table(name).frame[effect].std())
    return {
        "clamp": {cause: high},
        "shift": {effect: fc.Shift(step)},
        "function": {effect: lambda before: 1.25 * before},
        "replace": {effect: fc.Replace(lambda parents: step * (1 + parents.abs().sum(axis=1)))},
        "both": {cause: low, effect: fc.Shift(step)},
    }


def do(name: str, method: str) -> Answer:
    found, asked = model(name, method), interventions(name)
    after = {key: columns(found.do(one).sample(20, seed=12)) for key, one in asked.items()}
    chained = found.do(asked["clamp"]).do(asked["shift"])
    return {**after, "chained": columns(chained.sample(20, seed=12)), "cut": edges(chained.graph)}


def counterfactual(name: str, method: str) -> Answer:
    found, rows = model(name, method), table(name).frame.head(10)
    return {key: columns(found.counterfactual(rows, one)) for key, one in interventions(name).items()}


def effect(name: str, method: str) -> Answer:
    return whole(model(name, method).effect(*ENDS[name], levels(name), draws=60, seed=13))


def effect_given(name: str, method: str) -> Answer:
    """Where another variable lies in a range, and where the cause itself had a value."""
    frame, cause = table(name).frame, ENDS[name][0]
    other = next(column for column in frame if column not in ENDS[name])
    conditions = {
        "range": {other: tuple(frame[other].quantile([0.2, 0.9]))},
        "point": {cause: float(frame[cause].median())},
    }
    asked = partial(model(name, method).effect, *ENDS[name], levels(name), draws=40, seed=14)
    return {key: whole(asked(given=given)) for key, given in conditions.items()}


def effect_each(name: str, method: str) -> Answer:
    rows = table(name).frame.iloc[[3, 8]]
    asked = partial(model(name, method).effect, *ENDS[name], levels(name), given=rows, draws=40, seed=15)
    return {"each": whole(asked(each=True)), "mean": whole(asked(level=0.5))}


OF_AVERAGES = (described, sample, do, counterfactual, noise, predict)
OF_MODELS = (*OF_AVERAGES, generate, log_likelihood)
EFFECTS = (effect, effect_given, effect_each)
