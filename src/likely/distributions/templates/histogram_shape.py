"""A density taken from a histogram."""

from typing import Any, final

import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np
from jax.core import Tracer
from jaxtyping import Array, Float, PRNGKeyArray

from ...core import AbstractTemplate, LikelyError, Observable, nearest
from ...data import Binned
from ..shape import AbstractShape

INTERPOLATIONS = ("none", "linear")
# Up to this many pieces comparing with all of them is quicker than bisection.
_COMPARED = 512
# Edges that were kept in single precision are this far off, in bins.
_SLACK = 1e-4


@final
class HistogramShape(AbstractShape, AbstractTemplate):
    r"""Template, $s(x) = c_i/h_i$ in bin $i$ of width $h_i$ with contents $c_i$.

    With linear interpolation $s$ runs straight from the centre of one bin to that of
    the next, and is constant beyond the first and the last.

    Args:
        observable: What is measured; the edges cover its range.
        edges: Edges of the bins, in its unit.
        counts: Contents $c_i$, not negative, in any unit.
        variances: Of the contents, $\sum w^2$ of weighted events; by default $c_i$. A
            fit with `Likelihood(templates=...)` uses them.
        interpolation: "none" or "linear".

    Raises:
        LikelyError: If the edges do not rise or do not cover the range, or the contents
            do not match them, are negative or zero everywhere in the range.
    """

    observable: Observable = eqx.field(static=True)
    edges: Float[Array | np.ndarray, " edges"]
    counts: Float[Array | np.ndarray, " bins"]
    variances: Float[Array | np.ndarray, " bins"]
    interpolation: str = eqx.field(static=True)

    def __init__(
        self,
        observable: Observable,
        edges: Any,
        counts: Any,
        variances: Any = None,
        *,
        interpolation: str = "none",
    ):
        if not isinstance(observable, Observable):
            raise LikelyError(
                "`HistogramShape(observable=...)` must be an Observable; "
                f"got {type(observable).__name__}."
            )
        if interpolation not in INTERPOLATIONS:
            raise LikelyError(
                "`HistogramShape(interpolation=...)`: there is no "
                f"`{interpolation}`; {nearest(str(interpolation), INTERPOLATIONS)}"
            )
        if not any(isinstance(a, Tracer) for a in (edges, counts, variances)):
            binned = Binned(observable.name, edges, counts, variances)
            edges, counts, variances = binned.edges[0], binned.counts, binned.variances
            edges = _checked(observable, edges, counts)
        self.observable, self.interpolation = observable, interpolation
        self.edges, self.counts = edges, counts
        self.variances = counts if variances is None else variances

    @classmethod
    def of(
        cls, binned: Binned, observable: Observable, *, interpolation: str = "none"
    ) -> "HistogramShape":
        """Return the density of a histogram of one axis.

        Args:
            binned: Its axis has the name of the observable.
            observable: What is measured.
            interpolation: "none" or "linear".

        Raises:
            LikelyError: If the histogram has other axes, or as `HistogramShape`.
        """
        if not isinstance(binned, Binned):
            raise LikelyError(
                "`HistogramShape.of(binned, observable)` takes `Binned` data; "
                f"got {type(binned).__name__}."
            )
        binned.axis(observable.name)
        if len(binned.names) > 1:
            raise LikelyError(
                f"`HistogramShape` has one axis and the histogram {list(binned.names)};"
                f" take `binned.project({observable.name!r})`."
            )
        return cls(
            observable,
            binned.edges[0],
            binned.counts,
            binned.variances,
            interpolation=interpolation,
        )

    def log_shape(self, x: Float[Array, " dim"]) -> Float[Array, ""]:
        (m,) = x
        knots, values, slopes = self._pieces()
        method = "compare_all" if len(knots) <= _COMPARED else "scan"
        piece = jnp.searchsorted(knots, m, side="right", method=method) - 1
        piece = jnp.clip(piece, 0, len(values) - 1)
        return jnp.log(values[piece] + slopes[piece] * (m - knots[piece]))

    def log_integral(
        self, lower: Float[Array, ""] | float, upper: Float[Array, ""] | float
    ) -> Float[Array, ""]:
        r"""Return $\log\sum_i h_i\, s(m_i)$ over the parts of pieces in the interval.

        $h_i$ and $m_i$ are length and middle of each part. No difference of sums, so
        small contents keep all digits.
        """
        return jnp.log(self._areas(lower, upper).sum())

    def sample(self, key: PRNGKeyArray) -> Float[Array, " dim"]:
        which, where = jax.random.split(key)
        lower, upper = self.observable.lower, self.observable.upper
        knots, values, slopes = self._pieces()
        areas = jnp.cumsum(self._areas(lower, upper))
        u = jax.random.uniform(which) * areas[-1]
        piece = jnp.clip(jnp.searchsorted(areas, u, side="right"), 0, len(values) - 1)
        a = jnp.maximum(knots[piece], lower)
        h = jnp.minimum(knots[piece + 1], upper) - a
        s = values[piece] + slopes[piece] * (a - knots[piece])
        rise, u = slopes[piece] * h, jax.random.uniform(where)
        # The root of s t + rise t^2/2 = u (s + rise/2), in a form that needs no slope.
        area = u * (s + 0.5 * rise)
        root = jnp.sqrt(jnp.maximum(s * s + 2.0 * rise * area, 0.0))
        t = 2.0 * area / jnp.maximum(s + root, 1e-300)
        return jnp.clip(a + h * t, lower, upper)[None]

    def relative_variances(
        self, edges: Float[np.ndarray, " edges"]
    ) -> Float[np.ndarray, " bins"]:
        if self.interpolation != "none":
            raise LikelyError(
                "an interpolated `HistogramShape` has no independent bins; for "
                "`Likelihood(templates=...)` take `interpolation='none'`."
            )
        own = np.asarray(self.edges)
        lower, upper = self.observable.lower, self.observable.upper
        slack = _SLACK * min(np.diff(own).min(), np.diff(edges).min())
        for edge in (*edges, lower, upper):
            if np.abs(own - edge).min() > slack:
                raise LikelyError(
                    "for `Likelihood(templates=...)` each bin of the data, and the "
                    "range, must be made of whole bins of the `HistogramShape`; it has "
                    f"no edge at {edge:g}."
                )
        middle = 0.5 * (own[1:] + own[:-1])
        total = np.asarray(self.counts)[(middle > lower) & (middle < upper)].sum()
        variances = np.asarray(self.variances)
        return np.histogram(middle, edges, weights=variances)[0] / total**2

    def _areas(
        self, lower: Float[Array, ""] | float, upper: Float[Array, ""] | float
    ) -> Float[Array, " pieces"]:
        knots, values, slopes = self._pieces()
        a, b = jnp.maximum(knots[:-1], lower), jnp.minimum(knots[1:], upper)
        middle = 0.5 * (a + b)
        return jnp.maximum(b - a, 0.0) * (values + slopes * (middle - knots[:-1]))

    def _pieces(self) -> tuple[Array, Array, Array]:
        """Return knots, and value at the left and slope of each piece."""
        edges = jnp.asarray(self.edges)
        heights = jnp.asarray(self.counts) / jnp.diff(edges)
        if self.interpolation == "none":
            return edges, heights, jnp.zeros_like(heights)
        centres = 0.5 * (edges[1:] + edges[:-1])
        knots = jnp.concatenate([edges[:1], centres, edges[-1:]])
        slopes = jnp.diff(heights) / jnp.diff(centres)
        flat = jnp.zeros(1)
        values = jnp.concatenate([heights[:1], heights])
        return knots, values, jnp.concatenate([flat, slopes, flat])


