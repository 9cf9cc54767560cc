r"""Where the nodes of a convolution integral $\int s(x-t)\,k(t)\,dt$ are to be.

The kernel's panels resolve $k(t)$ around its peak, those of the shape resolve $s(y)$ on
all $y = x - t$ within reach. At each $x$ the two sets are laid over each other: on each
of the panels that result both functions, and so their product, are smooth.
"""

from typing import Any, NamedTuple, final

import jax
import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, Float

from ..core import LogFunction, integration_error, refined

# How far the kernel is looked at, in units of the observable's range.
FURTHEST = 1e6
# exp(-700) is the smallest number that is not zero.
NEGLIGIBLE = 700.0
# A first look at the kernel: distances in steps of two, and how often it recentres.
_HALVINGS = 2.0 ** -np.arange(80)
_LOOKS = 12
_STEPS = np.arange(1, 33) / 32.0
# Relative error of the 10-point rule in a panel that is fine enough.
_TOLERANCE = 1e-8
# Where a density is lower than this part of its peak the error counts relative to that.
_FLOOR = 1e-10
_KERNEL_PANELS = (6, 16)
_INSIDE, _OUTSIDE, _SHAPE_PANELS = 8, 4, 48

_MOST_SEEDS = 24

AT, WEIGHTS = np.polynomial.legendre.leggauss(10)


@final
class Overlay(NamedTuple):
    """Panels of kernel and shape, constants as far as derivatives go.

    Args:
        kernel: Edges of the panels in t.
        shape: Edges of the panels in y.
        seeds: Where panels of the result may begin, in x.
    """

    kernel: Float[Array, " kernel_edges"]
    shape: Float[Array, " shape_edges"]
    seeds: Float[Array, " seeds"]


@final
class Reach(NamedTuple):
    """How far a kernel reaches.

    Args:
        centre: Where it is highest.
        width: The distance within which it falls by a factor of e.
        left: How far it reaches to the left of the centre.
        right: And to the right.
    """

    centre: Array
    width: Array
    left: Array
    right: Array


def reach_of(log_kernel: LogFunction, size: float) -> Reach:
    """Return where a kernel matters.

    Args:
        log_kernel: Its logarithm, of one number.
        size: Of the observable's range.
    """

    def heights(t: Float[Array, " places"]) -> Float[Array, " places"]:
        logs = jax.vmap(log_kernel)(t)
        return jnp.where(jnp.isnan(logs), -jnp.inf, logs)

    furthest = FURTHEST * size
    offsets = jnp.asarray(furthest * np.stack([-_HALVINGS, _HALVINGS]))

    def look(_: Any, centre: Array) -> Array:
        places = jnp.append(centre + offsets.ravel(), centre)
        return places[jnp.argmax(heights(places))]

    centre = jax.lax.fori_loop(0, _LOOKS, look, jnp.zeros(()))
    top = heights(centre[None])[0]
    seen = heights((centre + offsets).ravel()).reshape(offsets.shape)

    def furthest_above(depth: float) -> Float[Array, " sides"]:
        high = seen > top - depth
        return furthest * jnp.where(high, _HALVINGS[None], _HALVINGS[-1]).max(axis=1)

    # The grid has steps of two: within the last of them a finer one.
    least, signs = furthest_above(NEGLIGIBLE), jnp.array([-1.0, 1.0])
    ends = jnp.minimum(2.0 * least, furthest)[:, None] * _STEPS[None]
    high = heights((centre + signs[:, None] * ends).ravel()).reshape(ends.shape)
    left, right = jnp.where(high > top - NEGLIGIBLE, ends, least[:, None]).max(axis=1)
    return Reach(centre, furthest_above(1.0).max(), left, right)


def overlay(
    log_kernel: LogFunction,
    log_shape: LogFunction,
    measured: tuple[float, float],
    true: tuple[float, float],
) -> Overlay:
    """Return the panels of a convolution.

    Args:
        log_kernel: The logarithm of k, of one number.
        log_shape: The logarithm of s, of one number.
        measured: The range of x.
        true: The range of y.
    """
    lower, upper = measured
    size = upper - lower
    reach = reach_of(log_kernel, size)
    centre, width = reach.centre, reach.width
    ends = jnp.arcsinh(jnp.stack([-reach.left, reach.right]) / width)
    first, most = _KERNEL_PANELS
    u = ends[0] + (ends[1] - ends[0]) * jnp.arange(first + 1) / first

    def place(u: Array) -> Array:
        return centre + width * jnp.sinh(u)

    measure = integration_error(log_kernel)
    settings: Any = {"log_tolerance": float(np.log(_TOLERANCE)), "floor": _FLOOR}
    kernel = refined(
        lambda low, high: measure(place(low), place(high)), u, most=most, **settings
    )
    # Beyond the range as far as the kernel reaches, in steps that grow.
    inside = lower + size * jnp.arange(_INSIDE + 1) / _INSIDE
    below, above = (
        size
        * jnp.sinh(jnp.arcsinh(far / size) * jnp.arange(1, _OUTSIDE + 1) / _OUTSIDE)
        for far in (reach.right + centre, reach.left - centre)
    )
    y = jnp.concatenate([lower - jnp.abs(below), inside, upper + jnp.abs(above)])
    y = jnp.sort(jnp.clip(y, *true))
    shape = refined(integration_error(log_shape), y, most=_SHAPE_PANELS, **settings)
    seeds = _seeds(shape.edges + centre, width, (lower, upper))
    return Overlay(place(kernel.edges), shape.edges, seeds)


def _seeds(
    edges: Float[Array, " edges"], width: Array, measured: tuple[float, float]
) -> Float[Array, " seeds"]:
    """Return where panels of the result are to begin.

    Where the shape changes more quickly than the kernel is wide, the result does so
    within the kernel's width: twelve nodes of a wide panel beside it see nothing of it.
    """
    # Both ends count as such: the truth may have an edge there.
    apart = jnp.diff(edges, prepend=edges[0], append=edges[-1])
    quick = jnp.minimum(apart[:-1], apart[1:]) < width
    aside = jnp.where(quick, 4.0 * width, 0.0)
    places = jnp.concatenate([edges - aside, edges, edges + aside])
    # What is close to another is left out.
    places = jnp.sort(jnp.clip(places, *measured))
    again = jnp.append(False, jnp.diff(places) <= 0.5 * width)
    return jnp.sort(jnp.where(again, measured[1], places))[:_MOST_SEEDS]


def nodes_at(
    x: Float[Array, ""], panels: Overlay
) -> tuple[Float[Array, "panels nodes"], Float[Array, "panels nodes"]]:
    r"""Return nodes $t$ for one $x$, and the logarithms of their weights."""
    low = jnp.maximum(panels.kernel[0], x - panels.shape[-1])
    high = jnp.maximum(jnp.minimum(panels.kernel[-1], x - panels.shape[0]), low)
    edges = jnp.append(panels.kernel, x - panels.shape)
    edges = jnp.sort(jnp.clip(edges, low, high))
    half = 0.5 * jnp.diff(edges)[:, None]
    logs = jnp.log(jnp.where(half > 0, half, 1.0)) + np.log(WEIGHTS)[None]
    return edges[:-1, None] + half * (1.0 + AT)[None], jnp.where(
        half > 0, logs, -jnp.inf
    )
