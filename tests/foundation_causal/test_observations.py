from decimal import Decimal

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from foundation_causal.errors import InputError
from foundation_causal.observations import MIN_ROWS, Observations, observations, rows_like
from foundation_causal.table_files import read_table

finite = st.floats(-1e6, 1e6, allow_nan=False, width=32)
tables = st.tuples(st.integers(MIN_ROWS, 30), st.integers(2, 4)).flatmap(
    lambda shape: arrays(np.float64, shape, elements=finite)
)


@given(tables)
def test_a_table_is_taken_as_it_is_or_refused_for_a_constant_column(values):
    constant = np.ptp(values, axis=0) <= 1e-13 * np.abs(values).max(axis=0)
    if constant.any():
        with pytest.raises(InputError, match="same value"):
            observations(values)
    else:
        table = observations(values)
        assert table.names == [f"X{j + 1}" for j in range(values.shape[1])]
        np.testing.assert_array_equal(table.values, values)


def test_names_order_and_row_labels_stay(frame):
    frame.index = [f"cell {i}" for i in range(len(frame))]
    table = observations(frame[["c", "a", "b"]])
    assert table.names == ["c", "a", "b"]
    pd.testing.assert_frame_equal(table.frame, frame[["c", "a", "b"]])


def test_the_table_is_a_copy(frame):
    table = observations(frame)
    before = table.values.copy()
    frame.loc[:, "a"] = 0.0
    with pytest.raises(ValueError, match="read-only"):
        table.values[:] = 0.0
    np.testing.assert_array_equal(table.values, before)


def test_numbers_of_other_kinds_become_float64():
    count = np.arange(24)
    frame = pd.DataFrame(
        {
            0: count,
            1: count % 2 == 0,
            2: pd.array(count, dtype="Int64"),
            3: [Decimal(int(i)) for i in count],
            4: pd.Series(list(count), dtype=object),
            5: count.astype(np.float32),
        }
    )
    table = observations(frame)
    assert table.names == ["0", "1", "2", "3", "4", "5"]
    assert set(table.frame.dtypes) == {np.dtype(np.float64)}
    np.testing.assert_array_equal(table.values, np.stack([count, count % 2 == 0, *[count] * 4], axis=1))


def test_what_is_no_value_of_any_type_is_named(frame, one_sentence):
    with one_sentence("same value", "'city'"):
        observations(frame.assign(city="Paris"))
    with one_sentence("'when'"):
        observations(frame.assign(when=pd.Timestamp("2020-01-01")))
    with one_sentence("'mixed'"):
        observations(frame.assign(mixed=["1.0"] + [1.0] * 39))
    with one_sentence("'z'"):
        observations(frame.assign(z=1j))


@pytest.mark.parametrize("numbers", [["1.5", "-2", "3e4"], [1.5, -2, 3e4]])
def test_the_example_of_text_is_what_is_no_number(frame, numbers, one_sentence):
    typed = pd.Series([None, *numbers, "high"] * 8, dtype=object)
    with one_sentence("such as 'high'", "'level'"):
        observations(frame.assign(level=typed))
    with one_sentence("such as 'high'", "entries of the intervention mask hold"):
        observations(frame, intervened=pd.DataFrame({"a": typed, "b": 0, "c": 0}))


def test_numbers_as_text_are_numbers(frame):
    table = observations(frame.assign(level=["1.5", "2.5"] * 20))
    assert table.frame["level"].tolist() == [1.5, 2.5] * 20


def test_missing_values_are_counted(frame, one_sentence):
    frame.loc[3:5, "a"] = np.nan
    frame.loc[7, "c"] = np.nan
    with one_sentence(
        "4 values", "'a', 'c'", "mechanisms and checks take gaps", "drop or impute", "missing=True"
    ):
        observations(frame)
    with one_sentence("1 value ", "'n'"):
        observations(frame.assign(a=0.0, c=0.0, n=pd.array([None, *range(39)], dtype="Int64")))
    with one_sentence("no value", "'nothing'", "leave out"):
        observations(frame.assign(a=0.0, c=0.0, nothing=None))


