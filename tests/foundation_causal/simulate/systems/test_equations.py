"""SCMs written down as functions, and C-Suite's."""

import networkx as nx
import numpy as np
import pytest
import torch
from torch.nn.functional import softplus

from foundation_causal.simulate import Gaussian
from foundation_causal.simulate.systems.csuite import CSUITE, FIRST_MEAN, LAYER_MEAN, csuite
from foundation_causal.simulate.systems.equations import Equations

UNIT = Gaussian((1.0, 1.0))


def test_arguments_are_parents_in_any_order():
    scm = Equations(
        functions={"c": lambda b, a: 10 * a + b, "b": lambda a: -a},
        noises={"c": UNIT, "a": UNIT, "b": UNIT},
    )
    batch = scm.draw(n=50, scms=3, seed=2, dtype=torch.float64)
    assert batch.names == ("c", "a", "b")
    assert set(batch.graph(0).edges) == {("a", "b"), ("a", "c"), ("b", "c")}
    c, a, b = batch.data.unbind(2)
    torch.testing.assert_close(b, -a + batch.noise[..., 2])
    torch.testing.assert_close(c, 10 * a + b + batch.noise[..., 0])
    torch.testing.assert_close(batch.evaluate(batch.data)[..., 0], 10 * a + b)
    under = batch.generate(batch.noise, batch.do({"a": 1.0}))
    torch.testing.assert_close(under[..., 2], -1 + batch.noise[..., 2])


def test_a_root_may_have_a_constant():
    batch = Equations({"a": lambda: 7.0, "b": lambda a: a}, {"a": UNIT, "b": UNIT}).draw(n=9)
    torch.testing.assert_close(batch.data[..., 0], 7 + batch.noise[..., 0])
    torch.testing.assert_close(batch.functions[..., 0], torch.full((1, 9), 7.0))


def test_refusals(one_sentence):
    with one_sentence("noises", "'b'"):
        Equations({"b": lambda a: a}, {"a": UNIT})
    with one_sentence("cycle"):
        Equations({"b": lambda a: a, "a": lambda b: b}, {"a": UNIT, "b": UNIT})
    with one_sentence("'z'"):
        Equations({"b": lambda z: z}, {"a": UNIT, "b": UNIT})
    with one_sentence("'b'", "finite"):
        Equations({"b": lambda a: a / 0}, {"a": UNIT, "b": UNIT}).draw(n=5)
    with one_sentence("shape"):
        Equations({"b": lambda a: a.sum()}, {"a": UNIT, "b": UNIT}).draw(n=5)
    with one_sentence("n is 0"):
        Equations({}, {"a": UNIT}).draw(n=0)
    with one_sentence("'lingaus'"):
        csuite("lingaus")


EDGES = dict(zip(CSUITE, (1, 1, 1, 4, 4, 9, 15, 9, 15), strict=True))


@pytest.mark.parametrize("name", list(CSUITE))
def test_csuite_is_acyclic_additive_and_of_moderate_size(name):
    batch = csuite(name).draw(n=20_000, seed=1, dtype=torch.float64)
    graph = batch.graph(0)
    assert nx.is_directed_acyclic_graph(graph)
    assert graph.number_of_edges() == EDGES[name]
    assert (batch.data - batch.evaluate(batch.data) - batch.noise).abs().max() < 1e-12
    errors = batch.noise[0].std(0) / 20_000**0.5
    assert (batch.noise[0].mean(0).abs() < 4.5 * errors).all()
    spread = batch.data[0].std(0)
    assert spread.min() > 0.75
    assert spread.max() < 4


