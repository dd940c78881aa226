"""Effects that are read off the rows: unbiased in noise, the same in any unit, with intervals that cover."""

import warnings
from datetime import date
from types import SimpleNamespace

import networkx as nx
import numpy as np
import pandas as pd
import pytest
from scipy import stats
from scipy.special import expit

import foundation_causal as fc
from foundation_causal.columns.schema import DATES, DURATIONS, Column
from foundation_causal.table_files import read_table, write_table
from mechanisms.adjusted.mean_outcomes import Rows, mean_outcomes
from mechanisms.queries.effect_table import estimates_table, joined_tables, mixture
from mechanisms.queries.population_effects import between_imputations, is_counted

CONTRAST = np.array([-1.0, 1.0])


def trial(
    seed: int, n: int = 400, *, binary: bool = True, noise: float = 7.5, effect: float = 3.0
) -> pd.DataFrame:
    """Eight causes of t and y, three of which matter, and much noise."""
    rng = np.random.default_rng(seed)
    causes = rng.normal(size=(n, 8))
    tendency = 0.3 * causes[:, 0] + 0.3 * causes[:, 1]
    t = (rng.random(n) < expit(tendency - 1)) * 1.0 if binary else tendency + rng.normal(size=n)
    y = effect * t + causes[:, 0] - causes[:, 1] + 0.5 * causes[:, 2] + noise * rng.normal(size=n)
    return pd.DataFrame({**{f"c{j}": causes[:, j] for j in range(8)}, "t": t, "y": y})


def full_graph(frame: pd.DataFrame) -> nx.DiGraph:
    """All other columns cause t and y, and t causes y."""
    causes = [name for name in frame if name not in ("t", "y")]
    edges = [(cause, name) for cause in causes for name in ("t", "y")]
    return nx.DiGraph([*edges, ("t", "y")])


def least_squares(frame: pd.DataFrame) -> float:
    """The coefficient of t in a regression of y on all else."""
    design = np.column_stack([np.ones(len(frame)), frame["t"], frame.drop(columns=["t", "y"])])
    return float(np.linalg.lstsq(design, frame["y"], rcond=None)[0][1])


@pytest.mark.parametrize(("binary", "effect"), [(True, 3.0), (False, 1.5)])
def test_weak_effects_in_noise_are_not_shrunken(binary, effect):
    gaps, covered = [], 0
    for seed in range(8):
        frame = trial(seed, binary=binary, effect=effect)
        rows = Rows.of(frame["y"].to_numpy(), frame["t"].to_numpy(), frame.iloc[:, :8].to_numpy())
        answer = mean_outcomes(rows, np.array([0.0, 1.0]))
        mean, error = CONTRAST @ answer.mean, answer.standard_error(CONTRAST)
        gaps.append(mean - least_squares(frame))
        covered += abs(mean - effect) < 1.645 * error
    assert abs(np.mean(gaps)) < 2 * np.std(gaps, ddof=1) / np.sqrt(len(gaps)) + 0.03
    assert covered >= 5


def test_the_answer_does_not_depend_on_units_or_on_the_order_of_rows_and_columns():
    frame = trial(3, n=200, noise=1.0)
    values = np.array([1e-6, 1e6, 1.0, 1e3, 1.0, 1.0, 1e-3, 1.0, 1.0, 1.0])
    moved = (frame * values + [0, 1e6, 5, 0, 0, 0, 0, 0, 0, 0]).sample(frac=1, random_state=0)
    moved = moved[list(reversed(moved.columns))]
    table, other = (fc.infer(data, full_graph(frame)).effect("t", "y", (0, 1)) for data in (frame, moved))
    assert table.method == other.method == "augmented balancing weights"
    pd.testing.assert_frame_equal(pd.DataFrame(table), pd.DataFrame(other), rtol=1e-6)


def test_those_treated_have_their_own_effect():
    rng = np.random.default_rng(0)
    z = rng.normal(size=1500)
    t = (rng.random(1500) < expit(1.5 * z)) * 1.0
    frame = pd.DataFrame({"z": z, "t": t, "y": (2 + 2 * z) * t + z + 0.5 * rng.normal(size=1500)})
    model = fc.infer(frame, full_graph(frame))
    for among, rows in (("treated", t == 1), ("untreated", t == 0), ("all", t >= 0)):
        answer = model.effect("t", "y", (0, 1), among=among).iloc[-1]
        assert answer["lower"] - 0.1 < (2 + 2 * z[rows]).mean() < answer["upper"] + 0.1


