"""A predictive check at the time of fitting: does what a mechanism draws look like what it was fitted to?

Noise whose scale follows the causes is the likelier one among the rows that were seen, and may still explode
where samples of the causes go a little further. Samples of the whole model are drawn once it is fitted, and a
variable that is often far outside its data gets noise of one scale instead (a posterior predictive check;
Gelman, Meng and Stern 1996, "Posterior predictive assessment of model fitness via realized discrepancies").
"""

from __future__ import annotations

from foundation_causal.errors import SimplerNoiseWarning, quoted, warn
from foundation_causal.types import Array
from mechanisms.causal_model import CausalModel

DRAWN = 400  # samples that are looked at
FURTHEST = 2.0  # ranges of the data beyond it
RARE = 0.01  # share of the samples that may be further


def with_plausible_samples(model: CausalModel) -> CausalModel:
    """The model, with noise of one scale for variables whose samples are often far outside the data.

    Args:
        model: A fitted one, which knows its observations.

    Warns:
        SimplerNoiseWarning: There are such variables; it names those for which this did not help, too.
    """
    if model.data is None or not (odd := _odd(model)):
        return model
    plainer = CausalModel(model.mechanisms.with_one_scale(odd), model.data, ranges=model.ranges)
    still = _odd(plainer)
    helped = [model.names[j] for j in odd if j not in still]
    if helped:
        same = "is taken to be as large whatever the causes are"
        warn(
            SimplerNoiseWarning(f"Samples of {quoted(helped)} left the data far behind: their noise {same}.")
        )
    if still:
        names = quoted(model.names[j] for j in still)
        warn(
            SimplerNoiseWarning(
                f"Samples of {names} leave the data far behind: do not trust their extremes, and look at "
                "these columns for outliers and for values that stand for something else."
            )
        )
    return plainer


def _odd(model: CausalModel) -> list[int]:
    """Positions of the variables with causes, samples of which are not finite or often far outside."""
    assert model.data is not None
    caused = [j for j, name in enumerate(model.names) if model.dag.in_degree(name)]
    caused = [j for j in caused if model.schema.columns[j].kind == "continuous"]
    if not caused:
        return []
    drawn, seen = model.drawn_values(DRAWN, 0), model.data.values
    return [j for j in caused if far_outside(drawn[:, j], seen[:, j]) > RARE]


def far_outside(drawn: Array, seen: Array) -> float:
    """The share of samples that are not finite, or far outside the values that were seen.

    >>> import numpy as np
    >>> far_outside(np.array([0.0, 3.0, 3.1, np.nan]), np.array([0.0, 1.0]))
    0.5
    """
    low, high = seen.min(), seen.max()
    room = FURTHEST * (high - low)
    inside = (drawn >= low - room) & (drawn <= high + room)  # nan is not
    return float(1 - inside.mean())
