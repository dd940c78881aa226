"""One method on one SCM with known truth: errors on the three tasks, and seconds."""

from __future__ import annotations

import time
from collections.abc import Callable

import numpy as np
import torch

from discovery.runs import Row
from foundation_causal.metrics import rmse
from foundation_causal.suites import Case
from foundation_causal.suites.cases import array
from mechanisms.causal_model import CausalModel
from mechanisms.model import Array, MechanismModel, abduct, scales
from mechanisms.solver import solve

TASKS = ("noise", "sample", "intervention")
SAMPLES = 1000


def score(fit: Callable[[Case], MechanismModel], case: Case) -> Row:
    """The RMSE of each task in units of the context's standard deviations, and the processor's seconds.

    A scale S of the noise is known up to a factor only: S n = (S / c)(c n). For variables where the
    model or the truth has one, the model's noise is multiplied by the factor that gives it the median size of
    the true noise.
    """
    start = time.process_time()
    model = fit(case)
    seconds = time.process_time() - start
    (intervened,) = case.interventions
    names = list(case.scm.names)
    do = {names.index(name): value for name, value in intervened.do.items()}
    found = abduct(model, case.query)
    factor = _factor(model, case, found)
    answers = {
        "noise": found * factor,
        "sample": solve(model, case.noise / factor),
        "intervention": solve(model, case.noise / factor, do),
    }
    truth = {"noise": case.noise, "sample": case.query, "intervention": intervened.rows}
    scale = case.context.std(0)
    errors = {task: rmse(answers[task] / scale, truth[task] / scale) for task in TASKS}
    return {**errors, "seconds": seconds, "sample_seconds": _sampling(model, case)}


def _factor(model: MechanismModel, case: Case, found: Array) -> Array:
    """What the model's noise is multiplied by before it is compared with the true noise, shape [d]."""
    true_scale = array(case.scm.scale(torch.from_numpy(case.query)[None]))
    scaled = (np.concatenate([true_scale, scales(model, range(found.shape[1]), case.query)]) != 1).any(0)
    size, wanted = np.median(np.abs(found), axis=0), np.median(np.abs(case.noise), axis=0)
    possible = scaled & (size > 0) & (wanted > 0)
    return np.where(possible, wanted / np.where(size > 0, size, 1), 1.0)


def _sampling(model: MechanismModel, case: Case) -> float:
    """Seconds for 1,000 samples, of which finding the law of the noise is the first part."""
    start = time.process_time()
    # A model that was fitted to the context may know better than to take its residuals for the noise.
    known = getattr(model, "context_noise", None)
    CausalModel(model, known or (lambda: list(abduct(model, case.context).T))).sample(SAMPLES)
    return time.process_time() - start
