"""Every relative link of the pages leads to a file, and what should be listed is."""

import re
from pathlib import Path

import pytest

from foundation_causal import errors

ROOT = Path(__file__).parents[1]
PAGES = [*ROOT.glob("*.md"), *(ROOT / "docs").glob("*.md"), ROOT / "benchmarks" / "README.md"]


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_links_lead_somewhere(page):
    links = re.findall(r"\]\(([^)#:]+)\)", page.read_text(encoding="utf-8"))
    assert [link for link in links if not (page.parent / link).exists()] == []


def test_every_warning_stands_in_the_table_of_limits():
    table = (ROOT / "docs" / "limits.md").read_text(encoding="utf-8")
    kinds = [kind.__name__ for kind in errors.DataWarning.__subclasses__()]
    assert [name for name in kinds if f"| `fc.{name}` |" not in table] == []
