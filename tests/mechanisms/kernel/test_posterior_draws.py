import networkx as nx
import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from foundation_causal.observations import observations
from mechanisms.kernel.gaussian_process import Kernel, Point, regression
from mechanisms.kernel.kernel_model import KernelModel, fit_kernel
from mechanisms.kernel.posterior_draws import draw_functions
from mechanisms.mechanism_model import predict

Collider = tuple[pd.DataFrame, nx.DiGraph]
KERNELS = {
    "linear": Kernel(None, np.array([1.0, 0.5]), 1.0),
    "smooth": Kernel(np.array([1.5, 0.5]), np.array([0.3, 0.1]), 0.5),
    "additive": Kernel(np.array([1.5, 0.5]), np.array([0.3, 0.1]), 0.5, additive=True),
    "rough": Kernel(np.array([1.5, 0.5]), np.array([0.3, 0.1]), 0.5, rough=True),
    "rough, additive": Kernel(np.array([1.5, 0.0]), np.array([0.3, 1.0]), 0.5, additive=True, rough=True),
    "moderated, rough": Kernel(
        np.array([1.5, 0.5]), np.array([0.3, 0.1]), 0.5, moderation=np.array([0.0, 0.6]), rough=True
    ),
    "moderated": Kernel(np.array([1.5, 0.5]), np.array([0.3, 0.1]), 0.5, moderation=np.array([0.0, 0.6])),
    "moderated, additive": Kernel(
        np.array([1.5, 0.5]), np.array([0.3, 0.1]), 0.5, additive=True, moderation=np.array([0.0, 0.6])
    ),
    "moderated, linear": Kernel(None, np.array([1.0, 0.5]), 1.0, moderation=np.array([0.0, 0.6])),
}


@pytest.fixture(scope="module")
def model(collider: Collider) -> KernelModel:
    frame, graph = collider
    return fit_kernel(observations(frame), graph)


def rows(seed: int, n: int) -> tuple[np.ndarray, np.ndarray]:
    rng = np.random.default_rng(seed)
    x = rng.normal(size=(n, 2))
    return x, np.sin(2 * x[:, 0]) + x[:, 1] + 0.3 * rng.normal(size=n)


@pytest.mark.parametrize("kernel", KERNELS.values(), ids=KERNELS)
def test_mean_and_covariance_of_the_exact_posterior(kernel: Kernel) -> None:
    x, y = rows(0, 15)
    near, far = x[:2] + 0.1, np.array([[3.0, -4.0], [0.0, 9.0]])
    q, point = np.concatenate([near, far]), Point(kernel, 0.1, 1.0)
    covariance = kernel(x, x) + point.noise * np.eye(15)
    onto = np.linalg.solve(covariance, kernel(x, q)).T
    mean = onto @ y
    # The scale, with its Jeffreys prior integrated out, makes it a Student t with 15 degrees of freedom.
    spread = (kernel(q, q) - onto @ kernel(x, q)) * (y @ np.linalg.solve(covariance, y)) / (15 - 2)
    drawn = draw_functions(regression(x, y, [point]), 1500, np.random.default_rng(1))
    found = np.stack([function(q) for function, _ in drawn])
    size = np.sqrt(np.diag(spread))
    np.testing.assert_allclose((found.mean(0) - mean) / size, 0, atol=0.06)
    np.testing.assert_allclose((np.cov(found.T) - spread) / np.outer(size, size), 0, atol=0.1)


@settings(max_examples=20)
@given(seed=st.integers(0, 1000), noise=st.sampled_from([1e-3, 0.1, 1.0]))
def test_what_a_draw_leaves_to_the_rows_is_its_noise(seed: int, noise: float) -> None:
    x, y = rows(seed, 30)
    points = [Point(kernel, noise, 1 / len(KERNELS)) for kernel in KERNELS.values()]
    for function, rest in draw_functions(regression(x, y, points), 4, np.random.default_rng(seed)):
        np.testing.assert_allclose(function(x) + rest, y, atol=1e-5)


