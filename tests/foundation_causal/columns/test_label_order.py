"""Bands of numbers and scales of questionnaires are ordinal; what only looks like them is not."""

import numpy as np
import pandas as pd
import pytest

import foundation_causal as fc
from foundation_causal.columns.label_order import in_order


@pytest.mark.parametrize(
    "labels",
    [
        ("18-24", "25-34", "35-44", "65+"),
        ("under 20", "20 to 39", "40 to 59", "60 and over"),
        ("<18", "18 \u2013 64", "≥65"),
        ("<40k", "40k-60k", "60k-80k", ">80k"),
        ("$0 - $9,999", "$10,000 - $49,999", "$50,000 or more"),
        ("40-60k", "60-80k", "more than 80k"),
        ("(0, 20]", "(20, 40]", "(40, 60]"),
        ("[-5.5, 0.0)", "[0.0, 5.0)", "[5.0, inf)"),
        ("0", "1", "2", "3+"),
        ("0", "1-2", "3-5", "6 or more"),
        ("0-4 years", "5-14 years", "15-24 years old"),
        ("1%-5%", "5%-10%", "10%-20%"),
        ("1 hour", "2-4 hours", "5 hours or more"),
        ("$100k-$1M", "$1M-$2M", "over $2M"),
        ("Strongly disagree", "Disagree", "Neither agree nor disagree", "Agree", "Strongly agree"),
        ("disagree", "neutral", "agree"),
        ("1 - Strongly disagree", "3 - Neutral", "5 - Strongly agree"),
        ("Never", "Rarely", "Sometimes", "Often", "Always"),
        ("low", "medium", "HIGH"),
        ("none", "mild", "moderate", "severe"),
        ("poor", "fair", "good", "excellent"),
        ("First", "Second", "Third"),
    ],
)
def test_an_evident_order_is_found_whatever_the_order_of_the_rows(labels):
    rng = np.random.default_rng(0)
    for _ in range(3):
        found = in_order([labels[k] for k in rng.permutation(len(labels))])
        assert found is not None
        assert found.labels == labels


@pytest.mark.parametrize(
    "labels",
    [
        ("A", "B", "C"),
        ("I", "II", "III"),  # arms of a trial are called so, too
        ("18-24", "25-34"),  # two labels are binary
        ("18-30", "25-34", "35-44"),
        ("18-24", "25-34", "unknown"),
        ("2-1", "1-1", "0-2"),  # results of matches
        ("2019-20", "2020-21", "2021-22"),
        ("agree", "disagree", "don't know"),
        ("often", "frequently", "never"),  # two words for one place
        ("low", "good", "often"),
        ("1 North", "2 South", "3 West"),  # codes before names
        ("Mon", "Tue", "Wed"),
        ("12 mg", "15 mg", "20 mg"),  # numbers with a unit
        ("3-6 days", "1-2 weeks", "more than 8 weeks"),  # several units
        ("6-11 months", "1 year", "2-5 years"),
        ("6-11m", "1y", "2-5y"),
    ],
)
def test_labels_without_an_evident_order_have_none(labels):
    assert in_order(labels) is None


def test_such_columns_are_ordinal_and_answers_come_in_their_order():
    rng = np.random.default_rng(1)
    age = rng.integers(18, 80, 300)
    bands = pd.cut(age, [17, 34, 64, 99], labels=["18-34", "35-64", "65+"]).astype(str)
    trust = np.array(["Low", "Medium", "High"])[np.digitize(age / 20 + rng.normal(size=300), [2, 3])]
    table = pd.DataFrame({"age": bands, "trust": trust, "noise": rng.normal(size=300)})
    schema = fc.observations(table).schema
    assert schema["age"].labels == ("18-34", "35-64", "65+")
    assert (schema["trust"].kind, schema["trust"].labels) == ("ordinal", ("Low", "Medium", "High"))
    assert schema.table()["because"].tolist() == ["bands of numbers", "words of one scale", "numbers"]
    assert fc.observations(table, types={"age": "categorical"}).schema["age"].kind == "categorical"
    as_categories = table.astype({"age": "category"})
    assert fc.observations(as_categories).schema["age"].kind == "categorical", "as the user's dtype says"
    assert fc.observations(as_categories, types={"age": "ordinal"}).schema["age"].labels[-1] == "65+"
    effect = fc.infer(table, [("age", "trust"), ("age", "noise")]).effect("age", "trust", ("18-34", "65+"))
    assert effect["level"].drop_duplicates().tolist() == ["Low", "Medium", "High"]
    assert effect.query("level == 'High' and baseline == '18-34'")["mean"].item() > 0.3


def test_counts_with_an_open_end_are_no_broken_numbers():
    rng = np.random.default_rng(2)
    children = rng.choice(["0", "1", "2", "3+"], 200)
    schema = fc.observations(pd.DataFrame({"children": children, "x": rng.normal(size=200)})).schema
    assert (schema["children"].kind, schema["children"].labels) == ("ordinal", ("0", "1", "2", "3+"))
