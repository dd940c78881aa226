"""ACTIVA: knows no order of rows and variables, its densities are densities, and its bound is a bound."""

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.stats import mannwhitneyu, multivariate_normal

from foundation_causal.errors import InputError
from foundation_causal.networks.pretrained import load_pretrained
from foundation_causal.networks.units import Units
from foundation_causal.simulate import Random
from mechanisms.graph_free.activa.data import FARTHEST, Sample, Stream, priors
from mechanisms.graph_free.activa.network import Activa, Query, beta_elbo
from mechanisms.graph_free.activa.parts import LatentPrior
from mechanisms.graph_free.distribution import Components

SMALL = {"width": 8, "hidden": 16, "decoder_layers": 2, "latent": 3, "components": 2, "dropout": 0.0}
GUIDED = {"guide_layers": 1, "structure": {"width": 8, "layers": 1, "heads": 2, "widening": 2}}
ENCODINGS = pytest.mark.parametrize("encoding", ["index", "value", "guided"])


def network(encoding="index", seed=0, **size):
    torch.manual_seed(seed)
    if encoding == "guided":
        encoding, size = "value", {**GUIDED, **size}
    return Activa(encoding=encoding, **{**SMALL, **size}).double().eval()


def sample(encoding="index", *, scms=3, d=4, n=20, seed=0):
    stream = Stream(priors("gauss-8"), (d, d), (n, n), scms * n * d, 5.0 if encoding == "index" else None)
    query, outcome = stream(torch.Generator().manual_seed(seed))
    return Sample(Query(query.context.double(), query.target, query.value.double()), outcome.double())


def answers(model, query, seed=0):
    """The decoded centre of the prior's first part: no draw stands between."""
    means = model.prior(query).component_distribution.base_dist.loc[:, 0]
    return model.decode(means, query)


@ENCODINGS
@given(seed=st.integers(0, 1000), d=st.integers(2, 6))
@settings(deadline=None, max_examples=10)
def test_permuted_variables_permute_the_answer_and_permuted_rows_change_nothing(encoding, seed, d):
    model, (query, _) = network(encoding), sample(encoding, d=d, seed=seed)
    generator = torch.Generator().manual_seed(seed)
    rows, order = (torch.randperm(size, generator=generator) for size in (query.context.shape[1], d))
    shuffled = Query(query.context[:, rows][:, :, order], query.target[:, order], query.value)
    plain, moved = answers(model, query), answers(model, shuffled)
    torch.testing.assert_close(moved.means, plain.means[:, :, order])
    torch.testing.assert_close(moved.covariances, plain.covariances[:, :, order][:, :, :, order])
    torch.testing.assert_close(moved.logits, plain.logits)
    priors = [model.prior(q).mixture_distribution.logits for q in (query, shuffled)]
    torch.testing.assert_close(*priors)


@ENCODINGS
@given(seed=st.integers(0, 1000))
@settings(deadline=None, max_examples=10)
def test_covariances_are_positive_definite(encoding, seed):
    model, (query, _) = network(encoding, seed), sample(encoding, seed=seed)
    answer = model.decode(100 * torch.randn(3, 4, 3, dtype=torch.float64), query)
    covariances = answer.covariances
    torch.testing.assert_close(covariances, covariances.mT)
    if encoding != "index":
        exact = query.target[:, None].expand(-1, 2, -1)
        assert (covariances.diagonal(dim1=-2, dim2=-1)[exact] == 0).all()
        assert (answer.means[exact] == query.value.repeat_interleave(2)).all()
        covariances = covariances + torch.diag_embed(exact.double())
    # By their scale, for that is what the least variance is relative to.
    scale = covariances.diagonal(dim1=-2, dim2=-1).sqrt()
    assert (torch.linalg.eigvalsh(covariances / scale[..., None] / scale[..., None, :]) > 0).all()


