"""A density smeared by a resolution, whatever the two are."""

import math
from typing import Any, final

import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np
from jax.core import Tracer
from jaxtyping import Array, Float

from ..core import (
    AbstractDistribution,
    LikelyError,
    Observable,
    columns_of,
    log_sum,
    resolve,
)
from .shape import AbstractShape
from .smearing import FURTHEST, NEGLIGIBLE, Overlay, nodes_at, overlay
from .sum import Sum
from .tabulated_shape import AbstractTabulatedShape


@final
class Convolution(AbstractTabulatedShape):
    r"""A shape smeared by a kernel, $f(x) \propto \int s(x - t)\,k(t)\,dt$.

    The integral is over the whole real axis of $t$, and the range truncates what is
    smeared, as in `Voigt`: what is measured inside the range may truly lie outside.
    So $s$ is the formula of `shape` on the whole axis, beyond the range of its
    observable too: a constant or an exponential goes on and has no edge at the range.
    Where the truth has an edge, such as a decay time at zero, `true_range` says so.

    Integrals are sums over panels that resolve both functions, good to 1e-8; a
    likelihood computes them at some 300 places and interpolates the logarithm between
    them, to 1e-10. Neither function may have a step, or the shape a cusp, at a place
    that moves with a parameter that is fitted.

    Args:
        shape: $s$; its observable is that of the result.
        kernel: $k$, a density of the difference of measured and true value, centred
            near zero: a Gaussian, a sum of Gaussians with fractions, or any other of
            one peak that falls off. Only its formula counts, not the range of its
            observable.
        true_range: Where the true value can be, by default the whole axis.

    Raises:
        LikelyError: If an argument is of another type, the kernel does not fall off, or
            the shape has no value where the smearing reaches.

    References:
        RooFFTConvPdf of RooFit and FFTConvPDFV1 of zfit do the same on a grid, and
        repeat or extend the shape in a buffer beyond the range.
    """

    shape: AbstractShape
    kernel: AbstractDistribution
    true_range: tuple[float, float] = eqx.field(static=True)

    def __init__(
        self,
        # Anything else gets a sentence.
        shape: AbstractShape | Any,
        kernel: AbstractDistribution | Any,
        *,
        true_range: tuple[float, float] = (-math.inf, math.inf),
    ):
        self.shape, self.kernel = shape, kernel
        self.true_range = _checked_range(true_range)
        _check_types(shape, kernel)
        leaves = jax.tree.leaves((shape, kernel))
        if not any(isinstance(v, Tracer) or columns_of(v) for v in leaves):
            _check_values(resolve(self))

    @property
    def observable(self) -> Observable:
        """Return the observable of the shape."""
        return self.shape.observable

    def plan(self) -> Overlay:
        true = self.true_range
        return overlay(self.log_kernel, self._log_true, self.table_range(), true)

    def seeds(self, plan: Overlay) -> Float[Array, " places"]:
        return plan.seeds

    def log_value(self, x: Float[Array, ""], plan: Overlay) -> Float[Array, ""]:
        t, log_weights = nodes_at(x, plan)
        flat = t.ravel()
        log_s = jax.vmap(self._log_true)(x - flat)
        log_k = jax.vmap(self.log_kernel)(flat)
        return log_sum(log_s + log_k + log_weights.ravel())

    def log_kernel(self, t: Float[Array, ""]) -> Float[Array, ""]:
        """Return the logarithm of the kernel at a difference, up to a constant."""
        if not isinstance(self.kernel, Sum):
            return _shape_of(self.kernel).log_shape(t[None])
        far = FURTHEST * (self.observable.upper - self.observable.lower)
        parts = []
        for density in self.kernel.densities:
            shape = _shape_of(density)
            parts.append(shape.log_shape(t[None]) - shape.log_integral(-far, far))
        logs = jnp.stack(parts)
        top = jax.lax.stop_gradient(jnp.max(logs))
        top = jnp.where(jnp.isfinite(top), top, 0.0)
        weights = jnp.stack([jnp.asarray(c, float) for c in self.kernel.coefficients()])
        total = jnp.dot(weights, jnp.exp(logs - top))
        positive = total > 0
        log_total = jnp.log(jnp.where(positive, total, 1.0))
        return jnp.where(positive, top + log_total, -jnp.inf)

    def _log_true(self, y: Float[Array, ""]) -> Float[Array, ""]:
        return self.shape.log_shape(y[None])


def _shape_of(density: Any) -> AbstractShape:
    return density


