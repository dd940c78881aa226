"""The examples of the page on interventions, run in order."""

import re
from pathlib import Path

import numpy as np
import pytest

PAGE = (Path(__file__).parents[3] / "docs" / "interventions.md").read_text(encoding="utf-8")


def test_the_examples_run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    found: dict[str, object] = {}
    exec("\n".join(re.findall(r"```python\n(.*?)```", PAGE, flags=re.DOTALL)), found)
    effect = found["effect"].fillna(0).to_numpy()
    cells = re.findall(r"^\| ([46]) \| (4?) ?\| (\S+) \| (\S+) \| (\S+) \|$", PAGE, flags=re.MULTILINE)
    shown = np.array([[float(cell or 0) for cell in row] for row in cells])
    assert effect == pytest.approx(shown, abs=0.4)
    assert len(found["curve"]) == 13
    assert found["at_50"].shape == found["older"].shape == (3, 5)
    assert found["theirs"]["row"].tolist() == [0] * 3 + [1] * 3 + [2] * 3
    assert found["direct"]["mean"].iloc[-1] == pytest.approx(24, abs=2.5)
    assert found["halved"]["dose"].mean() == pytest.approx(2.25, abs=0.3)
    assert found["by_age"]["dose"].mean() == pytest.approx(2.25, abs=0.3)
