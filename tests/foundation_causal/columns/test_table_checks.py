"""`check`: the right finding for each kind of table, and none for clean ones."""

import numpy as np
import pandas as pd
import pytest

import foundation_causal as fc


@pytest.fixture
def plain() -> pd.DataFrame:
    return pd.DataFrame(np.random.default_rng(0).normal(size=(300, 3)), columns=["a", "b", "c"])


def column(seed: int = 1, n: int = 300) -> np.ndarray:
    return np.random.default_rng(seed).normal(size=n)


def one_of(frame: pd.DataFrame, kind: str, **settings) -> fc.TableReport:
    """The only finding about a table, which is of a kind."""
    report = fc.check(frame, **settings)
    assert report.kinds == (kind,), report
    return report.findings[0]


def test_a_plain_table_has_no_findings(plain):
    report = fc.check(plain)
    assert (len(report), report.rows, list(report.types["type"])) == (0, 300, ["continuous"] * 3)
    assert repr(report) == "TableReport(300 rows, 3 columns, no findings)"


def test_clean_simulated_tables_raise_no_false_alarm():
    found = []
    for name, d, n in (("p-in", 5, 100), ("p-in", 15, 400), ("p-out", 8, 200)):
        batch = fc.prior(name).draw(scms=25, d=d, n=n, seed=d)
        found += [fc.check(batch.frame(k)) for k in range(25)]
    # Heavy tails are facts about a table, not false alarms.
    assert sum(any(one.kind != "outliers" for one in report) for report in found) <= 1


@pytest.mark.parametrize("name", ["wide", "avici-wide"])
def test_heavy_tails_and_outliers_do_not_look_like_something_else(name):
    batch = fc.prior(name).draw(scms=15, d=10, n=200, seed=3)
    kinds = [kind for k in range(15) for kind in fc.check(batch.frame(k)).kinds]
    assert set(kinds) <= {"outliers"}


def test_copied_rows(plain):
    found = one_of(pd.concat([plain.head(60)] * 16), "copied rows")
    assert found.figure == pytest.approx(1 / 16)
    assert found.sentence.startswith("The 960 rows hold 60 different ones, ")


def test_ordered_rows(plain):
    assert one_of(plain.cumsum(), "ordered rows").figure > 0.7
    assert one_of(plain.sort_values("b"), "sorted rows").columns == ("b",)


def test_columns_that_say_the_same(plain):
    table = plain.assign(kg=70 + 9 * plain.a).drop(columns="a")
    found = one_of(table.assign(lb=2.2046 * table.kg), "dependent columns")
    assert found.columns == ("kg", "lb")
    assert found.sentence.startswith("lb = 2.2046 kg in every row: ")
    assert one_of(plain.assign(again=plain.b), "repeated column").columns == ("b", "again")


def test_shares(plain):
    shares = 100 * plain.abs().div(plain.abs().sum(axis=1), axis=0)
    assert one_of(shares.assign(z=column()), "constant sum").sentence.startswith(
        "a + b + c = 100 in every row: "
    )


def test_one_hot_blocks(plain):
    letters = pd.get_dummies(pd.Series(np.random.default_rng(2).choice(["x", "y", "z"], 300)))
    for dtype in (int, bool):
        found = one_of(plain.join(letters.astype(dtype)), "one-hot block")
        assert found.columns == ("x", "y", "z")


def test_counters_and_identifiers(plain):
    assert one_of(plain.assign(row=range(300)), "row counter").columns == ("row",)
    assert one_of(plain.assign(row=range(300, 0, -1)), "row counter").columns == ("row",)
    shuffled = np.random.default_rng(3).permutation(300) + 1
    assert one_of(plain.assign(person=shuffled), "identifier").columns == ("person",)


def test_values(plain):
    rare = np.where(np.arange(300) % 75 == 7, column(), 2.5)
    assert one_of(plain.assign(flat=rare), "nearly constant").figure == pytest.approx(296 / 300)
    far = np.where(np.arange(300) == 7, -970.0, column())
    assert one_of(plain.assign(far=far), "outliers").figure > 500
    cut = one_of(plain.assign(cut=column().clip(max=1)), "piling up")
    assert cut.figure == pytest.approx((column() >= 1).mean())
    labels = pd.Series(["u", "v"] * 149 + ["w", "v"])
    assert "'w'" in one_of(plain.assign(label=labels), "rare level").sentence


def test_missing_values(plain):
    gaps = plain.copy()
    gaps.loc[::10, ["a", "c"]] = np.nan
    assert one_of(gaps, "missing together").columns == ("a", "c")
    gaps = plain.copy()
    gaps.loc[::3, "b"] = np.nan
    assert one_of(gaps, "missing values").figure == pytest.approx(1 / 3, abs=0.01)


def of_gaps(frame: pd.DataFrame) -> list:
    return [finding for finding in fc.check(frame) if finding.kind == "dependent gaps"]


