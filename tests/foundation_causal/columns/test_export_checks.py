"""Codes for missing values, rows of totals, units with several rows, labels written in several ways."""

import warnings

import networkx as nx
import numpy as np
import pandas as pd
import pytest

import foundation_causal as fc
from foundation_causal.columns.export_checks import codes_of, is_name


@pytest.fixture
def people() -> pd.DataFrame:
    """Three hundred people: age -> pressure, and answers from 1 to 5."""
    rng = np.random.default_rng(0)
    age = rng.integers(18, 80, 300)
    answer = np.clip(np.rint(age / 20 + rng.normal(size=300)), 1, 5)
    pressure = (100 + 0.5 * age + rng.normal(0, 8, 300)).round(1)
    return pd.DataFrame({"age": age, "pressure": pressure, "answer": answer.astype(int)})


def found_in(table: pd.DataFrame, kind: str) -> list:
    return [finding for finding in fc.check(table) if finding.kind == kind]


@pytest.mark.parametrize(
    ("column", "code", "rows"),
    [
        ("pressure", -999, 1),
        ("pressure", 9999, 12),
        ("age", 999, 1),
        ("age", -1, 3),
        ("age", -99, 1),
        ("answer", 9, 5),
        ("answer", 99, 20),
        ("answer", -9, 5),
        ("answer", 8, 5),
    ],
)
def test_codes_for_missing_values_are_said_with_their_number(people, column, code, rows):
    coded = people.copy()
    coded.loc[coded.index[::10][:rows], column] = code
    (found,) = found_in(coded, "missing code")
    assert found.columns == (column,)
    assert found.sentence.startswith(f"'{column}' is {code} in {rows} row")
    assert found.figure == pytest.approx(rows / 300)
    assert not found_in(coded, "outliers")


def test_the_advice_of_the_sentence_makes_gaps(people):
    coded = people.copy()
    coded.loc[::10, ["pressure", "age"]] = 999
    coded.loc[::7, "answer"] = 8
    coded.loc[::11, "answer"] = 9
    both, several = found_in(coded, "missing code")
    assert (both.columns, several.columns) == (("age", "pressure"), ("answer",))
    assert "'answer' is 9, 8 in " in several.sentence
    advice = several.sentence.split(" (")[-1].removesuffix(").")
    coded["answer"] = eval(advice, {"data": coded})
    assert coded["answer"].dropna().between(1, 5).all()
    assert len(found_in(coded, "missing code")) == 1


@pytest.mark.parametrize(
    "values",
    [
        np.arange(0, 100),  # 99 beside 98
        np.r_[np.arange(18, 80), 99],  # somebody is as old
        np.r_[np.repeat(np.arange(0, 30), 6), [-1] * 4],  # the last degree of frost
        np.tile([-1, 0, 1], 30),
        np.tile([-1, 0, 1, 2, 3], 30),
        np.r_[np.arange(-60, 60), -99],  # temperatures; a single one may be one
        np.r_[np.random.default_rng(0).poisson(3, 200), 9, 9],
        np.r_[np.random.default_rng(0).lognormal(3, 2, 500)],
        np.tile([1, 9], 30),
        np.tile([0, 1, 2, 3, 4, 5, 6, 7, 9], 30),  # a scale of ten levels, one of which nobody chose
        np.r_[np.random.default_rng(0).integers(100, 900, 60), 999],
        np.r_[np.zeros(10), np.full(200, 99.0), np.ones(10)],  # most of the column
    ],
)
def test_measurements_are_no_codes(values):
    assert codes_of(np.asarray(values, dtype=float)) == ()


def test_simulated_tables_have_nothing_of_an_export():
    kinds = {"missing code", "row of totals", "repeated units", "alike labels", "identifier"}
    for name in ("p-in", "wide", "avici-wide", "mixed"):
        batch = fc.prior(name).draw(scms=30, d=8, n=150, seed=5)
        for k in range(30):
            assert not kinds & set(fc.check(batch.frame(k)).kinds)


@pytest.mark.parametrize("how", ["sum", "mean"])
def test_a_row_of_sums_or_means_is_found(people, how):
    summed = people.drop(columns="answer").agg(how)
    table = pd.concat([people, summed.to_frame().T], ignore_index=True)
    (found,) = found_in(table, "row of totals")
    assert found.columns == ("age", "pressure")
    assert found.sentence == (
        f"The last row holds the {how}s of 'age', 'pressure' over the rows above it: leave it out."
    )
    assert not found_in(table.iloc[::-1], "row of totals"), "it is no last row"
    assert not found_in(people.fillna(people.mean()), "row of totals")


