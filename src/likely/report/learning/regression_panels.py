"""Panels of a regression whose points are events or shares of them."""

import math
from typing import Any

import numpy as np
from jaxtyping import Float
from matplotlib import colormaps
from matplotlib.axes import Axes
from matplotlib.colors import ListedColormap, LogNorm
from matplotlib.lines import Line2D
from matplotlib.patches import Patch
from matplotlib.ticker import MaxNLocator
from scipy.special import ndtri

from ...methods import Predictions, RegressionEvaluation
from ...methods.residual_statistics import share
from ...stats import garwood
from ..numbers import label_scaled
from ..style import ALARM, INK, PALETTE, literal
from ..verdict import measured
from .cells import name_y
from .judgement import DIFFERENT, small

FILLED = PALETTE[1]
FEWEST_CELLS, MOST_CELLS = 12, 70
# Parts of the events on either side that are left out of the picture.
OUTSIDE = 0.002
FEWEST_BINS, MOST_BINS = 10, 50
# Without its palest part, which a single event must not have on white.
SHADES = ListedColormap(colormaps["Blues"](np.linspace(0.22, 1.0, 256)))
NOMINAL = np.linspace(0.05, 0.95, 19)


def draw_density(axes: Axes, evaluation: RegressionEvaluation) -> None:
    """Draw the sum of weights in the plane of true and predicted number."""
    told = evaluation.predictions[evaluation.part]
    w = told.weights_or_ones
    ends = np.quantile(
        np.stack([told.truth, told.predicted]), (OUTSIDE, 1 - OUTSIDE), axis=1
    )
    low, high = float(ends[0].min()), float(ends[1].max())
    margin = 0.02 * (high - low) or 0.5
    cells = int(np.clip(len(w) ** 0.5, FEWEST_CELLS, MOST_CELLS))
    edges = np.linspace(low - margin, high + margin, cells + 1)
    held, _, _ = np.histogram2d(told.truth, told.predicted, (edges, edges), weights=w)
    shown = np.ma.masked_less_equal(held.T, 0.0)
    ends_of = (edges[0], edges[-1])
    if shown.count():
        axes.imshow(
            shown,
            origin="lower",
            extent=(*ends_of, *ends_of),
            aspect="auto",
            interpolation="nearest",
            cmap=SHADES,
            # A single event has some colour, also where no cell holds more.
            norm=LogNorm(0.7 * float(shown.min()), 1.5 * float(shown.max())),
        )
    axes.plot(ends_of, ends_of, color=INK, linewidth=1.0, linestyle=(0, (4, 3)))
    axes.set_xlim(ends_of)
    axes.set_ylim(ends_of)
    for axis in (axes.xaxis, axes.yaxis):
        axis.set_major_locator(MaxNLocator(5))
    size = float(np.abs(edges).max())
    scale = label_scaled(axes.xaxis, size)
    label_scaled(axes.yaxis, size)
    unit = f" [{scale}{evaluation.unit}]" if scale or evaluation.unit else ""
    axes.set_xlabel(literal(f"True {evaluation.column}{unit}"))
    name_y(axes, literal(f"Predicted{unit}"))
    axes.minorticks_off()
    explained = evaluation.numbers["R²"]
    words = f"R² = {measured(explained.value, explained.error)}"
    axes.set_title(words, loc="right", pad=5, fontsize=10)
    axes.set_title("colour: events, logarithmic", loc="left", pad=5, fontsize=9.5)


def draw_residuals(axes: Axes, evaluation: RegressionEvaluation) -> None:
    """Draw the residuals of the training and of the events not trained with."""
    told = evaluation.predictions[evaluation.part]
    reach = float(np.quantile(np.abs(told.residuals), 0.99)) or 1.0
    edges = np.linspace(-1.1 * reach, 1.1 * reach, _bins(told) + 1)
    train = evaluation.predictions.get("train")
    top = 0.0
    if train is not None:
        density, _ = _density(train.residuals, train, edges)
        axes.stairs(density, edges, fill=True, color=FILLED, alpha=0.25, zorder=1)
        axes.stairs(density, edges, color=FILLED, linewidth=1.1, zorder=2)
        top = float(density.max())
    top = max(top, _draw_points(axes, *_density(told.residuals, told, edges), edges))
    axes.set_xlim(edges[0], edges[-1])
    axes.set_ylim(0.0, 1.42 * (top or 1.0))
    axes.xaxis.set_major_locator(MaxNLocator(5))
    scale = label_scaled(axes.xaxis, float(edges[-1]))
    power = label_scaled(axes.yaxis, 1.42 * top)
    unit = f" [{scale}{evaluation.unit}]" if scale or evaluation.unit else ""
    axes.set_xlabel(literal(f"Predicted − true {evaluation.column}{unit}"))
    name_y(axes, f"Density / {power.strip()}" if power else "Density")
    axes.minorticks_off()
    if evaluation.overtraining is not None:
        p = evaluation.overtraining.p_value
        colour = ALARM if p < DIFFERENT else INK
        words = f"KS p = {small(p)}"
        axes.set_title(words, loc="right", pad=5, fontsize=10, color=colour)
    _corner(axes, [f"{k} {_number(evaluation, k)}" for k in ("bias", "resolution")])
    point: Any = {"marker": "o", "linestyle": "none", "markersize": 4}
    handles: list[Any] = [Line2D([], [], color=INK, label=evaluation.part, **point)]
    if train is not None:
        handles.insert(0, Patch(color=FILLED, alpha=0.4, label="training"))
    axes.legend(handles=handles, loc="upper right", fontsize=9.5)


