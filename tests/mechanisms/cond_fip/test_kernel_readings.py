"""What the rows say of a reading: derivatives of the evidence and residuals, as they are by definition."""

import math

import pytest
import torch

from mechanisms.cond_fip.blocks import Edges
from mechanisms.cond_fip.kernel_decoder import KernelDecoder
from mechanisms.cond_fip.kernel_readings import Kernels, Reading, gaussian, judged, solved, verdict

EDGES = Edges.between([(0, 2), (1, 2), (2, 3)])
NODES, ROWS = 4, 24


def reading(rows=ROWS):
    torch.manual_seed(0)
    sizes = [(3,), (3,), (NODES,), (NODES,), (NODES, rows)]
    return Reading(*((0.5 * torch.randn(size, dtype=torch.float64)).exp() for size in sizes))


def context(rows=ROWS):
    torch.manual_seed(1)
    x = torch.randn(NODES, rows, dtype=torch.float64)
    x[2] = torch.sin(2 * x[0]) + x[1] + 0.3 * x[2]
    x[3] = x[2].square() + 0.1 * x[3]
    return x


def covariance(read, x, child):
    """K + noise of one node, spelled out."""
    mine = child == EDGES.child
    inputs, rates, slopes = x[EDGES.parent[mine]].T, read.rates[mine], read.slopes[mine]
    apart = (inputs[:, None] - inputs[None]) * rates
    line = (inputs * slopes) @ (inputs * slopes).T
    return read.height[child] * (-apart.square().sum(2) / 2).exp() + line + read.level[child]


def evidence(logarithms, x, child):
    read = Reading(*(part.exp() for part in logarithms))
    whole = covariance(read, x, child) + torch.diag(read.noise[child])
    return torch.distributions.MultivariateNormal(x.new_zeros(x.shape[1]), whole).log_prob(x[child])


@pytest.mark.parametrize("child", [2, 3])
def test_slopes_are_derivatives_of_the_log_evidence(child):
    read, x = reading(), context()
    logarithms = Reading(*(part.log().requires_grad_() for part in read))
    evidence(logarithms, x, child).backward()
    found = judged(Kernels.reading(read, x, EDGES).of(torch.tensor([child])), x[[child]], ROWS)
    mine = child == EDGES.child
    slots = int(mine.sum())
    assert torch.allclose(found.rates[0, :slots], logarithms.rates.grad[mine])
    assert torch.allclose(found.slopes[0, :slots], logarithms.slopes.grad[mine])
    assert found.height[0] == pytest.approx(logarithms.height.grad[child].item())
    assert found.level[0] == pytest.approx(logarithms.level.grad[child].item())
    assert found.noise[0] == pytest.approx(logarithms.noise.grad[child].sum().item())


@pytest.mark.parametrize("judged_rows", [ROWS, 15])
def test_residuals_are_those_of_rows_left_out(judged_rows):
    """Of a judged row by all other judged rows, of a row beyond by all of them."""
    read, x = reading(), context()
    found = judged(Kernels.reading(read, x, EDGES).of(torch.tensor([2])), x[[2]], judged_rows).residuals[0]
    whole, noise = covariance(read, x, 2), read.noise[2]
    for row in (0, 7, ROWS - 1):
        known = [other for other in range(judged_rows) if other != row]
        weights = torch.linalg.solve(whole[known][:, known] + torch.diag(noise[known]), whole[known, row])
        variance = whole[row, row] + noise[row] - weights @ whole[known, row]
        assert found[row] == pytest.approx(((x[2, row] - weights @ x[2, known]) / variance.sqrt()).item())


def test_a_verdict_is_finite_and_says_nothing_of_roots():
    said = verdict(reading(), context(), EDGES, ROWS)
    assert [part.shape for part in said] == [(3, 8), (NODES, 11), (NODES, ROWS, 3)]
    assert all(part.isfinite().all() for part in said)
    assert (said.nodes[:2, :3] == 0).all()
    assert (said.nodes[2:, :3] != 0).all()


def test_an_untrained_round_moves_nothing_but_the_least_noise():
    torch.manual_seed(0)
    decoder, tokens = KernelDecoder(6, 8, rounds=2).double(), torch.randn(NODES, ROWS, 6, dtype=torch.float64)
    first, *_, last = decoder.read(context(), tokens, EDGES)
    assert all(torch.allclose(*pair) for pair in zip(first[:4], last[:4], strict=True))
    assert torch.allclose(first.noise, last.noise, atol=1e-3)
    assert (last.noise > first.noise).all()


def test_slopes_say_which_way_rates_are_wrong():
    """Of length scales that are far too short the evidence says that they should be longer."""
    x = context(200)
    short = reading(200)._replace(rates=torch.full((3,), 20.0, dtype=torch.float64))
    slopes = judged(Kernels.reading(short, x, EDGES).of(torch.tensor([2, 3])), x[[2, 3]], 200).rates
    assert (slopes[0] < 0).all()
    assert slopes[1, 0] < 0


def test_a_system_that_rounding_leaves_singular_is_solved_with_a_little_more_noise():
    matrix, noise = torch.ones(2, 6, 6, dtype=torch.float64), torch.zeros(2, 6, dtype=torch.float64)
    matrix[1] += torch.eye(6)
    y = torch.ones(2, 6, dtype=torch.float64)
    solution = solved(matrix, noise, y)
    assert torch.allclose((matrix @ solution[..., None]).squeeze(2), y, atol=1e-5)
    assert torch.allclose(solution[1], torch.linalg.solve(matrix[1], y[1]))


def test_the_gradient_of_a_solution_is_that_of_the_linear_system():
    torch.manual_seed(0)
    root, y = torch.randn(2, 12, 12, dtype=torch.float64), torch.randn(2, 12, dtype=torch.float64)
    noise = (0.1 + torch.rand(2, 12, dtype=torch.float64)).requires_grad_()
    matrix = (root @ root.mT).requires_grad_()
    weigh = torch.randn(2, 12, dtype=torch.float64)
    gradients = [
        torch.autograd.grad((weigh * of(matrix, noise, y)).sum(), (matrix, noise))
        for of in (solved, lambda k, s, y: torch.linalg.solve(k + torch.diag_embed(s), y))
    ]
    assert all(torch.allclose(*pair) for pair in zip(*gradients, strict=True))


def test_the_gaussian_kernel_is_one_at_no_distance():
    a = torch.randn(1, 5, 2)
    assert gaussian(a, a).diagonal(dim1=1, dim2=2).tolist() == [pytest.approx([1.0] * 5)]
    assert gaussian(a[:, :1], a[:, :1] + 1).item() == pytest.approx(math.exp(-1))
