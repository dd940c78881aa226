"""Local scores against definitions and independent implementations."""

import itertools

import networkx as nx
import numpy as np
import pytest
import torch
from scipy.optimize import linprog
from scipy.stats import multivariate_normal

from discovery.search.curved.nonlinear_score import FIRST_LENGTH, FIRST_RATIO, ProcessScore, Start
from discovery.search.curved.scaled_noise import noise_gains
from discovery.search.dags import adjacency_of, parents_of
from discovery.search.local_scores import NO_GAIN, Cached, LinearScore, absolute_deviations
from discovery.search.moves import climb, reorder
from discovery.search.shaped_score import ShapedScore, tree_depth
from foundation_causal.simulate import Laplace, p_in


def rows(seed=0, d=4, n=200, **settings):
    x = p_in(**settings).draw(scms=1, d=d, n=n, seed=seed)
    values = x.data[0].double().numpy()
    return (values - values.mean(0)) / values.std(0), x.adjacency[0].numpy()


def test_parents_leave_rows_over():
    # 25 rows of 30 columns of noise: the search went on until every row was explained.
    x = np.random.default_rng(0).normal(size=(25, 30))
    score = LinearScore((x - x.mean(0)) / x.std(0), "gaussian")
    assert (score.gains(0, frozenset(range(1, 13)))[13:] > NO_GAIN).any()
    assert (score.gains(0, frozenset(range(1, 14))) == NO_GAIN).all()
    cached = Cached(score, np.zeros((30, 30)), screen=score.gains)
    parents = reorder(
        cached, [frozenset()] * 30, [frozenset(range(30)) - {j} for j in range(30)], np.zeros(30)
    )
    assert max(map(len, parents)) <= 13


def test_gaussian_score_is_the_bic_of_least_squares():
    x, _ = rows()
    design = x[:, [0, 2]]
    residual = x[:, 1] - design @ np.linalg.lstsq(design, x[:, 1], rcond=None)[0]
    likelihood = multivariate_normal(np.zeros(200), residual.var() * np.eye(200)).logpdf(residual)
    expected = likelihood - 1.5 * np.log(200)
    assert LinearScore(x, "gaussian")([(1, frozenset({0, 2}))]) == pytest.approx([expected], rel=1e-4)


@pytest.mark.parametrize("noise", ["gaussian", "laplace"])
def test_constants_in_the_columns_do_not_matter_where_some_rows_are_unusable(noise):
    # What is filled in has a mean of its own, where values are missing for a reason.
    x, _ = rows()
    usable = np.ones_like(x, dtype=bool)
    usable[:50, 2] = False
    request = [(1, frozenset({0, 2}))]
    moved = x + np.array([0, 0, 0.7, 0])
    assert LinearScore(moved, noise, usable)(request) == pytest.approx(LinearScore(x, noise, usable)(request))


def test_absolute_deviations_come_close_to_the_linear_program():
    rng = np.random.default_rng(0)
    x = rng.normal(size=(80, 2))
    y = x @ [1.0, -2.0] + rng.laplace(size=80)
    n, k = x.shape
    exact = linprog(
        np.r_[np.zeros(k), np.ones(2 * n)],
        A_eq=np.hstack([x, np.eye(n), -np.eye(n)]),
        b_eq=y,
        bounds=[(None, None)] * k + [(0, None)] * (2 * n),
    ).fun
    start = np.linalg.lstsq(x, y, rcond=None)[0]
    ours = np.abs(absolute_deviations(x, y, start)).sum()
    assert exact - 1e-9 <= ours <= 1.005 * exact
    assert ours <= np.abs(y - x @ start).sum()


def test_absolute_deviations_of_copies_and_exact_fits_exist():
    v = np.random.default_rng(0).laplace(size=100)
    v = (v - v.mean()) / v.std()
    copies = np.column_stack([v, v, -v])
    assert np.abs(absolute_deviations(copies, v, np.zeros(3))).max() < 1e-6
    everything = [(j, frozenset(range(4)) - {j}) for j in range(4)]
    for last in (v, np.zeros(100)):  # a rare value may be absent from the rows that the search sees
        assert np.isfinite(LinearScore(np.column_stack([copies, last]), "laplace")(everything)).all()


