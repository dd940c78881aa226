"""The parts of ADAG: acyclicity, tokens, network, loss."""

import networkx as nx
import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from discovery.adag import ADAG
from discovery.adag.network import condensed, rotation, second_moments, tokens
from discovery.adag.train import cyclicity, objective


@given(arrays(np.int64, (4, 4), elements=st.integers(-1, 1)))
def test_cyclicity_is_zero_exactly_for_acyclic_graphs(weights):
    h = float(cyclicity(torch.tensor(weights, dtype=torch.double)))
    acyclic = nx.is_directed_acyclic_graph(nx.from_numpy_array(weights, create_using=nx.DiGraph))
    assert h == pytest.approx(0, abs=1e-12) if acyclic else h > 1e-3


def test_cyclicity_sees_a_cycle_through_all_variables():
    ring = np.roll(np.eye(9), 1, axis=1)
    assert float(cyclicity(torch.tensor(ring))) > 1e-9
    ring[8, 0] = 0
    assert float(cyclicity(torch.tensor(ring))) == pytest.approx(0, abs=1e-12)


@given(st.integers(2, 12), st.integers(2, 6), st.integers(0, 1000))
def test_condensed_rows_keep_the_second_moments(n, d, seed):
    rows = np.random.default_rng(seed).normal(size=(n, d))
    moments = second_moments(rows)
    assert np.allclose(moments, np.cov(rows.T, bias=True))
    turned = (
        rotation(d, torch.Generator().manual_seed(seed)).double() @ torch.tensor(condensed(moments))
    ).numpy()
    assert turned.shape == (d, d)
    assert np.allclose(turned.T @ turned / d, moments, atol=1e-5)


def random_network(d: int, layers: int = 3) -> ADAG:
    torch.manual_seed(0)
    network = ADAG([f"X{j}" for j in range(d)], layers=layers).double()
    with torch.no_grad():
        for weight in network.parameters():
            weight.add_(0.3 * torch.randn_like(weight))
    return network


def test_gradients_are_right():
    network, d = random_network(3, layers=2), 3
    rows = torch.randn(2, d, d, dtype=torch.double, requires_grad=True)
    turn = torch.eye(d, dtype=torch.double)

    def loss(x, *_):
        weights = network(tokens(x, turn))
        reconstruction, size = objective(x.transpose(1, 2) @ x / d, weights, 0.1)
        return reconstruction + size + cyclicity(weights)

    assert torch.autograd.gradcheck(loss, (rows, *network.parameters()))


def test_the_objective_is_the_reconstruction_of_the_rows():
    rows = torch.randn(7, 3, dtype=torch.double)
    weights = torch.randn(3, 3, dtype=torch.double)
    reconstruction, size = objective((rows.T @ rows / 7)[None], weights[None], 0.5)
    assert float(reconstruction) == pytest.approx(float((rows - rows @ weights).square().sum()) / 14)
    assert float(size) == pytest.approx(0.5 * float(weights.abs().sum()))


def test_a_domain_is_read_for_itself_and_up_to_one_factor():
    network, h = random_network(4), torch.randn(3, 4, 4, dtype=torch.double)
    together = network(h)
    assert torch.allclose(together[1], network(h[1:2])[0])
    assert torch.allclose(together, network(1000 * h), atol=1e-4)
    assert (together.diagonal(dim1=1, dim2=2) == 0).all()


def test_without_positions_permuted_variables_give_permuted_weights():
    """Only `positions` and `gains` tell the variables apart."""
    network, order = random_network(5), torch.tensor([3, 1, 4, 0, 2])
    with torch.no_grad():
        network.positions.copy_(torch.randn(3, 1, 1).expand(3, 5, 5))
        network.gains.fill_(1.0)
    h = torch.randn(2, 5, 5, dtype=torch.double)
    assert torch.allclose(network(h[:, order]), network(h)[:, order][:, :, order])
    assert not torch.allclose(random_network(5)(h[:, order]), random_network(5)(h)[:, order][:, :, order])


def test_queries_and_keys_of_identity_do_not_see_rotations():
    network, h = ADAG(["a", "b", "c"]).double(), torch.randn(2, 3, 3, dtype=torch.double)
    h = h - h.mean((1, 2), keepdim=True)
    with torch.no_grad():
        network.positions.normal_()
    turn = rotation(3, torch.Generator().manual_seed(1)).double()
    one = network._kernel(h, 0)
    assert torch.allclose(one, network._kernel(h @ turn.T, 0))
