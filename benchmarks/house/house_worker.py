"""Asks the package one question about a small table, and notes in which of its files a function runs.

    python -P benchmarks/house/house_worker.py ROOT QUESTION MODULE:COMMAND

Started by `house.py`. The last line of its output is a JSON list of files below ROOT. What stands in a
module or a class outside of functions, and runs on import, does not count; the functions that it calls do.
"""

import inspect
import json
import sys
import threading
from collections.abc import Callable
from importlib import import_module
from pathlib import Path
from types import FrameType
from typing import Any

import networkx as nx
import numpy as np
import pandas as pd

import foundation_causal as fc

EDGES = [("a", "b"), ("a", "c"), ("b", "d"), ("c", "d"), ("d", "e")]


def table() -> pd.DataFrame:
    """200 rows of 5 columns along EDGES."""
    noise = np.random.default_rng(0).normal(size=(200, 5))
    a = noise[:, 0]
    b, c = 2 * a + noise[:, 1], np.tanh(2 * a) + 0.5 * noise[:, 2]
    d = b - c**2 + noise[:, 3]
    return pd.DataFrame({"a": a, "b": b, "c": c, "d": d, "e": d + noise[:, 4]})


def asked(question: str, command: str) -> Callable[[], Any]:
    """What is to be watched; all that it needs is done by then.

    Args:
        question: one of those below.
        command: where the command group is, as "module:name".
    """
    data, graph = table(), nx.DiGraph(EDGES)
    # Looked up here: finding a public name is not part of the answer.
    discover, infer = fc.discover, fc.infer
    if question == "discover":
        return lambda: discover(data)
    if question == "infer":
        return lambda: infer(data, graph)
    if question == "run":
        data.to_csv("table.csv", index=False)
        module, _, name = command.partition(":")
        words = ["run", "table.csv", "--out", "answers", "--quiet"]
        return lambda: getattr(import_module(module), name)(words, standalone_mode=False)
    model = infer(data, graph)
    if question == "sample":
        return lambda: model.sample(100)
    return lambda: model.effect("a", "b", (0, 1))


def files_run(ask: Callable[[], Any]) -> set[str]:
    """The files of all functions that run, in any thread, until the answer is there."""
    found: set[str] = set()

    def note(frame: FrameType, event: str, _: object) -> None:
        code = frame.f_code
        # Modules and the bodies of classes are not optimized, as functions are; comprehensions of theirs are.
        if event == "call" and code.co_flags & inspect.CO_OPTIMIZED and not code.co_name.endswith("comp>"):
            found.add(code.co_filename)

    threading.setprofile(note)
    sys.setprofile(note)
    try:
        ask()
    finally:
        sys.setprofile(None)
        threading.setprofile(None)
    return found


def main(root: Path, question: str, command: str) -> None:
    """Print the files below the root's packages in which a function ran."""
    if not Path(fc.__file__).is_relative_to(root):
        raise SystemExit(f"The package comes from {fc.__file__}, which is not below {root}.")
    packages = [root / name for name in ("foundation_causal", "discovery", "mechanisms", "cli")]
    files = [Path(name) for name in files_run(asked(question, command))]
    mine = {file for file in files if any(file.is_relative_to(package) for package in packages)}
    print(json.dumps(sorted(str(file.relative_to(root)) for file in mine)))


if __name__ == "__main__":
    main(Path(sys.argv[1]), *sys.argv[2:])
