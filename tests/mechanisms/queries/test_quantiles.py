"""Quantiles of outcomes under interventions, and how much plug-in answers hang on the seed."""

import warnings
from collections.abc import Callable
from contextlib import AbstractContextManager
from dataclasses import replace

import networkx as nx
import numpy as np
import pandas as pd
import pytest
from scipy.stats import norm

from foundation_causal.errors import FewRowsWarning, NoPathWarning, OverlapWarning
from mechanisms import CausalModel, infer
from mechanisms.adjusted.mean_outcomes import Rows
from mechanisms.adjusted.quantile_outcomes import quantile_outcomes
from mechanisms.averaged_model import AveragedModel
from mechanisms.mechanism_model import Functions

OneSentence = Callable[..., AbstractContextManager[None]]
SHARES = (0.1, 0.5, 0.9)


def written_down(graph: nx.DiGraph, **functions: Callable[[np.ndarray], np.ndarray]) -> CausalModel:
    """Written-down functions with standard normal noise."""
    seen = np.random.default_rng(0).normal(size=(4000, len(graph)))
    return CausalModel(Functions(graph, functions), list(((seen - seen.mean(0)) / seen.std(0)).T))


@pytest.fixture(scope="module")
def spreading() -> CausalModel:
    """y = 1 + t + t z + noise: under do(t) normal with mean 1 + t and variance 1 + t^2."""
    graph = nx.DiGraph()
    graph.add_nodes_from(["z", "t", "y"])
    graph.add_edges_from([("z", "t"), ("z", "y"), ("t", "y")])
    return written_down(
        graph,
        z=lambda x: 0 * x[:, 0],
        t=lambda x: x[:, 0],
        y=lambda x: 1 + x[:, 1] + x[:, 1] * x[:, 0],
    )


@pytest.fixture(scope="module")
def inferred() -> CausalModel:
    rng = np.random.default_rng(0)
    z = rng.normal(size=200)
    t = (rng.random(200) < 0.5) * 1.0
    count = rng.poisson(np.exp(0.5 * z + t))
    stage = np.array(["I", "II", "III"])[np.digitize(z + t, [0, 1])]
    table = {"z": z, "t": t, "y": z + t + rng.normal(size=200), "count": count, "stage": stage}
    edges = [(cause, effect) for cause in ("z", "t") for effect in ("y", "count", "stage")]
    return infer(pd.DataFrame(table), nx.DiGraph(edges))


def test_quantiles_in_closed_form(spreading: CausalModel) -> None:
    found = spreading.effect("t", "y", (0, 2), quantiles=SHARES, draws=40, rows=4000)
    assert found.columns.tolist() == ["quantile", "value", "baseline", "mean", "lower", "upper"]
    assert found["quantile"].tolist() == [share for share in SHARES for _ in range(3)]
    for share, part in found.groupby("quantile"):
        low, high = 1 + norm.ppf(share), 3 + np.sqrt(5) * norm.ppf(share)
        assert part["mean"].tolist() == pytest.approx([low, high, high - low], abs=0.12)
        assert ((part["lower"] < part["mean"]) & (part["mean"] < part["upper"])).all()


def test_quantiles_of_those_who_meet_conditions_and_of_rows(spreading: CausalModel) -> None:
    """At z = 1 the outcome is normal around 1 + 2 t."""
    found = spreading.effect("t", "y", (0, 2), given={"z": 1.0}, quantiles=0.9, draws=20, rows=4000)
    expected = [1 + norm.ppf(0.9), 5 + norm.ppf(0.9), 4]
    assert found["mean"].tolist() == pytest.approx(expected, abs=0.12)
    rows = spreading.sample(5, seed=1)
    theirs = spreading.effect("t", "y", (0, 2), given=rows, quantiles=[0.5], draws=2)
    noise = spreading.noise(rows)["y"]
    expected = [(1 + noise).median(), (3 + 2 * rows["z"] + noise).median()]
    assert theirs["mean"][:2].tolist() == pytest.approx(expected)


def test_quantiles_of_counts_are_counts_in_every_draw(inferred: CausalModel) -> None:
    found = inferred.effect("t", "count", quantiles=(0.25, 0.75), draws=2)
    ends = found[["lower", "upper"]].to_numpy()
    drawn = inferred.effect("t", "count", quantiles=(0.25, 0.75), draws=2, level=1 - 1e-12)
    low, high = (drawn[name].to_numpy() for name in ("lower", "upper"))
    np.testing.assert_allclose(low, np.rint(low), atol=1e-6)
    np.testing.assert_allclose(high, np.rint(high), atol=1e-6)
    assert (ends >= low[:, None]).all()


