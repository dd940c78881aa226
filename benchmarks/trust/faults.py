"""Kills at random moments, second writers, folders without permission, full disks and little memory.

A command or a training is started in a process of its own and killed, by SIGKILL or SIGTERM, at a random
moment of the time that it takes. What it writes must then be there as it was before, or whole; and when the
same command runs again, it must write what an unbroken run writes, with nothing of the killed one beside it.

    python benchmarks/trust/faults.py                 # 100 kills and the other faults; prints the counts
    python benchmarks/trust/faults.py --kills 10
"""

from __future__ import annotations

import argparse
import hashlib
import json
import os
import random
import re
import resource
import shutil
import signal
import subprocess
import sys
import tempfile
import time
import warnings
from collections import Counter
from collections.abc import Callable
from datetime import timedelta
from importlib import import_module
from pathlib import Path

os.environ.setdefault("OMP_NUM_THREADS", "1")

import numpy as np
import pandas as pd

from foundation_causal import files
from foundation_causal.runtime import measured_on

TABLE = "table.csv"
# Once, and not in every process that is killed.
IMPORTED = [
    *(
        "cli.main",
        "discovery",
        "discovery.pipeline",
        "discovery.resampling",
        "discovery.structure_evaluation",
    ),
    *(
        "mechanisms.inference",
        "mechanisms.corrector.train",
        "foundation_causal.suites",
        "foundation_causal.plots",
    ),
    *("matplotlib.pyplot", "rich.console", "joblib", "foundation_causal.simulate.named_priors"),
]
Work = Callable[[], object]


def command(*arguments: str) -> Work:
    """A call of the command line in the folder that is current then."""

    def call() -> object:
        from cli.main import main

        return main([*arguments], standalone_mode=True)

    return call


def training() -> object:
    """A short training of the smallest network, which keeps a checkpoint every tenth of a second."""
    from foundation_causal.networks import training as loop
    from mechanisms.corrector.train import main

    loop.timedelta = lambda **_: timedelta(seconds=0.1)  # type: ignore[attr-defined]
    options = "--steps 30 --distinct 3 --width 8 --layers 1 --heads 2 --query-layers 1 --workers 0 --out out"
    return main([*options.split(), "--validate-every", "1000"], standalone_mode=True)


WORK: dict[str, tuple[Work, int]] = {
    "run": (command("run", TABLE, "--out", "out", "--do", "a=1", "--samples", "50", "--quiet"), 30),
    "discover": (command("discover", TABLE, "--out", "out.json", "--quiet"), 10),
    "stability": (
        command("stability", TABLE, "--replicates", "6", "--out", "out.csv", "--graphs", "out", "--quiet"),
        20,
    ),
    "generate": (
        command("generate", "p-in", "--scms", "4", "--d", "4", "--n", "30", "--out", "out", "--quiet"),
        10,
    ),
    "evaluate a suite": (
        command(
            *("evaluate", "structure", "--suite", "csuite", "--cell", "configuration=nonlin_simpson"),
            *("--method", "network", "--method", "empty", "--out", "out", "--quiet"),
        ),
        15,
    ),
    "training": (training, 15),
}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("--kills", type=int, default=100)
    parser.add_argument("--work", choices=[*WORK], help="this one only")
    parser.add_argument("--seed", type=int, default=0)
    options = parser.parse_args()
    warnings.simplefilter("ignore")
    files.SETTLED = -1  # what was left goes at once, not after a minute
    for module in IMPORTED:
        import_module(module)
    print(f"{measured_on()}; seed {options.seed}\n", flush=True)
    print("| work | kills | before it ended | left whole or as before | again as unbroken | left beside |")
    print("|---|---|---|---|---|---|")
    total = Counter[str]()
    for name, (work, share) in WORK.items():
        if options.work in (None, name):
            kills = max(1, round(share * options.kills / 100))
            counts = killed(work, kills, random.Random(f"{options.seed} {name}"))
            total += counts
            print(row(name, counts), flush=True)
    print(row("all", total), "", *others(), sep="\n")


def row(name: str, counts: Counter[str]) -> str:
    kinds = ("kills", "early", "whole", "same", "left")
    return f"| {name} | {' | '.join(str(counts[kind]) for kind in kinds)} |"


