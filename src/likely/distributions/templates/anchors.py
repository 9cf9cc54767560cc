"""Shapes at anchor values of a parameter, and the weights that join them."""

from collections.abc import Mapping
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
import scipy.interpolate
from jax.core import Tracer
from jaxtyping import Array, Float

from ...core import (
    AbstractScalar,
    LikelyError,
    Observable,
    Parameter,
    evaluate,
    nearest,
)
from ..arguments import number
from ..shape import AbstractShape

INTERPOLATIONS = ("linear", "polynomial", "spline")


def anchor_weights(
    anchors: tuple[float, ...], interpolation: str, at: Any
) -> Float[Array, " anchors"]:
    r"""Return $c_k(\theta)$, which are one at anchor $k$, zero at the others, sum one.

    Beyond the first and the last anchor they are NaN: nothing is known there.

    Args:
        anchors: Values $\theta_k$, rising.
        interpolation: "linear" from one anchor to the next; "polynomial", Lagrange's
            through all; "spline", the natural cubic spline, smooth at the anchors.
        at: $\theta$.
    """
    pieces, edges = _pieces(anchors, interpolation)
    theta = number(at)
    cell = (theta >= edges[1:-1]).sum()
    t = theta - jnp.asarray(edges)[cell]
    weights = jnp.zeros(len(anchors))
    for coefficients in jnp.asarray(pieces):
        weights = weights * t + coefficients[cell]
    inside = (theta >= anchors[0]) & (theta <= anchors[-1])
    return jnp.where(inside, weights, jnp.nan)


def checked_anchors(
    owner: str, observable: Any, parameter: Any, shapes: Any, interpolation: Any
) -> tuple[tuple[float, ...], tuple[AbstractShape, ...]]:
    """Return anchors, rising, and the shape at each.

    Args:
        owner: Name of the morph, for its errors.
        observable: Of the morph.
        parameter: What moves the shape.
        shapes: Shape by anchor value.
        interpolation: One of `INTERPOLATIONS`.

    Raises:
        LikelyError: If one of them is of another type, there are less than two shapes,
            they do not cover the range of the observable, or the limits of the
            parameter go beyond the anchors.
    """
    if not isinstance(observable, Observable):
        raise LikelyError(
            f"`{owner}(observable=...)` must be an Observable; "
            f"got {type(observable).__name__}."
        )
    if interpolation not in INTERPOLATIONS:
        raise LikelyError(
            f"`{owner}(interpolation=...)`: there is no {interpolation!r}; "
            f"{nearest(str(interpolation), INTERPOLATIONS)}"
        )
    if not isinstance(shapes, Mapping) or len(shapes) < 2:
        raise LikelyError(
            f"`{owner}(shapes=...)` maps at least two values of the parameter to the "
            "shapes there, for instance {110.0: low, 130.0: high}; "
            f"got {type(shapes).__name__} of {len(shapes) if shapes else 0}."
        )
    for anchor, shape in shapes.items():
        _check_anchor(owner, observable, anchor, shape)
    anchors = tuple(sorted(float(anchor) for anchor in shapes))
    _check_parameter(owner, parameter, anchors)
    return anchors, tuple(shapes[anchor] for anchor in anchors)


def log_of(total: Float[Array, ""]) -> Float[Array, ""]:
    r"""Return the logarithm; $-\infty$ of what is not positive, or NaN."""
    positive = total > 0
    return jnp.where(positive, jnp.log(jnp.where(positive, total, 1.0)), -jnp.inf)


def log_mixture(
    weights: Float[Array, " parts"], logs: Float[Array, " parts"]
) -> Float[Array, ""]:
    r"""Return $\log \sum_k c_k e^{l_k}$; $-\infty$ where the sum is not positive."""
    top = jnp.maximum(jnp.max(logs), jnp.finfo(logs.dtype).min)
    top = jax.lax.stop_gradient(top)
    return top + log_of(jnp.dot(weights, jnp.exp(logs - top)))


