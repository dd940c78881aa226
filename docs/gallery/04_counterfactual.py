"""
4. Unit 17, had X been 3
========================

A counterfactual keeps everything about one unit as it was, its luck included, and changes one thing. Since
we simulate, we can run the same units twice with the same luck, and see what really would have happened.
"""

import numpy as np
import pandas as pd

import foundation_causal as fc


def units(x_is=None):
    """300 units; the same noise at every call."""
    noise = np.random.default_rng(4).normal(size=(3, 300))
    z = 2 * noise[0]
    x = np.sin(z) + 0.5 * noise[1] if x_is is None else np.full(300, float(x_is))
    return pd.DataFrame({"z": z, "x": x, "y": x**2 + z + 0.5 * noise[2]})


data = units()
model = fc.infer(data, [("z", "x"), ("z", "y"), ("x", "y")])
unit = data.iloc[[17]]
print("as it was:     ", unit.round(2).to_dict("records"))

# %%
# The model first computes the noise that the unit had (abduction), then sets x, then generates the row
# again. The second line is what the equations say.

print("had x been 1.5:", model.counterfactual(unit, {"x": 1.5}).round(2).to_dict("records"))
print("truth:         ", units(x_is=1.5).iloc[[17]].round(2).to_dict("records"))

# %%
# All 300 units at once. What x does not cause, z, stays the same to the last digit.

answers = model.counterfactual(data, {"x": 1.5})
error = answers["y"] - units(x_is=1.5)["y"]
print(f"root mean squared error of y: {np.sqrt((error**2).mean()):.2f}; its spread: {data['y'].std():.2f}")
assert (answers["z"] == data["z"]).all()

# %%
# No unit was near x = 3. An answer is still given, with a warning: there it is little more than the model's
# prior.

print("had x been 3:  ", model.counterfactual(unit, {"x": 3.0}).round(2).to_dict("records"))
print("truth:         ", units(x_is=3).iloc[[17]].round(2).to_dict("records"))
axes = fc.plot.graph(model.graph, intervened=["x"], title="x was set")
