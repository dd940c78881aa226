"""The named priors against the numbers of their papers."""

import pytest
import torch
from scipy import stats

from foundation_causal.simulate import (
    MLP,
    PRIORS,
    Beta,
    Cauchy,
    ErdosRenyi,
    Exponential,
    Gaussian,
    GaussianMixture,
    Geometric,
    Interventions,
    Laplace,
    Layered,
    Linear,
    Multiplicative,
    Periodic,
    Polynomial,
    PrunedErdosRenyi,
    RandomFourier,
    ScaleFree,
    SigmoidAdditive,
    StochasticBlock,
    StudentT,
    Uniform,
    WattsStrogatz,
    p_in,
    p_out,
    prior,
)


def draw(made, scms=200, d=10, n=2):
    return made.draw(scms=scms, d=d, n=n, seed=1, dtype=torch.float64)


def gathered(batch, key):
    """One parameter of every node with parents; that of empty slots is zero and left out."""
    found = [part.parameters[key] for part in batch.nodes if part.parameters is not None]
    values = torch.cat([value.flatten() for value in found])
    return values[values != 0]


def scales(batch):
    """The scale of every node's noise, `[B, d]`."""
    scale = torch.zeros(batch.data.shape[::2], dtype=torch.float64)
    for part in batch.noises:
        scale[part.scm, part.node] = part.parameters["scale"]
    return scale


def uniform(values, low, high):
    return stats.kstest(values.flatten().numpy(), stats.uniform(low, high - low).cdf).pvalue > 1e-3


def kinds(made, field):
    """The classes that the families of a prior choose from, inside `Scaled` too."""
    parts = [part for family in made.families for part in getattr(family, field)]
    return {type(getattr(part, "mechanism", part)) for part in parts}


@pytest.mark.parametrize(
    ("make", "noise", "weights", "length", "output"),
    [(p_in, Gaussian, (1, 3), (7, 10), (10, 20)), (p_out, Laplace, (0.5, 4), (5, 12), (8, 22))],
)
def test_the_priors_of_cond_fip_have_their_numbers(make, noise, weights, length, output):
    linear, smooth = draw(make(kinds=("linear",))), draw(make(kinds=("rff",)))
    found = gathered(linear, "weights")
    assert len(found) == linear.adjacency.sum()
    assert uniform(found.abs(), *weights)
    assert uniform(gathered(smooth, "length"), *length)
    assert uniform(gathered(smooth, "output"), *output)
    assert {part.parameters["phase"].shape[1] for part in smooth.nodes if part.parameters} == {100}
    for batch in (linear, smooth):
        assert uniform(torch.cat([part.bias for part in batch.nodes]), -3, 3)
        assert kinds(make(), "noises") == {noise}
    assert uniform(scales(linear)[:, 0], 0.2, 2)
    assert uniform(scales(smooth), 0.2, 2)
    assert len(scales(smooth).unique()) == 2000


def test_p_in_shares_one_scale_among_the_nodes_of_a_linear_scm():
    shared = scales(draw(p_in(kinds=("linear",))))
    assert (shared == shared[:, :1]).all()
    assert len(shared.unique()) == 200


def test_p_in_has_both_kinds_and_three_graphs_in_equal_shares():
    batch = draw(p_in(), scms=1800, d=12)
    links = batch.adjacency.sum((1, 2))
    linear = torch.zeros(1800, dtype=torch.bool)
    for part in batch.nodes:
        if isinstance(part.mechanism, Linear):
            linear[part.scm] = True
    most_parents, most_children = (batch.adjacency.sum(k).amax(1).double().mean().item() for k in (1, 2))
    assert abs(linear.double().mean() - 0.5) < 4.5 * 0.5 / 1800**0.5
    # Scale-free graphs of 1, 2, 3 links have 11, 21, 30 edges; Erdos-Renyi graphs that number by chance only.
    assert 2 / 3 < torch.isin(links, torch.tensor([11, 21, 30])).double().mean() < 0.78
    assert most_parents == pytest.approx(most_children, rel=0.05)


def test_kinds_and_graphs_can_be_picked():
    inward = draw(p_in(kinds=("rff",), graphs=("sf-in",)), scms=30, d=20).adjacency.double()
    assert inward.sum(1).amax(1).mean() > 2 * inward.sum(2).amax(1).mean()
    assert kinds(p_in(kinds=("rff",)), "mechanisms") == {RandomFourier}
    assert kinds(p_in(noises=(Beta(),)), "noises") == {Beta}
    assert kinds(p_out(graphs=("sbm",)), "graphs") == {StochasticBlock}
    assert len(p_in(kinds=("linear", "linear")).families) == 1


def test_avici_wide_has_the_kinds_of_its_paper():
    made = prior("avici-wide")
    assert kinds(made, "graphs") == {ErdosRenyi, ScaleFree, WattsStrogatz, StochasticBlock, Geometric}
    assert kinds(made, "mechanisms") == {Linear, RandomFourier}
    assert kinds(made, "noises") == {Gaussian, Laplace, Cauchy}
    assert [family.heteroscedastic is not None for family in made.families] == [False, True, True]
    assert made.interventions == Interventions(share=(0.5, 1.0), values=(1.0, 5.0))
    assert (made.d, made.n) == ((2, 100), (600, 600))
    drawn = made.draw(scms=8, d=5, n=600, n_interventional=200, seed=1)
    assert drawn.intervened.sum((1, 2)).tolist() == [200] * 8


def test_wide_has_everything():
    made = prior("wide")
    assert kinds(made, "graphs") == {
        ErdosRenyi, ScaleFree, WattsStrogatz, StochasticBlock, Geometric, Layered
    }  # fmt: skip
    assert kinds(made, "mechanisms") == {
        Linear, RandomFourier, Polynomial, MLP, SigmoidAdditive, Multiplicative, Periodic
    }  # fmt: skip
    assert kinds(made, "noises") == {
        Gaussian, Laplace, Cauchy, Uniform, Exponential, Beta, StudentT, GaussianMixture
    }  # fmt: skip
    assert {family.mixed for family in made.families} == {False, True}
    assert {family.heteroscedastic is None for family in made.families} == {False, True}


@pytest.mark.parametrize("name", ["activa-gauss", "activa-beta"])
def test_activa_is_linear_without_a_bias(name):
    batch = draw(prior(name), d=8)
    assert kinds(prior(name), "graphs") == {PrunedErdosRenyi}
    assert uniform(gathered(batch, "weights").abs(), 0.5, 2)
    assert all((part.bias == 0).all() for part in batch.nodes)
    if name == "activa-gauss":
        assert (scales(batch) == 0.5).all()
    else:
        assert (scales(batch) == 1).all()
        assert uniform(torch.cat([part.parameters["alpha"] for part in batch.noises]), 0.5, 2)
        assert uniform(torch.cat([part.parameters["beta"] for part in batch.noises]), 0.5, 2)


@pytest.mark.parametrize("name", PRIORS)
def test_named_priors_draw_at_every_size(name):
    made = prior(name)
    assert made == prior(name)
    for d in {1, made.d[0], 40}:
        batch = made.draw(scms=20, d=d, n=max(made.n[0], 2))
        assert batch.data.abs().max() < 1e15
        assert batch.data.shape[2] == d
