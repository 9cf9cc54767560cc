r"""Integral of, and draws from, any function of one peak, known only by its value.

Where the peak is, how wide on either side, and how far out it matters is looked up on
a grid of halved distances. On each side of the peak the variable
$u = \operatorname{asinh}(d/w)$ of the distance $d$ gives each factor of $e$ the same
room, so power laws, exponential and Gaussian tails are all within reach of a fixed
number of nodes, whether the peak is in the interval or far outside.
"""

from typing import NamedTuple, final

import jax
import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, Float

from ..core import LogFunction, log_cosh, log_sum
from ..core.quadrature import KRONROD, NODES, kronrod_error
from .inversion import draw

Real = Float[Array, ""] | float

# exp(-45) is below the last digit of what it is added to.
_NEGLIGIBLE = 45.0
_PANELS = 8
_DRAWN_PANELS = 12
_HALVINGS = 2.0 ** -np.arange(64)[None, :]
# Nodes of all panels, one apart in each half of a panel.
_OFFSETS = 2.0 * np.arange(_PANELS)[:, None] + 1.0 + NODES


def log_unimodal_integral(
    log_function: LogFunction, lower: Real, upper: Real, hint: Real
) -> Float[Array, ""]:
    r"""Return $\log \int_{lower}^{upper} e^{g(x)}\,dx$.

    It can be differentiated twice in whatever $g$ depends on and in the limits.

    Args:
        log_function: $g$, of one number; smooth, but for the slope's slope at the peak.
        lower: Lower limit.
        upper: Upper limit; the integral is zero if it is not above `lower`.
        hint: Where the peak is, to within a few of its widths; it may be outside.
    """
    return log_sum(_logs(log_function, lower, upper, hint) + np.log(KRONROD)[None, :])


def log_unimodal_integral_with_error(
    log_function: LogFunction, lower: Real, upper: Real, hint: Real
) -> tuple[Float[Array, ""], Float[Array, ""]]:
    """Return `log_unimodal_integral` and an estimate of its relative error."""
    return kronrod_error(_logs(log_function, lower, upper, hint))


def draw_unimodal(
    log_function: LogFunction,
    lower: Real,
    upper: Real,
    hint: Real,
    uniform: Float[Array, ""],
) -> Float[Array, ""]:
    """Return a draw from a density of one peak between two limits."""
    grid = _grid(log_function, lower, upper, hint)
    step, rise = jnp.arange(_DRAWN_PANELS + 1) / _DRAWN_PANELS, grid.rise
    edges = jnp.append(-rise[0] * step[:0:-1], rise[1] * step)

    def place(v: Float[Array, ""]) -> Float[Array, ""]:
        side = jnp.where(v < 0, 0, 1)
        x = grid.peak + grid.span[side] * grid.width[side] * jnp.sinh(jnp.abs(v))
        return jnp.clip(x, lower, upper)

    def log_density(v: Float[Array, ""]) -> Float[Array, ""]:
        scale = jnp.abs(grid.span * grid.width)[jnp.where(v < 0, 0, 1)]
        return log_function(place(v)) + jnp.log(scale) + log_cosh(v)

    return place(draw(log_density, edges, uniform))


@final
class _Grid(NamedTuple):
    """Where the peak is and, to the left and to the right of it, what matters.

    Args:
        peak: Highest place found.
        span: Signed distance of the limits from it.
        width: Part of the span in which the function falls by a factor of e, roughly.
        rise: $u$ at which the function becomes negligible, or at the limit.
    """

    peak: Array
    span: Float[Array, "2"]
    width: Float[Array, "2"]
    rise: Float[Array, "2"]


def _grid(log_function: LogFunction, lower: Real, upper: Real, hint: Real) -> _Grid:
    """Return where the function matters; a constant as far as derivatives go."""
    a, b, at = (
        jax.lax.stop_gradient(jnp.asarray(value, float))
        for value in (lower, upper, hint)
    )

    def height(x: Float[Array, "..."]) -> Float[Array, "..."]:
        flat = jax.lax.stop_gradient(jax.vmap(log_function)(x.ravel()))
        return jnp.where(jnp.isnan(flat), -jnp.inf, flat).reshape(x.shape)

    at = jnp.clip(at, a, b)
    places = at + jnp.stack([a - at, b - at])[:, None] * _HALVINGS
    places = jnp.append(at, jnp.clip(places, a, b))
    heights = height(places)
    best = jnp.argmax(heights)
    peak, top = places[best], heights[best]
    span = jnp.stack([a - peak, b - peak])
    around = height(jnp.clip(peak + span[:, None] * _HALVINGS, a, b))

    def furthest(depth: float) -> Float[Array, "2"]:
        high = jnp.where(around > top - depth, _HALVINGS, _HALVINGS[0, -1])
        return jnp.max(high, axis=1)

    # The grid has distances in steps of two.
    width, reach = furthest(1.0), jnp.minimum(1.0, 2.0 * furthest(_NEGLIGIBLE))
    # A side without an extent keeps a scale, for a logarithm of it.
    rise = jnp.where(span == 0, 0.0, jnp.arcsinh(reach / width))
    return _Grid(peak, jnp.where(span == 0, 1e-300, span), width, rise)


def _logs(
    log_function: LogFunction, lower: Real, upper: Real, hint: Real
) -> Float[Array, "panels nodes"]:
    r"""Return $\log (e^g\,dx)$ at the nodes of every panel, less the rule's weights."""
    lower, upper = jnp.asarray(lower, float), jnp.asarray(upper, float)
    empty = upper <= lower
    lower, upper = jnp.where(empty, 0.0, lower), jnp.where(empty, 1.0, upper)
    a, b = jax.lax.stop_gradient(lower), jax.lax.stop_gradient(upper)
    grid = _grid(log_function, a, b, hint)
    half = (0.5 / _PANELS * grid.rise)[:, None, None]
    u = half * _OFFSETS[None]
    scale = (grid.span * grid.width)[:, None, None]
    # Rounding must not carry a node across a limit, where the function may end.
    x = jnp.clip(grid.peak + scale * jnp.sinh(u), a, b)
    # The nodes move with the limits: each keeps its place as a part of the interval.
    part = (x - a) / (b - a)
    moved = x + (1.0 - part) * (lower - a) + part * (upper - b)
    logs = jax.vmap(log_function)(moved.ravel()).reshape(x.shape)
    log_half = jnp.where(half > 0, jnp.log(jnp.where(half > 0, half, 1.0)), -jnp.inf)
    stretch = jnp.log(upper - lower) - jnp.log(b - a)
    logs = logs + log_cosh(u) + jnp.log(jnp.abs(scale)) + log_half + stretch
    return jnp.where(empty, -jnp.inf, logs).reshape(-1, NODES.size)
