"""Interventions against closed forms of linear SCMs, and what each of them leaves alone."""

import networkx as nx
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from foundation_causal.simulate import (
    Do,
    ErdosRenyi,
    Exponential,
    Family,
    Gaussian,
    GivenGraph,
    Interventions,
    Linear,
    Prior,
    Random,
    RandomFourier,
    Uniform,
    prior,
)

LINEAR = Prior(
    (Family((ErdosRenyi((1.5,)),), (Linear((0.5, 1.5)),), (Gaussian(), Exponential()), mixed=True),),
    interventions=Interventions(),
)
SMOOTH = Prior(
    (Family((ErdosRenyi((1.5,)),), (RandomFourier((2.0, 3.0), (3.0, 5.0)),), (Gaussian(),)),),
    interventions=Interventions(),
)


def draw(given_prior=LINEAR, scms=4, d=6, n=30, seed=0, **more):
    return given_prior.draw(scms=scms, d=d, n=n, seed=seed, dtype=torch.float64, **more)


def with_interventions(scms=20, d=6, n=10, m=50, seed=0, base=LINEAR, **settings_):
    made = Prior(base.families, interventions=Interventions(**settings_))
    return draw(made, scms, d, n, seed, n_interventional=m)


def weights_and_bias(batch, b):
    """`W[i, j]` of `i -> j`, the bias `[d]`, and the standard deviations of the noise `[d]`."""
    d = len(batch.names)
    weights, deviation = torch.zeros(d, d, dtype=torch.float64), torch.zeros(d, dtype=torch.float64)
    for j in range(d):
        parents = batch.adjacency[b, :, j].nonzero().squeeze(1)
        found = batch.mechanism(b, j)
        if found is not None:
            weights[parents, j] = found[1]["weights"][0, : len(parents)]
        noise, parameters = batch.noise_distribution(b, j)
        deviation[j] = noise.std(parameters)[0]
    return weights, batch.evaluate(torch.zeros_like(batch.data))[b, 0], deviation


def theory(batch, b, values, shift):
    """Means and standard deviations under an intervention, by `(I - W)^-1`."""
    weights, bias, deviation = weights_and_bias(batch, b)
    for name, value in values.items():
        j = batch.names.index(name)
        if shift:
            bias[j] += value
        else:
            weights[:, j], bias[j], deviation[j] = 0, value, 0
    mixing = torch.linalg.inv(torch.eye(len(bias), dtype=torch.float64) - weights)
    return bias @ mixing, ((deviation[:, None] * mixing) ** 2).sum(0).sqrt()


@pytest.mark.parametrize("shift", [False, True])
@pytest.mark.parametrize("values", [{}, {"X2": 4.0}, {"X1": -3.0, "X5": 2.0}])
def test_means_are_those_of_the_closed_form(values, shift):
    batch, n = draw(), 20_000
    rows = batch.generate(batch.fresh_noise(n, seed=1), batch.do(values, shift=shift))
    for b in range(len(batch)):
        mean, deviation = theory(batch, b, values, shift)
        assert ((rows[b].mean(0) - mean).abs() <= 4.5 * deviation / n**0.5 + 1e-9).all()
        assert torch.allclose(rows[b].std(0), deviation, rtol=0.05, atol=1e-9)


def test_covariances_are_those_of_the_closed_form():
    batch = draw(n=50_000, scms=3)
    for b in range(3):
        weights, _, deviation = weights_and_bias(batch, b)
        mixing = torch.linalg.inv(torch.eye(6, dtype=torch.float64) - weights)
        expected = mixing.T @ deviation.square().diag() @ mixing
        unit = expected.diagonal().sqrt()
        assert ((batch.data[b].T.cov() - expected) / (unit[:, None] * unit)).abs().max() < 0.05


@pytest.mark.parametrize("given_prior", [LINEAR, SMOOTH, prior("wide")], ids=["linear", "rff", "wide"])
@pytest.mark.parametrize("shift", [False, True])
def test_only_descendants_move_and_they_do(given_prior, shift):
    batch = draw(given_prior, scms=10)
    after = batch.generate(batch.noise, batch.do({"X3": 2.5}, shift=shift))
    for b in range(10):
        below = nx.descendants(batch.graph(b), "X3")
        for j, name in enumerate(batch.names):
            if name == "X3":
                expected = batch.data[b, :, j] + 2.5 if shift else torch.full((30,), 2.5, dtype=torch.float64)
                assert torch.equal(after[b, :, j], expected)
            elif name in below:
                assert (after[b, :, j] != batch.data[b, :, j]).any()
            else:
                assert torch.equal(after[b, :, j], batch.data[b, :, j])


