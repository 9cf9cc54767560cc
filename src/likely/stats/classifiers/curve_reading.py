"""Reading one efficiency off a curve where the other is given."""

import math
from dataclasses import dataclass
from typing import Any, final

import numpy as np
from jaxtyping import Float

from ...fit.options import number
from .measured import Measured, efficiency_variance, measured_efficiency

# An efficiency that is asked for is reached if it is to the rounding of the sums.
ROUNDING = 1e-12


@final
@dataclass(frozen=True)
class Reading:
    r"""One efficiency as a function of the other, along the curve.

    Args:
        given: The efficiency that is given, at each point; the last is 1.
        given_squares: $\sum_{pass} w^2 / (\sum w)^2$ of its class.
        read: The efficiency that is asked for.
        read_squares: The same of its class.
        first: Whether at the point where the given one is first reached, or at the
            last one where it is not exceeded.
    """

    given: Float[np.ndarray, " points"]
    given_squares: Float[np.ndarray, " points"]
    read: Float[np.ndarray, " points"]
    read_squares: Float[np.ndarray, " points"]
    first: bool

    def at(self, target: float) -> Measured:
        r"""Return the efficiency where the other is the target.

        $$\sigma^2 = \sigma_{read}^2 + \tfrac14 \bigl[read(t + \sigma_{given}) -
        read(t - \sigma_{given})\bigr]^2$$

        Args:
            target: $t$, from 0 to 1.

        References:
            F. Hsieh, B. Turnbull, Ann. Statist. 24 (1996) 25.
        """
        value = self._line(self.read, target)
        own = measured_efficiency(
            value, self._line(self.read_squares, target), float(self.read_squares[-1])
        )
        squares = self._line(self.given_squares, target)
        every = float(self.given_squares[-1])
        spread = efficiency_variance(np.array([target]), np.array([squares]), every)
        sigma = math.sqrt(float(spread[0]))
        low = self._line(self.read, max(target - sigma, 0.0))
        high = self._line(self.read, min(target + sigma, 1.0))
        lower = value - math.hypot(value - own.lower, value - low)
        upper = value + math.hypot(own.upper - value, high - value)
        return Measured(
            value,
            math.hypot(own.error, 0.5 * (high - low)),
            # An efficiency is in [0, 1], but with negative weights it need not be.
            max(lower, min(own.lower, 0.0)),
            min(upper, max(own.upper, 1.0)),
        )

    def _line(self, y: Float[np.ndarray, " points"], target: float) -> float:
        x = self.given
        beyond = x >= target - ROUNDING if self.first else x > target + ROUNDING
        if not beyond.any():
            return float(y[-1])
        i = int(np.argmax(beyond))
        if i == 0:
            return float(y[0])
        part = (target - x[i - 1]) / (x[i] - x[i - 1])
        return float(y[i - 1] + min(max(part, 0.0), 1.0) * (y[i] - y[i - 1]))


def share(verb: str, name: str, value: Any) -> float:
    """Return an efficiency that a user asks for.

    Raises:
        LikelyError: If it is not from 0 to 1.
    """
    rule = "an efficiency, from 0 to 1"
    return number(f"{verb}({name}=...)", rule, lambda eps: 0 <= eps <= 1)(value)


def score(verb: str, value: Any) -> float:
    """Return a threshold that a user asks for, which may be infinite.

    Raises:
        LikelyError: If it is no number, or NaN.
    """
    known = number(
        f"{verb}(threshold=...)", "a score, and not NaN", lambda t: not math.isnan(t)
    )
    return known(value)
