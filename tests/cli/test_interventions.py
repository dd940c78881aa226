"""`--do` on the command line."""

import re

import hypothesis.strategies as st
import pytest
from hypothesis import given

from cli.parsing import file_names, joined, label, parse_interventions, requested_interventions
from foundation_causal.columns.schema import Schema
from mechanisms.queries.interventions import Shift

finite = st.floats(allow_nan=False, allow_infinity=False)
words = st.text(st.characters(exclude_categories=["Cs", "Cc", "Z"]), min_size=1, max_size=12)
# A name may hold a comma or an equals sign; where it begins or ends with one, the text is ambiguous.
names = st.lists(
    words.filter(lambda name: "=" not in name and name.strip(",") == name),
    min_size=1,
    max_size=5,
    unique=True,
)


@given(names, st.data())
def test_what_is_written_is_read(columns, data):
    chosen = data.draw(st.lists(st.sampled_from(columns), min_size=1, unique=True))
    setting = {name: data.draw(finite) for name in chosen}
    text = ",".join(f"{name}={value!r}" for name, value in setting.items())
    assert parse_interventions([text], Schema.numeric(columns)) == [setting]


def test_names_with_equals_signs_and_spaces():
    assert parse_interventions(["a=b=2", " c d = 3 "], Schema.numeric(["a=b", "c d"])) == [
        {"a=b": 2.0},
        {"c d": 3.0},
    ]


def test_repeated_interventions_count_once():
    assert parse_interventions(["X=2", "X=2.0", "X=3"], Schema.numeric(["X"])) == [{"X": 2.0}, {"X": 3.0}]


@given(st.lists(st.dictionaries(words, finite, min_size=1, max_size=4), max_size=6))
def test_file_names_are_unique_and_fit_every_file_system(settings):
    files = file_names(settings)
    assert len({name.lower() for name in files}) == len(settings)
    for name in files:
        assert re.fullmatch(r"do_[\w.,=+~-]*\.csv", name)
        assert len(name.encode()) <= 255


def test_joint_intervention(one_sentence):
    assert joined([{"X": 1.0}, {"Y": 2.0, "X": 1.0}]) == {"X": 1.0, "Y": 2.0}
    with one_sentence("'X'", "1.0", "2.0"):
        joined([{"X": 1.0}, {"X": 2.0}])


def test_shifts():
    requested = requested_interventions(["X=2"], ["X=+1.5,Y=-1", "X=1.50,Y=-1.0"], Schema.numeric(["X", "Y"]))
    assert requested == [{"X": 2.0}, {"X": Shift(1.5), "Y": Shift(-1.0)}]
    assert [label(setting) for setting in requested] == ["X = 2", "X + 1.5, Y - 1"]
    assert file_names(requested) == ["do_X=2.0.csv", "shift_X=+1.5,Y=-1.0.csv"]


def test_set_and_shifted_at_once(one_sentence):
    assert joined([{"X": 1.0}, {"Y": Shift(2.0)}]) == {"X": 1.0, "Y": Shift(2.0)}
    with one_sentence("'X'", "set to 1.0", "shifted by 2.0"):
        joined([{"X": 1.0}, {"X": Shift(2.0)}])
    with one_sentence("--shift 'X=high' shifts 'X' by 'high'", "write for example --shift X=2.0"):
        requested_interventions([], ["X=high"], Schema.numeric(["X"]))
    with one_sentence("--do 'X=nan' sets 'X' to 'nan'"):
        requested_interventions(["X=nan"], [], Schema.numeric(["X"]))
    with one_sentence("--shift 'X=1,X=2' names 'X' twice"):
        requested_interventions([], ["X=1,X=2"], Schema.numeric(["X"]))


def test_label():
    assert label({"PKA": 2.0, "PKC": 0.51}) == "PKA = 2, PKC = 0.51"


def test_mistakes_can_be_mended_by_copying(one_sentence):
    columns = ["dose [mg/kg]", "age (years)"]
    with one_sentence("did you mean 'dose [mg/kg]'"):
        parse_interventions(["Dose=2"], Schema.numeric(columns))
    with one_sentence("write for example --do 'dose [mg/kg]=2.0'"):
        parse_interventions(["dose [mg/kg]=high"], Schema.numeric(columns))


@pytest.mark.parametrize("text", ["X", "=2", "X=two", "X=inf", "X=1,Y", "Y=1"])
def test_mistakes_are_one_sentence(text, one_sentence):
    with one_sentence("--do", f"'{text}'"):
        parse_interventions([text], Schema.numeric(["X"]))
