"""How large the house is: files, names, circles of imports, and how many files an answer passes through.

    python benchmarks/house/house.py                 # this repository
    python benchmarks/house/house.py --root OTHER    # another checkout, packages as installed here

The layout is read from the source text, as `tests/test_house.py` reads it. The files of which a function runs
are counted by `house_worker.py`, for each question in a fresh process. Prints a Markdown table.
"""

from __future__ import annotations

import csv
import json
import os
import statistics
import subprocess
import sys
import tempfile
import tomllib
from collections.abc import Iterator
from pathlib import Path

import click

sys.path.insert(0, str(Path(__file__).parents[2]))

from tests.layout import Layout

HERE = Path(__file__).parent
# What is asked, by the names of the worker's questions.
QUESTIONS = {
    "discover": "fc.discover(data)",
    "infer": "fc.infer(data, graph)",
    "sample": "model.sample(100)",
    "effect": 'model.effect("a", "b", (0, 1))',
    "run": "foundation-causal run",
}
FOLDER = click.Path(exists=True, file_okay=False, path_type=Path)


@click.command()
@click.option(
    "--root", type=FOLDER, default=HERE.parents[1], help="The checkout to measure; this one by default."
)
@click.option(
    "--csv", "out", type=click.Path(dir_okay=False, path_type=Path), help="Write the table here, too."
)
def main(root: Path, out: Path | None) -> None:
    """Measure the checkout below ROOT; print the table, and write it to a file where one is named."""
    root = root.resolve()
    rows = [("measure", "value", "where"), *layout_rows(Layout(root)), *running_rows(root)]
    if out is not None:
        with out.open("w", newline="", encoding="utf-8") as file:
            csv.writer(file).writerows(rows)
    lines = [f"| {' | '.join(map(str, row))} |" for row in rows]
    click.echo("\n".join([lines[0], "|---" * len(rows[0]) + "|", *lines[1:]]))


def layout_rows(layout: Layout) -> Iterator[tuple[str, float, str]]:
    """What the text of the files tells."""
    yield "product files", len(layout.files), ""
    lengths = [len((layout.root / path).read_text(encoding="utf-8").splitlines()) for path in layout.files]
    yield "lines of a file, median", statistics.median(lengths), ""
    circles = [" + ".join(map(str, circle)) for circle in layout.circles]
    yield "circles of imports", len(circles), "; ".join(circles)
    repeated = [f"{name} ({len(paths)})" for name, paths in layout.repeated_names.items()]
    yield "file names that repeat outside the folders of networks", len(repeated), ", ".join(repeated)
    folder, most = next(iter(layout.flat_files.items()))
    yield "files in the fullest folder", most, str(folder)


def running_rows(root: Path) -> Iterator[tuple[str, int, str]]:
    """In how many files at least one function runs, for each question and for all of them together."""
    ran = {question: files_that_run(root, question) for question in QUESTIONS}
    for question, text in QUESTIONS.items():
        yield f"files that run: {text}", len(ran[question]), ""
    yield "files that run: any of these", len(set().union(*ran.values())), ""


def files_that_run(root: Path, question: str) -> set[str]:
    """The product files of which a function runs, in a fresh process with the packages of the root."""
    project = tomllib.loads((root / "pyproject.toml").read_text(encoding="utf-8"))
    command = project["project"]["scripts"]["foundation-causal"]
    # -P keeps the worker's own folder out of what can be imported; nothing is written below the root.
    words = [sys.executable, "-P", str(HERE / "house_worker.py"), str(root), question, command]
    settings = {**os.environ, "PYTHONPATH": str(root), "PYTHONDONTWRITEBYTECODE": "1"}
    with tempfile.TemporaryDirectory() as folder:
        done = subprocess.run(words, env=settings, cwd=folder, stdout=subprocess.PIPE, text=True, check=False)
    if done.returncode:
        raise click.ClickException(f"The question '{question}' ended with the status {done.returncode}.")
    return set(json.loads(done.stdout.splitlines()[-1]))


if __name__ == "__main__":
    main()