def test_hyperparameters_are_drawn_by_their_weight() -> None:
    x, y = rows(0, 20)
    points = [Point(KERNELS["linear"], 0.1, 0.3), Point(KERNELS["smooth"], 0.1, 0.7)]
    drawn = draw_functions(regression(x, y, points), 1000, np.random.default_rng(0))
    assert np.mean([function.waves is None for function, _ in drawn]) == pytest.approx(0.3, abs=0.05)


def test_mean_over_draws_is_the_prediction(collider: Collider, model: KernelModel) -> None:
    query = collider[0].to_numpy()[:40]
    draws = model.draws(60, seed=0)
    found = np.stack([predict(draw.mechanisms, query) for draw in draws])
    error = (found.mean(0) - predict(model, query)) / np.maximum(found.std(0), 1e-9)
    assert np.abs(error).mean() < 0.2
    assert (found.std(0) > 0).all()


def test_a_draw_depends_on_the_parents_only(collider: Collider, model: KernelModel) -> None:
    frame, graph = collider
    (draw,) = model.draws(1, seed=3)
    query = frame.to_numpy()[:5]
    before = predict(draw.mechanisms, query)
    for i, source in enumerate(frame):
        moved = query.copy()
        moved[:, i] += 0.1 * frame[source].std()
        children = np.array([graph.has_edge(source, target) for target in frame])
        assert ((predict(draw.mechanisms, moved) != before).all(0) == children).all()
        assert ((predict(draw.mechanisms, moved) == before).all(0) == ~children).all()


def test_draws_are_seeded_and_may_be_of_some_variables(collider: Collider, model: KernelModel) -> None:
    query = collider[0].to_numpy()[:5]
    one, other = (draw.mechanisms for draw in model.draws(2, seed=5))
    again = model.draws(2, seed=5)[0].mechanisms
    (some,) = (draw.mechanisms for draw in model.draws(1, seed=5, nodes=[2]))
    assert (predict(one, query) == predict(again, query)).all()
    assert (predict(one, query) != predict(other, query)).all()
    changed = (predict(some, query) != predict(model, query)).all(0)
    assert changed.tolist() == [False, False, True, False]


def test_residuals_have_the_variance_of_the_noise() -> None:
    rng = np.random.default_rng(0)
    x, noise = rng.normal(size=(2, 150))
    frame = pd.DataFrame({"x": x, "y": np.sin(2 * x) + 0.3 * noise})
    model = fit_kernel(observations(frame), nx.DiGraph([("x", "y")]), heteroscedastic=False)
    draws = model.draws(50, seed=0)
    assert np.mean([draw.residuals[1] ** 2 for draw in draws]) == pytest.approx(0.09 * noise.var(), rel=0.05)


def test_noise_whose_scale_depends_on_the_parents() -> None:
    rng = np.random.default_rng(0)
    x, noise = rng.uniform(-2, 2, size=200), rng.normal(size=200)
    frame = pd.DataFrame({"x": x, "y": x + np.exp(x - 1) * noise})
    model = fit_kernel(observations(frame), nx.DiGraph([("x", "y")]), heteroscedastic=True)
    draws = model.draws(40, seed=0)
    values = np.array([[-1.5, 0.0], [1.5, 0.0]])
    low, high = np.std([draw.mechanisms.predict_nodes([1], values)[:, 0] for draw in draws], axis=0)
    assert high > 3 * low
    assert (draws[0].mechanisms.scale_nodes([1], values) == model.scale_nodes([1], values)).all()
    found = np.mean([draw.residuals[1] ** 2 for draw in draws])
    assert found == pytest.approx(np.mean(model.noise_of(1) ** 2), rel=0.1)


def test_a_root_with_one_row_of_its_own_stays_where_it_was_seen(collider: Collider) -> None:
    frame, graph = collider
    mask = np.zeros((40, frame.shape[1]), dtype=bool)
    root = frame.columns.get_loc("a")
    mask[1:, root] = True
    model = fit_kernel(observations(frame.head(40), intervened=mask), graph)
    drawn = model.draws(3, 0)
    assert [draw.mechanisms.functions[root] for draw in drawn] == [frame["a"].iloc[0]] * 3
