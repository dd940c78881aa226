"""Tables of every type of column: labels in, labels out, in samples, interventions and counterfactuals."""

import networkx as nx
import numpy as np
import pandas as pd
import pytest
from scipy.special import expit

import foundation_causal as fc

STAGES = ["I", "II", "III"]
GRAPH = nx.DiGraph(
    [
        *[("age", name) for name in ("stage", "drug", "pressure", "visits")],
        *[("sex", "stage"), ("stage", "drug"), ("stage", "died"), ("drug", "died"), ("drug", "pressure")],
    ]
)
DISCRETE = ["sex", "stage", "drug", "died", "visits"]


def patients(seed: int, n: int = 500) -> pd.DataFrame:
    """Patients: stages that grow worse with age, drugs given by stage, deaths that drug a prevents."""
    rng = np.random.default_rng(seed)
    age = rng.normal(50, 10, n)
    sex = np.where(rng.random(n) < 0.5, "f", "m")
    latent = 0.08 * (age - 50) + 0.5 * (sex == "m") + rng.logistic(size=n)
    stage = (latent > 0).astype(int) + (latent > 1.5)
    scores = np.column_stack([np.zeros(n), 0.05 * (age - 50), -0.5 + (stage == 2)])
    drug = (scores + rng.gumbel(size=(n, 3))).argmax(1)
    risk = expit(-1 + 0.8 * stage - 1.2 * (drug == 1) - 0.3 * (drug == 2))
    return pd.DataFrame(
        {
            "age": age,
            "sex": sex,
            "stage": pd.Categorical(np.array(STAGES)[stage], STAGES, ordered=True),
            "drug": np.array(["none", "a", "b"])[drug],
            "died": rng.random(n) < risk,
            "pressure": 120 + 0.5 * (age - 50) - 10 * (drug == 1) + 5 * rng.normal(size=n),
            "visits": rng.poisson(np.exp(0.8 + 0.06 * (age - 50))),
        }
    )


@pytest.fixture(scope="module")
def table() -> pd.DataFrame:
    return patients(0)


@pytest.fixture(scope="module")
def model(table):
    return fc.infer(table, GRAPH)


def test_samples_have_the_types_and_the_frequencies_of_the_table(model, table):
    drawn = model.sample(4000, seed=1)
    assert drawn.dtypes.equals(table.dtypes)
    for name in DISCRETE[:4]:
        shares = table[name].value_counts(normalize=True)
        found = drawn[name].value_counts(normalize=True)
        np.testing.assert_allclose(found.reindex(shares.index), shares, atol=0.05)
    assert (drawn["visits"] >= 0).all()
    assert drawn["visits"].mean() == pytest.approx(table["visits"].mean(), rel=0.15)
    among = pd.crosstab(drawn["stage"], drawn["drug"], normalize="index")
    np.testing.assert_allclose(
        among, pd.crosstab(table["stage"], table["drug"], normalize="index"), atol=0.12
    )


def test_noise_leads_back_to_the_rows_and_has_columns_for_categories(model, table):
    for seed in (0, 1):
        noise = model.noise(table, seed=seed)
        assert [name for name in noise if name.startswith("drug")] == ["drug=a", "drug=b", "drug=none"]
        again = model.generate(noise)
        pd.testing.assert_frame_equal(again[DISCRETE], table[DISCRETE])
        np.testing.assert_allclose(again["pressure"], table["pressure"])
    assert not np.allclose(noise, model.noise(table, seed=0))  # another world


def test_nothing_changes_in_a_row_whose_causes_do_not_move(model, table):
    for name, value in (("drug", "a"), ("stage", "II"), ("sex", "m"), ("visits", 2)):
        rows = table[table[name] == value]
        pd.testing.assert_frame_equal(model.counterfactual(rows, {name: value}, seed=3), rows)


def test_a_cause_that_helps_kills_nobody(model, table):
    at_worst = model.probabilities(table.assign(drug="none"), "died")[True]
    at_best = model.probabilities(table.assign(drug="a"), "died")[True]
    rows = table[((at_best <= at_worst) & (table["drug"] == "none")).to_numpy()]
    assert len(rows) > 50
    saved = model.counterfactual(rows, {"drug": "a"})["died"]
    assert not (saved & ~rows["died"]).any()
    assert (~saved & rows["died"]).any()


def test_worlds_average_to_what_the_probabilities_say(model, table):
    row = table[(table["drug"] == "none") & table["died"]].head(1)
    worlds = pd.concat([row] * 3000)
    share = model.counterfactual(worlds, {"drug": "a"})["died"].mean()
    before, after = (model.probabilities(row.assign(drug=d), "died")[True].item() for d in ("none", "a"))
    # Who died had noise in the upper part that kills; of these the drug saves those at its lower end.
    assert share == pytest.approx(min(after / before, 1), abs=0.03)


