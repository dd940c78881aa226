"""The guides of the site print what stands below their code, and the scripts of the gallery run."""

import re
import runpy
from pathlib import Path

import pytest

DOCS = Path(__file__).parents[1] / "docs"
GUIDES = sorted([DOCS / "index.md", *(DOCS / "start").glob("*.md"), *(DOCS / "howto").glob("*.md")])
SCRIPTS = sorted((DOCS / "gallery").glob("*.py"))
NUMBER = re.compile(r"-?\d+\.\d+")
# A block of Python, with what it prints where that stands directly below it.
BLOCK = re.compile(r"```python\n(.*?)```(?:\n\n```text\n(.*?)```)?", flags=re.DOTALL)


def words_and_numbers(text: str) -> tuple[list[str], list[float]]:
    return NUMBER.sub("#", text).split(), [float(number) for number in NUMBER.findall(text)]


@pytest.mark.parametrize("page", GUIDES, ids=lambda page: page.stem)
def test_a_guide_prints_what_it_shows(page, tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    names: dict[str, object] = {"__name__": "__main__"}
    for code, shown in BLOCK.findall(page.read_text(encoding="utf-8")):
        exec(code, names)
        printed = capsys.readouterr().out
        if shown:
            words, numbers = words_and_numbers(printed)
            expected_words, expected = words_and_numbers(shown)
            assert words == expected_words
            # Processors differ in the last digits, which a search may turn into the second one printed.
            assert numbers == pytest.approx(expected, rel=0.05, abs=0.1)


@pytest.mark.filterwarnings("ignore::foundation_causal.errors.DataWarning")  # some are what a script shows
@pytest.mark.parametrize("script", SCRIPTS, ids=lambda script: script.stem)
def test_a_script_of_the_gallery_runs(script, tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    runpy.run_path(str(script), run_name="__main__")
    assert capsys.readouterr().out


@pytest.mark.parametrize("page", GUIDES, ids=lambda page: page.stem)
def test_links_of_guides_lead_somewhere(page):
    links = re.findall(r"\]\(([^)#:]+)\)", page.read_text(encoding="utf-8"))
    assert [link for link in links if not (page.parent / link).exists()] == []
