"""A bad seed is refused in the same words wherever one is given."""

import networkx as nx
import numpy as np
import pandas as pd
import pytest

import foundation_causal as fc
from discovery.resampling import bootstrap
from foundation_causal.checks import (
    LARGEST_SEED,
    check_choices,
    check_count,
    check_number,
    check_probability,
    check_range,
    check_seed,
    check_sizes,
)
from foundation_causal.metrics import permutation_test
from foundation_causal.simulate import p_in
from foundation_causal.simulate.systems.cdt_generator import cdt_scm
from foundation_causal.simulate.systems.sergio import sergio
from mechanisms.averaged_model import AveragedModel


@pytest.fixture(scope="module")
def table():
    rng = np.random.default_rng(0)
    a = rng.normal(size=40)
    return pd.DataFrame({"a": a, "b": 2 * a + rng.normal(size=40)})


@pytest.fixture(scope="module")
def calls(table):
    """Everything public that takes a seed, by name."""
    graph = nx.DiGraph([("a", "b")])
    model = fc.infer(table, graph)
    averaged = AveragedModel([model, fc.infer(table, nx.DiGraph([("b", "a")]))], [0.5, 0.5])
    found = fc.discover(table)
    prior = p_in(["linear"])
    return {
        "infer": lambda seed: fc.infer(table, graph, seed=seed),
        "sample": lambda seed: model.sample(2, seed=seed),
        "effect": lambda seed: model.effect("a", "b", (0, 1), draws=2, seed=seed),
        "averaged sample": lambda seed: averaged.sample(2, seed=seed),
        "averaged effect": lambda seed: averaged.effect("a", "b", (0, 1), draws=2, seed=seed),
        "sample_graphs": lambda seed: found.sample_graphs(2, seed=seed),
        "weighted_graphs": lambda seed: found.weighted_graphs(2, seed=seed),
        "bootstrap": lambda seed: bootstrap(table, replicates=1, seed=seed, resample="bootstrap"),
        "load_dataset": lambda seed: fc.load_dataset("sachs", n=30, seed=seed),
        "prior": lambda seed: prior.draw(scms=1, d=2, n=2, seed=seed),
        "prior size": lambda seed: prior.size(seed),
        "fresh noise": lambda seed: prior.draw(scms=1, d=2, n=2).fresh_noise(2, seed=seed),
        "permutation_test": lambda seed: permutation_test(table, table, permutations=1, seed=seed),
    }


NAMES = [
    "infer",
    "sample",
    "effect",
    "averaged sample",
    "averaged effect",
    "sample_graphs",
    "weighted_graphs",
    "bootstrap",
    "load_dataset",
    "prior",
    "prior size",
    "fresh noise",
    "permutation_test",
]


@pytest.mark.parametrize("name", NAMES)
def test_bad_seeds_are_one_sentence(calls, name, one_sentence):
    for seed in (-1, 0.5, None, LARGEST_SEED + 1, "1", True):
        with one_sentence(f"The seed is {seed!r}", "whole number"):
            calls[name](seed)


@pytest.mark.parametrize("name", NAMES)
def test_good_seeds_are_taken(calls, name):
    for seed in (np.int64(3), LARGEST_SEED):
        calls[name](seed)


def test_a_seed_is_checked_before_the_work(table, one_sentence, monkeypatch):
    monkeypatch.setattr("discovery.discover", lambda *_, **__: pytest.fail("searched for a graph first"))
    with one_sentence("The seed is -1"):
        fc.infer(table, seed=-1)


def test_simulators_of_others(one_sentence):
    with one_sentence("The seed is -1"):
        sergio(d=4, n=5, seed=-1)
    with one_sentence("The seed is 0.5"):
        cdt_scm("linear", d=3, n=10, seed=0.5)


def test_an_integer_comes_back():
    assert type(check_seed(np.uint8(7))) is int


@pytest.mark.parametrize(
    ("check", "words"),
    [
        (lambda: check_count("draws", 1, 2), "The number of draws is 1; give a whole number, at least 2."),
        (lambda: check_count("draws", True, 0), "The number of draws is True;"),
        (lambda: check_number("x", "1"), "x is '1'; give a finite number."),
        (lambda: check_number("x", 1.5, whole=True), "x is 1.5; give a whole number."),
        (lambda: check_number("x", 0.0, above=0), "x is 0.0; give a number above 0."),
        (lambda: check_probability("p", 1.2), "p is 1.2; give a probability between 0 and 1."),
        (lambda: check_range("r", (2, 1)), "r is (2, 1); give two finite numbers, the lower one first."),
        (lambda: check_range("r", (0, 1), least=1), "r is (0, 1); give numbers of at least 1."),
        (lambda: check_choices("c", ()), "c is (); give one or more finite numbers to choose from."),
        (lambda: check_choices("c", (1, -1), above=0), "c is (1, -1); give numbers above 0."),
        (lambda: check_sizes(rows=(1, 5)), "The range of rows is (1, 5); give numbers of at least 2."),
    ],
)
def test_numbers_out_of_their_domain_are_one_sentence(check, words, one_sentence):
    with one_sentence(words):
        check()


def test_numbers_in_their_domain_pass():
    check_count("draws", np.int64(2), 2)
    check_number("x", 1.5, above=1, least=1.5)
    check_probability("p", 1)
    check_range("r", [1, 1], least=1, whole=True)
    check_choices("c", (0.5, 2), above=0)
    check_sizes(rows=(2, 2), variables=(3, 9))
