"""What a table is warned of: by `discover`, once by `bootstrap`, and never by an evaluation."""

import warnings

import networkx as nx
import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

import foundation_causal as fc
from discovery.network.pair_statistics import ROWS_SEEN, TYPED_ROWS_SEEN
from discovery.table_warnings import about_columns, about_thinning
from foundation_causal.errors import quoted


@pytest.fixture(scope="module")
def good() -> pd.DataFrame:
    """Sixty rows of a -> b -> c."""
    noise = np.random.default_rng(0).laplace(size=(60, 3))
    return pd.DataFrame(noise @ np.triu(np.ones((3, 3))), columns=list("abc"))


def bad(good: pd.DataFrame) -> pd.DataFrame:
    """Few rows, of which one column counts and two are the same."""
    return good.head(25).assign(id=range(7, 32), copy=good["b"])


SENTENCES = {
    fc.FewRowsWarning: f"25 rows: the structure network was trained on {ROWS_SEEN[0]:,} to {ROWS_SEEN[1]:,}; "
    "expect wrong edges.",
    fc.RowCounterWarning: "'id' only counts the rows: leave it out unless that is a measurement.",
    fc.RepeatedColumnWarning: "'b', 'copy' hold the same values: leave one of them out.",
}


def test_discover_warns_of_the_table_at_the_users_line(good):
    with pytest.warns() as caught:
        fc.discover(bad(good), refine=False)
    assert {one.category: str(one.message) for one in caught} == SENTENCES
    assert len(caught) == 3
    assert {one.filename for one in caught} == {__file__}


def test_the_network_for_other_types_says_its_own_rows(good):
    first, last = TYPED_ROWS_SEEN
    seen = f"trained on {first:,} to {last:,}"
    with pytest.warns(fc.FewRowsWarning, match=f"^{first - 1} rows: the structure network was {seen}"):
        fc.discover(good.head(first - 1).assign(sign=good["a"] > 0), refine=False)


def test_fewer_rows_than_columns_are_said():
    wide = np.random.default_rng(0).normal(size=(32, 40))
    with pytest.warns(fc.FewRowsWarning, match=r"^32 rows for 40 variables leave the graph uncertain: "):
        fc.discover(wide, refine=False)


def test_whoever_calls_discover_for_the_user_warns_at_the_users_line(good):
    truth = nx.DiGraph([("a", "b"), ("b", "c")])
    truth.add_nodes_from(["id", "copy"])
    for call in (
        lambda: fc.infer(bad(good), mechanisms="least-squares"),
        lambda: fc.evaluate_structure(bad(good), truth, refine=False),
    ):
        with pytest.warns() as caught:
            call()
        assert {one.category: one.filename for one in caught if one.category in SENTENCES} == dict.fromkeys(
            SENTENCES, __file__
        )


def test_resampling_warns_once_and_of_the_whole_table(good):
    with pytest.warns() as caught:
        fc.bootstrap(bad(good), replicates=3, refine=False, resample="bootstrap")
    assert [one.category for one in caught] == list(SENTENCES)
    assert {one.filename for one in caught} == {__file__}
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        fc.bootstrap(good.head(40), replicates=2, refine=False)  # 20 rows at a time, as is asked for


def test_a_good_table_raises_no_word(good):
    with warnings.catch_warnings():
        warnings.simplefilter("error", fc.DataWarning)
        fc.discover(good)
        fc.discover(good.mask(good > 3))


def test_a_suite_is_not_warned_of():
    with warnings.catch_warnings():
        warnings.simplefilter("error", fc.DataWarning)
        table = fc.evaluate_suite(
            "cond-fip-scarce", methods=["network"], first=1, mechanism="LIN", distribution="IN", d=10, n=25
        )
    assert table["failures"].tolist() == [0]


shapes = st.tuples(st.integers(2, 5), st.integers(1, 5))


@given(arrays(np.float64, shapes, elements=st.sampled_from([0.0, -0.0, 1.0, 2.0, np.nan])))
def test_columns_that_repeat_another_are_those_equal_to_an_earlier_one(values):
    frame = pd.DataFrame(values).add_prefix("x")
    expected = []
    for later in range(values.shape[1]):
        same = np.flatnonzero((values[:, :later] == values[:, [later]]).all(0))
        if len(same):
            expected.append(quoted(frame.columns[[same[0], later]]))
    found = [one for one in about_columns(frame) if isinstance(one, fc.RepeatedColumnWarning)]
    assert [str(one).split(" hold")[0] for one in found] == expected


def test_rows_of_discrete_tables_are_said_as_they_count():
    assert not list(about_thinning(20_000, 3, True, discrete=True))
    (said,) = about_thinning(20_001, 3, True, discrete=True)
    assert str(said) == "The graph is scored on 20,000 of the 20,001 rows, evenly spread."
