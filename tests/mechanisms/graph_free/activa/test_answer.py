"""ACTIVA's answers: the mixture that comes back, and what cannot be answered."""

import tracemalloc
import warnings

import numpy as np
import pandas as pd
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.stats import multivariate_normal
from torch.utils._python_dispatch import TorchDispatchMode

from foundation_causal.errors import ExtrapolationWarning, InputError, SubsampleWarning
from foundation_causal.observations import observations
from mechanisms.graph_free.activa.answer import interventional_distribution
from mechanisms.graph_free.activa.network import Activa
from mechanisms.graph_free.distribution import InterventionalDistribution
from mechanisms.logarithms import log_columns

SMALL = {"width": 8, "hidden": 16, "decoder_layers": 1, "latent": 3}


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    """Untrained models, one of each encoding."""
    path = tmp_path_factory.mktemp("models")
    torch.manual_seed(0)
    Activa(encoding="value", variables=(2, 4), rows=(20, 40), **SMALL).save_pretrained(path / "value")
    Activa(encoding="value", variables=(2, 4), rows=(20, 400), reach=10.0, **SMALL).save_pretrained(
        path / "long"
    )
    Activa(variables=(3, 3), rows=(20, 20), **SMALL).save_pretrained(path / "index")
    return path


@pytest.fixture(scope="module")
def data():
    rng = np.random.default_rng(0)
    return pd.DataFrame(rng.normal(size=(30, 3)) * [1, 10, 0.1] + [0, 100, 3], columns=["b", "a", "c"])


def test_an_answer_is_in_the_users_units_with_the_variable_at_its_value(folder, data):
    answer = interventional_distribution(data, {"a": 105.5}, model=folder / "value", draws=7)
    assert (answer.names, answer.do) == (["b", "a", "c"], {"a": 105.5})
    assert answer.weights.sum() == pytest.approx(1)
    assert answer.means.shape == (7, 3)
    rows = answer.sample(1000, seed=3)
    assert (rows["a"] == 105.5).all()
    assert rows["c"].mean() == pytest.approx(answer.mean()["c"], abs=0.05)
    pd.testing.assert_frame_equal(rows, answer.sample(1000, seed=3))
    rescaled = interventional_distribution(data * 1000, {"a": 105500.0}, model=folder / "value", draws=7)
    np.testing.assert_allclose(rescaled.means, 1000 * answer.means, rtol=1e-4)
    logs = answer.log_prob(rows)
    rows.loc[5:, "a"] = 105.4
    np.testing.assert_array_equal(answer.log_prob(rows)[5:], -np.inf)
    np.testing.assert_array_equal(answer.log_prob(rows)[:5], logs[:5])


@pytest.mark.parametrize("value", [2.1, -0.3, 1e5 / 3])
@pytest.mark.filterwarnings("ignore::mechanisms.ExtrapolationWarning")
def test_the_variable_stands_at_its_value_to_the_last_digit(folder, data, value):
    answer = interventional_distribution(data, {"b": value}, model=folder / "value", draws=2)
    rows = answer.sample(3)
    assert rows["b"].tolist() == [value] * 3
    assert np.isfinite(answer.log_prob(rows)).all()


def mixture(parts, d=3, exact=False, seed=0):
    """Random normal parts; the first variable may stand at 1."""
    rng = np.random.default_rng(seed)
    factors, means = rng.normal(size=(parts, d, d)), 5 * rng.normal(size=(parts, d))
    covariances = factors @ factors.transpose(0, 2, 1) + 0.1 * np.eye(d)
    if exact:
        means[:, 0], covariances[:, 0], covariances[:, :, 0] = 1.0, 0.0, 0.0
    names = [f"x{j}" for j in range(d)]
    return InterventionalDistribution(names, {"x0": 1.0}, rng.dirichlet(np.ones(parts)), means, covariances)


