"""Kills at random moments, of workers of clusters, too; second writers, full disks and little memory.

A command or a training is started in a process of its own and killed, by SIGKILL or SIGTERM, at a random
moment of the time that it takes. What it writes must then be there as it was before, or whole; and when the
same command runs again, it must write what an unbroken run writes, with nothing of the killed one beside it.
Every kill and every other fault is written down at once, and a run goes on where the last one stopped.

    python benchmarks/trust/faults.py                 # 100 kills and the other faults; prints the counts
    python benchmarks/trust/faults.py --kills 10 --minutes 5
    python benchmarks/trust/faults.py --work dask_workers     # needs distributed; ray_workers needs Ray
    python benchmarks/trust/faults.py --table-only
"""

from __future__ import annotations

import argparse
import hashlib
import json
import math
import os
import random
import re
import resource
import shutil
import signal
import subprocess
import sys
import tempfile
import threading
import time
import warnings
from collections.abc import Callable
from contextlib import suppress
from datetime import timedelta
from functools import partial
from importlib import import_module
from pathlib import Path
from typing import Any

os.environ.setdefault("OMP_NUM_THREADS", "1")

import numpy as np
import pandas as pd

from foundation_causal import files
from foundation_causal.runtime import measured_on

LOG = Path(__file__).parents[1] / "results/faults.jsonl"
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
    from mechanisms.corrector import train

    loop.timedelta = lambda **_: timedelta(seconds=0.1)  # type: ignore[attr-defined]
    train.Stream = partial(train.Stream, variables=(4, 5), rows=(30, 40), entries=500)  # type: ignore[misc]
    train.BATCHES = 1
    train.KINDS = {"P_IN": train.KINDS["P_IN"]}
    options = "--steps 30 --distinct 3 --width 8 --layers 1 --heads 2 --query-layers 1 --workers 0 --out out"
    return train.main([*options.split(), "--validate-every", "1000"], standalone_mode=True)


WORK: dict[str, tuple[Work, int]] = {
    "run": (command("run", TABLE, "--out", "out", "--do", "a=1", "--samples", "50", "--quiet"), 25),
    "report": (command("report", TABLE, "--out", "out.html", "--do", "a=1", "--quiet"), 10),
    "discover": (command("discover", TABLE, "--out", "out.json", "--quiet"), 5),
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
            *("--method", "network", "--method", "foundation-causal", "--out", "out", "--quiet"),
        ),
        15,
    ),
    "training": (training, 15),
}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("--kills", type=int, default=100)
    parser.add_argument("--work", choices=[*WORK, *(other.__name__ for other in OTHERS)], help="only this")
    parser.add_argument("--minutes", type=float, default=math.inf)
    parser.add_argument("--out", type=Path, default=LOG)
    parser.add_argument("--table-only", action="store_true")
    options = parser.parse_args()
    warnings.simplefilter("ignore")
    if not options.table_only:
        files.SETTLED = -1  # what was left goes at once, not after a minute
        for module in IMPORTED:
            import_module(module)
        fill(options.out, options.kills, options.work, time.monotonic() + 60 * options.minutes)
    print(measured_on(), table(lines(options.out)), sep="\n\n")


def fill(log: Path, kills: int, only: str | None, end: float) -> None:
    """Kill what the log lacks, in turn of all kinds of work; then the other faults."""
    done = {(line["work"], line.get("kill")) for line in lines(log)}
    tasks = [
        (i / share, name, i)
        for name, (_, share) in WORK.items()
        if only in (None, name)
        for i in range(max(1, round(share * kills / 100)))
        if (name, i) not in done
    ]
    unbroken: dict[str, tuple[float, dict[str, str]]] = {}
    log.parent.mkdir(parents=True, exist_ok=True)
    with log.open("a", encoding="utf-8") as file:

        def write(line: dict[str, Any]) -> None:
            file.write(json.dumps(line) + "\n")
            file.flush()

        for _, name, i in sorted(tasks):
            if time.monotonic() > end:
                return
            work = WORK[name][0]
            unbroken[name] = unbroken.get(name) or whole_run(work)
            write({"work": name, "kill": i, **killed(work, *unbroken[name], random.Random(f"{name} {i}"))})
        for other in OTHERS:
            name = other.__name__
            if only in (None, name) and (name, None) not in done and time.monotonic() < end:
                write({"work": name, "told": other()})


def lines(log: Path) -> list[dict[str, Any]]:
    """The whole lines of the log."""
    return [json.loads(line) for line in log.read_text().split("\n")[:-1]] if log.exists() else []


