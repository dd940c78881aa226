"""The registry of ways to infer mechanisms, and what is made from it."""

import subprocess
import sys
from importlib import import_module
from pathlib import Path

import networkx as nx
import pandas as pd
import pytest

from foundation_causal.observations import observations
from mechanisms import MechanismModel, fit_mechanisms
from mechanisms.mechanism_evaluation import METHODS as SCORED
from mechanisms.methods import METHODS

ROOT = Path(__file__).parents[2]


@pytest.mark.parametrize("name", METHODS)
def test_every_method_is_found_and_told_of(name: str) -> None:
    method = METHODS[name]
    assert method.name == name
    module, _, function = method.function.partition(":")
    assert callable(getattr(import_module(module), function))
    assert f'"{name}": {method.description}' in str(fit_mechanisms.__doc__)
    assert f"`{name}`" in (ROOT / "docs" / "mechanisms.md").read_text(encoding="utf-8")
    assert name in SCORED


@pytest.mark.parametrize("name", [name for name, method in METHODS.items() if not method.trains])
def test_methods_say_whether_there_is_a_posterior(name: str, frame: pd.DataFrame) -> None:
    if name == "dowhy":
        pytest.importorskip("dowhy")
    model = fit_mechanisms(name, observations(frame), nx.DiGraph([("a", "b"), ("b", "c")]), seed=1)
    assert isinstance(model, MechanismModel)
    assert model.has_posterior == METHODS[name].has_posterior
    drawn = [draw.mechanisms.predict_nodes([2], frame.to_numpy()) for draw in model.draws(2, seed=0)]
    assert (drawn[0] != drawn[1]).any() == model.has_posterior


def test_the_registry_imports_nothing_heavy() -> None:
    heavy = "torch", "scipy", "pandas", "numpy", "networkx"
    script = f"import mechanisms.methods, sys; assert not set({heavy}) & set(sys.modules)"
    subprocess.run([sys.executable, "-c", script], check=True)