@pytest.mark.parametrize("exact", [False, True])
def test_samples_have_the_moments_of_the_mixture(exact):
    answer = mixture(3, exact=exact)
    rows = answer.sample(100_000, seed=2).to_numpy()
    mean = answer.weights @ answer.means
    apart = answer.means - mean
    parts = answer.covariances + apart[:, :, None] * apart[:, None]
    covariance = np.einsum("m,mij->ij", answer.weights, parts)
    assert rows.mean(0) == pytest.approx(mean, abs=0.06)
    assert np.cov(rows.T) == pytest.approx(covariance, abs=0.4)
    alone = mixture(1, exact=exact)
    drawn = alone.sample(50_000)
    assert np.cov(drawn.T) == pytest.approx(alone.covariances[0], abs=0.1)
    assert not exact or (rows[:, 0] == 1).all()


class LargestTensor(TorchDispatchMode):
    """Bytes of the largest tensor that torch made, of which tracemalloc knows nothing."""

    bytes = 0

    def __torch_dispatch__(self, func, types, args=(), kwargs=None):
        made = func(*args, **(kwargs or {}))
        if isinstance(made, torch.Tensor):
            self.bytes = max(self.bytes, made.numel() * made.element_size())
        return made


def test_many_rows_of_many_parts_need_little_memory():
    answer = mixture(200)
    with LargestTensor() as largest:
        answer.log_prob(answer.sample(2))  # what is imported on the first call does not count
        tracemalloc.start()
        rows = answer.sample(20_000)
        logs = answer.log_prob(rows)
        most = max(tracemalloc.get_traced_memory()[1], largest.bytes)
        tracemalloc.stop()
    assert most < 20e6  # all parts of all rows are 96 MB
    some = [0, 7_000, 19_999]
    np.testing.assert_allclose(answer.log_prob(rows.iloc[some]), logs[some])


@pytest.mark.filterwarnings("ignore::foundation_causal.errors.SubsampleWarning")
@pytest.mark.parametrize(("model", "value"), [("value", 0.5), ("index", 5.0)])
def test_the_order_of_rows_and_columns_changes_nothing(folder, data, model, value):
    frames = (data, data.sample(frac=1, random_state=1)[["c", "b", "a"]])
    first, second = (
        interventional_distribution(frame, {"b": value}, model=folder / model, draws=3) for frame in frames
    )
    order = [second.names.index(name) for name in first.names]
    np.testing.assert_allclose(first.means, second.means[:, order], rtol=1e-4)
    np.testing.assert_allclose(first.covariances, second.covariances[:, order][:, :, order], rtol=1e-4)


def test_densities_and_marginals_are_those_of_the_parts():
    rng = np.random.default_rng(0)
    factors = rng.normal(size=(2, 3, 3))
    covariances = factors @ factors.transpose(0, 2, 1) + 0.1 * np.eye(3)
    answer = InterventionalDistribution(
        list("xyz"), {"x": 1.0}, np.array([0.3, 0.7]), rng.normal(size=(2, 3)), covariances
    )
    part, rows = answer.marginal(["z", "x"]), rng.normal(size=(6, 2))
    truth = sum(
        w * multivariate_normal.pdf(rows, m, c)
        for w, m, c in zip(
            part.weights, answer.means[:, [2, 0]], covariances[:, [2, 0]][:, :, [2, 0]], strict=True
        )
    )
    np.testing.assert_allclose(np.exp(part.log_prob(rows)), truth)
    assert part.mean().tolist() == answer.mean()[["z", "x"]].tolist()


def test_rows_with_interventions_do_not_take_part(folder, data):
    mask = np.zeros(data.shape, dtype=bool)
    mask[20:, 0] = True
    given = observations(data, intervened=mask)
    answer, truth = (
        interventional_distribution(rows, {"a": 100.0}, model=folder / "value", draws=2)
        for rows in (given, data[:20])
    )
    np.testing.assert_array_equal(answer.means, truth.means)


@pytest.mark.parametrize("other_sizes", [False, True])
@pytest.mark.parametrize("model", ["value", "index"])
def test_all_rows_with_interventions(folder, data, one_sentence, model, other_sizes):
    given = observations(data, intervened=np.ones(data.shape, dtype=bool))
    with one_sentence("0 rows"):
        interventional_distribution(given, {"a": 5.0}, model=folder / model, other_sizes=other_sizes)