def test_missing_values_are_kept_where_they_may_be(frame, one_sentence):
    frame.loc[3:5, "a"] = np.nan
    frame = frame.astype({"b": object})
    frame.loc[7, "b"] = None
    table = observations(frame, missing=True)
    pd.testing.assert_frame_equal(table.frame, frame.astype(float))
    pd.testing.assert_frame_equal(observations(table, missing=True).frame, table.frame)
    with one_sentence("4 values", "'a', 'b'"):
        observations(table)
    with one_sentence("1 infinite value", "'c'"):
        observations(frame.assign(c=[np.inf, *range(39)]), missing=True)
    with one_sentence("'b'", "numbers"):
        observations(frame.assign(b=[None, "?", *range(38)]), missing=True)


def test_rows_without_any_value_are_left_out_with_their_mask(frame):
    frame.index = [f"cell {i}" for i in range(len(frame))]
    mask = np.eye(40, 3, dtype=int)
    frame.iloc[[1, 30]] = np.nan
    frame.iloc[2, 0] = np.nan
    table = observations(frame, intervened=mask, missing=True)
    kept = np.delete(np.arange(40), [1, 30])
    pd.testing.assert_frame_equal(table.frame, frame.iloc[kept])
    np.testing.assert_array_equal(table.intervened, mask[kept])
    np.testing.assert_array_equal(observations(table, missing=True).intervened, mask[kept])


def test_columns_that_are_missing_too_often_are_named(frame, one_sentence):
    frame.loc[MIN_ROWS:, "b"] = np.nan
    assert observations(frame, missing=True).frame["b"].count() == MIN_ROWS
    with one_sentence("Fewer than 20 values", "column 'b'", "drop"):
        observations(frame.assign(b=frame["b"].mask(frame.index == 0)), missing=True)
    with one_sentence("Fewer than 20 values", "columns 'x', 'y'"):
        observations(frame.assign(x=None, y=np.nan), missing=True)
    with one_sentence("19 rows", "at least 20"):  # the others hold nothing at all
        observations(frame[:19].reindex(range(40)), missing=True)
    with one_sentence("0 rows"):
        observations(frame * np.nan, missing=True)
    with one_sentence("0 columns"):
        observations(pd.DataFrame(index=range(30)), missing=True)
    with one_sentence("same value", "'k'"):  # wherever there is a value
        observations(frame.assign(k=[3.0] * 30 + [np.nan] * 10), missing=True)


@given(tables)
def test_where_nothing_is_missing_allowing_it_changes_nothing(values):
    try:
        expected = observations(values).frame
    except InputError:
        with pytest.raises(InputError, match="same value"):
            observations(values, missing=True)
    else:
        pd.testing.assert_frame_equal(observations(values, missing=True).frame, expected)


@pytest.mark.parametrize("value", [np.inf, -np.inf, 1e200])
def test_infinite_values_are_counted(frame, one_sentence, value):
    frame.loc[2:3, "b"] = value
    with one_sentence("2 infinite values", "'b'"):
        observations(frame)


def test_constant_columns_are_named(frame, one_sentence):
    with one_sentence("columns 'k', 'zero'", "drop"):
        observations(frame.assign(k=3.0, zero=0.0))
    with one_sentence("column 'rounding'"):
        observations(frame.assign(rounding=1e9 * (1 + 1e-15 * np.arange(40))))


def test_sizes(frame, one_sentence):
    assert len(observations(frame[:MIN_ROWS]).frame) == MIN_ROWS
    assert len(observations(frame[:3], min_rows=2).frame) == 3
    with one_sentence("19 rows", "at least 20"):
        observations(frame[:19])
    with one_sentence("1 column ('a')", "at least 2"):
        observations(frame[["a"]])
    with one_sentence("0 columns"):
        observations(pd.DataFrame())
    with one_sentence("1 dimension", "give 2"):
        observations(np.zeros(30))
    with one_sentence("type list", "DataFrame"):
        observations([[1.0, 2.0]])  # type: ignore[arg-type]


def test_duplicate_names(frame, one_sentence):
    with one_sentence("more than one column named 'a'"):
        observations(frame.set_axis(["a", "a", "b"], axis=1))
    with one_sentence("more than one column named '1'"):
        observations(frame.set_axis([1, "1", "b"], axis=1))