def test_groups_have_their_own_effect_read_off_the_rows():
    rng = np.random.default_rng(0)
    z, group = rng.normal(size=(2, 700))
    t = (rng.random(700) < expit(z)) * 1.0
    old = group > 0
    frame = pd.DataFrame(
        {"z": z, "group": old * 1.0, "t": t, "y": (1 + 3 * old) * t + z + rng.normal(size=700)}
    )
    model = fc.infer(frame, full_graph(frame), mechanisms="least-squares")
    for value, effect in ((0, 1), (1, 4)):
        table = model.effect("t", "y", (0, 1), given={"group": value})
        assert table.method == "augmented balancing weights"
        assert table.iloc[-1]["mean"] == pytest.approx(effect, abs=0.4)
        assert table.iloc[-1]["upper"] - table.iloc[-1]["lower"] < 0.8
    moved = model.effect("t", "y", (0, 1), given={"y": (0, 3)}, draws=20)
    assert moved.method == "plug-in"


def test_those_treated_in_a_group_stand_for_themselves(one_sentence):
    rng = np.random.default_rng(0)
    z = rng.normal(size=900)
    t = (rng.random(900) < expit(z)) * 1.0
    frame = pd.DataFrame({"z": z, "t": t, "y": (2 + 2 * z) * t + z + rng.normal(size=900)})
    model = fc.infer(frame, full_graph(frame), mechanisms="least-squares")
    asked = {"among": "treated", "given": {"z": (0, 3)}}
    with warnings.catch_warnings():
        warnings.simplefilter("error", fc.OverlapWarning)
        table = model.effect("t", "y", (0, 1), **asked)
        (median,) = model.effect("t", "y", (0, 1), quantiles=0.5, **asked).iloc[[0]]["mean"]
    whose = (t == 1) & (z >= 0)
    # Every treated row there stands for itself, and an untreated one for as many as its odds say (Kish).
    odds = np.exp(z[(t == 0) & (z >= 0)])
    expected = [odds.sum() ** 2 / (odds**2).sum(), whose.sum()]
    assert table.overlap["effective_rows"].to_numpy() == pytest.approx(expected, rel=0.3)
    assert table.iloc[-1]["mean"] == pytest.approx((2 + 2 * z[whose]).mean(), abs=0.35)
    assert median == pytest.approx(np.median((z + rng.normal(size=900))[whose]), abs=0.35)
    doses = frame.assign(t=np.where(z > 1, np.arange(900) % 3, np.arange(900) % 4))
    model = fc.infer(doses, full_graph(doses), mechanisms="least-squares")
    with one_sentence("None of the rows", "is treated"):
        model.effect("t", "y", (0, 3), among="treated", given={"z": (1, 9)})


def test_each_row_has_the_effect_on_rows_like_it():
    rng = np.random.default_rng(1)
    z = rng.normal(size=500)
    t = (rng.random(500) < expit(z)) * 1.0
    frame = pd.DataFrame({"z": z, "t": t, "y": (1 + 2 * z) * t + z + 0.5 * rng.normal(size=500)})
    model = fc.infer(frame, full_graph(frame))
    asked = pd.DataFrame({"z": [-1.0, 1.0], "t": [0.0, 0.0], "y": [100.0, -100.0]}, index=["low", "high"])
    table = model.effect("t", "y", (0, 1), given=asked, each=True, method="orthogonal")
    assert table.method == "stacked regressions"
    assert list(table["row"]) == ["low"] * 3 + ["high"] * 3
    found = table[table["baseline"].notna()].set_index("row")["mean"]
    assert found["low"] == pytest.approx(-1, abs=0.4)  # whatever outcome the row had
    assert found["high"] == pytest.approx(3, abs=0.4)


def test_all_rows_count():
    frame = trial(0, n=10_200, noise=1.0, effect=0.1)
    model = fc.infer(frame, full_graph(frame), mechanisms="least-squares")
    answer = model.effect("t", "y", (0, 1)).iloc[-1]
    assert answer["upper"] - answer["lower"] < 0.09
    assert answer["mean"] == pytest.approx(least_squares(frame), abs=0.01)


def test_mechanisms_without_a_posterior_have_intervals_that_are_not_narrow():
    frame = trial(1)
    model = fc.infer(frame, full_graph(frame), mechanisms="least-squares")
    answer = model.effect("t", "y", (0, 1)).iloc[-1]
    assert 1.5 < answer["upper"] - answer["lower"] < 5


