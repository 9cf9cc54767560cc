"""Whether toys cover: pulls of mean 0 and width 1, intervals that hold the truth."""

import math
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, final

from scipy import stats

from ..core import LikelyError
from .intervals import ONE_SIGMA
from .pulls import PullSummary
from .toy_results import Toys

# With fewer pulls their mean and width are not yet distributed as a normal number.
FEWEST = 20
# 3.5 standard deviations of one normal number, to both sides.
CHANCE = 4.65e-4


@final
@dataclass(frozen=True)
class Check:
    """One number of many toys against what it must be.

    Args:
        parameter: Name.
        about: "mean", "width", "hesse" or "minos".
        value: Of the pull, or the part of the intervals that hold the true value.
        error: Its standard error.
        expected: What it must be.
        p_value: Probability to be as far off by chance.
    """

    parameter: str
    about: str
    value: float
    error: float
    expected: float
    p_value: float

    @property
    def sentence(self) -> str:
        """Return what was found, in words."""
        what = {
            "mean": "the mean pull",
            "width": "the width of the pull",
            "hesse": "the coverage of the Hesse intervals",
            "minos": "the coverage of the MINOS intervals",
        }[self.about]
        return (
            f"{what} of {self.parameter} is {self.value:.4g} ± {self.error:.2g}, "
            f"expected {self.expected:.4g} (p-value {self.p_value:.2g})"
        )


@final
@dataclass(frozen=True)
class CoverageTest:
    """The outcome of `coverage_test`.

    Args:
        checks: One a number.
        level: Probability that errors which are right fail the test.
        n_toys: Number of toys.
        n_failed: Toys without a valid fit; they are in no number.
    """

    checks: tuple[Check, ...]
    level: float
    n_toys: int
    n_failed: int

    @property
    def threshold(self) -> float:
        """Return the p-value below which a single number fails (Bonferroni)."""
        return self.level / max(len(self.checks), 1)

    @property
    def failing(self) -> tuple[Check, ...]:
        """Return the checks that fail, the worst first."""
        bad = [c for c in self.checks if not c.p_value >= self.threshold]
        return tuple(sorted(bad, key=lambda c: c.p_value))

    @property
    def ok(self) -> bool:
        """Return whether all of it agrees."""
        return bool(self.checks) and not self.failing

    @property
    def p_value(self) -> float:
        """Return the least p-value times the number of checks, at most 1."""
        least = min((c.p_value for c in self.checks), default=math.nan)
        return min(1.0, len(self.checks) * least)

    @property
    def message(self) -> str:
        """Return the verdict in a sentence."""
        if not self.checks:
            return (
                f"nothing can be said: no parameter has {FEWEST} pulls in "
                f"{self.n_toys} toys."
            )
        done = f"{len(self.checks)} numbers of {self.n_toys} toys"
        failed = f", {self.n_failed} of them without a valid fit" * (self.n_failed > 0)
        if self.ok:
            return (
                f"the errors are right: {done}{failed}, agree with unbiased fits whose "
                f"intervals cover (p-value {self.p_value:.2g})."
            )
        worst = self.failing[0].sentence
        more = len(self.failing) - 1
        also = f"; {more} more numbers disagree" if more else ""
        return f"the errors are wrong: of {done}{failed}, {worst}{also}."

    def to_dict(self) -> dict[str, Any]:
        """Return verdict and numbers as plain values."""
        return {
            "ok": self.ok,
            "message": self.message,
            "p_value": self.p_value if math.isfinite(self.p_value) else None,
            "level": self.level,
            "checks": [vars(check) for check in self.checks],
        }

    def __str__(self) -> str:
        """Return the verdict, and every check that fails."""
        return "\n".join([self.message, *(f"  {c.sentence}" for c in self.failing)])


def coverage_test(toys: Toys, *, level: float = CHANCE) -> CoverageTest:
    r"""Test whether the fits of toys are unbiased and their errors right.

    Of each parameter the mean of the pull is compared with 0 and its width with 1, each
    in units of its standard error, and the part of the Hesse intervals (and of the
    MINOS intervals, where toys have them) that hold the true value with 68.27 %, by the
    exact binomial test. All of them together fail with the probability `level`, by
    default 3.5 standard deviations, if the errors are right (Bonferroni).

    With few events pulls are not normal though nothing is wrong: a yield's error moves
    with its value, and shifts the mean of the pull by about half over its own square
    root. The test sees that if there are toys enough.

    Args:
        toys: What `toys` returned.
        level: Probability that errors which are right fail the test.

    Raises:
        LikelyError: If `toys` is nothing of the kind, or `level` no probability.

    References:
        C. Clopper, E. Pearson, Biometrika 26 (1934) 404 (binomial test).
    """
    if not isinstance(toys, Toys):
        raise LikelyError(
            "`coverage_test(toys)` takes what `likely.toys` returned; "
            f"got {type(toys).__name__}."
        )
    if not 0 < level < 1:
        raise LikelyError(
            f"`coverage_test(level=...)` is a probability between 0 and 1; got {level}."
        )
    n_valid = int(toys.valid.sum())
    checks = [
        check
        for name, summary in toys.summaries.items()
        for check in _checks(name, summary, n_valid)
    ]
    return CoverageTest(tuple(checks), level, len(toys), len(toys) - n_valid)


def _checks(name: str, s: PullSummary, n_valid: int) -> Iterator[Check]:
    if s.n >= FEWEST:
        for about, value, error, expected in (
            ("mean", s.mean, s.mean_error, 0.0),
            ("width", s.width, s.width_error, 1.0),
        ):
            z = abs(value - expected) / error if error > 0 else math.inf
            p = float(2 * stats.norm.sf(z))
            yield Check(name, about, value, error, expected, p)
        yield _binomial(name, "hesse", (s.coverage, s.coverage_error), s.n)
    if s.minos_coverage is None or s.minos_coverage_error is None or n_valid < FEWEST:
        return
    minos = s.minos_coverage, s.minos_coverage_error
    yield _binomial(name, "minos", minos, n_valid)


def _binomial(name: str, about: str, part: tuple[float, float], n: int) -> Check:
    value, error = part
    p = stats.binomtest(round(value * n), n, ONE_SIGMA).pvalue
    return Check(name, about, value, error, ONE_SIGMA, float(p))
