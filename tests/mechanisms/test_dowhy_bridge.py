import pickle
import re
from collections.abc import Callable
from contextlib import AbstractContextManager
from pathlib import Path

import networkx as nx
import numpy as np
import pandas as pd
import pytest

from foundation_causal.observations import observations, rows_like
from mechanisms import CausalModel, infer
from mechanisms.dowhy_bridge import fit_dowhy, to_dowhy
from mechanisms.mechanism_model import Functions, predict

gcm = pytest.importorskip("dowhy.gcm")

OneSentence = Callable[..., AbstractContextManager[None]]
PAGE = Path(__file__).parents[2] / "docs" / "dowhy.md"


@pytest.fixture(scope="module")
def ours(collider: tuple[pd.DataFrame, nx.DiGraph]) -> CausalModel:
    return infer(*collider)


@pytest.fixture(scope="module")
def spread() -> CausalModel:
    """b = sin(a) + (1 + a^2) noise, c = b + noise, with columns in no causal order."""
    graph = nx.DiGraph()
    graph.add_nodes_from("cab")
    graph.add_edges_from([("a", "b"), ("b", "c"), ("a", "c")])
    functions = {
        "a": lambda x: 0 * x[:, 1] + 1,
        "b": lambda x: np.sin(x[:, 1]),
        "c": lambda x: x[:, 2] + 2 * x[:, 1],
    }
    model = Functions(graph, functions, {"b": lambda x: 1 + x[:, 1] ** 2})
    seen = np.random.default_rng(0).normal(size=(3, 2000))
    return CausalModel(model, list(seen))


def counterfactual(model: CausalModel, rows: pd.DataFrame, changes: dict) -> pd.DataFrame:
    return gcm.counterfactual_samples(to_dowhy(model), changes, observed_data=rows)[model.names]


@pytest.mark.parametrize(("name", "value"), [("a", 5.5), ("c", 0.5), ("e", 1e-3)])
def test_counterfactuals_are_ours(collider: tuple, ours: CausalModel, name: str, value: float) -> None:
    rows = collider[0].head(40)
    for model in (ours, ours.do({"b": 3.0})):
        theirs = counterfactual(model, model.sample(40), {name: lambda _: value})
        expected = model.counterfactual(model.sample(40), {name: value})
        np.testing.assert_allclose(theirs, expected, rtol=1e-9, atol=1e-12)
    shifted = counterfactual(ours, rows, {name: lambda x: x + value / 10})
    expected = ours.counterfactual(rows, {name: lambda f: f + value / 10})
    np.testing.assert_allclose(shifted, expected, rtol=1e-9, atol=1e-12)


def test_scaled_noise_counts(spread: CausalModel) -> None:
    rows = spread.sample(40)
    np.testing.assert_allclose(
        counterfactual(spread, rows, {"a": lambda x: 2.0}), spread.counterfactual(rows, {"a": 2.0}), atol=1e-9
    )
    gcm.util.general.set_random_seed(1)
    theirs, expected = gcm.draw_samples(to_dowhy(spread), 4000), spread.sample(4000)
    assert moments_off(theirs[spread.names], expected) < 0.1


def test_our_soft_interventions_stay(collider: tuple, ours: CausalModel) -> None:
    model = ours.do({"c": lambda f: 0.5 * f - 1})
    rows = model.sample(20)
    theirs = counterfactual(model, rows, {"a": lambda x: 4.0})
    np.testing.assert_allclose(theirs, model.counterfactual(rows, {"a": 4.0}), rtol=1e-9, atol=1e-9)


def test_samples_agree(ours: CausalModel) -> None:
    gcm.util.general.set_random_seed(0)
    scm = to_dowhy(ours)
    assert moments_off(gcm.draw_samples(scm, 1500)[ours.names], ours.sample(1500)) < 0.15
    clamped = gcm.interventional_samples(scm, {"c": lambda x: 0.5}, num_samples_to_draw=1500)[ours.names]
    assert (clamped["c"] == 0.5).all()
    assert moments_off(clamped, ours.do({"c": 0.5}).sample(1500)) < 0.15
    soft = gcm.interventional_samples(scm, {"a": lambda x: x + 1}, num_samples_to_draw=1500)[ours.names]
    assert moments_off(soft, ours.do({"a": lambda f: f + 1}).sample(1500)) < 0.15


def moments_off(one: pd.DataFrame, other: pd.DataFrame) -> float:
    """How far means, standard deviations and correlations lie apart, in standard deviations."""
    scale = other.std().replace(0, 1)
    mean, spread = (one.mean() - other.mean()) / scale, (one.std() - other.std()) / scale
    correlation = (one.corr() - other.corr()).fillna(0).to_numpy()
    return float(max(mean.abs().max(), spread.abs().max(), np.abs(correlation).max()))


def test_dowhys_seed_decides(ours: CausalModel) -> None:
    scm, drawn = to_dowhy(ours), []
    for seed in (0, 0, 1):
        gcm.util.general.set_random_seed(seed)
        drawn.append(gcm.draw_samples(scm, 5))
    pd.testing.assert_frame_equal(drawn[0], drawn[1])
    assert (drawn[0] != drawn[2]).all(axis=None)


