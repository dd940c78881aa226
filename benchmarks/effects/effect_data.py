"""Data sets of other packages with a treatment: real trials, real confounders with simulated outcomes, SCMs.

Nothing is fetched: what its package or folder does not hold is missing. Where the true effect is not known,
the truth is a reference: the difference of means of a trial, or the figure that a book gives.
"""

from __future__ import annotations

import importlib
import warnings
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from effect_cells import Trial
from effect_scms import profiled

COIN_EFFECT = 3000.0
NHEFS_REFERENCE = 3.5  # kg; Hernan and Robins, "Causal Inference: What If", chapters 12 to 15: 3.4 to 3.5
WHAT_IF = ("sex", "race", "age", "smokeintensity", "smokeyrs", "wt71")
WHAT_IF_FACTORS = ("education", "exercise", "active")
SEED = 81_200_000


class Missing(Exception):
    """A package or a file is not there."""


def _module(name: str) -> Any:
    try:
        return importlib.import_module(name)
    except ImportError as error:
        raise Missing(f"it needs the package {name.split('.')[0]}.") from error


def _causaldata(name: str) -> pd.DataFrame:
    """A table in which no integer is too short for its square."""
    return _module("causaldata").__dict__[name].load_pandas().data.copy()


def _difference(frame: pd.DataFrame, treatment: str, outcome: str) -> float:
    means = frame.groupby(treatment)[outcome].mean()
    return float(means[1.0] - means[0.0])


def nsw(k: int, folder: Path) -> Trial:
    """The job training trial, 445 rows (Dehejia and Wahba 1999); the truth is the difference of means."""
    frame = _causaldata("nsw_mixtape").drop(columns="data_id").astype(float)
    return Trial(frame, "treat", "re78", _difference(frame, "treat", "re78"))


def nhefs(k: int, folder: Path) -> Trial:
    """Smoking cessation and weight, 1,566 rows, with the confounders of Hernan and Robins."""
    whole = _causaldata("nhefs_complete")
    factors = whole[list(WHAT_IF_FACTORS)].astype(str).astype("category")
    dummies = pd.get_dummies(factors, drop_first=True)
    frame = pd.concat([whole[[*WHAT_IF, "qsmk", "wt82_71"]], dummies], axis=1).astype(float)
    return Trial(frame, "qsmk", "wt82_71", NHEFS_REFERENCE)


def thornton(k: int, folder: Path) -> Trial:
    """Money for learning one's HIV result (Thornton 2008); the truth is the difference of means."""
    frame = _causaldata("thornton_hiv")[["distvct", "age", "hiv2004", "any", "got"]]
    frame = frame.dropna().astype(float).reset_index(drop=True)
    return Trial(frame, "any", "got", _difference(frame, "any", "got"))


def _realcause(k: int, folder: Path) -> pd.DataFrame:
    path = folder / f"realcause_psid_{k}.csv"
    if not path.exists():
        raise Missing(f"there is no '{path}'; give the folder that holds it with --data.")
    return pd.read_csv(path).astype(float)


def psid(k: int, folder: Path) -> Trial:
    """RealCause's simulation of Lalonde's PSID (Neal, Huang and Raghupathi 2020)."""
    frame = _realcause(k, folder)
    effects = frame["ite"].to_numpy()
    return Trial(frame.drop(columns=["y0", "y1", "ite"]), "t", "y", float(effects.mean()), effects)


def coin(k: int, folder: Path) -> Trial:
    """The same confounders; a coin decides who gets 3,000 dollars more than y0."""
    frame = _realcause(k, folder)
    heads = np.random.default_rng(SEED + k).random(len(frame)) < 0.5
    frame["t"], frame["y"] = heads.astype(float), frame["y0"] + COIN_EFFECT * heads
    effects = np.full(len(frame), COIN_EFFECT)
    return Trial(frame.drop(columns=["y0", "y1", "ite"]), "t", "y", COIN_EFFECT, effects)


def acic(k: int, folder: Path) -> Trial:
    """The challenge of 2016 (Dorie et al. 2019), one realization of each of ten settings."""
    x, rows = _module("causallib.datasets").load_acic16(k + 1, raw=True)
    text = [name for name in x if not pd.api.types.is_numeric_dtype(x[name])]
    frame = pd.get_dummies(x, columns=text, drop_first=True).astype(float)
    frame["treatment"] = rows["z"].astype(float)
    frame["outcome"] = np.where(rows["z"] == 1, rows["y1"], rows["y0"])
    effects = (rows["mu1"] - rows["mu0"]).to_numpy(float)
    return Trial(frame, "treatment", "outcome", float(effects.mean()), effects)


def _ihdp(surface: str, k: int) -> Trial:
    y, t, x, effects = getattr(_module("econml.data.dgps"), f"ihdp_surface_{surface}")(random_state=k)
    frame = pd.DataFrame(x[:, 1:], columns=[f"x{j}" for j in range(1, x.shape[1])])
    frame["t"], frame["y"] = np.asarray(t, float), y
    return Trial(frame.astype(float), "t", "y", float(effects.mean()), effects)


def ihdp_a(k: int, folder: Path) -> Trial:
    """Infant health, response surface A of Hill (2011): linear, the effect is 4."""
    return _ihdp("A", k)


def ihdp_b(k: int, folder: Path) -> Trial:
    """Infant health, response surface B of Hill (2011): exponential without treatment."""
    return _ihdp("B", k)


def _scms(kind: str) -> Callable[[int, Path], Trial]:
    """CausalProfiler's, one a replication, each with its graph and query."""

    def read(k: int, folder: Path) -> Trial:
        with (
            warnings.catch_warnings()
        ):  # the package turns all warnings of the process to the standard output
            _module("causal_profiler")
        return profiled(kind, k)

    return read


DATA: dict[str, tuple[Callable[[int, Path], Trial], int]] = {
    "NSW": (nsw, 1),
    "NHEFS": (nhefs, 1),
    "Thornton": (thornton, 1),
    "PSID, coin": (coin, 5),
    "RealCause PSID": (psid, 5),
    "ACIC 2016": (acic, 10),
    "IHDP A": (ihdp_a, 10),
    "IHDP B": (ihdp_b, 10),
    "SCMs, linear": (_scms("linear"), 7),
    "SCMs, networks": (_scms("networks"), 7),
    "SCMs, tables": (_scms("tables"), 6),
}