def test_the_answer_says_how_it_was_found():
    frame = trial(2)
    answer = fc.infer(frame, full_graph(frame)).effect("t", "y", (0, 1))
    assert answer.adjusted_for == tuple(f"c{j}" for j in range(8))
    assert list(answer.overlap["rows"]) == [int((frame["t"] == v).sum()) for v in (0, 1)]
    assert len(answer.plug_in) == len(answer)
    named = frame.assign(t=frame["t"].map({0: "no", 1: "yes"}))
    assert list(fc.infer(named, full_graph(frame)).effect("t", "y").overlap["value"]) == ["no", "yes"]
    assert (
        fc.infer(frame, full_graph(frame)).effect("t", "y", (0, 1), method="plug-in", draws=20).method
        == "plug-in"
    )


def test_arms_that_do_not_overlap_are_warned_of():
    rng = np.random.default_rng(0)
    z = rng.normal(size=500)
    t = (z + 0.1 * rng.normal(size=500) > 0) * 1.0
    frame = pd.DataFrame({"z": z, "t": t, "y": t + z + rng.normal(size=500)})
    model = fc.infer(frame, full_graph(frame))
    with pytest.warns(fc.OverlapWarning, match="hardly overlap"):
        model.effect("t", "y", (0, 1))


def test_only_the_chances_of_those_asked_about_are_warned_of():
    # Of those with z below 0 hardly anyone is treated; above, and so among those treated, every other one is.
    rng = np.random.default_rng(3)
    z = rng.normal(size=800)
    t = (rng.random(800) < np.where(z > 0, 0.5, 0.002)) * 1.0
    frame = pd.DataFrame({"z": z, "t": t, "y": z + t + rng.normal(size=800)})
    model = fc.infer(frame, full_graph(frame), mechanisms="least-squares")
    with pytest.warns(fc.OverlapWarning, match="rows of everyone; the effect on all"):
        model.effect("t", "y", (0, 1))
    with pytest.warns(fc.OverlapWarning, match="rows of those asked about; the effect on these"):
        model.effect("t", "y", (0, 1), given={"z": (-9, 0.2)})
    with warnings.catch_warnings():
        warnings.simplefilter("error", fc.OverlapWarning)
        model.effect("t", "y", (0, 1), among="treated")
        model.effect("t", "y", (0, 1), given={"z": (0.2, 9)})


def small_trial(ill: tuple[int, int], each: int) -> pd.DataFrame:
    """A trial of so many rows an arm, of which so many fell ill under 0 and under 1."""
    y = np.concatenate([np.arange(each) < count for count in ill])
    return pd.DataFrame({"t": np.repeat([0, 1], each), "y": y * 1})


def test_an_arm_in_which_nobody_fell_ill_is_not_sure_that_nobody_does():
    rng = np.random.default_rng(0)
    held = []
    for _ in range(12):  # arms of 20 with a risk of .05, looked at where chance spared all of them
        frame = small_trial((0, rng.binomial(20, 0.3)), 20)
        table = fc.infer(frame, nx.DiGraph([("t", "y")])).effect("t", "y", (0, 1))
        first = table.iloc[0]
        assert first["lower"] >= 0
        held.append(first["upper"] >= 0.05 and table.iloc[2].lower <= 0.25 <= table.iloc[2].upper)
    assert np.mean(held) >= 0.8
    sure = fc.infer(small_trial((0, 12), 12), nx.DiGraph([("t", "y")])).effect("t", "y", (0, 1)).iloc[2]
    assert sure["lower"] < 0.9
    assert sure["upper"] == 1


def test_how_little_is_known_of_rows_that_are_alike_has_no_unit():
    rng = np.random.default_rng(1)
    amounts = np.concatenate([np.zeros(15), rng.exponential(size=15) * (rng.random(15) < 0.5)])
    frame = pd.DataFrame({"t": np.repeat([0.0, 1.0], 15), "y": amounts})
    found = [
        fc.infer(frame.assign(y=frame["y"] * unit + start), nx.DiGraph([("t", "y")]))
        .effect("t", "y", (0, 1))
        .iloc[2]
        for unit, start in ((1, 0), (1000, 0), (1, 50))
    ]
    width = found[0]["upper"] - found[0]["lower"]
    for other, unit in zip(found, (1, 1000, 1), strict=True):
        assert other["upper"] - other["lower"] == pytest.approx(width * unit)
    rows = Rows.of(frame["y"].to_numpy(), frame["t"].to_numpy(), np.empty((30, 0)))
    assert mean_outcomes(rows, np.array([0.0, 1.0])).standard_error(np.array([1.0, 0.0])) > 0.05