def killed(work: Work, kills: int, chance: random.Random) -> Counter[str]:
    """Counts over kills of one kind of work, each followed by an unbroken repetition."""
    counts = Counter[str]()
    with place() as folder:
        start = time.monotonic()
        assert code_of(begun(work, folder)) == 0, (folder / "stderr").read_text()[-2000:]
        lasted, whole = time.monotonic() - start, contents(folder)
    for _ in range(kills):
        with place() as folder:
            process = begun(work, folder)
            time.sleep(chance.uniform(0.02, 1) * lasted)
            os.kill(process, chance.choice([signal.SIGKILL, signal.SIGKILL, signal.SIGTERM]))
            ended = code_of(process)
            found = contents(folder)
            counts["kills"] += 1
            counts["early"] += ended != 0
            # Logs and checkpoints grow; what else there is, is whole.
            counts["whole"] += all(whole.get(name) == found[name] for name in found)
            if ended == 0:  # the kill came too late
                counts["same"] += found == whole
                continue
            assert code_of(begun(work, folder)) == 0, (folder / "stderr").read_text()[-2000:]
            counts["same"] += contents(folder) == whole
            counts["left"] += len(hidden(folder))
    return counts


class place:
    """A folder with a table, which is the current one of what begins in it."""

    def __enter__(self) -> Path:
        self.folder = Path(tempfile.mkdtemp(prefix="faults-"))
        noise = np.random.default_rng(0).normal(size=(3, 60))
        a, b = noise[0], noise[0] + noise[1]
        pd.DataFrame({"a": a, "b": b, "c": b - noise[2]}).to_csv(self.folder / TABLE, index=False)
        return self.folder

    def __exit__(self, *error: object) -> None:
        shutil.rmtree(self.folder, ignore_errors=True)


def begun(work: Work, folder: Path, before: Callable[[], None] = lambda: None) -> int:
    """The process that does the work; a copy of this one, so that nothing has to be imported again."""
    process = os.fork()
    if process:
        return process
    code = 1
    try:
        os.chdir(folder)
        handle = os.open(folder / "stderr", os.O_CREAT | os.O_WRONLY | os.O_TRUNC)
        os.dup2(handle, 1)
        os.dup2(handle, 2)
        before()
        work()
        code = 0
    except SystemExit as done:
        code = done.code if isinstance(done.code, int) else 0 if done.code is None else 1
    except BaseException:
        import traceback

        traceback.print_exc()
    finally:
        sys.stdout.flush()
        sys.stderr.flush()
        os._exit(code)


def code_of(process: int) -> int:
    """The exit code of a process, once it has ended; below zero for a signal."""
    return os.waitstatus_to_exitcode(os.waitpid(process, 0)[1])


GROWING = re.compile(r"stderr|.*\.ckpt|.*/log/.*|.*problems.*|.*README\.md|.*\.png|table\.csv|.*runs\.jsonl")
SECONDS = re.compile(
    r'"(seconds|total|read|discover|infer|sample|write|draw)": [^\n]*|,[\d.]+$', re.MULTILINE
)


def contents(folder: Path) -> dict[str, str]:
    """What each visible file holds, but for logs, checkpoints and times."""
    found = {}
    for file in sorted(folder.rglob("*")):
        name = str(file.relative_to(folder))
        if (
            not file.is_file()
            or GROWING.fullmatch(name)
            or any(part.startswith(".") for part in name.split("/"))
        ):
            continue
        content = file.read_bytes()
        if file.suffix == ".json" or "scores" in name:
            content = SECONDS.sub("", content.decode()).encode()
        found[name] = hashlib.sha256(content).hexdigest()
    return found


def hidden(folder: Path) -> list[Path]:
    """Temporary files and folders."""
    return [file for file in folder.rglob(".*") if file.name not in (".", "..")]


def others() -> list[str]:
    """The other faults, a sentence each."""
    return [two_writers(), read_only(), full_disk(), little_memory(), workers()]


def two_writers(times: int = 6) -> str:
    """Two runs into one folder at once: the folder holds what one of them says, and nothing else."""
    good = 0
    for _ in range(times):
        with place() as folder:
            both = [
                begun(
                    command("run", TABLE, "--out", "out", "--do", f"a={k}", "--samples", "20", "-q"), folder
                )
                for k in (1, 2)
            ]
            ended = [code_of(process) for process in both]
            named = sorted(json.loads((folder / "out/summary.json").read_text())["files"])
            names = sorted(str(file.relative_to(folder)) for file in (folder / "out").iterdir())
            good += ended == [0, 0] and names == sorted(named)
    return f"- two writers in one folder: {good} of {times} folders hold one run and no more"


