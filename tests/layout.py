"""How the product is laid out: files, names and imports, read from the source text alone."""

from __future__ import annotations

import ast
from collections import Counter, defaultdict
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

import networkx as nx

PACKAGES = ("foundation_causal", "discovery", "mechanisms", "cli")  # from the lowest floor to the highest
EVERYWHERE = {"__init__.py", "__main__.py"}
# In the folder of a network, which holds the first of them, these names tell what a file is for.
GRAMMAR = {"network.py", "train.py", "data.py", "report.py"}


@dataclass(frozen=True)
class Layout:
    """The four packages below a folder.

    Attributes:
        root: the folder; paths below are relative to it.
    """

    root: Path

    @cached_property
    def files(self) -> list[Path]:
        """Every Python file of the packages."""
        found = (path for package in PACKAGES for path in (self.root / package).rglob("*.py"))
        return sorted(path.relative_to(self.root) for path in found)

    @cached_property
    def flat_files(self) -> dict[Path, int]:
        """How many files lie directly in each folder, the fullest first."""
        return dict(Counter(path.parent for path in self.files).most_common())

    @cached_property
    def repeated_names(self) -> dict[str, list[Path]]:
        """Names that several files have, with these files; the grammar's do not count where they belong."""
        found = defaultdict(list)
        for path in self.files:
            of_network = path.name in GRAMMAR and path.with_name("network.py") in self.files
            if path.name not in EVERYWHERE and not of_network:
                found[path.name].append(path)
        return {name: paths for name, paths in sorted(found.items()) if len(paths) > 1}

    @cached_property
    def imports(self) -> nx.DiGraph:
        """An edge from every file to each file that it imports from, wherever in it the import stands.

        A name that a package finds when it is first used stands for the file that defines it.
        """
        graph = nx.DiGraph()
        graph.add_nodes_from(self.files)
        for path in self.files:
            for module, name in _imported(self._trees[path], path.parent.parts):
                graph.add_edges_from((path, target) for target in self._targets(module, name))
        return graph

    @cached_property
    def upward(self) -> list[tuple[Path, Path]]:
        """The imports that lead from a package to a higher one."""
        floor = {path: PACKAGES.index(path.parts[0]) for path in self.files}
        return sorted((path, target) for path, target in self.imports.edges if floor[path] < floor[target])

    @cached_property
    def circles(self) -> list[list[Path]]:
        """The groups of files each of which reaches all others of its group through imports."""
        groups = nx.strongly_connected_components(self.imports)
        return sorted(sorted(group) for group in groups if len(group) > 1)

    def way_round(self, circle: list[Path]) -> list[Path]:
        """One short way from the first file of a circle back to it."""
        within = self.imports.subgraph(circle)
        ways = [nx.shortest_path(within, after, circle[0]) for after in within.successors(circle[0])]
        return [circle[0], *min(ways, key=len)]

    @cached_property
    def _trees(self) -> dict[Path, ast.Module]:
        return {path: ast.parse((self.root / path).read_text(encoding="utf-8")) for path in self.files}

    @cached_property
    def _paths(self) -> dict[str, Path]:
        """The file of each module, by its dotted name."""
        return {_module(path): path for path in self.files}

    @cached_property
    def _lazy(self) -> dict[str, dict[str, str]]:
        """For each package that attaches public names: where each of them is found, as "module:attribute"."""
        tables = {_module(path): _attached(self._trees[path]) for path in self.files}
        return {module: table for module, table in tables.items() if table}

    def _targets(self, module: str, name: str | None) -> Iterator[Path]:
        """The files that `from module import name` reads, or `import module` where there is no name."""
        lazy = self._lazy.get(module, {})
        if name in lazy:
            where, _, attribute = lazy[name].partition(":")
            yield from self._targets(where, attribute or None)
        elif name is not None and f"{module}.{name}" in self._paths:
            yield self._paths[f"{module}.{name}"]
        elif lazy and name in (None, "*"):  # whatever is taken from the package later
            for public in lazy:
                yield from self._targets(module, public)
        elif module in self._paths:
            yield self._paths[module]


def _module(path: Path) -> str:
    parts = path.with_suffix("").parts
    return ".".join(parts[:-1] if parts[-1] == "__init__" else parts)


def _imported(tree: ast.Module, package: tuple[str, ...]) -> Iterator[tuple[str, str | None]]:
    """Module and name of everything that a file of a package imports; no name for a module as a whole."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            yield from ((alias.name, None) for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            above = package[: len(package) + 1 - node.level] if node.level else ()
            source = ".".join([*above, *([node.module] if node.module else [])])
            yield from ((source, alias.name) for alias in node.names)


def _attached(tree: ast.Module) -> dict[str, str]:
    """The table of public names that `attach(__name__, table)` gets, if the file calls it."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id == "attach":
            return ast.literal_eval(node.args[1])
    return {}
