"""Batches of SCMs taken apart and put together, and what can be asked of one SCM."""

import networkx as nx
import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats

from foundation_causal.simulate import (
    ErdosRenyi,
    Family,
    Gaussian,
    GivenGraph,
    Laplace,
    Linear,
    Prior,
    p_in,
    prior,
)
from foundation_causal.simulate.scm import join


def draw(name="wide", scms=30, d=7, n=40, seed=1):
    return prior(name).draw(scms=scms, d=d, n=n, seed=seed, dtype=torch.float64)


def near(one, other, precision=1e-9):
    """Equal up to rounding, on the scale of each variable."""
    scale = 1 + torch.maximum(one.abs(), other.abs()).amax(1, keepdim=True)
    return bool(((one - other).abs() <= precision * scale).all())


def same(one, other, precision=1e-9):
    """Whether two batches are the same SCMs with the same rows."""
    x = torch.randn(one.data.shape, generator=torch.Generator().manual_seed(0), dtype=one.data.dtype)
    return (
        one.names == other.names
        and all(
            torch.equal(getattr(one, field), getattr(other, field))
            for field in ("adjacency", "noise", "data", "functions", "intervened")
        )
        and near(one.evaluate(x), other.evaluate(x), precision)
        and near(one.scale(x), other.scale(x), precision)
    )


@settings(max_examples=15)
@given(data=st.data())
def test_take_and_join_turn_each_other_back(data):
    batch = draw(scms=6, d=4, n=10, seed=data.draw(st.integers(0, 100)))
    order = data.draw(st.permutations(range(6)))
    cut = data.draw(st.integers(1, 5))
    mixed = join([batch.take(order[:cut]), batch.take(torch.tensor(order[cut:]))])
    assert len(mixed) == 6
    for position, b in enumerate(order):
        assert torch.equal(mixed.data[position], batch.data[b])
        assert nx.utils.graphs_equal(mixed.graph(position), batch.graph(b))
        for j in range(4):
            (noise, one), (distribution, other) = (
                mixed.noise_distribution(position, j),
                batch.noise_distribution(b, j),
            )
            assert noise == distribution
            assert all(torch.equal(one[key], other[key]) for key in other)
    back = mixed.take(np.argsort(order).tolist())
    assert same(back, batch)
    assert near(back.generate(batch.noise), batch.data)
    assert near(batch.take([3]).evaluate(batch.data[3:4]), batch.functions[3:4])
    assert batch.take([3]).fresh_noise(8).shape == (1, 8, 4)


def test_joining_one_batch_is_that_batch():
    batch = draw(scms=2)
    assert join([batch]) is batch


@pytest.mark.parametrize(
    "kept", [[0, 0], [3], [-1], [True, False, True], torch.tensor([True, False, False]), [[0, 1]], 1]
)
def test_positions_to_take_must_be_there_and_different(kept, one_sentence):
    with one_sentence("positions", "0 to 2"):
        draw(scms=3).take(kept)


def test_mechanisms_and_noises_belong_to_the_family(one_sentence):
    batch = p_in(kinds=("linear",)).draw(scms=3, d=6, n=10)
    for b in range(3):
        for j, name in enumerate(batch.names):
            found = batch.mechanism(b, j)
            assert (found is None) == (batch.graph(b).in_degree(name) == 0)
            assert found is None or isinstance(found[0], Linear)
            noise, parameters = batch.noise_distribution(b, j)
            assert isinstance(noise, Gaussian)
            assert parameters["scale"].shape == (1,)
    for b, j in ((3, 0), (0, 6), (-1, 0)):
        for ask in (batch.mechanism, batch.noise_distribution):
            with one_sentence("no variable", "3 SCMs of 6 variables"):
                ask(b, j)


def test_graphs_and_frames_carry_the_names():
    family = Family((GivenGraph(("rain", "sun", "crop"), (("sun", "crop"),)),), (Linear(),), (Gaussian(),))
    batch = Prior((family,)).draw(scms=2, d=3, n=5)
    assert batch.names == ("rain", "sun", "crop")
    assert list(batch.graph(1)) == list(batch.names)
    assert list(batch.graph(1).edges) == [("sun", "crop")]
    assert list(batch.frame(1)) == list(batch.names)
    assert (batch.frame(1).dtypes == np.float64).all()
    assert batch.frame(1)["crop"].tolist() == batch.data[1, :, 2].double().tolist()
    assert draw(scms=1, d=3).names == ("X1", "X2", "X3")


@pytest.mark.parametrize("name", ["wide", "p-in", "p-out", "activa-beta"])
def test_fresh_noise_has_the_law_of_the_old(name):
    batch = draw(name, scms=4, d=5, n=3000)
    before = batch.data.clone(), batch.noise.clone()
    fresh = batch.fresh_noise(3000, seed=5)
    assert fresh.shape == (4, 3000, 5)
    for b in range(4):
        for j in range(5):
            assert stats.ks_2samp(fresh[b, :, j].numpy(), batch.noise[b, :, j].numpy()).pvalue > 1e-4
    assert torch.equal(fresh, batch.fresh_noise(3000, seed=5))
    assert not torch.equal(fresh, batch.fresh_noise(3000, seed=6))
    assert torch.equal(batch.data, before[0])
    assert torch.equal(batch.noise, before[1])
    assert batch.fresh_noise(0).shape == (4, 0, 5)


def test_noise_distributions_have_the_deviation_of_the_noise():
    steady = Family((ErdosRenyi((1,)),), (Linear(),), (Gaussian((0.2, 2.0)), Laplace()), mixed=True)
    batch = Prior((steady,)).draw(scms=2, d=5, n=5000)
    for b in range(2):
        for j in range(5):
            noise, parameters = batch.noise_distribution(b, j)
            assert batch.noise[b, :, j].std() == pytest.approx(noise.std(parameters).item(), rel=0.1)
