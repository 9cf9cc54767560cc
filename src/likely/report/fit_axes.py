"""The frame around data and model: limits, labels, and a legend that hides nothing."""

import math
from typing import Any

import numpy as np
from jaxtyping import Float
from matplotlib.axes import Axes
from matplotlib.lines import Line2D
from matplotlib.ticker import MaxNLocator, NullFormatter, NullLocator

from ..stats import Projection, garwood
from .numbers import label_decades, label_scaled
from .style import ALARM, FAINT, INK, literal

Entries = list[tuple[Any, str]]
LEFT_OF_AXES = -0.105


def interval(
    binned: Projection,
) -> tuple[Float[np.ndarray, " bins"], Float[np.ndarray, " bins"]]:
    """Return the 68.3 % central interval of the data in each bin."""
    return garwood(binned.counts, binned.variances if binned.weighted else None)


def frame(
    axes: Axes,
    binned: Projection,
    curves: Float[np.ndarray, "curves points"],
    entries: Entries,
    *,
    log: bool,
) -> None:
    """Set limits and labels, and the legend on the side where more room is left."""
    axes.set_xlim(*binned.edges[[0, -1]])
    axes.tick_params(labelbottom=False)
    if log:
        entries = entries + _hidden(binned)
    tops = _tops(binned, curves)
    across, height = _size(entries)
    points = min(math.ceil(across * len(tops)), len(tops))
    left = tops[:points].max() < tops[-points:].max()
    beside = float(tops[:points].max() if left else tops[-points:].max())
    largest = float(tops.max())
    if log:
        _logarithmic(axes, binned, largest, beside, height)
        scale = ""
    else:
        bottom = min(1.2 * float(interval(binned)[0].min()), 0.0)
        top = max(1.08 * largest, bottom + (1.04 * beside - bottom) / (1 - height))
        axes.set_ylim(bottom, top if top > bottom else bottom + 1.0)
        axes.axhline(0.0, color=FAINT, linewidth=0.8, zorder=1)
        scale = label_scaled(axes.yaxis, top)
    axes.set_ylabel(literal(scale + _events_per_bin(binned, capital=not scale)))
    axes.yaxis.set_label_coords(LEFT_OF_AXES, 1.0)
    handles, labels = zip(*entries, strict=True)
    # A label that starts with an underscore would be left out: a space protects it.
    shown = [literal(f" {t}" if t.startswith("_") else t) for t in labels]
    axes.legend(handles, shown, loc="upper left" if left else "upper right")


def draw_pulls(axes: Axes, binned: Projection) -> None:
    """Draw the pulls as bars, those beyond three in the colour of alarm."""
    pulls = np.where(np.isfinite(binned.pulls), binned.pulls, 0.0)
    colours = np.where(np.abs(pulls) > 3, ALARM, "#8a8f99").tolist()
    axes.bar(binned.centres, pulls, width=binned.widths, color=colours, zorder=2)
    for height in (-2, 2):
        axes.axhline(height, color=FAINT, linewidth=0.9, linestyle=(0, (4, 3)))
    axes.axhline(0.0, color=INK, linewidth=0.8, zorder=3)
    limit = max(3.6, 1.15 * float(np.abs(pulls).max()))
    axes.set_ylim(-limit, limit)
    axes.yaxis.set_major_locator(MaxNLocator(4, integer=True, symmetric=True))
    axes.yaxis.set_minor_locator(NullLocator())
    axes.set_ylabel("Pull", loc="center")
    axes.yaxis.set_label_coords(LEFT_OF_AXES, 0.5)
    axes.set_xlabel(literal(binned.observable.label))


def _events_per_bin(binned: Projection, *, capital: bool) -> str:
    unit = binned.observable.unit
    width = "bin" if binned.width is None else f"{binned.width:.4g}"
    step = f"({width} {unit})" if unit and binned.width is not None else width
    text = "weighted events" if binned.weighted else "events"
    return f"{text.capitalize() if capital else text} / {step}"


def _size(entries: Entries) -> tuple[float, float]:
    """Return the share of the axes that a legend covers, across and down."""
    longest = max(len(text) for _, text in entries)
    return 0.13 + 0.0135 * longest, min(0.06 + 0.068 * len(entries), 0.7)


def _tops(
    binned: Projection, curves: Float[np.ndarray, "curves points"]
) -> Float[np.ndarray, " points"]:
    """Return the highest thing to be seen at each point of the curves."""
    _, data = interval(binned)
    points = curves.shape[1]
    spread = np.minimum(np.arange(points) * len(data) // points, len(data) - 1)
    drawn = np.vstack([data[spread], curves])
    # A model without a finite density still leaves its data to be seen.
    return np.where(np.isfinite(drawn), drawn, 0.0).max(axis=0)


def _logarithmic(
    axes: Axes, binned: Projection, largest: float, beside: float, height: float
) -> None:
    seen = binned.counts[binned.counts > 0]
    floor = 0.4 * float(seen.min()) if seen.size else 0.1
    reach = max(math.log10(max(largest, floor) / floor), 0.5)
    room = math.log10(max(beside, floor) / floor) / (1 - height)
    axes.set_yscale("log", nonpositive="clip")
    axes.set_ylim(floor, floor * 10 ** (1.05 * max(reach, room)))
    label_decades(axes.yaxis)
    axes.yaxis.set_minor_formatter(NullFormatter())


def _hidden(binned: Projection) -> Entries:
    """Return the legend's word on bins that have no place on a logarithmic axis."""
    n = int(np.sum(binned.counts < 0))
    if n == 0:
        return []
    nothing = Line2D([], [], linestyle="none")
    return [(nothing, f"{n} {'bin' if n == 1 else 'bins'} below zero not shown")]
