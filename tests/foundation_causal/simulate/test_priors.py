"""Priors: the same bits from the same seed, sizes, the shares of a mixture, and what is refused."""

import hashlib
import inspect
import subprocess
import sys
from collections import Counter
from dataclasses import replace
from functools import cache

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats

from foundation_causal.simulate import (
    MLP,
    PRIORS,
    ErdosRenyi,
    Family,
    Gaussian,
    GivenGraph,
    Interventions,
    Laplace,
    Layered,
    Linear,
    Prior,
    PrunedErdosRenyi,
    RandomFourier,
    ScaleFree,
    Uniform,
    p_in,
    p_out,
    prior,
)
from foundation_causal.simulate.named_priors import activa

CHAIN = GivenGraph(("a", "b", "c"), (("a", "b"), ("b", "c")))


def family(graphs=None, mechanisms=None, noises=None, **more):
    return Family(graphs or (ErdosRenyi((1,)),), mechanisms or (Linear(),), noises or (Gaussian(),), **more)


def digest(name, dtype="float32"):
    """The bits of everything that a seed decides."""
    made = replace(prior(name), interventions=Interventions())
    batch = made.draw(scms=40, d=11, n=20, n_interventional=5, seed=7, dtype=getattr(torch, dtype))
    parts = (
        batch.adjacency,
        batch.noise,
        batch.data,
        batch.functions,
        batch.intervened,
        batch.fresh_noise(5),
    )
    return hashlib.sha256(b"".join(part.contiguous().numpy().tobytes() for part in parts)).hexdigest()


recorded = cache(digest)  # drawn before, in this process and by its number of threads


# --- the seed ---


@pytest.mark.parametrize("name", PRIORS)
@pytest.mark.parametrize("dtype", ["float32", "float64"])
def test_a_seed_decides_everything(name, dtype):
    assert digest(name, dtype) == recorded(name, dtype)


def test_another_process_draws_the_same_bits():
    # The function above as text, with what it needs: the tests themselves cannot be imported there.
    script = "\n".join(
        (
            "import hashlib, torch",
            "from dataclasses import replace",
            "from foundation_causal.simulate import PRIORS, Interventions, prior",
            inspect.getsource(digest),
            "print(*[digest(name, dtype) for name in PRIORS for dtype in ('float32', 'float64')])",
        )
    )
    elsewhere = subprocess.run(
        [sys.executable, "-c", script], capture_output=True, text=True, check=True
    ).stdout.split()
    assert elsewhere == [recorded(name, dtype) for name in PRIORS for dtype in ("float32", "float64")]


def test_the_number_of_threads_changes_no_bits():
    threads, before = torch.get_num_threads(), [recorded(name, "float32") for name in PRIORS]
    try:
        torch.set_num_threads(2 if threads == 1 else 1)
        assert [digest(name) for name in PRIORS] == before
    finally:
        torch.set_num_threads(threads)


def test_other_seeds_differ_and_generators_go_on():
    made = p_in()

    def data(seed):
        return made.draw(scms=2, d=4, n=10, seed=seed).data

    assert not torch.equal(data(1), data(2))
    generator = torch.Generator().manual_seed(1)
    first, second = data(generator), data(generator)
    assert torch.equal(first, data(1))
    assert not torch.equal(first, second)


def test_torchs_own_generator_is_left_alone():
    before = torch.get_rng_state()
    prior("wide").draw(scms=10, d=5, n=30).fresh_noise(3)
    assert torch.equal(torch.get_rng_state(), before)


# --- sizes ---


@given(low=st.integers(1, 50), more=st.integers(0, 500), seed=st.integers(0, 2**32 - 1))
def test_sizes_stay_in_their_ranges(low, more, seed):
    made = Prior((family(),), d=(low, low + more), n=(low, low))
    d, n = made.size(seed)
    assert low <= d <= low + more
    assert n == low
    assert made.size(seed) == (d, n)


