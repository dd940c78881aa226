"""Public names that import their module only when they are first used (PEP 562)."""

from __future__ import annotations

import sys
from collections.abc import Callable, Mapping
from importlib import import_module
from types import ModuleType
from typing import Any


class _Package(ModuleType):
    """A package whose public functions are not hidden by submodules of the same name.

    Importing `foundation_causal.observations` makes Python bind the module to that name, where the function
    of the same name belongs; that one assignment is skipped. The module stays in `sys.modules`, so that
    `from foundation_causal.observations import observations` works as ever.
    """

    def __setattr__(self, name: str, value: object) -> None:
        where = self.__dict__["_public"].get(name, "")
        if isinstance(value, ModuleType) and where.endswith(f".{name}:{name}"):
            return
        super().__setattr__(name, value)


def attach(
    package: str, public: Mapping[str, str]
) -> tuple[Callable[[str], Any], Callable[[], list[str]], list[str]]:
    """Make `__getattr__`, `__dir__` and `__all__` of a package.

    Args:
        package: The package's `__name__`.
        public: For each public name "module:attribute", or "module" for a whole module.

    >>> import foundation_causal
    >>> foundation_causal.InputError
    <class 'foundation_causal.errors.InputError'>
    """
    module = sys.modules[package]
    module.__dict__["_public"] = dict(public)
    module.__class__ = _Package

    def __getattr__(name: str) -> Any:
        if name not in public:
            raise AttributeError(f"module {package!r} has no attribute {name!r}")
        where, _, attribute = public[name].partition(":")
        value: Any = import_module(where)
        if attribute:
            value = getattr(value, attribute)
        setattr(module, name, value)  # from now on found without this function
        return value

    def __dir__() -> list[str]:
        return sorted({*module.__dict__, *public})

    return __getattr__, __dir__, sorted(public)
