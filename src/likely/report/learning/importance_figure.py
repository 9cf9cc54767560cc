"""What each column is worth to a classifier."""

import numpy as np
from matplotlib.figure import Figure

from ...core import LikelyError
from ...methods import Evaluation
from ..style import INK, PALETTE, NotebookFigure, literal, styled

ROW = 0.27


def plot_importance(evaluation: Evaluation, *, most: int = 30) -> Figure:
    """Return a figure of what the mean log-likelihood loses without each column.

    A column is taken away by shuffling it among the events. Bars are the means of the
    shuffles, their errors the standard errors of the shuffling alone.

    Args:
        evaluation: What `evaluate` returned.
        most: How many columns to draw, the most important ones.

    Raises:
        LikelyError: If the evaluation has no importance, or `most` is not positive.
    """
    found = evaluation.importance
    if found is None:
        raise LikelyError(
            "this evaluation has no importance of columns; take "
            "`evaluate(found, importance=True)`."
        )
    if most < 1:
        raise LikelyError(f"`plot_importance(most=...)` is at least 1; got {most}.")
    order = np.argsort(-found.values, kind="stable")[:most]
    values, errors = found.values[order], found.errors[order]
    names = [literal(found.names[j]) for j in order]
    n = len(names)
    label = 0.35 + 0.088 * max(len(name) for name in names)
    width, height = max(6.4, label + 4.2), max(ROW * n + 0.75, 1.8)
    with styled():
        figure = NotebookFigure(figsize=(width, height))
        axes = figure.add_axes(
            (
                label / width,
                0.58 / height,
                1 - (label + 0.2) / width,
                1 - 0.68 / height,
            )
        )
        places = np.arange(n)
        axes.barh(places, values, height=0.68, color=PALETTE[1], alpha=0.85, zorder=2)
        axes.errorbar(
            values,
            places,
            xerr=np.nan_to_num(errors),
            fmt="none",
            ecolor=INK,
            elinewidth=1.1,
            zorder=3,
        )
        axes.axvline(0.0, color=INK, linewidth=0.8, zorder=4)
        axes.set_yticks(places, names, fontsize=11)
        axes.set_ylim(n - 0.4, -0.6)
        axes.tick_params(axis="y", which="both", length=0)
        axes.yaxis.minorticks_off()
        axes.tick_params(axis="x", which="both", top=False)
        axes.set_xlabel("Loss of mean log-likelihood if shuffled")
    return figure
