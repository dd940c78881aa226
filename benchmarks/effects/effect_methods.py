"""Estimators of an average effect beside the package's own: peers, each with the same rows.

All of them adjust for the same confounders, standardized, and with a column of 0 and 1 for each word but one.
What has no interval of its own gives none.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass, replace
from statistics import NormalDist
from typing import Any

import numpy as np
import pandas as pd
from effect_cells import Trial

import foundation_causal as fc
from foundation_causal.types import Array
from mechanisms.queries.adjustment import adjustment

LEVEL = 0.9
Z = NormalDist().inv_cdf((1 + LEVEL) / 2)
BART_DRAWS = 300


class NotApplicable(Exception):
    """The method does not answer questions of this kind."""


@dataclass(frozen=True)
class Answer:
    """What a method says.

    Attributes:
        mean: the average effect.
        lower, upper: its interval; nan without one.
        effects: in the rows, shape [n].
        ends: of the intervals of these, shape [2, n].
        shared: processor seconds of a fit that served an earlier answer too.
    """

    mean: float
    lower: float = np.nan
    upper: float = np.nan
    effects: Array | None = None
    ends: Array | None = None
    shared: float = 0.0


def _parts(trial: Trial) -> tuple[Array, Array, Array]:
    """Standardized confounders [n, k] without constant ones, treatment [n] and outcome [n]."""
    x = pd.get_dummies(trial.frame[trial.confounders], drop_first=True).to_numpy(float)
    x = x[:, x.std(0) > 0]
    columns = (trial.frame[name].to_numpy(float) for name in (trial.treatment, trial.outcome))
    return (x - x.mean(0)) / x.std(0), *columns


def ours(method: str, mechanisms: str = "kernel") -> Callable[[Trial, int], Answer]:
    """`effect` by this method, and in each row; by plug-in from the fitted outcome, if nothing mediates."""

    def answer(trial: Trial, seed: int) -> Answer:
        t, y = trial.treatment, trial.outcome
        known = _fitted is not None and _fitted[0] is trial and _fitted[1] == mechanisms
        model, seconds = _fit(trial, seed, mechanisms)
        found = model.effect(t, y, trial.values, level=LEVEL, method=method, seed=seed)  # type: ignore
        row = found.iloc[-1]
        effects = intervals = None
        mediated = len(adjustment(trial.graph, t, y).path) > 1
        if trial.effects is not None and method == "auto":
            each = model.effect(
                t, y, trial.values, given=trial.frame, each=True, method="orthogonal", seed=seed
            )
            effects, *intervals = each[["mean", "lower", "upper"]].to_numpy()[len(found) - 1 :: len(found)].T
        elif trial.effects is not None and not mediated:
            low, high = (model.predict(trial.frame.assign(**{t: v}))[y].to_numpy() for v in trial.values)
            effects = high - low
        # Mechanisms of other packages are fitted once: their draws differ by chance alone.
        has_interval = mechanisms == "kernel"
        ends = (float(row["lower"]), float(row["upper"])) if has_interval else (np.nan, np.nan)
        of_rows = None if intervals is None else np.array(intervals)
        return Answer(float(row["mean"]), *ends, effects, of_rows, seconds if known else 0.0)

    return answer


_fitted: tuple[Trial, str, fc.CausalModel, float] | None = None


def _fit(trial: Trial, seed: int, mechanisms: str) -> tuple[fc.CausalModel, float]:
    """The model and its processor seconds, kept until another is wanted."""
    global _fitted
    if _fitted is None or _fitted[0] is not trial or _fitted[1] != mechanisms:
        start = time.process_time()
        model = fc.infer(trial.frame, trial.graph, mechanisms=mechanisms, seed=seed)
        _fitted = trial, mechanisms, model, time.process_time() - start
    return _fitted[2:]


def _dummies(trial: Trial, t: Array) -> Array:
    """The treatment's columns but the reference's, the compared value first, shape [n, levels - 1]."""
    low, high = trial.values
    if not trial.discrete:
        return (t[:, None] - low) / (high - low)
    others = [v for v in np.unique(t) if v not in trial.values]
    return (t[:, None] == [high, *others]).astype(float)


def _least_squares(design: Array, y: Array) -> tuple[Array, Array]:
    """Coefficients, and their covariance by HC3."""
    inverse = np.linalg.pinv(design.T @ design)
    beta = inverse @ design.T @ y
    leverage = np.einsum("ij,jk,ik->i", design, inverse, design)
    bread = design * ((y - design @ beta) / np.maximum(1 - leverage, 1e-3))[:, None]
    return beta, inverse @ (bread.T @ bread) @ inverse


def _interval(mean: float, error: float, effects: Array | None = None, errors: Array | None = None) -> Answer:
    ends = None if effects is None or errors is None else effects + Z * np.array([[-1.0], [1.0]]) * errors
    return Answer(mean, mean - Z * error, mean + Z * error, effects, ends)


def ols(trial: Trial, seed: int) -> Answer:
    """The slope of the treatment beside the confounders."""
    x, t, y = _parts(trial)
    beta, covariance = _least_squares(np.column_stack([_dummies(trial, t), np.ones(len(y)), x]), y)
    error = float(covariance[0, 0] ** 0.5)
    return _interval(float(beta[0]), error, np.full(len(y), beta[0]), np.full(len(y), error))


def ols_by_arm(trial: Trial, seed: int) -> Answer:
    """The same with products of treatment and centred confounders (Lin 2013)."""
    x, t, y = _parts(trial)
    arms = _dummies(trial, t)
    products = [arms[:, [j]] * x for j in range(arms.shape[1])]
    beta, covariance = _least_squares(np.column_stack([arms, np.ones(len(y)), x, *products]), y)
    first = arms.shape[1] + 1 + x.shape[1]
    slopes = beta[first : first + x.shape[1]]
    effects = beta[0] + x @ slopes
    at = np.zeros((len(y), len(beta)))
    at[:, 0], at[:, first : first + x.shape[1]] = 1, x
    errors = np.sqrt(np.einsum("ij,jk,ik->i", at, covariance, at))
    # The confounders' means are those of the rows; the effect on the population varies with them.
    error = covariance[0, 0] + effects.var() / len(y)
    return _interval(float(beta[0]), float(error**0.5), effects, errors)


def t_learner(trial: Trial, seed: int) -> Answer:
    """Boosted trees for each arm."""
    from sklearn.ensemble import GradientBoostingRegressor

    if not trial.discrete:
        raise NotApplicable
    x, t, y = _parts(trial)
    fits = [GradientBoostingRegressor(random_state=seed).fit(x[t == v], y[t == v]) for v in trial.values]
    effects = fits[1].predict(x) - fits[0].predict(x)
    return Answer(float(effects.mean()), effects=effects)


def bart(trial: Trial, seed: int) -> Answer:
    """Bayesian additive trees of confounders and treatment (Hill 2011).

    Every draw averages its effects over the rows with weights of its own (the Bayesian bootstrap), so that
    the interval is one for the population. A binary outcome has a probit link.
    """
    from stochtree import BARTModel, OutcomeModel

    x, t, y = _parts(trial)
    arms = _dummies(trial, t)
    binary = set(np.unique(y)) <= {0.0, 1.0}
    kind = OutcomeModel("binary", "probit") if binary else OutcomeModel("continuous", "identity")
    model = BARTModel()
    settings = {"random_seed": seed, "outcome_model": kind, "sample_sigma2_global": not binary}
    model.sample(
        np.column_stack([arms, x]), y, num_gfr=10, num_burnin=0, num_mcmc=BART_DRAWS, general_params=settings
    )
    first = np.eye(1, arms.shape[1]).repeat(len(y), axis=0)  # the second value; the first has only zeros
    low, high = (
        model.predict(np.column_stack([value, x]), terms="y_hat", scale="probability" if binary else "linear")
        for value in (0 * first, first)
    )
    effects = high - low
    weights = np.random.default_rng(seed).dirichlet(np.ones(len(y)), effects.shape[1])
    averages = np.einsum("dn,nd->d", weights, effects)
    tails = [(1 - LEVEL) / 2, (1 + LEVEL) / 2]
    ends = map(float, np.quantile(averages, tails))
    return Answer(float(averages.mean()), *ends, effects.mean(1), np.quantile(effects, tails, axis=1))


def _econml(estimator: Any, trial: Trial) -> Answer:
    x, t, y = _parts(trial)
    low, high = trial.values
    treatment = t.astype(int) if trial.discrete else t
    if trial.discrete:
        low, high = int(low), int(high)
    estimator.fit(y, treatment, X=x)
    mean = float(estimator.ate(x, T0=low, T1=high))
    lower, upper = estimator.ate_interval(x, T0=low, T1=high, alpha=1 - LEVEL)
    if trial.effects is None:
        return Answer(mean, float(lower), float(upper))
    effects = estimator.effect(x, T0=low, T1=high)
    ends = np.array(estimator.effect_interval(x, T0=low, T1=high, alpha=1 - LEVEL))
    return Answer(mean, float(lower), float(upper), effects, ends)


def linear_dml(trial: Trial, seed: int) -> Answer:
    from econml.dml import LinearDML

    return _econml(LinearDML(discrete_treatment=trial.discrete, random_state=seed, cv=5), trial)


def causal_forest(trial: Trial, seed: int) -> Answer:
    """Of a discrete treatment the doubly robust average, which has the standard error of an average."""
    from econml.dml import CausalForestDML

    forest = CausalForestDML(discrete_treatment=trial.discrete, random_state=seed, n_jobs=1)
    answer = _econml(forest, trial)
    if not trial.discrete:
        return answer
    error = float(np.ravel(forest.ate_stderr_)[0])
    return replace(
        _interval(float(np.ravel(forest.ate_)[0]), error), effects=answer.effects, ends=answer.ends
    )


def linear_dr_learner(trial: Trial, seed: int) -> Answer:
    from econml.dr import LinearDRLearner

    if not trial.discrete:
        raise NotApplicable
    return _econml(LinearDRLearner(random_state=seed, cv=5), trial)


def forest_dr_learner(trial: Trial, seed: int) -> Answer:
    """The final model is an honest forest, and so are the functions before it; its interval is wide."""
    from econml.dr import ForestDRLearner

    if not trial.discrete:
        raise NotApplicable
    number, label = _forests(seed)
    estimator = ForestDRLearner(
        model_regression=number, model_propensity=label, random_state=seed, cv=5, n_jobs=1
    )
    return _econml(estimator, trial)


def _forests(seed: int) -> tuple[Any, Any]:
    """A regression and a classifier."""
    from sklearn.ensemble import RandomForestClassifier, RandomForestRegressor

    settings = {"n_estimators": 100, "min_samples_leaf": 5, "random_state": seed}
    return RandomForestRegressor(**settings), RandomForestClassifier(**settings)


def _doubleml(trial: Trial, seed: int, interactive: bool) -> Answer:
    import doubleml

    x, t, y = _parts(trial)
    if trial.discrete and len(np.unique(t)) > 2:
        raise NotApplicable
    np.random.seed(seed)  # noqa: NPY002 -- what the package draws its folds by
    number, label = _forests(seed)
    data = doubleml.DoubleMLData.from_arrays(x, y, t)
    if interactive:
        if not trial.discrete:
            raise NotApplicable
        model = doubleml.DoubleMLIRM(data, number, label)
    else:
        model = doubleml.DoubleMLPLR(data, number, label if trial.discrete else number)
    model.fit()
    step = trial.values[1] - trial.values[0]
    ends = (float(end) for end in step * model.confint(level=LEVEL).to_numpy()[0])
    return Answer(step * float(model.coef[0]), *ends)


def dowhy_gcm(trial: Trial, seed: int) -> Answer:
    """By plug-in. It predicts labels of a 0/1 outcome, not chances, and would take arms for amounts."""
    arms = trial.frame[trial.treatment].nunique()
    if trial.frame[trial.outcome].nunique() == 2 or (trial.discrete and arms > 2):
        raise NotApplicable
    return ours("plug-in", "dowhy")(trial, seed)


def doubleml_irm(trial: Trial, seed: int) -> Answer:
    return _doubleml(trial, seed, interactive=True)


def doubleml_plr(trial: Trial, seed: int) -> Answer:
    return _doubleml(trial, seed, interactive=False)


METHODS: dict[str, Callable[[Trial, int], Answer]] = {
    "ours": ours("auto"),
    "ours, plug-in": ours("plug-in"),
    "OLS": ols,
    "OLS by arm": ols_by_arm,
    "T-learner, boosted trees": t_learner,
    "BART": bart,
    "LinearDML": linear_dml,
    "CausalForestDML": causal_forest,
    "LinearDRLearner": linear_dr_learner,
    "ForestDRLearner": forest_dr_learner,
    "DoubleML IRM": doubleml_irm,
    "DoubleML PLR": doubleml_plr,
    "dowhy.gcm": dowhy_gcm,
}
NEEDS = {
    "T-learner, boosted trees": "sklearn",
    "BART": "stochtree",
    **dict.fromkeys(("LinearDML", "CausalForestDML", "LinearDRLearner", "ForestDRLearner"), "econml"),
    **dict.fromkeys(("DoubleML IRM", "DoubleML PLR"), "doubleml"),
    "dowhy.gcm": "dowhy",
}
