"""Efficiencies of weighted events, with errors and intervals."""

import math
from dataclasses import dataclass
from typing import Any, final

import numpy as np
from jaxtyping import Float
from scipy.special import betaincinv

from ...core.table import rounded
from ..intervals import ONE_SIGMA


@final
@dataclass(frozen=True)
class Measured:
    """A number with its error and its interval.

    Args:
        value: The number.
        error: Its standard deviation.
        lower: Lower end of the central 68.3 % interval.
        upper: Upper end.
    """

    value: float
    error: float
    lower: float
    upper: float

    @property
    def inverse(self) -> "Measured":
        """Return one over the number, which is not negative, with its interval."""
        value = _over(self.value)
        spread = self.error * value * value if self.value > 0 else math.inf
        return Measured(value, spread, _over(self.upper), _over(self.lower))

    def to_dict(self) -> dict[str, float | None]:
        """Return the numbers by name; what is not finite is None."""
        return {
            "value": plain(self.value),
            "error": plain(self.error),
            "lower": plain(self.lower),
            "upper": plain(self.upper),
        }

    def __str__(self) -> str:
        """Return value and error; the lower end alone where there is no value."""
        if math.isinf(self.value):
            return f"> {self.lower:.3g}"
        return " ± ".join(filter(None, rounded(self.value, self.error)))


def efficiency_intervals(
    efficiency: Float[np.ndarray, " n"],
    squares_passing: Float[np.ndarray, " n"],
    squares: Float[np.ndarray, " n"],
) -> tuple[Float[np.ndarray, " n"], ...]:
    r"""Return error, lower and upper end of efficiencies of weighted events.

    With $\varepsilon = \sum_{pass} w / W$ and $W = \sum w$, of a fixed or a random
    number of events,

    $$\sigma^2 = \frac{1}{W^2} \sum_i w_i^2 ([i\ passes] - \varepsilon)^2
    = (1 - 2\varepsilon) q_{pass} + \varepsilon^2 q.$$

    The interval is that of Clopper and Pearson for $k = \varepsilon n$ of
    $n = \varepsilon(1 - \varepsilon)/\sigma^2$ events, those of a binomial that is as
    wide; $n = 1/q$ where none or all pass. For events without weights it is exact and
    covers at least. Where negative weights take the efficiency out of [0, 1], and no
    binomial describes it, the interval is $\varepsilon \pm \sigma$.

    Args:
        efficiency: $\varepsilon$.
        squares_passing: $q_{pass} = \sum_{pass} w^2 / W^2$.
        squares: $q = \sum w^2 / W^2$; one over the effective number of events.

    References:
        C. Clopper, E. Pearson, Biometrika 26 (1934) 404. G. Bohm, G. Zech, Nucl.
        Instrum. Meth. A 748 (2014) 1, arXiv:1309.1287, for effective numbers.
    """
    variance = efficiency_variance(efficiency, squares_passing, squares)
    error = np.sqrt(variance)
    inside = (efficiency > 0) & (efficiency < 1) & (variance > 0)
    binomial = inside | (efficiency == 0) | (efficiency == 1)
    eps = np.where(binomial, efficiency, 0.5)
    spread = np.where(inside, variance, 1.0)
    n = np.where(inside, eps * (1 - eps) / spread, 1 / squares)
    k, tail = eps * n, 0.5 * (1 - ONE_SIGMA)
    # The beta distribution of shape 0 does not exist; its limit is at the end.
    some, rest = np.where(eps > 0, k, 1.0), np.where(eps < 1, n - k, 1.0)
    lower = np.where(eps > 0, betaincinv(some, n - k + 1, tail), 0.0)
    upper = np.where(eps < 1, betaincinv(k + 1, rest, 1 - tail), 1.0)
    return (
        error,
        np.where(binomial, lower, efficiency - error),
        np.where(binomial, upper, efficiency + error),
    )


def efficiency_variance(
    efficiency: Float[np.ndarray, "..."],
    squares_passing: Float[np.ndarray, "..."],
    squares: Float[np.ndarray, "..."] | float,
) -> Float[np.ndarray, "..."]:
    r"""Return $(1 - 2\varepsilon) q_{pass} + \varepsilon^2 q$.

    Args:
        efficiency: $\varepsilon$.
        squares_passing: $q_{pass}$.
        squares: $q$.
    """
    found = (1 - 2 * efficiency) * squares_passing + efficiency**2 * squares
    # Zero where all or none pass; the difference of two sums rounds below it.
    return np.maximum(found, 0.0)


def measured_efficiency(
    efficiency: float, squares_passing: float, squares: float
) -> Measured:
    """Return one efficiency with its error and its interval.

    Args:
        efficiency: Share of the weights that pass.
        squares_passing: Squares of the weights that pass, over the squared sum of all.
        squares: The same of all weights.
    """
    found = efficiency_intervals(
        np.array([efficiency]), np.array([squares_passing]), np.array([squares])
    )
    return Measured(efficiency, *(float(a[0]) for a in found))


def plain(value: Any) -> float | None:
    """Return a number as JSON has it: None if it is not finite."""
    return float(value) if math.isfinite(value) else None


def _over(x: float) -> float:
    return 1 / x if x > 0 else math.inf
