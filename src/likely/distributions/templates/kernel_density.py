"""A density estimated from a sample: a Gaussian kernel for each event of it."""

from typing import Any, NamedTuple, final

import equinox as eqx
import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, Float, PRNGKeyArray

from ...core import LikelyError, Observable, nearest
from ..shape import AbstractShape
from .anchors import log_of
from .cubic import Cubic, positive
from .kernel_sums import REACH, Grid, condensed, interpolated, kernel_sums
from .samples import sample_of

BOUNDARIES = ("mirror", "none")
# A table of so many knots takes a second to make and 8 MB; kernels that need more are
# thousands of times narrower than the range.
_MOST_CELLS = 250_000
# Rounding of sums, relative to the peak, is not a negative density.
_ROUNDING = 1e-12


@final
class KernelDensity(AbstractShape):
    r"""Kernel density, $s(x) \propto \sum_i w_i\, G(x; x_i, h_i)$, Gaussian kernels.

    The width of each kernel is $h_i = \rho\, h\, (f_0(x_i)/g)^{-1/2}$, with
    $h = (4/3)^{1/5}\, \sigma\, n^{-1/5}$, $\sigma$ the standard deviation of the
    sample, $n = (\sum w)^2 / \sum w^2$, $f_0$ the estimate with the fixed width
    $\rho h$, and $g$ its geometric mean over the sample; not `adaptive`, it is
    $\rho h$ for all.

    The sum is made once, on knots that are 1/14 of the narrowest kernel apart. Between
    them the density is a positive cubic, which differs from the sum by less than 1e-6
    of the peak; the integral over any interval and the draws are exactly its own.

    Args:
        observable: What is measured; the density is normalised on its range.
        sample: One value an event, in the observable's unit.
        weights: Of the events, of either sign; all one by default.
        bandwidth: $\rho$, a factor on the widths: larger is smoother.
        adaptive: Whether kernels are wider where there are few events.
        boundary: "mirror" leaves out events outside the range and folds back, at its
            ends, what kernels have outside, so that the density does not sink there.
            "none" has all events of the sample, and cuts their kernels at the ends.

    Raises:
        LikelyError: If sample or weights are not finite numbers, the events in the
            range are fewer than two or all equal, the weighted sum is negative
            somewhere, or kernels are too narrow for the range.

    References:
        I. Abramson, Ann. Statist. 10 (1982) 1217. K. Cranmer, Comput. Phys. Commun.
        136 (2001) 198, hep-ex/0011057.
    """

    observable: Observable = eqx.field(static=True)
    start: Float[Array, ""] | float
    step: Float[Array, ""] | float
    curve: Float[Array | np.ndarray, "knots 2"]
    sums: Float[Array | np.ndarray, "knots 2"]

    def __init__(
        self,
        observable: Any,
        sample: Any,
        weights: Any = None,
        *,
        bandwidth: float = 1.0,
        adaptive: bool = True,
        boundary: str = "mirror",
    ):
        if boundary not in BOUNDARIES:
            raise LikelyError(
                f"`KernelDensity(boundary=...)`: there is no {boundary!r}; "
                f"{nearest(str(boundary), BOUNDARIES)}"
            )
        x, w = sample_of("KernelDensity", observable, sample, weights)
        if boundary == "mirror":
            inside = (x >= observable.lower) & (x <= observable.upper)
            x, w = x[inside], w[inside]
        ends = (observable.lower, observable.upper)
        folded = _Fold(*ends, mirrored=boundary == "mirror")
        width = _bandwidth(bandwidth) * _silverman(observable, x, w)
        kernels = _kernels(x, w, width, folded, adaptive=adaptive)
        grid = _grid(*ends, kernels.widths.min())
        values, slopes = kernel_sums(*folded.kernels(kernels), grid)
        _check_positive(observable, values, grid)
        self.observable = observable
        self.start, self.step = grid.start, grid.step
        self.curve, self.sums = positive(values, slopes, grid.step)

    def log_shape(self, x: Float[Array, " dim"]) -> Float[Array, ""]:
        (m,) = x
        return log_of(self._cubic.value(m))

    def log_integral(
        self, lower: Float[Array, ""] | float, upper: Float[Array, ""] | float
    ) -> Float[Array, ""]:
        return log_of(self._cubic.integral(lower, upper))

    def sample(self, key: PRNGKeyArray) -> Float[Array, " dim"]:
        x = self._cubic.draw(key)
        return jnp.clip(x, self.observable.lower, self.observable.upper)[None]

    @property
    def _cubic(self) -> Cubic:
        return Cubic(self.start, self.step, self.curve, self.sums)


class _Kernels(NamedTuple):
    centres: Float[np.ndarray, " kernels"]
    widths: Float[np.ndarray, " kernels"]
    weights: Float[np.ndarray, " kernels"]


