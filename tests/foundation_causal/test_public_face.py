import ast
import importlib
import subprocess
import sys
import time
from pathlib import Path

import pytest

import foundation_causal as fc
from foundation_causal.lazy import attach

HEAVY = ["cdt", "matplotlib", "networkx", "numpy", "pandas", "pgmpy", "scipy", "torch", "torch_geometric"]


def run(code: str) -> str:
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    return done.stdout


def test_importing_takes_no_time_and_nothing_heavy():
    seconds = []
    for _ in range(3):  # the quickest of three: the machine may be busy with other tests
        start = time.perf_counter()
        loaded = run("import foundation_causal, sys; print(*sys.modules)").split()
        seconds.append(time.perf_counter() - start)
    assert not set(HEAVY) & set(loaded)
    assert min(seconds) < 1


@pytest.mark.parametrize("name", fc.__all__)
def test_every_public_name_is_there(name):
    assert getattr(fc, name) is not None
    assert name in dir(fc)


def test_the_types_name_what_the_package_does():
    stub = ast.parse(Path(fc.__file__).with_name("__init__.pyi").read_text())
    names = {
        alias.asname for node in ast.walk(stub) if isinstance(node, ast.ImportFrom) for alias in node.names
    }
    assert names | {"__version__"} == set(fc.__all__)


def test_unknown_names_are_attribute_errors():
    with pytest.raises(AttributeError, match="no attribute 'discovr'"):
        _ = fc.discovr
    assert not hasattr(fc, "__wrapped__")


def test_the_version_is_that_of_the_project():
    project = Path(__file__).parents[2] / "pyproject.toml"
    assert f'version = "{fc.__version__}"' in project.read_text()


@pytest.mark.parametrize("first", ["submodule", "function"])
def test_a_function_is_not_hidden_by_the_module_of_its_name(tmp_path, monkeypatch, first):
    package = tmp_path / f"lazy_example_{first}"
    package.mkdir()
    (package / "__init__.py").write_text(
        "from foundation_causal.lazy import attach\n"
        f"__getattr__, __dir__, __all__ = attach(__name__, {{'infer': '{package.name}.infer:infer'}})\n"
    )
    (package / "infer.py").write_text("def infer(): return 1\n")
    monkeypatch.syspath_prepend(tmp_path)
    example = importlib.import_module(package.name)
    if first == "submodule":
        importlib.import_module(f"{package.name}.infer")
    assert example.infer() == 1
    importlib.import_module(f"{package.name}.infer")
    assert example.infer() == 1
    assert importlib.import_module(f"{package.name}.infer").infer is example.infer


def test_attach_lists_its_names(monkeypatch):
    module = type(sys)("an_example")
    monkeypatch.setitem(sys.modules, "an_example", module)
    resolve, listed, names = attach("an_example", {"sqrt": "math:sqrt", "json": "json"})
    assert names == ["json", "sqrt"]
    assert set(names) <= set(listed())
    assert resolve("sqrt")(4) == 2
    assert resolve("json").loads("1") == 1
    assert module.sqrt(9) == 3