def test_there_is_no_ratio_to_a_risk_that_is_next_to_zero():
    with warnings.catch_warnings():
        warnings.simplefilter("error", RuntimeWarning)
        model = fc.infer(small_trial((0, 5), 20), nx.DiGraph([("t", "y")]))
        table = model.effect("t", "y", (0, 1))
        assert table.ratios()[["ratio", "lower", "upper"]].isna().all(axis=None)
        assert np.isnan(table.sensitivity()["e_value"].iloc[0])
        few = fc.infer(small_trial((1, 5), 20), nx.DiGraph([("t", "y")])).effect("t", "y", (0, 1))
        assert few.ratios()["ratio"].iloc[0] == pytest.approx(5, rel=0.05)


def test_risks_ratings_and_counts_stay_where_they_can_be():
    rng = np.random.default_rng(3)
    x = rng.normal(size=60)
    t = (rng.random(60) < expit(x)) * 1
    outcomes = {
        "binary": ((rng.random(60) < expit(2 * x - 3)) * 1, 0, 1),
        "label": (np.where(rng.random(60) < expit(2 * x - 3), "ill", "healthy"), 0, 1),
        "level": (np.array(["a", "b", "c"])[np.minimum(rng.poisson(0.4, 60), 2)], 0, 1),
        "rating": (np.clip(np.round(1 + rng.exponential(0.5, 60)), 1, 4).astype(int), 1, 4),
        "count": (rng.poisson(0.15 * np.exp(x)), 0, np.inf),
    }
    for name, (outcome, low, high) in outcomes.items():
        frame = pd.DataFrame({"x": x, "t": t, "y": outcome})
        types = {"y": "count"} if name == "count" else {"y": "ordinal"} if name == "rating" else {}
        model = fc.infer(frame, full_graph(frame), types=types)
        for options in ({}, {"given": frame, "each": True, "method": "orthogonal"}):
            table = model.effect("t", "y", (0, 1), **options)
            numbers = table.loc[table["baseline"].isna(), ["mean", "lower", "upper"]].to_numpy()
            assert ((numbers >= low) & (numbers <= high)).all(), name
            differences = table.loc[table["baseline"].notna(), ["mean", "lower", "upper"]].to_numpy()
            assert (np.abs(differences) <= high - low).all(), name


def test_a_small_arm_that_is_like_the_other_one_is_called_small():
    rng = np.random.default_rng(0)
    frame = pd.DataFrame({"x": rng.normal(size=50), "t": np.repeat([0.0, 1.0], (32, 18))})
    frame["y"] = frame["t"] + rng.normal(size=50)
    model = fc.infer(frame, nx.DiGraph([("x", "y"), ("t", "y")]))
    with pytest.warns(fc.OverlapWarning, match="The 18 rows with t = 1 are worth 1. of everyone") as caught:
        model.effect("t", "y", (0, 1))
    assert not any("overlap" in str(item.message) for item in caught)


def test_completed_tables_are_warned_of_once_and_have_one_graph():
    rng = np.random.default_rng(0)
    frame = pd.DataFrame({"x": rng.normal(size=60), "t": np.repeat([0.0, 1.0], (40, 20))})
    frame["y"] = frame["t"] + rng.normal(size=60)
    frame.loc[::9, "x"] = np.nan
    with pytest.warns(fc.MissingValuesWarning):
        model = fc.infer(frame, nx.DiGraph([("x", "y"), ("t", "y")]))
    with pytest.warns(fc.OverlapWarning, match="The 20 rows with t = 1") as caught:
        model.effect("t", "y", (0, 1))
    spoken = [str(item.message).split(" are worth")[0] for item in caught]
    assert len(spoken) == len(set(spoken))
    with pytest.warns(fc.NoPathWarning, match="in this graph there is no effect"):
        model.effect("t", "x", (0, 1), draws=10)


def test_an_effect_on_a_cause_is_zero_for_a_reason():
    frame = trial(0)
    model = fc.infer(frame, full_graph(frame), mechanisms="least-squares")
    for options in ({}, {"method": "orthogonal"}, {"among": "treated"}):
        with pytest.warns(fc.NoPathWarning, match="'c0', which is a cause of 't': in this graph there is no"):
            table = model.effect("t", "c0", (0, 1), draws=20, **options)
        assert table.method == "no path"
        assert table.reason.startswith("No path leads from 't' to 'c0'")
        assert (table.iloc[-1][["mean", "lower", "upper"]] == 0).all()


