"""Results as tables of text."""

from collections.abc import Sequence

from ...core import rounded

MOST_ROWS = 40


def listed(header: Sequence[str], rows: Sequence[Sequence[str]]) -> list[str]:
    """Return the lines of a table, the first rows of one that is long."""
    shown = [tuple(header), *(tuple(row) for row in rows[:MOST_ROWS])]
    widths = [max(len(row[i]) for row in shown) for i in range(len(header))]
    lines = [
        "  ".join(cell.ljust(w) for cell, w in zip(row, widths, strict=True)).rstrip()
        for row in shown
    ]
    lines.insert(1, "-" * sum([*widths, 2 * (len(widths) - 1)]))
    if len(rows) > MOST_ROWS:
        lines.append(f"... and {len(rows) - MOST_ROWS} more")
    return lines


def with_error(value: float, error: float) -> str:
    """Return `value ± error`, or the value alone where the error is not known."""
    shown, size = rounded(float(value), float(error))
    return f"{shown} ± {size}" if size else shown
