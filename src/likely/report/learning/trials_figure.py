"""The course of a search for hyperparameters, and what each of them does."""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from jaxtyping import Float
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.ticker import MaxNLocator

from ...core import LikelyError
from ...methods.search import Trial
from ...methods.search.trial import best_first, in_words
from ..numbers import label_decades
from ..style import ALARM, PALETTE, literal, styled
from .cells import cells, name_y
from .trials import is_number, trials_of

BEST, DONE, PRUNED = PALETTE[0], PALETTE[1], PALETTE[5]
MOST_PANELS = 12
# A number that is searched over a wider range has a logarithmic axis.
LOGARITHMIC = 20.0
# Values higher above the best than this many times the usual are drawn at the top.
REACH = 4.0


def plot_trials(trials: Sequence[Mapping[str, Any]]) -> Figure:
    """Return a figure of the value of each trial, and against each hyperparameter.

    The first panel has the trials in their order, with the best value so far; a panel
    for each hyperparameter that differs among trials follows, of at most eleven. The
    value of a pruned trial is the best that it had before it was given up. Values far
    above all others are triangles at the top.

    Args:
        trials: Mappings with "number", "state" ("complete", "pruned" or "failed"),
            "value" (smaller is better), "parameters" and perhaps "seconds".

    Raises:
        LikelyError: If there is no trial with a value, or a trial lacks something.
    """
    known = trials_of(trials)
    if not any(trial.value is not None for trial in known):
        raise LikelyError(
            "`plot_trials(trials)` needs a trial with a value; got "
            f"{len(known)} trials, none of them with one."
        )
    names = varied(known)[: MOST_PANELS - 1]
    ceiling = _ceiling(known)
    best = best_first(known)[0]
    with styled():
        figure, grid = cells(1 + len(names), head=0.15 if names else 0.0)
        for axes, name in zip(grid, [None, *names], strict=True):
            if name is None:
                _draw_course(axes, known, ceiling)
            else:
                _draw_parameter(axes, known, name, ceiling)
            _limits(axes, known, ceiling)
            axes.yaxis.minorticks_off()
            name_y(axes, "Value")
        _name(figure, known, best, ceiling)
    return figure


def _name(figure: Figure, trials: Sequence[Trial], best: Trial, top: float) -> None:
    """Put the legend above the panels."""
    words = f"trial {best.number}: {best.value:.5g}"
    found = {t.state for t in trials if t.value is not None}
    entries: list[tuple[str, dict[str, Any]]] = [
        ("best so far", {"color": BEST}),
        (words, {"color": BEST, "marker": "*", "markersize": 11}),
        ("complete", {"color": DONE, "marker": "o"}),
    ]
    if "pruned" in found:
        entries.append(
            ("pruned", {"color": PRUNED, "marker": "o", "markerfacecolor": "white"})
        )
    if any(t.value is not None and t.value > top for t in trials):
        entries.append(("far above", {"color": PRUNED, "marker": "^"}))
    if any(t.value is None for t in trials):
        entries.append(("without value", {"color": ALARM, "marker": "x"}))
    handles = [
        Line2D([], [], label=text, **{"linestyle": "none", "markersize": 5} | look)
        if "marker" in look
        else Line2D([], [], label=text, **look)
        for text, look in entries
    ]
    wide = len(figure.axes) > 1
    look = {"loc": "upper center" if wide else "upper right", "fontsize": 9.5}
    place = figure if wide else figure.axes[0]
    place.legend(
        handles=handles, ncols=6 if wide else 2, handlelength=1.3, frameon=False, **look
    )


def varied(trials: Sequence[Trial]) -> list[str]:
    """Return the names of the hyperparameters that are not the same in all trials."""
    found: dict[str, set[str]] = {}
    for trial in trials:
        for name, value in trial.parameters.items():
            found.setdefault(name, set()).add(repr(value))
    return [name for name, values in found.items() if len(values) > 1]


