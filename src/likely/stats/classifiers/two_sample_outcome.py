"""What a test of two samples of scores leaves."""

import math
from dataclasses import dataclass
from typing import Any, final

import numpy as np
from jaxtyping import Float

from ..unbinned.outcome import UnbinnedTest
from .measured import plain


@final
@dataclass(frozen=True)
class TwoSampleTest:
    r"""Whether two samples follow one distribution.

    Args:
        method: In words.
        statistic: Of the samples; larger is more different.
        asymptotic_p_value: For many events.
        effective_events: $(\sum w)^2 / \sum w^2$ of the two samples.
        permuted: The statistic of permuted scores; empty if there are none.
    """

    method: str
    statistic: float
    asymptotic_p_value: float
    effective_events: tuple[float, float]
    permuted: Float[np.ndarray, " permutations"]

    @property
    def p_value(self) -> float:
        """Return the p-value of the permutations; the asymptotic one without them."""
        counted = self._counted
        return self.asymptotic_p_value if counted is None else counted.p_value

    @property
    def p_value_error(self) -> float | None:
        """Return the error of it from the number of permutations; None without."""
        counted = self._counted
        return None if counted is None else counted.p_value_error

    @property
    def message(self) -> str:
        """Return the outcome in a sentence."""
        n, m = self.effective_events
        error = self.p_value_error
        by = "asymptotic"
        if error is not None:
            by = f"± {error:.1g} by {len(self.permuted)} permutations"
        verdict = "agree" if self.p_value >= 0.05 else "may differ"
        verdict = "differ" if self.p_value < 0.003 else verdict
        return (
            f"{self.method}: {self.statistic:.5g}, p-value {self.p_value:.3g} ({by}): "
            f"as far as this test sees, the two samples {verdict} ({n:.6g} and "
            f"{m:.6g} effective events)."
        )

    def to_dict(self) -> dict[str, Any]:
        """Return the layout of `result.json`; what is not a finite number is None."""
        error = self.p_value_error
        return {
            "method": self.method,
            "statistic": plain(self.statistic),
            "p_value": plain(self.p_value),
            "p_value_error": None if error is None else plain(error),
            "asymptotic_p_value": plain(self.asymptotic_p_value),
            "effective_events": list(self.effective_events),
            "n_permutations": len(self.permuted),
            "message": self.message,
        }

    def __str__(self) -> str:
        """Return the sentence."""
        return self.message

    @property
    def _counted(self) -> UnbinnedTest | None:
        if not len(self.permuted) or not math.isfinite(self.statistic):
            return None
        return UnbinnedTest.of(
            self.method, self.statistic, self.permuted, 0, by="permutations"
        )
