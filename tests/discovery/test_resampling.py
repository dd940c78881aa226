"""Resampling: which rows, how many times, on how many jobs, and what happens when it goes wrong."""

import threading

import joblib
import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from joblib.parallel import ThreadingBackend

import discovery.resampling as module
from discovery.knowledge import Knowledge
from discovery.pipeline import discover, predict
from discovery.resampling import Plan, bootstrap, draw
from foundation_causal.errors import InputError
from foundation_causal.networks.pretrained import read_once
from foundation_causal.observations import observations
from foundation_causal.simulate import p_in


@pytest.fixture(scope="module")
def data() -> pd.DataFrame:
    return p_in(["linear"]).draw(scms=1, d=4, n=120, seed=5).frame(0)


def quick(data: pd.DataFrame, **how):
    return bootstrap(data, **{"replicates": 4, "refine": False, **how})


def plan(frame: pd.DataFrame, resample: str, seed: int = 0, mask: np.ndarray | None = None) -> Plan:
    return Plan(observations(frame, intervened=mask, missing=True), seed, resample, {})


@settings(max_examples=15)
@given(st.integers(40, 90), st.integers(0, 1000), st.integers(0, 50))
def test_a_half_has_no_row_twice_and_a_bootstrap_as_many_rows_as_the_data(n, seed, k):
    frame = pd.DataFrame({"row": np.arange(n), "square": np.arange(n) ** 2})
    half, full = (draw(plan(frame, resample, seed), k).frame for resample in ("half", "bootstrap"))
    assert len(half) == n // 2
    assert half["row"].is_unique
    assert len(full) == n
    assert (full["square"] == full["row"] ** 2).all()  # rows stay whole
    assert not full["row"].is_unique
    assert (half["square"] == half["row"] ** 2).all()


def test_all_rows_are_drawn_equally_often():
    frame = pd.DataFrame({"row": np.arange(50), "again": np.arange(50)})
    for resample, expected in {"half": 0.5, "bootstrap": 1.0}.items():
        rows = np.concatenate([draw(plan(frame, resample), k).frame["row"] for k in range(60)])
        counts = np.bincount(rows.astype(int), minlength=50) / 60
        assert np.abs(counts - expected).max() < 5 * np.sqrt(expected / 60)


def test_the_mask_of_a_row_goes_where_the_row_goes():
    frame = pd.DataFrame({"row": np.arange(60), "again": np.arange(60)})
    mask = np.zeros((60, 2), dtype=bool)
    mask[10:20, 1] = True
    drawn = draw(plan(frame, "bootstrap", mask=mask), 3)
    assert drawn.intervened is not None
    assert (drawn.intervened[:, 1] == drawn.frame["row"].between(10, 19)).all()
    assert not drawn.intervened[:, 0].any()


def test_a_resample_without_variation_is_drawn_again():
    frame = pd.DataFrame({"x": np.arange(40.0), "rare": [1.0] + [0.0] * 39})
    for k in range(30):  # one in two, or in three, of the resamples lacks the rare row
        for resample in ("half", "bootstrap"):
            assert draw(plan(frame, resample), k).frame["rare"].max() == 1


def test_hopeless_resamples_are_given_up_with_the_number_of_the_replicate(one_sentence):
    with one_sentence("Replicate 1 failed", "None of 100 resamples", "same value"):
        quick(pd.DataFrame(np.eye(40)[:, :30]))


def test_the_answer_is_what_discover_says_of_each_resample(data):
    found = quick(data, seed=7)
    by_hand = [discover(draw(plan(data, "half", 7), k), refine=False) for k in range(4)]
    assert [set(g.edges) for g in found.graphs] == [set(p.graph.edges) for p in by_hand]
    assert np.allclose(found.probabilities, sum(p.probabilities for p in by_hand) / 4)
    assert list(found.probabilities) == list(data)


def test_more_replicates_begin_with_the_same_ones_and_seeds_differ(data):
    few, many, other = quick(data, replicates=2), quick(data), quick(data, seed=1)
    assert [set(g.edges) for g in many.graphs[:2]] == [set(g.edges) for g in few.graphs]
    assert not few.probabilities.equals(many.probabilities)
    assert not many.probabilities.equals(other.probabilities)


def test_processes_change_nothing_and_load_the_weights_once(data):
    here, there = quick(data, replicates=6), quick(data, replicates=6, jobs=2)
    pd.testing.assert_frame_equal(there.probabilities, here.probabilities, rtol=1e-5)
    assert [set(g.edges) for g in there.graphs] == [set(g.edges) for g in here.graphs]
    workers = joblib.Parallel(n_jobs=2)(joblib.delayed(read_once.cache_info)() for _ in range(8))
    # Two networks, in the same processes, which joblib keeps for a while.
    assert {cache.misses for cache in workers} <= {0, 2}
    assert max(cache.hits for cache in workers) > 0


