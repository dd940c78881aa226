"""What goes through mediators and what goes past them, against closed forms."""

from collections.abc import Callable, Sequence

import networkx as nx
import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.special import expit

from foundation_causal.errors import CrossWorldWarning, ExtrapolationWarning
from mechanisms import AveragedModel, CausalModel, infer
from mechanisms.linear import LinearModel
from mechanisms.mechanism_model import Functions

RandomLinear = Callable[[np.random.Generator, int], LinearModel]
TRIANGLE = nx.DiGraph([("t", "m"), ("t", "y"), ("m", "y")])


def written_down(model: LinearModel | Functions) -> CausalModel:
    seen = np.random.default_rng(0).normal(size=(400, len(model.names)))
    return CausalModel(model, list((seen - seen.mean(0)).T))


def means(table: pd.DataFrame) -> dict[str, float]:
    return dict(zip(table["effect"], table["mean"], strict=True))


@pytest.fixture(scope="module")
def interacting() -> CausalModel:
    """m = 2 t + noise, y = t + m + t m + noise."""
    return written_down(
        Functions(
            TRIANGLE,
            {
                "t": lambda x: 0 * x[:, 0],
                "m": lambda x: 2 * x[:, 0],
                "y": lambda x: x[:, 0] + x[:, 1] + x[:, 0] * x[:, 1],
            },
        )
    )


@settings(max_examples=25)
@given(seed=st.integers(0, 10_000), d=st.integers(3, 6))
def test_of_linear_models_paths_past_the_mediators_are_direct(
    random_linear: RandomLinear, seed: int, d: int
) -> None:
    rng = np.random.default_rng(seed)
    truth = random_linear(rng, d)
    graph, names = truth.graph, truth.names
    between = {
        (t, y): sorted(nx.descendants(graph, t) & nx.ancestors(graph, y)) for t in names for y in names
    }
    asked = [pair for pair, mediators in between.items() if mediators]
    if not asked:
        return
    t, y = asked[rng.integers(len(asked))]
    through = between[t, y][: rng.integers(1, 3)]
    cut = truth.weights.copy()
    cut[:, [names.index(name) for name in through]] = 0  # held, whatever acts on them
    total, direct = (
        np.linalg.inv(np.eye(d) - weights)[names.index(t), names.index(y)] for weights in (truth.weights, cut)
    )
    rows = pd.DataFrame(rng.normal(size=(3, d)), columns=names)
    for those in (None, rows):
        held = dict.fromkeys(through, 0.5)
        found = written_down(truth).mediation(t, y, through, (0, 2), mediators=held, given=those, draws=2)
        expected = {
            "total": 2 * total,
            "natural direct": 2 * direct,
            "natural indirect": 2 * (total - direct),
            "pure indirect": 2 * (total - direct),
            "controlled direct": 2 * direct,
        }
        assert means(found) == pytest.approx(expected, abs=1e-8)


def test_a_treatment_that_changes_what_the_mediator_does(interacting: CausalModel) -> None:
    found = interacting.mediation("t", "y", "m", (0, 1), mediators={"m": 3}, draws=20)
    expected = {
        "total": 5.0,
        "natural direct": 1.0,
        "natural indirect": 4.0,
        "pure indirect": 2.0,
        "controlled direct": 4.0,
    }
    assert means(found) == pytest.approx(expected, abs=0.2)
    sums = found["mean"][1] + found["mean"][2]
    assert sums == pytest.approx(found["mean"][0], abs=1e-12)
    # Of rows that had m = 4 under t = 1 the noise is 2, and m would be 2 under t = 0.
    rows = pd.DataFrame({"t": [1.0], "m": [4.0], "y": [9.0]})
    theirs = interacting.mediation("t", "y", ["m"], (0, 1), given=rows, draws=2)
    expected = {"total": 7.0, "natural direct": 3.0, "natural indirect": 4.0, "pure indirect": 2.0}
    assert means(theirs) == pytest.approx(expected)