@settings(max_examples=15)
@given(data=st.data())
def test_untouched_variables_keep_their_equations(data):
    seed, d = data.draw(st.integers(0, 1000)), data.draw(st.integers(1, 7))
    batch = draw(prior("wide"), scms=3, d=d, n=20, seed=seed)
    chosen = data.draw(st.sets(st.sampled_from(batch.names)))
    shift = data.draw(st.booleans())
    values = {name: data.draw(st.floats(-3, 3)) for name in chosen}
    after = batch.generate(batch.noise, batch.do(values, shift=shift))
    natural = batch.evaluate(after) + batch.scale(after) * batch.noise
    for j, name in enumerate(batch.names):
        expected = natural[:, :, j] + values.get(name, 0.0)
        if name in values and not shift:
            expected = torch.full_like(expected, values[name])
        assert torch.allclose(after[:, :, j], expected, rtol=1e-9, atol=1e-9 * after.abs().max().item())


def test_values_keep_their_precision():
    batch = draw(scms=1)
    assert (batch.generate(batch.noise, batch.do({"X1": 0.1}))[:, :, 0] == 0.1).all()


def test_doing_nothing_changes_nothing():
    batch = draw()
    assert torch.equal(batch.generate(batch.noise, batch.do({})), batch.data)


def test_doing_what_happened_changes_nothing():
    batch = draw()
    do = Do(torch.tensor([False, True, False, True, False, False]), batch.data)
    assert torch.equal(batch.generate(batch.noise, do), batch.data)


def test_every_row_can_have_its_own_targets_and_values():
    batch = draw(scms=3, n=8)
    chooser = torch.Generator().manual_seed(0)
    target = torch.rand(3, 8, 6, generator=chooser) < 0.3
    value = torch.randn(3, 8, 6, generator=chooser, dtype=torch.float64)
    for shift in (False, True):
        together = batch.generate(batch.noise, Do(target, value, shift))
        for b in range(3):
            for row in range(8):
                one = batch.take([b])
                noise = batch.noise[b : b + 1, row : row + 1]
                alone = one.generate(noise, Do(target[b, row], value[b, row], shift))
                assert torch.allclose(together[b, row], alone[0, 0], rtol=1e-12, atol=1e-12)


def test_interventions_broadcast():
    batch = draw(scms=3, n=8)
    target = torch.tensor([False, True, False, False, False, False])
    expected = batch.generate(batch.noise, Do(target, torch.tensor(1.5)))
    for shape in ((6,), (8, 6), (1, 1, 6), (3, 1, 6), (3, 8, 6)):
        do = Do(target.expand(shape), torch.full(shape, 1.5, dtype=torch.float32))
        assert torch.equal(batch.generate(batch.noise, do), expected)


def test_interventions_of_another_shape_are_refused(one_sentence):
    batch = draw(scms=3, n=8)
    with one_sentence("(2, 6)", "[B, n, d]", "(3, 8, 6)"):
        batch.generate(batch.noise, Do(torch.ones(2, 6, dtype=torch.bool), torch.zeros(6)))
    with one_sentence("(5,)", "(3, 8, 6)"):
        batch.generate(batch.noise, Do(torch.ones(6, dtype=torch.bool), torch.zeros(5)))
    with one_sentence("target", "float32", "bool"):
        batch.generate(batch.noise, Do(torch.ones(6), torch.zeros(6)))


# --- interventions of a prior ---


@pytest.mark.parametrize("targets", [1, 3, 6])
@pytest.mark.parametrize("shift", [False, True])
def test_interventional_rows_stand_last_and_are_marked(targets, shift):
    batch = with_interventions(targets=targets, shift=shift, values=(1.0, 5.0))
    assert batch.data.shape == (20, 60, 6)
    assert not batch.intervened[:, :10].any()
    assert (batch.intervened[:, 10:].sum(2) == targets).all()
    natural = batch.evaluate(batch.data) + batch.scale(batch.data) * batch.noise
    error = 1e-9 * batch.data.abs().max()
    assert ((natural - batch.data)[~batch.intervened].abs() < error).all()
    done = (batch.data - natural if shift else batch.data)[batch.intervened].abs()
    assert done.min() >= 1 - error
    assert done.max() <= 5 + error
    assert done.max() > 4.8
    assert done.min() < 1.2