def test_values_far_outside_the_data_warn(folder, data):
    with pytest.warns(ExtrapolationWarning, match="sets 'b' to 30") as caught:
        interventional_distribution(data, {"b": 30.0}, model=folder / "value")
    assert caught[0].filename == __file__
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        interventional_distribution(data, {"b": 1.0}, model=folder / "value")
        interventional_distribution(data[:20], {"b": 5.0}, model=folder / "index")


@pytest.mark.parametrize(
    ("value", "message"),
    [(9.9, None), (10.5, "10.5 standard deviations from the observed mean"), (-3.5, "below the smallest")],
)
def test_values_farther_from_the_mean_than_in_training_warn_once(folder, value, message):
    rng = np.random.default_rng(0)
    rows = pd.DataFrame({"a": np.r_[rng.normal(size=199), 40.0], "b": rng.normal(size=200)})
    rows = (rows - rows.mean()) / rows.std(ddof=0)
    assert rows["a"].max() > 11  # no value above 0 lies outside the observations
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        interventional_distribution(rows - 7, {"a": value - 7}, model=folder / "long", draws=1)
    expected = [] if message is None else [(ExtrapolationWarning, __file__)]
    assert [(warning.category, warning.filename) for warning in caught] == expected
    assert all(message in str(warning.message) for warning in caught)


def test_it_says_so_if_not_all_rows_are_read(folder, data):
    many = pd.concat([data, data + 0.01])
    with pytest.warns(SubsampleWarning, match=r"^The answer is read from 40 of the 60 rows, .*$") as caught:
        answer = interventional_distribution(many, {"b": 0.5}, model=folder / "value", draws=2)
    assert caught[0].filename == __file__
    mask = np.zeros(many.shape, dtype=bool)
    mask[40:, 1] = True
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        few = interventional_distribution(
            observations(many, intervened=mask), {"b": 0.5}, model=folder / "value", draws=2
        )
    assert (few.means != answer.means).any()


@settings(max_examples=10)
@given(
    shift=st.floats(-1e7, 1e7), unit=st.sampled_from([1e-12, 1e-3, 1.0, 1e12]), column=st.sampled_from("abc")
)
def test_units_and_origins_change_nothing(folder, shift, unit, column):
    rng = np.random.default_rng(0)
    rows = pd.DataFrame(rng.normal(size=(30, 3)), columns=list("bac"))
    moved = rows.assign(**{column: unit * (rows[column] + shift)})
    value = 0.7 if column != "a" else unit * (0.7 + shift)
    plain, other = (
        interventional_distribution(table, {"a": at}, model=folder / "value", draws=2)
        for table, at in ((rows, 0.7), (moved, value))
    )
    back = other.means.copy()
    j = rows.columns.get_loc(column)
    back[:, j] = back[:, j] / unit - shift
    np.testing.assert_allclose(back, plain.means, atol=1e-5)
    spread = np.sqrt(np.diagonal(other.covariances, axis1=1, axis2=2))
    spread[:, j] /= unit
    truth = np.sqrt(np.diagonal(plain.covariances, axis1=1, axis2=2))
    np.testing.assert_allclose(spread, truth, rtol=1e-4, atol=1e-9)
    np.testing.assert_allclose(other.weights, plain.weights, rtol=1e-4)


@pytest.mark.parametrize(
    ("do", "changes", "message"),
    [
        ({"q": 1.0}, {}, "no variable 'q'"),
        ({"a": 1.0, "b": 1.0}, {}, "2 variables are set"),
        ({}, {}, "at least one variable"),
        ({"a": float("nan")}, {}, "finite number"),
        ({"a": "x"}, {}, "finite number"),
        ({"a": 5.0}, {"draws": 0}, "number of draws is 0; give a whole number"),
        ({"a": 5.0}, {"draws": 2.5}, "number of draws is 2.5"),
        ({"a": 5.0}, {"draws": "3"}, "number of draws is '3'"),
        ({"a": 5.0}, {"draws": True}, "number of draws is True"),
        ({"a": 5.0}, {"seed": -1}, "seed"),
        ({"a": 4.0}, {}, "trained on 5 alone"),
        ({"a": 5.0}, {"model": "nothing"}, "no model 'nothing'"),
    ],
)
def test_queries_that_cannot_be_answered(folder, data, do, changes, message):
    with pytest.raises(InputError, match=message):
        interventional_distribution(data, do, **{"model": folder / "index"} | changes)