def test_rows_in_which_the_outcome_was_set_do_not_count():
    frame = trial(5, noise=1.0)
    mask = pd.DataFrame(False, index=frame.index, columns=frame.columns)
    mask.loc[:99, "y"] = True
    frame.loc[:99, "y"] = 1000.0
    table = fc.observations(frame, intervened=mask)
    answer = fc.infer(table, full_graph(frame)).effect("t", "y", (0, 1)).iloc[-1]
    assert answer["mean"] == pytest.approx(3, abs=0.5)


def test_rows_in_which_a_cause_of_a_covariate_was_set_do_not_say_who_everyone_is():
    # The effect is x in every row: 0 on average, but 4 where w was set to 4.
    rng = np.random.default_rng(1)
    w, was_set = rng.normal(size=500), np.arange(500) < 200
    w[was_set] = 4.0
    x = w + rng.normal(size=500)
    t = (rng.random(500) < expit(x / 2)) * 1.0
    frame = pd.DataFrame({"w": w, "x": x, "t": t, "y": x * t + x + 0.3 * rng.normal(size=500)})
    mask = pd.DataFrame({name: was_set & (name == "w") for name in frame})
    graph = nx.DiGraph([("w", "x"), ("x", "t"), ("x", "y"), ("t", "y")])
    model = fc.infer(fc.observations(frame, intervened=mask), graph, mechanisms="least-squares")
    everyone = ~was_set
    for options, whose in (
        ({}, everyone),
        ({"given": {"w": (0, 9)}}, everyone & (w > 0)),
        ({"among": "treated"}, everyone & (t == 1)),
    ):
        answer = model.effect("t", "y", (0, 1), **options).iloc[-1]
        assert answer["mean"] == pytest.approx(x[whose].mean(), abs=0.1)
    assert model.refute("t", "y", (0, 1))["expected"].iloc[-1] == pytest.approx(x[everyone].mean(), abs=0.1)
    mask["w"], mask.loc[:14, "w"] = True, False
    model = fc.infer(fc.observations(frame, intervened=mask), graph, mechanisms="least-squares")
    assert model.effect("t", "y", (0, 1), draws=20).method == "plug-in"


@pytest.mark.parametrize(
    ("options", "word"),
    [
        ({"method": "magic"}, "magic"),
        ({"method": "orthogonal", "given": {"y": (0, 1)}}, "read off the rows"),
        ({"method": "orthogonal", "given": {"c0": 0.5}}, "read off the rows"),
        ({"among": "treated", "method": "plug-in"}, "orthogonal"),
        ({"among": "some"}, "some"),
    ],
)
def test_what_does_not_go_together_is_refused(options, word):
    frame = trial(0)
    model = fc.infer(frame, full_graph(frame), mechanisms="least-squares")
    with pytest.raises(fc.InputError, match=word):
        model.effect("t", "y", (0, 1), **options)


def test_values_that_hardly_any_row_has_are_warned_of_once():
    rng = np.random.default_rng(0)
    group = rng.choice(["a", "b"], 100).astype(object)
    group[:3] = ["rare", "rarer", "rare"]
    data = pd.DataFrame({"group": group, "y": (group == "b") + rng.normal(size=100)})
    model = fc.infer(data, nx.DiGraph([("group", "y")]))
    with pytest.warns(fc.OverlapWarning) as caught:
        model.effect("group", "y", draws=2, method="plug-in")
    (few,) = [str(item.message) for item in caught if "at each of" in str(item.message)]
    assert "At most 2 rows with group at each of 'rare', 'rarer'" in few


def test_graphs_over_one_table_are_no_imputations():
    first, second = pd.DataFrame({"a": [1.0, 2.0]}), pd.DataFrame({"a": [1.0, 3.0]})
    tables = [SimpleNamespace(data=SimpleNamespace(values=t.to_numpy())) for t in (first, first, second)]
    means = [np.array([1.0]), np.array([3.0]), np.array([4.0])]
    assert between_imputations(tables[:2], means[:2]) == 0
    # Of the two tables the means are 2 and 4.
    assert between_imputations(tables, means) == pytest.approx([2.0])