def test_every_value_is_compared_with_the_first(interacting: CausalModel) -> None:
    found = interacting.mediation("t", "y", "m", (0, 1, 2), mediators={"m": 0}, draws=10)
    assert found["value"].tolist() == [1.0] * 5 + [2.0] * 5
    assert (found["baseline"] == 0).all()
    assert found["mean"][4] == pytest.approx(1)
    assert found["mean"][9] == pytest.approx(2)
    pair = interacting.mediation("t", "y", "m", (0, 2), mediators={"m": 0}, draws=10)
    assert found["mean"][5:].tolist() == pytest.approx(pair["mean"].tolist())


def test_labels_of_binary_mediator_and_outcome_with_an_interaction() -> None:
    """The truth is that of the mediation formula, a sum over the mediator's two values."""
    rng = np.random.default_rng(0)
    n = 3000
    t = (rng.random(n) < 0.5) * 1
    m = (rng.random(n) < expit(-0.5 + 1.5 * t)) * 1

    def risk(t: object, m: object) -> np.ndarray:
        return expit(-1 + 0.8 * np.asarray(t) + 1.2 * np.asarray(m) + 0.9 * np.asarray(t) * np.asarray(m))

    ill = rng.random(n) < risk(t, m)
    data = pd.DataFrame({"t": t, "m": np.array(["a", "b"])[m], "y": np.where(ill, "ill", "well")})
    found = infer(data, TRIANGLE).mediation("t", "y", "m", mediators={"m": "b"}, draws=100, level=0.99)
    assert found.event == "well"
    chance = expit(-0.5 + 1.5 * np.arange(2))

    def nested(t: int, other: int) -> float:
        return float(risk(t, 1) * chance[other] + risk(t, 0) * (1 - chance[other]))

    expected = [
        nested(1, 1) - nested(0, 0),
        nested(1, 0) - nested(0, 0),
        nested(1, 1) - nested(1, 0),
        nested(0, 1) - nested(0, 0),
        float(risk(1, 1) - risk(0, 1)),
    ]
    for row, ill_more in zip(found.itertuples(), expected, strict=True):
        assert row.lower < -ill_more < row.upper, row.effect
        assert row.upper - row.lower < 0.25


def test_outcomes_with_three_labels_and_counts_between() -> None:
    rng = np.random.default_rng(1)
    t = rng.normal(size=400)
    m = rng.poisson(np.exp(0.5 * t + 1))
    y = np.array(["I", "II", "III"])[np.digitize(m + t + rng.normal(size=400), [2, 4])]
    model = infer(pd.DataFrame({"t": t, "m": m, "y": y}), TRIANGLE)
    found = model.mediation("t", "y", "m", (0, 1), mediators={"m": 2}, draws=20)
    assert found["level"].drop_duplicates().tolist() == ["I", "II", "III"]
    # Probabilities sum to one, so that what one gains others lose.
    np.testing.assert_allclose(found.groupby("effect")["mean"].sum(), 0, atol=1e-9)
    parts = found.pivot(index="level", columns="effect", values="mean")
    np.testing.assert_allclose(parts["natural direct"] + parts["natural indirect"], parts["total"])
    assert len(found.monte_carlo_error) == len(found)


def test_natural_effects_off_the_rows(one_sentence: Callable[..., object]) -> None:
    """Direct 1, indirect 2 with, and 1 without, the product of treatment and mediator."""
    rng = np.random.default_rng(0)
    z = rng.normal(size=400)
    t = (rng.random(400) < expit(z)) * 1.0
    m = t + z + rng.normal(size=400)
    y = t + m + t * m + z + rng.normal(size=400)
    graph = nx.DiGraph([("z", "t"), ("z", "m"), ("z", "y"), *TRIANGLE.edges])
    model = infer(pd.DataFrame({"z": z, "t": t, "m": m, "y": y}), graph)
    found = model.mediation("t", "y", "m", method="orthogonal")
    assert (found.method, found.adjusted_for) == ("multiply robust", ("z",))
    truth = {"total": 3.0, "natural direct": 1.0, "natural indirect": 2.0, "pure indirect": 1.0}
    for row in found.itertuples():
        assert row.lower < truth[row.effect] < row.upper
    assert means(found)["natural direct"] + means(found)["natural indirect"] == pytest.approx(
        means(found)["total"]
    )
    held = model.mediation("t", "y", "m", mediators={"m": 0.0}, draws=20, method="orthogonal")
    assert held["mean"][:4].tolist() == pytest.approx(found["mean"].tolist())
    drawn = model.mediation("t", "y", "m", mediators={"m": 0.0}, draws=20)
    assert held.iloc[4]["mean"] == drawn.iloc[4]["mean"]
    assert held.plug_in == pytest.approx(drawn["mean"].to_numpy())
    assert (held.method, drawn.method) == ("multiply robust; controlled: plug-in", "plug-in")
    with one_sentence("treatment of few values"):
        model.mediation("z", "y", "m", (0, 1), method="orthogonal")