def test_sizes_that_were_not_trained(folder, data):
    with pytest.raises(InputError, match=r"trained on 20 or more"):
        interventional_distribution(data[:19], {"a": 100.0}, model=folder / "value")
    wide = pd.concat([data, data.add_suffix("2")], axis=1)
    with pytest.raises(InputError, match=r"6 variables.*trained on 2 to 4 variables"):
        interventional_distribution(wide, {"a": 100.0}, model=folder / "value")
    few = interventional_distribution(wide[:7], {"a": 100.0}, model=folder / "value", other_sizes=True)
    assert few.means.shape == (50, 6)
    with pytest.raises(InputError, match=r"2 variables.*trained on 3 variables"):
        interventional_distribution(data[["a", "b"]], {"a": 5.0}, model=folder / "index")


def test_a_distribution_asked_for_nothing(folder, data):
    answer = interventional_distribution(data, {"a": 100.0}, model=folder / "value")
    for n in (0, 2.5, "3", None, True):
        with pytest.raises(InputError, match="number of samples"):
            answer.sample(n)
    for names in ([], ["a", "a"], ["q"]):
        with pytest.raises(InputError, match="marginal"):
            answer.marginal(names)
    with pytest.raises(InputError, match="lack the column 'c'"):
        answer.log_prob(data[["a", "b"]])


@pytest.fixture(scope="module")
def positive():
    """Two columns that are skewed, one of them far from it, and one that is not positive."""
    rng = np.random.default_rng(0)
    a = rng.normal(size=40)
    columns = {
        "a": np.exp(a),
        "b": 5 * np.exp(a + rng.normal(size=40)),
        "c": 50 + rng.normal(size=40),
        "d": a,
    }
    return pd.DataFrame(columns)


def test_positive_skewed_columns_stay_positive_and_their_units_do_not_count(folder, positive):
    answer = interventional_distribution(positive, {"d": 1.0}, model=folder / "value", draws=5)
    assert answer.logs == {"a", "b"}
    rows = answer.sample(500)
    assert (rows[["a", "b"]] > 0).all(axis=None)
    factor = pd.Series({"a": 1000.0, "b": 0.01, "c": 1.0, "d": 1.0})
    other = interventional_distribution(positive * factor, {"d": 1.0}, model=folder / "value", draws=5)
    np.testing.assert_allclose(other.sample(500), rows * factor, rtol=1e-4)
    np.testing.assert_allclose(
        answer.log_prob(rows), other.log_prob(rows * factor) + np.log(factor).sum(), rtol=1e-4
    )
    assert answer.mean()["b"] == pytest.approx(answer.sample(200_000)["b"].mean(), rel=0.2)


def test_a_variable_in_logarithms_is_set_to_its_value(folder, positive):
    answer = interventional_distribution(positive, {"a": 1.3}, model=folder / "value", draws=5)
    assert answer.logs == {"a", "b"}
    assert (answer.sample(5)["a"] == 1.3).all()
    assert answer.mean()["a"] == pytest.approx(1.3)
    # What the network sees is the logarithm.
    plain = positive.assign(a=np.log(positive["a"]), b=np.log(positive["b"]))
    other = interventional_distribution(
        plain, {"a": np.log(1.3)}, model=folder / "value", draws=5, logs=False
    )
    columns = ["b", "c", "d"]
    expected = other.sample(50)[columns].assign(b=lambda frame: np.exp(frame["b"]))
    # Rows are shuffled by their values, which the logarithm orders alike.
    pd.testing.assert_frame_equal(answer.sample(50)[columns], expected, rtol=1e-5)


