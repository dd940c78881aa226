"""Types of columns: the rules that find them, what users say of them, and the way there and back."""

from datetime import timezone

import numpy as np
import pandas as pd
import pytest

from foundation_causal.columns.table_checks import check
from foundation_causal.errors import InputError
from foundation_causal.observations import observations, rows_like
from foundation_causal.table_files import read_table, write_table

N = 120


@pytest.fixture
def frame():
    rng = np.random.default_rng(0)
    return pd.DataFrame(
        {
            "age": rng.integers(18, 90, N),
            "sex": rng.choice(["f", "m"], N),
            "stage": pd.Categorical(rng.choice(["I", "II", "III"], N), ["I", "II", "III"], ordered=True),
            "site": pd.Categorical(rng.choice(["north", "south", "east"], N)),
            "treated": rng.random(N) < 0.4,
            "visits": rng.poisson(6, N),
            "dose": rng.choice([0.0, 2.5, 10.0], N),
            "died": rng.integers(0, 2, N),
            "seen": pd.Timestamp("2024-03-01") + pd.to_timedelta(rng.integers(0, 300, N), "D"),
            "waited": pd.to_timedelta(rng.exponential(5, N), "D"),
            "weight": rng.normal(70, 8, N),
        }
    )


KINDS = {
    "age": "continuous",
    "sex": "binary",
    "stage": "ordinal",
    "site": "categorical",
    "treated": "binary",
    "visits": "count",
    "dose": "ordinal",
    "died": "binary",
    "seen": "continuous",
    "waited": "continuous",
    "weight": "continuous",
}


def test_types_are_found_by_the_rules(frame):
    schema = observations(frame).schema
    assert schema.kinds == KINDS
    assert schema.levels.tolist() == [0, 2, 3, 3, 2, 0, 3, 2, 0, 0, 0]
    assert schema["seen"].unit == "days since 1970-01-01"
    assert schema["dose"].numbers == (0.0, 2.5, 10.0)


def test_there_and_back_is_the_table(frame):
    table = observations(frame)
    assert table.values.dtype == np.float64
    back = table.schema.decoded(table.values)
    pd.testing.assert_frame_equal(back.drop(columns="waited"), frame.drop(columns="waited"))
    assert (back["waited"] - frame["waited"]).abs().max() < pd.Timedelta(microseconds=1)


@pytest.mark.parametrize(
    "dtypes",
    [
        {"age": "Int64", "treated": "boolean", "weight": "Float64", "sex": "string"},
        {"age": "int64[pyarrow]", "treated": "bool[pyarrow]", "weight": "double[pyarrow]"},
        {"age": "uint8", "visits": "int8", "died": "category", "sex": object},
    ],
)
def test_any_dtype_gives_the_same_numbers_and_comes_back(frame, dtypes):
    known, table = observations(frame), observations(frame.astype(dtypes))
    np.testing.assert_array_equal(known.values, table.values)
    back = table.schema.decoded(table.values)
    assert {name: str(back[name].dtype) for name in dtypes} == {
        name: str(frame.astype(dtypes)[name].dtype) for name in dtypes
    }
    rows = rows_like(frame.astype(dtypes).head(5), table.names, schema=table.schema)
    np.testing.assert_array_equal(rows.to_numpy(dtype=float), known.values[:5])


def test_the_numbering_of_labels_is_their_order(frame):
    assert observations(frame).schema["stage"].codes(np.array([0.0, 2.0, np.nan])).tolist() == [0, 2, -1]
    asked = observations(frame, types={"site": ["south", "north", "east"]}).schema["site"]
    assert (asked.kind, asked.labels) == ("ordinal", ("south", "north", "east"))
    assert asked.number("north") == 1.0
    assert asked.label(2.0) == "east"


