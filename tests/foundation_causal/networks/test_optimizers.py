"""LAMB, against its formula and on a problem with a known answer; learning rates, against their formulas."""

from math import cos, pi

import pytest
import torch

from foundation_causal.networks.optimizers import Lamb, warmed_cosine


def test_two_steps_follow_the_formula():
    weight = torch.tensor([3.0, 4.0], dtype=torch.float64, requires_grad=True)
    optimizer = Lamb([weight], lr=0.1, betas=(0.9, 0.99), eps=0.0, weight_decay=0.01)
    expected, mean, square = weight.detach().clone(), 0.0, 0.0
    for step, gradient in enumerate(([1.0, -2.0], [0.5, 1.0]), 1):
        g = torch.tensor(gradient, dtype=torch.float64)
        mean, square = 0.9 * mean + 0.1 * g, 0.99 * square + 0.01 * g * g
        r = mean / (1 - 0.9**step) / (square / (1 - 0.99**step)).sqrt() + 0.01 * expected
        expected = expected - 0.1 * expected.norm() / r.norm() * r
        weight.grad = g
        optimizer.step()
        torch.testing.assert_close(weight.detach(), expected)


def test_every_step_is_a_share_of_the_weights_however_large_the_gradient():
    weight = torch.randn(20, requires_grad=True)
    before = weight.detach().clone()
    weight.grad = 1e6 * torch.randn(20)
    Lamb([weight], lr=0.01).step()
    assert (weight.detach() - before).norm() == pytest.approx(0.01 * before.norm().item(), rel=1e-4)


def test_weights_that_are_zero_move_and_those_without_gradient_do_not():
    zero, idle = torch.zeros(3, requires_grad=True), torch.ones(3, requires_grad=True)
    zero.grad = torch.tensor([1.0, -1.0, 0.0])
    Lamb([zero, idle], lr=0.1).step()
    torch.testing.assert_close(zero.detach(), torch.tensor([-0.1, 0.1, 0.0]))
    assert torch.equal(idle.detach(), torch.ones(3))


def test_it_finds_a_least_squares_solution():
    x = torch.randn(100, 3, generator=torch.Generator().manual_seed(0))
    y = x @ torch.tensor([1.0, -2.0, 0.5])
    weight = torch.full((3,), 0.1, requires_grad=True)
    optimizer = Lamb([weight], lr=0.05)
    losses = []

    def closure():
        optimizer.zero_grad()
        loss = (x @ weight - y).square().mean()
        loss.backward()
        return loss

    for _ in range(200):
        losses.append(optimizer.step(closure).item())
    assert losses[-1] < 0.02 * losses[0]


@pytest.mark.parametrize("steps", [1, 7, 300, 9800])
def test_learning_rates_are_those_of_every_training_so_far(steps):
    for step in range(steps):
        done = step / steps
        large = min(1.0, (step + 1) / 500) * (0.01 + 0.99 * 0.5 * (1 + cos(pi * done)))
        assert warmed_cosine(done, warm=(step + 1) / 500, least=0.01) == large
        warm = (step + 1) / min(50, steps)
        assert warmed_cosine(done, warm, 0.05) == min(1.0, warm) * (0.05 + 0.95 * 0.5 * (1 + cos(pi * done)))
        done = (step + 1) / steps
        table = min(1.0, 20 * done) * (0.02 + 0.49 * (1 + cos(pi * done)))
        assert warmed_cosine(done, 20 * done, 0.02) == table


def test_a_training_that_goes_on_keeps_the_last_rate():
    assert warmed_cosine(1.5, 1, 0.25) == warmed_cosine(1, 1, 0.25) == 0.25
