"""The probability of each class in events of this class and in all others."""

from typing import Any

import numpy as np
from jaxtyping import Bool, Float
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.patches import Patch
from matplotlib.ticker import LogLocator, NullFormatter

from ...core import LikelyError
from ...methods import Evaluation, Scores
from ...stats import garwood
from ..numbers import label_decades
from ..style import ALARM, INK, PALETTE, literal, styled
from .cells import cells, name_y
from .judgement import DIFFERENT, small

OWN, OTHERS = PALETTE[0], PALETTE[1]
FEWEST_BINS, MOST_BINS = 6, 25
# A figure of more panels takes many seconds, and nobody reads it.
MOST_CLASSES = 24


def plot_scores(evaluation: Evaluation, *, log: bool = True) -> Figure:
    """Return a figure of the probability of each class, a panel a class.

    Events of the class and all others are two histograms, each of unit area, of the
    training (filled) and of the events not trained with (points, with the 68.3 %
    central intervals of `garwood`). Where points leave the filled histogram of their
    colour the classifier has learnt its training events by heart; the p-value is that
    of Kolmogorov and Smirnov for the events of the class.

    Args:
        evaluation: What `evaluate` returned.
        log: Whether the axis of densities is logarithmic.

    Raises:
        LikelyError: If there are too many classes.
    """
    names = evaluation.classes
    if len(names) > MOST_CLASSES:
        raise LikelyError(
            f"`plot_scores` draws at most {MOST_CLASSES} classes, and there are "
            f"{len(names)}."
        )
    with styled():
        figure, grid = cells(len(names), head=0.22)
        for axes, i in zip(grid, range(len(names)), strict=True):
            _draw_class(axes, evaluation, i, log=log)
        _name(figure, evaluation.part)
    return figure


def _draw_class(axes: Axes, evaluation: Evaluation, i: int, *, log: bool) -> None:
    name = evaluation.classes[i]
    held = np.sum(evaluation.scores[evaluation.part].labels == i)
    bins = int(np.clip(round(2.5 * held ** (1 / 3)), FEWEST_BINS, MOST_BINS))
    edges = np.linspace(0.0, 1.0, bins + 1)
    tops, lows = [0.0], []
    for scores, drawn in (
        (evaluation.scores.get("train"), _draw_filled),
        (evaluation.scores[evaluation.part], _draw_points),
    ):
        for own, colour in ((False, OTHERS), (True, OWN)):
            chosen = None if scores is None else (scores.labels == i) == own
            if scores is None or chosen is None or not chosen.any():
                continue
            density = _density(scores, i, chosen, edges)
            if density is None:
                continue
            drawn(axes, edges, density, colour)
            tops.append(float(density[0].max()))
            lows.extend(density[0][density[0] > 0])
    top, low = max(tops) or 1.0, min(lows, default=0.1)
    axes.set_xlim(0, 1)
    if log:
        axes.set_yscale("log", nonpositive="clip")
        floor = max(0.5 * low, 1e-4 * top)
        axes.set_ylim(floor, floor * (top / floor) ** 1.1)
        label_decades(axes.yaxis)
        # Fewer small ticks than usual: they are most of the time of the figure.
        axes.yaxis.set_minor_locator(LogLocator(subs=(2.0, 5.0)))
        axes.yaxis.set_minor_formatter(NullFormatter())
    else:
        axes.set_ylim(0, 1.1 * top)
        axes.yaxis.minorticks_off()
    axes.xaxis.minorticks_off()
    axes.set_xlabel(literal(f"Probability of {name}"))
    name_y(axes, "Density")
    test = evaluation.overtraining.get(name)
    if test is not None:
        colour = ALARM if test.p_value < DIFFERENT else INK
        words = f"KS p = {small(test.p_value)}"
        axes.set_title(words, loc="right", pad=5, fontsize=10, color=colour)


def _density(
    scores: Scores,
    i: int,
    chosen: Bool[np.ndarray, " events"],
    edges: Float[np.ndarray, " edges"],
) -> tuple[Float[np.ndarray, " bins"], Float[np.ndarray, "2 bins"]] | None:
    """Return the share of the weights by width in each bin, and its interval."""
    p = np.clip(scores.probabilities[chosen, i], 0.0, 1.0)
    w = None if scores.weights is None else scores.weights[chosen]
    counts, _ = np.histogram(p, edges, weights=w)
    squares = None if w is None else np.histogram(p, edges, weights=w * w)[0]
    total = counts.sum()
    if not total > 0:
        return None
    interval = np.stack(garwood(counts, squares))
    area = total * np.diff(edges)
    return counts / area, interval / area


def _draw_filled(
    axes: Axes, edges: Float[np.ndarray, " edges"], density: Any, colour: str
) -> None:
    axes.stairs(density[0], edges, fill=True, color=colour, alpha=0.18, zorder=1)
    axes.stairs(density[0], edges, color=colour, alpha=0.75, linewidth=1.1, zorder=2)


def _draw_points(
    axes: Axes, edges: Float[np.ndarray, " edges"], density: Any, colour: str
) -> None:
    value, (lower, upper) = density
    # A row of bars of equal length, where there are no events, says nothing.
    seen = value != 0
    axes.errorbar(
        ((edges[1:] + edges[:-1]) / 2)[seen],
        value[seen],
        yerr=np.maximum([value - lower, upper - value], 0.0)[:, seen],
        fmt="o",
        color=colour,
        markersize=3.2,
        elinewidth=1.0,
        zorder=3,
    )


def _name(figure: Figure, part: str) -> None:
    point: Any = {"marker": "o", "linestyle": "none", "markersize": 4}
    handles = [
        Patch(color=OWN, alpha=0.5, label="this class"),
        Patch(color=OTHERS, alpha=0.5, label="all others"),
        Patch(facecolor="#d8d8db", edgecolor="#60646c", label="training"),
        Line2D([], [], color="#60646c", label=literal(part), **point),
    ]
    figure.legend(handles=handles, loc="upper center", ncols=4, fontsize=10.5)
