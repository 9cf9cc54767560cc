"""A shape between others that moves and widens from one to the next."""

from collections.abc import Mapping
from typing import Any, final

import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, Float, PRNGKeyArray

from ...core import LikelyError, Observable, ParameterSpace, Scalar, resolve
from ..shape import AbstractShape
from .anchors import anchor_weights, checked_anchors, draw_by_bisection, log_mixture

# Cells on a shape's range for its moments: a peak of three cells has them to 1e-6.
_CELLS = 2048


@final
class MomentMorph(AbstractShape):
    r"""Moment morphing, $s(x) = \sum_k c_k(\theta)\, a_k\, f_k(a_k (x - m) + m_k)$.

    Each shape is moved and stretched to the mean $m = \sum_k c_k m_k$ and the standard
    deviation $\sum_k c_k w_k$ between those of all, $m_k$ and $w_k$, before the
    densities are interpolated; $a_k = w_k / \sum_j c_j w_j$. For Gaussians that is
    exact: the Gaussian of interpolated mean and width.

    A shape is zero beyond its own range, on which its moments are taken: give the
    shapes ranges wider than the morph's, so that what moves in comes from somewhere.
    With a histogram that moves the likelihood has a kink wherever an event meets the
    edge of a bin, and a fit may not be able to show that it has converged; take a
    `KernelDensity`, which is smooth.

    Args:
        observable: What is measured.
        parameter: $\theta$; a fitted one has limits between the anchors, and beyond
            them, where a formula may lead, the density is zero.
        shapes: The shape at each value of $\theta$, two or more, of fixed parameters.
        interpolation: Of the weights $c_k$, "linear", "polynomial" or "spline", as in
            `Morph`.

    Raises:
        LikelyError: If there are less than two shapes, one is not a density of this
            observable on all of its range or has free parameters, or the parameter
            leaves the anchors.

    References:
        M. Baak, S. Gadatsch, R. Harrington and W. Verkerke, Nucl. Instrum. Meth. A 771
        (2015) 39, arXiv:1410.7388.
    """

    observable: Observable = eqx.field(static=True)
    parameter: Scalar
    shapes: tuple[AbstractShape, ...]
    means: Float[Array | np.ndarray, " anchors"]
    widths: Float[Array | np.ndarray, " anchors"]
    log_norms: Float[Array | np.ndarray, " anchors"]
    anchors: tuple[float, ...] = eqx.field(static=True)
    interpolation: str = eqx.field(static=True)

    def __init__(
        self,
        observable: Any,
        parameter: Any,
        shapes: Mapping[Any, Any],
        *,
        interpolation: str = "linear",
    ):
        self.anchors, self.shapes = checked_anchors(
            "MomentMorph", observable, parameter, shapes, interpolation
        )
        for anchor, shape in zip(self.anchors, self.shapes, strict=True):
            free = [p.name for p in ParameterSpace.of(shape).free]
            if free:
                raise LikelyError(
                    f"`MomentMorph(shapes=...)`: mean and width of the shape at "
                    f"{anchor:g} are taken once, and its parameter `{free[0]}` is free;"
                    " fix it."
                )
        # Numbers even where a compiled program makes the morph.
        with jax.ensure_compile_time_eval():
            moments = [_moments(shape) for shape in self.shapes]
        self.means, self.widths, self.log_norms = np.array(moments).T
        self.observable, self.parameter = observable, parameter
        self.interpolation = interpolation

    def log_shape(self, x: Float[Array, " dim"]) -> Float[Array, ""]:
        weights, stretch, at = self._moved(x)
        logs = []
        for shape, y in zip(self.shapes, at, strict=True):
            lower, upper = shape.observable.lower, shape.observable.upper
            inside = (y[0] >= lower) & (y[0] <= upper)
            safe = jnp.where(inside, y, 0.5 * (lower + upper))
            logs.append(jnp.where(inside, shape.log_shape(safe), -jnp.inf))
        return log_mixture(weights * stretch, jnp.stack(logs) - self.log_norms)

    def log_integral(
        self, lower: Float[Array, ""] | float, upper: Float[Array, ""] | float
    ) -> Float[Array, ""]:
        ends = jnp.stack([jnp.asarray(lower, float), jnp.asarray(upper, float)])
        weights, _, at = self._moved(ends)
        logs = []
        for shape, y in zip(self.shapes, at, strict=True):
            a, b = shape.observable.lower, shape.observable.upper
            low, high = jnp.clip(y, a, b)
            empty = high <= low
            # An interval without length has no derivative of its logarithm.
            log = shape.log_integral(
                jnp.where(empty, a, low), jnp.where(empty, b, high)
            )
            logs.append(jnp.where(empty, -jnp.inf, log))
        return log_mixture(weights, jnp.stack(logs) - self.log_norms)

    def sample(self, key: PRNGKeyArray) -> Float[Array, " dim"]:
        x = draw_by_bisection(self, jax.random.uniform(key))
        return jnp.clip(x, self.observable.lower, self.observable.upper)[None]

    def _moved(
        self, x: Float[Array, " n"]
    ) -> tuple[Float[Array, " k"], Float[Array, " k"], Float[Array, "k n"]]:
        """Return $c_k$, $a_k$ and where each shape is taken for values $x$."""
        c = anchor_weights(self.anchors, self.interpolation, self.parameter)
        means, widths = jnp.asarray(self.means), jnp.asarray(self.widths)
        stretch = widths / jnp.dot(c, widths)
        moved = stretch[:, None] * (x - jnp.dot(c, means))[None] + means[:, None]
        return c, stretch, moved


def _moments(shape: AbstractShape) -> tuple[float, float, float]:
    r"""Return mean, standard deviation and log-norm of a shape on its range $[a, b]$.

    $b - \int F$ and, from $a$, $(b - a)^2 - 2\int (x - a)\,F$ with the CDF $F$, which
    is known exactly, by the trapezium rule with its correction at the ends.
    """
    # Numbers as arrays: shapes of one class share a program.
    numbers = jax.tree.map(lambda leaf: np.asarray(leaf, float), resolve(shape))
    lower = shape.observable.lower
    length = shape.observable.upper - lower
    x = np.linspace(0.0, length, _CELLS + 1)
    found = _distribution(numbers, jnp.asarray(lower + x))
    parts, ends, log_norm = (np.asarray(part) for part in found)
    below, step = np.append(0.0, np.cumsum(parts)), x[1]
    first = np.trapezoid(below, dx=step) - step**2 / 12.0 * (ends[1] - ends[0])
    slope = 1.0 + length * ends[1]
    second = np.trapezoid(x * below, dx=step) - step**2 / 12.0 * slope
    mean = length - first
    variance = length**2 - 2.0 * second - mean**2
    return float(lower + mean), float(np.sqrt(variance)), float(log_norm)


@eqx.filter_jit
def _distribution(
    shape: AbstractShape, edges: Float[Array, " edges"]
) -> tuple[Float[Array, " cells"], Float[Array, "2"], Float[Array, ""]]:
    """Return the probability of each cell, the density at both ends, the log-norm."""
    log_norm = shape.log_norm()
    logs = jax.vmap(shape.log_integral)(edges[:-1], edges[1:])
    ends = jax.vmap(shape.log_shape)(edges[jnp.array([0, -1])][:, None])
    return jnp.exp(logs - log_norm), jnp.exp(ends - log_norm), log_norm
