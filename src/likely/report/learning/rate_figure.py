"""The loss while the learning rate grew."""

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from ...core import LikelyError
from ...fit import LearningRateRange
from ..numbers import label_decades
from ..style import FAINT, INK, PALETTE, NotebookFigure, styled

LOSS = PALETTE[1]
# Of the fall of the loss: what lies higher above its start is cut off.
ROOM = 0.25


def plot_learning_rate_range(found: LearningRateRange) -> Figure:
    """Return a figure of the loss of an event after steps of a growing learning rate.

    A level line is the loss before the first step, a dashed one the suggested rate.

    Args:
        found: What `learning_rate_range` returned.

    Raises:
        LikelyError: If it is something else.
    """
    if not isinstance(found, LearningRateRange):
        raise LikelyError(
            "`plot_learning_rate_range` takes what `learning_rate_range` returned; got "
            f"{type(found).__name__}."
        )
    with styled():
        figure = NotebookFigure(figsize=(5.6, 3.4))
        axes = figure.add_axes((0.15, 0.17, 0.82, 0.78))
        _draw(axes, found)
    return figure


def _draw(axes: Axes, found: LearningRateRange) -> None:
    known = np.append(found.losses[np.isfinite(found.losses)], found.start)
    low = float(known.min())
    fall = found.start - low or abs(low) or 1.0
    top = found.start + ROOM * fall
    # Twice the room: a line that leaves the picture, and no numbers beyond drawing.
    shown = np.where(np.isfinite(found.losses), found.losses, np.inf)
    axes.axhline(found.start, color=FAINT, linewidth=1.0, zorder=0)
    axes.plot(found.rates, np.minimum(shown, top + fall), color=LOSS)
    if found.suggestion is not None:
        text = f"Suggestion: {found.suggestion:.2g}"
        style = {"color": INK, "linewidth": 1.0, "linestyle": (0, (4, 3))}
        axes.axvline(found.suggestion, label=text, **style)
        axes.legend(loc="lower left")
    axes.set_xscale("log")
    label_decades(axes.xaxis)
    axes.set_xlim(found.rates[0], found.rates[-1])
    axes.set_ylim(low - 0.1 * fall, top)
    axes.set_xlabel("Learning rate")
    axes.set_ylabel("Loss of an event")
    axes.yaxis.set_label_coords(-0.12, 1.0)
    axes.yaxis.minorticks_off()