def test_no_path_is_said_of_quantiles_too(spreading: CausalModel) -> None:
    with pytest.warns(NoPathWarning, match="'y' to 't', which is a cause of 'y'"):
        found = spreading.effect("y", "t", (0, 1), quantiles=0.5, draws=3)
    assert found["mean"][2] == 0
    assert found.method == "no path"


def test_bad_quantiles(inferred: CausalModel, one_sentence: OneSentence) -> None:
    for quantiles in (0, 1, [0.5, 0.5], [], "median", [0.2, np.nan], [[0.2]], [0.5, 90]):
        with one_sentence("between 0 and 1"):
            inferred.effect("t", "y", quantiles=quantiles)
    with one_sentence("'stage'", "probabilities"):
        inferred.effect("t", "stage", quantiles=0.5)
    with one_sentence("'t'", "mean"):
        inferred.effect("z", "t", (0, 1), quantiles=0.5)
    with one_sentence("`each`"):
        inferred.effect("t", "y", given=pd.DataFrame(inferred.sample(2)), each=True, quantiles=0.5)
    with one_sentence("`method`", "continuous outcome"):
        inferred.effect("t", "count", method="orthogonal", quantiles=0.5)
    with one_sentence("`among`"):
        inferred.effect("t", "count", among="treated", quantiles=0.5)


@pytest.fixture(scope="module")
def confounded() -> tuple[pd.DataFrame, CausalModel]:
    """y is normal around z + 2 t, with noise that is twice as large under t = 1."""
    rng = np.random.default_rng(3)
    z = rng.normal(size=500)
    t = (rng.random(500) < 1 / (1 + np.exp(-z))) * 1.0
    data = pd.DataFrame({"z": z, "t": t, "y": z + 2 * t + (1 + t) * rng.normal(size=500)})
    return data, infer(data, nx.DiGraph([("z", "t"), ("z", "y"), ("t", "y")]))


def test_quantiles_off_the_rows(confounded: tuple[pd.DataFrame, CausalModel]) -> None:
    data, model = confounded
    found = model.effect("t", "y", quantiles=(0.25, 0.5), method="orthogonal")
    truth = [(2**0.5 * norm.ppf(q), 2 + 5**0.5 * norm.ppf(q)) for q in (0.25, 0.5)]
    expected = np.concatenate([(low, high, high - low) for low, high in truth])
    assert np.abs(found["mean"] - expected).max() < 0.5
    assert ((found["lower"] < expected) & (expected < found["upper"])).all()
    raw = data.groupby("t")["y"].median().diff().iloc[-1]
    assert abs(found["mean"].iloc[-1] - 2) < abs(raw - 2)
    assert (found.method, found.adjusted_for) == ("augmented balancing weights", ("z",))
    assert found.overlap["rows"].sum() == 500


def test_quantiles_off_the_rows_follow_increasing_functions(
    confounded: tuple[pd.DataFrame, CausalModel],
) -> None:
    """What is looked at is whether outcomes are below a value, and that is all that is looked at."""
    data, _ = confounded
    z, t, y = data.T.to_numpy()
    rows = Rows.of(y, t, z[:, None])
    everyone, values = np.ones(500, dtype=bool), np.array([0.0, 1.0])
    plain = quantile_outcomes(rows, values, (0.5,), everyone)
    stretched = quantile_outcomes(replace(rows, outcome=np.sinh(y)), values, (0.5,), everyone)
    assert np.arcsinh(stretched.mean) == pytest.approx(plain.mean, abs=0.02)


def test_quantiles_of_those_treated(confounded: tuple[pd.DataFrame, CausalModel]) -> None:
    """Under the value that they have they have the outcomes that they had."""
    data, model = confounded
    found = model.effect("t", "y", quantiles=0.5, among="treated")
    seen = data.loc[data["t"] == 1, "y"].median()
    assert found["mean"][1] == pytest.approx(seen, abs=0.15)
    assert found["mean"][0] > data.loc[data["t"] == 0, "y"].median()


