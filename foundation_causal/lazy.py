"""Public names that import their module only when they are first used (PEP 562)."""

from __future__ import annotations

import gc
import sys
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from importlib import import_module
from types import ModuleType
from typing import Any

HELD = 100_000  # new objects between two searches for garbage; Python's own number is 700


@contextmanager
def unhurried_collection() -> Iterator[None]:
    """Look for garbage rarely in this block.

    What imports make is kept, and searching it again and again takes a fifth of their time.

    Example:
        >>> before = gc.get_threshold()
        >>> with unhurried_collection():
        ...     gc.get_threshold()[0] > before[0]
        True
        >>> gc.get_threshold() == before
        True
    """
    before = gc.get_threshold()
    if 0 < before[0] < HELD:  # 0 is of users who turned it off
        gc.set_threshold(HELD, *before[1:])
    try:
        yield
    finally:
        gc.set_threshold(*before)


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
        with unhurried_collection():
            value: Any = import_module(where)
        if attribute:
            value = getattr(value, attribute)
        setattr(module, name, value)  # from now on found without this function
        return value

    def __dir__() -> list[str]:
        return sorted({*module.__dict__, *public})

    return __getattr__, __dir__, sorted(public)
