import gzip
import io
import os
import stat
from contextlib import suppress

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from foundation_causal.errors import InputError, MissingValuesWarning
from foundation_causal.files import replacing
from foundation_causal.observations import observations
from foundation_causal.table_files import read_table, write_table

SUFFIXES = [".csv", ".tsv", ".parquet", ".CSV"]


@pytest.mark.parametrize("suffix", SUFFIXES)
@given(values=arrays(np.float64, (3, 2), elements=st.floats(allow_nan=False, allow_infinity=False)))
def test_every_digit_survives(values, suffix, tmp_path_factory):
    path = tmp_path_factory.mktemp("table") / f"table{suffix}"
    frame = pd.DataFrame(values, columns=["a b", "ü,'\""])
    write_table(frame, path)
    pd.testing.assert_frame_equal(read_table(path).astype(float), frame, check_exact=True)
    assert [file.name for file in path.parent.iterdir()] == [path.name]


def test_row_labels_on_request(tmp_path):
    frame = pd.DataFrame([[1, 2]], index=["r"], columns=["a", "b"])
    write_table(frame, tmp_path / "t.csv", index=True)
    assert (tmp_path / "t.csv").read_text() == ",a,b\nr,1,2\n"


def test_spaces_after_commas_and_a_byte_order_mark_are_no_part_of_names(tmp_path):
    (tmp_path / "t.csv").write_bytes(b"\xef\xbb\xbfa, b\n1, 2\n")
    assert read_table(tmp_path / "t.csv").to_dict("list") == {"a": [1], "b": [2]}


@pytest.mark.parametrize(
    ("name", "content", "words"),
    [
        ("empty.csv", b"", ["empty"]),
        ("blank.csv", b"\n\n", ["Cannot read"]),
        ("twice.csv", b"a,b,a\n1,2,3\n", ["more than one column named 'a'"]),
        ("unnamed.csv", b",a,b\n0,1,2\n", ["Column 1", "no name"]),
        ("numbers.csv", b"1.5,2.5\n1,2\n", ["first line", "names"]),
        ("long.csv", b"a,b\n1,2,3\n", ["3 values", "2 names"]),
        ("longer.csv", b"a,b\n1,2\n1,2,3,4\n", ["Cannot read"]),
        ("binary.csv", b"a,b\n\xff\xfe\x00,1\n", ["Cannot read"]),
        ("latin.csv", "µ,b\n1,2\n".encode("latin-1"), ["Cannot read", "UTF-8"]),
        ("rownames.csv", b"a,b\nr1,1,2\nr2,3,4\n", ["3 values", "2 names", "row.names"]),
        ("units.csv", b"a,b\nkg,cm\n1,2\n3,4\n5,6\n", ["'kg', 'cm'", "units"]),
        ("broken.csv.gz", b"a,b\n1,2\n", ["Cannot read"]),
        ("broken.xlsx", b"a,b\n1,2\n", ["Cannot read"]),
        ("broken.feather", b"a,b\n1,2\n", ["Cannot read"]),
        ("text.parquet", b"a,b\n1,2\n", ["Cannot read"]),
        ("table.xls", b"a", ["spreadsheet"]),
        ("table", b"a", [".csv, .tsv, .txt, .parquet"]),
    ],
)
def test_unusable_files_are_named(tmp_path, one_sentence, name, content, words):
    (tmp_path / name).write_bytes(content)
    with one_sentence(name, *words):
        read_table(tmp_path / name)


@pytest.mark.parametrize("name", ['"a;b;c"', "a;b;c", "a|b|c", '"a\tb\tc"'])
def test_other_separators_may_stand_in_names(tmp_path, name):
    (tmp_path / "t.csv").write_text(f"{name},d\n1,2\n")
    assert read_table(tmp_path / "t.csv").to_numpy().tolist() == [[1, 2]]


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("semicolons.csv", b"a;b\n1.5;2\n3;4\n"),
        ("decimals.csv", b"a;b\n1,5;2\n3;4\n"),
        ("tabs.csv", b"a\tb\n1.5\t2\n3\t4\n"),
        ("commas.tsv", b"a,b\n1.5,2\n3,4\n"),
        ("comment.csv", b"# from the lab, of spring\n# no units\na,b\n1.5,2\n3,4\n"),
        ("wide.csv", "a,b\n1.5,2\n3,4\n".encode("utf-16")),
        ("packed.csv.gz", gzip.compress(b"a,b\n1.5,2\n3,4\n", mtime=0)),
    ],
)
def test_tables_of_the_wild_are_read(tmp_path, name, content):
    (tmp_path / name).write_bytes(content)
    assert read_table(tmp_path / name).to_dict("list") == {"a": [1.5, 3], "b": [2, 4]}


