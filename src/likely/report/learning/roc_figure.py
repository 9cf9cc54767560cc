"""What a cut on the score of each class keeps, and what it lets pass."""

import math
from typing import Any

import numpy as np
from jaxtyping import Float
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.ticker import NullFormatter

from ...core import LikelyError, nearest
from ...methods import Evaluation
from ...stats import Measured, RocCurve, WorkingPoints
from ...stats.classifiers.measured import efficiency_intervals
from ..numbers import label_decades
from ..style import DASHES, FAINT, PALETTE, NotebookFigure, literal, styled

KINDS = ("rejection", "rates")
POINTS = 500
# Below this signal efficiency a rejection is made of a handful of events.
LEAST_EFFICIENCY = 0.02
# A legend inside the axes has room for these.
MOST_INSIDE = 6


def plot_roc(evaluation: Evaluation, kind: str = "rejection") -> Figure:
    r"""Return a figure of the ROC curve of each class against all others.

    "rejection" has the signal efficiency $\varepsilon_s$ across and, on a logarithmic
    axis, the background rejection $1/\varepsilon_b$ up; "rates" has $\varepsilon_b$
    across and $\varepsilon_s$ up. Bands are the 68.3 % central intervals of the
    $\varepsilon_b$ at each threshold, points the working points. Where no background
    event passes, the lower end of the interval of the rejection is a dotted line.

    Args:
        evaluation: What `evaluate` returned.
        kind: "rejection" or "rates".

    Raises:
        LikelyError: If there is no such kind.
    """
    if kind not in KINDS:
        raise LikelyError(
            f"`plot_roc(kind=...)`: there is no `{kind}`; {nearest(str(kind), KINDS)}"
        )
    inside = len(evaluation.classes) <= MOST_INSIDE
    with styled():
        width = 6.0 if inside else 9.4
        figure = NotebookFigure(figsize=(width, 5.2))
        axes = figure.add_axes((0.85 / width, 0.115, 4.97 / width, 0.855))
        handles: list[Any] = []
        tops = [1.0]
        for i, name in enumerate(evaluation.classes):
            curve = evaluation.curves[name]
            top = _draw(axes, curve, kind, line=class_line(i))
            _mark(axes, evaluation.working_points[name], kind, class_line(i)["color"])
            tops.append(top)
            area = Measured(curve.auc, curve.auc_error, curve.auc, curve.auc)
            text = literal(f"{name}: AUC = {area}")
            handles.append(Line2D([], [], label=text, **class_line(i)))
        if any(len(points) for points in evaluation.working_points.values()):
            mark: Any = {"marker": "o", "color": "#60646c", "linestyle": "none"}
            handles.append(Line2D([], [], label="Working points", **mark))
        handles.append(Line2D([], [], color=FAINT, linestyle=":", label="By chance"))
        beside: Any = {"loc": "lower right"}
        rows = 0
        if not inside:
            beside = {"loc": "upper left", "bbox_to_anchor": (1.01, 1.02)}
        elif kind == "rejection":
            rows = math.ceil(len(handles) / 2)
            beside = {"loc": "upper center", "ncols": 2, "columnspacing": 1.2}
            beside |= {"fontsize": 10.5, "handlelength": 1.6}
        _frame(axes, kind, max(tops), rows=rows)
        axes.legend(handles=handles, **beside)
    return figure


def class_line(i: int) -> dict[str, Any]:
    """Return colour and dashes of the line of a class, by its place."""
    turn, place = divmod(i, len(PALETTE))
    dashes = ["-", *DASHES]
    return {"color": PALETTE[place], "linestyle": dashes[turn % len(dashes)]}


def _draw(axes: Axes, curve: RocCurve, kind: str, *, line: dict[str, Any]) -> float:
    """Draw a curve and its band; return how high it reaches."""
    few = curve.thinned(POINTS)
    signal, background = few.signal_efficiency, few.background_efficiency
    squares = few.background_squares
    every = np.full(len(squares), squares[-1])
    _, low, high = efficiency_intervals(background, squares, every)
    colour = line["color"]
    if kind == "rates":
        axes.plot(background, signal, zorder=3, **line)
        axes.fill_betweenx(signal, low, high, color=colour, alpha=0.2, linewidth=0)
        return 1.0
    upper, lower = _inverse(low), _inverse(high)
    axes.plot(signal, _inverse(background), zorder=3, **line)
    axes.fill_between(signal, lower, upper, color=colour, alpha=0.2, linewidth=0)
    none = (background == 0) & (signal > 0)
    if none.any():
        axes.plot(signal[none], lower[none], color=colour, linewidth=1.1, linestyle=":")
    shown = np.where(none, lower, _inverse(background))
    seen = np.isfinite(shown) & (signal > LEAST_EFFICIENCY)
    return float(shown[seen].max(initial=1.0))


def _inverse(
    efficiency: Float[np.ndarray, " points"],
) -> Float[np.ndarray, " points"]:
    """Return the rejection, NaN where nothing passes or negative weights prevail."""
    return 1 / np.where(efficiency > 0, efficiency, np.nan)


def _mark(axes: Axes, points: WorkingPoints, kind: str, colour: str) -> None:
    for point in points:
        s, b = point.signal_efficiency, point.background_efficiency
        x, y = (s, point.rejection) if kind == "rejection" else (b, s)
        if not np.isfinite([x.value, y.value]).all():
            continue
        bars = [[x.value - x.lower], [x.upper - x.value]]
        high = y.upper if np.isfinite(y.upper) else y.value
        more = [[y.value - y.lower], [high - y.value]]
        axes.errorbar(
            [x.value],
            [y.value],
            xerr=np.maximum(np.nan_to_num(bars), 0.0),
            yerr=np.maximum(np.nan_to_num(more), 0.0),
            fmt="o",
            color=colour,
            markersize=5.5,
            markeredgecolor="white",
            markeredgewidth=0.8,
            elinewidth=1.2,
            zorder=4,
        )


def _frame(axes: Axes, kind: str, top: float, *, rows: int) -> None:
    x = np.linspace(0.005, 1, 200)
    axes.set_xlim(0, 1)
    axes.minorticks_off()
    if kind == "rates":
        axes.plot(x, x, color=FAINT, linestyle=":", zorder=1)
        axes.set_ylim(0, 1.02)
        axes.set_xlabel("Background efficiency")
        axes.set_ylabel("Signal efficiency")
        return
    axes.plot(x, 1 / x, color=FAINT, linestyle=":", zorder=1)
    axes.set_yscale("log")
    # The curves end below the rows of the legend.
    room = 0.93 - 0.06 * rows
    axes.set_ylim(0.9, 0.9 * (max(top, 10.0) / 0.9) ** (1 / room))
    label_decades(axes.yaxis)
    axes.yaxis.set_minor_formatter(NullFormatter())
    axes.set_xlabel("Signal efficiency")
    axes.set_ylabel("Background rejection (1 / efficiency)")