@pytest.mark.parametrize(
    ("types", "words"),
    [
        ({"site": "ordinal"}, ["'site'", "no order"]),
        ({"site": "count"}, ["'site'", "labels"]),
        ({"sex": "continuous"}, ["'sex'", "text"]),
        ({"nope": "binary"}, ["'nope'", "lack"]),
        ({"stage": "nominal"}, ["'stage'", "'nominal'", "categorical"]),
        ({"visits": "binary"}, ["'visits'", "binary"]),
        ({"weight": "binary"}, ["'weight'", "binary", "continuous"]),
        ({"weight": "count"}, ["'weight'", "fractions"]),
        ({"weight": "categorical"}, ["'weight'", "levels"]),
        ({"site": ["north", "south"]}, ["'site'", "'east'"]),
        ({"seen": "binary"}, ["'seen'", "dates"]),
        (["sex"], ["dictionary"]),
    ],
)
def test_types_that_values_cannot_have(frame, one_sentence, types, words):
    with one_sentence(*words):
        observations(frame, types=types)


def test_a_level_that_was_not_seen_is_refused(frame, one_sentence):
    schema = observations(frame).schema
    with one_sentence("'west'", "'site'", "'east'"):
        rows_like(frame.head(2).assign(site="west"), list(frame), schema=schema)
    with one_sentence("0.5", "'died'"):
        schema["died"].number(0.5)
    assert schema["dose"].number(5) == 5.0  # between two doses
    with one_sentence("'soon'", "date"):
        schema["seen"].number("soon")
    assert schema["seen"].label(schema["seen"].number("2024-05-01")) == pd.Timestamp("2024-05-01")


def test_the_table_of_another_library_is_taken(frame):
    polars = pytest.importorskip("polars")
    table = observations(polars.from_pandas(frame.drop(columns="waited")))
    assert table.schema.kinds["stage"] in ("ordinal", "categorical")
    np.testing.assert_array_equal(
        table.values[:, [0, 1, 4, 5, 6, 7, 9]],
        observations(frame.drop(columns="waited")).values[:, [0, 1, 4, 5, 6, 7, 9]],
    )
    arrow = pytest.importorskip("pyarrow").Table.from_pandas(frame[["age", "sex", "weight"]])
    assert observations(arrow).schema.kinds == {"age": "continuous", "sex": "binary", "weight": "continuous"}


@pytest.fixture
def answers() -> pd.DataFrame:
    rng = np.random.default_rng(5)
    table = pd.DataFrame({"x": rng.normal(size=N), "a": rng.choice(["yes", "no"], N)})
    return table.sort_values("a", ignore_index=True)


def test_labels_of_other_libraries_do_not_hang_on_the_order_of_the_rows(answers, tmp_path):
    # Arrow and polars number labels as the rows name them; which label is the second one decides about signs.
    pa, polars = pytest.importorskip("pyarrow"), pytest.importorskip("polars")
    for rows in (answers, answers[::-1]):
        encoded = pa.table({"x": rows["x"].to_numpy(), "a": pa.array(rows["a"]).dictionary_encode()})
        held = {"arrow": encoded, "polars": polars.DataFrame(encoded).cast({"a": polars.Categorical})}
        held["pandas"] = pd.DataFrame({"x": rows["x"], "a": rows["a"].astype("category")})
        for name, table in held.items():
            found = observations(table)
            assert found.schema["a"].labels == ("no", "yes"), name
            np.testing.assert_array_equal(found.values[:, 1], rows["a"] == "yes", name)


def test_files_of_other_libraries_do_not_hang_on_the_order_of_the_rows(answers, tmp_path):
    pa, parquet, feather = map(pytest.importorskip, ("pyarrow", "pyarrow.parquet", "pyarrow.feather"))
    for rows in (answers, answers[::-1]):
        encoded = pa.table({"x": rows["x"].to_numpy(), "a": pa.array(rows["a"]).dictionary_encode()})
        parquet.write_table(encoded, tmp_path / "a.parquet")
        feather.write_feather(encoded, tmp_path / "a.feather")
        for suffix in ("parquet", "feather"):
            assert observations(read_table(tmp_path / f"a.{suffix}")).schema["a"].labels == ("no", "yes")
    own = answers.assign(a=pd.Categorical(answers["a"], ["yes", "no"]))  # an order that its owner chose
    for suffix in ("parquet", "feather"):
        write_table(own, tmp_path / f"own.{suffix}")
        assert observations(read_table(tmp_path / f"own.{suffix}")).schema["a"].labels == ("yes", "no")


