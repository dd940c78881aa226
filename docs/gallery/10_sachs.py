"""
10. Real measurements, and why to be careful
============================================

Eleven proteins of human immune cells (Sachs et al., 2005), the table that everybody tries. Biologists agree
on 18 edges. Here is what a raw look gives, and what should make one doubt it.
"""

import numpy as np

import foundation_causal as fc

sachs = fc.load_dataset("sachs")
data, truth = sachs.frame.sample(800, random_state=0), sachs.graph
print("skewness of the columns:", data.skew().round(1).to_dict())

# %%
# Concentrations are positive and very skewed; in logarithms they look more like what methods expect.

prediction = fc.discover(np.log(data))
graph, probabilities = prediction.graph, prediction.probabilities
print("edges:", graph.number_of_edges(), " of which right:", len(set(graph.edges) & set(truth.edges)))
f1, of_pairs = fc.metrics.precision_recall_f1(truth, graph)[2], fc.metrics.skeleton_f1(truth, graph)
print(f"F1 {f1:.2f}, regardless of direction {of_pairs:.2f}")

# %%
# Two in five edges connect a pair of the reference, and fewer than half of these point the right way. The
# probabilities know only some of it: they are calibrated on simulated tables, which these cells are unlike.
# That is a graph to ask questions of, not one to act on.

doubtful = [(a, b) for a, b in graph.edges if probabilities.at[a, b] < max(0.5, probabilities.at[b, a])]
print(f"{len(doubtful)} of {graph.number_of_edges()} edges are doubtful")

# %%
# Why it is hard: the cells were pooled from experiments that are not marked here, the reference has a cycle
# with feedback that no acyclic graph can show, and causes outside the eleven columns are likely. Other
# methods do not do well either: the page with results says how they compare.

for finding in fc.check(data).findings:
    print(f"* {finding.kind}: {finding.sentence}")
axes = fc.plot.graph(graph, probabilities=probabilities)
