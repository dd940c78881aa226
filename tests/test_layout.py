"""What is read off a source tree, on small ones whose layout is known."""

from pathlib import Path

import pytest

from tests.layout import Layout


@pytest.fixture
def built(tmp_path):
    """Builds a tree of files from their paths and texts."""

    def build(files: dict[str, str]) -> Layout:
        for path, text in files.items():
            (tmp_path / path).parent.mkdir(parents=True, exist_ok=True)
            (tmp_path / path).write_text(text)
        return Layout(tmp_path)

    return build


def test_names_repeat_only_outside_the_folders_of_networks(built):
    paths = [
        "discovery/__init__.py",
        "discovery/train.py",
        "discovery/one/__init__.py",
        "discovery/one/network.py",
        "discovery/one/train.py",
        "discovery/one/fit.py",
        "mechanisms/two/network.py",
        "mechanisms/two/train.py",
        "mechanisms/two/fit.py",
        "tests/fit.py",
    ]
    made = built(dict.fromkeys(paths, ""))
    fits = [Path("discovery/one/fit.py"), Path("mechanisms/two/fit.py")]
    assert made.repeated_names == {"fit.py": fits}
    assert made.flat_files[Path("discovery/one")] == 4
    assert len(made.files) == 9


@pytest.mark.parametrize(
    "text",
    [
        "import mechanisms.second",
        "from mechanisms import second",
        "from mechanisms import Second",
        "from mechanisms import *",
        "from . import second",
        "from .second import Second",
        "import mechanisms",
        "def first():\n    from mechanisms.second import Second",
        "if TYPE_CHECKING:\n    from mechanisms.second import Second",
    ],
)
def test_a_circle_is_found_however_a_file_imports(built, text):
    table = '{"Second": "mechanisms.second:Second"}'
    made = built(
        {
            "mechanisms/__init__.py": f"__getattr__, __dir__, __all__ = attach(__name__, {table})",
            "mechanisms/first.py": text,
            "mechanisms/second.py": "from mechanisms.third import Third",
            "mechanisms/third.py": "from mechanisms.first import first",
            "mechanisms/alone.py": "import mechanisms\nfrom mechanisms.third import Third",
        }
    )
    circle = [Path(f"mechanisms/{name}.py") for name in ("first", "second", "third")]
    assert made.circles == [circle]
    assert made.way_round(circle) == [*circle, circle[0]]


def test_a_name_that_packages_hand_on_leads_to_the_file_that_defines_it(built):
    table = '{"infer": "mechanisms:infer", "plain": "cli.plain"}'
    made = built(
        {
            "foundation_causal/__init__.py": f"attach(__name__, {table})",
            "mechanisms/__init__.py": 'attach(__name__, {"infer": "mechanisms.infer:infer"})',
            "mechanisms/infer.py": "",
            "cli/plain.py": "from foundation_causal import __version__",
            "cli/asking.py": "from foundation_causal import infer, plain\nimport numpy",
        }
    )
    asking, plain = (
        list(map(str, made.imports.successors(Path(f"cli/{n}.py")))) for n in ("asking", "plain")
    )
    assert sorted(asking) == ["cli/plain.py", "mechanisms/infer.py"]
    assert plain == ["foundation_causal/__init__.py"]
    assert made.circles == []
    assert made.upward == []


def test_an_import_that_leads_upward_is_found_behind_a_public_name(built):
    made = built(
        {
            "foundation_causal/__init__.py": 'attach(__name__, {"infer": "mechanisms.infer:infer"})',
            "mechanisms/infer.py": "from discovery.dag import best",
            "discovery/dag.py": "from foundation_causal import infer",
        }
    )
    assert made.upward == [(Path("discovery/dag.py"), Path("mechanisms/infer.py"))]
