"""The command as a process: how fast it answers, and what it exits with."""

import json
import os
import subprocess
import sys
import time

import pytest

from discovery.structure_methods import METHODS as STRUCTURE_METHODS
from mechanisms.methods import METHODS as MECHANISM_METHODS

HEAVY = ("torch", "pandas", "numpy", "scipy", "matplotlib", "networkx", "rich", "cdt", "torch_geometric")


def start(*arguments: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "cli", *arguments]
    return subprocess.run(command, capture_output=True, text=True, timeout=60, check=False)


def seconds_of_children() -> float:
    """Of a processor: however busy the machine is, they are the same."""
    times = os.times()
    return times.children_user + times.children_system


HELPS = ["", "run", "evaluate structure", "evaluate mechanisms", "generate", "priors", "stability", "suites"]


@pytest.mark.parametrize("arguments", [[*command.split(), "--help"] for command in HELPS])
def test_help_answers_within_a_second(arguments):
    begin = seconds_of_children()
    result = start(*arguments)
    assert seconds_of_children() - begin < 1
    assert result.returncode == 0
    assert result.stdout.startswith("Usage: foundation-causal")


def test_help_imports_nothing_heavy():
    code = f"import sys, cli.main; print([name for name in {HEAVY} if name in sys.modules])"
    result = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert result.stdout.strip() == "[]"


SMALL = """
import sys
import networkx as nx
import numpy as np
import pandas as pd
import foundation_causal as fc

a = np.random.default_rng(0).normal(size=60)
data = pd.DataFrame({"a": a, "b": np.tanh(a) + 0.1 * np.random.default_rng(1).normal(size=60)})
fc.infer(data, nx.DiGraph([("a", "b")])).sample(5)
print(*(name for name in {heavy} if name in sys.modules))
fc.discover(data)
print(*(name for name in {heavy} if name in sys.modules))
"""


def test_small_answers_import_only_what_they_need():
    unused = ["cdt", "discovery.adag.network", "discovery.avici.network", "huggingface_hub", "matplotlib"]
    unused += ["pgmpy", "scipy.stats", "sklearn", "sympy", "torch_geometric"]
    code = SMALL.replace("{heavy}", repr(unused))
    result = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert result.stdout.splitlines() == ["", ""]


@pytest.mark.parametrize(
    ("command", "names"),
    [
        ("evaluate structure", [*STRUCTURE_METHODS]),
        ("evaluate mechanisms", [*MECHANISM_METHODS, "floor"]),
        *((command, [*MECHANISM_METHODS]) for command in ("run", "simulate", "effect")),
    ],
)
def test_help_ends_with_every_method(invoke, command, names):
    lines = invoke(*command.split(), "--help").stdout.splitlines()
    begins = max(index for index, line in enumerate(lines) if line in ("Methods:", "Mechanisms:"))
    assert [line.split()[0] for line in lines[begins + 1 :] if line[2] != " "] == names


def test_version():
    from foundation_causal import __version__

    assert start("--version").stdout.strip() == f"foundation-causal, version {__version__}"


def test_a_mistake_is_one_line_and_exit_code_2(tmp_path):
    result = start("run", "nowhere.csv", "--out", str(tmp_path / "answers"))
    assert result.returncode == 2
    assert result.stdout == ""
    assert result.stderr.startswith("Error: ")
    assert len(result.stderr.splitlines()) == 1
    assert list(tmp_path.iterdir()) == []


def test_a_terminated_run_leaves_nothing(tmp_path):
    command = [sys.executable, "-m", "cli", "run", "sachs", "--out", str(tmp_path / "answers")]
    with subprocess.Popen(command, stderr=subprocess.DEVNULL) as process:
        while process.poll() is None and not list(tmp_path.iterdir()):
            time.sleep(0.02)
        process.terminate()
    assert process.returncode == 143
    assert list(tmp_path.iterdir()) == []


def test_json_is_all_that_reaches_stdout():
    result = start("datasets", "--json", "--quiet")  # loads packages that like to print
    assert result.returncode == 0
    assert result.stderr == ""
    assert json.loads(result.stdout)["datasets"]
