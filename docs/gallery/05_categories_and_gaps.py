"""
5. Categories, yes and no, counts, and gaps
===========================================

Tables of people are seldom all numbers. Types are read off the columns, answers come back in your labels,
and rows with gaps are used as far as they go.
"""

import warnings

import numpy as np
import pandas as pd

import foundation_causal as fc


def clinic(n, seed, smokes=None):
    """n patients of the true system; everybody smokes, or nobody does, if that is said."""
    rng = np.random.default_rng(seed)
    age = rng.normal(50, 12, n)
    smoker = rng.random(n) < 1 / (1 + np.exp((age - 45) / 8)) if smokes is None else np.full(n, smokes)
    visits = rng.poisson(np.exp(0.2 + 0.02 * (age - 50) + 0.8 * smoker))
    chance = 1 / (1 + np.exp(4 - 0.06 * (age - 50) - 2.0 * smoker - 0.5 * visits))
    ill = np.where(rng.random(n) < chance, "ill", "well")
    return pd.DataFrame({"age": age, "smoker": smoker, "visits": visits, "state": pd.Categorical(ill)})


data = clinic(500, seed=0)
data.loc[np.random.default_rng(1).random(500) < 0.1, "age"] = None  # one age in ten was not written down
print(fc.observations(data, missing=True).schema.table())

# %%
# The graph: a network that has seen tables of all types, and scores that suit each column.

warnings.simplefilter("ignore", fc.MissingValuesWarning)  # it says how many gaps there are; we made them
print(*fc.discover(data).graph.edges)

# %%
# These do belong together, but edges run backwards in time: rows say little about directions between
# columns of few values. What came first is known here, so say it, as tiers.

times = fc.Knowledge(tiers=[["age"], ["smoker"], ["visits"], ["state"]])
prediction = fc.discover(data, knowledge=times)
axes = fc.plot.graph(prediction.graph, probabilities=prediction.probabilities)

# %%
# The effect of smoking on the risk of being ``well``, the second label. The truth is measured on 200,000
# simulated patients who all smoke, less as many who do not.

model = fc.infer(data, prediction, missing="complete")  # quicker than drawing what is missing, the default
print(model.effect("smoker", "state", (False, True)).round(2))
risks = [(clinic(200_000, seed=2, smokes=smokes)["state"] == "well").mean() for smokes in (False, True)]
print(f"truth: {risks[1] - risks[0]:.2f}")