def _checked(
    observable: Observable,
    edges: Float[np.ndarray, " edges"],
    counts: Float[np.ndarray, " bins"],
) -> Float[np.ndarray, " edges"]:
    """Return the edges, those within rounding of the range put on it."""
    for end in (observable.lower, observable.upper):
        near = int(np.abs(edges - end).argmin())
        if abs(edges[near] - end) < _SLACK * np.diff(edges).min():
            edges = np.where(np.arange(len(edges)) == near, end, edges)
    if edges[0] > observable.lower or edges[-1] < observable.upper:
        raise LikelyError(
            f"`HistogramShape`: the bins span [{edges[0]:g}, {edges[-1]:g}] and the "
            f"range of `{observable.name}` is [{observable.lower:g}, "
            f"{observable.upper:g}]; they must cover it."
        )
    if (counts < 0).any():
        raise LikelyError(
            "`HistogramShape(counts=...)`: a density is not negative; "
            f"{int((counts < 0).sum())} of {len(counts)} bins are, the least "
            f"{counts.min():g}. Take wider bins, or set them to zero."
        )
    inside = (edges[1:] > observable.lower) & (edges[:-1] < observable.upper)
    if not counts[inside].any():
        raise LikelyError(
            "`HistogramShape(counts=...)`: every bin in the range of "
            f"`{observable.name}` is empty."
        )
    return edges
