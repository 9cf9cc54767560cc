"""The test of two nested fits by the ratio of their likelihoods."""

import math
import time
from dataclasses import dataclass
from typing import Any, final

import jax
import numpy as np
from jaxtyping import Float
from scipy import special, stats

from ..core import LikelyError, Result, progress
from ..fit.many import converged
from ..fit.newton import box_of
from ..fit.pairs import Rivals, fit_pairs
from ..fit.starts import spread
from .fitted import whole_number
from .nested_fits import VERB, Nesting, nesting_of
from .toy_making import batch_and_chunk, keys_of

# Of -2 log L: two fits of one toy that agree to this are equal.
EQUAL = 1e-5
CONFIDENCE = 0.95
STARTS, SEARCH_STARTS = 4, 16


@final
@dataclass(frozen=True)
class LikelihoodRatio:
    r"""The test of a null hypothesis against an alternative that contains it.

    Args:
        q: $-2\log L_{null} + 2\log L_{alternative}$ at the two minima.
        ndof: Number of free parameters that only the alternative has.
        p_value: Probability, under the null hypothesis, of a `q` as large: asymptotic.
        significance: The same as a number of standard deviations of a one-sided
            Gaussian; 0 for a p-value above one half.
        extra: The parameters that only the alternative has.
        at_limit: Those that are on a limit under the null hypothesis.
        notes: Where the asymptotic p-value is in doubt, and why.
        toys: `q` of data sets drawn under the null hypothesis; none by default.
        n_failed: Toys whose fits did not both converge; they are left out.
        seconds: Time that the toys took, compilation included.
    """

    q: float
    ndof: int
    p_value: float
    significance: float
    extra: tuple[str, ...]
    at_limit: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()
    toys: Float[np.ndarray, " toys"] | None = None
    n_failed: int = 0
    seconds: float = 0.0

    @property
    def n_above(self) -> int:
        """Return how many toys have a `q` as large as the data."""
        return 0 if self.toys is None else int((self.toys >= self.q - EQUAL).sum())

    @property
    def toys_p_value(self) -> float | None:
        """Return the part of the toys with a `q` as large; None without toys."""
        if self.toys is None or not len(self.toys):
            return None
        return self.n_above / len(self.toys)

    @property
    def toys_p_value_error(self) -> float | None:
        r"""Return its binomial error, $\sqrt{p(1-p)/n}$.

        Where none or all of the toys are above, that of half a toy: it is not zero.
        """
        if self.toys is None or not len(self.toys):
            return None
        n = len(self.toys)
        p = min(max(self.n_above, 0.5), n - 0.5) / n
        return math.sqrt(p * (1 - p) / n)

    @property
    def toys_p_value_upper(self) -> float | None:
        """Return the upper limit of that p-value, at 95 % confidence.

        References:
            C. Clopper, E. Pearson, Biometrika 26 (1934) 404.
        """
        if self.toys is None or not len(self.toys):
            return None
        k, n = self.n_above, len(self.toys)
        return 1.0 if k == n else float(stats.beta.ppf(CONFIDENCE, k + 1, n - k))

    @property
    def toys_significance(self) -> float | None:
        """Return the significance of the toys; of the upper limit if none is above."""
        p = self.toys_p_value_upper if self.n_above == 0 else self.toys_p_value
        return None if p is None else _significance(math.log(p))

    @property
    def message(self) -> str:
        """Return what the test says, in a sentence."""
        text = (
            f"q = {self.q:.4g} for {self.ndof} more free "
            f"parameter{'s' if self.ndof > 1 else ''} ({', '.join(self.extra)}): "
            f"asymptotic p-value {self.p_value:.3g}, {self.significance:.2f} sigma."
        )
        if self.toys is None:
            return text
        n, k = len(self.toys), self.n_above
        failed = f"; {self.n_failed} more failed" if self.n_failed else ""
        if n == 0:
            return f"{text} No toy has valid fits{failed}."
        if k == 0:
            return (
                f"{text} Of {n} toys none is as extreme: p-value below "
                f"{self.toys_p_value_upper:.2g} at 95 % confidence, more than "
                f"{self.toys_significance:.2f} sigma{failed}."
            )
        return (
            f"{text} Of {n} toys {k} are as extreme: p-value {self.toys_p_value:.3g} "
            f"± {self.toys_p_value_error:.2g}, {self.toys_significance:.2f} "
            f"sigma{failed}."
        )

    def to_dict(self) -> dict[str, Any]:
        """Return the layout of `result.json`."""
        found: dict[str, Any] = {
            "q": self.q,
            "ndof": self.ndof,
            "p_value": self.p_value,
            "significance": self.significance,
            "parameters": list(self.extra),
            "at_limit": list(self.at_limit),
        }
        if self.toys is not None:
            found |= {
                "n_toys": len(self.toys) + self.n_failed,
                "n_failed": self.n_failed,
                "toys_p_value": self.toys_p_value,
                "toys_p_value_error": self.toys_p_value_error,
                "toys_p_value_upper": self.toys_p_value_upper,
                "toys_significance": self.toys_significance,
            }
        return found | {"message": self.message, "notes": list(self.notes)}

    def __str__(self) -> str:
        """Return the sentence and the notes."""
        return "\n".join([self.message, *(f"note: {n}" for n in self.notes)])


