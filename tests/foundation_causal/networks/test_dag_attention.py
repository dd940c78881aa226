"""DAG-attention, dense and on edges: the formula, its gradients, its limits, and that the forms agree."""

import math

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from torch import Tensor

from foundation_causal.networks.dag_attention import (
    DENSEST,
    dag_attention,
    dag_weights,
    edge_attention,
    mix_parents,
)


def drawn(seed: int, d: int, density: float = 0.5, rows: int = 2, heads: int = 3) -> tuple[Tensor, ...]:
    """Queries, keys, values `[d, rows, heads, size]` in double precision, and the parents `[d, d]`."""
    random = torch.Generator().manual_seed(seed)
    sizes = (4, 4, 5)
    q, k, v = (torch.randn(d, rows, heads, s, generator=random, dtype=torch.float64) for s in sizes)
    parents = (torch.rand(d, d, generator=random) < density).tril(-1)
    order = torch.randperm(d, generator=random)
    return q, k, v, parents[order][:, order]


def edges_of(parents: Tensor) -> Tensor:
    return parents.nonzero().t().flip(0)


def dense(q: Tensor, k: Tensor, v: Tensor, parents: Tensor) -> Tensor:
    return dag_attention(*(x.movedim(0, -2) for x in (q, k, v)), parents).movedim(-2, 0)


FORMS = {
    "dense": dense,
    "edges": lambda q, k, v, parents: edge_attention(q, k, v, *edges_of(parents)),
}
every_form = pytest.mark.parametrize("form", FORMS.values(), ids=FORMS)


def by_hand(q: Tensor, k: Tensor, v: Tensor, parents: Tensor) -> Tensor:
    """The formula, one number at a time."""
    mixed = torch.zeros_like(v)
    for row in range(q.shape[1]):
        for head in range(q.shape[2]):
            for i in range(len(q)):
                scores = {
                    j: math.exp(float(q[i, row, head] @ k[j, row, head]) / math.sqrt(q.shape[-1]))
                    for j in range(len(q))
                    if parents[i, j]
                }
                for j, score in scores.items():
                    mixed[i, row, head] += score / max(1.0, sum(scores.values())) * v[j, row, head]
    return mixed


@every_form
@given(seed=st.integers(0, 1000), d=st.integers(1, 6))
@settings(max_examples=10)
def test_is_the_formula(form, seed: int, d: int) -> None:
    case = drawn(seed, d)
    torch.testing.assert_close(form(*case), by_hand(*case))


@every_form
def test_gradients_are_those_of_finite_differences(form) -> None:
    *tensors, parents = drawn(0, 4, rows=1, heads=2)
    inputs = [x.requires_grad_() for x in tensors]
    assert torch.autograd.gradcheck(lambda *x: form(*x, parents), inputs)


@given(seed=st.integers(0, 1000), d=st.integers(1, 8), density=st.floats(0, 1))
@settings(max_examples=20)
def test_the_forms_have_the_same_numbers_and_gradients(seed: int, d: int, density: float) -> None:
    *tensors, parents = drawn(seed, d, density)
    found = []
    for form in FORMS.values():
        inputs = [x.clone().requires_grad_() for x in tensors]
        mixed = form(*inputs, parents)
        (mixed.sin().sum() + sum(0 * x.sum() for x in inputs)).backward()
        found.append([mixed.detach(), *(x.grad for x in inputs)])
    for other in found[1:]:
        torch.testing.assert_close(other, found[0])


@every_form
@pytest.mark.parametrize("dtype", [torch.float32, torch.bfloat16])
@pytest.mark.parametrize("size", [1e4, -1e4])
def test_large_scores_do_not_overflow(form, dtype: torch.dtype, size: float) -> None:
    *tensors, parents = drawn(3, 6)
    q, k, v = (x.to(dtype) for x in tensors)
    q = q * size
    q.requires_grad_()
    mixed = form(q, k, v, parents)
    mixed.float().sum().backward()
    assert mixed.dtype == dtype
    assert mixed.isfinite().all()
    assert q.grad is not None
    assert q.grad.isfinite().all()
    assert mixed.abs().max() <= v.abs().max() * 1.01


@every_form
def test_low_precision_is_close(form) -> None:
    *tensors, parents = drawn(4, 6)
    exact = form(*tensors, parents)
    for dtype, tolerance in ((torch.float32, 1e-5), (torch.bfloat16, 5e-2)):
        found = form(*(x.to(dtype) for x in tensors), parents).double()
        assert (found - exact).abs().max() < tolerance


@every_form
def test_roots_get_zero_and_a_graph_without_edges_too(form) -> None:
    *tensors, parents = drawn(5, 6)
    mixed, roots = form(*tensors, parents), ~parents.any(1)
    assert roots.any()
    assert (mixed[roots] == 0).all()
    assert (mixed[~roots] != 0).all()
    assert (form(*tensors, torch.zeros_like(parents)) == 0).all()


@given(seed=st.integers(0, 1000), d=st.integers(1, 7))
def test_rows_sum_to_at_most_one_and_only_parents_weigh(seed: int, d: int) -> None:
    q, k, _, parents = drawn(seed, d)
    weights = dag_weights(q[:, 0, 0] @ k[:, 0, 0].t() * 3, parents)
    assert ((weights > 0) == parents).all()
    assert (weights.sum(-1) <= 1 + 1e-12).all()


def test_a_sum_below_one_is_left_as_it_is() -> None:
    weights = dag_weights(torch.tensor([[-2.0, -1.0], [0.0, 3.0]]), torch.ones(2, 2, dtype=torch.bool))
    torch.testing.assert_close(weights[0], torch.tensor([-2.0, -1.0]).exp())
    torch.testing.assert_close(weights[1], torch.tensor([0.0, 3.0]).softmax(0))


@pytest.mark.parametrize("density", [DENSEST - 0.2, DENSEST + 0.2])
def test_the_choice_by_density_changes_no_number_and_takes_some_children_only(density: float) -> None:
    q, k, v, _ = drawn(6, 12)
    random = torch.Generator().manual_seed(6)
    parents = torch.rand(12, 12, generator=random) < density
    chosen = [7, 2, 9]
    torch.testing.assert_close(mix_parents(q[chosen], k, v, parents[chosen]), dense(q, k, v, parents)[chosen])
