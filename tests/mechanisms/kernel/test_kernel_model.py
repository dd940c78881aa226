from itertools import islice

import networkx as nx
import numpy as np
import pandas as pd
import pytest

from foundation_causal.errors import SubsampleWarning
from foundation_causal.metrics import rmse
from foundation_causal.observations import observations, row_order
from foundation_causal.suites import load_suite
from mechanisms.kernel.kernel_model import MAX_FITTED_ROWS, balanced, fit_kernel
from mechanisms.mechanism_evaluation import floor
from mechanisms.mechanism_model import predict

Collider = tuple[pd.DataFrame, nx.DiGraph]


def fitted(frame: pd.DataFrame, graph: nx.DiGraph) -> np.ndarray:
    return predict(fit_kernel(observations(frame), graph), frame.to_numpy())


@pytest.fixture(scope="module")
def found(collider: Collider) -> np.ndarray:
    """The answer to the collider in its own order and units."""
    return fitted(*collider)


@pytest.mark.parametrize("mechanism", ["LIN", "RFF"])
def test_noise_within_a_tenth_of_the_bayes_floor(mechanism: str) -> None:
    ours, best = [], []
    for case in islice(load_suite("cond-fip-scarce").only(mechanism=mechanism, n=200), 3):
        scale = case.context.std(0)
        models = fit_kernel(observations(case.frame), case.graph), floor(case)
        scores = [rmse((case.query - predict(m, case.query)) / scale, case.noise / scale) for m in models]
        ours.append(scores[0])
        best.append(scores[1])
    assert np.mean(ours) < 1.1 * np.mean(best)


def test_depends_on_the_parents_only(collider: Collider) -> None:
    frame, graph = collider
    model = fit_kernel(observations(frame), graph)
    rows = frame.to_numpy()[:5]
    before = predict(model, rows)
    for i, source in enumerate(frame):
        moved = rows.copy()
        moved[:, i] += 0.1 * frame[source].std()
        changed = (predict(model, moved) != before).all(0)
        unchanged = (predict(model, moved) == before).all(0)
        children = np.array([graph.has_edge(source, target) for target in frame])
        assert (changed == children).all()
        assert (unchanged == ~children).all()


def test_permuting_columns_permutes_the_answer(collider: Collider, found: np.ndarray) -> None:
    frame, graph = collider
    order = ["b", "c", "e", "a"]
    scale = frame.std().to_numpy()
    permuted = pd.DataFrame(fitted(frame[order], graph), columns=order)[list(frame)].to_numpy()
    assert np.abs((permuted - found) / scale).max() < 1e-6


def test_permuting_rows_changes_nothing(collider: Collider, found: np.ndarray) -> None:
    frame, graph = collider
    other = fit_kernel(observations(frame.sample(frac=1, random_state=3)), graph)
    assert (predict(other, frame.to_numpy()) == found).all()


def test_row_order_ignores_the_order_of_rows_and_columns() -> None:
    rng = np.random.default_rng(0)
    values = rng.integers(0, 4, size=(50, 3)).astype(float)  # with ties, and rows that are equal
    names, columns = ["u", "v", "w"], [2, 0, 1]
    mixed = values[np.ix_(rng.permutation(50), columns)]
    straight = values[row_order(values, names, seed=1)]
    shuffled = mixed[row_order(mixed, [names[j] for j in columns], seed=1)]
    assert (straight[:, columns] == shuffled).all()
    assert (straight != values[row_order(values, names, seed=2)]).any()


@pytest.mark.parametrize("factors", [[1e12, 1e-12, 1e-12, 1e12], [1e-12] * 4, [1e12] * 4, [1, 1e9, 1e-9, 1]])
def test_units_of_any_size(collider: Collider, found: np.ndarray, factors: list[float]) -> None:
    frame, graph = collider
    again = fitted(frame * factors, graph) / factors
    assert np.abs((again - found) / frame.std().to_numpy()).max() < 1e-9


def test_a_shift_changes_nothing(collider: Collider, found: np.ndarray) -> None:
    frame, graph = collider
    shift = [1e3, -1e4, 0.0, 1e5]
    again = fitted(frame + shift, graph) - shift
    assert np.abs((again - found) / frame.std().to_numpy()).max() < 1e-6