def likelihood_ratio(
    null: Result,
    alternative: Result,
    *,
    toys: int = 0,
    seed: int = 0,
    starts: int | None = None,
) -> LikelihoodRatio:
    r"""Test a null hypothesis against an alternative that contains it.

    $$q = -2\log L(\hat{\hat\theta}_{null}) + 2\log L(\hat\theta)$$

    follows, under the null hypothesis and with many events, $\chi^2_d$ with $d$ the
    number of parameters that are free only in the alternative (Wilks). Where one of
    them is on a limit under the null hypothesis, as a yield that cannot be negative,
    it follows $\tfrac12\chi^2_{d-1} + \tfrac12\chi^2_d$ (Chernoff). Whether that is so
    is read off the alternative at the values of the null hypothesis.

    With `toys` data sets are drawn from the null hypothesis at its fitted values, and
    both models are fitted to each: this p-value needs no many events, and holds where
    a parameter means nothing under the null hypothesis.

    Args:
        null: A fit of the null hypothesis.
        alternative: A fit of the alternative to the same data.
        toys: Number of data sets drawn; none by default.
        seed: Of their random numbers.
        starts: From how many points the alternative is fitted to each: that of the
            null hypothesis, that of the data, and more, spread over the limits of the
            parameters that only it has. 4 by default, and 16 where one of them means
            nothing under the null hypothesis, as the position of a peak that is looked
            for: too few starts miss the highest peak, and the p-value is too small.

    Raises:
        LikelyError: If a fit has no valid minimum, the fits are not of the same data
            or not nested, or the events have weights.

    References:
        S. Wilks, Ann. Math. Statist. 9 (1938) 60; H. Chernoff, Ann. Math. Statist. 25
        (1954) 573; S. Self, K. Liang, J. Am. Stat. Assoc. 82 (1987) 605.
    """
    n = whole_number(VERB, "toys", toys, least=0)
    seed = whole_number(VERB, "seed", seed, least=0)
    if starts is not None:
        starts = whole_number(VERB, "starts", starts, least=1)
    nesting = nesting_of(null, alternative)
    # Two minima are found to the tolerance of the minimiser.
    q = max(null.loss - alternative.loss, 0.0)
    d = len(nesting.extra)
    log_p = _log_p_value(q, d, half=len(nesting.at_limit) == 1)
    begin = time.perf_counter()
    many = SEARCH_STARTS if nesting.undefined else STARTS
    found, n_failed = _of_toys(null, alternative, nesting, n, (seed, starts or many))
    return LikelihoodRatio(
        q=q,
        ndof=d,
        p_value=math.exp(log_p),
        significance=_significance(log_p),
        extra=nesting.extra,
        at_limit=nesting.at_limit,
        notes=tuple(_notes(nesting)),
        toys=found if n else None,
        n_failed=n_failed,
        seconds=time.perf_counter() - begin if n else 0.0,
    )


def _log_p_value(q: float, d: int, *, half: bool) -> float:
    r"""Return $\log P(\chi^2_d \ge q)$, half of it that of $d - 1$ if asked for."""
    if q <= 0:
        return 0.0
    whole = _log_chi_square(q, d)
    if not half:
        return whole
    # A chi-square of no degree of freedom is zero, and never as large as q.
    less = _log_chi_square(q, d - 1) if d > 1 else -math.inf
    return float(np.logaddexp(whole, less)) - math.log(2)