def test_pickles_and_clones(ours: CausalModel, collider: tuple) -> None:
    scm, rows = to_dowhy(ours), collider[0].head(5)
    expected = ours.counterfactual(rows, {"a": 4.0})
    for copy in (pickle.loads(pickle.dumps(scm)), scm.clone()):
        for name in ours.names:  # cloning drops what DoWhy notes when it fits
            copy.graph.nodes[name]["parents_during_fit"] = scm.graph.nodes[name]["parents_during_fit"]
        theirs = gcm.counterfactual_samples(copy, {"a": lambda x: 4.0}, observed_data=rows)[ours.names]
        np.testing.assert_allclose(theirs, expected, rtol=1e-9)


def test_refuses_to_fit_again(ours: CausalModel, collider: tuple, one_sentence: OneSentence) -> None:
    with one_sentence("'e'", "inferred"):
        gcm.fit(to_dowhy(ours), collider[0])


def test_dowhy_leaves_out_what_was_set(one_sentence: OneSentence) -> None:
    rng = np.random.default_rng(0)
    x = rng.normal(size=200)
    y, mask = 2 * x + 0.1 * rng.normal(size=200), np.zeros((200, 2), dtype=bool)
    mask[:50, 1], y[:50] = True, 9.0
    frame, graph = pd.DataFrame({"x": x, "y": y}), nx.DiGraph([("x", "y")])
    ends = np.array([[-1.0, 0], [1.0, 0]])
    first, again = (predict(fit_dowhy(observations(frame, intervened=mask), graph), ends) for _ in range(2))
    np.testing.assert_allclose(first[:, 1], [-2, 2], atol=0.1)
    assert (first == again).all()
    mask[:, 1] = True
    with one_sentence("'y'"):
        fit_dowhy(observations(frame, intervened=mask), graph)


def test_the_examples_of_the_page_run() -> None:
    names: dict[str, object] = {}
    exec("\n".join(re.findall(r"```python\n(.*?)```", PAGE.read_text(encoding="utf-8"), flags=re.S)), names)


@pytest.fixture(scope="module")
def clinic() -> pd.DataFrame:
    """drug (three labels) -> age -> ill (boolean) -> visits (count), stage (ordinal) and ill -> pressure."""
    rng = np.random.default_rng(0)
    drug = rng.choice(["a", "b", "none"], 500)
    age = rng.normal(50, 10, 500) + 5 * (drug == "a")
    ill = rng.random(500) < 1 / (1 + np.exp(-(age - 50) / 8))
    stage = np.where(rng.random(500) < 0.3 + 0.4 * ill, "II", np.where(rng.random(500) < 0.5, "I", "III"))
    stage = pd.Categorical(stage, ["I", "II", "III"], ordered=True)
    pressure = 120 + 8 * ill + 3 * stage.codes + rng.normal(size=500)
    visits = rng.poisson(1 + 3 * ill)
    columns = {"stage": stage, "ill": ill, "drug": drug, "visits": visits, "age": age, "pressure": pressure}
    return pd.DataFrame(columns)


CLINIC = [
    *(("drug", "age"), ("age", "ill"), ("ill", "stage"), ("ill", "visits")),
    *(("ill", "pressure"), ("stage", "pressure")),
]


def test_samples_of_discrete_variables_agree(clinic: pd.DataFrame) -> None:
    for model in (
        infer(clinic, nx.DiGraph(CLINIC)),
        infer(clinic, nx.DiGraph([*CLINIC, ("age", "drug")][1:])),
    ):
        gcm.util.general.set_random_seed(0)
        scm = to_dowhy(model)
        assert (
            moments_off(*(as_indicators(model, t) for t in (gcm.draw_samples(scm, 4000), model.sample(4000))))
            < 0.12
        )
        given = gcm.interventional_samples(scm, {"ill": lambda _: True}, num_samples_to_draw=4000)
        assert (given["ill"] == True).all()  # noqa: E712 -- of any dtype
        assert (
            moments_off(
                as_indicators(model, given), as_indicators(model, model.do({"ill": True}).sample(4000))
            )
            < 0.12
        )


def as_indicators(model: CausalModel, rows: pd.DataFrame) -> pd.DataFrame:
    return model.schema.indicators(rows_like(rows, model.names, schema=model.schema).to_numpy())


def test_counterfactuals_of_discrete_variables_are_possible_worlds(clinic: pd.DataFrame) -> None:
    model, rows = infer(clinic, nx.DiGraph(CLINIC)), clinic.head(300)
    gcm.util.general.set_random_seed(0)
    same = counterfactual(model, rows, {"age": lambda age: age})
    kept = ["stage", "ill", "drug", "visits"]
    assert (same.astype(rows.dtypes)[kept] == rows[kept]).all(axis=None)
    moved = counterfactual(model, rows, {"age": lambda _: 70.0})
    ours = model.counterfactual(rows, {"age": 70.0})
    assert (moved["ill"].astype(bool) >= rows["ill"])[rows["age"] < 70].all()
    assert moved["ill"].astype(bool).mean() == pytest.approx(ours["ill"].mean(), abs=0.06)
    assert moved["visits"].mean() == pytest.approx(ours["visits"].mean(), abs=0.25)


def test_a_category_with_causes_has_no_counterfactuals_in_dowhy(clinic: pd.DataFrame) -> None:
    scm = to_dowhy(infer(clinic, nx.DiGraph([*CLINIC[1:], ("age", "drug")])))
    assert not isinstance(scm, gcm.StructuralCausalModel)
    clamped = to_dowhy(infer(clinic, nx.DiGraph(CLINIC)).do({"drug": "b"}))
    assert (gcm.draw_samples(clamped, 20)["drug"] == "b").all()
