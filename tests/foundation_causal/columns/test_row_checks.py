"""Copied rows and rows in an order: found where they are, and not where chance or sorting explains them."""

import numpy as np
import pandas as pd
import pytest

from foundation_causal.columns.row_checks import about_sorting, copies, drift, judge_rows
from foundation_causal.errors import InputError
from foundation_causal.observations import observations
from foundation_causal.simulate import p_in


def rng(seed: int = 0) -> np.random.Generator:
    return np.random.default_rng(seed)


def autoregressive(phi: float, seed: int, n: int = 300, d: int = 3) -> np.ndarray:
    noise, x = rng(seed).normal(size=(n, d)), np.zeros((n, d))
    for t in range(1, n):
        x[t] = phi * x[t - 1] + noise[t]
    return x


@pytest.fixture(scope="module")
def clean() -> list[pd.DataFrame]:
    batch = p_in().draw(scms=60, d=5, n=120, seed=1)
    return [batch.frame(k) for k in range(60)]


@pytest.mark.parametrize("repeat", [lambda x: np.tile(x, (16, 1)), lambda x: np.repeat(x, 16, axis=0)])
def test_copies_count_once(repeat):
    rows = rng().normal(size=(60, 3))
    judged = judge_rows(observations(repeat(rows)))
    assert judged.copies.different == 60
    assert judged.drift is None, "copies beside one another are no time series"
    assert sorted(map(tuple, judged.table.values)) == sorted(map(tuple, rows))


def test_copies_that_an_intervention_tells_apart_are_none():
    rows = rng().normal(size=(40, 2))
    mask = np.zeros((80, 2), dtype=bool)
    mask[:40, 0] = True
    assert copies(observations(np.tile(rows, (2, 1)), intervened=mask)) is None


def test_names_of_columns_play_no_part_in_copies():
    mask = np.zeros((80, 2), dtype=bool)
    mask[:20, 0] = True
    rows = np.repeat(rng().normal(size=(40, 2)), 2, axis=0)
    for names in (["a", "b"], ["set 0", "set 1"]):
        assert copies(observations(pd.DataFrame(rows, columns=names), intervened=mask)).different == 40


def test_too_few_different_rows_are_refused():
    with pytest.raises(InputError, match=r"^The 240 rows hold only 15 different ones, "):
        judge_rows(observations(np.tile(rng().normal(size=(15, 3)), (16, 1))))


def test_chance_repeats_rows_of_few_values():
    r = rng()
    age, zeros = r.integers(20, 70, 400), r.uniform(size=(500, 2))
    natural = {
        "levels": pd.DataFrame(r.integers(0, 3, (300, 4))),
        "counts": pd.DataFrame(r.poisson(1.0, (300, 2))),
        "ages": pd.DataFrame({"age": age, "birth": 2024 - age}),
        "rain": pd.DataFrame(np.where(zeros < 0.7, 0.0, zeros)),
        "rounded": pd.DataFrame(r.normal(size=(500, 2)).round(1)),
    }
    for name, frame in natural.items():
        assert frame.duplicated().any(), name
        assert copies(observations(frame)) is None, name


def test_rounded_rows_can_be_copied_too():
    rows = pd.DataFrame(rng().normal(100, 20, size=(60, 3)).round(1)).assign(sex=rng().integers(0, 2, 60))
    assert copies(observations(pd.concat([rows] * 5))).different == 60


def test_random_walks_drift():
    found = [drift(observations(rng(seed).normal(size=(300, 4)).cumsum(0))) for seed in range(20)]
    assert all(one is not None and one.autocorrelation > 0.7 for one in found)
    assert np.median([one.worth for one in found]) < 60
    half = [drift(observations(autoregressive(0.5, seed))) for seed in range(20)]
    # Two columns of autocorrelation 0.5 are worth 0.6 of their rows.
    assert np.mean([one.worth for one in half]) == pytest.approx(180, abs=25)


def test_independent_rows_do_not_drift(clean):
    assert [drift(observations(frame)) for frame in clean] == [None] * 60


def test_sorting_is_no_drift(clean):
    for frame in clean[:15]:
        for name in ("X1", "X4"):
            table = observations(frame.sort_values(name))
            assert drift(table) is None
            (found,) = about_sorting(table)
            assert (found.kind, found.columns) == ("sorted rows", (name,))
        groups = frame.assign(group=(frame.X1.median() < frame.X1) * 1.0).sort_values("group")
        assert drift(observations(groups)) is None


def test_a_time_column_does_not_hide_the_drift():
    for seed in range(10):
        walk = pd.DataFrame(rng(seed).normal(size=(300, 3)).cumsum(0)).assign(day=range(300))
        found = drift(observations(walk))
        assert set(found.columns) <= {"0", "1", "2"}
        assert list(about_sorting(observations(walk))) == [], "a counter sorts every table"


