"""What a page consists of: sections with tables and pictures."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import final

from ..page import Picture


@final
@dataclass(frozen=True)
class Cell:
    """A cell of a table.

    Args:
        text: What it says.
        kind: "number", to the right; "flag", loud; "calm"; "words", which may break.
    """

    text: str
    kind: str = "number"


@final
@dataclass(frozen=True)
class Table:
    """A table; the first cell of a row is its name.

    Args:
        header: Of the columns.
        rows: The cells.
        groups: Names of groups of columns, with the number of columns of each.
        note: What a reader must know of the numbers.
        first_stands_out: Whether the first row is the one that matters.
    """

    header: Sequence[str]
    rows: Sequence[Sequence[Cell]]
    groups: Sequence[tuple[str, int]] = ()
    note: str = ""
    first_stands_out: bool = False

    def kind(self, column: int) -> str:
        """Return how the name of a column is set."""
        kinds = {row[column].kind for row in self.rows}
        return "number" if column and kinds & {"number", "number flag"} else ""


@final
@dataclass(frozen=True)
class Section:
    """A section of a page.

    Args:
        title: Its heading.
        tables: Those before the pictures.
        pictures: The pictures.
        after: Tables behind the pictures.
        beside: Whether pictures stand side by side where there is room.
    """

    title: str
    tables: Sequence[Table] = ()
    pictures: Sequence[Picture] = ()
    after: Sequence[Table] = ()
    beside: bool = False


def numbers(*texts: str) -> list[Cell]:
    """Return cells of numbers."""
    return [Cell(text) for text in texts]


def named(name: str) -> Cell:
    """Return the name of a row."""
    return Cell(name, "")
