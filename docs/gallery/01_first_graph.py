"""
1. A first graph, from a table whose truth is known
===================================================

Rain makes the soil wet and hides the sun; a crop needs both. We write these sentences down as equations,
keep only the table that they make, and ask for the graph. It cannot know the equations, so that we can hold
its answer beside them.
"""

import networkx as nx
import numpy as np
import pandas as pd

import foundation_causal as fc

noise = np.random.default_rng(0).laplace(size=(4, 400))
rain = 5 + noise[0]
sun = 8 - 0.5 * rain + noise[1]
soil = 20 * np.tanh(rain / 5) + noise[2]
crop = 2 * soil + 3 * sun + 2 * noise[3]
data = pd.DataFrame({"crop": crop, "rain": rain, "soil": soil, "sun": sun})
truth = nx.DiGraph([("rain", "sun"), ("rain", "soil"), ("soil", "crop"), ("sun", "crop")])

# %%
# One call finds the graph. Nothing is trained: a network that has seen hundreds of thousands of simulated
# tables proposes, and a search over graphs refines what it proposed.

prediction = fc.discover(data)
for cause, effect in prediction.graph.edges:
    print(f"{cause} -> {effect}   probability {prediction.probabilities.at[cause, effect]:.2f}")

# %%
# The structural Hamming distance counts edges that are missing, too many or the wrong way round. Of this
# table it is 0.

print("wrong edges:", fc.metrics.shd(truth, prediction.graph))
axes = fc.plot.graph(prediction.graph, probabilities=prediction.probabilities)

# %%
# Every pair keeps a probability in both directions, also where the graph has no edge. Row = cause, column =
# effect.

print(prediction.probabilities.round(2))