def table(found: list[dict[str, Any]]) -> str:
    """Counts of kills by kind of work, and a sentence for each other fault."""
    kinds = ("early", "whole", "same", "left")
    told = [
        "| work | kills | before it ended | left whole or as before | again as unbroken | left beside |",
        "|---|---|---|---|---|---|",
    ]
    for name in (*WORK, "all"):
        rows = [line for line in found if "kill" in line and name in ("all", line["work"])]
        counts = [len(rows), *(sum(row[kind] for row in rows) for kind in kinds)]
        told.append(f"| {name} | {' | '.join(map(str, counts))} |")
    return "\n".join([*told, "", *(line["told"] for line in found if "told" in line)])


def whole_run(work: Work) -> tuple[float, dict[str, str]]:
    """How many seconds an unbroken run lasts, and what it writes."""
    with place() as folder:
        start = time.monotonic()
        assert code_of(begun(work, folder)) == 0, (folder / "stderr").read_text()[-2000:]
        return time.monotonic() - start, contents(folder)


def killed(work: Work, lasted: float, whole: dict[str, str], chance: random.Random) -> dict[str, int]:
    """What one kill leaves, and what the same work does after it."""
    with place() as folder:
        process = begun(work, folder)
        time.sleep(chance.uniform(0.02, 1) * lasted)
        os.kill(process, chance.choice([signal.SIGKILL, signal.SIGKILL, signal.SIGTERM]))
        ended, found = code_of(process), contents(folder)
        # Logs and checkpoints grow; what else there is, is whole.
        counts = {
            "early": int(ended != 0),
            "whole": int(all(whole.get(name) == found[name] for name in found)),
        }
        if ended == 0:  # the kill came too late
            return {**counts, "same": int(found == whole), "left": 0}
        again = code_of(begun(work, folder))
        return {**counts, "same": int(again == 0 and contents(folder) == whole), "left": len(hidden(folder))}


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


GROWING = re.compile(r"stderr|.*\.ckpt|.*/log/.*|.*problems.*|.*README\.md|table\.csv|.*runs\.jsonl")
SECONDS = {
    ".json": re.compile(r'"(seconds|total|read|discover|infer|sample|write|draw)": [^\n]*'),
    ".csv": re.compile(r"(?<=,)[\d.]+$", re.MULTILINE),
    # Those of each stage, and the column before what a method is.
    ".html": re.compile(r'(?<=<td>seconds: )[^<]*</td>\s*<td>[^<]*|<td class="number">[^<]*(?=</td>\s*<td>)'),
}


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
        if file.suffix in (".json", ".html") or name == "out/table.csv":
            content = SECONDS[file.suffix].sub("", content.decode()).encode()
        elif file.suffix == ".png":  # a picture of times
            content = content[-8:]  # where a whole one says that it ends
        found[name] = hashlib.sha256(content).hexdigest()
    return found


def hidden(folder: Path) -> list[Path]:
    """Temporary files and folders."""
    return [file for file in folder.rglob(".*") if file.name not in (".", "..")]


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
            names = sorted(file.name for file in (folder / "out").iterdir())
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


def limited(megabytes: int) -> Callable[[], None]:
    """What lets a process address so much more than it does."""

    def limit() -> None:
        pages = int(Path("/proc/self/statm").read_text().split()[0])
        most = pages * resource.getpagesize() + megabytes * 2**20
        resource.setrlimit(resource.RLIMIT_AS, (most, most))

    return limit


def little_memory() -> str:
    """A limit on memory a little above what the process has."""
    ended = []
    for room in (1, 20, 60, 200):
        with place() as folder:
            work = command("run", TABLE, "--out", "out", "--samples", "5000000", "--quiet")
            code = code_of(begun(work, folder, limited(room)))
            ended.append((code == 0 or sentence(folder, code)) and not hidden(folder))
    return f"- little memory for samples: {sum(ended)} of {len(ended)} runs end well or in a sentence"


def fit_in_little_memory() -> str:
    """The same for tables that take memory to read, to discover and to model."""
    ended = []
    for n, d, room in ((2_000, 4, 60), (2_000, 4, 300)):
        with place() as folder:
            rows = np.random.default_rng(0).normal(size=(n, d)).cumsum(1)
            pd.DataFrame(rows, columns=[f"x{j}" for j in range(d)]).to_csv(folder / TABLE, index=False)
            work = command("run", TABLE, "--out", "out", "--samples", "100", "--quiet")
            code = code_of(begun(work, folder, limited(room)))
            whole = not (folder / "out").exists() if code else (folder / "out/summary.json").exists()
            ended.append((code == 0 or sentence(folder, code)) and whole and not hidden(folder))
    return f"- little memory for tables: {sum(ended)} of {len(ended)} runs end well or in a sentence"


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