def test_interventions_take_labels_and_refuse_what_is_none(model):
    worst = model.do({"stage": "III"})
    assert (worst.sample(50)["stage"] == "III").all()
    assert "stage = III" in repr(worst)
    assert (model.do({"died": False}).sample(20)["died"] == False).all()  # noqa: E712 -- dtype bool
    for target, value, said in (
        ("stage", "IV", "none of the levels of 'stage'; use one of 'I', 'II', 'III'"),
        ("died", 0.5, "none of the levels of 'died'"),
        ("visits", 2.5, "'visits' is a count and cannot be 2.5; give a whole number"),
        (
            "drug",
            fc.Shift(1.0),
            "'drug' is a count, has categories without an order, .* no scale to shift it",
        ),
        ("visits", fc.Shift(1.0), "no scale to shift it on"),
        ("died", lambda p: p / 2, "no function takes the place of its mechanism"),
    ):
        with pytest.raises(fc.InputError, match=said):
            model.do({target: value})


@pytest.mark.parametrize(("variable", "higher"), [("died", [True]), ("stage", ["II", "III"])])
def test_a_shift_adds_to_the_log_odds_of_higher_levels(model, table, variable, higher):
    up = model.do({variable: fc.Shift(np.log(2))})
    before, after = (m.probabilities(table, variable).filter(items=higher).sum(axis=1) for m in (model, up))
    np.testing.assert_allclose(after / (1 - after), 2 * before / (1 - before), rtol=1e-9)
    back = up.do({variable: fc.Shift(-np.log(2))})
    np.testing.assert_allclose(
        back.probabilities(table, variable), model.probabilities(table, variable), rtol=1e-9
    )
    np.testing.assert_allclose(
        up.log_likelihood(table) - model.log_likelihood(table),
        np.log(observed(up, table, variable) / observed(model, table, variable)),
        atol=1e-9,
    )


def observed(model, table, variable):
    probabilities = model.probabilities(table, variable)
    places = probabilities.columns.get_indexer(table[variable])
    return probabilities.to_numpy()[np.arange(len(table)), places]


def test_no_row_falls_under_a_shift_and_as_many_rise_as_samples_say(model, table):
    order = {"I": 0, "II": 1, "III": 2}
    rows = pd.concat([table] * 3)
    moved = model.counterfactual(rows, {"stage": fc.Shift(1.0)})
    was, now = (frame["stage"].astype(object).map(order).to_numpy() for frame in (rows, moved))
    assert (now >= was).all()
    assert (now > was).any()
    shifted = model.do({"stage": fc.Shift(1.0)})
    assert (now == 2).mean() == pytest.approx(shifted.probabilities(rows, "stage")["III"].mean(), abs=0.02)
    assert (shifted.sample(5_000)["stage"] == "III").mean() == pytest.approx((now == 2).mean(), abs=0.03)


def test_probabilities_and_predictions(model, table):
    of_stages = model.probabilities(table, "stage")
    assert list(of_stages) == STAGES
    np.testing.assert_allclose(of_stages.sum(axis=1), 1)
    predicted = model.predict(table)
    assert (predicted["stage"].astype(str) == of_stages.idxmax(axis=1)).all()
    assert predicted["died"].between(0, 1).all()
    np.testing.assert_allclose(predicted["died"], model.probabilities(table, "died")[True])
    truth = expit(
        -1 + 0.8 * table["stage"].cat.codes - 1.2 * (table["drug"] == "a") - 0.3 * (table["drug"] == "b")
    )
    assert np.abs(predicted["died"] - truth).mean() < 0.06
    with pytest.raises(fc.InputError, match="'age' has no probabilities of levels"):
        model.probabilities(table, "age")


def test_likelihood_is_finite_and_knows_an_unlikely_row(model, table):
    found = model.log_likelihood(table)
    assert np.isfinite(found).all()
    strange = table.head(1).assign(visits=60)
    assert model.log_likelihood(strange).item() < found.iloc[0] - 20


