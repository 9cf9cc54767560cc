"""Data, fitted model and pulls in bins of one observable."""

import math

import numpy as np
from jaxtyping import Float
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D

from ..core import GoodnessOfFit, Result
from ..core.space import scalars
from ..stats import (
    Projection,
    component_curves,
    goodness_of_fit,
    is_blind,
    projection,
)
from .fit_axes import Entries, draw_pulls, frame, interval
from .numbers import grouped
from .style import ALARM, INK, PALETTE, NotebookFigure, line_of, styled
from .yields import yield_labels

POINTS = 500


def plot(
    result: Result,
    observable: str | None = None,
    *,
    bins: int = 60,
    log: bool = False,
) -> Figure:
    r"""Return a figure of data and fitted model, with pulls underneath.

    The points are the sum of weights in each bin, with the 68.3 % central interval of
    `garwood`; on a logarithmic axis an empty bin shows its interval alone. The curves
    are $h\,N_k f_k(x)$, bin width times events times density, of the model and of each
    component; where a parameter is blind, of the model alone. The pull of bin $i$ is

    $$(n_i - \mu_i) / \sigma_i$$

    with $\mu_i$ the model's integral over the bin and $\sigma_i^2 = \mu_i$; for
    weighted events $\sigma_i^2 = \sum w^2$, see `Projection.pulls`.

    Args:
        result: What `fit` returned.
        observable: Name of one of the model's observables; the first by default.
        bins: Number of equal bins on the observable's range.
        log: Whether the axis of events is logarithmic.

    Raises:
        LikelyError: If the result holds no events, there is no such observable, or the
            model has no density of it alone.
    """
    observables = getattr(result.model, "observables", ())
    if observable is not None:
        name = observable
    else:
        # Without one, `projection` says why there is nothing to draw.
        name = observables[0].name if observables else ""
    binned = projection(result, name, bins=bins)
    x = np.linspace(binned.edges[0], binned.edges[-1], POINTS)
    parts = component_curves(result, name, x)
    curves = {k: binned.widths_at(x) * part for k, part in parts.items()}
    with styled():
        figure = NotebookFigure(figsize=(7.2, 5.8))
        grid = figure.add_gridspec(2, 1, height_ratios=(3.4, 1), hspace=0.07)
        grid.update(left=0.125, right=0.965, bottom=0.105, top=0.945)
        upper = figure.add_subplot(grid[0])
        lower = figure.add_subplot(grid[1], sharex=upper)
        entries = _draw_data(upper, result, binned)
        if _is_blind(result):
            entries += _draw_model(upper, x, {"Fit": _with_total(curves)[0]}, {})
            entries.append((_nothing(), "blind: components not shown"))
        else:
            entries += _draw_model(upper, x, curves, yield_labels(result))
        frame(upper, binned, _with_total(curves), entries, log=log)
        draw_pulls(lower, binned)
        _title(upper, result, binned)
    return figure


def agreement(fit: GoodnessOfFit) -> str:
    """Return a chi-square in words, or why there is none."""
    if not math.isfinite(fit.chi2):
        return "χ²: too few events"
    if fit.ndof <= 0:
        return f"χ² = {fit.chi2:.1f}, no degree of freedom left"
    return f"χ²/ndof = {fit.chi2:.1f}/{fit.ndof} (p = {fit.p_value:.2g})"


def _is_blind(result: Result) -> bool:
    """Return whether the components of a model would show what is hidden."""
    return any(is_blind(scalar) for scalar in scalars(result.model))


def _nothing() -> Line2D:
    return Line2D([], [], linestyle="none")


def _with_total(
    curves: dict[str, Float[np.ndarray, " points"]],
) -> Float[np.ndarray, "curves points"]:
    parts = np.array(list(curves.values()))
    return np.vstack([parts.sum(axis=0), parts])


def _draw_data(axes: Axes, result: Result, binned: Projection) -> Entries:
    lower, upper = interval(binned)
    # Rounding may put an edge of the interval on the wrong side of the point.
    distances = np.maximum([binned.counts - lower, upper - binned.counts], 0.0)
    points = axes.errorbar(
        binned.centres,
        binned.counts,
        yerr=distances,
        fmt="o",
        color=INK,
        markersize=4.0 if len(binned.counts) <= 80 else 2.5,
        elinewidth=1.1,
        zorder=4,
    )
    weights = f", Σw = {binned.counts.sum():.5g}" if binned.weighted else ""
    return [(points, f"Data: {grouped(result.n_events)} events{weights}")]


def _draw_model(
    axes: Axes,
    x: Float[np.ndarray, " points"],
    curves: dict[str, Float[np.ndarray, " points"]],
    labels: dict[str, str],
) -> Entries:
    total = _with_total(curves)[0]
    (line,) = axes.plot(x, total, color=PALETTE[0], zorder=3)
    entries: Entries = [(line, "Fit")]
    if len(curves) > 1:
        for i, (name, curve) in enumerate(curves.items()):
            (line,) = axes.plot(x, curve, zorder=2, **line_of(i))
            entries.append((line, labels.get(name, name)))
    return entries


def _title(axes: Axes, result: Result, binned: Projection) -> None:
    if not result.status.ok:
        axes.set_title(
            "NOT CONVERGED", loc="left", color=ALARM, fontweight="bold", y=1.0, pad=5
        )
        return
    free = sum(not e.fixed for e in result.estimates)
    text = agreement(goodness_of_fit(binned, free))
    axes.set_title(text, loc="right", color=INK, y=1.0, pad=5)
