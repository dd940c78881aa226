"""The README's promises, run as they stand there."""

import re
from pathlib import Path

README = (Path(__file__).parents[1] / "README.md").read_text()


def test_the_ten_lines_of_python_run():
    (code,) = re.findall(r"```python\n(.*?)```", README, flags=re.DOTALL)
    known: dict[str, object] = {}
    exec(code, known)
    assert {"data", "prediction", "model", "noise"} <= set(known)
