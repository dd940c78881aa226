"""Rich tables, all in one look. Names come from the user's data, so they are shown as text, never as markup."""

from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from rich.table import Table


def table(
    title: str, columns: Sequence[str], rows: Iterable[Sequence[Any]], caption: str | None = None
) -> "Table":
    """A table whose numbers stand to the right and whose words stand to the left."""
    from rich import box
    from rich.table import Table
    from rich.text import Text

    body = [list(row) for row in rows]
    made = Table(
        title=Text(title, style="bold"), title_justify="left", box=box.SIMPLE_HEAD, pad_edge=False,
        caption=Text(caption) if caption else None, caption_justify="left",
    )  # fmt: skip
    for index, name in enumerate(columns):
        numeric = bool(body) and all(_is_number(row[index]) for row in body)
        made.add_column(Text(name), justify="right" if numeric else "left", overflow="fold")
    for row in body:
        made.add_row(*(Text(shown(cell)) for cell in row))
    return made


def shown(value: Any) -> str:
    """A cell as people read it: four significant digits, whole numbers whole, nothing for None."""
    if value is None:
        return ""
    if not _is_number(value) or isinstance(value, bool):
        return str(value)
    number = float(value)
    return f"{number:,.0f}" if number.is_integer() and abs(number) < 1e9 else f"{number:,.4g}"


def _is_number(value: Any) -> bool:
    from numbers import Real

    return isinstance(value, Real)
