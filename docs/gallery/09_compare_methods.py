"""
9. Beside other methods
=======================

Is the answer better than that of a classical method? Where the truth is known one can count. ``child`` is a
network of 20 discrete columns from the bnlearn repository; other packages run the other methods.
"""

import foundation_causal as fc

case = next(iter(fc.load_suite("bnlearn").only(network="child", n=1000)))
print(case.frame.iloc[:3, :5])

# %%
# One call runs methods on data sets of a frozen suite and counts. Half an edge is lost where a method
# leaves a direction open. One table says little: the pages with results have hundreds, the weak ones among
# them.

table = fc.evaluate_suite(
    "bnlearn", methods=["foundation-causal", "HC-BIC", "PC-G2"], first=1, network="child", n=1000
)
print(table[["method", "shd", "f1", "skeleton_f1", "seconds"]].round(2).to_string(index=False))
axes = fc.plot.graph(case.graph, title="child, the true graph")