def test_a_row_that_is_called_a_total_needs_one_sum_or_none(people):
    table = people.assign(town=np.random.default_rng(1).choice(["A", "B"], 300))
    last = pd.DataFrame([{"town": "Total", "age": people.age.sum(), "pressure": 1.0}])
    (found,) = found_in(pd.concat([table, last]), "row of totals")
    assert found.columns == ("age",)
    (found,) = found_in(pd.concat([table, last.assign(age=40)]), "row of totals")
    assert found.sentence.startswith("The last row, and no other, is called 'Total' in 'town': ")


def test_gaps_filled_by_the_mean_are_no_row_of_means(people):
    gaps = people.astype(float).mask(np.random.default_rng(2).random(people.shape) < 0.1)
    gaps.iloc[-1] = np.nan
    assert not found_in(gaps.fillna(gaps.mean()), "row of totals")


def test_units_with_several_rows_are_said_by_name(people):
    for ids in (np.repeat(np.arange(60) * 7, 5), [f"P{k // 5}" for k in range(300)]):
        (found,) = found_in(people.assign(patient_id=ids), "repeated units")
        assert (found.columns, found.figure) == (("patient_id",), 5.0)
    many = people.assign(patient_id=[f"P{k // 2}" for k in range(300)])  # too many to be levels
    (found,) = found_in(many, "repeated units")
    assert found.figure == 2.0
    assert not found_in(people.assign(site_id=np.arange(300) % 4), "repeated units"), "groups are no units"
    assert not found_in(people.assign(dose=np.repeat(np.arange(60) * 7, 5)), "repeated units")
    (found,) = found_in(people.assign(ID=np.random.default_rng(3).permutation(300) * 3), "identifier")
    assert found.sentence.startswith("'ID' has another number in every row, ")
    assert [name for name in ("paid", "COVID", "userId", "id") if is_name(name)] == ["userId", "id"]


def test_labels_written_in_several_ways(people):
    rng = np.random.default_rng(4)
    table = people.assign(
        smoker=rng.choice(["yes", "Yes ", "Y", "no"], 300), town=rng.choice(["A", "B"], 300)
    )
    (found,) = found_in(table, "alike labels")
    assert (found.columns, found.figure) == (("smoker",), 3.0)
    assert not found_in(table.assign(smoker=rng.choice(["Y", "N"], 300)), "alike labels")


@pytest.mark.parametrize(
    "labels",
    [
        ("A", "A-", "B+", "B"),
        ("AB", "AB-", "0"),
        ("1.0", "1-0", "x"),
        ("N", "NO", "O", "SO"),  # winds
        ("AA", "Aa", "aa"),  # genotypes
        ("T", "true north"),
    ],
)
def test_labels_that_signs_tell_apart_are_not_alike(people, labels):
    table = people.assign(label=np.random.default_rng(1).choice(labels, 300))
    assert not found_in(table, "alike labels")


def test_labels_with_other_signs_between_words_are_alike(people):
    for labels in (("New York", "new-york", "Boston"), ("type 1", "Type_1", "2"), ("n", "No", "yes")):
        table = people.assign(label=np.random.default_rng(1).choice(labels, 300))
        assert found_in(table, "alike labels")


def test_the_library_warns_with_a_graph_and_without(people):
    table = people.copy()
    table.loc[::10, "pressure"] = -999
    graph = nx.DiGraph([("age", "pressure"), ("age", "answer")])
    for call in (
        lambda: fc.infer(table, graph, mechanisms="least-squares"),
        lambda: fc.discover(table, refine=False),
    ):
        with pytest.warns(fc.MissingCodeWarning, match=r"^'pressure' is -999 in 30 rows, ") as caught:
            call()
        assert {one.filename for one in caught if one.category is fc.MissingCodeWarning} == {__file__}
    with warnings.catch_warnings():
        warnings.simplefilter("error", fc.DataWarning)
        fc.infer(people, graph)
    summed = pd.concat([people, people.sum().to_frame().T])
    with pytest.warns(fc.TotalsRowWarning):
        fc.infer(summed, graph)
    with pytest.warns(fc.RepeatedUnitsWarning):
        fc.discover(people.assign(patient_id=np.repeat(np.arange(60) * 7, 5)), refine=False)
    with pytest.warns(fc.AlikeLabelsWarning):
        fc.discover(people.assign(sex=np.tile(["male", "Male", "female"], 100)), refine=False)