@pytest.mark.parametrize("suffix", [".xlsx", ".feather", ".csv.gz", ".parquet", ".txt"])
def test_every_format_that_is_written_is_read(tmp_path, suffix):
    frame = pd.DataFrame({"a": [1.5, np.nan], "b": ["x", "y"], "c": [True, False], "d": [1, 2]})
    write_table(frame, tmp_path / f"t{suffix}")
    pd.testing.assert_frame_equal(read_table(tmp_path / f"t{suffix}"), frame)


def test_a_table_may_come_by_a_stream(one_sentence):
    assert read_table(io.BytesIO(b"a,b\n1,2\n")).to_dict("list") == {"a": [1], "b": [2]}
    with one_sentence("standard input", "empty"):
        read_table(io.BytesIO(b""))


# Pieces of tables, so that the draws come close to readable files.
pieces = st.lists(
    st.sampled_from(
        [b"a", b"b", b",", b"\n", b'"', b"1", b".5", b"-", b"\t", b"\r", b" ", b"nan", b"\xff", b"\x00", b";"]
    )
)


@settings(max_examples=300)
@given(content=pieces.map(b"".join))
def test_any_bytes_are_a_checked_table_or_an_input_error(content, tmp_path_factory):
    path = tmp_path_factory.getbasetemp() / "fuzz.csv"
    path.write_bytes(content)
    with suppress(InputError):
        table = observations(read_table(path), min_rows=1)
        assert np.isfinite(table.values).all()


def test_no_file_at_all(tmp_path, one_sentence):
    with one_sentence("no file", "absent.csv"):
        read_table(tmp_path / "absent.csv")
    with one_sentence("no file"):
        read_table(tmp_path / ("x" * 300 + ".csv"))
    (tmp_path / "folder.csv").mkdir()
    with one_sentence("is a folder"):
        read_table(tmp_path / "folder.csv")


def test_duplicate_names_in_parquet(tmp_path, one_sentence):
    import pyarrow as pa
    import pyarrow.parquet

    table = pa.Table.from_arrays([pa.array([1.0]), pa.array([2.0])], names=["a", "a"])
    pyarrow.parquet.write_table(table, tmp_path / "t.parquet")
    with one_sentence("more than one column named 'a'"):
        read_table(tmp_path / "t.parquet")


def test_an_error_leaves_the_old_file_and_nothing_else(tmp_path):
    path = tmp_path / "out.txt"
    path.write_text("old")
    with pytest.raises(RuntimeError), replacing(path) as temporary:  # noqa: PT012
        temporary.write_text("half")
        raise RuntimeError
    assert path.read_text() == "old"
    assert list(tmp_path.iterdir()) == [path]


def test_the_file_appears_only_when_it_is_whole(tmp_path):
    path = tmp_path / "out.png"
    with replacing(path) as temporary:
        assert temporary.suffix == ".png"
        assert temporary.parent == tmp_path
        temporary.write_text("whole")
        assert not path.exists()
    assert path.read_text() == "whole"
    assert list(tmp_path.iterdir()) == [path]
    umask = os.umask(0)
    os.umask(umask)
    assert stat.S_IMODE(path.stat().st_mode) == 0o666 & ~umask


def test_places_that_cannot_be_written(tmp_path, one_sentence):
    frame = pd.DataFrame({"a": [1]})
    with one_sentence("Cannot write", "absent"):
        write_table(frame, tmp_path / "absent" / "t.csv")
    (tmp_path / "file").write_text("")
    with one_sentence("Cannot write"):
        write_table(frame, tmp_path / "file" / "t.csv")
    (tmp_path / "folder.csv").mkdir()
    with one_sentence("Cannot write", "is a folder"):
        write_table(frame, tmp_path / "folder.csv")
    with one_sentence("Cannot write"):
        write_table(frame, tmp_path / ("x" * 300 + ".csv"))
    with one_sentence(".csv, .tsv, .txt, .parquet"):
        write_table(frame, tmp_path / "t.sav")
    assert sorted(file.name for file in tmp_path.iterdir()) == ["file", "folder.csv"]


@pytest.mark.parametrize(
    ("name", "word"), [("a.xls", "spreadsheet"), ("a.ODS", "sheet"), ("a.csv.zip", "unpack")]
)
def test_spreadsheets_and_packed_files(tmp_path, one_sentence, name, word):
    (tmp_path / name).write_bytes(b"PK")
    with one_sentence(name, word):
        read_table(tmp_path / name)