def test_a_cause_of_mediator_and_outcome_that_the_treatment_moves_is_warned_of() -> None:
    graph = nx.DiGraph([("t", "l"), ("l", "m"), ("l", "y"), ("m", "y")])
    weights = nx.to_numpy_array(graph)
    model = written_down(LinearModel(graph, weights, np.zeros(4)))
    with pytest.warns(CrossWorldWarning, match="'t' moves 'l'"):
        found = model.mediation("t", "y", "m", (0, 1), draws=2)
    assert "'l'" in found.reason
    assert means(found)["natural indirect"] == pytest.approx(1)
    plain = model.mediation("t", "y", "l", (0, 1), draws=2)
    assert "no hidden variable" in plain.reason
    assert means(plain)["natural direct"] == pytest.approx(0)


def test_of_several_graphs_each_has_its_share() -> None:
    rng = np.random.default_rng(0)
    t = rng.normal(size=100)
    m = t + rng.normal(size=100)
    data = pd.DataFrame({"t": t, "m": m, "y": t + m + rng.normal(size=100)})
    without = nx.DiGraph([("t", "y"), ("m", "y")])
    with_both = AveragedModel([infer(data, TRIANGLE), infer(data, without)], [0.5, 0.5])
    found = means(with_both.mediation("t", "y", "m", (0, 1), draws=40))
    assert found["natural indirect"] == pytest.approx(0.5, abs=0.15)
    assert found["natural direct"] == pytest.approx(1, abs=0.2)


def test_a_mediator_far_outside_the_data_is_warned_of() -> None:
    rng = np.random.default_rng(0)
    t = rng.normal(size=60)
    data = pd.DataFrame({"t": t, "m": t + rng.normal(size=60), "y": t + rng.normal(size=60)})
    with pytest.warns(ExtrapolationWarning, match="'m' to 50"):
        infer(data, TRIANGLE).mediation("t", "y", "m", (0, 1), mediators={"m": 50}, draws=2)


def refused(
    model: CausalModel,
    words: Sequence[str],
    one_sentence: Callable[..., object],
    *ask: object,
    **options: object,
) -> None:
    with one_sentence(*words):  # type: ignore[attr-defined]
        model.mediation(*ask, **options)


def test_bad_questions(interacting: CausalModel, one_sentence: Callable[..., object]) -> None:
    graph = nx.DiGraph([("t", "m"), ("t", "y"), ("m", "y"), ("z", "y"), ("y", "late")])
    model = written_down(LinearModel(graph, nx.to_numpy_array(graph), np.zeros(5)))
    for through, words in (
        ("q", ["'q'", "use one of"]),
        ("t", ["'t'", "treatment"]),
        ("y", ["'y'", "outcome"]),
        ("z", ["'z'", "no path", "'m'"]),
        ("late", ["'late'", "no path"]),
        ([], ["mediators"]),
        (["m", "m"], ["mediators"]),
    ):
        refused(model, words, one_sentence, "t", "y", through, (0, 1))
    refused(model, ["No path leads"], one_sentence, "z", "m", "y", (0, 1))
    refused(model, ["direct"], one_sentence, "m", "y", "z", (0, 1))
    refused(model.do({"m": 1.0}), ["'m'"], one_sentence, "t", "y", "m", (0, 1))
    for held in ({"z": 1.0}, {"m": 1.0, "z": 1.0}, {"m": lambda f: f}, {}):
        refused(model, ["'m'"], one_sentence, "t", "y", "m", (0, 1), mediators=held)
    refused(model, ["'q'"], one_sentence, "t", "y", "m", (0, 1), mediators={"q": 1})
    refused(model, ["give two"], one_sentence, "t", "y", "m", (1, 1))
    refused(model, ["level"], one_sentence, "t", "y", "m", (0, 1), level=2)
