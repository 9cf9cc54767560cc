"""A shape between others: the densities themselves are interpolated."""

from collections.abc import Mapping
from typing import Any, final

import equinox as eqx
import jax
import jax.numpy as jnp
from jaxtyping import Array, Float, PRNGKeyArray

from ...core import Observable, Scalar
from ..shape import AbstractShape
from .anchors import anchor_weights, checked_anchors, draw_by_bisection, log_mixture


@final
class Morph(AbstractShape):
    r"""Vertical morphing, $s(x) = \sum_k c_k(\theta)\, f_k(x)$ of shapes $f_k$.

    $f_k$, normalised on the range, is the shape at $\theta = \theta_k$, where $c_k$ is
    one and the others are zero. It is for effects that change heights; a peak that
    moves needs `MomentMorph`. Shapes may be morphs of another parameter: then the
    interpolation is on a grid of both.

    Args:
        observable: What is measured.
        parameter: $\theta$; a fitted one has limits between the anchors, and beyond
            them, where a formula may lead, the density is zero.
        shapes: The shape at each value of $\theta$, two or more.
        interpolation: Of the weights. "linear" never makes a density negative, but has
            a kink at each anchor; "polynomial", through all anchors (a parabola for
            three), and "spline" are smooth and have negative weights: they are for
            shapes that are alike. Where the sum is negative the density is zero, so
            that a fit rejects such a step, and integrals count it as it is.

    Raises:
        LikelyError: If there are less than two shapes, one is not a density of this
            observable on all of its range, or the parameter leaves the anchors.
    """

    observable: Observable = eqx.field(static=True)
    parameter: Scalar
    shapes: tuple[AbstractShape, ...]
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
            "Morph", observable, parameter, shapes, interpolation
        )
        self.observable, self.parameter = observable, parameter
        self.interpolation = interpolation

    def log_shape(self, x: Float[Array, " dim"]) -> Float[Array, ""]:
        logs = jnp.stack([shape.log_shape(x) for shape in self.shapes])
        return log_mixture(self._weights, logs - self._log_norms)

    def log_integral(
        self, lower: Float[Array, ""] | float, upper: Float[Array, ""] | float
    ) -> Float[Array, ""]:
        logs = jnp.stack([shape.log_integral(lower, upper) for shape in self.shapes])
        return log_mixture(self._weights, logs - self._log_norms)

    def sample(self, key: PRNGKeyArray) -> Float[Array, " dim"]:
        x = draw_by_bisection(self, jax.random.uniform(key))
        return jnp.clip(x, self.observable.lower, self.observable.upper)[None]

    @property
    def _weights(self) -> Float[Array, " anchors"]:
        return anchor_weights(self.anchors, self.interpolation, self.parameter)

    @property
    def _log_norms(self) -> Float[Array, " anchors"]:
        ends = (self.observable.lower, self.observable.upper)
        return jnp.stack([shape.log_integral(*ends) for shape in self.shapes])