def test_the_mask_is_matched_by_name_and_checked(frame, one_sentence):
    mask = pd.DataFrame(np.eye(40, 3, dtype=int), columns=list("abc"))
    for given_mask in (
        mask,
        mask[["c", "a", "b"]],
        mask.to_numpy(),
        mask.astype(bool),
        mask.astype("boolean"),
    ):
        table = observations(frame, intervened=given_mask)
        assert table.intervened is not None
        assert table.intervened.dtype == bool
        np.testing.assert_array_equal(table.intervened, np.eye(40, 3, dtype=bool))
        np.testing.assert_array_equal(observations(table).intervened, table.intervened)
    with one_sentence("shape (39, 3)", "(40, 3)"):
        observations(frame, intervened=mask.to_numpy()[:39])
    with one_sentence("0 and 1"):
        observations(frame, intervened=2 * mask.to_numpy())
    with one_sentence("0 and 1"):
        observations(frame, intervened=mask.to_numpy().astype(str))
    with one_sentence("other columns"):
        observations(frame, intervened=mask.rename(columns={"a": "z"}))
    with one_sentence("0 and 1"):
        observations(frame, intervened=mask.where(mask == 1))
    with one_sentence("intervention mask", "'a'"):
        observations(frame, intervened=mask.astype({"a": str}))


def test_query_rows_are_put_in_order(frame):
    rows = rows_like(frame[["c", "b", "a"]].iloc[:1], ["a", "b", "c"])
    pd.testing.assert_frame_equal(rows, frame.iloc[:1])
    array = rows_like(frame.to_numpy(), list("abc"))
    np.testing.assert_array_equal(array.to_numpy(), frame.to_numpy())
    assert list(array.columns) == list("abc")


def test_query_rows_that_do_not_fit(frame, one_sentence):
    with one_sentence("The noise rows lack the column 'd'"):
        rows_like(frame, list("abcd"), what="noise rows")
    with one_sentence("'c'", "unknown to the model"):
        rows_like(frame, ["a", "b"])
    with one_sentence("empty"):
        rows_like(frame[:0], list("abc"))
    with one_sentence("2 columns", "give 3"):
        rows_like(np.zeros((4, 2)), list("abc"))
    with one_sentence("'a'", "numbers"):
        rows_like(frame.assign(a="x"), list("abc"))
    with one_sentence("1 value", "'b'"):
        rows_like(frame.assign(b=[np.nan, *range(39)]), list("abc"))


@pytest.mark.parametrize("odd", ["\x00" * 5000, "long " * 1000, "two\nlines", "bell\a"])
def test_odd_names_and_values_leave_the_sentence_readable(odd):
    for table in (pd.DataFrame({odd: range(30)}), pd.DataFrame({"a": range(30), "b": [odd] * 30})):
        with pytest.raises(InputError) as caught:
            observations(table)
        assert str(caught.value).isprintable()
        assert len(str(caught.value)) < 300


@pytest.mark.parametrize(
    ("cells", "words"),
    [
        (["1,125", "1,375", "2,250"], ["'1,125'", "decimals with '.'"]),
        (["1,234", "12", "950"], ["'1,234'", "nothing between thousands"]),
        (["1.2", "1,5", "7"], ["'1,5'", "decimals with '.'"]),
        (["1", "?", "3"], ["'?'", "cells without a value empty", "stands in 10 of 30"]),
        ([*map(str, range(1, 15)), "<0.5"], ["'<0.5'", "half the limit"]),
        (["1", "2", "3*"], ["'3*'", "without marks"]),
        (["1", "2", "3%"], ["'3%'", "in one unit"]),
        (["1", "?", "3", "4", "none", "6", "7"], ["'?', 'none' stand in 9 of 30"]),
        (["1", 2, "x"], ["'x'", "cells without a value empty"]),
    ],
)
def test_what_to_do_about_text(one_sentence, cells, words):
    table = pd.DataFrame({"a": np.arange(30.0), "b": (cells * 10)[:30]})
    with one_sentence("in the column 'b'", *words):
        observations(table)


def test_numbers_of_several_units_are_named_as_such(one_sentence):
    cells = [f"{k} {unit}" for k in range(15) for unit in ("g", "kg")]
    table = pd.DataFrame({"a": np.arange(30.0), "b": cells})
    with one_sentence("30 levels", "in 'b'", "write the numbers in one unit"):
        observations(table)
    table["b"] = [f"{k} g" for k in range(30)]
    with one_sentence("30 levels", "in 'b'", "merge rare ones"):
        observations(table, types={"b": "categorical"})