@given(seed=st.integers(0, 1000), exact=st.booleans())
@settings(deadline=None, max_examples=10)
def test_densities_are_those_of_scipy(seed, exact):
    generator = torch.Generator().manual_seed(seed)
    means, factors = torch.randn(2, 3, generator=generator), torch.randn(2, 3, 3, generator=generator)
    parts = Components(
        torch.tensor([0.0, 1.0]), means.double(), (factors @ factors.mT).double() + 0.1 * torch.eye(3)
    )
    x, kept = torch.randn(5, 3, generator=generator).double(), [0, 1, 2]
    if exact:
        parts, kept = parts.set_to(torch.tensor([False, True, False]), torch.tensor(2.0)), [0, 2]
        x[:, 1] = 2.0
    weights = parts.logits.softmax(0)
    truth = sum(
        w * multivariate_normal.pdf(x[:, kept], m[kept], c[kept][:, kept])
        for w, m, c in zip(weights.numpy(), parts.means.numpy(), parts.covariances.numpy(), strict=True)
    )
    np.testing.assert_allclose(parts.distribution().log_prob(x).exp(), truth, rtol=1e-6)


@ENCODINGS
def test_the_bound_lies_below_the_evidence(encoding):
    model, (query, outcome) = network(encoding, latent=1), sample(encoding, scms=2, d=2, n=3)
    torch.manual_seed(0)
    times = 500  # draws of the code, as data sets beside each other
    query, outcome = (
        Query(*(part.repeat_interleave(times, 0) for part in query)),
        outcome.repeat_interleave(times, 0),
    )
    with torch.no_grad():
        bound = beta_elbo(model, query, outcome, beta=1.0, per_row=False).view(-1, times).mean(1)
        prior, encoder = model.prior_and_encoder(query, outcome)
        z = encoder.sample()
        logs = model.decode(z, query).distribution().log_prob(outcome.transpose(0, 1)).sum(0)
        terms = logs + prior.log_prob(z) - encoder.log_prob(z)
    assert (bound < terms.view(-1, times).logsumexp(1) - np.log(times)).all()


@ENCODINGS
def test_every_parameter_learns(encoding):
    model = network(encoding)
    beta_elbo(model, *sample(encoding)).mean().backward()
    trained = [p for p in model.parameters() if p.requires_grad]
    assert all((p.grad != 0).any() for p in trained)
    given = [name for name, p in model.named_parameters() if not p.requires_grad]
    assert all(name.startswith("guide.structure") for name in given)
    assert bool(given) == (encoding == "guided")


@pytest.mark.parametrize("encoding", ["value", "guided"])
def test_the_value_reaches_the_answer_and_the_units_are_the_users(encoding):
    model, (query, _) = network(encoding), sample(encoding)
    other = answers(model, query._replace(value=query.value + 1.0))
    assert not torch.allclose(other.covariances, answers(model, query).covariances)
    rescaled = Query(100 * query.context - 7, query.target, 100 * query.value - 7)
    plain, moved = answers(model, query), answers(model, rescaled)
    torch.testing.assert_close(moved.means, 100 * plain.means - 7)
    torch.testing.assert_close(moved.covariances, 1e4 * plain.covariances)


def test_the_index_is_all_that_is_told_of_a_value():
    model, (query, _) = network("index"), sample("index")
    other = answers(model, query._replace(value=query.value + 1.0))
    torch.testing.assert_close(other.means, answers(model, query).means)


