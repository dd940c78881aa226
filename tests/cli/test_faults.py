"""What kills, second writers and full memory leave: all of the old, or all of the new."""

import json
import os
import re
import signal
import subprocess
import sys
import time
from pathlib import Path

import click
import pytest

from cli.options import OUTPUT_PATH
from cli.staging import SUMMARY, TEMPORARY, UNFINISHED, files_of_earlier_run, staged_folder
from foundation_causal.files import held, replacing, replacing_folder


def fill(folder, *names):
    for name in names:
        (folder / name).write_text(json.dumps({"files": [*names]}) if name == SUMMARY else name)


def old(path):
    os.utime(path, (0, 0))


def published(out, *names):
    with staged_folder(out, lambda: files_of_earlier_run(out)) as folder:
        fill(folder, *names, SUMMARY)


@pytest.mark.parametrize("prepared", [staged_folder, lambda out: replacing_folder(out, "mark")])
def test_a_request_to_end_just_as_the_folder_is_made_leaves_none(prepared, tmp_path, monkeypatch):
    make = Path.mkdir

    def interrupted(self, *args, **options):
        make(self, *args, **options)
        raise SystemExit(143)

    monkeypatch.setattr(Path, "mkdir", interrupted)
    with pytest.raises(SystemExit), prepared(tmp_path / "out"):
        pytest.fail("nobody may write into the folder")
    assert not any(tmp_path.iterdir())


def test_a_new_folder_appears_at_once_with_the_usual_permissions(tmp_path):
    out = tmp_path / "deep" / "out"
    published(out, "samples.csv")
    (tmp_path / "plain").mkdir()
    assert sorted(file.name for file in out.iterdir()) == ["samples.csv", SUMMARY]
    assert out.stat().st_mode == (tmp_path / "plain").stat().st_mode
    assert sorted(file.name for file in tmp_path.iterdir()) == ["deep", "plain"]


def test_of_two_runs_into_one_folder_the_later_one_leaves_nothing_of_the_other(tmp_path):
    out = tmp_path / "out"
    with staged_folder(out, lambda: files_of_earlier_run(out)) as folder:  # began when there was no other
        fill(folder, "samples.csv", "do_a=1.0.csv", SUMMARY)
        published(out, "samples.csv", "do_b=2.0.csv")
    assert sorted(file.name for file in out.iterdir()) == ["do_a=1.0.csv", "samples.csv", SUMMARY]


def test_a_run_that_was_killed_while_it_published_is_replaced_whole(tmp_path, monkeypatch):
    published(tmp_path, "samples.csv", "do_a=1.0.csv")
    replace = os.replace

    def killed(source, target):
        if str(target).endswith("samples.csv"):
            raise KeyboardInterrupt
        replace(source, target)

    monkeypatch.setattr("os.replace", killed)
    with pytest.raises(KeyboardInterrupt):
        published(tmp_path, "do_b=2.0.csv", "samples.csv")
    assert not (tmp_path / SUMMARY).exists()  # by which anyone sees that the folder is not whole
    assert (tmp_path / UNFINISHED).exists()
    monkeypatch.setattr("os.replace", replace)
    published(tmp_path, "samples.csv")
    assert sorted(file.name for file in tmp_path.iterdir()) == ["samples.csv", SUMMARY]


def test_a_request_to_end_waits_until_all_files_are_in_place(tmp_path, monkeypatch):
    published(tmp_path, "a.csv", "b.csv")
    replace = os.replace

    def asked(source, target):
        signal.raise_signal(signal.SIGTERM)
        replace(source, target)

    def ended(number, frame):
        raise SystemExit(number)

    before = signal.signal(signal.SIGTERM, ended)
    monkeypatch.setattr("os.replace", asked)
    try:
        with pytest.raises(SystemExit):
            published(tmp_path, "b.csv", "c.csv")
    finally:
        signal.signal(signal.SIGTERM, before)
    assert json.loads((tmp_path / SUMMARY).read_text())["files"] == ["b.csv", "c.csv", SUMMARY]
    assert (tmp_path / "c.csv").exists()


def test_what_killed_runs_left_is_removed_and_what_runs_hold_stays(tmp_path):
    left, new, busy = (tmp_path / f"{TEMPORARY}{name}" for name in ("left", "new", "busy"))
    for folder in (left, new, busy):
        folder.mkdir()
        fill(folder, "samples.csv")
    old(left)
    old(busy)
    with held(busy) as mine:
        assert mine
        published(tmp_path / "out", "samples.csv")
    assert sorted(file.name for file in tmp_path.iterdir()) == [busy.name, new.name, "out"]


def test_a_temporary_file_that_was_left_is_removed_by_the_next_writer(tmp_path):
    left = tmp_path / ".note.0123abcd.txt"
    left.write_text("half")
    old(left)
    with replacing(tmp_path / "note.txt") as temporary:
        temporary.write_text("whole")
    assert [file.name for file in tmp_path.iterdir()] == ["note.txt"]


