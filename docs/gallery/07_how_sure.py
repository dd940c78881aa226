"""
7. How sure is an edge, and what follows if it is wrong?
========================================================

Three numbers answer three questions: is an edge like this one true in simulations, does it come back on
other rows, and what do other plausible graphs say of the effect I care about?
"""

import numpy as np
import pandas as pd

import foundation_causal as fc

rng = np.random.default_rng(1)
a = rng.normal(size=150)
b = 0.8 * a + rng.normal(size=150)
c = 0.5 * a + 0.7 * b + rng.normal(size=150)
d = 0.3 * c + rng.normal(size=150)  # weak
data = pd.DataFrame({"a": a, "b": b, "c": c, "d": d})

# %%
# The share of 6 halves of the rows on which an edge came back stands beside its probability.
# ``either_direction`` tells a pair whose direction is open from one that is not there.

stability = fc.bootstrap(data, replicates=6)
print(stability.edges.round(2).to_string(index=False))

# %%
# Whole graphs, with weights that sum to 1. Straight lines with normal noise leave directions open, and so
# several graphs are about equally good.

prediction = fc.discover(data)
graphs = prediction.weighted_graphs(5)
for graph, weight in graphs:
    print(f"{weight:.2f}  ", ", ".join(f"{i}->{j}" for i, j in sorted(graph.edges)))

# %%
# What does b do to c? The truth is 0.7. The best graph has the arrow the wrong way round and says: nothing,
# with an interval of width 0, since intervals take the graph for granted. The averaged model mixes the
# answers of several graphs by their weight, and its interval is as wide as they disagree: it holds the
# truth.

one = fc.infer(data, prediction).effect("b", "c", (0.0, 1.0))
several = fc.infer(data, prediction, average=3).effect("b", "c", (0.0, 1.0))
axes = fc.plot.effects(
    {"the best graph": one, "three graphs": several}, title="From b = 0 to b = 1, c moves by"
)
print(one.tail(1).round(2), several.tail(1).round(2), sep="\n")
