"""The examples of the page on graphs of other tools, run in order."""

import re
from pathlib import Path

from foundation_causal.graph_files import BY_SUFFIX, FORMATS

PAGE = (Path(__file__).parents[3] / "docs" / "graph-files.md").read_text(encoding="utf-8")


def test_the_examples_run(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    exec("\n".join(re.findall(r"```python\n(.*?)```", PAGE, flags=re.DOTALL)), {})
    assert (tmp_path / "graph.dot").exists()


def test_every_format_and_suffix_is_on_the_page():
    assert [name for name in [*FORMATS, *BY_SUFFIX] if f"`{name}`" not in PAGE] == []
