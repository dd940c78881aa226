"""Tables and rows with gaps: filled from the model itself, with intervals that know of it."""

import networkx as nx
import numpy as np
import pandas as pd
import pytest

import foundation_causal as fc
from foundation_causal.errors import MissingValuesWarning
from mechanisms.gaps.imputation import Imputer
from mechanisms.mechanism_model import Functions
from mechanisms.noise.distributions import Distribution
from mechanisms.queries.effect_draws import drawn_outcomes, outcomes
from mechanisms.queries.questions import checked_question

GRAPH = nx.DiGraph([("sex", "drug"), ("age", "drug"), ("drug", "level"), ("age", "level"), ("level", "pain")])


def people(seed: int, n: int = 240) -> pd.DataFrame:
    rng = np.random.default_rng(seed)
    sex = rng.choice(["f", "m"], n)
    age = rng.normal(50, 10, n)
    drug = rng.random(n) < 1 / (1 + np.exp(-(age - 50) / 10 - (sex == "m")))
    level = 2 * drug + 0.05 * age + 0.5 * rng.normal(size=n)
    pain = np.where(rng.random(n) < 1 / (1 + np.exp(level - 4)), "yes", "no")
    return pd.DataFrame({"sex": sex, "age": age, "drug": drug, "level": level, "pain": pain})


def with_gaps(frame: pd.DataFrame, seed: int) -> pd.DataFrame:
    """A tenth of everything is missing, and half of the levels of those above 55, whose levels are high."""
    rng = np.random.default_rng(seed)
    gaps = pd.DataFrame(rng.random(frame.shape) < 0.1, columns=frame.columns)
    gaps["level"] |= (frame["age"] > 55) & (rng.random(len(frame)) < 0.5)
    return frame.astype({"drug": "boolean"}).mask(gaps)


@pytest.fixture(scope="module")
def full():
    return people(0)


@pytest.fixture(scope="module")
def model(full):
    with pytest.warns(MissingValuesWarning, match="drawn from the model"):
        return fc.infer(with_gaps(full, 1), GRAPH)


def test_what_was_observed_stays_and_what_was_not_is_filled(full, model):
    gappy = with_gaps(full, 1)
    assert len(model.completed) == 5
    for table in model.completed:
        assert not table.isna().to_numpy().any()
        assert {name: str(dtype) for name, dtype in table.dtypes.items()} == {
            name: str(dtype) for name, dtype in gappy.dtypes.items()
        }
        observed = gappy.notna().to_numpy()
        assert (table.to_numpy(dtype=object)[observed] == gappy.to_numpy(dtype=object)[observed]).all()
    first, second = (table["level"] for table in model.completed[:2])
    assert (first != second).sum() == gappy["level"].isna().sum()


def test_the_effect_is_found_with_an_interval_that_knows_of_the_gaps(full, model):
    answer = model.effect("drug", "level", (False, True)).iloc[-1]
    complete = fc.infer(full, GRAPH).effect("drug", "level", (False, True)).iloc[-1]
    assert answer["lower"] < 2 < answer["upper"]
    assert answer["mean"] == pytest.approx(complete["mean"], abs=0.2)
    assert answer["upper"] - answer["lower"] > 0.9 * (complete["upper"] - complete["lower"])


def test_draws_of_completed_tables_vary_by_the_rules_of_rubin():
    rng = np.random.default_rng(5)
    a = rng.normal(size=100)
    frame = pd.DataFrame({"a": a, "b": a + rng.normal(size=100)})
    frame.loc[rng.random(100) < 0.5, "b"] = np.nan
    model = fc.infer(frame, nx.DiGraph([("a", "b")]), logs=False)
    question = checked_question(model.models[0], "a", "b", (0, 1))
    drawn, whose = drawn_outcomes(model.shares(2000), question, 0)
    effects = drawn[:, 0, 1] - drawn[:, 0, 0]
    centres, within = [], []
    for number, member in enumerate(model.models):
        alone = outcomes(member, question, 400, number + 100)
        alone = alone[:, 0, 1] - alone[:, 0, 0]
        centres.append(alone.mean())
        within.append(alone.var())
        assert (whose == number).sum() == 400
    assert effects.mean() == pytest.approx(np.mean(centres), abs=0.02)
    # Rubin 1987: W + (1 + 1 / m) B. Draws that are put together would vary by W + (1 - 1 / m) B.
    expected = np.mean(within) + 1.2 * np.var(centres, ddof=1)
    assert np.var(centres, ddof=1) > 0.25 * np.mean(within)
    assert effects.std() == pytest.approx(np.sqrt(expected), rel=0.04)


@pytest.mark.parametrize("gappy", ["a", "b"])
def test_what_is_filled_in_has_the_noise_of_what_was_observed(gappy):
    # b = a + N(0, 1), and 45 rows of 100 are complete: too few for a first model of their own.
    rng = np.random.default_rng(101)
    a = rng.normal(size=100)
    frame = pd.DataFrame({"a": a, "b": a + rng.normal(size=100)})
    gaps = rng.permutation(100)[:55]
    frame.loc[gaps, gappy] = np.nan
    model = fc.infer(frame, nx.DiGraph([("a", "b")]), logs=False)
    left = [(table["b"] - table["a"])[gaps].std() for table in model.completed]
    assert np.mean(left) == pytest.approx(1, abs=0.25)
    answer = model.effect("a", "b", (0, 1), method="plug-in").iloc[-1]
    if gappy == "b":  # the rows without b tell nothing of the slope, whose standard error is that of 45 rows
        assert answer["upper"] - answer["lower"] == pytest.approx(2 * 1.645 / np.sqrt(45), rel=0.4)