def test_all_rows_as_landmarks_give_the_evidence_of_the_whole_process():
    x = rows(d=3, n=40)[0]
    score = ProcessScore(x, landmarks=40, steps=(0, 0, 0))
    found = score([(1, frozenset({0, 2}))])[0]
    z, y = x[:, [0, 2]], x[:, 1]
    squared = ((z[:, None] - z[None]) ** 2).sum(2) / (np.exp(FIRST_LENGTH) * np.sqrt(2)) ** 2
    covariance = 1 + z @ z.T / 2 + np.exp(-squared / 2) + np.exp(FIRST_RATIO) * np.eye(40)
    scale = y @ np.linalg.solve(covariance, y) / 40
    expected = multivariate_normal(np.zeros(40), scale * covariance).logpdf(y)
    residual = np.exp(FIRST_RATIO) * np.linalg.solve(covariance, y)
    parts = torch.tensor(residual)[None], torch.tensor(z.T)[None], torch.ones(1, 2)
    noise = noise_gains(*parts, torch.tensor([tree_depth(y)]), None).item()
    assert found + 0.5 * np.log(40) == pytest.approx(expected + noise, abs=0.2)


def test_a_set_goes_on_from_the_best_of_its_relatives():
    cause, other, noise = np.random.default_rng(0).normal(size=(3, 200))
    x = np.column_stack([cause, np.sin(4 * cause) + 0.1 * noise, other])
    short, long = (ProcessScore(x, steps=(steps, 0, 0)) for steps in (0, 12))
    alone = short([(1, frozenset({0, 2}))])[0]
    long([(1, frozenset({0}))])
    assert long([(1, frozenset({0, 2}))])[0] > alone + 20


def test_a_parent_starts_where_it_was_best_beside_others():
    cause, other, noise = np.random.default_rng(0).normal(size=(3, 200))
    x = np.column_stack([cause, np.sin(4 * cause) + other + 0.1 * noise, other])
    known, unknown = (ProcessScore(x, steps=(12, 0, 0)) for _ in range(2))
    known([(1, frozenset({0}))])
    for score in (known, unknown):
        score([(1, frozenset({2}))])
    both = [(1, frozenset({0, 2}))]
    assert known(both)[0] > unknown(both)[0] + 20


def test_a_useless_parent_is_given_up_at_the_first_look():
    cause, other, noise = np.random.default_rng(0).normal(size=(3, 400))
    score = ProcessScore(np.column_stack([cause, np.sin(2 * cause) + noise, other]))
    score([(1, frozenset({0}))])
    start = score._start(1, frozenset({0, 2}))
    assert start.hopeless == pytest.approx(start.lead - 4.0)
    both = 1, frozenset({0, 2})
    given_up = score.climb({both: start._replace(hopeless=start.lead + 100)}, 1, 2)[both]
    climbed = score.climb({both: start._replace(lead=-np.inf)}, 1, 2)[both]
    assert given_up.log_length == score.climb({both: start}, 0)[both].log_length != climbed.log_length


@pytest.mark.parametrize("partly", [False, True])
def test_the_first_look_at_a_variable_without_parents_is_that_of_a_regression_on_nothing(partly):
    x, usable = np.random.default_rng(0).laplace(0.1, size=(300, 2)), np.ones((300, 2), dtype=bool)
    usable[:, 1] = np.arange(300) < (200 if partly else 300)
    score = ProcessScore(x, usable=usable)
    climbed = score.climb({(1, frozenset()): Start()}, 0)[1, frozenset()].evidence
    assert score.first_look([(1, frozenset())])[0] == pytest.approx(climbed, abs=0.01)


