"""The registry of methods, and what is made from it."""

import subprocess
import sys
from pathlib import Path

from discovery import baselines, table_baselines
from discovery.structure_methods import LEARNERS, METHODS, OF_TABLES, OURS, methods_table

ROOT = Path(__file__).parents[2]


def test_every_learner_has_a_package_and_a_function():
    assert {*OURS, *LEARNERS} == set(METHODS)
    for name in LEARNERS:
        method = METHODS[name]
        assert method.name == name
        assert method.package
        assert (method.learn is None) == (name in OF_TABLES)
        learn, module = (method.learn, baselines) if method.learn else (method.learn_table, table_baselines)
        where, function = learn.args
        assert where == module.__name__
        assert callable(getattr(module, function))


def test_the_page_has_the_table_of_the_registry():
    page = (ROOT / "docs" / "structure-evaluation.md").read_text(encoding="utf-8")
    assert methods_table() in page


def test_the_registry_imports_nothing_heavy():
    code = "import sys, discovery.structure_methods; print({'torch', 'pandas', 'numpy'} & set(sys.modules))"
    ran = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True)
    assert ran.stdout.strip() == "set()"