def test_duplicate_and_collinear_parents() -> None:
    rng = np.random.default_rng(0)
    a, b = rng.normal(size=(2, 200))
    frame = pd.DataFrame({"a": a, "a2": a, "b": b, "s": a + b, "y": a - b + 0.1 * rng.normal(size=200)})
    graph = nx.DiGraph([(p, "y") for p in ("a", "a2", "b", "s")] + [("a", "a2"), ("a", "s"), ("b", "s")])
    residual = frame.to_numpy() - fitted(frame, graph)
    assert residual[:, 4].std() == pytest.approx(0.1, rel=0.15)
    assert (np.abs(residual[:, [1, 3]]) < 1e-3).all()  # exact relations are found


def test_more_parents_than_rows() -> None:
    rng = np.random.default_rng(0)
    frame = pd.DataFrame(rng.normal(size=(22, 40)), columns=[f"x{j}" for j in range(40)])
    frame["y"] = frame["x0"] * 3 + 0.1 * rng.normal(size=22)
    graph = nx.DiGraph([(f"x{j}", "y") for j in range(40)])
    fresh = rng.normal(size=(500, 41))
    model = fit_kernel(observations(frame), graph)
    error = predict(model, fresh)[:, 40] - 3 * fresh[:, 0]
    assert np.isfinite(error).all()
    assert error.std() < 3  # better than the mean


def test_two_valued_columns() -> None:
    rng = np.random.default_rng(0)
    x = (rng.random(1500) < 0.01).astype(float)
    frame = pd.DataFrame({"x": x, "y": 2 * x + 0.1 * rng.normal(size=1500), "z": rng.permutation(x)})
    graph = nx.DiGraph([("x", "y"), ("y", "z")])
    assert np.isfinite(fitted(frame, graph)).all()


def test_large_contexts_are_drawn_from() -> None:
    rng = np.random.default_rng(0)
    x = rng.normal(size=MAX_FITTED_ROWS + 500)
    frame = pd.DataFrame({"x": x, "y": np.sin(2 * x) + 0.2 * rng.normal(size=len(x))})
    graph = nx.DiGraph([("x", "y")])
    with pytest.warns(SubsampleWarning):
        model = fit_kernel(observations(frame), graph)
    assert model.regressions[1] is not None
    assert len(model.regressions[1].y) == MAX_FITTED_ROWS
    query = np.linspace(-2, 2, 50)
    found = predict(model, np.column_stack([query, query]))[:, 1]
    assert np.sqrt(((found - np.sin(2 * query)) ** 2).mean()) < 0.06
    noise = model.noise_of(1)
    assert len(noise) == MAX_FITTED_ROWS
    assert noise.std() == pytest.approx(0.2, rel=0.06)
    with pytest.warns(SubsampleWarning):
        other = fit_kernel(observations(frame), graph, seed=1)
    again = predict(other, np.column_stack([query, query]))[:, 1]
    assert (again != found).any()


def test_intervened_entries_are_left_out_for_their_variable(one_sentence) -> None:
    rng = np.random.default_rng(0)
    x = rng.normal(size=200)
    y = 2 * x + 0.1 * rng.normal(size=200)
    mask = np.zeros((200, 2), dtype=bool)
    mask[:50, 1] = True
    y[:50] = 9.0
    frame, graph = pd.DataFrame({"x": x, "y": y}), nx.DiGraph([("x", "y")])
    model = fit_kernel(observations(frame, intervened=mask), graph)
    found = predict(model, np.array([[-1.0, 0.0], [1.0, 0.0]]))[:, 1]
    np.testing.assert_allclose(found, [-2, 2], atol=0.1)
    assert [len(model.noise_of(j)) for j in range(2)] == [200, 150]
    mask[:, 1] = True
    with one_sentence("'y'"):
        fit_kernel(observations(frame, intervened=mask), graph)


def test_rare_values_come_first() -> None:
    rng = np.random.default_rng(0)
    rows = np.column_stack([rng.random(3000) < 0.05, rng.normal(size=(3000, 2))])
    first = balanced(rows, np.array([0, 1]), seed=0)
    assert first[:1000, 0].sum() > 0.9 * rows[:, 0].sum()
    assert sorted(first[:, 1]) == sorted(rows[:, 1])
    assert balanced(rows, np.array([1]), seed=0) is rows