def test_logarithms_that_are_asked_for_and_those_that_are_not(folder, positive):
    how = {"model": folder / "value", "draws": 2}
    assert interventional_distribution(positive, {"d": 1.0}, logs=["c"], **how).logs == {"c"}
    assert interventional_distribution(positive, {"d": 1.0}, logs=False, **how).logs == set()
    with pytest.warns(ExtrapolationWarning):
        assert interventional_distribution(positive, {"a": -3.0}, **how).logs == {"b"}
    assert interventional_distribution(positive, {"a": 1.0}, **how).logs == {"a", "b"}
    for columns, do, message in [
        (["a"], {"a": -1.0}, "'a' is to be read in logarithms and set to -1"),
        (True, {"a": 1.0}, "'d' has values that are not above 0"),
        (["x"], {"a": 1.0}, "no column 'x' to take logarithms of"),
        ("all", {"a": 1.0}, "logs is 'all'"),
    ]:
        with pytest.raises(InputError, match=message):
            interventional_distribution(positive, do, logs=columns, **how)
    raw = positive[["a", "b", "c"]][:20]
    assert interventional_distribution(raw, {"a": 5.0}, model=folder / "index").logs == set()
    with pytest.raises(InputError, match="trained on raw values"):
        interventional_distribution(raw, {"a": 5.0}, model=folder / "index", logs=["a"])


def test_a_column_whose_logarithm_is_more_skewed_is_read_as_it_is(folder, positive):
    beta = np.random.default_rng(0).beta(0.8, 2, size=40)
    assert log_columns(observations(positive.assign(b=beta))) == ["a", "b"]
    answer = interventional_distribution(positive.assign(b=beta), {"d": 1.0}, model=folder / "value", draws=1)
    assert answer.logs == {"a"}


@given(seed=st.integers(0, 1000))
@settings(deadline=None, max_examples=10)
def test_densities_of_logarithms_are_those_of_scipy(seed):
    plain = mixture(3, seed=seed)
    answer = InterventionalDistribution(
        plain.names, plain.do, plain.weights, plain.means, plain.covariances, frozenset(["x1"])
    )
    rows = answer.sample(4, seed=seed)
    logs = rows.assign(x1=np.log(rows["x1"])).to_numpy()
    density = sum(
        weight * multivariate_normal.pdf(logs, mean, covariance)
        for weight, mean, covariance in zip(plain.weights, plain.means, plain.covariances, strict=True)
    )
    np.testing.assert_allclose(answer.log_prob(rows), np.log(density / rows["x1"]), rtol=1e-6)
    assert (answer.log_prob(rows.assign(x1=[-1.0, 0.0, 1.0, 2.0]))[:2] == -np.inf).all()
    assert answer.marginal(["x2", "x1"]).logs == {"x1"}
    assert answer.marginal(["x2"]).logs == set()


def test_distances_of_what_is_read_in_logarithms_are_those_of_logarithms(folder, positive):
    how = {"model": folder / "value", "draws": 1}
    with pytest.warns(ExtrapolationWarning, match="standard deviations from the mean observed logarithm"):
        interventional_distribution(positive, {"a": 1e-3}, **how)
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        interventional_distribution(positive, {"a": 1.5 * positive["a"].max()}, **how)


@pytest.mark.filterwarnings("ignore::mechanisms.ExtrapolationWarning")
def test_values_beyond_all_bounds_are_answered(folder, positive):
    for value in (1e25, -1e140):
        rows = interventional_distribution(positive, {"d": value}, model=folder / "value", draws=3).sample(9)
        assert np.isfinite(rows).all(axis=None)


def test_no_rare_part_makes_the_mean_of_a_logarithm(folder):
    rng = np.random.default_rng(1)
    data = pd.DataFrame({"a": rng.normal(size=40), "b": np.exp(2 * rng.normal(size=40))})
    answer = interventional_distribution(data, {"a": 0.5}, model=folder / "value", draws=50)
    assert answer.logs == {"b"}
    broadest = np.sqrt(answer.covariances[:, 1, 1].max())
    assert broadest <= 2 * np.log(data["b"]).std(ddof=0) * (1 + 1e-9)
    np.linalg.cholesky(answer.covariances[:, 1:, 1:])


