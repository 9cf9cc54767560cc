"""Are predicted probabilities the observed ones, class by class."""

import math
from typing import Any

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.patches import Patch

from ...core import LikelyError
from ...methods import Evaluation
from ...stats import Reliability
from ..style import ALARM, FAINT, INK, PALETTE, literal, styled
from .cells import cells, name_y
from .judgement import DIFFERENT, small
from .scores_figure import MOST_CLASSES

# Part of the height that the population of the fullest bin takes up.
POPULATION = 0.28


def plot_calibration(evaluation: Evaluation) -> Figure:
    r"""Return a figure of the observed share against the predicted probability.

    A panel a class. Points are bins of the predicted probability, at its mean, with the
    68.3 % central interval of the observed share; right probabilities lie on the
    diagonal. The bars at the bottom are the events of the bins, on a scale of their
    own. ECE is the expected calibration error, and the p-value that of the chi-square
    of `reliability`.

    Args:
        evaluation: What `evaluate` returned.

    Raises:
        LikelyError: If there are too many classes.
    """
    names = evaluation.classes
    if len(names) > MOST_CLASSES:
        raise LikelyError(
            f"`plot_calibration` draws at most {MOST_CLASSES} classes, and there are "
            f"{len(names)}."
        )
    with styled():
        figure, grid = cells(len(names))
        for axes, name in zip(grid, names, strict=True):
            _draw(axes, evaluation.calibration[name])
            axes.set_xlabel(literal(f"Predicted probability of {name}"))
            name_y(axes, "Observed share")
            axes.minorticks_off()
            if name == names[0]:
                _name(axes)
    return figure


def _draw(axes: Axes, found: Reliability) -> None:
    held = np.maximum(found.sums, 0.0)
    if held.max() > 0:
        height = POPULATION * held / held.max()
        axes.stairs(height, found.edges, fill=True, color=FAINT, alpha=0.5, zorder=1)
    axes.plot([0, 1], [0, 1], color=INK, linewidth=0.9, linestyle=(0, (4, 3)))
    seen = np.isfinite(found.observed)
    value = found.observed[seen]
    bars = np.stack([value - found.lower[seen], found.upper[seen] - value])
    axes.errorbar(
        found.predicted[seen],
        value,
        yerr=np.maximum(bars, 0.0),
        fmt="o",
        color=PALETTE[0],
        markersize=4.5,
        elinewidth=1.3,
        zorder=3,
    )
    axes.set_xlim(0, 1)
    axes.set_ylim(min(0.0, 1.1 * float(np.min(value, initial=0.0))), 1.04)
    words, bad = f"ECE = {found.ece:.2g}", False
    if math.isfinite(found.p_value):
        words += f",  p = {small(found.p_value)}"
        bad = found.p_value < DIFFERENT
    colour = ALARM if bad else INK
    axes.set_title(words, loc="right", pad=5, fontsize=10, color=colour)


def _name(axes: Axes) -> None:
    dashed: Any = {"color": INK, "linewidth": 0.9, "linestyle": (0, (4, 3))}
    point: Any = {"marker": "o", "markersize": 4.5, "linestyle": "none"}
    handles = [
        Line2D([], [], color=PALETTE[0], label="observed", **point),
        Line2D([], [], label="perfect", **dashed),
        Patch(color=FAINT, alpha=0.5, label="events"),
    ]
    axes.legend(handles=handles, loc="upper left", fontsize=9.5)