@pytest.mark.parametrize("path", ["", "  "])
def test_an_empty_path_is_not_the_current_folder(path):
    with pytest.raises(click.BadParameter, match="empty"):
        OUTPUT_PATH.convert(path, None, None)


@pytest.mark.parametrize("error", [MemoryError(), RuntimeError("DefaultCPUAllocator: not enough memory")])
def test_full_memory_ends_in_a_sentence(invoke, monkeypatch, error):
    def full(*given):
        raise error

    monkeypatch.setattr("foundation_causal.suites.suite_names", full)
    result = invoke("suites")
    assert result.exit_code == 2
    assert (
        result.stderr
        == "Error: There is not enough memory for this; give fewer rows or columns, or more memory.\n"
    )


def test_names_do_not_steer_the_terminal(invoke, tmp_path):
    rows = "\n".join(f"{i % 7},{i * i % 11},{i * 1.5}" for i in range(40))
    (tmp_path / "table.csv").write_text(f"\x1b[31mred,b,\x1b]0;title\x07c\n{rows}\n")
    for options in ([], ["--json"]):
        shown = invoke("check", tmp_path / "table.csv", *options).output
        assert "\x1b" not in shown
        assert "\x07" not in shown
        assert "red" in shown


CHILD = """
import os, sys, time
from foundation_causal.runtime import end_with_parent
end_with_parent(os.getppid())
time.sleep(60)
"""
PARENT = """
import subprocess, sys, time
print(subprocess.Popen([sys.executable, "-c", sys.argv[1]]).pid, flush=True)
time.sleep(60)
"""


@pytest.mark.skipif(not os.path.exists("/proc"), reason="looks for processes in /proc")
def test_a_worker_ends_soon_after_its_parent_was_killed():
    parent = subprocess.Popen([sys.executable, "-c", PARENT, CHILD], stdout=subprocess.PIPE, text=True)
    worker = int(parent.stdout.readline())
    deadline = time.monotonic() + 50
    while _threads(worker) < 2 and time.monotonic() < deadline:  # until it watches its parent
        time.sleep(0.05)
    parent.kill()
    parent.wait()
    while _threads(worker) and time.monotonic() < deadline:
        time.sleep(0.05)
    assert not _threads(worker)


def _threads(process):
    """How many threads a process has; 0 where there is none, or one that has ended."""
    try:
        with open(f"/proc/{process}/status") as file:
            facts = dict(line.split(":\t", 1) for line in file if ":\t" in line)
    except OSError:
        return 0
    return 0 if facts["State"].startswith("Z") else int(facts["Threads"])


LIMITED = """
import resource, sys
import cli.commands.run, discovery, mechanisms, pandas, scipy.linalg, torch
from cli.main import main
pages = int(open("/proc/self/statm").read().split()[0])
most = pages * resource.getpagesize() + int(sys.argv[1]) * 2**20
resource.setrlimit(resource.RLIMIT_AS, (most, most))
main(sys.argv[2:])
"""


@pytest.mark.skipif(not os.path.exists("/proc/self/statm"), reason="reads the address space from /proc")
@pytest.mark.parametrize("room", [20, 60, 200])
@pytest.mark.parametrize("command", ["discover", "simulate"])
def test_a_limit_on_memory_ends_in_a_sentence(tmp_path, command, room):
    """Where the reader of tables fits, with an estimate before the work, and else before anything is read.

    OpenBLAS used to ask for its buffer again and again at 20 MB, and modules that began without memory ended
    in a traceback.
    """
    rows, columns = (30, 120) if command == "discover" else (30, 3)
    names = [f"x{j}" for j in range(columns)]
    lines = [
        ",".join(str((i * (j + 3) ** 2 * 7919 + j) % 1009 / 7) for j in range(columns)) for i in range(rows)
    ]
    (tmp_path / "table.csv").write_text("\n".join([",".join(names), *lines]))
    (tmp_path / "graph.csv").write_text("cause,effect\nx0,x1\n")
    call = [command, str(tmp_path / "table.csv"), "--out", str(tmp_path / "out.csv")]
    if command == "simulate":
        call += ["--graph", str(tmp_path / "graph.csv"), "--samples", "5000000"]
    else:
        call[-1] = str(tmp_path / "out.json")
    ended = subprocess.run(
        [sys.executable, "-c", LIMITED, str(room), *call], capture_output=True, text=True, timeout=120
    )
    assert ended.returncode == 2, ended.stderr
    what = "30 rows of .* columns" if room == 200 else "libraries that compute"
    assert re.search(rf"^Error: The {what} take .* MB of memory", ended.stderr, re.MULTILINE), ended.stderr
    assert not list(tmp_path.glob("out*"))
