"""Small panels side by side, each an axes of its own."""

import math
from collections.abc import Iterator

from matplotlib.axes import Axes

from .style import NotebookFigure

COLUMNS = 3
# Parts of a panel's width and height that its axes take up.
WIDTH, HEIGHT, BOTTOM = 0.96, 0.73, 0.83


def panels(n: int, *, left: float) -> tuple[NotebookFigure, Iterator[Axes]]:
    """Return a figure with room for `n` panels, and their axes in order.

    The axes are made when they are asked for, in the style that is set then.

    Args:
        n: Number of panels.
        left: Part of a panel's width that its labels on the left take up.
    """
    columns = min(n, COLUMNS)
    rows = math.ceil(n / columns)
    # Small panels: a grid of full-size ones takes seconds to draw.
    wide, high = (5.2, 3.9) if columns == 1 else (4.2, 3.3)
    figure = NotebookFigure(figsize=(wide * columns, high * rows))

    def axes() -> Iterator[Axes]:
        for i in range(n):
            row, column = divmod(i, columns)
            corner = (column + left) / columns, 1 - (row + BOTTOM) / rows
            yield figure.add_axes((*corner, (WIDTH - left) / columns, HEIGHT / rows))

    return figure, axes()