def test_one_drifting_cause_is_harmless():
    for seed in range(20):
        x, noise = autoregressive(0.9, seed, d=1)[:, 0], rng(seed + 100).normal(size=(2, 300))
        y = np.tanh(x) + noise[0]
        assert drift(observations(np.column_stack([x, y, y + noise[1]]))) is None


def experiments(noise: np.ndarray, value: float, spread: float) -> tuple[pd.DataFrame, np.ndarray]:
    """A chain of which each variable in turn is set in as many rows, one experiment after the other."""
    n, d = noise.shape
    block = np.arange(n) * (d + 1) // n
    mask = block[:, None] == np.arange(1, d + 1)
    x = noise.copy()
    for j in range(d):
        natural = x[:, j] + (0.8 * x[:, j - 1] if j else 0.0)
        x[:, j] = np.where(mask[:, j], value + spread * x[:, j], natural)
    return pd.DataFrame(x).add_prefix("x"), mask


@pytest.mark.parametrize(("value", "spread"), [(2.0, 0.0), (3.0, 0.5)])
def test_experiments_one_after_the_other_are_no_drift(value, spread):
    # Rows are independent given what was set: their number is what they are worth, in any order.
    for seed in range(10):
        frame, mask = experiments(rng(seed).normal(size=(600, 4)), value, spread)
        assert drift(observations(frame, intervened=mask)) is None
        assert len(judge_rows(observations(frame, intervened=mask)).table.frame) == 600


def test_values_set_in_a_rising_order_are_no_drift():
    # Who sets values chooses their order; those that nobody set are independent, and of other columns, too.
    ramp = np.tile(np.linspace(-3, 3, 120), 5)
    for seed in range(10):
        noise = rng(seed).normal(size=(600, 4))
        _, mask = experiments(noise, 0.0, 0.0)
        assert drift(observations(np.where(mask, ramp[:, None], noise), intervened=mask)) is None


def test_experiments_do_not_hide_the_drift():
    for seed in range(10):
        noise = autoregressive(0.7, seed, 600, 4)
        frame, mask = experiments(noise, 2.0, 0.0)
        assert drift(observations(frame, intervened=mask)) is not None


def test_gaps_do_not_hide_the_drift():
    walk = pd.DataFrame(rng().normal(size=(300, 3)).cumsum(0))
    assert drift(observations(walk.mask(rng(1).uniform(size=walk.shape) < 0.1), missing=True)) is not None


def test_rows_less_the_row_before_have_independent_noise_and_the_same_effects():
    for phi, seed in ((0.7, 0), (0.9, 1), (1.0, 2)):
        noise = autoregressive(phi, seed)
        a, b = noise[:, 0], 2 * noise[:, 0] + noise[:, 1]
        table = observations(pd.DataFrame({"day": np.arange(300), "a": a, "b": b, "c": noise[:, 2]}))
        judged = judge_rows(table)
        assert judged.multiple == pytest.approx(phi, abs=0.08)
        frame = judged.table.frame
        assert (len(frame), frame["day"].tolist()) == (299, list(range(1, 300)))
        assert drift(judged.table) is None
        slope = np.polyfit(frame["a"], frame["b"], 1)[0]
        assert slope == pytest.approx(2, abs=0.2)
    scaled = judge_rows(observations(table.frame[["c", "b", "day", "a"]] * [2, 0.5, 1, 100]))
    assert scaled.multiple == pytest.approx(judged.multiple)


@pytest.mark.parametrize("change", ["gap", "label", "sum", "mask"])
def test_rows_that_drift_are_taken_far_apart(change):
    walk = pd.DataFrame(rng().normal(size=(300, 3)).cumsum(0), columns=["0", "1", "2"])
    mask = None
    if change == "gap":
        walk.iloc[5, 1] = np.nan
    elif change == "label":
        walk["sex"] = rng(1).choice(["f", "m"], 300)
    elif change == "sum":
        walk["total"] = walk["0"] + walk["1"]
    else:
        mask = np.zeros(walk.shape, dtype=bool)
        mask[:9, 2] = True
    table = observations(walk, missing=True, intervened=mask)
    judged = judge_rows(table, 60)
    assert judged.multiple == 0
    assert len(judged.table.frame) == max(60, judged.drift.worth)
    assert judged.table.frame.index[[0, -1]].tolist() == [0, 299]


def test_no_column_is_thinned_to_one_value():
    walk = pd.DataFrame(rng().normal(size=(300, 3)).cumsum(0))
    rare = walk.assign(rare=(np.arange(300) == 7) * 1.0)
    assert judge_rows(observations(rare)).table.frame.shape == (300, 4), "a column would no longer vary"
