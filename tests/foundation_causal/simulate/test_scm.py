"""Batches of SCMs: their equations, their parts, and what is refused."""

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from foundation_causal.simulate import (
    PRIORS,
    Cauchy,
    ErdosRenyi,
    Family,
    Gaussian,
    GivenGraph,
    Laplace,
    Layered,
    Linear,
    Multiplicative,
    Prior,
    RandomFourier,
    Scaled,
    p_in,
    prior,
)

HETEROSCEDASTIC = Prior(
    (
        Family(
            (Layered(layers=(3,), probability=0.8),),
            (Linear(), Scaled(Multiplicative())),
            (Gaussian((1.0, 1.0)), Laplace((1.0, 1.0))),
            heteroscedastic=RandomFourier(length=(1.0, 2.0), output=(2.0, 2.0), features=10),
            mixed=True,
        ),
    )
)
EVERY = {**{name: entry.make() for name, entry in PRIORS.items()}, "heteroscedastic": HETEROSCEDASTIC}


def draw(name="wide", scms=30, d=7, n=40, seed=1, dtype=torch.float64, **settings):
    return EVERY[name].draw(scms=scms, d=d, n=n, seed=seed, dtype=dtype, **settings)


def near(one, other, precision=1e-9):
    """Equal up to rounding, on the scale of each variable."""
    scale = 1 + torch.maximum(one.abs(), other.abs()).amax(1, keepdim=True)
    return bool(((one - other).abs() <= precision * scale).all())


# --- the equations ---


@pytest.mark.parametrize("name", EVERY)
@pytest.mark.parametrize("dtype", [torch.float32, torch.float64])
def test_data_solve_the_equations(name, dtype):
    batch, precision = draw(name, dtype=dtype), 1e-9 if dtype == torch.float64 else 1e-4
    assert batch.data.dtype == batch.noise.dtype == batch.functions.dtype == dtype
    assert near(batch.evaluate(batch.data), batch.functions, precision)
    assert near(batch.functions + batch.scale(batch.data) * batch.noise, batch.data, precision)
    assert not batch.intervened.any()


@settings(max_examples=15)
@given(d=st.integers(1, 9), n=st.integers(2, 30), scms=st.integers(1, 5), seed=st.integers(0, 2**32 - 1))
def test_data_solve_the_equations_at_every_size(d, n, scms, seed):
    batch = draw("wide", scms, d, n, seed)
    assert batch.data.shape == batch.noise.shape == (len(batch), n, d) == (scms, n, d)
    assert near(batch.evaluate(batch.data) + batch.scale(batch.data) * batch.noise, batch.data)


@pytest.mark.parametrize("name", EVERY)
def test_generating_from_the_same_noise_gives_the_same_bits(name):
    batch = draw(name)
    assert torch.equal(batch.generate(batch.noise), batch.data)
    assert near(batch.generate(batch.noise[:, 5:9]), batch.data[:, 5:9])


@pytest.mark.parametrize("name", EVERY)
def test_functions_see_their_parents_only(name):
    batch = draw(name, scms=20, n=30)
    for what in (batch.evaluate, batch.scale):
        for j in range(7):
            x = batch.data.clone().requires_grad_()
            y = what(x)[:, :, j].sum()
            slope = torch.autograd.grad(y, x)[0] if y.requires_grad else torch.zeros_like(x)
            moved = slope.abs().amax(1) > 0
            assert not (moved & ~batch.adjacency[:, :, j]).any()
            if what == batch.evaluate:
                assert torch.equal(moved, batch.adjacency[:, :, j])
    assert bool((batch.scale(batch.data) != 1).any()) == any(
        family.heteroscedastic is not None for family in EVERY[name].families
    )


def test_values_that_are_not_numbers_stay_where_they_are():
    batch = draw(scms=60)
    assert not all(bool(part.slots.all()) for part in batch.nodes)  # some have empty slots
    for j in range(7):
        x = batch.data.clone()
        x[:, :, j] = torch.nan
        touched = batch.evaluate(x).isnan().any(1)
        assert torch.equal(touched, batch.adjacency[:, j])


def test_a_few_large_families_do_not_widen_the_arrays_of_all():
    batch = p_in(graphs=("sf-in",)).draw(scms=20, d=40, n=2)
    for part in batch.nodes:
        assert (2 * part.slots.sum(1) >= part.slots.shape[1]).all()


def by_hand(batch, b, x):
    """F of SCM `b` at one row, a dict of names to numbers, node by node from `mechanism`."""
    found = {}
    for j, name in enumerate(batch.names):
        parents = sorted(batch.graph(b).predecessors(name), key=batch.names.index)
        part = next(p for p in batch.nodes if bool(((p.scm == b) & (p.node == j)).any()))
        at = int(((part.scm == b) & (part.node == j)).nonzero())
        assert part.slots[at].sum() == len(parents)
        found[name] = part.bias[at].item()
        if parents:
            mechanism, parameters = batch.mechanism(b, j)
            values = torch.zeros(1, 1, part.slots.shape[1], dtype=torch.float64)
            values[0, 0, : len(parents)] = torch.tensor([x[parent] for parent in parents])
            found[name] += mechanism.value(values, parameters).item()
        else:
            assert batch.mechanism(b, j) is None
    return found


