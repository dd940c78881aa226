"""Refinement with knowledge and with rows that tell of some mechanisms only."""

import networkx as nx
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from discovery.knowledge import Constraints, no_constraints
from discovery.search.curved.nonlinear_score import ProcessScore
from discovery.search.dags import parents_of
from discovery.search.families import SHAPED_MARGIN, Families
from discovery.search.local_scores import MIN_OWN_ROWS, Cached, LinearScore
from discovery.search.refine import refine
from discovery.search.shaped_score import ShapedScore
from foundation_causal.simulate import Gaussian, Laplace, Uniform, p_in

KINDS = {
    "linear gaussian": ("linear", Gaussian()),
    "linear laplace": ("linear", Laplace()),
    "linear non-gaussian": ("linear", Uniform()),
    "nonlinear": ("rff", Gaussian()),
}


def standardized(x):
    return (x - x.mean(0)) / x.std(0)


def table(family, d=5, n=150):
    """Rows of an SCM of this family, and its graph."""
    mechanism, noise = KINDS[family]
    batch = p_in([mechanism], noises=[noise]).draw(scms=1, d=d, n=n, seed=14)
    return standardized(batch.data[0].double().numpy()), batch.adjacency[0].numpy().astype(bool)


TABLES = {family: table(family) for family in KINDS}


def vague(truth):
    """Probabilities of a network that knows the true graph, but not well."""
    return np.where(truth, 0.6, np.where(truth.T, 0.2, 0.15)) * ~np.eye(len(truth), dtype=bool)


def drawn_constraints(seed, d=5):
    """Required edges that form a DAG, and forbidden ones beside them."""
    rng = np.random.default_rng(seed)
    order = rng.permutation(d)
    later = np.argsort(order)[:, None] < np.argsort(order)[None, :]
    required = later & (rng.random((d, d)) < 0.25)
    reaches = np.linalg.matrix_power(np.eye(d) + required, d) > 0
    forbidden = (reaches.T | (rng.random((d, d)) < 0.3)) & ~required | np.eye(d, dtype=bool)
    return Constraints(required, forbidden)


@pytest.mark.parametrize("family", KINDS)
@settings(max_examples=15, deadline=None)
@given(seed=st.integers(0, 10_000))
def test_constraints_are_honoured_in_every_family(family, seed):
    x, truth = TABLES[family]
    known = drawn_constraints(seed)
    noise = np.random.default_rng(seed).uniform(0.5, 1.5, truth.shape)
    found = refine(x, vague(truth) * noise, constraints=known)
    assert nx.is_directed_acyclic_graph(nx.DiGraph(found.adjacency.astype(int)))
    assert found.adjacency[known.required].all()
    assert not found.adjacency[known.forbidden].any()


@pytest.mark.parametrize("family", KINDS)
def test_nothing_known_and_all_rows_usable_change_nothing(family):
    x, truth = TABLES[family]
    plain = refine(x, vague(truth))
    told = refine(x, vague(truth), constraints=no_constraints(5), usable=np.ones(x.shape, bool))
    assert plain.family == told.family == family
    assert (plain.adjacency == told.adjacency).all()


def experiment(n, forward, seed=0):
    """A linear Gaussian pair; in a quarter of the rows each is set to values of its own."""
    rng = np.random.default_rng(seed)
    cause, effect, fresh = rng.normal(size=(3, n))
    setting = rng.integers(0, 4, n)
    cause = np.where(setting == 0, 2 * fresh, cause)
    effect = np.where(setting == 1, 2 * fresh, 0.8 * cause + 0.6 * effect)
    x, done = np.column_stack([cause, effect]), np.column_stack([setting == 0, setting == 1])
    return (standardized(x), ~done) if forward else (standardized(x[:, ::-1]), ~done[:, ::-1])