@pytest.mark.parametrize("data", ["gauss-2", "wide"])
def test_streams_set_one_variable(data):
    reach = 10.0
    stream = Stream(priors(data), (3, 3), (50, 50), 40 * 150, 5.0 if data == "gauss-2" else None, reach)
    query, outcome = stream(torch.Generator().manual_seed(1))
    assert (query.target.sum(1) == 1).all()
    target = query.target[:, None].expand_as(outcome)
    units = Units.of(query.context)
    if data == "gauss-2":
        assert (outcome[target] - 5.0).std() == pytest.approx(0.1, rel=0.1)
    else:
        assert torch.equal(outcome[target].view(40, 50), query.value[:, None].expand(-1, 50))
        where = units.standardized(query.value[:, None, None])[query.target[:, None]]
        assert where.abs().max() <= reach * (1 + 1e-5)
        assert where.abs().max() > 0.8 * reach
    assert units.standardized(outcome).abs().max() <= FARTHEST * (1 + 1e-4) or data == "gauss-2"


@pytest.mark.parametrize("value", [5.0, None])
@pytest.mark.parametrize("source", [*priors("gauss-2"), *priors("wide")])
def test_streams_move_effects_and_nothing_else(source, value):
    generator, d, n = torch.Generator().manual_seed(2), 4, 100
    scms = source.draw(scms=30, d=d, n=n, seed=generator)
    query, outcome = Stream([source], (d, d), (n, n), 30 * d * n, value).intervened(scms, Random(generator))
    reached = torch.linalg.matrix_power(torch.eye(d) + scms.adjacency.float(), d) > 0
    effects = reached[query.target] & ~query.target
    others = ~reached[query.target]
    # By ranks, for some tails are as heavy as Cauchy's.
    chances = mannwhitneyu(query.context.numpy(), outcome.numpy(), axis=1).pvalue
    assert others.sum() > 20
    assert chances[others].min() > 1e-5
    assert (chances[effects] < 1e-5).mean() > 0.3


def test_saved_and_loaded_it_is_the_same(tmp_path):
    model, (query, _) = network("value", rows=(30, 200)).float(), sample("value")
    query = Query(query.context.float(), query.target, query.value.float())
    model.save_pretrained(tmp_path / "m")
    loaded = load_pretrained(Activa, tmp_path / "m")
    assert (loaded.rows, loaded.encoding) == ((30, 200), "value")
    torch.testing.assert_close(answers(loaded, query).means, answers(model, query).means)


@pytest.mark.parametrize(
    ("size", "message"),
    [
        ({"layers": 3}, "even"),
        ({"hidden": 12}, "multiple"),
        ({"heads": 3}, "multiple"),
        ({"encoding": "x"}, "encoding"),
    ],
)
def test_sizes_that_cannot_be(size, message):
    with pytest.raises(InputError, match=message):
        Activa(**{**SMALL, **size})


@pytest.mark.parametrize(("bounds", "name"), [((1, 3), "variables"), ((5, 4), "variables")])
def test_ranges_that_cannot_be(bounds, name):
    with pytest.raises(InputError, match=name):
        Stream(priors("wide"), bounds, (20, 30), 1000)


def test_data_that_do_not_exist():
    with pytest.raises(InputError, match="no data 'x'"):
        priors("x")


def test_the_parts_of_the_prior_begin_close_enough_to_share_codes():
    torch.manual_seed(0)
    prior = LatentPrior(64, 128, 64, 4)
    tokens = torch.nn.functional.layer_norm(torch.randn(20, 3, 64), (64,))
    codes = prior(tokens)
    torch.testing.assert_close(codes.mixture_distribution.probs, torch.full((20, 4), 0.25), atol=0.02, rtol=0)
    densities = codes.component_distribution.log_prob(codes.sample()[:, None])
    # A quarter would say that every code has a part of its own.
    assert (densities.softmax(-1) > 1e-3).double().mean() > 0.5
    with torch.no_grad():
        prior.means[-1].bias.view(4, -1)[2] += 5
        centre = prior(tokens).component_distribution.base_dist.loc[:, 2]
        prior.draw_together(2)
        parts = prior(tokens).component_distribution.base_dist.loc
    assert (parts.mean(1) - centre).abs().mean() < 0.3 * centre.abs().mean()
    assert (parts[:, 0] != parts[:, 1]).any()