def _checked_range(true_range: Any) -> tuple[float, float]:
    try:
        lower, upper = (float(end) for end in true_range)
    except (TypeError, ValueError):
        lower = upper = math.nan
    if not lower < upper:
        raise LikelyError(
            "`Convolution(true_range=...)` takes two numbers, lower < upper, of which "
            f"either may be infinite; got {true_range!r}."
        )
    return lower, upper


def _check_types(shape: Any, kernel: Any) -> None:
    if not isinstance(shape, AbstractShape):
        raise LikelyError(
            "`Convolution(shape=...)` takes a density of one observable; got "
            f"{type(shape).__name__}. Convolve each component of a sum."
        )
    parts = kernel.densities if isinstance(kernel, Sum) else (kernel,)
    for part in parts:
        if not isinstance(part, AbstractShape):
            raise LikelyError(
                "`Convolution(kernel=...)` takes a density of one observable, or a sum "
                f"of such; got {type(part).__name__}."
            )
    if isinstance(kernel, Sum) and kernel.extended:
        raise LikelyError(
            "`Convolution(kernel=...)`: a resolution has no yields; give the sum "
            "`fractions=...` instead."
        )


def _check_values(smeared: Convolution) -> None:
    """Check kernel and shape where they will be evaluated.

    Raises:
        LikelyError: If the integral does not converge, or a value is missing.
    """
    lower, upper = smeared.table_range()
    names = type(smeared.shape).__name__, type(smeared.kernel).__name__
    t, log_k, width, reach = _looked_at(smeared)
    top = log_k.max()
    if not np.isfinite(top):
        raise LikelyError(
            f"`Convolution(kernel=...)`: `{names[1]}` is zero or not a number near "
            "zero; give a resolution that is centred there."
        )
    # What is beyond, of a power law that converges, is less than at the peak.
    if (log_k[[0, -1]] + np.log(t[-1]) > top + np.log(width) - 3.0).any():
        raise LikelyError(
            f"`Convolution(kernel=...)`: `{names[1]}` does not fall off; only its "
            "formula counts, not the range of its observable."
        )
    true, middle = smeared.true_range, 0.5 * (lower + upper)
    ends = np.clip([lower - reach[1], upper + reach[0]], *true)
    start, stop = np.clip([lower, upper], *true)
    inside = np.linspace(start, stop, 65)
    y = np.concatenate([ends, inside])
    log_s = np.asarray(_at_each(smeared._log_true, y))
    if np.isnan(log_s).any():
        raise LikelyError(
            f"`Convolution(shape=...)`: `{names[0]}` has no value at "
            f"{smeared.observable.name} = {y[np.isnan(log_s)][0]:g}, from where the "
            f"smearing reaches into the range [{lower:g}, {upper:g}]; say where the "
            "truth is, for instance `true_range=(0.0, math.inf)`."
        )
    far = np.abs(ends - middle)
    at_ends = np.interp(middle - ends, t, log_k) + log_s[:2] + np.log(far)
    cut = (ends <= true[0]) | (ends >= true[1])
    best = log_s[2:].max() + top + np.log(min(width, upper - lower))
    if (np.where(cut, -np.inf, at_ends) > best - 3.0).any():
        raise LikelyError(
            f"`Convolution`: the integral of `{names[0]}` times `{names[1]}` does not "
            "converge, since the shape grows faster than the kernel falls; say where "
            f"the truth is, `true_range=({lower:g}, {upper:g})`."
        )


def _looked_at(
    smeared: Convolution,
) -> tuple[np.ndarray, np.ndarray, float, tuple[float, float]]:
    """Return the kernel at many distances, its width, and its reach on either side."""
    lower, upper = smeared.table_range()
    steps = FURTHEST * (upper - lower) * 2.0 ** -np.arange(80)
    t = np.concatenate([-steps, [0.0], steps[::-1]])
    log_k = np.asarray(_at_each(smeared.log_kernel, t))
    log_k = np.where(np.isnan(log_k), -np.inf, log_k)
    top = log_k.max()
    width = np.ptp(t[log_k >= top - 1.0]) or steps[-1]
    reached = t[log_k > top - NEGLIGIBLE] if np.isfinite(top) else np.zeros(1)
    return t, log_k, float(width), (-float(reached[0]), float(reached[-1]))


@eqx.filter_jit
def _at_each(function: Any, at: Float[Array | np.ndarray, " n"]) -> Float[Array, " n"]:
    return jax.vmap(function)(jnp.asarray(at))