@pytest.mark.parametrize("forward", [True, False])
def test_interventions_identify_a_direction_that_observations_leave_open(forward):
    x, usable = experiment(400, forward)
    right, wrong = np.triu(np.ones((2, 2), bool), 1), np.tril(np.ones((2, 2), bool), -1)
    if not forward:
        right, wrong = wrong, right
    seen = Cached(LinearScore(x[usable.all(1)], "gaussian"), np.zeros((2, 2)))
    assert seen.total(parents_of(right)) == pytest.approx(seen.total(parents_of(wrong)), abs=2)
    told = Cached(LinearScore(x, "gaussian", usable), np.zeros((2, 2)))
    assert told.total(parents_of(right)) > told.total(parents_of(wrong)) + 20
    assert (refine(x, np.array([[0, 0.45], [0.45, 0]]), usable=usable).adjacency == right).all()


@pytest.mark.parametrize("forward", [True, False])
def test_thinned_rows_keep_their_mask(forward):
    x, usable = experiment(2500, forward)
    found = refine(x, np.array([[0, 0.45], [0.45, 0]]), usable=usable).adjacency
    assert found[0, 1] == forward
    assert found[1, 0] != forward


SCORES = {
    "gaussian": lambda x, usable=None: LinearScore(x, "gaussian", usable),
    "laplace": lambda x, usable=None: LinearScore(x, "laplace", usable),
    "non-gaussian": lambda x, usable=None: ShapedScore(x, usable),
    "process": lambda x, usable=None: ProcessScore(x, usable=usable),
}


@pytest.mark.parametrize("score", SCORES.values(), ids=SCORES)
def test_a_local_score_is_that_of_its_own_rows_alone(score):
    x, _ = TABLES["nonlinear"]
    usable = np.ones(x.shape, bool)
    usable[::3, 1] = False
    usable[5:40, 2] = False
    requests = [(1, frozenset()), (2, frozenset({0})), (1, frozenset({3})), (0, frozenset({1}))]
    for request, value in zip(requests, score(x, usable)(requests), strict=True):
        own = x[usable[:, request[0]]]
        assert value == pytest.approx(score(own - own.mean(0))([request])[0], abs=2e-2)


@pytest.mark.parametrize("score", SCORES.values(), ids=SCORES)
def test_a_variable_without_rows_of_its_own_has_the_prior_alone(score):
    x, _ = TABLES["linear laplace"]
    usable = np.ones(x.shape, bool)
    usable[:, 1], usable[MIN_OWN_ROWS - 1 :, 2] = False, False
    prior = np.arange(25.0).reshape(5, 5)
    values = Cached(score(x, usable), prior, usable)
    assert values(1, frozenset({0, 3})) == prior[0, 1] + prior[3, 1]
    assert values(2, frozenset()) == 0
    assert values(0, frozenset()) < 0


@pytest.mark.parametrize("family", KINDS)
def test_a_look_chooses_the_family_that_has_the_most_evidence_when_all_are_fitted(family):
    x, truth = TABLES[family]
    dag = parents_of(truth)
    families = Families(x, np.zeros(truth.shape))
    name, score = families.best(dag)
    was_fitted = bool(families.process.fitted)
    totals = {one: cached.total(dag) for one, cached in families.linear.items()}
    totals["linear non-gaussian"] -= SHAPED_MARGIN
    totals["nonlinear"] = families.nonlinear.total(dag)
    assert name == max(totals, key=totals.__getitem__)
    assert was_fitted == (name == "nonlinear")
    assert score.total(dag) == pytest.approx(
        families.evidence(dag) + SHAPED_MARGIN * (name == "linear non-gaussian")
    )


def test_a_look_does_not_give_up_one_strong_curve_among_lines():
    """Steps may make more of it than the lines lead by."""
    rng = np.random.default_rng(3)
    x = rng.normal(size=(400, 8))
    x[:, 1:7] = x[:, [0]] + 0.3 * x[:, 1:7]
    x[:, 7] = np.sin(3 * x[:, 0]) + 0.05 * x[:, 7]
    dag = [frozenset[int](), *[frozenset({0})] * 7]
    assert Families(standardized(x), np.zeros((8, 8))).best(dag)[0] == "nonlinear"
