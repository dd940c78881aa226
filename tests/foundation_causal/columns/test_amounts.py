"""Codes that look like numbers with a unit, and values with a percent sign where a number belongs."""

import numpy as np
import pandas as pd
import pytest

import foundation_causal as fc
from cli.parsing import between, parse_conditions, parse_interventions
from foundation_causal.columns.schema import Schema
from foundation_causal.observations import observations
from foundation_causal.table_files import read_table


def kind_of(words, **types):
    table = pd.DataFrame({"x": np.arange(40.0) ** 2, "room": words * 10})
    return observations(table, types=types).schema["room"].kind


def test_codes_with_leading_zeros_are_labels(one_sentence):
    assert kind_of(["007A", "101A", "102A", "205A"]) == "categorical"
    assert kind_of(["010g", "020g", "030g", "110g"]) == "categorical"
    with one_sentence("'room'", "'007A'"):
        kind_of(["007A", "101A", "102A", "205A"], room="continuous")


def test_whole_numbers_with_a_capital_letter_are_asked_about(one_sentence):
    words = ["101A", "102A", "207A", "208A"]
    with one_sentence("'101A'", "codes or numbers", "categorical or continuous"):
        kind_of(words)
    assert kind_of(words, room="categorical") == "categorical"
    assert kind_of(words, room="continuous") == "continuous"
    for clear in (["101 A", "2 A", "3 A", "4 A"], ["1.5A", "2A", "3A", "4A"], ["10g", "20g", "30g", "110g"]):
        assert kind_of(clear) == "ordinal"
    assert kind_of(["101A", "102B", "207A", "208A"]) == "categorical"


def test_digits_around_an_e_are_asked_about_in_tables_and_files(one_sentence, tmp_path):
    words = ["12E5", "7E10", "12E6", "3E1"]
    with one_sentence("'12E5'", "codes or numbers", "categorical or continuous"):
        kind_of(words)
    assert kind_of(words, room="continuous") == "continuous"
    assert kind_of(["1.2E+06", "7E-1", "12", "3e1"]) == "ordinal"
    table = pd.DataFrame({"x": np.arange(40.0) ** 2, "room": words * 10, "far": ["1.5E6", "2E6"] * 20})
    table.to_csv(tmp_path / "rooms.csv", index=False)
    read = read_table(tmp_path / "rooms.csv")
    assert read["room"].tolist() == words * 10
    assert read["far"].tolist() == [1.5e6, 2e6] * 20
    schema = observations(read, types={"room": "categorical"}).schema
    assert schema["room"].labels == ("12E5", "12E6", "3E1", "7E10")
    assert parse_interventions(["room=12E5"], schema) == [{"room": "12E5"}]


@pytest.mark.parametrize(
    "ask",
    [
        lambda schema: parse_interventions(["tax=10%"], schema),
        lambda schema: parse_interventions(["tax=10%"], schema, "--shift"),
        lambda schema: parse_conditions(["tax=10%:20"], schema),
        lambda schema: between(schema["tax"], "10%", "20%", 2),
        lambda schema: schema["tax"].number("10%"),
    ],
)
def test_what_to_write_for_percent_is_said(ask, one_sentence):
    with one_sentence("write 10 where 'tax' is in percent, or 0.1 where it is in shares of one"):
        ask(Schema.numeric(["tax", "pay"]))


def test_a_do_with_percent_is_refused_in_that_sentence():
    rows = np.random.default_rng(0).normal(size=(40, 2))
    model = fc.infer(pd.DataFrame(rows, columns=["tax", "pay"]), [("tax", "pay")])
    with pytest.raises(fc.InputError, match="write 10 where"):
        model.do({"tax": "10%"})