def test_what_is_known_of_variables_that_are_alike_is_taken_over_and_nothing_else():
    x, _ = rows()
    other = np.column_stack([x[:, :3], x[:, 3] ** 3])
    requests = [(0, frozenset()), (1, frozenset({0})), (1, frozenset({3})), (3, frozenset({0}))]
    before, after = ProcessScore(x), ProcessScore(other)
    before(requests)
    after.adopt(before)
    assert set(after.fitted) == set(requests[:2])
    found, fresh = after(requests), ProcessScore(other)(requests)
    assert found[:2] == pytest.approx(fresh[:2], abs=0.05)
    assert found[2:] == pytest.approx(fresh[2:], abs=1.0)  # climbs that start from another relative


def test_process_score_prefers_true_parents_and_ignores_column_order():
    rng = np.random.default_rng(0)
    cause, other = rng.normal(size=(2, 300))
    x = np.column_stack([cause, np.sin(2 * cause) + 0.2 * rng.normal(size=300), other])
    x = (x - x.mean(0)) / x.std(0)
    none, true, both = ProcessScore(x)([(1, frozenset()), (1, frozenset({0})), (1, frozenset({0, 2}))])
    assert true > both > none + 50
    swapped = ProcessScore(x[:, [2, 1, 0]])([(1, frozenset({2})), (1, frozenset({0, 2}))])
    assert swapped == pytest.approx([true, both], abs=0.05)
    assert LinearScore(x, "gaussian")([(1, frozenset({0}))])[0] < true - 50


def all_dags(d):
    pairs = list(itertools.permutations(range(d), 2))
    for edges in itertools.product([False, True], repeat=len(pairs)):
        a = np.zeros((d, d), dtype=bool)
        for (i, j), edge in zip(pairs, edges, strict=True):
            a[i, j] = edge
        if nx.is_directed_acyclic_graph(nx.DiGraph(a.astype(int))):
            yield a


def test_reordering_nearly_always_finds_the_best_of_all_dags():
    gaps = []
    for seed in range(10):
        x, _ = rows(seed, noises=[Laplace()], kinds=["linear"])
        score = Cached(LinearScore(x, "laplace"), np.zeros((4, 4)))
        best = max(score.total(parents_of(a)) for a in all_dags(4))
        everything = [frozenset(range(4)) - {j} for j in range(4)]
        gaps.append(best - score.total(reorder(score, [frozenset()] * 4, everything, np.zeros(4))))
    assert min(gaps) > -1e-6
    assert sum(gap < 1e-3 for gap in gaps) >= 8


@pytest.mark.parametrize("search", [climb, lambda *a: reorder(*a, np.zeros(7))])
def test_searches_stay_acyclic_improve_and_keep_to_the_candidates(search):
    for seed in range(5):
        x, truth = rows(seed, d=7)
        score = Cached(LinearScore(x, "gaussian"), np.zeros((7, 7)))
        rng = np.random.default_rng(seed)
        allowed = rng.random((7, 7)) < 0.6
        np.fill_diagonal(allowed, False)
        start = parents_of(truth & allowed)
        found = search(score, start, parents_of(allowed))
        assert nx.is_directed_acyclic_graph(nx.DiGraph(adjacency_of(found).astype(int)))
        assert score.total(found) >= score.total(start) - 1e-9
        assert not (adjacency_of(found) & ~allowed).any()


def one_change_away(a):
    """The DAGs that one addition, deletion or reversal of an edge makes of this one."""
    for i, j in itertools.permutations(range(len(a)), 2):
        for there, back in [(not a[i, j], a[j, i])] + [(False, True)] * bool(a[i, j]):
            b = a.copy()
            b[i, j], b[j, i] = there, back
            if nx.is_directed_acyclic_graph(nx.DiGraph(b.astype(int))):
                yield b


@pytest.mark.parametrize("seed", range(4))
def test_a_climb_ends_where_no_single_change_helps(seed):
    x, truth = rows(seed, d=5, kinds=["linear"])
    score = Cached(LinearScore(x, "gaussian"), np.zeros((5, 5)))
    everything = [frozenset(range(5)) - {j} for j in range(5)]
    found = climb(score, [frozenset()] * 5, everything)
    neighbours = [score.total(parents_of(b)) for b in one_change_away(adjacency_of(found))]
    assert score.total(found) >= max(neighbours) - 1e-5
    assert adjacency_of(found).any() or not truth.any()


