"""A bounded run of benchmarks/trust/fuzz.py: odd inputs end in an answer or in one sentence."""

from random import Random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from benchmarks.trust import fuzz

SLOW = {"discover", "infer", "command", "without_graph", "integers", "mediation", "effects", "weights"}
SLOW |= {entry.__name__ for entry in fuzz.more_entries.ENTRIES} - {
    *("write_knowledge", "graph_from_lingam", "check_admg", "scores"),
}
QUICK = [entry for entry in fuzz.ENTRIES if entry.__name__ not in SLOW]
FEW = {"integers": 12, "effects": 8, "mediation": 2, "infer": 3, "discover": 3, "weights": 8}


@pytest.fixture(scope="module", autouse=True)
def _warm():
    fuzz.known()


@pytest.mark.parametrize("entry", QUICK, ids=lambda entry: entry.__name__)
def test_odd_input_ends_well(entry):
    @settings(max_examples=12, database=None)
    @given(st.randoms(use_true_random=False))
    def ends_well(random: Random) -> None:
        kind, what = fuzz.ending(entry, random)
        assert kind in fuzz.GOOD, (kind, what)

    ends_well()


@pytest.mark.parametrize("entry", [e for e in fuzz.ENTRIES if e.__name__ in FEW], ids=lambda e: e.__name__)
def test_odd_input_ends_well_where_it_takes_longer(entry):
    for i in range(FEW[entry.__name__]):
        kind, what = fuzz.outcome(entry, i)
        assert kind in fuzz.GOOD, (i, kind, what)


def test_every_bad_ending_is_told_from_a_good_one():
    def ends(error=None, answer=None):
        def entry(random):
            if error is not None:
                raise error
            return answer

        return fuzz.ending(entry, Random(0))[0]

    assert ends(answer=[1.0]) == "answer"
    assert ends(fuzz.InputError("There is no 'a. b'; use c.")) == "one sentence"
    assert ends(fuzz.InputError("No. Never.")) == "not one sentence"
    assert ends(KeyError("x")) == "traceback"
    assert ends(answer=fuzz.np.array([1.0, fuzz.np.inf])) == "not finite"