@pytest.mark.parametrize("name", ["wide", "p-in"])
def test_mechanisms_stand_by_their_nodes(name):
    batch = draw(name, scms=5, n=20)
    for b in range(5):
        row = batch.frame(b).iloc[3]
        expected = batch.functions[b, 3].tolist()
        assert list(by_hand(batch, b, row).values()) == pytest.approx(expected, rel=1e-9, abs=1e-9)


def test_the_scale_of_the_noise_is_avicis():
    batch = draw("heteroscedastic", scms=3)
    scales = batch.scale(batch.data)
    for part in batch.nodes:
        for at, (b, j) in enumerate(zip(part.scm.tolist(), part.node.tolist(), strict=True)):
            x = batch.data[b][:, part.parents[at]] * part.slots[at]
            p = {key: value[at] for key, value in part.scale_parameters.items()}
            waves = (x @ p["frequency"] + p["phase"]).cos() @ p["amplitude"]
            h = p["output"] * (2 / 10) ** 0.5 * waves
            assert torch.allclose(scales[b, :, j], (1 + h.exp()).log().sqrt())
    roots = ~batch.adjacency.any(1)
    assert (scales == scales[:, :1]).all(1)[roots].all()
    assert not (scales == scales[:, :1]).all(1)[~roots].any()


def test_a_scale_may_standardize():
    spread = Scaled(RandomFourier(features=10), gain=(1.0, 1.0))
    steady = Prior((Family((ErdosRenyi((1,)),), (Linear(),), (Gaussian(),), heteroscedastic=spread),))
    batch = steady.draw(scms=3, d=6, n=40)
    assert (batch.scale(batch.data).std(1) > 0)[batch.adjacency.any(1)].all()


class Together:
    """No random numbers: tanh of the sum."""

    def draw(self, parents, random):
        return {}

    def value(self, x, parameters):
        return 3 * x.sum(2).tanh()


def test_the_order_of_the_columns_does_not_matter():
    edges = (("a", "b"), ("a", "c"), ("b", "d"), ("c", "d"), ("d", "e"))
    data = {}
    for names in ("abcde", "ecadb", "edcba"):
        family = Family((GivenGraph(tuple(names), edges),), (Together(),), (Gaussian(),), bias=(0.5, 0.5))
        batch = Prior((family,)).draw(scms=2, d=5, n=10, dtype=torch.float64)
        noise = torch.randn(2, 10, 5, generator=torch.Generator().manual_seed(0), dtype=torch.float64)
        generated = batch.generate(noise[:, :, ["abcde".index(name) for name in names]])
        data[names] = generated[:, :, [names.index(name) for name in "abcde"]]
    assert torch.allclose(data["ecadb"], data["abcde"])
    assert torch.allclose(data["edcba"], data["abcde"])


def test_scaled_functions_stay_the_same_functions_elsewhere():
    batch = draw("wide", scms=8)
    few = batch.data[:, :2] * 3 + 1
    assert near(batch.evaluate(torch.cat([few, 100 * batch.data], 1))[:, :2], batch.evaluate(few))


# --- what is refused ---


def test_rows_of_another_shape_are_refused(one_sentence):
    batch = draw(scms=3, d=4)
    for shape in ((3, 4), (2, 5, 4), (3, 5, 6), (6, 5, 4)):
        for ask, word in ((batch.generate, "noise"), (batch.evaluate, "rows"), (batch.scale, "rows")):
            with one_sentence(word, str(shape), "[3, n, 4]"):
                ask(torch.zeros(shape))


def test_rows_of_another_precision_are_taken():
    batch = draw(scms=2, dtype=torch.float32)
    assert batch.evaluate(batch.data.double()).dtype == torch.float32
    assert torch.equal(batch.generate(batch.noise.double()), batch.data)


def test_values_that_are_not_finite_are_never_handed_out(one_sentence):
    batch = draw("activa-gauss", scms=2, d=3)
    noise = batch.noise.clone()
    noise[1, 4, 2] = torch.inf
    with one_sentence("not finite", "noise"):
        batch.generate(noise)
    with one_sentence("not finite"):
        batch.generate(torch.full_like(noise, torch.nan))


def test_interventions_name_variables_and_give_numbers(one_sentence):
    batch = draw(scms=2, d=3)
    with one_sentence("'X9'", "'X1', 'X2', 'X3'"):
        batch.do({"X9": 1.0})
    for value in (float("nan"), float("inf"), "much", None):
        with one_sentence("'X2'", "finite"):
            batch.do({"X2": value})


def test_heavy_tails_are_not_an_error():
    batch = Prior((Family((ErdosRenyi((1,)),), (Linear(),), (Cauchy((0.2, 2.0)),)),)).draw(
        scms=20, d=8, n=500
    )
    assert batch.data.isfinite().all()
    assert batch.data.abs().max() > 1000


def test_unknown_priors_are_refused(one_sentence):
    with one_sentence("'p-inn'", "p-in,"):
        prior("p-inn")