def test_samples_are_in_labels_and_look_like_the_full_table(full, model):
    drawn = model.sample(2000, seed=1)
    assert set(drawn["pain"]) == {"yes", "no"}
    assert (drawn["pain"] == "yes").mean() == pytest.approx((full["pain"] == "yes").mean(), abs=0.1)
    assert drawn["level"].mean() == pytest.approx(full["level"].mean(), abs=0.25)


def test_complete_rows_on_request_and_for_averages(full):
    gappy = with_gaps(full, 1)
    with pytest.warns(MissingValuesWarning, match="complete row"):
        model = fc.infer(gappy, GRAPH, missing="complete")
    assert len(model.data.frame) == len(gappy.dropna())
    left = len(gappy.dropna())
    with pytest.warns(MissingValuesWarning, match=f"leave {left} complete rows of {len(gappy)}"):
        fc.infer(gappy, fc.discover(gappy), average=2)
    with pytest.raises(fc.InputError, match='"impute" or "complete"'):
        fc.infer(gappy, GRAPH, missing="drop")


def test_answers_do_not_depend_on_the_order_of_the_rows(full):
    gappy = with_gaps(full, 1).head(80)
    order = np.random.default_rng(0).permutation(len(gappy))
    one = fc.infer(gappy, GRAPH).completed[0]
    other = fc.infer(gappy.iloc[order].reset_index(drop=True), GRAPH).completed[0]
    pd.testing.assert_frame_equal(other, one.iloc[order].reset_index(drop=True), rtol=1e-6)


def test_query_rows_with_gaps_are_filled_given_the_rest_of_the_row(full):
    model = fc.infer(full, GRAPH)
    rows = full.head(3).astype({"drug": "boolean"})
    rows.loc[0, "level"], rows.loc[1, "sex"] = np.nan, None
    answer = model.counterfactual(rows, {"drug": True}, seed=2)
    assert not answer.isna().to_numpy().any()
    assert answer.loc[2, "age"] == full.loc[2, "age"]
    again = model.counterfactual(rows, {"drug": True}, seed=2)
    pd.testing.assert_frame_equal(answer, again)
    assert not model.noise(rows).isna().to_numpy().any()


def test_a_missing_value_of_a_variable_that_is_set_is_what_it_is_set_to(full):
    model = fc.infer(full, GRAPH).do({"age": 20.0, "drug": True})
    rows = full.head(3).astype({"drug": "boolean"})
    rows.loc[:, "age"], rows.loc[:, "drug"] = 20.0, True
    gappy = rows.copy()
    gappy.loc[0, "age"], gappy.loc[1:, "drug"] = np.nan, None
    pd.testing.assert_frame_equal(model.noise(gappy), model.noise(rows))
    later = {"age": 70.0}
    pd.testing.assert_frame_equal(model.counterfactual(gappy, later), model.counterfactual(rows, later))


def test_a_missing_cause_is_drawn_from_its_posterior():
    # a ~ N(0, 1) and b = a + N(0, 1): given b, a has the mean b / 2 and the variance 1 / 2.
    graph = nx.DiGraph([("a", "b")])
    model = Functions(graph, {"a": lambda x: 0 * x[:, 0], "b": lambda x: x[:, 0]})
    rng = np.random.default_rng(0)
    noise: list[Distribution] = fc.infer(
        pd.DataFrame(rng.normal(size=(2000, 2)), columns=["a", "b"]), nx.empty_graph(["a", "b"], nx.DiGraph)
    ).observed_noise.distributions
    rows = np.column_stack([np.full(4000, np.nan), np.repeat([-2.0, 2.0], 2000)])
    imputer = Imputer(model, noise, seed=1)
    drawn = imputer.drawn(rows, imputer.started(rows), sweeps=12)[:, 0].reshape(2, -1)
    np.testing.assert_allclose(drawn.mean(1), [-1, 1], atol=0.1)
    np.testing.assert_allclose(drawn.var(1), 0.5, atol=0.08)


def test_what_is_drawn_for_gaps_belongs_to_the_rows_in_whatever_order_they_come(full, model):
    rows = with_gaps(full, 5).head(40)
    rows = rows[rows.notna().any(axis=1)].drop_duplicates()
    assert rows.isna().to_numpy().any()
    complete = fc.infer(full, model.graph)
    name = str(next(iter(nx.topological_sort(complete.dag))))
    value = full[name].iloc[0]
    found = complete.counterfactual(rows, {name: value}, seed=3)
    turned = complete.counterfactual(rows[::-1], {name: value}, seed=3)[::-1]
    pd.testing.assert_frame_equal(found, turned)
    pd.testing.assert_frame_equal(complete.noise(rows, seed=3), complete.noise(rows[::-1], seed=3)[::-1])
