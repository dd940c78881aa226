"""The house rules of the source tree: names, imports and sizes, read from the text of the files."""

from pathlib import Path

import pytest

from tests.layout import GRAMMAR, Layout

MOST_IN_A_FOLDER, MOST_FILES = 12, 300


@pytest.fixture(scope="module")
def house() -> Layout:
    return Layout(Path(__file__).parents[1])


def complaint(said: str, lines: list[str]) -> str:
    return "\n".join([said, *lines])


def test_no_two_files_share_a_name(house):
    lines = [f"{name}: {', '.join(map(str, paths))}" for name, paths in house.repeated_names.items()]
    said = f"Only {', '.join(sorted(GRAMMAR))} may repeat, each beside a network.py; rename all but one of:"
    assert not lines, complaint(said, lines)


def test_imports_run_downward_only(house):
    # lint-imports does not see where the public names of a package come from.
    lines = [f"{path} imports from {target}" for path, target in house.upward]
    assert not lines, complaint("Imports run downward only; those inside functions count, too:", lines)


def test_no_imports_run_in_a_circle(house):
    lines = [
        f"{' -> '.join(map(str, house.way_round(circle)))}, one way among {', '.join(map(str, circle))}"
        for circle in house.circles
    ]
    said = "Imports run in circles; those inside functions and those for types count, too:"
    assert not lines, complaint(said, lines)


def test_no_folder_holds_too_many_files(house):
    lines = [f"{path}: {n}" for path, n in house.flat_files.items() if n > MOST_IN_A_FOLDER]
    said = f"A folder holds {MOST_IN_A_FOLDER} files at most; sort the files of these into folders:"
    assert not lines, complaint(said, lines)


def test_there_are_not_too_many_files(house):
    count, lines = len(house.files), [f"{path}: {n}" for path, n in house.flat_files.items()]
    said = f"There are {count} files, and {MOST_FILES} at most; join what is read together, of:"
    assert count <= MOST_FILES, complaint(said, lines)