def test_the_backend_is_the_one_of_the_users_configuration(data, monkeypatch):
    threads = set()

    def spying(*args, **kwargs):
        threads.add(threading.current_thread())
        return predict(*args, **kwargs)

    monkeypatch.setattr(module, "predict", spying)  # only threads of this process can see it
    with joblib.parallel_config(backend="threading", n_jobs=2):
        found = quick(data)
    assert threads - {threading.main_thread()}
    pd.testing.assert_frame_equal(found.probabilities, quick(data).probabilities, rtol=1e-5)


def test_a_backend_that_hands_over_all_results_at_once_will_do(data):
    """As Ray's does, whose base class is this one."""
    said = []

    class Plain(ThreadingBackend):
        supports_return_generator = False

    with joblib.parallel_config(backend=Plain(), n_jobs=2):
        found = quick(data, progress=said.append)
    assert said[-1] == "4 of 4"
    pd.testing.assert_frame_equal(found.probabilities, quick(data).probabilities)


def test_no_more_processes_than_replicates_are_started(data, monkeypatch):
    asked = []

    class Spying(joblib.Parallel):
        def __init__(self, n_jobs=None, **how):
            asked.append(n_jobs)
            super().__init__(n_jobs=1, **how)

    monkeypatch.setattr(joblib, "Parallel", Spying)
    for jobs in (1000, 2, -1, None):
        quick(data, replicates=3, jobs=jobs)
    assert asked == [3, 2, -1, None]


def test_progress_is_told_after_every_replicate(data):
    said: list[str] = []
    quick(data, progress=said.append)
    assert said == ["1 of 4", "2 of 4", "3 of 4", "4 of 4"]


def test_every_replicate_honours_what_is_known(data):
    a, b, c, d = data.columns
    knowledge = Knowledge(required=[(d, a)], forbidden=[(a, b), (b, a)], leaves=[c])
    for refine in (False, True):
        found = quick(data, knowledge=knowledge, refine=refine)
        assert found.frequencies.at[d, a] == 1
        assert (d, a) in found.graph.edges
        assert found.frequencies.at[a, b] == found.frequencies.at[b, a] == 0
        assert found.frequencies.loc[c].sum() == 0


def test_missing_values_and_interventions_are_taken(data):
    holes = data.mask(np.random.default_rng(0).random(data.shape) < 0.1)
    mask = np.zeros(data.shape, dtype=bool)
    mask[:30, 2] = True
    assert len(quick(holes, intervened=mask).graphs) == 4
    table = observations(holes, intervened=mask, missing=True)
    pd.testing.assert_frame_equal(quick(table).probabilities, quick(holes, intervened=mask).probabilities)


@pytest.mark.parametrize(
    ("how", "words"),
    [
        ({"replicates": 0}, ["replicates is 0", "at least 1"]),
        ({"replicates": -3}, ["replicates is -3", "at least 1"]),
        ({"jobs": 0}, ["jobs is 0", "-1"]),
        ({"seed": -1}, ["seed is -1", "from 0"]),
        ({"resample": "jackknife"}, ["'jackknife'", "'half', 'bootstrap'"]),
        ({"knowledge": Knowledge(roots=["zebra"])}, ["'zebra'"]),
        ({"intervened": np.zeros((3, 3))}, ["(3, 3)", "(120, 4)"]),
        ({"model": "edge-transfomer"}, ["There is no model 'edge-transfomer'"]),
    ],
)
def test_what_makes_no_sense_is_refused(data, how, words, one_sentence):
    with one_sentence(*words):
        quick(data, **how)


def test_few_rows_are_not_halved(data, one_sentence):
    with one_sentence("Half of 39 rows", "give more rows", "'bootstrap'"):
        quick(data.head(39))
    assert len(quick(data.head(40)).graphs) == len(quick(data.head(39), resample="bootstrap").graphs) == 4


@pytest.mark.parametrize("n_jobs", [1, 2])
def test_a_failure_names_its_replicate(data, monkeypatch, n_jobs):
    """A mistake of the user's stays one sentence; anything else keeps its kind and gets a note."""
    third, failing = draw(plan(data, "half"), 2).frame, {"with": InputError("Too bad.")}

    def sometimes(table, **how):
        if table.frame.equals(third):
            raise failing["with"]
        return predict(table, **how)

    monkeypatch.setattr(module, "predict", sometimes)
    with joblib.parallel_config(backend="threading", n_jobs=n_jobs):
        with pytest.raises(InputError, match=r"^Replicate 3 failed: Too bad\.$"):
            quick(data)
        failing["with"] = np.linalg.LinAlgError("singular")
        with pytest.raises(np.linalg.LinAlgError) as caught:
            quick(data)
    assert caught.value.__notes__ == ["This happened in replicate 3 with the seed 0."]
