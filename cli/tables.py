"""Rich tables, all in one look. Names come from the user's data, so they are text, never markup."""

from collections.abc import Iterable, Sequence
from numbers import Real
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from rich.console import Group


def table(
    title: str, columns: Sequence[str], rows: Iterable[Sequence[Any]], caption: str | None = None
) -> "Group":
    """A titled table whose numbers stand to the right and whose words stand to the left."""
    from rich import box
    from rich.console import Group
    from rich.table import Table
    from rich.text import Text

    body = [[shown(cell) for cell in row] for row in rows]
    made = Table(box=box.SIMPLE_HEAD, pad_edge=False)
    for index, name in enumerate(columns):
        numeric = all(_is_number(row[index]) for row in body)
        made.add_column(Text(name), justify="right" if numeric else "left", overflow="fold")
    for row in body:
        made.add_row(*(Text(cell) for cell in row))
    # The title is no part of the table, which would break it to the table's width.
    return Group(Text(title, style="bold"), made, *([Text(caption + "\n")] if caption else []))


def shown(value: Any) -> str:
    """A cell as people read it: four significant digits, whole numbers whole, nothing for None.

    >>> [shown(value) for value in (12345.678, 3.0, 0.00012345, "PKA", None)]
    ['12,346', '3', '0.0001234', 'PKA', '']
    """
    if value is None:
        return ""
    if isinstance(value, bool) or not isinstance(value, Real):
        return str(value)
    number = float(value)
    return f"{number:,.0f}" if abs(number) >= 1000 or number.is_integer() else f"{number:.4g}"


def _is_number(text: str) -> bool:
    try:
        float(text.replace(",", "") or "0")
    except ValueError:
        return False
    return True
