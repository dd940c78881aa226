"""Can it be installed, with every extra, and what does that take?

`resolve` asks the package index, for each Python, for one set of packages that all extras together accept
(uv comes from `pip install uv`; no other interpreter is needed). It fails where there is none, or where a
package that must be compiled has no wheel. `measure` builds the wheel of each checkout and installs it into a
fresh environment. `oldest` makes an environment of the lowest versions that `pyproject.toml` allows for what
it asks for by name, and runs tests there; it prints what failed, and what had run when its time was up.

    python benchmarks/trust/installs.py resolve
    python benchmarks/trust/installs.py measure --old CHECKOUT
    python benchmarks/trust/installs.py oldest --folder /tmp/oldest --minutes 90
    python benchmarks/trust/installs.py oldest --folder /tmp/oldest --tests tests/mechanisms/test_units.py
"""

from __future__ import annotations

import argparse
import json
import os
import re
import resource
import subprocess
import sys
import tempfile
import time
import tomllib
from collections import Counter
from pathlib import Path

ROOT = Path(__file__).parents[2]
PYTHONS = ("3.11", "3.12", "3.13")
SHOWN = ("numpy", "scipy", "pandas", "torch", "lingam", "dowhy", "econml")
# Written in Python alone and never published as wheels, so that a source distribution installs anywhere.
SOURCE_ONLY = {"causaldata", "gputil", "semopy"}
CORE = ("tests/foundation_causal", "tests/discovery", "tests/mechanisms")
RESULT = re.compile(r"^(\S+::.*) (PASSED|FAILED|ERROR|SKIPPED)\b")
VERSIONS = """
import json, sys
from importlib.metadata import version
print(json.dumps({name: version(name) for name in sys.argv[1:]}))
"""


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("task", choices=("resolve", "measure", "oldest"))
    parser.add_argument("--old", type=Path, help="another checkout, measured beside this one")
    parser.add_argument("--folder", type=Path, help="of the environment with the oldest versions")
    parser.add_argument("--tests", nargs="+", default=CORE, help="what runs with the oldest versions")
    parser.add_argument("--minutes", type=float, default=90, help="after which these tests are stopped")
    options = parser.parse_args()
    if options.task == "resolve":
        sys.exit(resolve())
    if options.task == "oldest":
        sys.exit(oldest(options.folder or Path(tempfile.mkdtemp()), options.tests, options.minutes))
    measure([options.old, ROOT] if options.old else [ROOT])


def resolve() -> int:
    """Print what all extras together take on each Python; 1 where they cannot be installed together."""
    failed = 0
    print(f"| Python | packages | {' | '.join(SHOWN)} | from source |")
    print("|" + "---|" * (len(SHOWN) + 3))
    for python in PYTHONS:
        packages, error = locked(python)
        if error:
            print(f"| {python} | cannot be installed: {error} |")
            failed = 1
            continue
        versions = {package["name"]: package.get("version", "") for package in packages}
        source = {package["name"] for package in packages if not package.get("wheels")}
        shown = " | ".join(versions.get(name, "") for name in SHOWN)
        print(f"| {python} | {len(packages)} | {shown} | {', '.join(sorted(source))} |", flush=True)
        if surprising := source - SOURCE_ONLY:
            print(f"Python {python} would have to compile {', '.join(sorted(surprising))}.", file=sys.stderr)
            failed = 1
    return failed


def locked(python: str) -> tuple[list[dict], str]:
    """The packages that all extras together take on a Python, with their files; or why there are none."""
    with tempfile.TemporaryDirectory() as folder:
        lock = Path(folder) / "pylock.toml"
        command = ["uv", "pip", "compile", "--quiet", "--python-version", python, "--all-extras"]
        command += ["--format", "pylock.toml", "--output-file", str(lock), str(ROOT / "pyproject.toml")]
        ended = subprocess.run(command, capture_output=True, text=True, check=False)
        if ended.returncode:
            return [], " ".join(ended.stderr.split())
        return tomllib.loads(lock.read_text(encoding="utf-8"))["packages"], ""


