"""The likelihood along one parameter."""

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import MaxNLocator

from ..core import Estimate, Result, rounded
from ..stats import Profile
from .style import FAINT, INK, PALETTE, literal, styled

LEVELS = ((1.0, "68.3 %"), (4.0, "95.4 %"))


def plot_profile(result: Result, profile: Profile) -> Figure:
    r"""Return a figure of $-2\,\Delta\log L$ with all other parameters refitted.

    The dashed parabola $((\theta - \hat\theta)/\sigma)^2$ is what the Hesse error
    stands for; where it leaves the curve the interval is not symmetric. The lines at 1
    and 4 cut the curve at the ends of the 68.3 % and 95.4 % intervals. The MINOS
    interval, if the fit has one, is shaded.

    Args:
        result: What `fit` returned.
        profile: What `profile` returned for one of its parameters.

    Raises:
        LikelyError: If the result has no such parameter.
    """
    estimate = result[profile.name]
    with styled():
        figure = Figure(figsize=(5.2, 3.9))
        axes = figure.add_axes((0.125, 0.15, 0.845, 0.76))
        _mark_levels(axes)
        _mark_estimate(axes, estimate)
        axes.plot(
            profile.values,
            profile.parabola,
            color=PALETTE[1],
            linestyle="--",
            label="Parabola (Hesse)",
        )
        axes.plot(
            profile.values, profile.loss_difference, color=PALETTE[0], label="Profile"
        )
        known = profile.loss_difference[np.isfinite(profile.loss_difference)]
        axes.set_ylim(0.0, max(5.0, min(1.3 * known.max(initial=0.0), 12.0)))
        axes.set_xlim(profile.values.min(), profile.values.max())
        axes.set_ylabel("−2 Δ log L")
        axes.yaxis.set_label_coords(-0.085, 1.0)
        unit = f" [{estimate.unit}]" if estimate.unit else ""
        axes.set_xlabel(literal(estimate.name + unit))
        axes.set_title(literal(in_words(estimate)), loc="right", y=1.0, pad=5)
        axes.xaxis.set_major_locator(MaxNLocator(5))
        axes.legend(loc="upper center")
        axes.minorticks_off()
    return figure


def _mark_levels(axes: Axes) -> None:
    for level, text in LEVELS:
        axes.axhline(level, color=FAINT, linewidth=1.0, zorder=1)
        axes.annotate(
            text,
            (0.985, level),
            xycoords=("axes fraction", "data"),
            xytext=(0, 2),
            textcoords="offset points",
            ha="right",
            fontsize=9,
            color="#60646c",
        )


def _mark_estimate(axes: Axes, estimate: Estimate) -> None:
    # Both end below the legend.
    axes.axvline(estimate.value, ymax=0.68, color=INK, linewidth=1.0, zorder=1)
    if estimate.lower is not None and estimate.upper is not None:
        axes.axvspan(
            estimate.value + estimate.lower,
            estimate.value + estimate.upper,
            ymax=0.68,
            color=PALETTE[1],
            alpha=0.16,
            linewidth=0,
            label="MINOS interval",
        )


def in_words(estimate: Estimate) -> str:
    """Return `name = value ± error unit`, with the MINOS errors where there are any."""
    value, error = rounded(estimate.value, estimate.error)
    text = f"{value} ± {error}" if error else value
    if estimate.lower is not None and estimate.upper is not None:
        size = min(-estimate.lower, estimate.upper)
        value = rounded(estimate.value, size)[0]
        down, up = (rounded(abs(e), size)[0] for e in (estimate.lower, estimate.upper))
        text = f"{value}  −{down} +{up}"
    return f"{estimate.name} = {text} {estimate.unit}".rstrip()