def test_sizes_are_log_uniform_with_their_ends():
    made, generator = Prior((family(),), d=(2, 100), n=(1, 4)), torch.Generator().manual_seed(0)
    sizes = np.array([made.size(generator) for _ in range(4000)])
    ends = np.log(np.array([1.5, 3.5, 8.5, 20.5, 50.5, 100.5]))
    observed = np.histogram(np.log(sizes[:, 0]), ends)[0]
    assert stats.chisquare(observed, 4000 * np.diff(ends) / (ends[-1] - ends[0])).pvalue > 1e-3
    assert {2, 100} <= set(sizes[:, 0])
    steps = np.diff(np.log([0.5, 1.5, 2.5, 3.5, 4.5]))
    observed = np.bincount(sizes[:, 1], minlength=5)[1:]
    assert stats.chisquare(observed, 4000 * steps / steps.sum()).pvalue > 1e-3
    assert abs(np.corrcoef(np.log(sizes.T))[0, 1]) < 4.5 / 4000**0.5


def test_one_seed_for_size_and_draw_does_not_tie_them():
    complete, empty = GivenGraph(("a", "b"), (("a", "b"),)), GivenGraph(("a", "b"), ())
    made = Prior((family((complete, empty)),), n=(10, 1000))
    table = np.zeros((2, 2))
    for seed in range(300):
        large = made.size(seed)[1] > 100
        table[int(large), int(made.draw(scms=1, d=2, n=2, seed=seed).adjacency.any())] += 1
    assert stats.chi2_contingency(table).pvalue > 1e-3


# --- mixtures ---


def test_families_graphs_and_noises_have_equal_shares():
    made = Prior(
        (
            family((Layered((1,)), Layered((2,)), Layered((3,))), (Linear(),), (Gaussian(),)),
            family((Layered((6,)),), (RandomFourier(),), (Laplace(), Uniform())),
        )
    )
    batch = made.draw(scms=2400, d=6, n=2, seed=1)
    edges = Counter(batch.adjacency.sum((1, 2)).tolist())
    # Layers of 6, 3 + 3, and 2 + 2 + 2 nodes, and a chain.
    assert set(edges) == {0, 9, 8, 5}
    chances = {0: 1 / 6, 9: 1 / 6, 8: 1 / 6, 5: 1 / 2}
    assert stats.chisquare([edges[k] for k in chances], [2400 * c for c in chances.values()]).pvalue > 1e-3
    noises = Counter(type(batch.noise_distribution(b, 0)[0]).__name__ for b in range(600))
    chances = {"Gaussian": 1 / 2, "Laplace": 1 / 4, "Uniform": 1 / 4}
    assert stats.chisquare([noises[k] for k in chances], [600 * c for c in chances.values()]).pvalue > 1e-3
    for b in range(50):  # a family keeps to its own
        chain = batch.adjacency[b].sum() == 5
        assert isinstance(batch.noise_distribution(b, 0)[0], Gaussian) != chain


def kinds(batch, b):
    """The mechanisms and the noises of one SCM."""
    found = [batch.mechanism(b, j) for j in range(len(batch.names))]
    distributions = [batch.noise_distribution(b, j)[0] for j in range(len(batch.names))]
    return [type(f[0]) for f in found if f is not None], [
        type(distribution) for distribution in distributions
    ]


@pytest.mark.parametrize("mixed", [False, True])
def test_a_mixed_family_chooses_for_every_node(mixed):
    choices = (Linear(), MLP(), RandomFourier())
    made = Prior((family((Layered((8,)),), choices, (Gaussian(), Laplace()), mixed=mixed),))
    batch = made.draw(scms=60, d=8, n=5)
    mechanisms, noises = zip(*(kinds(batch, b) for b in range(60)), strict=True)
    alone = [len(set(found)) == 1 for found in (*mechanisms, *noises)]
    assert all(alone) if not mixed else sum(alone) < 10
    # An SCM's own choice, or that of every node, is even.
    picked = [kind for found in mechanisms for kind in (found if mixed else found[:1])]
    assert stats.chisquare(list(Counter(picked).values())).pvalue > 1e-3
    assert len(set(picked)) == 3


