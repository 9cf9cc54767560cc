"""The way of a minimiser to the minimum."""

import numpy as np
from matplotlib.figure import Figure
from matplotlib.ticker import MaxNLocator

from ..core import LikelyError, Result
from .numbers import label_decades
from .style import PALETTE, NotebookFigure, styled


def plot_history(result: Result) -> Figure:
    r"""Return a figure of the loss above its smallest value, after each iteration.

    A descent that bends down ever more steeply is a minimum found; a line that runs
    level is a minimiser that was stopped.

    Args:
        result: What `fit` returned.

    Raises:
        LikelyError: If the result has no history.
    """
    history = np.asarray(result.history, float)
    if not np.any(np.isfinite(history)):
        raise LikelyError("this result has no history of its minimisation to plot.")
    above = history - np.nanmin(history)
    # The smallest value itself has no place on a logarithmic axis.
    shown = np.where(above > 0, above, np.nan)
    with styled():
        figure = NotebookFigure(figsize=(5.2, 3.2))
        axes = figure.add_axes((0.15, 0.17, 0.82, 0.78))
        if np.any(np.isfinite(shown)):
            axes.set_yscale("log")
            label_decades(axes.yaxis)
        axes.plot(np.arange(len(history)), shown, "o-", color=PALETTE[1], markersize=4)
        axes.set_xlabel("Iteration")
        axes.set_ylabel("Loss above its minimum")
        axes.xaxis.set_major_locator(MaxNLocator(integer=True))
        axes.minorticks_off()
    return figure
