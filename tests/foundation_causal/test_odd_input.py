"""Whatever is given ends in an answer or in one sentence: numbers beyond floats, odd objects, odd files."""

import json

import networkx as nx
import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.feather
import pyarrow.parquet
import pytest

import foundation_causal as fc
from foundation_causal.checks import check_count, check_number, check_seed
from foundation_causal.errors import printable, said
from foundation_causal.runtime import check_memory, free_memory
from foundation_causal.table_files import write_table

HUGE = 10**400


@pytest.mark.parametrize("value", [0, -1, 2.5, None, "3", True, np.nan, np.inf, 10**15, HUGE, [1], pd.NA, {}])
def test_a_count_is_a_whole_number_within_reason(value, one_sentence):
    with one_sentence("The number of draws"):
        check_count("draws", value, 1)


def test_numbers_of_any_size_are_refused_in_a_sentence(one_sentence):
    with one_sentence("the seed".capitalize()):
        check_seed(10**5000)
    with one_sentence("give a finite number"):
        check_number("Scaled.bound", HUGE)
    assert said(10**5000) == "a value of the type int"


def test_what_does_not_fit_into_memory_is_refused_before_the_work(one_sentence):
    assert free_memory() > 0
    check_memory("samples", 1000)
    with one_sentence("samples", "GB"):
        check_memory("samples", 1e15)


def test_integers_beyond_floats_are_infinite(frame, one_sentence):
    with one_sentence("infinite", "'a'"):
        fc.observations(frame.assign(a=pd.Series([HUGE, *frame.a[1:]], dtype=object)))


@pytest.mark.parametrize("power", [-170, -300])
def test_columns_in_too_large_a_unit_are_refused(frame, power, one_sentence):
    with one_sentence("'b'", "another unit"):
        fc.observations(frame.assign(b=frame.b * 10.0**power))


def test_the_smallest_unit_that_is_taken_answers_as_any_other(frame):
    graph = nx.DiGraph([("a", "b"), ("b", "c")])
    usual, small = (fc.infer(frame * unit, graph).sample(50) / unit for unit in (1.0, 1e-118))
    assert np.allclose(usual, small, rtol=1e-6, atol=0)


@pytest.mark.parametrize(
    "odd", [None, np.ones(2), np.float32(2), object(), HUGE, "\ud800", b"x", pd.NA, [[]]]
)
@pytest.mark.parametrize("suffix", [".json", ".graphml", ".csv", ".gml", ".dot", ".lavaan"])
@pytest.mark.filterwarnings("ignore::foundation_causal.LeftOutWarning")
def test_graphs_with_odd_attributes_are_written(odd, suffix, tmp_path):
    graph = nx.DiGraph([("a", "b")], name=odd)
    graph.edges["a", "b"]["weight"] = odd
    graph.nodes["a"]["colour"] = odd
    if isinstance(odd, str | bytes | type(pd.NA)):
        graph.nodes["a"][odd] = 1
    fc.write_graph(graph, tmp_path / f"graph{suffix}")
    assert list(fc.read_graph(tmp_path / f"graph{suffix}").edges) == [("a", "b")]


def test_an_attribute_that_holds_itself_is_left_out(tmp_path):
    odd: list[object] = []
    odd.append(odd)
    graph = nx.DiGraph([("a", "b")])
    graph.edges["a", "b"]["weight"] = odd
    with pytest.warns(fc.LeftOutWarning, match="weight"):
        fc.write_graph(graph, tmp_path / "graph.json")
    assert "weight" not in fc.read_graph(tmp_path / "graph.json").edges["a", "b"]


def test_a_name_that_no_file_holds_is_refused(tmp_path, one_sentence):
    with one_sentence("no text"):
        fc.write_graph(nx.DiGraph([("a", "\ud800")]), tmp_path / "graph.json")
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize(
    "metadata",
    [
        b"{x",
        b"{}",
        b'{"index_columns": 3, "columns": 4, "column_indexes": 5}',
        json.dumps(
            {
                "index_columns": [],
                "column_indexes": [],
                "columns": [{"name": "a", "field_name": "a", "pandas_type": "x", "numpy_type": "zz"}],
            }
        ).encode(),
    ],
)
@pytest.mark.parametrize("suffix", [".parquet", ".feather"])
def test_inconsistent_metadata_is_refused_or_ignored(frame, metadata, suffix, tmp_path):
    table = pa.Table.from_pandas(frame, preserve_index=False).replace_schema_metadata({b"pandas": metadata})
    path = str(tmp_path / f"table{suffix}")
    write = pa.parquet.write_table if suffix == ".parquet" else pa.feather.write_feather
    write(table, path)
    try:
        rows = len(fc.read_table(path))
    except fc.InputError:
        rows = len(frame)
    assert rows == len(frame)