def test_effects_between_labels_are_near_the_truth(model, table):
    stage, stages = table["stage"].cat.codes.to_numpy(), np.arange(3)
    share = np.bincount(stage, minlength=3) / len(stage)
    truth = share @ (expit(-1 + 0.8 * stages - 1.2) - expit(-1 + 0.8 * stages))
    effects = {
        method: model.effect("drug", "died", ("none", "a"), method=method, draws=50)
        for method in ("orthogonal", "plug-in")
    }
    for found in effects.values():
        assert list(found["value"]) == ["none", "a", "a"]
        assert found.iloc[-1]["baseline"] == "none"
        assert found["lower"].iloc[-1] < truth < found["upper"].iloc[-1]
        assert found["mean"].iloc[-1] == pytest.approx(truth, abs=0.1)
    assert model.effect("age", "sex", (40, 60)).event == "m"
    ratio = effects["orthogonal"].ratios().iloc[0]
    assert ratio["lower"] < ratio["ratio"] < ratio["upper"] < 1


def test_an_outcome_of_several_levels_has_a_difference_for_each(model):
    found = model.effect("sex", "stage")
    assert list(found["level"].unique()) == STAGES
    differences = found[found["baseline"].notna()]["mean"]
    assert differences.sum() == pytest.approx(0, abs=0.02)
    assert differences.iloc[0] < 0


def test_conditions_are_by_label(model):
    severe = model.effect("drug", "died", ("none", "a"), given={"stage": "III"}, draws=30)
    mild = model.effect("drug", "died", ("none", "a"), given={"stage": "I"}, draws=30)
    assert severe["mean"].iloc[0] > mild["mean"].iloc[0] + 0.15
    worse = model.effect("drug", "died", ("none", "a"), given={"stage": ("II", "III")}, draws=30)
    assert mild["mean"].iloc[0] < worse["mean"].iloc[0] < severe["mean"].iloc[0] + 0.05
    with pytest.raises(fc.InputError, match="have no order"):
        model.effect("stage", "died", ("I", "III"), given={"drug": ("a", "b")})
    with pytest.raises(fc.InputError, match="none of the levels of 'sex'"):
        model.effect("drug", "died", ("none", "a"), given={"sex": "x"})


def test_the_order_of_rows_and_columns_changes_nothing(model, table):
    other = fc.infer(table.sample(frac=1, random_state=1)[list(reversed(table.columns))], GRAPH)
    for name in ("stage", "drug", "died"):
        ours, theirs = (m.probabilities(table, name) for m in (model, other))
        np.testing.assert_allclose(theirs.reindex(columns=ours.columns), ours, atol=1e-6)
    some = table.head(40)
    ours, theirs = (m.counterfactual(some, {"age": 70.0})[DISCRETE] for m in (model, other))
    pd.testing.assert_frame_equal(ours, theirs)
    turned = model.counterfactual(some.iloc[::-1], {"age": 70.0})[DISCRETE]
    pd.testing.assert_frame_equal(turned.iloc[::-1], ours)


def test_the_numbering_of_categories_changes_nothing_but_labels(model, table):
    renamed = {"none": "alpha", "a": "zeta", "b": "beta"}
    other = fc.infer(table.assign(drug=table["drug"].map(renamed)), GRAPH)
    asked = table.assign(drug=table["drug"].map(renamed))
    ours, theirs = model.probabilities(table, "drug"), other.probabilities(asked, "drug")
    np.testing.assert_allclose(theirs[ours.columns.map(renamed)], ours, atol=1e-5)
    np.testing.assert_allclose(other.predict(asked)["pressure"], model.predict(table)["pressure"], rtol=1e-4)
    np.testing.assert_allclose(other.predict(asked)["died"], model.predict(table)["died"], atol=1e-5)


def test_averages_vote_on_labels(table):
    turned = GRAPH.copy()
    turned.remove_edge("drug", "died")
    from mechanisms.averaged_model import average_models

    both = average_models(fc.observations(table), [(GRAPH, 0.7), (turned, 0.3)])
    answer = both.counterfactual(table.head(30), {"drug": "a"})
    assert answer.dtypes.equals(table.dtypes)
    heavier = both.models[0].counterfactual(table.head(30), {"drug": "a"})
    pd.testing.assert_frame_equal(answer[DISCRETE], heavier[DISCRETE])
    assert both.sample(20).dtypes.equals(table.dtypes)
    effect = both.effect("drug", "died", ("none", "a"), draws=20)
    assert effect["mean"].iloc[-1] < 0


def test_a_level_that_one_row_has_is_answered_with_a_warning():
    rng = np.random.default_rng(0)
    group = rng.choice(["a", "b"], 200).astype(object)
    group[0] = "rare"
    frame = pd.DataFrame({"group": group, "y": (group == "b") + rng.normal(size=200)})
    model = fc.infer(frame, nx.DiGraph([("group", "y")]))
    with pytest.warns(fc.OverlapWarning, match="Only 1 row with group = rare"):
        answer = model.effect("group", "y", ("a", "rare"))
    assert answer.method == "plug-in"
