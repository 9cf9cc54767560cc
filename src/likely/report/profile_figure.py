"""The likelihood along one parameter."""

from collections.abc import Sequence

import numpy as np
from jaxtyping import Float
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import MaxNLocator

from ..core import Estimate, LikelyError, Result
from ..core.table import row
from ..stats import Profile
from .panels import panels
from .style import FAINT, INK, PALETTE, literal, styled

POINTS = 200
LEVELS = ((1.0, "68.3 %"), (4.0, "95.4 %"))


def plot_profile(result: Result, profile: Profile) -> Figure:
    r"""Return a figure of $-2\,\Delta\log L$ with all other parameters refitted.

    The dashed parabola $((\theta - \hat\theta)/\sigma)^2$ is what the Hesse error
    stands for; where it leaves the curve, the interval is not symmetric. The lines at 1
    and 4 cut the curve at the ends of the 68.3 % and 95.4 % intervals. The MINOS
    interval, if the fit has one, is shaded.

    Args:
        result: What `fit` returned.
        profile: What `profile` returned for one of its parameters.

    Raises:
        LikelyError: If the result has no such parameter, or the profile is one point.
    """
    return plot_profiles(result, [profile])


def plot_profiles(result: Result, profiles: Sequence[Profile]) -> Figure:
    """Return one figure with the profiles of several parameters, as `plot_profile`.

    Args:
        result: What `fit` returned.
        profiles: What `profile` returned for some of its parameters; at least one.

    Raises:
        LikelyError: If the result has no such parameter, or a profile is one point.
    """
    if not profiles:
        raise LikelyError("`plot_profiles`: there is no profile to draw; give one.")
    for profile in profiles:
        if len(profile.values) < 2:
            raise LikelyError(
                f"the profile of `{profile.name}` has only one point, so there is no "
                "curve to draw; the likelihood could not be followed away from its "
                "minimum."
            )
    with styled():
        figure, grid = panels(len(profiles), left=0.14)
        for i, (axes, profile) in enumerate(zip(grid, profiles, strict=True)):
            _draw(axes, result[profile.name], profile)
            if i == 0:
                axes.legend(loc="upper center")
    return figure


def _draw(axes: Axes, estimate: Estimate, profile: Profile) -> None:
    _mark_levels(axes)
    _mark_estimate(axes, estimate)
    x, curve = smooth(profile)
    if estimate.error:
        parabola = ((x - estimate.value) / estimate.error) ** 2
        axes.plot(x, parabola, "--", color=PALETTE[1], label="Parabola (Hesse)")
    axes.plot(x, curve, color=PALETTE[0], label="Profile")
    axes.set_ylim(0.0, max(5.0, min(1.35 * curve.max(initial=0.0), 12.0)))
    axes.set_xlim(x.min(), x.max())
    axes.set_ylabel("−2 Δ log L")
    axes.yaxis.set_label_coords(-0.085, 1.0)
    unit = f" [{estimate.unit}]" if estimate.unit else ""
    axes.set_xlabel(literal(estimate.name + unit))
    axes.set_title(literal(in_words(estimate)), loc="right", y=1.0, pad=5)
    axes.xaxis.set_major_locator(MaxNLocator(5))
    axes.minorticks_off()


def smooth(
    profile: Profile,
) -> tuple[Float[np.ndarray, " points"], Float[np.ndarray, " points"]]:
    r"""Return the cubic through the profile's points that has its exact slopes.

    With $t = (x - x_k)/h$, $h = x_{k+1} - x_k$ and Hermite's polynomials,

    $$y = y_k (1 + 2t)(1 - t)^2 + h y'_k t (1 - t)^2
        + y_{k+1} t^2 (3 - 2t) - h y'_{k+1} t^2 (1 - t).$$
    """
    values = profile.values
    x = np.linspace(values[0], values[-1], POINTS)
    k = np.clip(np.searchsorted(values, x, side="right") - 1, 0, len(values) - 2)
    h = values[k + 1] - values[k]
    t = (x - values[k]) / h
    y, slope = profile.loss_difference, profile.slope
    curve = y[k] * (1 + 2 * t) * (1 - t) ** 2 + h * slope[k] * t * (1 - t) ** 2
    curve += y[k + 1] * t**2 * (3 - 2 * t) - h * slope[k + 1] * t**2 * (1 - t)
    return x, curve


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
    axes.axvline(estimate.value, ymax=0.6, color=INK, linewidth=1.0, zorder=1)
    if estimate.lower is not None and estimate.upper is not None:
        axes.axvspan(
            estimate.value + estimate.lower,
            estimate.value + estimate.upper,
            ymax=0.6,
            color=PALETTE[1],
            alpha=0.16,
            linewidth=0,
            label="MINOS interval",
        )


def in_words(estimate: Estimate) -> str:
    """Return `name = value ± error unit`, with the MINOS errors where there are any.

    The digits are those of the table of the result.
    """
    _, value, error, minos, _, unit, _ = row(estimate)
    text = minos.replace("-", "−") or (f"± {error}" if error else "")
    return f"{estimate.name} = {value} {text} {unit}".replace("  ", " ").rstrip()
