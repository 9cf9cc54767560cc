"""The likelihood in the plane of two parameters."""

import math

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import MaxNLocator

from ..core import LikelyError, Result
from ..stats import Contour
from .style import DASHES, FAINT, INK, PALETTE, NotebookFigure, literal, styled


def plot_contour(result: Result, *contours: Contour) -> Figure:
    r"""Return a figure of contours of $-2\,\Delta\log L$ in one plane.

    The faint ellipses of the same levels, $(\theta - \hat\theta)^\top V^{-1}
    (\theta - \hat\theta) = -2\log(1 - \text{level})$, are what the covariance alone
    would say.

    Args:
        result: What `fit` returned.
        contours: What `contour` returned, all for the same two parameters.

    Raises:
        LikelyError: If there is no contour or they are of different parameters.
    """
    planes = {c.names for c in contours}
    if len(planes) != 1:
        found = ", ".join(sorted(f"{x} and {y}" for x, y in planes)) or "none"
        raise LikelyError(
            "`plot_contour(result, *contours)` needs contours of one pair of "
            f"parameters; got {found}."
        )
    (names,) = planes
    with styled():
        figure = NotebookFigure(figsize=(5.2, 4.6))
        axes = figure.add_axes((0.17, 0.13, 0.8, 0.83))
        for i, contour in enumerate(contours):
            _draw_ellipse(axes, result, contour)
            axes.plot(
                contour.x,
                contour.y,
                color=PALETTE[i % len(PALETTE)],
                linestyle="-" if i == 0 else DASHES[(i - 1) % len(DASHES)],
                label=f"{100 * contour.level:.3g} %",
            )
        x, y = (result[name] for name in names)
        axes.plot([x.value], [y.value], "+", color=INK, markersize=9, label="Best fit")
        unit_x, unit_y = contours[0].units
        axes.set_xlabel(_label(names[0], unit_x))
        axes.set_ylabel(_label(names[1], unit_y))
        for axis in (axes.xaxis, axes.yaxis):
            axis.set_major_locator(MaxNLocator(5))
        axes.yaxis.set_label_coords(-0.16, 1.0)
        axes.margins(0.12)
        axes.minorticks_off()
        axes.legend(loc="best")
    return figure


def _label(name: str, unit: str) -> str:
    return literal(f"{name} [{unit}]" if unit else name)


def _draw_ellipse(axes: Axes, result: Result, contour: Contour) -> None:
    where = [result.covariance_names.index(name) for name in contour.names]
    root = np.linalg.cholesky(result.covariance[np.ix_(where, where)])
    angle = np.linspace(0, 2 * np.pi, 200)
    size = math.sqrt(-2 * math.log1p(-contour.level))
    x, y = size * root @ [np.cos(angle), np.sin(angle)]
    centre = [result[name].value for name in contour.names]
    axes.plot(centre[0] + x, centre[1] + y, color=FAINT, linewidth=1.0, zorder=1)
