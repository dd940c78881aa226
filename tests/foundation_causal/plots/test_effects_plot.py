"""The plot of effects: forests and curves, with the right numbers in the right places."""

import networkx as nx
import numpy as np
import pandas as pd
import pytest
from matplotlib.figure import Figure

import foundation_causal as fc


def table(means: list[float]) -> pd.DataFrame:
    """Means under 0, 1, ... with intervals of one to either side, and differences likewise."""
    k = len(means)
    values, rest = list(range(k)), list(range(1, k))
    centre = [*means, *(mean - means[0] for mean in means[1:])]
    frame = pd.DataFrame({"value": values + rest, "baseline": [np.nan] * k + [0.0] * (k - 1), "mean": centre})
    return frame.assign(lower=frame["mean"] - 1, upper=frame["mean"] + 1)


def labels(axes) -> list[str]:
    return [label.get_text() for label in axes.get_yticklabels()]


def test_a_forest_has_a_line_for_each_difference_from_the_top():
    axes = fc.plot.effects({"women": table([1, 4]), "men $x$": table([1, 0])}, title="two")
    assert labels(axes) == ["women", "men $x$"]
    assert axes.get_title(loc="left") == "two"
    (lower,), (upper,) = (
        {tuple(line.get_xdata()) for line in axes.lines if list(line.get_ydata()) == [height, height]}
        for height in (0, 1)
    )
    assert (lower, upper) == ((-2, 0), (2, 4))
    assert [text.get_text() for text in axes.texts] == ["3 (2, 4)", "-1 (-2, 0)"]
    axes.figure.draw_without_rendering()
    right = max(text.get_window_extent().x1 for text in axes.texts)
    left = min(text.get_window_extent().x0 for text in axes.get_yticklabels())
    assert left > 0
    assert right < axes.figure.bbox.x1


def test_differences_and_rows_are_told_apart():
    assert labels(fc.plot.effects(table([0, 1, 3]))) == ["1 vs 0", "2 vs 0"]
    assert labels(fc.plot.effects({"a": table([0, 1, 3])})) == ["a, 1 vs 0", "a, 2 vs 0"]
    each = pd.concat([table([0, 1]).assign(row=7), table([0, 2]).assign(row="x")])
    assert labels(fc.plot.effects(each)) == ["row 7", "row x"]


def test_parts_levels_and_labels_have_lines_of_their_own():
    parts = table([0, 2]).assign(effect="total").tail(1)
    parts = pd.concat([parts, parts.assign(effect="natural direct", mean=1.0)])
    assert labels(fc.plot.effects(parts)) == ["total", "natural direct"]
    levels = pd.concat([table([0, 1]).assign(level=name) for name in ("I", "II")])
    assert labels(fc.plot.effects({"all": levels})) == ["all I", "all II"]
    named = table([0, 1, 2, 3, 4]).replace({"value": dict(enumerate("abcde")), "baseline": {0.0: "a"}})
    assert labels(fc.plot.effects(named)) == ["b vs a", "c vs a", "d vs a", "e vs a"]
    days = pd.to_datetime(["2024-05-07", "2024-06-16"])
    dated = table([0, 1]).replace({"value": dict(enumerate(days)), "baseline": {0.0: days[0]}})
    assert labels(fc.plot.effects(dated)) == ["2024-06-16 vs 2024-05-07"]


def test_quantiles_have_curves_of_their_own():
    both = pd.concat([table([0, 1, 2, 3]).assign(quantile=q) for q in (0.1, 0.9)])
    axes = fc.plot.effects(both)
    assert len(axes.collections) == 2
    assert [text.get_text() for text in axes.get_legend().get_texts()] == ["quantile 0.1", "quantile 0.9"]
    assert axes.get_ylabel() == "quantile"


def test_curves_of_chances_do_not_say_that_they_are_means():
    random = np.random.default_rng(1)
    dose = random.normal(size=300)
    score = dose + random.logistic(size=300)
    stage, ill = np.digitize(score, [-1, 1]), score > 0
    data = pd.DataFrame(
        {"dose": dose, "stage": np.array(["I", "II", "III"])[stage], "ill": np.where(ill, "yes", "no")}
    )
    model = fc.infer(data, nx.DiGraph([("dose", "stage"), ("dose", "ill")]))
    doses = (-1, 0, 1, 2)
    curves = fc.plot.effects(model.effect("dose", "stage", doses, draws=20))
    assert curves.get_ylabel() == "chance of each level of stage"
    assert fc.plot.effects(model.effect("dose", "ill", doses, draws=20)).get_ylabel() == "chance of ill = yes"
    several = {"all": model.effect("dose", "ill", doses, draws=20), "dose": table([0, 1, 2, 3])}
    assert fc.plot.effects(several).get_ylabel() == "mean"


def test_four_values_make_a_curve_with_a_band():
    own = Figure().add_subplot()
    axes = fc.plot.effects({"one": table([0, 1, 4, 9]), "other": table([0, 1, 2, 3])}, ax=own)
    assert axes is own
    assert axes.lines[0].get_ydata().tolist() == [0, 1, 4, 9]
    assert len(axes.collections) == 2
    assert [text.get_text() for text in axes.get_legend().get_texts()] == ["one", "other"]
    assert fc.plot.effects(table([0, 1, 4, 9])).get_legend() is None


def test_axes_have_the_names_of_the_variables():
    rng = np.random.default_rng(0)
    a = rng.normal(size=100)
    data = pd.DataFrame({"a": a, "b": a + rng.normal(size=100)})
    model = fc.infer(data, nx.DiGraph([("a", "b")]))
    assert fc.plot.effects(model.effect("a", "b", (0, 1))).get_xlabel() == "difference in b"
    curve = fc.plot.effects(model.effect("a", "b", (-1, 0, 1, 2)))
    assert (curve.get_xlabel(), curve.get_ylabel()) == ("a", "mean of b")


@pytest.mark.parametrize(
    "tables",
    [
        {},
        [1],
        table([0, 1]).drop(columns="lower"),
        table([0, 1]).head(2),
        {"a": table([0] * 90), "b": table([0, 1])},
    ],
)
def test_what_cannot_be_drawn_is_said(tables, one_sentence):
    with one_sentence():
        fc.plot.effects(tables)


def test_axes_are_of_matplotlib(one_sentence):
    with one_sentence("str"):
        fc.plot.effects(table([0, 1]), ax="axes")