def test_what_multiplies_a_count_multiplies_its_effects_unless_it_is_called_a_number():
    rng = np.random.default_rng(21)
    x = rng.normal(size=800)
    t = (rng.random(800) < expit(x / 2)) * 1.0
    mean = np.exp(0.3 + 0.6 * x)
    frame = pd.DataFrame({"c": x, "t": t, "y": rng.poisson(mean * np.exp(0.4 * t)).astype(float)})
    errors = []
    for types in ({}, {"y": "continuous"}):
        model = fc.infer(frame, full_graph(frame), types=types)
        table = model.effect("t", "y", (0, 1), given=frame, each=True, method="orthogonal")
        effects = table["mean"].to_numpy()[2::3]
        errors.append(np.sqrt(np.mean((effects - mean * np.expm1(0.4)) ** 2)))
    assert errors[0] < 0.8 * errors[1]


def of_two_noises(seed: int, few: int, many: int) -> pd.DataFrame:
    """A randomized trial whose smaller arm is the noisier one."""
    rng = np.random.default_rng(seed)
    t = np.repeat([1.0, 0.0], [few, many])
    return pd.DataFrame({"t": t, "y": t + np.where(t == 1, 4, 1) * rng.normal(size=few + many)})


@pytest.mark.parametrize("seed", range(3))
def test_intervals_of_small_trials_have_the_degrees_of_freedom_of_welchs_test(seed):
    frame = of_two_noises(seed, 10, 30)
    model = fc.infer(frame, nx.DiGraph([("t", "y")]))
    wide, narrow = (model.effect("t", "y", (0, 1), level=level).iloc[-1] for level in (0.99, 0.5))
    treated, others = (frame.loc[frame["t"] == value, "y"] for value in (1, 0))
    degrees = stats.ttest_ind(treated, others, equal_var=False).df
    expected = stats.t.ppf(0.995, degrees) / stats.t.ppf(0.75, degrees)
    assert expected > 1.15 * stats.norm.ppf(0.995) / stats.norm.ppf(0.75)
    ratio = (wide["upper"] - wide["lower"]) / (narrow["upper"] - narrow["lower"])
    assert ratio == pytest.approx(expected, rel=0.02)


@pytest.mark.parametrize("binary", [True, False])
def test_intervals_of_large_tables_are_normal(binary):
    frame = trial(0, n=2000, binary=binary)
    rows = Rows.of(frame["y"].to_numpy(), frame["t"].to_numpy(), frame.iloc[:, :8].to_numpy())
    answer = mean_outcomes(rows, np.array([0.0, 1.0]))
    margin = answer.margin(CONTRAST, 0.9)
    assert margin == pytest.approx(stats.norm.ppf(0.95) * answer.standard_error(CONTRAST), rel=0.003)


def test_covariates_and_unequal_weights_cost_degrees_of_freedom():
    rng = np.random.default_rng(0)
    z, t, y = rng.normal(size=(40, 3)), rng.normal(size=40), rng.normal(size=40)
    alone, beside = (mean_outcomes(Rows.of(y, t, x), np.array([0.0, 1.0])) for x in (z[:, :0], z))
    centred = (t - t.mean()) ** 2
    worth = centred.sum() ** 2 / (centred**2).sum()  # rows of a slope's variance (Bell and McCaffrey 2002)
    assert 0.8 * (worth - 1) < alone.degrees(CONTRAST) < 40 - 2
    assert beside.degrees(CONTRAST) < 40 - 5


def test_a_mixture_of_like_estimates_is_students_t():
    mean, error, degrees = np.array([1.0, -2.0]), np.array([0.5, 3.0]), np.array([3.7, 40.0])
    expected = np.column_stack([mean, *stats.t.interval(0.9, degrees, mean, error)])
    one = mixture([mean], [error], [1.0], 0.9, [degrees])
    two = mixture([mean] * 2, [error, error * (1 + 1e-9)], [0.3, 0.7], 0.9, [degrees] * 2)
    assert one == pytest.approx(expected, rel=1e-6)
    assert two == pytest.approx(expected, rel=1e-6)


@pytest.fixture(scope="module")
def harvest() -> tuple[fc.CausalModel, pd.DataFrame]:
    """A treatment that moves a date, and the time since the first of February until then, by ten days."""
    rng = np.random.default_rng(0)
    z, t = rng.normal(size=200), np.arange(200) % 2.0
    number = 60 + 10 * t + 3 * z + rng.normal(size=200)  # days since the new year
    ripe = pd.Timestamp("2024-01-01") + pd.to_timedelta(number, unit="D")
    frame = pd.DataFrame({"z": z, "t": t, "ripe": ripe, "took": ripe - pd.Timestamp("2024-02-01")})
    graph = nx.DiGraph([(cause, effect) for cause in ("z", "t") for effect in ("ripe", "took")])
    return fc.infer(frame, graph), frame.assign(number=number)