class Remembered:
    """Scores of a table, and every set that was asked for."""

    def __init__(self, values):
        self.values, self.asked = values, []

    def __call__(self, requests):
        self.asked += requests
        return [self.values(j, parents) for j, parents in requests]


def test_a_climb_scores_again_only_what_may_be_better_and_in_the_end_everything():
    worth = {1: 9.0, 2: 8.0, 3: 7.0, 4: -1.0, 5: -2.0}

    def values(j, parents):
        """Only the first variable has causes; one of them, useless alone, helps beside the three others."""
        helped = 6.0 if {1, 2, 3, 4} <= parents and j == 0 else 0.0
        return sum(worth[i] for i in parents) + helped if j == 0 else -float(len(parents))

    remembered = Remembered(values)
    score = Cached(remembered, np.zeros((6, 6)))
    candidates = [frozenset(range(1, 6)), *[frozenset()] * 5]
    found = climb(score, [frozenset()] * 6, candidates)
    assert found[0] == {1, 2, 3, 4}  # 4 had lost whenever it was looked at before
    first = [parents for j, parents in remembered.asked if j == 0]
    assert not {frozenset({1, 4}), frozenset({1, 5}), frozenset({1, 2, 5})} & set(first)
    assert {found[0] ^ {i} for i in range(1, 6)} <= set(first)


def test_the_prior_enters_the_score():
    x, _ = rows()
    prior = np.zeros((4, 4))
    prior[0, 1] = 3.0
    plain, favoured = (Cached(LinearScore(x, "gaussian"), p) for p in (np.zeros((4, 4)), prior))
    assert favoured(1, frozenset({0})) == pytest.approx(plain(1, frozenset({0})) + 3)
    assert favoured(1, frozenset({2})) == plain(1, frozenset({2}))


@pytest.mark.parametrize(("noise", "slack"), [("gaussian", 1e-6), ("laplace", 2.5)])
def test_what_the_screen_leaves_out_would_not_have_helped(noise, slack):
    left_out = 0
    for seed in range(6):
        x, _ = rows(seed, d=8, kinds=["linear"])
        linear, rng = LinearScore(x, noise), np.random.default_rng(seed)
        score = Cached(linear, np.full((8, 8), -2.0), screen=linear.gains)
        for j in range(8):
            others = frozenset(range(8)) - {j}
            parents = frozenset(i for i in others if rng.random() < 0.3)
            kept = score.promising(j, parents, others - parents)
            for i in others - parents - set(kept):
                assert score(j, parents | {i}) < score(j, parents) + slack
                left_out += 1
    assert left_out > 50


@pytest.mark.parametrize("kind", ["gaussian", "laplace", "shaped"])
def test_rows_of_their_own_can_be_kept_of_possible_parents_alone(kind):
    rng = np.random.default_rng(0)
    x = rng.laplace(size=(300, 5)) @ (np.eye(5) + np.eye(5, k=1))
    usable = rng.random(x.shape) < 0.8
    usable[:, 4] = True
    among = [frozenset({1}), frozenset({0, 2}), frozenset({1, 3, 4}), frozenset(), frozenset({0})]
    shown = np.arange(300) < 200 if kind == "laplace" else None
    whole, some = (
        ShapedScore(x, usable, own)
        if kind == "shaped"
        else LinearScore(x, kind, usable, shown=shown, among=own)
        for own in (None, among)
    )
    requests = [(0, frozenset({1})), (2, frozenset({3, 4})), (2, frozenset()), (4, frozenset({0}))]
    assert some(requests) == pytest.approx(whole(requests), abs=1e-9)
    gains = some.gains(2, frozenset({3}))
    assert gains[[1, 4]] == pytest.approx(whole.gains(2, frozenset({3}))[[1, 4]], abs=1e-9)
    assert gains[0] < -1e6
