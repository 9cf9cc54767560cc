"""What many fits say of the errors: mean and width of the pull, and the coverage."""

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, final

import numpy as np
from jaxtyping import Bool, Float

if TYPE_CHECKING:
    from .toy_results import Toys


@final
@dataclass(frozen=True)
class PullSummary:
    r"""The pulls $(\hat\theta - \theta)/\sigma$ of one parameter over many data sets.

    If the errors are right, the mean is 0, the width 1, and 68.3 % of the intervals
    hold the true value.

    Args:
        n: Number of pulls: of valid fits whose parameter is on no limit.
        mean: Their mean.
        mean_error: Its standard error.
        width: Their standard deviation.
        width_error: Its standard error, from the fourth moment: of a normal pull
            $1/\sqrt{2(n-1)}$, of one with long tails more.
        coverage: Part of the Hesse intervals that hold the true value.
        coverage_error: Its binomial standard error.
        minos_coverage: Likewise of the MINOS intervals, of all valid fits.
        minos_coverage_error: Its standard error.
    """

    n: int
    mean: float
    mean_error: float
    width: float
    width_error: float
    coverage: float
    coverage_error: float
    minos_coverage: float | None = None
    minos_coverage_error: float | None = None

    def to_dict(self) -> dict[str, Any]:
        """Return the layout of `result.json`; what is not a finite number is None."""
        found = {
            "n": self.n,
            "mean": self.mean,
            "mean_error": self.mean_error,
            "width": self.width,
            "width_error": self.width_error,
            "coverage_68": self.coverage,
            "coverage_68_error": self.coverage_error,
        }
        if self.minos_coverage is not None:
            found["coverage_68_minos"] = self.minos_coverage
            found["coverage_68_minos_error"] = self.minos_coverage_error
        return {
            key: None if v is None or not math.isfinite(v) else v
            for key, v in found.items()
        }


def pull_summary(
    pulls: Float[np.ndarray, " toys"], minos_covers: Bool[np.ndarray, " valid"] | None
) -> PullSummary:
    """Return the summary of some pulls, those that are NaN left out."""
    pulls = pulls[np.isfinite(pulls)]
    n = len(pulls)
    mean = float(pulls.mean()) if n else math.nan
    width = float(pulls.std(ddof=1)) if n > 1 else math.nan
    covered = _part(np.abs(pulls) <= 1.0)
    minos = (None, None) if minos_covers is None else _part(minos_covers)
    return PullSummary(
        n,
        mean,
        width / math.sqrt(n) if n else math.nan,
        width,
        _error_of_width(pulls, width),
        *covered,
        *minos,
    )


def _error_of_width(pulls: Float[np.ndarray, " n"], width: float) -> float:
    r"""Return $\sqrt{(m_4 - \frac{n-3}{n-1} s^4)/n}\,/\,2s$.

    References:
        E. Cho, M. Cho, Am. Stat. Assoc. Survey Research Methods (2008) 1291.
    """
    n = len(pulls)
    if n < 2 or not width > 0:
        return math.nan
    fourth = float(np.mean((pulls - pulls.mean()) ** 4))
    spread = (fourth - (n - 3) / (n - 1) * width**4) / n
    # Of a few pulls the estimate can be negative: then that of a normal one.
    if n < 20 or spread <= 0:
        return width / math.sqrt(2 * (n - 1))
    return math.sqrt(spread) / (2 * width)


def _part(yes: Bool[np.ndarray, " n"]) -> tuple[float, float]:
    """Return the part that is true, and its binomial error."""
    n = len(yes)
    if n == 0:
        return math.nan, math.nan
    # With none or all of them, the error of the next possible number is honest.
    successes = min(max(float(yes.sum()), 0.5), n - 0.5)
    p = successes / n
    return float(yes.mean()), math.sqrt(p * (1 - p) / n)


def toys_table(toys: "Toys") -> str:
    """Return what the toys say as a table."""
    head = f"{len(toys)} toys, {len(toys) - int(toys.valid.sum())} failed"
    lines = [head]
    lines += [f"  {count}: {reason}" for reason, count in toys.failures.items()]
    rows = [("parameter", "truth", "pull mean", "pull width", "coverage", "minos")]
    for (name, s), truth in zip(toys.summaries.items(), toys.truth, strict=True):
        minos = ""
        if s.minos_coverage is not None and s.minos_coverage_error is not None:
            minos = f"{s.minos_coverage:.3f} ± {s.minos_coverage_error:.3f}"
        rows.append(
            (
                name,
                f"{truth:.6g}",
                f"{s.mean:+.3f} ± {s.mean_error:.3f}",
                f"{s.width:.3f} ± {s.width_error:.3f}",
                f"{s.coverage:.3f} ± {s.coverage_error:.3f}",
                minos,
            )
        )
    widths = [max(len(row[i]) for row in rows) for i in range(len(rows[0]))]
    lines += [
        "  ".join(c.ljust(w) for c, w in zip(row, widths, strict=True)).rstrip()
        for row in rows
    ]
    return "\n".join(lines)