def test_blanks_around_names_are_no_part_of_them(tmp_path):
    (tmp_path / "table.csv").write_text("a ,\tb, c \n1,2,3\n4,5,6\n")
    assert list(fc.read_table(tmp_path / "table.csv")) == ["a", "b", "c"]


@pytest.mark.parametrize(
    "lines",
    [
        ["m,1.37,1", "f,2.74,2", "m,0.5,0", "f,1.2,1"],
        ["m,x", "f,y", "m,x", "f,y"],
        ["3,1", "2,0", "5,4", "0,2"],
        ["1.5,x,7", "0.5,y,3", "2.5,x,9"],
    ],
)
def test_a_table_without_a_header_keeps_its_first_row(lines, tmp_path, one_sentence):
    (tmp_path / "table.csv").write_text("\n".join(lines))
    with one_sentence("the first line".capitalize(), "names"):
        fc.read_table(tmp_path / "table.csv")


@pytest.mark.parametrize("header", ["0,1", "1990,1991", "sex,0.5", "x,y", "10,20"])
def test_names_that_are_numbers_or_words_stay_names(header, tmp_path):
    (tmp_path / "table.csv").write_text(f"{header}\n" + "m,0.1\nf,0.9\nm,1500\n".replace("m", "3000"))
    assert len(fc.read_table(tmp_path / "table.csv")) == 3


@pytest.mark.parametrize("suffix", [".parquet", ".feather"])
def test_columns_of_several_kinds_are_written_as_text(suffix, tmp_path):
    days = pd.Series([pd.Timestamp("2024-01-01"), pd.Timedelta(days=1), None], dtype=object)
    cut = pd.cut(pd.Series([1.0, 2.0, 3.0]), 2)
    odd = pd.DataFrame(
        {"a": [1, "x", None], "b": days, "c": pd.Categorical([1, "x", 1]), "d": cut, "e": [1.5, 2, 3]}
    )
    write_table(odd, tmp_path / f"t{suffix}")
    back = fc.read_table(tmp_path / f"t{suffix}")
    assert back["a"].tolist()[:2] == ["1", "x"]
    assert back["b"].tolist()[:2] == ["2024-01-01 00:00:00", "1 days 00:00:00"]
    assert back[["a", "b"]].isna().to_numpy()[2].all()
    assert back["c"].tolist() == ["1", "x", "1"]
    assert back["d"].tolist() == list(map(str, cut))
    assert back["e"].tolist() == [1.5, 2, 3]


def test_what_a_format_cannot_hold_is_said(tmp_path, one_sentence):
    odd = pd.DataFrame({"a": [1, "x", object()]})
    with one_sentence("cannot be written", ".parquet"):
        write_table(odd, tmp_path / "table.parquet")
    assert not list(tmp_path.iterdir())


def test_rows_of_bytes_are_refused(frame, one_sentence):
    with one_sentence("array of the type"):
        fc.observations(np.zeros((30, 2), dtype="V4"))


def test_what_would_steer_a_terminal_is_spelled_out():
    assert printable("a\x1b[31mb\x9b\u202ec\n\td\u00e9\u00a0") == "a\\x1b[31mb\\x9b\\u202ec\n\td\u00e9\u00a0"


@pytest.mark.parametrize("suffix", [".parquet", ".feather"])
def test_intervals_and_periods_are_written_as_text_whatever_holds_them(tmp_path, suffix):
    bands = pd.cut(pd.Series([1.0, 5.0]), [0, 2, 9]).astype(object)
    months = pd.Series(pd.period_range("2024-01", periods=2, freq="M"), dtype=object)
    write_table(pd.DataFrame({"band": bands, "month": months}), tmp_path / f"t{suffix}")
    back = fc.read_table(tmp_path / f"t{suffix}")
    assert back["band"].tolist() == ["(0, 2]", "(2, 9]"]
    assert back["month"].astype(str).tolist() == ["2024-01", "2024-02"]