def sentence(folder: Path, code: int) -> bool:
    """Whether the command ended with one sentence on stderr."""
    last = (folder / "stderr").read_text().strip().splitlines()[-1:]
    return code == 2 and bool(last) and last[0].startswith("Error: ")


def read_only() -> str:
    """A folder that may not be written to, for a user who is not root."""

    def nobody() -> None:
        if os.getuid() == 0:
            os.setgid(65534)
            os.setuid(65534)

    ended = []
    for name in ("run", "discover", "stability", "generate"):
        with place() as folder:
            (folder / "stderr").touch()
            folder.chmod(0o555)
            ended.append(sentence(folder, code_of(begun(WORK[name][0], folder, nobody))))
            ended[-1] &= not contents(folder) and not hidden(folder)
            folder.chmod(0o755)
    good = f"{sum(ended)} of {len(ended)} commands end in a sentence, no file left"
    return f"- a folder without permission: {good}"


def full_disk() -> str:
    """A disk of 16 kB, where one may be mounted."""
    ended = []
    for name in ("run", "stability", "generate"):
        with place() as folder:
            disk = folder / "out"
            disk.mkdir()
            options = ["mount", "-t", "tmpfs", "-o", "size=16k", "tmpfs", str(disk)]
            if os.getuid() or subprocess.run(options, capture_output=True).returncode:
                return "- a full disk: skipped, as no small disk could be mounted"
            try:
                work = WORK[name][0]
                if name == "stability":
                    work = command(
                        "stability", TABLE, "--replicates", "300", "--no-refine", "--out", "out/o.csv"
                    )
                    (disk / "filled").write_bytes(b"x" * 16384)
                ended.append(sentence(folder, code_of(begun(work, folder))))
                ended[-1] &= {file.name for file in disk.iterdir()} <= {"filled"}
            finally:
                subprocess.run(["umount", str(disk)], check=True)
    return f"- a full disk: {sum(ended)} of {len(ended)} commands end in a sentence, no file left"


def little_memory() -> str:
    """A limit on memory a little above what the process has."""
    ended = []
    for room in (1, 20, 60, 200):

        def limit(room: int = room) -> None:
            pages = int(Path("/proc/self/statm").read_text().split()[0])
            most = pages * resource.getpagesize() + room * 2**20
            resource.setrlimit(resource.RLIMIT_AS, (most, most))

        with place() as folder:
            work = command("run", TABLE, "--out", "out", "--samples", "5000000", "--quiet")
            code = code_of(begun(work, folder, limit))
            ended.append((code == 0 or sentence(folder, code)) and not hidden(folder))
    return f"- little memory: {sum(ended)} of {len(ended)} runs end well or in a sentence"


def workers() -> str:
    """Workers of `stability --jobs 2` whose parent is killed."""
    with place() as folder:
        work = command(
            "stability", TABLE, "--replicates", "5000", "--jobs", "2", "--out", "out.csv", "--quiet"
        )
        process = begun(work, folder)
        start = time.monotonic()
        while len(found := children(process)) < 2 and time.monotonic() - start < 120:
            time.sleep(0.2)
        time.sleep(10)
        found |= children(process)
        os.kill(process, signal.SIGKILL)
        code_of(process)
        start = time.monotonic()
        while (alive := {child for child in found if lives(child)}) and time.monotonic() - start < 60:
            time.sleep(0.1)
        seconds = time.monotonic() - start
        for child in alive:
            os.kill(child, signal.SIGKILL)
    return f"- workers of a killed parent: {len(found)}, of which {len(alive)} live on after {seconds:.0f} s"


def children(process: int) -> set[int]:
    """The processes that a process started."""
    found = set()
    for status in Path("/proc").glob("[0-9]*/stat"):
        try:
            if int(status.read_text().rsplit(")", 1)[1].split()[1]) == process:
                found.add(int(status.parent.name))
        except (OSError, IndexError):
            continue
    return found


def lives(process: int) -> bool:
    """Whether a process is there, and not only its entry."""
    try:
        return Path(f"/proc/{process}/stat").read_text().rsplit(")", 1)[1].split()[0] != "Z"
    except OSError:
        return False


if __name__ == "__main__":
    main()