def by_hand(name: str, z: torch.Tensor) -> torch.Tensor:
    """The published equations with their own noises `z` `[n, d]`, written without the package."""

    def layer(p, noise):
        return softplus(1 + p) + softplus(0.5 + noise) - 3

    def down(p, noise):
        return softplus(1.5 - p) + softplus(0.5 + noise) - 3

    x = [softplus(1.8 * z[:, 0]) - 1]
    nothing = torch.zeros_like(x[0])
    if name == "large_backdoor":
        x.append(1.5 * layer(x[0], nothing) + 0.5 * z[:, 1])
        x += [layer(x[0], z[:, 2]), layer(x[1], z[:, 3])]
    else:
        x.append(0.75 * layer(x[0], nothing) + 0.75**0.5 * z[:, 1])
        x += [down(x[0], z[:, 2]), down(x[1], z[:, 3])]
    for j in (4, 5, 6):
        x.append(layer(x[j - 2], z[:, j]))
    x.append(1.5 * softplus(x[5] + 1) - 1 + 0.3**0.5 * z[:, 7])
    if name == "large_backdoor":
        x.append(-softplus((-1.3 * x[6] + x[7]) / 3 + 1) + 2 + 0.6 * z[:, 8])
    else:
        x.append(softplus(0.1 * sum(x[:6]) + 0.5 * x[6] + 0.7 * x[7] + 1) - 2 + 0.5 * z[:, 8])
    return torch.stack(x, 1)


@pytest.mark.parametrize("name", ["large_backdoor", "weak_arrow"])
def test_the_large_graphs_follow_their_equations(name):
    batch = csuite(name).draw(n=300, seed=4, dtype=torch.float64)
    noise, z = batch.noise[0], torch.empty_like(batch.noise[0])
    inverse = lambda s: torch.log(torch.expm1(s))  # noqa: E731
    z[:, 0] = inverse(noise[:, 0] + FIRST_MEAN) / 1.8
    z[:, 1] = noise[:, 1] / (0.5 if name == "large_backdoor" else 0.75**0.5)
    z[:, 2:7] = inverse(noise[:, 2:7] + LAYER_MEAN) - 0.5
    z[:, 7] = noise[:, 7] / 0.3**0.5
    z[:, 8] = noise[:, 8] / (0.6 if name == "large_backdoor" else 0.5)
    torch.testing.assert_close(by_hand(name, z), batch.data[0])
    assert abs(z[:, :8].mean()) < 0.1
    assert z[:, :8].std() == pytest.approx(1, abs=0.05)


def test_small_configurations_follow_their_equations():
    x = csuite("symprod_simpson").draw(n=400_000, seed=0, dtype=torch.float64)
    x0, x1, x2, x3 = x.data[0].numpy().T
    parts = [x1 - 2 * np.tanh(2 * x0), x2 - x0 * x1 / 2, x3 - 5 * np.tanh(1.5 * x0) - 3]
    # Student t(3) has variance 3 and its size is judged by its quartiles; Laplace(1/2) has variance 1/2.
    assert np.quantile(parts[0], 0.75) == pytest.approx(0.1**0.5 * 0.7649, rel=0.02)
    assert np.var(parts[1]) == pytest.approx(0.5, rel=0.02)
    assert np.var(parts[2]) == pytest.approx(0.3, rel=0.02)
    y = csuite("nonlin_simpson").draw(n=400_000, seed=0, dtype=torch.float64)
    y0, y1, y2, y3 = y.data[0].numpy().T
    assert np.var(y1 - np.log1p(np.exp(1 - y0))) == pytest.approx(3 / 20, rel=0.02)
    assert np.abs(y2 - np.tanh(2 * y1) - 1.5 * y0 + 1).max() < 1
    assert np.var(y3 - 5 * np.tanh((y2 - 4) / 5) - 3) == pytest.approx(0.02, rel=0.03)
    for name in ("lingauss", "linexp"):
        data = csuite(name).draw(n=400_000, seed=0, dtype=torch.float64).data[0].numpy()
        assert np.corrcoef(data.T)[0, 1] == pytest.approx(0.5, abs=0.01)
        assert np.var(data, axis=0) == pytest.approx(1, rel=0.02)