class _Fold(NamedTuple):
    """What happens to kernels at the ends of the range."""

    lower: float
    upper: float
    mirrored: bool

    def kernels(self, kernels: _Kernels) -> _Kernels:
        """Return the kernels and their images that reach into the range."""
        if not self.mirrored:
            return kernels
        length = self.upper - self.lower
        most = int(np.ceil(REACH * kernels.widths.max() / length))
        shifts = [2.0 * k * length for k in range(-most, most + 1)]
        images = kernels.centres, 2.0 * self.lower - kernels.centres
        centres = np.concatenate([image + s for image in images for s in shifts])
        widths = np.tile(kernels.widths, 2 * len(shifts))
        weights = np.tile(kernels.weights, 2 * len(shifts))
        near = (centres > self.lower - REACH * widths) & (
            centres < self.upper + REACH * widths
        )
        return _Kernels(centres[near], widths[near], weights[near])


def _kernels(
    x: Float[np.ndarray, " events"],
    w: Float[np.ndarray, " events"],
    width: float,
    fold: _Fold,
    *,
    adaptive: bool,
) -> _Kernels:
    """Return the kernels of a sample, fewer than its events if these are many."""
    nodes, shares = condensed(x, w, width)
    fixed = _Kernels(nodes, np.full(len(nodes), width), shares)
    if not adaptive:
        return fixed
    ends = min(x.min(), fold.lower), max(x.max(), fold.upper)
    grid = _grid(*ends, width)
    pilot = kernel_sums(*fold.kernels(fixed), grid)
    at_events = interpolated(x, *pilot, grid)
    if (at_events <= 0).any():
        raise LikelyError(
            "`KernelDensity`: the negative weights outweigh the others around "
            f"{x[np.argmin(at_events)]:g}, where there would be no positive density to "
            "take the widths from; give a larger `bandwidth`."
        )
    mean = np.exp(np.average(np.log(at_events), weights=w))
    narrowest = width * np.sqrt(mean / at_events.max())
    nodes, shares = condensed(x, w, narrowest)
    density = np.maximum(interpolated(nodes, *pilot, grid), at_events.min())
    return _Kernels(nodes, width * np.sqrt(mean / density), shares)


def _silverman(
    observable: Observable,
    x: Float[np.ndarray, " events"],
    w: Float[np.ndarray, " events"],
) -> float:
    r"""Return $(4/3)^{1/5}\,\sigma\,n^{-1/5}$.

    References:
        B. Silverman, Density Estimation, Chapman and Hall 1986.
    """
    total, squares = w.sum(), (w * w).sum()
    n = total * total / squares if squares > 0 else 0.0
    # Numbers with weights, as `scipy.stats.gaussian_kde` has them.
    spread = 0.0
    if total > 0 and n > 1:
        spread = np.average((x - np.average(x, weights=w)) ** 2, weights=w)
    if not spread > 0:
        raise LikelyError(
            f"`KernelDensity(sample=...)`: {len(x)} events for `{observable.name}` in "
            f"[{observable.lower:g}, {observable.upper:g}], with weights that sum to "
            f"{total:g}, have no positive variance; at least two different values and "
            "a positive sum are needed."
        )
    return float((4.0 / 3.0) ** 0.2 * np.sqrt(spread * n / (n - 1)) * n**-0.2)


def _grid(lower: float, upper: float, narrowest: float) -> Grid:
    grid = Grid.over(lower, upper, narrowest)
    if grid.cells > _MOST_CELLS:
        raise LikelyError(
            f"`KernelDensity`: kernels of {narrowest:.3g} would need {grid.cells} "
            f"knots on [{lower:g}, {upper:g}] (at most {_MOST_CELLS}); give a larger "
            "`bandwidth`, or a narrower range or sample."
        )
    return grid


def _check_positive(
    observable: Observable, values: Float[np.ndarray, " knots"], grid: Grid
) -> None:
    least = np.argmin(values)
    if not values.max() > 0:
        raise LikelyError(
            f"`KernelDensity(sample=...)`: no kernel reaches the range of "
            f"`{observable.name}`, [{observable.lower:g}, {observable.upper:g}]."
        )
    if values[least] < -_ROUNDING * values.max():
        raise LikelyError(
            "`KernelDensity`: with these negative weights the density would be "
            f"negative at `{observable.name}` = {grid.knots[least]:g}; give a larger "
            "`bandwidth`, or a range without that place."
        )


def _bandwidth(value: Any) -> float:
    good = isinstance(value, int | float | np.number) and not isinstance(value, bool)
    if not good or not 0 < value < np.inf:
        raise LikelyError(
            "`KernelDensity(bandwidth=...)` is a factor on the widths of kernels, a "
            f"positive number; got {value!r}."
        )
    return float(value)