@pytest.mark.parametrize("shared", [False, True])
def test_noise_parameters_are_shared_or_not(shared):
    batch = Prior((family(noises=(Gaussian(), Laplace()), shared_noise=shared),)).draw(scms=20, d=6, n=2)
    scales = torch.tensor(
        [[batch.noise_distribution(b, j)[1]["scale"].item() for j in range(6)] for b in range(20)]
    )
    assert len(scales.unique()) == (20 if shared else 120)
    assert bool((scales == scales[:, :1]).all()) == shared


def test_biases_fill_their_range_and_are_all_a_root_has():
    batch = Prior((family(bias=(-3.0, 2.0)),)).draw(scms=300, d=6, n=2, dtype=torch.float64)
    bias = torch.cat([part.bias for part in batch.nodes])
    assert stats.kstest(bias.numpy(), stats.uniform(-3, 5).cdf).pvalue > 1e-3
    roots = ~batch.adjacency.any(1)
    assert (batch.functions == batch.functions[:, :1]).all(1)[roots].all()


def test_names_are_those_of_the_only_given_graph():
    assert Prior((family((CHAIN,)),)).draw(scms=1, d=3, n=2).names == ("a", "b", "c")
    assert Prior((family((CHAIN, ErdosRenyi((1,)))),)).draw(scms=1, d=3, n=2).names == ("X1", "X2", "X3")


# --- settings ---


@pytest.mark.parametrize(
    ("make", "words"),
    [
        (lambda: Family((), (Linear(),), (Gaussian(),)), ("Family.graphs", "empty")),
        (lambda: Family((CHAIN,), (), (Gaussian(),)), ("Family.mechanisms", "empty")),
        (lambda: Family((CHAIN,), (Linear(),), ()), ("Family.noises", "empty")),
        (lambda: family(bias=(1.0, -1.0)), ("Family.bias",)),
        (lambda: Prior(()), ("Prior.families", "empty")),
        (lambda: Prior((family(),), d=(0, 5)), ("Prior.d", "0")),
        (lambda: Prior((family(),), d=(5, 2)), ("Prior.d",)),
        (lambda: Prior((family(),), d=(2.5, 4)), ("Prior.d", "whole")),
        (lambda: Prior((family(),), n=(0, 5)), ("Prior.n", "0")),
        (lambda: Prior((family(),), n=5), ("Prior.n",)),
        (lambda: p_in(kinds=("cubic",)), ("'cubic'", "'linear'")),
        (lambda: p_in(graphs=("ring",)), ("'ring'", "'sf-in'")),
        (lambda: p_in(graphs=()), ("'sf-in'",)),
        (lambda: p_in(noises=()), ("Family.noises",)),
        (lambda: p_out(graphs=("er",)), ("'er'", "'ws'")),
        (lambda: activa("cauchy"), ("'cauchy'", "'beta'")),
        (lambda: prior("p_in"), ("'p_in'", "p-in,")),
    ],
)
def test_impossible_settings_are_refused(make, words, one_sentence):
    with one_sentence(*words):
        make()


@pytest.mark.parametrize(
    ("sizes", "words"),
    [
        ({"scms": 0}, ("scms is 0", "1")),
        ({"d": 0}, ("d is 0", "1")),
        ({"n": 0}, ("n is 0", "1")),
        ({"n": -3}, ("n is -3", "1")),
        ({"n_interventional": -1}, ("n_interventional is -1", "0")),
        ({"n_interventional": 1}, ("Prior.interventions",)),
        ({"d": 2.5}, ("d is 2.5", "whole")),
    ],
)
def test_impossible_sizes_are_refused(sizes, words, one_sentence):
    with one_sentence(*words):
        p_in().draw(**{"scms": 1, "d": 3, "n": 5, **sizes})


def test_graphs_that_cannot_be_are_refused_when_drawn(one_sentence):
    with one_sentence("ErdosRenyi.edges", "4 variables"):
        Prior((family((ErdosRenyi((2,)),)),)).draw(scms=1, d=4, n=2)
    with one_sentence("GivenGraph.nodes", "3 names", "4 variables"):
        Prior((family((CHAIN,)),)).draw(scms=1, d=4, n=2)
    for graphs in (PrunedErdosRenyi(), ScaleFree(), Layered()):
        assert Prior((family((graphs,)),)).draw(scms=3, d=1, n=2).data.shape == (3, 2, 1)
