"""The examples of the page on hidden causes, run in order."""

import re
from pathlib import Path

PAGE = (Path(__file__).parents[3] / "docs" / "hidden-causes.md").read_text(encoding="utf-8")


def test_the_examples_run_and_print_what_is_shown(capsys):
    exec("\n".join(re.findall(r"```python\n(.*?)```", PAGE, flags=re.DOTALL)), {})
    (shown,) = re.findall(r"```text\n(.*?)```", PAGE, flags=re.DOTALL)
    assert capsys.readouterr().out == shown
