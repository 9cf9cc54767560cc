"""A regression looked at: predictions, residuals, pulls, coverage, bins."""

from collections.abc import Callable

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import MaxNLocator

from ...methods import RegressionEvaluation
from ..numbers import label_scaled
from ..style import FAINT, INK, PALETTE, literal, styled
from .cells import cells, name_y
from .regression_panels import (
    OUTSIDE,
    draw_coverage,
    draw_density,
    draw_pulls,
    draw_residuals,
)

Panel = Callable[[Axes, RegressionEvaluation], None]


def plot_regression(evaluation: RegressionEvaluation) -> Figure:
    r"""Return a figure of a regression, with a panel for each of the following.

    Predicted against true number; residuals $r$, predicted minus true, in the training
    (filled) and in events not trained with (points); where a width $\sigma$ is learnt
    or known, pulls $r / \sigma$ with the standard normal density; mean residual and
    resolution (half of the width of the central 68.3 % of residuals) in bins of the
    true number; and the share of true numbers inside intervals of $\sigma$, or below
    quantiles, against the share that should be.

    Args:
        evaluation: What `evaluate_regression` returned.
    """
    told = evaluation.predictions[evaluation.part]
    drawn: list[Panel] = [draw_density, draw_residuals]
    if told.sigma is not None:
        drawn.append(draw_pulls)
    drawn += [_draw_bias, _draw_resolution]
    if told.sigma is not None or told.quantiles is not None:
        drawn.append(draw_coverage)
    with styled():
        figure, grid = cells(len(drawn), columns=2, height=3.5)
        for axes, draw in zip(grid, drawn, strict=True):
            draw(axes, evaluation)
    return figure


def _draw_bias(axes: Axes, evaluation: RegressionEvaluation) -> None:
    bins = evaluation.bins
    _draw_bins(axes, evaluation, bins.bias, bins.bias_errors)
    axes.axhline(0.0, color=FAINT, linewidth=0.9, zorder=1)
    size = 1.5 * float(np.nanmax(np.abs(axes.get_ylim())))
    axes.set_ylim(-size, size)
    name_y(axes, _scaled(axes, "Bias", evaluation.unit, size))


def _draw_resolution(axes: Axes, evaluation: RegressionEvaluation) -> None:
    bins = evaluation.bins
    _draw_bins(axes, evaluation, bins.resolution, bins.resolution_errors)
    top = 1.15 * axes.get_ylim()[1]
    axes.set_ylim(0.0, top)
    name_y(axes, _scaled(axes, "Resolution", evaluation.unit, top))


def _draw_bins(
    axes: Axes,
    evaluation: RegressionEvaluation,
    values: np.ndarray,
    errors: np.ndarray,
) -> None:
    bins = evaluation.bins
    seen = np.isfinite(values)
    beside = np.stack([bins.truth - bins.edges[:-1], bins.edges[1:] - bins.truth])
    if seen.any():
        axes.errorbar(
            bins.truth[seen],
            values[seen],
            xerr=np.maximum(beside, 0.0)[:, seen],
            yerr=np.nan_to_num(errors[seen]),
            fmt="o",
            color=PALETTE[0],
            ecolor=INK,
            markersize=4.5,
            elinewidth=1.1,
            zorder=3,
        )
    truth = evaluation.predictions[evaluation.part].truth
    low, high = np.quantile(truth, (OUTSIDE, 1 - OUTSIDE))
    margin = 0.02 * (high - low) or 0.5
    axes.set_xlim(low - margin, high + margin)
    axes.xaxis.set_major_locator(MaxNLocator(5))
    scale = label_scaled(axes.xaxis, float(np.abs(axes.get_xlim()).max()))
    unit = f" [{scale}{evaluation.unit}]" if scale or evaluation.unit else ""
    axes.set_xlabel(literal(f"True {evaluation.column}{unit}"))
    axes.minorticks_off()


def _scaled(axes: Axes, name: str, unit: str, largest: float) -> str:
    axes.yaxis.set_major_locator(MaxNLocator(5))
    scale = label_scaled(axes.yaxis, largest)
    return literal(f"{name} [{scale}{unit}]" if scale or unit else name)
