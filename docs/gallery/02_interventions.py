"""
2. What happens if I set a variable?
====================================

Wet soil goes with little sun, because rain causes both. Who looks only at rows with wet soil sees cloudy
fields; who waters the soil does not move the sun. A model that knows the graph keeps the two apart.
"""

import networkx as nx
import numpy as np
import pandas as pd

import foundation_causal as fc


def field(n, seed, soil_is=None):
    """n rows of the true system, or of the system in which someone holds the soil at a value."""
    noise = np.random.default_rng(seed).laplace(size=(4, n))
    rain = 5 + noise[0]
    sun = 8 - 0.5 * rain + noise[1]
    soil = 20 * np.tanh(rain / 5) + noise[2] if soil_is is None else np.full(n, float(soil_is))
    return pd.DataFrame({"crop": 2 * soil + 3 * sun + 2 * noise[3], "rain": rain, "soil": soil, "sun": sun})


data = field(400, seed=0)
model = fc.infer(data)  # finds the graph, too
print("edges:", *model.graph.edges)

# %%
# ``do`` gives a model again, under the intervention. The real experiment is at hand here, because we own
# the system.

watered = model.do({"soil": 16.0}).sample(2000, seed=1)
print(
    pd.DataFrame(
        {
            "rows with soil near 16": data[data["soil"].between(15.5, 16.5)].mean(),
            "model, do(soil = 16)": watered.mean(),
            "true experiment": field(20_000, seed=2, soil_is=16).mean(),
        }
    ).round(1)
)

# %%
# Other interventions add to a variable and leave its causes in force, or change its mechanism.

wetter = model.do({"soil": fc.Shift(2.0)}).sample(2000, seed=1)
print("two units more of soil:", (wetter.mean() - model.sample(2000, seed=1).mean()).round(1).to_dict())
after = [fc.plot.After("soil = 16", {"soil": 16.0}, nx.descendants(model.graph, "soil"), watered)]
panels = fc.plot.marginals(data, model.sample(400, seed=3), after)
