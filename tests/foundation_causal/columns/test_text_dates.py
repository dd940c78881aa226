"""Dates in text: read where the column shows what day and month are, and refused where nothing does."""

import numpy as np
import pandas as pd
import pytest

from foundation_causal.columns.text_dates import dates_of
from foundation_causal.errors import InputError
from foundation_causal.observations import observations, rows_like

DAYS = pd.date_range("2023-12-20", periods=60, freq="3D")
FORMS = [
    "%d/%m/%Y",
    "%m/%d/%Y",
    "%d.%m.%Y",
    "%Y/%m/%d",
    "%d-%b-%Y",
    "%B %d, %Y",
    "%m/%d/%Y %H:%M",
    "%d %B %Y",
]


@pytest.mark.parametrize("form", FORMS)
def test_dates_in_one_form_are_read(form):
    day = pd.Series(DAYS)
    day[7] = None
    table = pd.DataFrame({"a": np.arange(60.0) ** 2, "day": day.dt.strftime(form)})
    known = observations(table.assign(day=day), missing=True)
    table.index = pd.Index([0] * 60)
    found = observations(table, missing=True)
    np.testing.assert_array_equal(found.values, known.values)
    assert found.schema["day"].reason == "dates"
    asked = rows_like(table.head(9), ["a", "day"], schema=found.schema, missing=True)
    np.testing.assert_array_equal(asked.to_numpy(), known.values[:9])


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["03/04/2024", "05/06/2024"], ["'03/04/2024'", "day or the month", "2024-12-31"]),
        (["13/04/2024", "04/13/2024"], ["the day first and dates with the month first"]),
        (["13.04.2024", "04.13.2024"], ["the day first and dates with the month first"]),
        (["13/04/2024", "2024-04-13"], ["several forms"]),
        (["13/04/2024", "April 13, 2024"], ["several forms"]),
        (["31.02.2024", "01.02.2024"], ["there is not"]),
    ],
)
def test_dates_that_are_unclear_are_refused(one_sentence, words, said):
    with one_sentence("'day'", *said):
        observations(pd.DataFrame({"a": np.arange(60.0), "day": words * 30}))


@pytest.mark.parametrize("form", ["%d/%m/%Y", "%m/%d/%Y", "%d.%m.%Y", "%m.%d.%Y"])
def test_dates_of_queries_are_in_the_order_of_their_column(form, one_sentence):
    table = pd.DataFrame({"a": np.arange(60.0) ** 2, "day": DAYS.strftime(form)})
    schema = observations(table).schema
    day = pd.Timestamp("2024-04-03")
    assert schema["day"].number(day.strftime(form)) == schema["day"].number(day)
    rows = pd.DataFrame({"a": [1.0], "day": [day.strftime(form)]})
    assert rows_like(rows, ["a", "day"], schema=schema)["day"].iloc[0] == schema["day"].number(day)
    other = "13" + form[2] + "04" + form[2] + "2024" if form[1] == "m" else f"04{form[2]}13{form[2]}2024"
    with one_sentence("'day'", "comes first"):
        schema["day"].number(other)
    with pytest.raises(InputError):
        rows_like(rows.assign(day=other), ["a", "day"], schema=schema)


def test_a_single_date_of_a_query_must_be_clear(one_sentence):
    table = pd.DataFrame({"a": np.arange(60.0) ** 2, "day": DAYS.strftime("%Y-%m-%d")})
    schema = observations(table).schema
    assert schema["day"].number("2024-04-03") == schema["day"].number(pd.Timestamp("2024-04-03"))
    with one_sentence("'day'", "2024-12-31"):
        schema["day"].number("03/04/2024")
    with pytest.raises(InputError):
        rows_like(pd.DataFrame({"a": [1.0], "day": ["03/04/2024"]}), ["a", "day"], schema=schema)


@pytest.mark.parametrize(
    "word", ["April", "3 Apr", "03/04/24", "3 April 24", "03 04 2024", "12:30", "now", "03/04/2024 10 PM"]
)
@pytest.mark.parametrize("form", ["%Y-%m-%d", "%d/%m/%Y"])
def test_dates_of_queries_have_a_year_and_an_order(word, form, one_sentence):
    table = pd.DataFrame({"a": np.arange(60.0) ** 2, "day": DAYS.strftime(form)})
    with one_sentence("'day'", repr(word), "2024-12-31"):
        observations(table).schema["day"].number(word)


@pytest.mark.parametrize("word", ["3 April 2024", "Apr 3, 2024", "2024-04-03T00:00", "2024/4/3", "20240403"])
def test_dates_of_queries_may_be_written_otherwise(word):
    table = pd.DataFrame({"a": np.arange(60.0) ** 2, "day": DAYS.strftime("%d/%m/%Y")})
    column = observations(table).schema["day"]
    assert column.number(word) == column.number(pd.Timestamp("2024-04-03"))


def test_numbers_in_text_are_days(one_sentence):
    table = pd.DataFrame({"wait": pd.to_timedelta(np.arange(60.0) ** 2, "h"), "day": DAYS})
    schema = observations(table).schema
    assert schema["wait"].number("3") == schema["wait"].number("3 days") == schema["wait"].number(3) == 3
    assert schema["day"].number("19816") == schema["day"].number("2024-04-03")
    with one_sentence("'wait'", "'x'", "duration (2 days)"):
        schema["wait"].number("x")


def test_points_stand_behind_the_day_unless_a_row_shows_otherwise():
    assert dates_of(pd.Series(["03.04.2024", "05.06.2024"])).dt.month.tolist() == [4, 6]
    assert dates_of(pd.Series(["03.04.2024", "05.26.2024"])).dt.month.tolist() == [3, 5]


def test_other_text_is_no_date():
    for words in (["1/2", "3/4"], ["10.0.1.2", "10.0.1.3"], ["may", "june"], ["13/04/2024", "unknown"]):
        assert dates_of(pd.Series(words)) is None
