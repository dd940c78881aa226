"""What an effect is in terms of the distribution of the rows: sums, products and ratios of conditionals."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import TypeAlias

Expression: TypeAlias = "Conditional | Product | Sum | Ratio"


@dataclass(frozen=True)
class Conditional:
    """P(variables | given), read off the rows.

    Attributes:
        variables: Names.
        given: Names, in the order of the graph.

    >>> str(Conditional(("y",), ("t", "z")))
    'P(y | t, z)'
    """

    variables: tuple[str, ...]
    given: tuple[str, ...] = ()

    @property
    def free(self) -> frozenset[str]:
        """The variables whose values it depends on."""
        return frozenset(self.variables) | frozenset(self.given)

    def __str__(self) -> str:
        return written(self)


@dataclass(frozen=True)
class Product:
    """The product of factors; 1 if there are none."""

    factors: tuple[Expression, ...]

    @property
    def free(self) -> frozenset[str]:
        """The variables whose values it depends on."""
        return frozenset().union(*(factor.free for factor in self.factors))

    def __str__(self) -> str:
        return written(self)


@dataclass(frozen=True)
class Sum:
    """The sum of a term over all values of some variables (their integral where they are continuous).

    Attributes:
        over: Names; inside the term they are bound, whatever their values outside.
        term: What is summed.
    """

    over: tuple[str, ...]
    term: Expression

    @property
    def free(self) -> frozenset[str]:
        """The variables whose values it depends on."""
        return self.term.free - frozenset(self.over)

    def __str__(self) -> str:
        return written(self)


@dataclass(frozen=True)
class Ratio:
    """One expression over another."""

    top: Expression
    bottom: Expression

    @property
    def free(self) -> frozenset[str]:
        """The variables whose values it depends on."""
        return self.top.free | self.bottom.free

    def __str__(self) -> str:
        return written(self)


def product(factors: Iterable[Expression]) -> Expression:
    """The product, without products inside of it, or the one factor."""
    flat: list[Expression] = []
    for factor in factors:
        flat.extend(factor.factors if isinstance(factor, Product) else [factor])
    return flat[0] if len(flat) == 1 else Product(tuple(flat))


def summed(over: Sequence[str], factors: Iterable[Expression]) -> Expression:
    """The sum of a product, with the factors that it does not concern in front of it.

    >>> print(summed(["z"], [Conditional(("t",)), Conditional(("z",)), Conditional(("y",), ("t", "z"))]))
    P(t) [sum over z of P(z) P(y | t, z)]
    """
    flat = _factors(product(factors))
    inside = [factor for factor in flat if factor.free & set(over)]
    outside = [factor for factor in flat if factor not in inside]
    bound = tuple(name for name in over if any(name in factor.free for factor in inside))
    return product([*outside, *([Sum(bound, product(inside))] if bound else inside)])


def ratio(top: Expression, bottom: Expression) -> Expression:
    """One over the other, without the factors that stand in both."""
    above, below = list(_factors(top)), list(_factors(bottom))
    for factor in list(below):
        if factor in above:
            above.remove(factor)
            below.remove(factor)
    return Ratio(product(above), product(below)) if below else product(above)


def _factors(expression: Expression) -> tuple[Expression, ...]:
    return expression.factors if isinstance(expression, Product) else (expression,)


def written(expression: Expression, taken: frozenset[str] = frozenset()) -> str:
    """The expression in a line of text.

    Args:
        expression: What is written.
        taken: Names that mean something outside of it; a variable that is summed over and is called like one
            of them gets a prime.
    """
    return _written(expression, {}, taken | expression.free)


def _written(expression: Expression, called: dict[str, str], taken: frozenset[str]) -> str:
    if isinstance(expression, Conditional):
        left, right = (
            ", ".join(called.get(name, name) for name in names)
            for names in (expression.variables, expression.given)
        )
        return f"P({left} | {right})" if right else f"P({left})"
    if isinstance(expression, Product):
        texts = [_written(factor, called, taken) for factor in expression.factors]
        pairs = zip(texts, expression.factors, strict=True)
        return " ".join(f"[{text}]" if isinstance(part, Sum) else text for text, part in pairs) or "1"
    if isinstance(expression, Ratio):
        top, bottom = (_written(part, called, taken) for part in (expression.top, expression.bottom))
        return f"{{{top}}} / {{{bottom}}}"
    bound = {}
    for name in expression.over:
        bound[name] = name
        while bound[name] in taken:
            bound[name] += "'"
    inner = _written(expression.term, {**called, **bound}, taken | frozenset(bound.values()))
    return f"sum over {', '.join(bound.values())} of {inner}"
