"""What a test of goodness of fit without bins leaves."""

import math
from dataclasses import dataclass
from typing import Any, final

import numpy as np
from jaxtyping import Float

# Statistics of equal data sets agree to this part of their size.
ROUNDING = 1e-10


@final
@dataclass(frozen=True)
class UnbinnedTest:
    r"""The outcome of a test of goodness of fit.

    Args:
        method: In words.
        statistic: Of the data; larger is worse.
        p_value: $(k + 1)/(n + 1)$, with $k$ of the $n$ numbers of `reference` as large
            as the statistic: never zero, and exact for any $n$.
        p_value_error: $\sqrt{p(1-p)/n}$.
        n_events: Events of the data.
        reference: The statistic where the model is true: of toys, or of permutations.
        by: "toys" or "permutations".
        n_failed: Toys whose fit failed; they are left out.
        limit: Mean and standard deviation of the statistic for many events, where
            they are known.
        notes: What a careful reader wants to know.

    References:
        B. Phipson, G. Smyth, Stat. Appl. Genet. Mol. Biol. 9 (2010) 39.
    """

    method: str
    statistic: float
    p_value: float
    p_value_error: float
    n_events: int
    reference: Float[np.ndarray, " n"]
    by: str = "toys"
    n_failed: int = 0
    limit: tuple[float, float] | None = None
    notes: tuple[str, ...] = ()

    @classmethod
    def of(
        cls,
        method: str,
        statistic: float,
        reference: Float[np.ndarray, " n"],
        n_events: int,
        **facts: Any,
    ) -> "UnbinnedTest":
        """Return the outcome; numbers of failed toys are NaN.

        Args:
            method: In words.
            statistic: Of the data.
            reference: Where the model is true.
            n_events: Events of the data.
            facts: The other fields.
        """
        known = reference[np.isfinite(reference)]
        n = len(known)
        k = int((known >= statistic - ROUNDING * (1 + abs(statistic))).sum())
        p = (k + 1) / (n + 1) if n and math.isfinite(statistic) else math.nan
        error = math.sqrt(p * (1 - p) / n) if n else math.nan
        failed = len(reference) - n
        return cls(
            method,
            float(statistic),
            p,
            error,
            n_events,
            known,
            n_failed=failed,
            **facts,
        )

    @property
    def message(self) -> str:
        """Return the outcome in a sentence."""
        n = len(self.reference)
        if not n:
            return f"{self.method}: all {self.n_failed} toys failed, so there is no p."
        failed = f"; {self.n_failed} more failed" if self.n_failed else ""
        verdict = "describes" if self.p_value >= 0.05 else "may not describe"
        verdict = "does not describe" if self.p_value < 0.003 else verdict
        return (
            f"{self.method}: {self.statistic:.5g}, p-value {self.p_value:.3g} ± "
            f"{self.p_value_error:.1g} by {n} {self.by}{failed}: as far as this test "
            f"sees, the model {verdict} the {self.n_events} events."
        )

    def to_dict(self) -> dict[str, Any]:
        """Return the layout of `result.json`; what is not a finite number is None."""
        numbers = {
            "statistic": self.statistic,
            "p_value": self.p_value,
            "p_value_error": self.p_value_error,
        }
        plain = {k: v if math.isfinite(v) else None for k, v in numbers.items()}
        return (
            {"method": self.method}
            | plain
            | {
                "n_events": self.n_events,
                f"n_{self.by}": len(self.reference) + self.n_failed,
                "n_failed": self.n_failed,
                "message": self.message,
                "notes": list(self.notes),
            }
        )

    def __str__(self) -> str:
        """Return the sentence and the notes."""
        return "\n".join([self.message, *(f"note: {n}" for n in self.notes)])