def test_dtypes_of_arrow_are_those_of_pandas():
    pa, rng = pytest.importorskip("pyarrow"), np.random.default_rng(6)
    plain = pd.DataFrame(
        {
            "site": pd.Categorical([None, *rng.choice(["north", "south", "east"], N - 1)]),
            "stage": pd.Categorical(rng.choice(["I", "II", "III"], N), ["I", "II", "III"], ordered=True),
            "waited": pd.to_timedelta(rng.permutation(N), unit="D"),
        }
    )
    held = pa.Table.from_pandas(plain).to_pandas(types_mapper=pd.ArrowDtype, ignore_metadata=True)
    assert all(isinstance(dtype, pd.ArrowDtype) for dtype in held.dtypes)
    found, known = observations(held, missing=True), observations(plain, missing=True)
    assert found.schema.kinds == known.schema.kinds
    np.testing.assert_array_equal(found.values, known.values)
    rows = rows_like(held.tail(3), found.names, schema=found.schema)
    np.testing.assert_array_equal(rows, known.values[-3:])


@pytest.mark.parametrize("dtype", ["float16", "float32", "Float32"])
def test_levels_are_called_as_people_write_them(dtype):
    # In binary 0.1 is no number of 32 bits: its nearest is 0.10000000149.
    rng = np.random.default_rng(7)
    values = {
        "two": rng.choice([0.1, 0.2], N),
        "three": rng.choice([0.1, 0.25, 0.7], N),
        "x": rng.normal(size=N),
    }
    table = observations(pd.DataFrame(values).astype({"two": dtype, "three": dtype}))
    for name, levels in (("two", (0.1, 0.2)), ("three", (0.1, 0.25, 0.7))):
        column = table.schema[name]
        assert column.labels == levels
        assert [column.number(level) for level in levels] == sorted(set(table.frame[name]))


def test_parts_of_a_table_keep_its_schema(frame):
    table = observations(frame.mask(pd.Series(range(N)) == 3), missing=True)
    complete = table.complete()
    assert complete.schema.kinds == KINDS
    assert len(complete.frame) == N - 1
    with pytest.raises(InputError, match="types already"):
        observations(table, types={"age": "count"})


def test_whole_numbers_come_back_whole_unless_they_were_set(frame):
    schema = observations(frame).schema
    values = observations(frame).values[:3].copy()
    values[:, 0] += 0.4
    assert schema.decoded(values)["age"].tolist() == frame["age"].head(3).tolist()
    assert schema.decoded(values, unrounded=[0])["age"].tolist() == values[:, 0].tolist()


def test_dates_of_every_kind_come_back():
    days = pd.Timestamp("2024-01-31") + pd.to_timedelta(np.arange(60) % 37, "D")
    frame = pd.DataFrame(
        {
            "plain": days,
            "zone": days.tz_localize("Europe/Berlin"),
            "month": days.to_period("M"),
            "text": days.strftime("%Y-%m-%d"),
        }
    )
    table = observations(frame)
    assert set(table.schema.kinds.values()) == {"continuous"}
    back = table.schema.decoded(table.values)
    pd.testing.assert_frame_equal(back[["plain", "zone", "month"]], frame[["plain", "zone", "month"]])
    assert back["text"].dt.strftime("%Y-%m-%d").tolist() == frame["text"].tolist()
    assert rows_like(frame.head(2), list(frame), schema=table.schema).to_numpy().tolist() == (
        table.values[:2].tolist()
    )


def test_moments_with_the_offsets_of_summer_and_winter_are_moments(one_sentence):
    # As databases give them: one zone, whose offset changes within the year.
    utc = pd.date_range("2024-01-01", periods=N, freq="5D", tz="UTC")
    local = [moment.to_pydatetime() for moment in utc.tz_convert("Europe/Berlin")]
    fixed = [moment.replace(tzinfo=timezone(moment.utcoffset())) for moment in local]
    assert len({moment.utcoffset() for moment in fixed}) == 2
    frame = pd.DataFrame({"x": np.random.default_rng(8).normal(size=N), "at": pd.Series(fixed, dtype=object)})
    found, known = observations(frame), observations(frame.assign(at=utc))
    np.testing.assert_array_equal(found.values, known.values)
    np.testing.assert_array_equal(
        rows_like(frame.tail(3), ["x", "at"], schema=found.schema), known.values[-3:]
    )
    frame.loc[0, "at"] = fixed[0].replace(tzinfo=None)
    with one_sentence("'at'", "time zone"):
        observations(frame)


