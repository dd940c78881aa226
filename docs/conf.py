"""Settings of the documentation site: `python -m sphinx -W docs FOLDER` builds it (extra `docs`).

The pages are Markdown that also reads well on a code host. What stands outside this folder (changelog, model
cards and others) is copied to `docs/made/`, which is never committed, its links turned to where things lie.
"""

import os
import re
import sys
from inspect import isclass
from pathlib import Path

import numpy as np
from sphinx.pycode import ModuleAnalyzer
from sphinx_gallery.scrapers import figure_rst

DOCS = Path(__file__).parent
ROOT = DOCS.parent
sys.path[:0] = [str(ROOT), str(DOCS)]
os.environ.setdefault("OMP_NUM_THREADS", "1")  # examples are small, and one thread is fastest for them
os.environ["PYTHONPATH"] = os.pathsep.join([str(ROOT), os.environ.get("PYTHONPATH", "")])  # for the notebooks

project = "foundation-causal"
author = "the foundation-causal authors"
release = re.search(r'^version = "(.*)"', (ROOT / "pyproject.toml").read_text("utf-8"), re.MULTILINE)[1]
version = release

extensions = [
    "myst_nb",
    "sphinx.ext.autodoc",
    "sphinx.ext.napoleon",
    "sphinx.ext.viewcode",
    "sphinx_copybutton",
    "sphinx_gallery.gen_gallery",
]
root_doc = "index"
exclude_patterns = ["gallery", "made/gallery/*.ipynb", "made/gallery/*.py", "**.ipynb_checkpoints"]

# Markdown and notebooks.
myst_heading_anchors = 4
myst_enable_extensions = ["colon_fence"]  # no formulas: they would be drawn by a script from elsewhere
nb_execution_mode = "cache"
nb_execution_raise_on_error = True
nb_execution_timeout = 300
nb_merge_streams = True
nb_output_stderr = "remove"  # progress bars of packages

# The reference of the API.
autodoc_typehints = "description"
autodoc_typehints_description_target = "documented_params"
autodoc_typehints_format = "short"
autodoc_member_order = "bysource"
autodoc_default_options = {"members": True, "inherited-members": False}
napoleon_numpy_docstring = False
napoleon_use_rtype = False
default_role = "code"  # docstrings quote code with single backticks, as Markdown does


def figures(block, block_vars, gallery_conf) -> str:
    """What a block of a script drew, as images; plots of this project are no windows that could be found."""
    named, paths = block_vars["example_globals"], []
    for name in ("axes", "panels"):
        drawn = named.pop(name, None)
        if drawn is not None:
            paths.append(next(block_vars["image_path_iterator"]))
            np.ravel(drawn)[0].figure.savefig(paths[-1], dpi=150, bbox_inches="tight")
    return figure_rst(paths, gallery_conf["src_dir"])


# The gallery: scripts that are run, with what they print and draw.
sphinx_gallery_conf = {
    "examples_dirs": "gallery",
    "gallery_dirs": "made/gallery",
    "filename_pattern": r"/\d\d_",
    "within_subsection_order": "FileNameSortKey",
    "download_all_examples": False,
    "remove_config_comments": True,
    "min_reported_time": 1000,
    "show_memory": False,
    "write_computation_times": False,
    "show_signature": False,
    "plot_gallery": True,
    "abort_on_example_error": True,
    "capture_repr": (),
    "image_scrapers": (figures,),
}
suppress_warnings = ["config.cache"]  # functions in settings are not kept from build to build

# How it looks.
html_theme = "furo"
html_title = f"foundation-causal {release}"
html_static_path = ["static"]
html_css_files = ["site.css"]
html_show_sphinx = False
html_show_copyright = False
copybutton_exclude = ".linenos, .gp"
linkcheck_timeout = 20

