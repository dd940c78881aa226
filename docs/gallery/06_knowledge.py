"""
6. I know that age has no causes
================================

Straight lines with normal noise look the same read forwards and backwards. Rows cannot tell the direction
then, however many there are; what you know can.
"""

import numpy as np
import pandas as pd

import foundation_causal as fc

rng = np.random.default_rng(0)
age = rng.normal(50, 10, 500)
stiffness = 0.08 * age + rng.normal(size=500)
pressure = 100 + 6 * stiffness + 6 * rng.normal(size=500)
data = pd.DataFrame({"age": age, "pressure": pressure, "stiffness": stiffness})


def show(prediction):
    """The edges with their probability and that of their reverse, and a picture."""
    for a, b in prediction.graph.edges:
        forth, back = prediction.probabilities.at[a, b], prediction.probabilities.at[b, a]
        print(f"{a} -> {b}   {forth:.2f}, the reverse {back:.2f}")
    return fc.plot.graph(prediction.graph, probabilities=prediction.probabilities)


axes = show(fc.discover(data))

# %%
# Which pairs are connected is clear, which way round is a guess, and the probabilities say so. Nothing in
# this table causes age: a *root*.

known = fc.Knowledge(roots=["age"])
axes = show(fc.discover(data, knowledge=known))

# %%
# One statement settled the other edge, too: age -> stiffness <- pressure would leave age and pressure
# independent, and they are not. Other statements are required and forbidden edges, tiers (an order in time)
# and leaves.

tiers = fc.Knowledge(tiers=[["age"], ["stiffness"], ["pressure"]])
axes = show(fc.discover(data, knowledge=tiers))

# %%
# Statements are taken for true. A wrong one cannot be overruled by the rows, and spoils what is near it.

axes = show(fc.discover(data, knowledge=fc.Knowledge(leaves=["age"])))