def draw_pulls(axes: Axes, evaluation: RegressionEvaluation) -> None:
    """Draw the pulls with the standard normal density."""
    told = evaluation.predictions[evaluation.part]
    edges = np.linspace(-5.0, 5.0, min(_bins(told), 40) + 1)
    x = np.linspace(-5.0, 5.0, 200)
    normal = np.exp(-(x**2) / 2) / math.sqrt(2 * math.pi)
    axes.plot(x, normal, color=PALETTE[0], zorder=2)
    top = _draw_points(axes, *_density(told.pulls, told, edges), edges)
    axes.set_xlim(-5, 5)
    axes.set_ylim(0.0, 1.4 * max(top, float(normal.max())))
    axes.yaxis.set_major_locator(MaxNLocator(5))
    axes.minorticks_off()
    axes.set_xlabel(literal(f"Pull of {evaluation.column}"))
    name_y(axes, "Density")
    found = [measured(m.value, m.error) for m in evaluation.pulls.values()]
    words = f"mean {found[0]},  width {found[1]}"
    axes.set_title(words, loc="right", pad=5, fontsize=10)
    outside = float(np.mean(np.abs(told.pulls) > edges[-1]))
    line = Line2D([], [], color=PALETTE[0], label="standard normal")
    axes.legend(handles=[line], loc="upper left", fontsize=9.5)
    if outside:
        _corner(axes, [f"{100 * outside:.2g} % outside"], right=True)


def draw_coverage(axes: Axes, evaluation: RegressionEvaluation) -> None:
    """Draw the share of true numbers inside intervals, or below quantiles."""
    told = evaluation.predictions[evaluation.part]
    if told.sigma is not None:
        z, w = np.abs(told.pulls), told.weights_or_ones
        levels = NOMINAL
        found = [share(z <= ndtri(0.5 * (1 + q)), w) for q in levels]
        names = "Content of the interval", "Share inside"
    else:
        levels = np.array(list(evaluation.quantile_coverage))
        found = list(evaluation.quantile_coverage.values())
        names = "Level of the quantile", "Share below"
    value = np.array([m.value for m in found])
    bars = np.array([[m.value - m.lower, m.upper - m.value] for m in found]).T
    axes.plot([0, 1], [0, 1], color=INK, linewidth=0.9, linestyle=(0, (4, 3)))
    axes.errorbar(
        levels,
        value,
        yerr=np.maximum(np.nan_to_num(bars), 0.0),
        fmt="o",
        color=PALETTE[0],
        markersize=4.5,
        elinewidth=1.2,
        zorder=3,
    )
    axes.set_xlim(0, 1)
    axes.set_ylim(0, 1.03)
    axes.minorticks_off()
    axes.set_xlabel(names[0])
    name_y(axes, names[1])
    words = "dashed: as it should be"
    axes.set_title(words, loc="right", pad=5, fontsize=10)


def _bins(told: Predictions) -> int:
    wanted = round(3 * len(told.truth) ** (1 / 3))
    return int(np.clip(wanted, FEWEST_BINS, MOST_BINS))


def _density(
    x: Float[np.ndarray, " events"], told: Predictions, edges: np.ndarray
) -> tuple[np.ndarray, np.ndarray]:
    """Return the share of all weights by width in each bin, and its interval."""
    w = told.weights
    counts = np.histogram(x, edges, weights=w)[0]
    squares = None if w is None else np.histogram(x, edges, weights=w * w)[0]
    area = told.weights_or_ones.sum() * np.diff(edges)
    return counts / area, np.stack(garwood(counts, squares)) / area


def _draw_points(
    axes: Axes, value: np.ndarray, interval: np.ndarray, edges: np.ndarray
) -> float:
    """Draw points with their intervals; return how high these reach."""
    lower, upper = interval
    seen = value != 0
    axes.errorbar(
        ((edges[1:] + edges[:-1]) / 2)[seen],
        value[seen],
        yerr=np.maximum([value - lower, upper - value], 0.0)[:, seen],
        fmt="o",
        color=INK,
        markersize=3.2,
        elinewidth=1.0,
        zorder=3,
    )
    return float(upper[seen].max(initial=0.0))


def _number(evaluation: RegressionEvaluation, name: str) -> str:
    found = evaluation.numbers[name]
    return measured(found.value, found.error)


def _corner(axes: Axes, lines: list[str], *, right: bool = False) -> None:
    axes.text(
        0.96 if right else 0.04,
        0.95,
        "\n".join(lines),
        ha="right" if right else "left",
        va="top",
        fontsize=9.5,
        linespacing=1.4,
        transform=axes.transAxes,
    )