def draw_by_bisection(
    shape: AbstractShape, uniform: Float[Array, ""]
) -> Float[Array, ""]:
    """Return where the integral of a shape from its lower end is `uniform` of all.

    It needs neither a smooth density nor positive weights of parts. After 52 halvings
    of the range the rest is below the last digit of a number.
    """
    lower, upper = shape.observable.lower, shape.observable.upper
    target = jnp.log(uniform) + shape.log_norm()

    def halve(_: Any, bracket: tuple[Array, Array]) -> tuple[Array, Array]:
        low, high = bracket
        middle = 0.5 * (low + high)
        below = shape.log_integral(lower, middle) < target
        return jnp.where(below, middle, low), jnp.where(below, high, middle)

    start = jnp.full_like(uniform, lower), jnp.full_like(uniform, upper)
    low, high = jax.lax.fori_loop(0, 52, halve, start)
    return 0.5 * (low + high)


def _pieces(
    anchors: tuple[float, ...], interpolation: str
) -> tuple[Float[np.ndarray, "powers cells anchors"], Float[np.ndarray, " edges"]]:
    """Return polynomials of each weight by cell, highest power first, and the cells."""
    at, unit = np.array(anchors), np.eye(len(anchors))
    if interpolation == "polynomial":
        powers = np.vander(at - at[0], len(at))
        return np.linalg.solve(powers, unit)[:, None, :], at[[0, -1]]
    if interpolation == "spline" and len(at) > 2:
        return scipy.interpolate.CubicSpline(at, unit, bc_type="natural").c, at
    rise = np.diff(unit, axis=0) / np.diff(at)[:, None]
    return np.stack([rise, unit[:-1]]), at


def _check_anchor(owner: str, observable: Observable, anchor: Any, shape: Any) -> None:
    good = isinstance(anchor, int | float | np.number) and not isinstance(anchor, bool)
    if not good or not np.isfinite(anchor):
        raise LikelyError(
            f"`{owner}(shapes=...)`: the keys are values of the parameter, finite "
            f"numbers; got {anchor!r}."
        )
    if not isinstance(shape, AbstractShape):
        raise LikelyError(
            f"`{owner}(shapes=...)`: at {anchor:g} is no density of one observable; "
            f"got {type(shape).__name__}."
        )
    own = shape.observable
    if own.name != observable.name:
        raise LikelyError(
            f"`{owner}(shapes=...)`: the shape at {anchor:g} is of `{own.name}`, not "
            f"of `{observable.name}`."
        )
    if own.lower > observable.lower or own.upper < observable.upper:
        raise LikelyError(
            f"`{owner}(shapes=...)`: the range of the shape at {anchor:g}, "
            f"[{own.lower:g}, {own.upper:g}], does not cover that of the morph, "
            f"[{observable.lower:g}, {observable.upper:g}]; make it wider."
        )


def _check_parameter(owner: str, parameter: Any, anchors: tuple[float, ...]) -> None:
    first, last = anchors[0], anchors[-1]
    between = f"between the anchors, in [{first:g}, {last:g}]"
    if isinstance(parameter, Parameter) and not parameter.fixed:
        if parameter.lower < first or parameter.upper > last:
            raise LikelyError(
                f"`{owner}(parameter=...)`: shapes are known {between} only; give "
                f"`{parameter.name}` limits there. It has "
                f"[{parameter.lower:g}, {parameter.upper:g}]."
            )
        return
    value: Any = parameter
    if isinstance(parameter, AbstractScalar):
        value = evaluate(parameter, {})
    if isinstance(value, Tracer):
        return
    if isinstance(value, bool) or np.ndim(value) or not np.isreal(value):
        raise LikelyError(
            f"`{owner}(parameter=...)` takes a number or a parameter; got "
            f"{type(parameter).__name__}."
        )
    if not first <= float(value) <= last:
        raise LikelyError(
            f"`{owner}(parameter=...)`: shapes are known {between} only; got "
            f"{float(value):g}."
        )
