"""The examples of the page on simulators, run in order."""

import re
from pathlib import Path

import torch

PAGE = (Path(__file__).parents[3] / "docs" / "simulators.md").read_text(encoding="utf-8")


def test_the_examples_run():
    known: dict[str, object] = {}
    exec("\n".join(re.findall(r"```python\n(.*?)```", PAGE, flags=re.DOTALL)), known)
    batch, drought = known["batch"], known["drought"]
    assert drought.shape == batch.data.shape == (1, 500, 4)
    assert torch.equal(drought[..., 1], batch.data[..., 1])
    assert known["counterfactual"].shape == (8, 250, 10)
