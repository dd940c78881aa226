"""
8. What is wrong with my table?
===============================

Some tables break what every method assumes, and look harmless. ``fc.check`` looks for it before anything is
discovered.
"""

import warnings

import numpy as np
import pandas as pd

import foundation_causal as fc

rng = np.random.default_rng(0)
age = rng.integers(20, 70, 300)
income = 1000 + 40 * age + 300 * rng.normal(size=300)
people = pd.DataFrame(
    {
        "id": np.arange(300),
        "birth": 2024 - age,
        "age": age,
        "income": np.where(rng.random(300) < 0.01, -99999, income),  # a code for "unknown"
    }
)

# %%
# A row counter, a column that follows from another, and a code that was taken for an income.

for finding in fc.check(people).findings:
    print(f"* {finding.kind}: {finding.sentence}")

# %%
# Time series: two walks that have nothing to do with each other look like cause and effect. The order of
# the rows gives it away, and discovery then looks at the steps instead.

walks = pd.DataFrame(rng.normal(size=(300, 2)).cumsum(axis=0), columns=["ice cream", "sunburns"])
print(
    "correlation:", walks.corr().iloc[0, 1].round(2), " findings:", [f.kind for f in fc.check(walks).findings]
)
with warnings.catch_warnings():
    warnings.simplefilter("ignore", fc.DataWarning)
    print("edges as it is:", list(fc.discover(walks).graph.edges))
    print("edges, rows shuffled:", list(fc.discover(walks.sample(frac=1, random_state=0)).graph.edges))

# %%
# What no check can see: a cause that is not in the table. Heat drives both columns here, the rows are
# clean, and an edge between the two is the best answer that a graph of these two columns can give. It is
# wrong.

heat = rng.normal(size=300)
outside = pd.DataFrame({"ice cream": heat + rng.laplace(size=300), "sunburns": heat + rng.laplace(size=300)})
found = fc.discover(outside).graph
print("findings:", fc.check(outside).findings, " edges:", list(found.edges))
axes = fc.plot.graph(found, title="Probable, and wrong")