@pytest.mark.parametrize(
    "asked", [{}, {"method": "plug-in", "draws": 50}, {"quantiles": (0.5,), "draws": 50}]
)
def test_the_mean_of_a_date_is_a_date_and_a_difference_a_span_of_time(harvest, asked):
    model, frame = harvest
    table = model.effect("t", "ripe", (0, 1), **asked)
    plain = fc.infer(frame[["z", "t", "number"]], nx.DiGraph([("z", "number"), ("t", "number")]))
    numbers = plain.effect("t", "number", (0, 1), **asked)
    for name in ("mean", "lower", "upper"):
        dates, days = list(table[name]), list(numbers[name])
        assert [type(value) for value in dates] == [pd.Timestamp, pd.Timestamp, pd.Timedelta]
        found = [(date - pd.Timestamp("2024-01-01")) / pd.Timedelta(days=1) for date in dates[:2]]
        # Draws hang on names, by which chance is keyed; ten days and a mean do not.
        within = 1e-4 if not asked else 1.0
        assert [*found, dates[2] / pd.Timedelta(days=1)] == pytest.approx(days, abs=within)
    assert table["lower"].iloc[2] < pd.Timedelta(days=10) < table["upper"].iloc[2] + pd.Timedelta(days=0.3)


def test_what_is_made_of_an_effect_on_a_date(harvest):
    model, _ = harvest
    table, took = (model.effect("t", name, (0, 1)) for name in ("ripe", "took"))
    assert [type(value) for value in took["mean"]] == [pd.Timedelta] * 3
    assert table.sensitivity()["mean"].iloc[0] == pytest.approx(10, abs=0.5)
    assert took.ratios()["ratio"].iloc[0] == pytest.approx(39 / 29, abs=0.05)
    with pytest.raises(fc.InputError, match="dates have no ratios"):
        table.ratios()
    axes = fc.plot.effects(table)
    assert "days" in axes.get_xlabel()
    low, high = axes.get_xlim()
    assert low < 10 < high < 20
    checks = model.refute("t", "ripe", (0, 1))
    assert checks["expected"].iloc[1] == pytest.approx(pd.Timedelta(days=10), abs=pd.Timedelta(days=0.5))


@pytest.mark.parametrize("zone", ["Europe/Berlin", "UTC"])
def test_how_hidden_causes_would_move_a_date_is_told_in_any_zone(harvest, zone):
    _, frame = harvest
    ripe = frame["ripe"].dt.tz_localize("UTC").dt.tz_convert(zone)
    graph = nx.DiGraph([("z", "ripe"), ("t", "ripe")])
    zoned, plain = (
        fc.infer(data, graph).effect("t", "ripe", (0, 1)).sensitivity()
        for data in (frame[["z", "t", "ripe"]].assign(ripe=ripe), frame[["z", "t", "ripe"]])
    )
    assert zoned["robustness"].iloc[0] == pytest.approx(plain["robustness"].iloc[0], abs=1e-6)
    assert zoned["benchmark_mean"].iloc[0] == pytest.approx(plain["benchmark_mean"].iloc[0], abs=1e-3)


def test_an_end_of_an_interval_that_no_date_can_have_is_none():
    table = estimates_table(
        [np.array([0.0, 10.0, 10.0])], [np.array([1.0, 1e5, 1e5])], [1.0], np.array([0.0, 1.0]), 0.9
    )
    table.labelled(Column("t", "continuous"), Column("ripe", "continuous", unit=DATES))
    assert table["mean"].tolist() == [
        pd.Timestamp("1970-01-01"),
        pd.Timestamp("1970-01-11"),
        pd.Timedelta(days=10),
    ]
    assert list(table["lower"].isna()) == list(table["upper"].isna()) == [False, True, True]


