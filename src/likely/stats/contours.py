"""The contour of the profile likelihood of two parameters."""

import math
from dataclasses import dataclass
from typing import final

import numpy as np
from jaxtyping import Float

from ..core import LikelyError, Result, nearest, progress
from .ray import Ray, conditional_response


@final
@dataclass(frozen=True)
class Contour:
    r"""Points where $-2\,\Delta\log L$ of the profile has risen by a given amount.

    Args:
        names: The two parameters.
        x: First parameter along the closed curve.
        y: Second parameter likewise.
        level: Probability content, asymptotically.
        units: Units of the two.
    """

    names: tuple[str, str]
    x: Float[np.ndarray, " points"]
    y: Float[np.ndarray, " points"]
    level: float
    units: tuple[str, str]


def contour(
    result: Result, name_x: str, name_y: str, *, level: float = 0.6827, points: int = 40
) -> Contour:
    r"""Return the contour that holds two parameters with probability `level`.

    For two parameters $-2\,\Delta\log L = -2\log(1 - \text{level})$ (Wilks 1938), 2.30
    for 68.27%. Limits of a parameter cut the contour.

    Args:
        result: A fit with a valid minimum.
        name_x: A free parameter.
        name_y: Another.
        level: Probability content.
        points: Number of directions, evenly spread in the uncorrelated plane.

    Raises:
        LikelyError: If the names are not two free parameters with errors.
    """
    free = [p.name for p in result.objective.space.free]
    for name in (name_x, name_y):
        if name not in free:
            raise LikelyError(
                f"`contour`: `{name}` is no free parameter; {nearest(name, free)}"
            )
    known = result.covariance_names
    if name_x == name_y or name_x not in known or name_y not in known:
        raise LikelyError(
            f"`contour` needs two different parameters with an error; "
            f"got `{name_x}` and `{name_y}`, with errors: {list(known)}."
        )
    if not 0 < level < 1 or points < 4:
        raise LikelyError(
            "`contour`: `level` must lie between 0 and 1 and `points` be >= 4; "
            f"got {level} and {points}."
        )
    rise = -math.log1p(-level)
    where = [known.index(name_x), known.index(name_y)]
    axes = np.linalg.cholesky(result.covariance[np.ix_(where, where)])
    place = [free.index(name_x), free.index(name_y)]
    objective, x = result.objective, result.free_values
    at, active = result.minimum.derivatives, result.minimum.active
    held = np.isin(np.arange(len(x)), place)
    curve = []
    with progress(f"contour of {name_x} and {name_y}", points) as tell:
        for angle in np.linspace(0, 2 * np.pi, points, endpoint=False):
            u = np.zeros(len(x))
            u[place] = axes @ [math.cos(angle), math.sin(angle)]
            response = conditional_response(at.hessian, active, held, u)
            ray = Ray(objective, x, at.value, held, u, response)
            point = ray.crossing(rise, math.sqrt(2 * rise))
            if point is not None:
                curve.append(x[place] + point.s * u[place])
            tell()
    if len(curve) < 4:
        raise LikelyError(
            f"`contour` of `{name_x}` and `{name_y}`: the profile likelihood does not "
            f"rise by {2 * rise:.3g} in {points - len(curve)} of {points} directions."
        )
    xs, ys = np.array([*curve, curve[0]]).T
    units = (result[name_x].unit, result[name_y].unit)
    return Contour((name_x, name_y), xs, ys, level, units)