@pytest.mark.parametrize(
    ("first", "last", "words"),
    [
        (["kg"], [], ["'kg'", "the first row", "units"]),
        (["What do you weigh?", '{"ImportId":"QID1"}'], [], ["the first 2 rows"]),
        ([], ["Source: survey"], ["'Source: survey'", "the last row", "footnote"]),
        ([], ["Total", "* provisional"], ["the last 2 rows"]),
    ],
)
def test_rows_above_and_below_the_values_are_named(one_sentence, first, last, words):
    cells = [*first, *map(str, range(30)), *last]
    with one_sentence("in the column 'b'", *words):
        observations(pd.DataFrame({"a": np.arange(len(cells)) ** 0.5, "b": cells}))


def test_answers_to_several_choices_are_no_decimals():
    answers = ["1,2", "1,3", "2", "2,3"] * 20
    table = pd.DataFrame({"a": np.arange(80.0), "b": answers})
    with pytest.raises(InputError, match=r"'1,2'.*write decimals with"):
        observations(table)
    assert observations(table.astype({"b": "category"})).schema["b"].kind == "categorical"


@pytest.mark.parametrize(
    ("cells", "numbers"),
    [
        (["5%", "7%", "9%"], [5, 7, 9]),
        (["5 mg", "7.5 mg", "-9 mg"], [5, 7.5, -9]),
        (["21.5 °C", "22 °C", "-9.25 °C"], [21.5, 22, -9.25]),
        (["50 m²", "75.5m²", "80 m²"], [50, 75.5, 80]),
        (["65ms", "120ms", "3ms"], [65, 120, 3]),
        (["$31,200", "($950)", "$8"], [31200, -950, 8]),
        (["0,25", "1,5", "-3,0"], [0.25, 1.5, -3]),
        (["1.200,5", "1,5", "7"], [1200.5, 1.5, 7]),
        (["5,970.65", "12", "1,234,567"], [5970.65, 12, 1234567]),
        (["1.200,50 €", "950,00 €", "3,00 €"], [1200.5, 950, 3]),
    ],
)
@pytest.mark.parametrize("dtype", [object, "str", "string[pyarrow]"])
def test_amounts_in_text_are_numbers_in_any_table(cells, numbers, dtype, tmp_path):
    table = pd.DataFrame({"a": np.arange(90.0), "b": pd.Series([*cells, None] * 22 + cells[:2], dtype=dtype)})
    found = observations(table.set_index(pd.Index([0] * 90)), missing=True)
    assert found.frame["b"].head(3).tolist() == numbers
    assert found.frame["b"].isna().sum() == 22
    asked = rows_like(table.head(3), ["a", "b"], schema=found.schema)
    assert asked["b"].tolist() == numbers
    table.to_parquet(tmp_path / "t.parquet")
    pd.testing.assert_frame_equal(
        observations(read_table(tmp_path / "t.parquet"), missing=True).frame,
        found.frame.reset_index(drop=True),
    )


def test_the_unit_of_measured_numbers_is_said_and_an_unclear_one_refused(one_sentence):
    table = pd.DataFrame({"a": np.arange(60.0), "b": ["5 mg", "7.5 mg", "9 mg"] * 20})
    assert observations(table).schema["b"].reason.endswith(" of mg")
    assert observations(table, types={"b": "categorical"}).schema["b"].labels == ("5 mg", "7.5 mg", "9 mg")
    with one_sentence("'b'", "with a unit", "thousands"):
        observations(table.assign(b=["1.234 mg", "2.500 mg", "1.125 mg"] * 20))


def test_dates_without_a_time_are_dates():
    days = pd.date_range("2024-01-01", periods=40)
    table = pd.DataFrame({"a": np.arange(40.0) ** 2, "day": list(days.date)})
    known = observations(table.assign(day=days))
    found = observations(table)
    np.testing.assert_array_equal(found.values, known.values)
    assert rows_like(table.head(2), ["a", "day"], schema=found.schema)["day"].tolist() == [19723, 19724]