@pytest.mark.parametrize("kind", ["number", "ends", "label", "count"])
def test_gaps_that_depend_on_another_column_are_found(kind):
    rng = np.random.default_rng(3)
    cause = rng.normal(size=400)
    frame = pd.DataFrame({"x": rng.normal(size=400), "cause": cause, "other": rng.normal(size=400)})
    likely = {
        "number": 1 / (1 + np.exp(1 - 2 * cause)),
        "ends": 0.6 * (np.abs(cause) > 1),
        "label": np.where(cause > 1, 0.5, 0.1),
        "count": np.where(cause > 0.5, 0.5, 0.1),
    }[kind]
    if kind == "label":
        frame["cause"] = np.select([cause > 1, cause > 0], ["high", "middle"], "low")
    if kind == "count":
        frame["cause"] = np.floor(np.exp(cause + 1.5))
    frame.loc[rng.random(400) < likely, "x"] = np.nan
    (found,) = of_gaps(frame)
    assert (found.columns, found.figure < 1e-3) == (("x", "cause"), True)
    assert found.sentence.startswith("The gaps of 'x' depend on 'cause' (p = ")
    assert not of_gaps(frame.drop(columns="cause").assign(gone=frame["x"].isna()))
    (turned,) = of_gaps(frame[["other", "cause", "x"]].sample(frac=1, random_state=0))
    assert (turned.columns, turned.figure) == (found.columns, pytest.approx(found.figure))


def test_gaps_at_random_and_too_few_gaps_have_no_such_finding():
    for seed in range(20):
        rng = np.random.default_rng(seed)
        frame = pd.DataFrame(rng.normal(size=(200, 6)), columns=list("abcdef"))
        frame["b"], frame["c"] = rng.choice(list("xyz"), 200), rng.poisson(2, 200)
        gaps = rng.random(frame.shape) < 0.15
        assert not of_gaps(frame.mask(gaps))
    frame.loc[frame["a"].nlargest(4).index, "d"] = np.nan
    assert not of_gaps(frame)


def test_few_rows(plain):
    assert one_of(plain.head(25), "few rows").figure == pytest.approx(25 / 3)


def test_the_report_is_a_frame_and_a_page(plain):
    report = fc.check(plain.assign(again=plain.b, row=range(300)), types={"a": "continuous"})
    assert report.frame.columns.tolist() == ["kind", "columns", "figure", "sentence"]
    assert report.frame["columns"].tolist() == ["row", "b, again"]
    assert repr(report).splitlines()[1] == f"- row counter: {report.findings[0]}"
    page = report._repr_html_()
    assert all(word in page for word in ("row counter", "repeated column", "as given"))


def test_the_order_of_columns_and_their_units_do_not_matter(plain):
    table = plain.assign(d=1 - plain.a - plain.b)
    first, other = fc.check(table), fc.check(table[["d", "b", "c", "a"]] * [2, 2, 5, 2])
    assert [(one.kind, set(one.columns)) for one in first] == [(one.kind, set(one.columns)) for one in other]


def test_columns_that_do_not_vary_are_findings_beside_the_others(plain):
    gaps = np.where(np.arange(len(plain)) % 2, "seen", None)
    report = fc.check(plain.assign(flat=1.0, word=gaps, twin=plain.a))
    assert [(one.kind, one.columns) for one in report if one.kind == "constant"] == [
        ("constant", ("flat",)),
        ("constant", ("word",)),
    ]
    assert [one.columns for one in report if one.kind == "repeated column"] == [("a", "twin")]
    assert report.schema.names == [*plain, "twin"]
    sentences = {one.columns[0]: one.sentence for one in report}
    assert "in every row" in sentences["flat"]
    assert "in every filled cell" in sentences["word"]
    with pytest.raises(fc.InputError, match="The same value stands"):
        fc.discover(plain.assign(flat=1.0))


def test_a_table_in_which_too_few_columns_vary_is_refused_for_that(plain):
    with pytest.raises(fc.InputError, match="The same value stands everywhere in the columns 'b', 'c'"):
        fc.check(plain[["a", "b", "c"]].assign(b=1.0, c="x"))
    with pytest.raises(fc.InputError, match="give at least 20"):
        fc.check(plain.head(10))


def test_text_that_names_the_rows_is_a_finding_and_the_check_goes_on():
    rng = np.random.default_rng(0)
    frame = pd.DataFrame(
        {"id": [f"unit {k}" for k in range(200)], "a": rng.normal(size=200), "b": rng.normal(size=200)}
    )
    report = fc.check(frame)
    assert report.kinds == ("identifier",)
    assert report.findings[0].columns == ("id",)
    assert "'ignore'" in report.findings[0].sentence
    with pytest.raises(fc.InputError, match="200 levels"):
        fc.discover(frame)
