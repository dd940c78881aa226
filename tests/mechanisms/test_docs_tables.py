"""The examples of docs/tables.md print what stands below them."""

import re
import warnings
from pathlib import Path
from typing import Any

PAGE = Path(__file__).parents[2] / "docs" / "tables.md"


def test_the_examples_print_what_the_page_says(capsys):
    text = PAGE.read_text(encoding="utf-8")
    first, second, third = re.findall(r"```python\n(.*?)```", text, flags=re.DOTALL)
    names: dict[str, Any] = {}
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # of the gaps, which the page is about
        exec(first, names)
        exec(second, {**names, "people": names["people"].head(100)})  # prints nothing
        exec(third, names)
    printed = [line.rstrip() for line in capsys.readouterr().out.splitlines()]
    said = re.findall(r"```text\n(.*?)```", text, flags=re.DOTALL)
    assert printed == "".join(said).splitlines()