def _log_chi_square(q: float, d: int) -> float:
    r"""Return $\log P(\chi^2_d \ge q)$, also where the probability underflows.

    There it is $\log\Gamma(a, x)/\Gamma(a)$ with $a = d/2$, $x = q/2$ and
    $\Gamma(a, x) \to x^{a-1} e^{-x} (1 + (a-1)/x + (a-1)(a-2)/x^2)$.
    """
    found = float(stats.chi2.logsf(q, d))
    if math.isfinite(found):
        return found
    a, x = 0.5 * d, 0.5 * q
    series = 1 + (a - 1) / x + (a - 1) * (a - 2) / x**2
    return (a - 1) * math.log(x) - x + math.log(series) - math.lgamma(a)


def _significance(log_p: float) -> float:
    r"""Return $\max(0, \Phi^{-1}(1 - p))$, for probabilities of any smallness."""
    return max(0.0, -float(special.ndtri_exp(min(log_p, -1e-300))))


def _notes(nesting: Nesting) -> Any:
    if not nesting.seen:
        yield (
            "where the alternative contains the null hypothesis was not found: the "
            "asymptotic p-value takes it to be inside the limits of "
            f"{', '.join(nesting.extra)}."
        )
    if nesting.undefined:
        names = ", ".join(nesting.undefined)
        yield (
            f"under the null hypothesis {names} has no meaning, so the asymptotic "
            "p-value is too small (R. B. Davies, Biometrika 74 (1987) 33); take toys."
        )
    if len(nesting.at_limit) == 1:
        yield (
            f"{nesting.at_limit[0]} is on its limit under the null hypothesis: half "
            "chi-square."
        )
    if len(nesting.at_limit) > 1:
        yield (
            f"{', '.join(nesting.at_limit)} are on limits under the null hypothesis: "
            "the asymptotic p-value is too large; take toys."
        )


def _of_toys(
    null: Result,
    other: Result,
    nesting: Nesting,
    n: int,
    choices: tuple[int, int],
) -> tuple[Float[np.ndarray, " toys"], int]:
    """Return q of the toys whose fits converged, and how many did not."""
    if not n:
        return np.zeros(0), 0
    seed, starts = choices
    rivals = _rivals(null, other, nesting, starts)
    batch, chunk = batch_and_chunk(rivals.null, n)
    root, found = jax.random.key(seed), []
    with progress("toys of both models", -(-n // chunk)) as tell:
        for first in range(0, n, chunk):
            keys = keys_of(root, np.arange(first, first + chunk))
            numbers = rivals.null.numbers(keys)
            ends = jax.device_get(fit_pairs(rivals, keys, numbers, batch=batch))
            q = 2 * (ends.null_value - ends.value)
            good = converged(ends.null_code) & converged(ends.code) & np.isfinite(q)
            found.append(np.where(good, np.maximum(q, 0.0), np.nan))
            tell()
    q = np.concatenate(found)[:n]
    return q[~np.isnan(q)], int(np.isnan(q).sum())


def _rivals(null: Result, other: Result, nesting: Nesting, starts: int) -> Rivals:
    ours, theirs = null.objective, other.objective
    truth, x = null.free_values, other.free_values
    if not len(truth):
        raise LikelyError(
            f"`{VERB}(toys=...)`: the null hypothesis has no free parameter; free one, "
            "or take the asymptotic p-value."
        )
    names = [p.name for p in ours.space.free]
    places = [names.index(p.name) if p.name in names else -1 for p in theirs.space.free]
    moving = [p.name in (nesting.undefined or nesting.extra) for p in theirs.space.free]
    wide = spread(theirs.space, x, max(starts - 2, 0))
    points = [nesting.point, x, *np.where(moving, wide, nesting.point)][:starts]
    nothing = np.zeros(len(x), bool)
    return Rivals(
        null=ours.generator(truth),
        other=theirs.generator(x),
        null_box=box_of(ours, truth, np.zeros(len(truth), bool)),
        null_start=truth,
        box=box_of(theirs, x, nothing),
        starts=np.stack(points),
        inherits=np.arange(len(points)) != 1,
        places=np.array(places),
    )
