"""
3. The effect of a treatment that was not drawn by lot
======================================================

The old get the drug more often, and the old have a higher pressure. The drug takes 8 off the pressure; the
plain difference between those with and without it says much less.
"""

import numpy as np
import pandas as pd

import foundation_causal as fc

rng = np.random.default_rng(0)
age = rng.uniform(20, 70, 600)
weight = rng.normal(75, 12, 600)
drug = rng.random(600) < 1 / (1 + np.exp((50 - age) / 10))
pressure = 110 + 0.25 * age + 0.3 * weight - 8 * drug + 6 * rng.normal(size=600)
data = pd.DataFrame({"age": age, "weight": weight, "drug": np.where(drug, "yes", "no"), "pressure": pressure})

means = data.groupby("drug")["pressure"].mean()
print(f"plain difference: {means['yes'] - means['no']:.1f}, truth: -8")

# %%
# The graph says what to adjust for, and the effect comes with an interval of 90%.

model = fc.infer(data)
print("edges:", *model.graph.edges)
effect = model.effect("drug", "pressure", ("no", "yes"))
print(effect.round(1))
print("adjusted for", *effect.adjusted_for)

# %%
# How far can it be believed? The arms must overlap: in each there are rows like those of the other. And a
# hidden confounder would have to explain the share ``robustness`` of what is left of drug and pressure to
# bring the effect to zero.

print(effect.overlap.round(2))
print(effect.sensitivity()[["robustness", "benchmark", "benchmark_mean"]].round(2))

# %%
# Effects in groups, and of those who got it.

tables = {
    "all": effect,
    "over 50": model.effect("drug", "pressure", ("no", "yes"), given={"age": (50, 70)}),
    "treated": model.effect("drug", "pressure", ("no", "yes"), among="treated"),
}
axes = fc.plot.effects(tables, title="What the drug does to the pressure")
