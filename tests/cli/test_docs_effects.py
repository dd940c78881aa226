"""The page on effects: its blocks run in order, and its tables are what they print."""

import re
import shlex
from pathlib import Path

import pytest

PAGE = (Path(__file__).parents[2] / "docs" / "effects.md").read_text(encoding="utf-8")


def shown(header: str) -> list[list[str]]:
    """The cells below the table's header on the page."""
    (body,) = re.findall(rf"^\| {re.escape(header)} \|.*\n\|[-|]+\n((?:\|.*\n)+)", PAGE, flags=re.MULTILINE)
    return [[cell.strip() for cell in line.strip().strip("|").split("|")] for line in body.splitlines()]


def numbers(cells: list[str]) -> list[float]:
    return [float(cell) for cell in cells if re.fullmatch(r"-?[\d.]+", cell)]


@pytest.fixture
def found(tmp_path, monkeypatch) -> dict[str, object]:
    monkeypatch.chdir(tmp_path)
    names: dict[str, object] = {}
    exec("\n".join(re.findall(r"```python\n(.*?)```", PAGE, flags=re.DOTALL)), names)
    return names


def test_the_examples_run(found, invoke, tmp_path):
    for row, cells in zip(found["table"].itertuples(), shown("value | baseline"), strict=True):
        assert [row.mean, row.lower, row.upper] == pytest.approx(numbers(cells)[-3:], abs=0.3)
    for row, cells in zip(found["overlap"].itertuples(index=False), shown("value | rows"), strict=True):
        assert list(row) == pytest.approx(numbers(cells), abs=3)
    (cells,) = shown("partial_r2")
    assert found["sensitivity"]["benchmark"] == cells[5]
    assert found["sensitivity"]["robustness"] == pytest.approx(float(cells[1]), abs=0.03)
    for row, cells in zip(found["checks"].itertuples(), shown("check"), strict=True):
        assert [row.expected, row.estimate] == pytest.approx(numbers(cells)[:2], abs=0.5)
    pairs = zip(found["by_share"].itertuples(), shown("quantile | value"), strict=True)
    for row, cells in pairs:
        assert [row.quantile, row.mean] == pytest.approx([numbers(cells)[0], numbers(cells)[-3]], abs=0.3)
    for row, cells in zip(found["parts"].itertuples(), shown("effect | value"), strict=True):
        assert row.effect == cells[0]
        assert [row.mean, row.lower, row.upper] == pytest.approx(numbers(cells)[-3:], abs=0.3)
    assert found["axes"].get_xlabel() == "difference in pressure"
    assert found["curve"].get_xlabel() == "age"
    (line,) = re.findall(r"```bash\n(.*)\n```", PAGE)
    result = invoke(*shlex.split(line)[1:])
    assert "Written: effect.csv, effect.png" in result.stdout
