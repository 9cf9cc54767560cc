"""Pulls and fitted values of many toys, one small panel a parameter."""

import math
from collections.abc import Callable, Sequence

import numpy as np
from jaxtyping import Float
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import MaxNLocator

from ..core import LikelyError, nearest
from ..stats import PullSummary, Toys, garwood
from .numbers import label_scaled
from .panels import panels
from .style import FAINT, INK, PALETTE, literal, styled
from .verdict import measured, offset, percent

# A figure of more panels takes many seconds, and nobody reads it.
MOST_PANELS = 60
POINTS = 200
MOST_BINS = 60
# Room above the highest bin for a line or two of text.
HEADROOM = 1.45


def plot_pulls(toys: Toys, names: str | Sequence[str] | None = None) -> Figure:
    r"""Return a figure of the pulls $(\hat\theta - \theta)/\sigma$ of each parameter.

    The points are the valid fits in each bin, with the 68.3 % central interval of
    `garwood`; the curve is the standard normal density times pulls and bin width, where
    the points should be. Above it stand mean and width with their standard errors, and
    how often the interval holds the true value, which should be 68.3 %.

    Args:
        toys: What `toys` returned.
        names: Some of its parameters; all by default, and at most sixty.

    Raises:
        LikelyError: If there is no such parameter, or there are too many.
    """
    chosen = _chosen(toys, names, "plot_pulls")
    pulls, summaries = toys.pulls, toys.summaries

    def draw(axes: Axes, name: str) -> None:
        column = pulls[toys.valid, toys.names.index(name)]
        column = column[np.isfinite(column)]
        axes.set_xlabel(literal(f"Pull of {name}"))
        if len(column):
            _draw_pulls(axes, column, summaries[name])
            if name == chosen[0]:
                _name_curve(axes)
        else:
            _nothing(axes, "no fit with an error" if toys.ok else "no valid fit")

    return _panels(chosen, draw)


def plot_estimates(toys: Toys, names: str | Sequence[str] | None = None) -> Figure:
    r"""Return a figure of the fitted values $\hat\theta$, with the true value marked.

    All valid fits are in it, also those that ended on a limit and have no pull.

    Args:
        toys: What `toys` returned.
        names: Some of its parameters; all by default, and at most sixty.

    Raises:
        LikelyError: If there is no such parameter, or there are too many.
    """
    chosen = _chosen(toys, names, "plot_estimates")

    def draw(axes: Axes, name: str) -> None:
        i = toys.names.index(name)
        if not toys.ok:
            axes.set_xlabel(literal(f"Fitted {name}"))
            _nothing(axes, "no valid fit")
            return
        mean, error = offset(toys, name)
        _draw_values(axes, toys.values[toys.valid, i], float(toys.truth[i]))
        power = label_scaled(axes.xaxis, max(map(abs, axes.get_xlim()))).strip()
        scale = f" / {power}" if power else ""
        axes.set_xlabel(literal(f"Fitted {name}{scale}"))
        axes.set_title(f"Mean − truth = {measured(mean, error)}", loc="right", pad=5)

    return _panels(chosen, draw)


def _chosen(toys: Toys, names: str | Sequence[str] | None, door: str) -> list[str]:
    chosen = [names] if isinstance(names, str) else list(names or toys.names)
    if names is not None and not names:
        raise LikelyError(f"`{door}(names=...)` is empty; name a parameter.")
    for name in chosen:
        if name not in toys.names:
            raise LikelyError(
                f"these toys have no parameter `{name}`: {nearest(name, toys.names)}"
            )
    if len(chosen) > MOST_PANELS:
        raise LikelyError(
            f"`{door}` draws at most {MOST_PANELS} parameters, and there are "
            f"{len(chosen)}; choose some with `names`."
        )
    return chosen


def _panels(names: Sequence[str], draw: Callable[[Axes, str], None]) -> Figure:
    with styled():
        figure, grid = panels(len(names), left=0.16)
        for axes, name in zip(grid, names, strict=True):
            draw(axes, name)
            axes.minorticks_off()
    return figure