# Files from elsewhere in the repository that are pages of the site: their path there, and here.
PAGES = {
    "README.md": "index.md",
    "CHANGELOG.md": "made/project/changelog.md",
    "CONTRIBUTING.md": "made/project/contributing.md",
    "benchmarks/README.md": "made/project/benchmarks.md",
    "findings/README.md": "made/project/findings.md",
}
RESULTS = sorted((ROOT / "benchmarks" / "results").glob("*.md"))
PAGES |= {str(path.relative_to(ROOT)): f"made/results/{path.name}" for path in RESULTS}
CARDS = sorted((ROOT / "foundation_causal" / "weights").glob("*/README.md"))
PAGES |= {str(card.relative_to(ROOT)): f"made/models/{card.parent.name}.md" for card in CARDS}
TARGETS = PAGES | {"docs/gallery": "made/gallery/index.rst"}  # which Sphinx-Gallery writes
LINK = re.compile(r"(?<=\]\()([^)#:\s]+)(?=[)#])")


def linked(text: str, source: Path, page: Path) -> str:
    """The text of a file of the repository, its relative links as they must be on the page of the site."""

    def moved(link: re.Match) -> str:
        target = os.path.normpath(source.parent / link[1])
        here = TARGETS.get(os.path.relpath(target, ROOT))
        return os.path.relpath(DOCS / here if here else target, page.parent)

    return LINK.sub(moved, text)


def write_pages() -> None:
    """Copy the files that stand elsewhere to their pages, without the front matter of model cards."""
    for source, here in PAGES.items():
        if here.startswith("made/"):
            page = DOCS / here
            text = re.sub(r"\A---\n.*?\n---\n", "", (ROOT / source).read_text("utf-8"), flags=re.DOTALL)
            if here.startswith("made/results/"):
                text = f"# Results of {page.stem}\n\n" + re.sub(r"^#+ ", "## ", text, flags=re.MULTILINE)
            text = "---\norphan: true\n---\n" + linked(text, ROOT / source, page)  # some are only linked to
            page.parent.mkdir(parents=True, exist_ok=True)
            if not page.exists() or page.read_text("utf-8") != text:
                page.write_text(text, "utf-8")


def tree(names: list[str]) -> str:
    """A table of contents that is seen at the side of the page alone."""
    return "\n\n```{toctree}\n:hidden:\n\n" + "\n".join(names) + "\n```\n"


def everything_else() -> str:
    """Entries of the public names that no page of the reference has yet, so that none is ever left out."""
    import foundation_causal as fc

    pages = "".join(page.read_text("utf-8") for page in (DOCS / "api").glob("*.md"))
    listed = re.findall(r"\.\. auto\w+:: foundation_causal\.(\w+)", pages)
    entries = [
        f".. auto{'class' if isclass(getattr(fc, name)) else 'function'}:: foundation_causal.{name}\n"
        for name in sorted(set(fc.__all__) - set(listed))
        if callable(getattr(fc, name))
    ]
    return "\n\n## More\n\n```{eval-rst}\n" + "\n".join(entries) + "```\n" if entries else ""


def read_page(app, docname: str, source: list[str]) -> None:
    """Turn links that lead out of the folder; every page of this folder is below the index of questions."""
    page = Path(app.env.doc2path(docname))
    if page.suffix == ".md":
        source[0] = linked(source[0], page, page)
    if docname == "README":
        named = dict.fromkeys(re.findall(r"\]\(([\w-]+)\.md", source[0]))
        found = sorted(path.stem for path in DOCS.glob("*.md") if path.stem not in ("README", "index"))
        source[0] += tree(
            [name for name in named if name in found] + [name for name in found if name not in named]
        )
    if docname == "api/index":
        source[0] += everything_else()
    if docname == "models":
        source[0] += tree([f"made/models/{card.parent.name}" for card in CARDS])


def without_overloads(analyze):
    """An analysis of a module after which a function has one signature, however many its types have."""

    def analyzed(self) -> None:
        analyze(self)
        self.overloads = {}

    return analyzed


def setup(app) -> None:
    """Called by Sphinx."""
    ModuleAnalyzer.analyze = without_overloads(ModuleAnalyzer.analyze)
    write_pages()
    app.connect("source-read", read_page)
