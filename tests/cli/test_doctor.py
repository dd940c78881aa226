"""The command that checks an installation, and commands that are interrupted."""

import json
import os
import signal
import subprocess
import sys
import time
from functools import partial
from pathlib import Path

import pytest

from foundation_causal.networks import pretrained

ROOT = Path(__file__).parents[2]


def start(*arguments: str, folder: Path) -> subprocess.Popen[str]:
    environment = os.environ | {"PYTHONPATH": str(ROOT)}
    command = [sys.executable, "-m", "foundation_causal", *arguments]
    # Whoever is started in the background of a shell ignores Ctrl-C, and so do its children.
    heed = partial(signal.signal, signal.SIGINT, signal.SIG_DFL)
    streams = {"stdout": subprocess.PIPE, "stderr": subprocess.PIPE}
    return subprocess.Popen(command, cwd=folder, env=environment, text=True, preexec_fn=heed, **streams)


def test_a_sound_installation_passes(invoke):
    result = invoke("doctor", "--json", "--quiet")
    document = json.loads(result.stdout)
    assert document["faults"] == []
    assert result.exit_code == 0
    assert document["self_test"]["graph"] == "rain -> soil, soil -> crop"
    assert set(document["weights"].values()) == {"as released"}
    assert document["versions"]["torch"]
    assert document["extras"]["dev"] == []


def test_changed_weights_and_missing_packages_are_told(invoke, tmp_path, monkeypatch):
    folder = tmp_path / "weights" / "line"
    folder.mkdir(parents=True)
    (folder / "config.json").write_text('{"width": 1, "checksum": "00"}')
    (folder / "model.safetensors").write_bytes(b"weights")
    monkeypatch.setattr(pretrained, "WEIGHTS", folder.parent)
    monkeypatch.setattr("importlib.metadata.requires", lambda name: ["numpy>=99", "no-such-package"])
    monkeypatch.setattr("cli.commands.data.doctor._self_test", lambda faults: {})
    result = invoke("doctor", "--json", "--quiet")
    assert result.exit_code == 1
    numpy, package, weights = json.loads(result.stdout)["faults"]
    assert "numpy>=99" in numpy
    assert "no-such-package is missing" in package
    assert "line" in weights


@pytest.mark.skipif(os.name != "posix", reason="signals are those of POSIX")
def test_an_interrupted_command_exits_with_130_and_writes_nothing(data, graph, tmp_path):
    before = sorted(tmp_path.iterdir())
    run = start("run", "sachs", "--do", "PKA=2", "--out", "out", "--save-model", "model", folder=tmp_path)
    assert run.stderr is not None
    deadline = time.monotonic() + 60
    while time.monotonic() < deadline and not list(tmp_path.glob(".foundation-causal-*")):
        time.sleep(0.05)  # the folder out of sight is there: the work has begun
    run.send_signal(signal.SIGINT)
    _, said = run.communicate(timeout=60)
    # Python ends by the signal itself where it was executing text, as dataclasses do.
    assert run.returncode in (130, -signal.SIGINT), said  # which shells report alike
    assert said.strip().splitlines()[-1].startswith("Interrupted")
    assert "Traceback" not in said
    assert sorted(tmp_path.iterdir()) == before