def test_durations_as_pandas_writes_them_are_durations(tmp_path):
    waited = pd.Series(pd.to_timedelta(np.random.default_rng(0).gamma(2, 1, 40), "D").round("s"))
    table = pd.DataFrame({"a": np.arange(40.0) ** 2, "waited": waited.mask(waited.index == 3)})
    table.to_csv(tmp_path / "t.csv", index=False)
    read = read_table(tmp_path / "t.csv")
    found, known = observations(read, missing=True), observations(table, missing=True)
    np.testing.assert_allclose(found.values, known.values, atol=1e-9)
    assert found.schema["waited"].reason == "durations"
    assert rows_like(read.head(2), ["a", "waited"], schema=found.schema)["waited"].tolist() == pytest.approx(
        known.values[:2, 1]
    )


@pytest.mark.parametrize("cell", [1.0, "yes", "X"])
def test_boxes_that_are_ticked_or_empty_are_asked_about(one_sentence, cell):
    ticked = pd.Series([cell, None] * 20, dtype=object)
    with one_sentence("filled cell of the column 'b'", "what an empty cell means"):
        observations(pd.DataFrame({"a": np.arange(40.0), "b": ticked}), missing=True)


def test_what_merged_cells_leave_is_called_so(one_sentence):
    wards = pd.Series([None] * 200, dtype=object)
    wards[::20] = [f"ward {k}" for k in range(10)]
    table = pd.DataFrame({"ward": wards, "a": np.arange(200.0), "b": np.arange(200.0) ** 2 % 7})
    with one_sentence("'ward'", "merged cells", "below"):
        observations(table, missing=True)


@pytest.mark.parametrize("ignored", ["id", ["id"]])
def test_names_of_rows_are_left_out_only_if_the_user_says_so(frame, one_sentence, ignored):
    named = frame.assign(id=[f"unit {k}" for k in range(len(frame))])
    with one_sentence("40 levels", "'id'", "ignore"):
        observations(named)
    if isinstance(ignored, str):
        mask = pd.DataFrame(0, index=named.index, columns=named.columns)
        mask.loc[:3, "a"] = 1
        table = observations(named, intervened=mask, types={ignored: "ignore"})
        assert table.names == list(frame.columns)
        assert table.intervened.sum() == 4


def test_a_checked_table_comes_back_as_it_is_and_stricter_demands_are_checked(frame):
    table = observations(frame)
    assert (
        observations(table) is observations(table, missing=True) is observations(table, min_rows=5) is table
    )
    with pytest.raises(InputError, match=f"give at least {len(frame) + 1}"):
        observations(table, min_rows=len(frame) + 1)
    holes = frame.copy()
    holes.iloc[:3, 0] = np.nan
    gappy = observations(holes, missing=True)
    assert observations(gappy, missing=True) is gappy
    with pytest.raises(InputError, match="lack 3 values"):
        observations(gappy)
    with pytest.raises(InputError, match="values stand in the column"):
        observations(gappy, missing=True, min_rows=len(frame) - 2)


def test_another_mask_makes_another_table(frame):
    table = observations(frame)
    mask = np.zeros(frame.shape, dtype=bool)
    mask[0, 0] = True
    masked = observations(table, intervened=mask)
    assert (masked.intervened == mask).all()
    assert table.intervened is None
    assert observations(masked) is masked


def test_a_table_that_was_not_built_by_the_function_is_checked(frame):
    with pytest.raises(InputError, match="infinite"):
        observations(Observations(frame.assign(a=np.inf)))


def test_a_mask_whose_rows_are_in_another_order_is_refused():
    frame = pd.DataFrame(np.random.default_rng(0).normal(size=(30, 2)), columns=["a", "b"])
    mask = pd.DataFrame(0, index=frame.index, columns=frame.columns)
    mask.loc[20:, "b"] = 1
    with pytest.raises(InputError, match="in another order"):
        observations(frame.iloc[::-1], intervened=mask)
    turned = observations(frame.iloc[::-1], intervened=mask.iloc[::-1])
    assert turned.intervened[:10, 1].all()
    assert turned.intervened.sum() == 10
    by_position = observations(frame.set_axis(range(5, 35)), intervened=mask)  # other labels say nothing
    assert by_position.intervened[20:, 1].all()
