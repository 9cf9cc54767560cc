"""Events in the order of their scores, equal scores together."""

from dataclasses import dataclass
from typing import final

import numpy as np
from jaxtyping import Float, Int


@final
@dataclass(frozen=True)
class Ranking:
    """Events from the highest score to the lowest.

    Args:
        order: The events in that order.
        firsts: Where in it each distinct score begins.
        levels: The distinct scores, falling.
    """

    order: Int[np.ndarray, " events"]
    firsts: Int[np.ndarray, " levels"]
    levels: Float[np.ndarray, " levels"]

    @classmethod
    def of(cls, scores: Float[np.ndarray, " events"]) -> "Ranking":
        """Return the ranking of scores.

        Args:
            scores: At least one, finite.
        """
        order = np.argsort(-scores)
        ordered = scores[order]
        firsts = np.flatnonzero(np.append(True, ordered[1:] != ordered[:-1]))
        return cls(order, firsts, ordered[firsts])

    @property
    def lasts(self) -> Int[np.ndarray, " levels"]:
        """Return where in the order each distinct score ends."""
        return np.append(self.firsts[1:], len(self.order)) - 1

    def passing(
        self, weights: Float[np.ndarray, " events"]
    ) -> Float[np.ndarray, " levels"]:
        r"""Return $\sum_{s_i \ge t} w_i$ for each distinct score $t$."""
        return np.cumsum(weights[self.order])[self.lasts]

    def middles(
        self, weights: Float[np.ndarray, " events"]
    ) -> Float[np.ndarray, " events"]:
        r"""Return $\sum_{s_j > s_i} w_j + \frac12 \sum_{s_j = s_i} w_j$ of each event.

        For weights of one it is the mid-rank less one half.
        """
        passing = self.passing(weights)
        middle = 0.5 * (passing + np.append(0.0, passing[:-1]))
        found = np.empty(len(self.order))
        found[self.order] = np.repeat(middle, self.lasts - self.firsts + 1)
        return found

    def areas(
        self,
        signal: Float[np.ndarray, "rows events"],
        background: Float[np.ndarray, "rows events"],
    ) -> Float[np.ndarray, " rows"]:
        r"""Return the area under the curve for each row of weights.

        $$A = \frac{\sum_{ij} w_i v_j \bigl([s_i > s_j] + \tfrac12 [s_i = s_j]\bigr)}
        {\sum_i w_i \sum_j v_j}$$

        NaN where a sum of weights is not positive.

        Args:
            signal: Weights $w$, zero for background, in the order of the ranking.
            background: Weights $v$, zero for signal, in that order.
        """
        if len(self.firsts) < len(self.order):
            signal = np.add.reduceat(signal, self.firsts, axis=1)
            background = np.add.reduceat(background, self.firsts, axis=1)
        passing = np.cumsum(background, axis=1)
        totals = passing[:, -1].copy(), signal.sum(axis=1)
        passing -= 0.5 * background
        above = np.einsum("re,re->r", signal, passing)
        valid = (totals[0] > 0) & (totals[1] > 0)
        product = np.where(valid, totals[0] * totals[1], np.nan)
        return 1 - above / product