@pytest.mark.parametrize(
    ("text", "values"),
    [
        ('"$31,200"\n"-$1,050.50"\n"($20)"\n\n500', [31200, -1050.5, -20, None, 500]),
        ("12.5%\n3%\n-4 %", [12.5, 3, -4]),
        ("5 €\n€7\n8 €", [5, 7, 8]),
        ('"1,200"\n"12,345,678"\n20', [1200, 12345678, 20]),
        ("$5\n€7\n$8", None),
        ("12%\n0.3\n5%", None),
        ("$5\nnone known\n$8", None),
        ("A1,200\nB2\nC3", None),
        # 1,234 and 1.234 may be a thousand or a decimal: the unit or another value of the column must tell.
        ("0,125\n1,375\n2,250", None),
        ("31,200\n8,450\n950", None),
        ("250,276,401\n250,276\n401", None),
        ("1,879 €\n1,799 €\n2 €", None),
        ("€1.234\n€950\n€12.500", None),
        ("$1.234\n$950\n$12.500", None),
        ("1.234,56 €\n12,50 €\n3 €", None),
        ("12,345%\n5%\n3%", None),
        ("12.345%\n5%\n3%", [12.345, 5, 3]),
        ("€1,234\n€12.50\n€3", [1234, 12.5, 3]),
        ("1,234\n12.50\n3", [1234, 12.5, 3]),
        # Brackets come in pairs, a number has one minus and one unit, and codes begin with zeros.
        ("($5)\n-3 $\n$-2", [-5, -3, -2]),
        ("($5\n$3\n$2", None),
        ("$5)\n$3\n$2", None),
        ("-$-5\n$3\n$2", None),
        ("(-$5)\n$3\n$2", None),
        ("$5€\n$3\n$2", None),
        ("$007\n$3\n$2", None),
    ],
)
def test_amounts_of_one_unit_are_numbers(tmp_path, text, values):
    file = tmp_path / "amounts.tsv"
    rows = [f"{word}\t{place}" for place, word in enumerate(text.replace('"', "").split("\n"))]
    file.write_text("\n".join(["sum\tplace", *rows]), encoding="utf-8")
    column = read_table(file)["sum"]
    if values is None:
        assert not pd.api.types.is_numeric_dtype(column)
    else:
        assert [None if pd.isna(value) else value for value in column] == values


def test_amounts_beside_decimal_commas_have_points_between_thousands(tmp_path):
    (tmp_path / "amounts.csv").write_text(
        "sum;share\n1.234,50 €;0,5\n-20 €;1,5\n3.000.000 €;2,5\n", encoding="utf-8"
    )
    table = read_table(tmp_path / "amounts.csv")
    assert table["sum"].tolist() == [1234.5, -20, 3000000]
    assert table["share"].tolist() == [0.5, 1.5, 2.5]


def test_points_that_may_stand_between_thousands_are_asked_about(tmp_path, one_sentence):
    file = tmp_path / "unclear.csv"
    file.write_text("sum;share\n1.234;0,5\n2.500;1,5\n", encoding="utf-8")
    with one_sentence("'sum'", "thousands"):
        read_table(file)
    file.write_text("sum;share\n1.234;0,5\n0.500;1,5\n", encoding="utf-8")
    assert read_table(file)["sum"].astype(float).tolist() == [1.234, 0.5]
    file.write_text("sum;share\n$31,200;0,5\n$900;1,5\n", encoding="utf-8")
    with one_sentence("'sum'", "thousands"):
        read_table(file)


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("Survey 2024\n\na,b,c\n1,2,3\n4,5,6\n", ["'Survey 2024'", "above the names"]),
        ("Survey 2024,,\na,b,c\n1,2,3\n4,5,6\n", ["2 of the 3 columns", "title"]),
        ("person,,life,\na,b,c,d\n1,2,3,4\n5,6,7,8\n", ["2 of the 4 columns", "merged cells"]),
        ("a b c\n1 2 3\n4 5 6\n", ["blanks between", "commas"]),
    ],
)
def test_what_stands_above_the_names_or_between_columns_is_named(tmp_path, one_sentence, text, words):
    (tmp_path / "odd.csv").write_text(text, encoding="utf-8")
    with one_sentence(*words, "odd.csv"):
        read_table(tmp_path / "odd.csv")


@pytest.mark.parametrize("rows", [["Survey 2024"], ["person", None, "life"]])
def test_what_stands_above_the_names_in_a_sheet_is_named(tmp_path, one_sentence, rows):
    openpyxl = pytest.importorskip("openpyxl")
    book = openpyxl.Workbook()
    for row in (rows, ["a", "b", "c", "d"], *([k, k * k, -k, 1 / (k + 1)] for k in range(25))):
        book.active.append(row)
    book.save(tmp_path / "odd.xlsx")
    with one_sentence("of the 4 columns", "title or merged cells", "odd.xlsx"):
        read_table(tmp_path / "odd.xlsx")


def test_the_word_none_among_labels_is_a_gap_that_is_said(tmp_path):
    file = tmp_path / "arms.csv"
    file.write_text("arm,dose\nNone,1\nA,2\nB,None\n", encoding="utf-8")
    with pytest.warns(MissingValuesWarning, match=r"^'arm' of .* has the word 'None' in 1 row, ") as caught:
        table = read_table(file)
    assert table.isna().sum().tolist() == [1, 1]
    assert len(caught) == 1, "a gap among numbers is one"