def _ceiling(trials: Sequence[Trial]) -> float:
    values = _values(trials)
    usual = float(np.median(values) - values.min())
    top = float(values.max())
    return min(top, float(values.min()) + REACH * usual) if usual > 0 else top


def _values(trials: Sequence[Trial]) -> Float[np.ndarray, " trials"]:
    """Return the values of the trials that have one."""
    return np.array([t.value for t in trials if t.value is not None], float)


def _limits(axes: Axes, trials: Sequence[Trial], ceiling: float) -> None:
    low = float(_values(trials).min())
    size = (ceiling - low) or abs(low) or 1.0
    axes.set_ylim(low - 0.08 * size, ceiling + 0.12 * size)


def _draw_course(axes: Axes, trials: Sequence[Trial], ceiling: float) -> None:
    done = [t for t in trials if t.state == "complete"]
    if done:
        x = [t.number for t in done]
        so_far = np.minimum.accumulate(_values(done))
        axes.step(x, so_far, where="post", color=BEST, zorder=2)
    _draw_points(axes, trials, lambda t: t.number, ceiling)
    lost = [t.number for t in trials if t.value is None]
    if lost:
        kept: Any = {"transform": axes.get_xaxis_transform(), "clip_on": False}
        axes.plot(lost, [0.03] * len(lost), "x", color=ALARM, **kept)
    ends = trials[0].number, trials[-1].number
    margin = 0.5 + 0.03 * (ends[1] - ends[0])
    axes.set_xlim(ends[0] - margin, ends[1] + margin)
    axes.set_xlabel("Trial")
    axes.xaxis.set_major_locator(MaxNLocator(6, integer=True))
    axes.xaxis.minorticks_off()


def _draw_parameter(
    axes: Axes, trials: Sequence[Trial], name: str, ceiling: float
) -> None:
    here = [t for t in trials if name in t.parameters]
    values = [t.parameters[name] for t in here]
    axes.set_xlabel(literal(name))
    if all(is_number(v) for v in values):
        _draw_points(axes, here, lambda t: t.parameters[name], ceiling)
        if min(values) > 0 and max(values) > LOGARITHMIC * min(values):
            axes.set_xscale("log")
            label_decades(axes.xaxis)
        else:
            axes.xaxis.set_major_locator(MaxNLocator(5))
            axes.xaxis.minorticks_off()
        return
    texts = sorted({in_words(v) for v in values}, key=lambda text: (len(text), text))
    places = {text: i for i, text in enumerate(texts)}
    _draw_points(axes, here, lambda t: places[in_words(t.parameters[name])], ceiling)
    axes.set_xlim(-0.6, len(texts) - 0.4)
    shown = [literal(t if len(t) < 16 else t[:14] + "…") for t in texts]
    crowded = sum(len(t) + 2 for t in shown) > 32
    slope: Any = {"rotation": 20, "ha": "right", "rotation_mode": "anchor"}
    axes.set_xticks(range(len(texts)), shown, fontsize=9.5, **slope if crowded else {})
    axes.xaxis.minorticks_off()


def _draw_points(
    axes: Axes, trials: Sequence[Trial], place: Any, ceiling: float
) -> None:
    for state, colour in (("pruned", PRUNED), ("complete", DONE)):
        seen = [t for t in trials if t.state == state and t.value is not None]
        within = [t for t in seen if t.value is not None and t.value <= ceiling]
        above = [t for t in seen if t not in within]
        axes.plot(
            [place(t) for t in within],
            _values(within),
            "o",
            color=colour,
            markerfacecolor=colour if state == "complete" else "white",
            markersize=5,
            zorder=3,
        )
        axes.plot(
            [place(t) for t in above],
            [ceiling] * len(above),
            "^",
            color=colour,
            markersize=6,
            zorder=3,
        )
    done = [t for t in best_first(trials) if t.state == "complete"]
    if done:
        axes.plot(
            [place(done[0])],
            _values(done[:1]),
            "*",
            color=BEST,
            markersize=13,
            markeredgecolor="white",
            markeredgewidth=0.7,
            zorder=4,
        )