def test_exponentials_stay_numbers():
    answer = InterventionalDistribution(
        ["x"], {}, np.ones(1), np.full((1, 1), 600.0), np.full((1, 1, 1), 1e4), frozenset(["x"])
    )
    assert np.isfinite(answer.mean()["x"])
    rows = answer.sample(50)
    assert np.isfinite(rows).all(axis=None)
    assert np.isfinite(answer.log_prob(rows)).all()


def test_levels_and_counts_have_their_values_in_samples_and_their_means(folder):
    rng = np.random.default_rng(0)
    falls = rng.poisson(9, 60)
    table = pd.DataFrame(
        {"z": rng.normal(size=60), "ill": rng.random(60) < 0.4, "stage": rng.choice([1, 2, 5], 60)}
    )
    table = table.assign(falls=falls)
    types = {"falls": "count"}
    answer = interventional_distribution(observations(table, types=types), {"z": 1.0}, model=folder / "long")
    rows = answer.sample(20_000)
    assert set(rows["ill"]) == {0.0, 1.0}
    assert set(rows["stage"]) == {1.0, 2.0, 5.0}
    assert (rows["falls"] == rows["falls"].round()).all()
    assert rows["falls"].min() >= falls.min()
    assert (rows["z"] == 1).all()
    for name in table:
        assert rows[name].mean() == pytest.approx(answer.mean()[name], abs=0.03 * table[name].max())
    assert set(answer.marginal(["ill"]).sample(100)["ill"]) <= {0.0, 1.0}
    half = interventional_distribution(table, {"stage": 1.5}, model=folder / "long").sample(50)
    assert (half["stage"] == 1.5).all()  # as the query has it


def test_a_rare_level_stays_as_rare_as_the_parts_have_it():
    spreads = np.array([[0.05, 0.6], [0.02, 0.3]])  # variances
    covariances = np.stack([np.diag(each) for each in spreads])
    means = np.array([[0.05, 0.3], [0.02, 1.4]])
    levels = {"a": (0.0, 1.0), "b": (0.0, 1.0)}
    answer = InterventionalDistribution(
        ["a", "b"], {}, np.array([0.5, 0.5]), means, covariances, levels=levels
    )
    rows = answer.sample(200_000)
    assert rows.mean().tolist() == pytest.approx([0.035, 0.65], abs=0.003)
    assert answer.mean().tolist() == pytest.approx([0.035, 0.65])
    assert set(rows.to_numpy().ravel()) == {0.0, 1.0}


def test_what_is_discrete_has_no_logarithm(folder):
    rng = np.random.default_rng(0)
    table = pd.DataFrame({"z": rng.normal(5, 1, size=60), "arm": rng.integers(1, 3, 60)})
    with pytest.raises(InputError, match="'arm' is modelled as binary and has no logarithm"):
        interventional_distribution(table, {"z": 5.0}, model=folder / "long", logs=["arm"])
    every = interventional_distribution(table, {"z": 5.0}, model=folder / "long", logs=True)
    assert every.logs == {"z"}
    assert set(every.sample(100)["arm"]) <= {1.0, 2.0}


def test_categories_are_refused_with_what_to_do(folder, data):
    table = data.assign(ward=np.resize(["a", "b", "c"], len(data)))
    with pytest.raises(
        InputError, match=r"types={'ward': 'ignore'}.*, order its levels .*, or go by a graph"
    ):
        interventional_distribution(table, {"a": 100.0}, model=folder / "value")
    ordered = observations(table, types={"ward": ["a", "b", "c"]})
    assert set(
        interventional_distribution(ordered, {"a": 100.0}, model=folder / "value").sample(9)["ward"]
    ) <= {0, 1, 2}


def test_counts_of_many_values_keep_their_mean_near_an_end():
    covariances = np.array([[[0.0, 0.0], [0.0, 900.0]]])
    answer = InterventionalDistribution(
        ["x", "y"], {"x": 1.0}, np.ones(1), np.array([[1.0, 5.0]]), covariances, levels={"y": range(301)}
    )
    drawn = answer.sample(50_000)["y"]
    assert drawn.min() == 0
    assert drawn.mean() == pytest.approx(answer.mean()["y"], abs=0.3)