def test_quantiles_beyond_which_hardly_a_row_lies_are_warned_of(inferred: CausalModel) -> None:
    # Of about 100 rows of each arm one lies beyond the quantile 0.99, and ten beyond 0.1.
    with pytest.warns(FewRowsWarning, match="beyond the quantile 0.99 of y"):
        inferred.effect("t", "y", (0, 1), quantiles=(0.1, 0.99), method="orthogonal")
    with warnings.catch_warnings():
        warnings.simplefilter("error", FewRowsWarning)
        inferred.effect("t", "y", (0, 1), quantiles=(0.1,), method="orthogonal")


def test_missing_overlap_is_said_of_draws_too() -> None:
    rng = np.random.default_rng(0)
    z = rng.normal(size=200)
    data = pd.DataFrame({"z": z, "t": z > 0, "y": z + rng.normal(size=200)})
    model = infer(data, nx.DiGraph([("z", "t"), ("z", "y"), ("t", "y")]))
    for options in ({"quantiles": 0.5}, {"method": "plug-in"}):
        with pytest.warns(OverlapWarning) as seen:
            model.effect("t", "y", draws=2, **options)
        assert [str(one.message).split(" given its causes")[0].split("chance of ")[1] for one in seen] == [
            "t = False",
            "t = True",
        ]


def test_fewer_rows_than_variables_to_adjust_for_is_said() -> None:
    rng = np.random.default_rng(0)
    names = [f"z{i}" for i in range(25)]
    data = pd.DataFrame(rng.normal(size=(24, 25)), columns=names)
    data = data.assign(t=rng.normal(size=24), y=rng.normal(size=24))
    graph = nx.DiGraph([(name, effect) for name in names for effect in "ty"] + [("t", "y")])
    with pytest.warns(FewRowsWarning, match="adjusted for 25 variables by 24 rows"):
        infer(data, graph).effect("t", "y", (0, 1))


ASKED = {
    "mean": {},
    "quantiles": {"quantiles": (0.2, 0.8)},
    "given": {"given": {"z": (-1.0, 1.0)}},
}


@pytest.mark.parametrize("options", ASKED.values(), ids=ASKED)
def test_two_seeds_agree_within_their_monte_carlo_error(
    inferred: CausalModel, options: dict[str, object]
) -> None:
    tables = [
        inferred.effect("t", "y", method="plug-in", draws=30, seed=seed, **options) for seed in range(6)
    ]
    assert all(table.monte_carlo_error.shape == (len(table),) for table in tables)
    found = np.stack([table["mean"] for table in tables])
    errors = np.stack([table.monte_carlo_error for table in tables])
    apart = np.abs(found[:, None] - found)
    assert (apart <= 4 * np.hypot(errors[:, None], errors)).all()
    # And the error is no larger than it need be: a sixth of a standard deviation has but few that are less.
    assert (apart.max((0, 1)) > errors.mean(0) / 6).all()


def test_monte_carlo_error_shrinks_with_draws_and_is_that_of_the_mean(inferred: CausalModel) -> None:
    ask = {"method": "plug-in", "rows": 100}
    seeds = [inferred.effect("t", "y", draws=10, seed=seed, **ask) for seed in range(25)]
    spread = np.std([table["mean"] for table in seeds], axis=0, ddof=1)
    claimed = np.mean([table.monte_carlo_error for table in seeds], axis=0)
    np.testing.assert_allclose(spread / claimed, 1, atol=0.45)
    more = inferred.effect("t", "y", draws=160, **ask)
    np.testing.assert_allclose(claimed / more.monte_carlo_error, 4, rtol=0.35)
    assert inferred.effect("t", "y").monte_carlo_error is None  # read off the rows


def test_what_lies_between_graphs_is_no_monte_carlo_error() -> None:
    rng = np.random.default_rng(0)
    a = rng.normal(size=60)
    data = pd.DataFrame({"a": a, "b": 20 * a + rng.normal(size=60)})
    forward, backward = (infer(data, nx.DiGraph([edge])) for edge in (("a", "b"), ("b", "a")))
    table = AveragedModel([forward, backward], [0.5, 0.5]).effect(
        "a", "b", (0, 1), draws=40, method="plug-in"
    )
    assert table["mean"][2] == pytest.approx(10, abs=0.5)
    assert table["upper"][2] - table["lower"][2] > 15
    assert table.monte_carlo_error[2] < 0.1
