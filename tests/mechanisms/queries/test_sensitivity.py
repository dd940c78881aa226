"""How strong a hidden confounder would have to be: by hand, by regressions, and by confounders."""

import networkx as nx
import numpy as np
import pandas as pd
import pytest

import foundation_causal as fc
from mechanisms.queries.effect_table import (
    Confounding,
    EffectTable,
    benchmarks,
    e_value,
    estimates_table,
    robustness_value,
)


def confounded(n: int, share: float, *, binary: bool = False) -> pd.DataFrame:
    """t has no effect on y; u explains this share of t, and of what t leaves of y; z causes both.

    What stands behind them is uncorrelated in these very rows, and the shares are exact.
    """
    independent, _ = np.linalg.qr(np.column_stack([np.ones(n), np.random.default_rng(0).normal(size=(n, 4))]))
    z, u, noise_of_t, noise_of_y = np.sqrt(n) * independent[:, 1:].T
    t = np.sqrt(share) * u + np.sqrt(1 - share) * noise_of_t
    t = (t > 0) * 1.0 if binary else t + 0.5 * z
    y = np.sqrt(share) / (1 - share) * u + z + noise_of_y
    return pd.DataFrame({"z": z, "u": u, "t": t, "y": y})


def graph(*causes: str) -> nx.DiGraph:
    return nx.DiGraph([("t", "y"), *((cause, name) for cause in causes for name in ("t", "y"))])


def effect(frame: pd.DataFrame, *causes: str) -> EffectTable:
    """Of t on y, read off the rows; mechanisms bear on nothing that is asked here."""
    return fc.infer(frame, graph(*causes), mechanisms="least-squares").effect("t", "y", (0, 1))


def regression(frame: pd.DataFrame, names: list[str]) -> tuple[float, float, int]:
    """Coefficient of the first name, its t value, and the degrees of freedom."""
    design = np.column_stack([frame[names], np.ones(len(frame))])
    inverse = np.linalg.inv(design.T @ design)
    slope = inverse @ design.T @ frame["y"]
    freedom = len(frame) - design.shape[1]
    error = np.sqrt(((frame["y"] - design @ slope) ** 2).sum() / freedom * inverse[0, 0])
    return slope[0], slope[0] / error, freedom


@pytest.mark.parametrize("share", [0.1, 0.3])
def test_a_confounder_of_just_that_strength_explains_the_effect(share):
    frame = confounded(600, share)
    answer = effect(frame[["z", "t", "y"]], "z").sensitivity().iloc[0]
    assert answer["mean"] > 0.1
    assert answer["robustness"] == pytest.approx(share, abs=0.03)
    assert answer["robustness_interval"] < answer["robustness"]
    known = effect(frame, "z", "u")
    assert known.iloc[-1]["lower"] < 0.02
    assert known.iloc[-1]["upper"] > -0.02


@pytest.mark.parametrize("binary", [True, False])
def test_it_is_what_a_regression_says(binary):
    frame = confounded(500, 0.2, binary=binary)[["z", "t", "y"]]
    coefficient, ratio, freedom = regression(frame, ["t", "z"])
    answer = effect(frame, "z").sensitivity().iloc[0]
    assert answer["mean"] == pytest.approx(coefficient, rel=0.1)
    assert answer["partial_r2"] == pytest.approx(ratio**2 / (ratio**2 + freedom), rel=0.15)
    assert answer["robustness"] == pytest.approx(robustness_value(ratio / freedom**0.5), rel=0.1)
    assert answer["e_value"] == pytest.approx(e_value(0.91 * coefficient / frame["y"].std()), rel=0.1)
    assert answer["benchmark"] == "z"


