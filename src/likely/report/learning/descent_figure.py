"""The way of gradient descent over the landscape of a function."""

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, Float
from matplotlib import colormaps
from matplotlib.axes import Axes
from matplotlib.colors import ListedColormap
from matplotlib.figure import Figure
from matplotlib.ticker import MaxNLocator

from ...core import LikelyError
from ...fit import DescentPath
from ..numbers import grouped
from ..style import INK, PALETTE, literal, styled
from .cells import cells, name_y

WAY, CURVE = PALETTE[0], PALETTE[1]
# Pale, so that a way is seen on it; white at the bottom of the valley.
SHADES = ListedColormap(colormaps["Blues"](np.linspace(0.0, 0.5, 64)))
GRID = 121
LEVELS = 12
# Up to so many steps each has a mark.
MARKED = 60
# A way that has left the picture by so many widths is not followed further.
OUTSIDE = 5.0


def plot_descent(
    function: Callable[[Any], Any],
    paths: Mapping[str, DescentPath],
    ranges: Sequence[Any],
    *,
    names: Sequence[str] = ("w₀", "w₁"),
) -> Figure:
    """Return a figure of ways of gradient descent, a panel each.

    A function of one variable is a curve. Of two variables there are contours, between
    which the areas grow as the square of their number, so that those of a round valley
    lie evenly; a cross is at the lowest value in the picture. An open circle is the
    start of a way and a dot its end; above the panel are the value there and the steps.

    Args:
        function: Of the variables; of a loss of events, its mean over them.
        paths: What `descent_path` returned, by name.
        ranges: Lower and upper end of the variable, or of two a pair of such pairs.
        names: Of the variables, for the axes.

    Raises:
        LikelyError: If there is no path, or function, paths and ranges are not of the
            same one or two variables.
    """
    ends = _ends(ranges)
    _check(paths, len(ends))
    grid = [
        np.linspace(low, high, GRID if len(ends) == 2 else 301) for low, high in ends
    ]
    values = _values(function, grid)
    with styled():
        columns, height = (None, None) if len(ends) == 2 else (3, 2.7)
        figure, panels = cells(len(paths), columns=columns, height=height)
        for axes, (name, path) in zip(panels, paths.items(), strict=True):
            if len(ends) == 2:
                _draw_contours(axes, grid, values)
                _draw_way(axes, path.points[:, 0], path.points[:, 1], ends)
            else:
                axes.plot(grid[0], values, color=CURVE, zorder=1)
                up = _limits_of(values, path, ends[0])
                points = path.points.reshape(-1)
                _draw_way(axes, points, path.values, (ends[0], up))
            axes.set_title(literal(name), loc="left", pad=5, fontsize=11)
            axes.set_title(_end_of(path), loc="right", pad=5, fontsize=9)
            axes.set_xlabel(literal(names[0] if names else ""))
            other = names[1] if len(ends) == 2 and len(names) > 1 else "Value"
            name_y(axes, literal(other))
            for axis in (axes.xaxis, axes.yaxis):
                axis.set_major_locator(MaxNLocator(5, steps=[1, 2, 5, 10]))
            axes.minorticks_off()
    return figure


def _draw_contours(axes: Axes, grid: Any, values: Float[np.ndarray, "y x"]) -> None:
    known = values[np.isfinite(values)]
    parts = (np.arange(LEVELS) / LEVELS) ** 2
    # A level twice is none to matplotlib: of a plateau.
    levels = np.unique(np.quantile(known, [*parts, 1.0]))
    if len(levels) > 2:
        axes.contourf(*grid, values, levels=levels, cmap=SHADES, zorder=0)
        style: Any = {"colors": "#7f93ad", "linewidths": 0.6, "zorder": 1}
        axes.contour(*grid, values, levels=levels[1:-1], **style)
    row, column = np.unravel_index(np.nanargmin(values), values.shape)
    if 0 < row < GRID - 1 and 0 < column < GRID - 1:
        place = grid[0][column], grid[1][row]
        axes.plot(*place, "+", color=INK, markersize=10, zorder=2)


