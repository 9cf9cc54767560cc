"""The profile likelihood of one parameter on a grid."""

from dataclasses import dataclass
from typing import final

import numpy as np
from jaxtyping import Float

from ..core import LikelyError, Result, nearest, progress
from .ray import Profiled, Ray, conditional_response


@final
@dataclass(frozen=True)
class Profile:
    r"""$-2\,\Delta\log L$, minimised over the other parameters, against one of them.

    Args:
        name: The parameter.
        values: Grid, in its unit.
        loss_difference: $-2\log L(\theta) + 2\log\hat L$ on the grid.
        slope: Its derivative, exact, so that few points draw a smooth curve.
        parabola: $(\theta - \hat\theta)^2/\sigma^2$, Hesse; NaN without an error.
        unit: Unit of the parameter.
    """

    name: str
    values: Float[np.ndarray, " points"]
    loss_difference: Float[np.ndarray, " points"]
    slope: Float[np.ndarray, " points"]
    parabola: Float[np.ndarray, " points"]
    unit: str = ""


def profile(
    result: Result, name: str, *, points: int = 13, width: float = 3.0
) -> Profile:
    """Return the profile of a free parameter, `width` errors to both sides.

    Args:
        result: A fit.
        name: A free parameter.
        points: Size of the grid, odd so that the minimum is one of its points.
        width: Half width of the grid in errors (MINOS where known); limits cut it.

    Raises:
        LikelyError: If the name is not a free parameter, or the grid is too small.
    """
    objective = result.objective
    free = [p.name for p in objective.space.free]
    if name not in free:
        raise LikelyError(
            f"`profile`: `{name}` is no free parameter; {nearest(name, free)}"
        )
    if points < 3 or points % 2 == 0 or not width > 0:
        raise LikelyError(
            "`profile`: `points` must be odd and >= 3 and `width` > 0; "
            f"got {points} and {width}."
        )
    i, x = free.index(name), result.free_values
    at, active = result.minimum.derivatives, result.minimum.active
    estimate = result[name]
    held = np.arange(len(x)) == i
    found: list[tuple[float, float, float]] = [(x[i], 0.0, 2 * at.gradient[i])]
    with progress(f"profile of {name}", points - 1) as tell:
        for sign in (-1, 1):
            u = np.where(held, float(sign), 0.0)
            response = conditional_response(at.hessian, active, held, u)
            ray = Ray(objective, x, at.value, held, u, response)
            reach = min(width * _error(result, name, sign), ray.length)
            near: Profiled | None = None
            for s in np.linspace(0.0, reach, points // 2 + 1)[1:]:
                near = ray.at(float(s), near)
                if near.ok and reach > 0:
                    found.append(
                        (x[i] + sign * s, 2 * near.rise, 2 * sign * near.slope)
                    )
                tell()
    values, rise, slope = np.array(sorted(found)).T
    sigma = np.nan if estimate.error is None else estimate.error
    parabola = ((values - x[i]) / sigma) ** 2
    return Profile(name, values, rise, slope, parabola, estimate.unit)


def _error(result: Result, name: str, sign: int) -> float:
    e = result[name]
    side = e.upper if sign > 0 else e.lower
    if side:
        return abs(side)
    if e.error is not None:
        return e.error
    if e.min is not None and e.max is not None:
        return (e.max - e.min) / 6
    return max(abs(e.value), 1.0)
