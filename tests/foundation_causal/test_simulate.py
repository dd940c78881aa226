"""The simulator against its definitions and closed forms."""

import itertools
import math

import networkx as nx
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from foundation_causal.errors import InputError
from foundation_causal.simulate import erdos_renyi, p_in, scale_free


def generator(seed: int = 0) -> torch.Generator:
    return torch.Generator().manual_seed(seed)


@given(st.integers(2, 12), st.integers(1, 3), st.integers(0, 1000))
def test_scale_free_nodes_have_as_many_parents_as_there_is_room_for(d, m, seed):
    a = scale_free(torch.tensor([float(m)]), d, generator(seed))[0]
    assert a.sum(0).tolist() == [min(m, t) for t in range(d)]
    assert not a.tril().any()


def test_scale_free_prefers_the_popular():
    fair = scale_free(torch.ones(4000), 20, generator(), power=0.0).sum(2).amax(1).float().mean()
    preferring = scale_free(torch.ones(4000), 20, generator(), power=1.0).sum(2).amax(1).float().mean()
    assert preferring > 1.3 * fair


def test_erdos_renyi_has_the_edges_it_promises():
    edges = erdos_renyi(torch.full((4000,), 2.0), 20, generator()).sum((1, 2)).float()
    assert edges.mean() == pytest.approx(40, abs=0.5)
    assert erdos_renyi(torch.tensor([3.0]), 3, generator()).sum() == 3  # more edges asked than pairs


@given(st.integers(1, 8), st.integers(0, 1000))
def test_data_are_the_fixed_point_of_acyclic_mechanisms(d, seed):
    batch = p_in(scms=3, d=d, n=20, seed=seed)
    scale = batch.data.abs().amax() + 1
    assert (batch.data - batch.evaluate(batch.data) - batch.noise).abs().amax() < 1e-5 * scale
    for b in range(3):
        assert nx.is_directed_acyclic_graph(batch.graph(b))
        assert list(batch.frame(b)) == list(batch.graph(b))


@pytest.mark.parametrize("kind", ["linear", "rff"])
def test_mechanisms_are_their_formulas(kind):
    batch = p_in(scms=2, d=5, n=4, seed=3, mechanism=kind)
    x, f = batch.data.double(), batch.evaluate(batch.data)
    for b, j in itertools.product(range(2), range(5)):
        parents = batch.adjacency[b, :, j].nonzero().squeeze(1)
        expected = batch.bias[b, j].expand(4).double()
        if kind == "linear":
            expected = expected + x[b][:, parents] @ batch.weights[b, parents, j].double()
        elif len(parents):
            angle = x[b][:, parents] @ batch.omega[b, parents, j].double() + batch.phase[b, j]
            wave = angle.cos() @ batch.amplitude[b, j].double()
            expected = expected + batch.output_scale[b, j] * math.sqrt(2 / 100) * wave
        assert f[b, :, j].double().numpy() == pytest.approx(expected.numpy(), rel=1e-3, abs=1e-3)


def test_parameters_have_the_ranges_of_the_prior():
    for kind in ("linear", "rff"):
        batch = p_in(scms=200, d=10, n=2, seed=0, mechanism=kind)
        ranges = {"bias": (-3, 3), "noise_scale": (0.2, 2), "output_scale": (10, 20), "length_scale": (7, 10)}
        values = {name: getattr(batch, name) for name in ranges}
        ranges["weights"], values["weights"] = (1, 3), batch.weights[batch.adjacency].abs()
        for name, (low, high) in ranges.items():
            slack = 0.03 * (high - low)
            assert low <= values[name].min() < low + slack, name
            assert high >= values[name].max() > high - slack, name
        unit = (batch.omega * batch.length_scale[:, None, :, None])[batch.adjacency]
        assert unit.std() == pytest.approx(1, abs=0.01)
        assert bool((batch.noise_scale == batch.noise_scale[:, :1]).all()) == (kind == "linear")


def test_mechanisms_see_their_parents_only():
    batch = p_in(scms=4, d=6, n=5, seed=2)
    for j in range(6):
        x = batch.data.clone().requires_grad_()
        slope = torch.autograd.grad(batch.evaluate(x)[:, :, j].sum(), x)[0].abs().amax(1)
        assert not (slope[~batch.adjacency[:, :, j]] > 0).any()
        assert (slope[batch.adjacency[:, :, j]] > 0).all()


def test_linear_scms_have_the_covariance_of_theory():
    batch = p_in(scms=2, d=5, n=200_000, seed=5, mechanism="linear", noise="gaussian", graph="er")
    for b in range(2):
        mixing = torch.linalg.inv(torch.eye(5) - batch.weights[b])
        expected = mixing.T @ batch.noise_scale[b].square().diag() @ mixing
        measured = batch.data[b].T.cov()
        scale = expected.diagonal().sqrt()
        assert ((measured - expected) / (scale[:, None] * scale)).abs().max() < 0.02
        assert torch.allclose(batch.data[b].mean(0) / scale, (batch.bias[b] @ mixing) / scale, atol=0.02)


def test_noise_has_the_scale_and_shape_asked_for():
    for noise, deviation, kurtosis in (("gaussian", 1.0, 3.0), ("laplace", math.sqrt(2), 6.0)):
        batch = p_in(scms=1, d=3, n=200_000, seed=0, noise=noise)
        unit = batch.noise[0] / batch.noise_scale[0]
        assert unit.std(0).tolist() == pytest.approx([deviation] * 3, rel=0.02)
        assert unit.mean(0).abs().max() < 0.02
        assert ((unit / unit.std(0)).pow(4).mean(0) - kurtosis).abs().max() < 0.4


def test_interventions_clamp_and_leave_the_rest_alone():
    batch = p_in(scms=3, d=6, n=50, seed=4)
    mask = torch.zeros(3, 6, dtype=torch.bool)
    mask[:, 2] = True
    after = batch.generate(batch.noise, mask, torch.full((3, 6), 7.0))
    assert (after[:, :, 2] == 7).all()
    for b in range(3):
        below = nx.descendants(batch.graph(b), "X3")
        for j in range(6):
            if j != 2 and f"X{j + 1}" not in below:
                assert torch.equal(after[b, :, j], batch.data[b, :, j])


def test_half_an_intervention_is_refused():
    batch = p_in(scms=1, d=3, n=5)
    with pytest.raises(InputError, match="both"):
        batch.generate(batch.noise, torch.ones(1, 3, dtype=torch.bool))
    with pytest.raises(InputError, match="both"):
        batch.generate(batch.noise, do_values=torch.ones(1, 3))


def test_a_seed_decides_everything():
    one, two, other = (p_in(scms=2, d=7, n=30, seed=s) for s in (1, 1, 2))
    assert torch.equal(one.data, two.data)
    assert not torch.equal(one.data, other.data)


def test_choices_are_kept():
    assert p_in(scms=20, d=3, n=5, mechanism="linear").linear.all()
    assert not p_in(scms=20, d=3, n=5, mechanism="rff").linear.any()
    inward = p_in(scms=30, d=20, n=5, graph="sf-in").adjacency
    assert inward.sum(1).amax(1).float().mean() > 2 * inward.sum(2).amax(1).float().mean()


@pytest.mark.parametrize(
    ("wrong", "word"), [({"mechanism": "cubic"}, "cubic"), ({"graph": "ring"}, "ring"), ({"d": 0}, "d is 0")]
)
def test_impossible_priors_are_refused(wrong, word):
    with pytest.raises(InputError, match=word):
        p_in(**{"scms": 1, "d": 3, "n": 5, **wrong})