def _draw_way(axes: Axes, x: Any, y: Any, ends: Any) -> None:
    inside = np.ones(len(x), bool)
    for values, (low, high) in zip((x, y), ends, strict=True):
        reach = OUTSIDE * (high - low)
        with np.errstate(invalid="ignore"):
            inside &= (values > low - reach) & (values < high + reach)
    n = len(x) if inside.all() else int(np.argmin(inside))
    axes.plot(x[:n], y[:n], color=WAY, linewidth=1.1, zorder=3)
    if n - 1 <= MARKED:
        axes.plot(x[:n], y[:n], "o", color=WAY, markersize=2.6, zorder=3)
    start: Any = {"markerfacecolor": "white", "markersize": 6.5, "zorder": 4}
    axes.plot(x[:1], y[:1], "o", color=WAY, **start)
    if n == len(x):
        axes.plot(x[-1:], y[-1:], "o", color=INK, markersize=5, zorder=5)
    axes.set_xlim(ends[0])
    axes.set_ylim(ends[1])


def _limits_of(values: Any, path: DescentPath, ends: Any) -> tuple[float, float]:
    """Return how far the axis of the values goes: the curve, and some room."""
    low, high = float(np.nanmin(values)), float(np.nanmax(values))
    room = 0.06 * (high - low) or 0.5
    return low - room, high + room


def _end_of(path: DescentPath) -> str:
    steps = f"{grouped(path.steps)} step{'s' if path.steps > 1 else ''}"
    last = path.values[-1]
    return f"{last:.3g}, {steps}" if np.isfinite(last) else f"lost, {steps}"


def _ends(ranges: Any) -> tuple[tuple[float, float], ...]:
    try:
        found = np.asarray(ranges, float)
    except (TypeError, ValueError):
        found = np.zeros(0)
    found = found[None] if found.shape == (2,) else found
    good = found.shape in ((1, 2), (2, 2)) and np.isfinite(found).all()
    if not good or not (found[:, 0] < found[:, 1]).all():
        raise LikelyError(
            "`ranges` must be the lower and upper end of one variable, `(-1, 1)`, or "
            f"of two, `[(-1, 1), (0, 2)]`; got {ranges!r}."
        )
    return tuple(zip(found[:, 0].tolist(), found[:, 1].tolist(), strict=True))


def _check(paths: Any, variables: int) -> None:
    if not isinstance(paths, Mapping) or not paths:
        raise LikelyError(
            '`paths` must be a dictionary of paths by name, such as {"Adam": '
            f"descent_path(...)}}; got {type(paths).__name__}"
            f"{' without any' if isinstance(paths, Mapping) else ''}."
        )
    for name, path in paths.items():
        if not isinstance(path, DescentPath):
            raise LikelyError(
                f"`paths[{name!r}]` must be what `descent_path` returned; got "
                f"{type(path).__name__}."
            )
        found = int(np.prod(path.points.shape[1:]))
        if found != variables:
            raise LikelyError(
                f"`ranges` is of {variables} variable{'s' if variables > 1 else ''}, "
                f"and `paths[{name!r}]` of {found}."
            )


def _values(function: Any, grid: Any) -> Float[np.ndarray, "*points"]:
    """Return the function on a grid, the first variable along the last axis."""
    mesh = np.meshgrid(*grid)
    places = np.stack(mesh, axis=-1).reshape(-1, 2) if len(grid) == 2 else grid[0]
    values = _each(function, places).reshape(mesh[0].shape)
    if not np.isfinite(values).any():
        raise LikelyError("`function` has no finite value within `ranges`.")
    return np.where(np.isfinite(values), values, np.nan)


def _each(function: Any, places: Any) -> Float[np.ndarray, " points"]:
    def one(w: Any) -> Array:
        return jnp.reshape(function(w), ())

    # One after the other: of a loss of many events all at once would be too much.
    many = jax.jit(lambda places: jax.lax.map(one, places, batch_size=256))
    try:
        return np.asarray(many(places), float)
    except LikelyError:
        raise
    except Exception as error:  # a function of the user may raise anything
        reason = (str(error).strip().splitlines() or [type(error).__name__])[0]
        raise LikelyError(
            "`function` cannot be computed; it must give a number of the variables, as "
            f"for `descent_path`. {reason[:200]}"
        ) from None