def oldest(folder: Path, tests: list[str], minutes: float) -> int:
    """Print how many tests pass with the oldest versions, and which fail; 1 where any of these do."""
    python = folder / "bin" / "python"
    if not python.exists():
        run(sys.executable, "-m", "venv", folder)
        lowest = ("--resolution", "lowest-direct", "--editable", f"{ROOT}[dev]")
        run("uv", "pip", "install", "--quiet", "--python", python, *lowest)
    names = [name for name in (*SHOWN, "scikit-learn") if name not in ("lingam", "dowhy", "econml")]
    found = subprocess.run([python, "-c", VERSIONS, *names], capture_output=True, text=True, check=True)
    print("Python", sys.version.split()[0], *(" ".join(pair) for pair in json.loads(found.stdout).items()))
    counts, failed, ended = tested(python, tests, time.monotonic() + 60 * minutes)
    print(*failed, sep="\n")
    counts["FAILED"] = len(failed)
    told = ", ".join(f"{counts[result]:,} {result.lower()}" for result in ("PASSED", "FAILED", "SKIPPED"))
    print(told if ended else f"{told}; stopped after {minutes:g} minutes")
    return int(bool(failed) or not ended)


def tested(python: Path, tests: list[str], until: float) -> tuple[Counter[str], list[str], bool]:
    """How often each result came, which tests failed, and whether all ran in time."""
    command = [str(python), "-m", "pytest", "-v", "--no-header", "--tb=line", "-p", "no:cacheprovider"]
    counts, failed = Counter[str](), dict[str, None]()
    environment = os.environ | {"PYTHONPATH": str(ROOT), "COLUMNS": "400", "PYTHONUNBUFFERED": "1"}
    with subprocess.Popen(
        [*command, *tests], cwd=ROOT, env=environment, stdout=subprocess.PIPE, text=True
    ) as running:
        assert running.stdout is not None
        for line in running.stdout:
            if found := RESULT.match(line):
                if found[2] in ("FAILED", "ERROR"):
                    failed[found[1]] = None
                else:
                    counts[found[2]] += 1
            if time.monotonic() > until:
                running.kill()
                return counts, list(failed), False
    if running.returncode not in (0, 1):
        sys.exit(f"The tests ended with the code {running.returncode}.")
    return counts, list(failed), True


def measure(checkouts: list[Path]) -> None:
    """Print the size of the wheel of each checkout, and what its installation takes."""
    print("| commit | wheel, MB | installed, MB | of these its own | packages | seconds | of the processor |")
    print("|---|---|---|---|---|---|---|")
    for checkout in checkouts:
        with tempfile.TemporaryDirectory() as folder:
            print(f"| {commit(checkout)} | {row(checkout, Path(folder))} |", flush=True)


def row(checkout: Path, folder: Path) -> str:
    run(sys.executable, "-m", "venv", folder / "venv")
    pip = (folder / "venv" / "bin" / "python", "-m", "pip", "--disable-pip-version-check", "--quiet")
    run(*pip, "wheel", "--no-deps", "--wheel-dir", folder, checkout)
    wheel = next(folder.glob("*.whl"))
    before, began = megabytes(folder / "venv"), time.perf_counter()
    spent = resource.getrusage(resource.RUSAGE_CHILDREN)
    run(*pip, "install", wheel)
    seconds, after = time.perf_counter() - began, resource.getrusage(resource.RUSAGE_CHILDREN)
    processor = after.ru_utime + after.ru_stime - spent.ru_utime - spent.ru_stime
    packages = next((folder / "venv").glob("lib/python*/site-packages"))
    own = sum(megabytes(packages / name) for name in ("cli", "mechanisms", "discovery", "foundation_causal"))
    count = len(list(packages.glob("*.dist-info"))) - 2  # without pip and setuptools
    sizes = f"{wheel.stat().st_size / 1e6:.1f} | {megabytes(folder / 'venv') - before:.0f} | {own:.1f}"
    return f"{sizes} | {count} | {seconds:.0f} | {processor:.0f}"


def run(*command: object) -> None:
    ended = subprocess.run([str(word) for word in command], capture_output=True, text=True, check=False)
    if ended.returncode:
        sys.exit(ended.stderr)


def megabytes(folder: Path) -> float:
    files = (path for path in folder.rglob("*") if path.is_file() and not path.is_symlink())
    return sum(path.stat().st_size for path in files) / 1e6


def commit(checkout: Path) -> str:
    command = ["git", "-C", str(checkout), "describe", "--always", "--dirty"]
    return subprocess.run(command, capture_output=True, text=True, check=True).stdout.strip()


if __name__ == "__main__":
    main()