def test_values_have_both_signs_and_are_independent_of_the_rest():
    batch = with_interventions(scms=40, targets=2)
    done = batch.data[batch.intervened]
    assert abs((done > 0).double().mean() - 0.5) < 4.5 * 0.5 / len(done) ** 0.5


@pytest.mark.parametrize("fixed", [False, True])
def test_values_are_fixed_or_fresh(fixed):
    batch = with_interventions(scms=5, fixed=fixed, share=(1.0, 1.0))
    for b in range(5):
        for j in range(6):
            done = batch.data[b, :, j][batch.intervened[b, :, j]]
            assert len(done) > 1
            assert len(done.unique()) == (1 if fixed else len(done))
    per_variable = [
        batch.data[b, :, j][batch.intervened[b, :, j]][0].item() for b in range(5) for j in range(6)
    ]
    assert len(set(per_variable)) == 30


@pytest.mark.parametrize(
    ("share", "d", "least", "most"),
    [((0.5, 0.5), 6, 3, 3), ((1.0, 1.0), 5, 5, 5), ((0.0, 0.0), 6, 1, 1), ((0.2, 0.8), 10, 2, 8)],
)
def test_only_a_share_of_the_variables_can_be_targets(share, d, least, most):
    do = Interventions(share=share).draw(200, 300, d, Random.seeded(0))
    possible = do.target.any(1).sum(1)
    assert set(possible.tolist()) == set(range(least, most + 1))
    # Each of the possible targets is as likely as the others.
    counts = do.target.sum(1).double()
    expected = (300 / possible).double()[:, None].expand_as(counts)
    hit = counts > 0
    error = (expected * (1 - expected / 300)).sqrt()
    assert ((counts - expected).abs()[hit] <= 5 * error[hit]).all()
    # No column is a target more often than others.
    assert (do.target.any(1).double().mean(0) - possible.double().mean() / d).abs().max() < 0.16


def test_targets_come_at_least_as_many_as_asked():
    do = Interventions(share=(0.0, 0.1), targets=4).draw(10, 20, 6, Random.seeded(0))
    assert (do.target.sum(2) == 4).all()
    assert (do.target.any(1).sum(1) == 4).all()


def test_counterfactuals_of_interventional_rows():
    batch = with_interventions(scms=6)
    again = batch.generate(batch.noise, Do(batch.intervened, batch.data))
    assert torch.equal(again, batch.data)
    observed = batch.generate(batch.noise)
    assert torch.equal(observed[:, :10], batch.data[:, :10])
    assert (observed[:, 10:] != batch.data[:, 10:])[batch.intervened[:, 10:]].all()


def test_interventional_rows_have_the_means_of_the_closed_form():
    family = Family((GivenGraph(tuple("abc"), (("a", "b"), ("b", "c"))),), (Linear(),), (Uniform(),))
    made = Prior((family,), interventions=Interventions(share=(1.0, 1.0), values=(3.0, 3.0), fixed=True))
    batch = made.draw(scms=1, d=3, n=1, n_interventional=30_000, seed=2, dtype=torch.float64)
    for j, name in enumerate("abc"):
        rows = batch.data[0][batch.intervened[0, :, j]]
        mean, deviation = theory(batch, 0, {name: rows[0, j].item()}, shift=False)
        assert ((rows.mean(0) - mean).abs() <= 4.5 * deviation / len(rows) ** 0.5 + 1e-9).all()


# --- what is refused ---


@pytest.mark.parametrize(
    ("given_settings", "word"),
    [
        ({"share": (-0.1, 1.0)}, "Interventions.share"),
        ({"share": (0.5, 1.1)}, "Interventions.share"),
        ({"share": (0.9, 0.5)}, "Interventions.share"),
        ({"targets": 0}, "Interventions.targets"),
        ({"targets": 1.5}, "Interventions.targets"),
        ({"values": (-1.0, 1.0)}, "Interventions.values"),
        ({"values": (1.0, float("inf"))}, "Interventions.values"),
    ],
)
def test_impossible_settings_are_refused(given_settings, word, one_sentence):
    with one_sentence(word):
        Interventions(**given_settings)


def test_more_targets_than_variables_are_refused(one_sentence):
    with one_sentence("Interventions.targets", "7", "6 variables"):
        with_interventions(targets=7)


def test_interventional_rows_need_interventions(one_sentence):
    with one_sentence("Prior.interventions"):
        draw(Prior(LINEAR.families), n_interventional=3)
