"""Many tables at a time: the answers are those of a loop, in order, and one bad table harms no other."""

import warnings

import numpy as np
import pandas as pd
import pytest

import discovery.many.discover_many as module
from discovery.knowledge import Knowledge
from discovery.many.discover_many import Settings, Task, batches, discover_many, discovered
from discovery.network.answers import Question
from discovery.pipeline import discover
from discovery.preparation import rows_of
from foundation_causal.errors import FailedTableWarning, FewRowsWarning
from foundation_causal.observations import observations
from foundation_causal.parallel import many
from foundation_causal.parallel.many import FailedTable
from foundation_causal.runs import Unfinished
from foundation_causal.simulate import p_in

SAME = 1e-5  # single precision rounds sums of 1 at 1e-7, and the search multiplies odds


@pytest.fixture(scope="module")
def tables() -> dict[str, pd.DataFrame]:
    """Two sizes, labels, a gap, and a table that cannot be used."""
    small, wide = (p_in(["linear"]).draw(scms=3, d=d, n=60, seed=d) for d in (3, 5))
    levels = small.frame(2)
    levels["X1"] = np.where(levels["X1"] > levels["X1"].median(), "yes", "no")
    gap = small.frame(2)
    gap.iloc[3, 1] = np.nan
    bad = pd.DataFrame({"a": np.ones(30), "b": np.arange(30.0)})
    named = {"one": small.frame(0), "wide": wide.frame(0), "bad": bad, "two": small.frame(1)}
    return {**named, "wide two": wide.frame(1), "levels": levels, "gap": gap}


@pytest.fixture(scope="module")
def found(tables):
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        return discover_many(tables)


def test_the_answers_are_those_of_a_loop(tables, found):
    assert list(found) == list(tables)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        for name in set(tables) - {"bad"}:
            alone, one = discover(tables[name]), found[name]
            assert set(one.graph.edges) == set(alone.graph.edges)
            pd.testing.assert_frame_equal(one.probabilities, alone.probabilities, rtol=0, atol=SAME)
            pd.testing.assert_frame_equal(one.confounded, alone.confounded, rtol=0, atol=SAME)
            assert (one.family, one.hidden) == (alone.family, alone.hidden)


def test_a_bad_table_says_which_and_why_and_harms_no_other(tables, found):
    assert isinstance(found["bad"], FailedTable)
    assert found["bad"].table == "bad"
    assert "The same value stands everywhere in the column 'a'" in found["bad"].reason
    assert sum(isinstance(one, FailedTable) for one in found.values()) == 1


def test_a_list_gives_a_list_and_failures_are_warned_of_once(tables):
    with pytest.warns(FailedTableWarning, match="1 of 2 tables have no answer, but a reason: '0'"):
        first, second = discover_many([tables["bad"], tables["one"]], refine=False)
    assert first.table == 0
    assert second.probabilities.shape == (3, 3)


def test_failures_are_raised_where_that_is_asked(tables, one_sentence):
    with one_sentence("Table 1: The same value"):
        discover_many([tables["one"], tables["bad"]], refine=False, on_error="raise")


def test_warnings_come_once_a_kind_with_the_number_of_tables():
    batch = p_in(["linear"]).draw(scms=3, d=3, n=25, seed=0)
    with pytest.warns(FewRowsWarning, match="3 of 3 tables, the first 0: 25 rows") as caught:
        discover_many([batch.frame(k) for k in range(3)], refine=False)
    assert sum(warning.category is FewRowsWarning for warning in caught) == 1


def test_tables_of_one_size_go_through_the_networks_together(tables, monkeypatch):
    sizes = []
    plain = module.batch_answers
    monkeypatch.setattr(
        module, "batch_answers", lambda asked, *how: sizes.append(len(asked)) or plain(asked, *how)
    )
    discovered([Task(table) for table in tables.values()], Settings(refine=False))
    assert sorted(sizes) == [1, 1, 2, 2]  # with levels; with a gap; the two sizes


def test_what_fails_in_a_batch_is_asked_again_alone(tables, monkeypatch):
    plain = module.batch_answers

    def refusing(asked, *how):
        if len(asked) > 1:
            raise RuntimeError("too large")
        return plain(asked, *how)

    monkeypatch.setattr(module, "batch_answers", refusing)
    done = discovered([Task(tables["one"]), Task(tables["two"])], Settings(refine=False))
    assert all(one.failure is None for one in done)


def test_large_tables_go_alone():
    rows = rows_of(observations(np.random.default_rng(0).normal(size=(2000, 30))))
    assert batches({0: Question(rows), 7: Question(rows)}) == [[0], [7]]


def test_what_is_known_holds_for_every_table(tables):
    known = Knowledge(required=[("X3", "X1")])
    one, two = discover_many([tables["one"], tables["two"]], knowledge=known)
    assert one.graph.has_edge("X3", "X1")
    assert two.graph.has_edge("X3", "X1")


def test_a_table_whose_process_dies_is_tried_again_alone(tables, monkeypatch):
    asked = []

    def dying(work, jobs_of, *, jobs):
        for job in jobs_of:
            asked.append(job.places)
            died = 0 in job.places  # whoever works on the first table dies
            yield job, Unfinished("its process ended with the code -9") if died else work(job)

    monkeypatch.setattr(many, "finished", dying)
    monkeypatch.setattr(many, "CHUNKS_EACH", 1)
    with pytest.warns(FailedTableWarning):
        first, second = discover_many([tables["one"], tables["two"]], refine=False)
    assert asked == [[0, 1], [0], [1]]
    assert first.reason == "It has no answer, because its process ended with the code -9."
    assert second.probabilities.shape == (3, 3)


def test_networks_on_a_named_device_are_copies_that_answer_alike(tables):
    (here,) = discover_many([tables["one"]], refine=False)
    (there,) = discover_many(
        [tables["one"]], refine=False, device="cpu:0"
    )  # as for "cuda", the network moves
    pd.testing.assert_frame_equal(here.probabilities, there.probabilities)


def test_progress_is_told_after_every_table(tables):
    words: list[str] = []
    discover_many([tables["one"], tables["two"]], refine=False, progress=words.append)
    assert words == ["1 of 2", "2 of 2"]


@pytest.mark.parametrize(
    ("tables", "how", "words"),
    [
        ([], {}, "There are no tables"),
        (5, {}, "type int"),
        ([1], {"on_error": "pass"}, "on_error is 'pass'"),
        ([1], {"jobs": 0}, "jobs is 0"),
        ([1], {"device": "abacus"}, "no device 'abacus'"),
        ([1], {"model": "no such"}, "no model 'no such'"),
        ([1], {"cluster": "nowhere"}, "is no address"),
    ],
)
def test_what_makes_no_sense_is_refused(tables, how, words, one_sentence):
    with one_sentence(words):
        discover_many(tables, **how)