def test_days_without_a_time_come_back_without_one_unless_they_were_set():
    days = pd.Timestamp("2024-03-01") + pd.to_timedelta(np.arange(60) % 37, "D")
    frame = pd.DataFrame(
        {
            "plain": days,
            "zone": days.tz_localize("Europe/Berlin"),
            "past": days - days[0],
            "time": days + pd.Timedelta(hours=1),
        }
    )
    table = observations(frame)
    values = table.values + np.random.default_rng(0).uniform(-0.4, 0.4, table.values.shape)
    back = table.schema.decoded(values)
    pd.testing.assert_frame_equal(back[["plain", "zone", "past"]], frame[["plain", "zone", "past"]])
    assert (back["time"] != frame["time"]).all()
    assert (table.schema.decoded(values, unrounded=range(4))["plain"] != frame["plain"]).all()


def test_empty_text_is_missing_in_data_and_in_query_rows(frame):
    site = frame["site"].astype(object)
    site[::5], site[::10] = "", "  "
    for cells in (site, site.astype("category"), site.astype("string")):
        table = observations(frame.assign(site=cells), missing=True)
        assert table.schema["site"].labels == observations(frame).schema["site"].labels
        assert np.isnan(table.values[::5, list(frame).index("site")]).all()
        rows = rows_like(frame.assign(site=cells), list(frame), schema=table.schema, missing=True)
        assert rows["site"].isna().equals(table.frame["site"].isna())
    with pytest.raises(InputError, match=r"lack .* in the column 'site'"):
        observations(frame.assign(site=site))


def test_booleans_are_no_counts(frame):
    with pytest.raises(InputError, match="'treated' holds yes and no, which are not a count"):
        observations(frame, types={"treated": "count"})


def test_booleans_are_named_as_files_write_them(frame):
    column = observations(frame).schema["treated"]
    assert [column.number(value) for value in (True, "true", "True", 1, "FALSE")] == [1, 1, 1, 1, 0]
    assert column.label(1.0) is True


@pytest.mark.parametrize("cell", [[1], {"a": 1}, (1, 2), {"b"}])
def test_several_values_in_a_cell_are_refused(frame, cell):
    with pytest.raises(InputError, match=f"of the type {type(cell).__name__} in the column 'more'"):
        observations(frame.assign(more=[cell] * N))


def test_an_order_that_names_a_level_twice_is_refused(frame):
    with pytest.raises(InputError, match="'site' names a level twice"):
        observations(frame, types={"site": ["north", "south", "east", "east"]})


def test_a_column_of_names_is_refused_with_the_words_that_leave_it_out():
    people = pd.DataFrame(
        {
            "person": [f"P{number}" for number in range(40)],
            "age": np.arange(40.0),
            "dose": np.sin(np.arange(40)),
        }
    )
    with pytest.raises(InputError, match=r"types=\{'person': 'ignore'\}, --types 'person=ignore'"):
        observations(people)
    (found,) = [finding for finding in check(people).findings if finding.kind == "identifier"]
    assert "--types 'person=ignore'" in found.sentence


@pytest.mark.parametrize("dtype", ["int8", "uint8", "int16", "uint32", "int64", "Int8", "UInt16"])
def test_what_an_integer_dtype_cannot_hold_does_not_go_around(dtype):
    rng = np.random.default_rng(3)
    frame = pd.DataFrame({"x": pd.Series(rng.integers(0, 120, N)).astype(dtype), "y": rng.normal(size=N)})
    schema = observations(frame).schema
    for held in (100.0, 127.0, 128.0, 200.0, 300.0, -1.0, -129.0, 40_000.0, 70_000.0, 2.0**33, 2.0**70):
        found = schema.decoded(np.array([[held, 0.0], [5.0, 0.0]]))["x"]
        assert found.tolist() == [held, 5.0]
    assert schema.decoded(np.array([[100.0, 0.0]]))["x"].dtype == frame["x"].dtype