LABELS = {
    "numbers": (),
    "text": ("a", "b"),
    "truths": (False, True),
    "numbers and text": (1, "b"),
    "dates": tuple(pd.to_datetime(["2024-01-01", "2024-02-01"])),
    "days": (date(2024, 1, 1), date(2024, 2, 1)),
    "spans": tuple(pd.to_timedelta(["1D", "3D"])),
    "periods": tuple(pd.period_range("2024-01", periods=2, freq="M")),
    "intervals": tuple(pd.interval_range(0, 2)),
    "pairs": (("a", 1), ("b", 2)),
}
OUTCOMES = {
    "number": Column("y", "continuous"),
    "date": Column("y", "continuous", unit=DATES),
    "date in a zone": Column("y", "continuous", unit=DATES, dtype=pd.DatetimeTZDtype("us", "Europe/Berlin")),
    "span": Column("y", "continuous", unit=DURATIONS),
}


@pytest.mark.parametrize("outcome", OUTCOMES)
@pytest.mark.parametrize("labels", LABELS)
def test_effects_of_and_on_every_kind_of_column_can_be_written(labels, outcome, tmp_path):
    called = LABELS[labels]
    treatment = Column("t", "categorical", called, (0.0, 1.0)) if called else Column("t", "continuous")
    ends = [np.array([0.0, 10.0, 10.0])], [np.array([1.0, 1.0, 1.0])], [1.0], np.array([0.0, 1.0])
    table = estimates_table(*ends, 0.9)
    table.overlap = pd.DataFrame({"value": [0.0, 1.0], "rows": [20, 30]})
    table.labelled(treatment, OUTCOMES[outcome])
    assert table.overlap is not None
    for number, frame in enumerate(
        (table, table.overlap, table.head(1), joined_tables([table] * 2, "row", [0, "x"]))
    ):
        parquet, feather, other = (
            tmp_path / f"{number}{end}" for end in (".parquet", ".feather", "o.parquet")
        )
        frame.to_parquet(parquet)
        frame.to_feather(feather)
        write_table(pd.DataFrame(frame), other)
        for path in (parquet, feather, other):
            assert read_table(path).shape == frame.shape
    back = pd.read_parquet(tmp_path / "0.parquet")
    means = [str(value) for value in table["mean"]]
    assert [str(value) for value in back["mean"]] == means
    if outcome == "date":
        assert means == ["1970-01-01 00:00:00", "1970-01-11 00:00:00", "10 days 00:00:00"]


@pytest.mark.parametrize("degrees", [None, [np.array([7.5])] * 2])
def test_estimates_that_hardly_differ_have_an_interval(degrees):
    means, errors = [np.array([5.0]), np.array([5.0 + 1e-10])], [np.array([1.0])] * 2
    law = stats.norm() if degrees is None else stats.t(7.5)
    found = mixture(means, errors, [0.6, 0.4], 0.9, degrees)
    assert found[0] == pytest.approx([5, 5 + law.ppf(0.05), 5 + law.ppf(0.95)], abs=1e-8)


def poisson_difference(z: np.ndarray, d: np.ndarray, y: np.ndarray) -> float:
    """The mean outcome at a dose of 1 less that at -1, by a Poisson regression on both."""
    x, b = np.column_stack([np.ones(len(z)), z, d]), np.array([np.log(y.mean()), 0.0, 0.0])
    for _ in range(30):
        mean = np.exp(x @ b)
        b += np.linalg.solve((x * mean[:, None]).T @ x, x.T @ (y - mean))
    return float(np.mean(np.exp(b[0] + b[1] * z)) * (np.exp(b[2]) - np.exp(-b[2])))


def test_counts_that_are_never_zero_are_multiplied_by_a_dose():
    rng = np.random.default_rng(0)
    z = rng.normal(size=800)
    d = 0.7 * z + rng.normal(size=800)
    y = np.maximum(rng.poisson(np.exp(2.5 + 0.4 * z - 0.4 * d)).astype(float), 1)
    found = mean_outcomes(Rows.of(y, d, z[:, None], counted=True), np.array([-1.0, 1.0]))
    # Bends on the scale of the outcome are .1 off.
    assert found.mean @ CONTRAST == pytest.approx(poisson_difference(z, d, y), abs=0.05)


def test_ratings_from_one_up_are_no_counts():
    def counted(column: Column) -> bool:
        model = SimpleNamespace(schema={"y": column})
        return is_counted(model, SimpleNamespace(outcome="y", level=None))  # type: ignore[arg-type]

    few, rated = (tuple(map(float, range(start, start + 5))) for start in (0, 1))
    assert counted(Column("y", "count"))
    assert counted(Column("y", "ordinal", few, few))
    assert not counted(Column("y", "ordinal", rated, rated))
    assert not counted(Column("y", "continuous"))
