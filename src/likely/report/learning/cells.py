"""A grid of axes as wide as a page."""

import math
from collections.abc import Iterator

from matplotlib.axes import Axes

from ..style import NotebookFigure

WIDTH = 9.4
LEFT, RIGHT, BOTTOM, TOP = 0.76, 0.15, 0.62, 0.36  # of a cell, in inches


def cells(
    n: int,
    *,
    columns: int | None = None,
    height: float | None = None,
    head: float = 0.0,
) -> tuple[NotebookFigure, Iterator[Axes]]:
    """Return a figure with room for `n` panels, and their axes in order.

    The axes are made when they are asked for, in the style that is set then.

    Args:
        n: Number of panels.
        columns: In a row; by default two for up to four panels, else three.
        height: Of a panel in inches.
        head: Room for a legend above all panels, in inches.
    """
    across = min(n, columns or (2 if n <= 4 else 3))
    rows = math.ceil(n / across)
    wide = 5.2 if across == 1 else WIDTH / across
    tall = height or (3.9 if across == 1 else 3.6 if across == 2 else 3.0)
    whole = tall * rows + head
    figure = NotebookFigure(figsize=(wide * across, whole))

    def axes() -> Iterator[Axes]:
        for i in range(n):
            row, column = divmod(i, across)
            corner = (
                (column * wide + LEFT) / (wide * across),
                1 - (head + (row + 1) * tall - BOTTOM) / whole,
            )
            size = (
                (wide - LEFT - RIGHT) / (wide * across),
                (tall - BOTTOM - TOP) / whole,
            )
            made = figure.add_axes((*corner, *size))
            made.tick_params(labelsize=10.5)
            yield made

    return figure, axes()


def name_y(axes: Axes, text: str) -> None:
    """Name the axis that goes up, as far to the left as a cell has room."""
    figure = axes.get_figure(root=True)
    assert figure is not None
    across = axes.get_position().width * figure.get_figwidth()
    axes.set_ylabel(text)
    axes.yaxis.set_label_coords(-(LEFT - 0.24) / across, 1.0)
