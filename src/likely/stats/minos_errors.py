"""MINOS errors: where the profile likelihood has risen by one half."""

import time
from collections.abc import Sequence
from dataclasses import replace

import numpy as np
from jaxtyping import Bool, Float

from ..core import LikelyError, Result, nearest, progress
from .ray import DEEPER, Ray, conditional_response


def minos(
    result: Result, names: Sequence[str] | None = None, *, sigma: float = 1.0
) -> Result:
    r"""Return the result with the asymmetric errors of its free parameters.

    $\theta_\pm$ solve $\min_{\text{others}} [-2 \log L(\theta)] + 2 \log \hat L =
    \sigma^2$; `lower` and `upper` are $\theta_- - \hat\theta$ and
    $\theta_+ - \hat\theta$. Where a limit of the parameter comes first the error ends
    there and a note says so.

    Args:
        result: A fit of unweighted events.
        names: Parameters; all free ones by default.
        sigma: Number of standard deviations.

    Raises:
        LikelyError: If a name is not a free parameter, or `sigma` is not positive.

    References:
        F. James, M. Roos, Comput. Phys. Commun. 10 (1975) 343, section 4.
    """
    objective = result.objective
    free = [p.name for p in objective.space.free]
    chosen = list(free if names is None else names)
    for name in chosen:
        if name not in free:
            raise LikelyError(
                f"`minos(names=...)`: `{name}` is no free parameter; "
                f"{nearest(name, free)}"
            )
    if not sigma > 0:
        raise LikelyError(f"`minos(sigma=...)` must be > 0; got {sigma}.")
    if objective.weighted:
        note = (
            "MINOS is not defined for weighted events, whose likelihood is not one of "
            "counts; the Hesse column holds the sandwich errors."
        )
        return replace(result, status=result.status.noting(note))
    if not result.status.ok:
        note = "MINOS errors were left out, for the fit has no valid minimum."
        return replace(result, status=result.status.noting(note))
    begin = time.perf_counter()
    sides, notes = {}, []
    with progress("MINOS", 2 * len(chosen)) as tell:
        for name in chosen:
            for sign in (-1, 1):
                error, note = _side(result, free.index(name), sign, sigma)
                sides[name, sign] = error
                notes += [note] if note else []
                tell(name)
    estimates = tuple(
        replace(e, lower=sides[e.name, -1], upper=sides[e.name, 1])
        if e.name in chosen
        else e
        for e in result.estimates
    )
    spent = result.timings.get("errors", 0.0) + time.perf_counter() - begin
    return replace(
        result,
        estimates=estimates,
        status=result.status.noting(*notes),
        timings={**result.timings, "errors": spent},
    )


def _side(
    result: Result, i: int, sign: int, sigma: float
) -> tuple[float | None, str | None]:
    """Return the error on one side, and what is to be said about it."""
    objective = result.objective
    x = result.free_values
    at, active = result.minimum.derivatives, result.minimum.active
    name = objective.space.free[i].name
    held = np.arange(len(x)) == i
    u = np.where(held, float(sign), 0.0)
    response = conditional_response(at.hessian, active, held, u)
    ray = Ray(objective, x, at.value, held, u, response)
    if ray.length <= 0:
        return 0.0, None
    rise = 0.5 * sigma**2
    point = ray.crossing(rise, _guess(at.hessian, at.gradient, response, held, rise))
    side = "upper" if sign > 0 else "lower"
    if point is None:
        return None, f"the {side} MINOS error of {name} was not found."
    if point.rise < -DEEPER:
        return None, (
            f"on the way to the {side} MINOS error of {name} is a deeper minimum, "
            f"by {-2 * point.rise:.3g} in -2 log L at {name} = {point.x[i]:.6g}; "
            "fit again from there."
        )
    note = None
    if point.rise < 0.99 * rise:
        note = f"the {side} MINOS error of {name} ends at its limit."
    return sign * point.s, note


def _guess(
    H: Float[np.ndarray, "free free"],
    g: Float[np.ndarray, " free"],
    response: Float[np.ndarray, " free"],
    held: Bool[np.ndarray, " free"],
    rise: float,
) -> float:
    """Return s where the parabola g s + H s^2 / 2 has risen enough."""
    slope = max(float(g @ np.where(held, response, 0.0)), 0.0)
    curvature = float(response @ H @ response)
    if curvature > 0:
        return (np.sqrt(slope**2 + 2 * curvature * rise) - slope) / curvature
    return rise / slope if slope > 0 else 1.0