REPLICATES = 200
TIMES = 5  # kills of workers of each cluster


def dask_workers() -> str:
    """Bootstraps on a Dask cluster of two processes, of which one is killed after a random replicate."""
    try:
        from distributed import Client, LocalCluster
    except ImportError:
        return "- workers of a Dask cluster: skipped, as Dask is not installed"
    two = {"n_workers": 2, "threads_per_worker": 1}
    with (
        LocalCluster(**two, dashboard_address=None, worker_dashboard_address=None) as cluster,
        Client(cluster, set_as_default=False) as client,
    ):

        def kill(chance: random.Random) -> Callable[[str], None]:
            after = chance.randrange(1, REPLICATES // 4)

            def told(words: str) -> None:
                if words.startswith(f"{after} of "):
                    os.kill(chance.choice(sorted(client.run(os.getpid).values())), signal.SIGKILL)

            return told

        def work(data: pd.DataFrame, i: int) -> Any:
            client.wait_for_workers(2)
            return bootstrap_of(data, cluster=cluster.scheduler_address, progress=kill(random.Random(i)))

        return f"- workers of a Dask cluster of two, one of them killed: {survived(work)}"


def ray_workers() -> str:
    """The same with Ray as the backend of joblib, where a worker is killed a random time after both began."""
    try:
        import ray
        from ray.util.joblib import register_ray
    except ImportError:
        return "- workers of Ray: skipped, as it is not installed"
    from joblib import parallel_config

    def kill(chance: random.Random) -> None:
        until = time.monotonic() + 120
        while time.monotonic() < until and len(busy := ray_processes()) < 2:
            time.sleep(0.05)
        time.sleep(chance.uniform(0, 3))
        os.kill(chance.choice(busy), signal.SIGKILL)

    def work(data: pd.DataFrame, i: int) -> Any:
        while ray_processes():  # those of the time before are still ending
            time.sleep(0.1)
        where = {"env_vars": {"PYTHONPATH": str(Path(__file__).parents[2])}}
        ray.init(num_cpus=2, include_dashboard=False, log_to_driver=False, runtime_env=where)
        register_ray()
        killer = threading.Thread(target=kill, args=(random.Random(i),))
        killer.start()
        try:
            with parallel_config(backend="ray", n_jobs=2):
                return bootstrap_of(data)
        finally:
            killer.join()
            ray.shutdown()

    return f"- workers of Ray with two, one of them killed: {survived(work)}"


def ray_processes() -> list[int]:
    """The processes of Ray that work for joblib."""
    found = []
    for line in Path("/proc").glob("[0-9]*/cmdline"):
        with suppress(OSError):
            if line.read_bytes().startswith(b"ray::PoolActor"):
                found.append(int(line.parent.name))
    return sorted(found)


def bootstrap_of(data: pd.DataFrame, **where: Any) -> Any:
    from discovery.resampling import bootstrap

    return bootstrap(data, replicates=REPLICATES, refine=False, **where)


def survived(work: Callable[[pd.DataFrame, int], Any]) -> str:
    """How many bootstraps whose worker was killed give what one process gives, and say what happened."""
    from foundation_causal.errors import LostWorkersWarning

    with place() as folder:
        data = pd.read_csv(folder / TABLE)
    alone = bootstrap_of(data)
    same, told = 0, 0
    for i in range(TIMES):
        with warnings.catch_warnings(record=True) as caught:
            warnings.simplefilter("always")
            found = work(data, i)
        told += any(issubclass(one.category, LostWorkersWarning) for one in caught)
        edges = [[set(graph.edges) for graph in one.graphs] for one in (found, alone)]
        same += edges[0] == edges[1] and found.probabilities.equals(alone.probabilities)
    return (
        f"{same} of {TIMES} bootstraps of {REPLICATES} replicates are to the last bit those of one process, "
        f"and {told} say that a worker died"
    )


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


# Each gives a sentence.
OTHERS = (
    *(two_writers, read_only, full_disk, little_memory, fit_in_little_memory, workers),
    *(dask_workers, ray_workers),
)

if __name__ == "__main__":
    main()