def _draw_pulls(axes: Axes, pulls: Float[np.ndarray, " pulls"], s: PullSummary) -> None:
    reach = max(4.0, math.ceil(1.1 * float(np.quantile(np.abs(pulls), 0.99))))
    step = 1.0 if s.n < 100 else 0.5 if s.n < 1500 else 0.25
    bins = min(round(2 * reach / step), MOST_BINS)
    counts, edges = np.histogram(pulls, bins, (-reach, reach))
    step = 2 * reach / bins
    x = np.linspace(-reach, reach, POINTS)
    normal = s.n * step * np.exp(-(x**2) / 2) / math.sqrt(2 * math.pi)
    axes.plot(x, normal, color=PALETTE[0], zorder=2)
    top = _points(axes, counts, edges)
    axes.set_xlim(-reach, reach)
    axes.set_ylim(0.0, HEADROOM * max(top, float(normal.max())))
    _label_counts(axes)
    words = f"mean {measured(s.mean, s.mean_error)},  "
    words += f"width {measured(s.width, s.width_error)}"
    axes.set_title(words, loc="right", pad=5, fontsize=10)
    covers = [f"coverage {percent(s.coverage, s.coverage_error)}"]
    if s.minos_coverage is not None and s.minos_coverage_error is not None:
        found = percent(s.minos_coverage, s.minos_coverage_error)
        covers.append(f"MINOS {found}")
    _corner(axes, "left", covers)
    outside = s.n - int(counts.sum())
    _corner(axes, "right", ["68.3 % expected"] + [f"{outside} outside"] * (outside > 0))


def _name_curve(axes: Axes) -> None:
    axes.text(
        0.04,
        0.6,
        "standard\nnormal",
        fontsize=9.5,
        color=PALETTE[0],
        transform=axes.transAxes,
    )


def _draw_values(axes: Axes, values: Float[np.ndarray, " toys"], truth: float) -> None:
    low, high = (float(q) for q in np.quantile(values, (0.01, 0.99)))
    low, high = min(low, truth), max(high, truth)
    # All at the truth, as on a limit: any range shows that.
    margin = 0.3 * (high - low) or 0.1 * abs(truth) or 1.0
    bins = int(np.clip(2 * len(values) ** (1 / 3), 8, MOST_BINS))
    counts, edges = np.histogram(values, bins, (low - margin, high + margin))
    axes.stairs(counts, edges, fill=True, color=PALETTE[1], alpha=0.3)
    top = _points(axes, counts, edges)
    axes.axvline(truth, ymax=0.8, color=PALETTE[0], zorder=4)
    axes.set_xlim(edges[0], edges[-1])
    axes.set_ylim(0.0, HEADROOM * top)
    _label_counts(axes)
    axes.xaxis.set_major_locator(MaxNLocator(4))
    _corner(axes, "left", [f"true value {measured(truth)}"])
    outside = len(values) - int(counts.sum())
    _corner(axes, "right", [f"{outside} outside"] * (outside > 0))


def _points(
    axes: Axes, counts: np.ndarray, edges: Float[np.ndarray, " edges"]
) -> float:
    """Draw counts as points with their intervals; return how high these reach."""
    centres = (edges[1:] + edges[:-1]) / 2
    # The many empty bins far out would only be a row of equal bars.
    seen = counts > 0
    lower, upper = garwood(counts[seen])
    distances = np.maximum([counts[seen] - lower, upper - counts[seen]], 0.0)
    axes.errorbar(
        centres[seen],
        counts[seen],
        yerr=distances,
        fmt="o",
        color=INK,
        markersize=3.5,
        elinewidth=1.0,
        zorder=3,
    )
    return float(upper.max(initial=1.0))


def _label_counts(axes: Axes) -> None:
    axes.set_ylabel("Toys")
    axes.yaxis.set_label_coords(-0.135, 1.0)
    axes.yaxis.set_major_locator(MaxNLocator(5, integer=True))


def _corner(axes: Axes, side: str, lines: Sequence[str]) -> None:
    axes.text(
        0.04 if side == "left" else 0.96,
        0.96,
        "\n".join(lines),
        ha=side,
        va="top",
        fontsize=9.5,
        linespacing=1.4,
        color=INK if side == "left" else "#60646c",
        transform=axes.transAxes,
    )


def _nothing(axes: Axes, why: str) -> None:
    # A blank label keeps the name below as far away as in the other panels.
    axes.set_xticks([0.5], [" "])
    axes.set_yticks([])
    axes.tick_params(length=0)
    for spine in axes.spines.values():
        spine.set_color(FAINT)
    axes.text(0.5, 0.5, why, ha="center", va="center", transform=axes.transAxes)