def test_the_published_figures_for_darfur():
    # Cinelli and Hazlett 2020, table 1: estimate .097, standard error .023, t = 4.18, 783 degrees of freedom.
    scale, margin = 0.0973 / 4.184 * 783**0.5, 1.963 * 0.0973 / 4.184
    table = estimates_table([np.array([0, 0.0973, 0.0973])], [np.zeros(3)], [1.0], np.array([0.0, 1.0]), 0.95)
    table.loc[2, ["lower", "upper"]] = 0.0973 - margin, 0.0973 + margin
    female = pd.DataFrame({"covariate": ["female"], "treatment": [0.00916], "outcome": [0.1246]})
    table.method = "by hand"
    table.confounding = Confounding(np.array([scale]), np.array([np.nan]), 1.0, False, female)
    answer = table.sensitivity().iloc[0]
    assert answer["partial_r2"] == pytest.approx(0.022, abs=5e-4)
    assert answer["robustness"] == pytest.approx(0.139, abs=5e-4)
    assert answer["robustness_interval"] == pytest.approx(0.076, abs=5e-4)
    assert answer["benchmark_mean"] == pytest.approx(0.0752, abs=2e-4)


def test_benchmarks_are_partial_r2_by_regressions():
    rng = np.random.default_rng(1)
    x = rng.normal(size=(500, 2)) @ np.array([[1, 0.5], [0, 1]])
    t = x @ [0.5, 0.2] + rng.normal(size=500)
    y = x @ [1.0, -1.0] + t + rng.normal(size=500)

    def explained(target, of, others):
        """The share that one more column explains of what others leave of the target."""
        rest = [
            v - design @ np.linalg.lstsq(design, v, rcond=None)[0]
            for v in (target, of)
            if (design := np.column_stack([np.ones(500), others])) is not None
        ]
        return np.corrcoef(*rest)[0, 1] ** 2

    table = benchmarks(y, t, x, ["a", "b"])
    a, both = explained(t, x[:, 0], x[:, 1]), explained(y, x[:, 0], np.column_stack([t, x[:, 1]]))
    assert table["treatment"][0] == pytest.approx(a / (1 - a))
    shared = a**2 / (1 - a) ** 2
    assert table["outcome"][0] == pytest.approx((1 + shared**0.5) ** 2 / (1 - shared) * both / (1 - both))
    assert len(benchmarks(y[:4], t[:4], x[:4], ["a", "b"])) == 0
    constant = benchmarks(y, t, np.column_stack([np.ones(500), x]), ["one", "a", "b"])
    assert list(constant["covariate"]) == ["a", "b"]


def test_risks_have_a_ratio():
    rng = np.random.default_rng(0)
    t = np.repeat([0.0, 1.0], 1000)
    y = (rng.random(2000) < 0.2 + 0.2 * t) * 1.0
    table = fc.infer(pd.DataFrame({"t": t, "y": y}), graph()).effect("t", "y", (0, 1))
    answer = table.sensitivity().iloc[0]
    low, high = y[t == 0].mean(), y[t == 1].mean()
    assert answer["e_value"] == pytest.approx(e_value(np.log(high / low)), rel=0.02)
    error = np.sqrt((1 - low) / (1000 * low) + (1 - high) / (1000 * high))
    assert answer["e_value_interval"] == pytest.approx(e_value(np.log(high / low) - 1.645 * error), rel=0.02)
    half = table.sensitivity(share=0.5).iloc[0]
    assert half["e_value"] == pytest.approx(e_value(np.log(high / low) / 2), rel=0.02)
    assert half["robustness"] < answer["robustness"]


def test_what_cannot_be_answered_is_refused(one_sentence):
    frame = confounded(200, 0.2)[["z", "t", "y"]]
    model = fc.infer(frame, graph("z"), mechanisms="least-squares")
    with one_sentence("plug-in"):
        model.effect("t", "y", (0, 1), method="plug-in", draws=20).sensitivity()
    table = model.effect("t", "y", (0, 1, 2))
    for call in (lambda: table.sensitivity(share=0), lambda: table.head(4).sensitivity()):
        with one_sentence():
            call()
