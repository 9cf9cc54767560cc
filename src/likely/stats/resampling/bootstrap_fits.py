"""The bootstrap: the spread of fits to resampled events."""

import math
import time
from dataclasses import dataclass
from typing import Any, final

import jax
import numpy as np
from jaxtyping import Bool, Float, Int
from scipy.special import ndtr, ndtri

from ...core import LikelyError, Result, nearest, progress, rounded
from ...fit import LikelihoodObjective, active_limits
from ...fit.errors import symmetric_inverse
from ...fit.influence import constraint_response, influence_moments
from ...fit.many import fit_toys
from ...fit.newton import box_of
from ...fit.resampling import Weighted, resampler_of
from ..fitted import converged_fit, whole_number
from ..intervals import ONE_SIGMA
from ..toy_making import batch_and_chunk, keys_of
from ..toy_status import OK, failures_of, hesse_errors, statuses

KINDS = ("poisson", "multinomial")
METHODS = ("bca", "percentile")


@final
@dataclass(frozen=True)
class Bootstrap:
    r"""Fits of the same events, each counted a random number of times.

    Args:
        names: The free parameters.
        estimates: Fitted values of the data as they are.
        values: Those of the resampled data, one row a fit.
        status: 0 for a valid fit, else the place of its reason in the table of
            failures, plus 1.
        acceleration: $a$ of the BCa interval, a parameter.
        kind: "poisson" or "multinomial".
        seed: Of the random numbers; fit i has the same ones in any number of fits.
        notes: What a careful reader wants to know.
        seconds: Time that it took, compilation included.
    """

    names: tuple[str, ...]
    estimates: Float[np.ndarray, " free"]
    values: Float[np.ndarray, "fits free"]
    status: Int[np.ndarray, " fits"]
    acceleration: Float[np.ndarray, " free"]
    kind: str = "poisson"
    seed: int = 0
    notes: tuple[str, ...] = ()
    seconds: float = 0.0

    def __len__(self) -> int:
        """Return the number of fits."""
        return len(self.status)

    @property
    def valid(self) -> Bool[np.ndarray, " fits"]:
        """Return which fits are valid; the others enter nothing below."""
        return self.status == OK

    @property
    def failures(self) -> dict[str, int]:
        """Return how many fits failed, by reason."""
        return failures_of(self.status)

    @property
    def covariance(self) -> Float[np.ndarray, "free free"]:
        """Return the covariance of the fitted values; NaN with less than two fits."""
        if self.valid.sum() < 2:
            return np.full((len(self.names),) * 2, np.nan)
        return np.atleast_2d(np.cov(self.values[self.valid], rowvar=False))

    @property
    def errors(self) -> dict[str, float]:
        """Return the standard deviation of each parameter by name."""
        return _named(self.names, np.sqrt(np.diag(self.covariance)))

    @property
    def bias(self) -> dict[str, float]:
        r"""Return $\overline{\theta^*} - \hat\theta$ of each parameter by name."""
        if not self.valid.any():
            return _named(self.names, np.full(len(self.names), np.nan))
        return _named(self.names, self.values[self.valid].mean(axis=0) - self.estimates)

    def interval(
        self, name: str, *, level: float = ONE_SIGMA, method: str = "bca"
    ) -> tuple[float, float]:
        r"""Return the central interval of a parameter.

        "percentile" takes the quantiles $\alpha = (1 \mp level)/2$ of the fitted
        values; "bca" corrects for bias and for an error that changes with the value:

        $$\alpha' = \Phi\Bigl(z_0 + \frac{z_0 + z_\alpha}{1 - a(z_0 + z_\alpha)}\Bigr),
        \quad z_0 = \Phi^{-1}\bigl(P(\theta^* < \hat\theta)\bigr),
        \quad a = \frac{\sum_i U_i^3}{6\,(\sum_i U_i^2)^{3/2}}$$

        with $U_i$ the answer of the fitted value to event $i$. The ends are NaN where
        there are too few valid fits to find them.

        Args:
            name: Of a free parameter.
            level: Probability content.
            method: "bca" or "percentile".

        Raises:
            LikelyError: If there is no such parameter, method or level.

        References:
            B. Efron, J. Am. Stat. Assoc. 82 (1987) 171.
        """
        if name not in self.names:
            raise LikelyError(
                f"no free parameter `{name}`: {nearest(name, self.names)}"
            )
        if method not in METHODS:
            raise LikelyError(
                f"`interval(method=...)`: there is no `{method}`; "
                f"{nearest(str(method), METHODS)}"
            )
        if not 0 < level < 1:
            raise LikelyError(
                f"`interval(level=...)` is a probability between 0 and 1; got {level}."
            )
        i = self.names.index(name)
        found = self.values[self.valid, i]
        alpha = np.array([0.5 * (1 - level), 0.5 * (1 + level)])
        if method == "bca":
            alpha = _bca(found, self.estimates[i], self.acceleration[i], alpha)
        # Beyond the outermost fit nothing is known.
        if not np.all(np.minimum(alpha, 1 - alpha) * len(found) >= 1):
            return math.nan, math.nan
        low, high = np.quantile(found, alpha)
        return float(low), float(high)

    def to_dict(self) -> dict[str, Any]:
        """Return values, errors, biases and intervals as plain numbers."""
        return {
            "kind": self.kind,
            "n_fits": len(self),
            "n_failed": int((~self.valid).sum()),
            "failures": self.failures,
            "parameters": {
                name: {
                    "value": float(self.estimates[i]),
                    "error": _number(self.errors[name]),
                    "bias": _number(self.bias[name]),
                    "bca": [_number(v) for v in self.interval(name)],
                    "percentile": [
                        _number(v) for v in self.interval(name, method="percentile")
                    ],
                }
                for i, name in enumerate(self.names)
            },
            "notes": list(self.notes),
        }

    def __str__(self) -> str:
        """Return the table of parameters as text."""
        failed = int((~self.valid).sum())
        lines = [f"{self.kind} bootstrap: {len(self)} fits, {failed} failed"]
        for i, name in enumerate(self.names):
            value, error = rounded(float(self.estimates[i]), self.errors[name])
            low, high = self.interval(name)
            bias = self.bias[name]
            lines.append(
                f"{name} = {value} ± {error}, bias {bias:+.2g}, "
                f"BCa [{low:.6g}, {high:.6g}]"
            )
        return "\n".join([*lines, *self.notes])


def bootstrap(
    result: Result, n: int = 1000, *, seed: int = 0, kind: str = "poisson"
) -> Bootstrap:
    r"""Fit the same events again, each counted $k_i$ times, as one compiled program.

    `kind="poisson"` draws $k_i \sim \mathrm{Poisson}(1)$: the number of events
    fluctuates, as in data taken for a given time. `kind="multinomial"` draws as many
    events as there are, with replacement: right where their number was fixed
    beforehand, too small for the yields of an extended fit, and a note says so.
    Weights stay with their events, so weighted data are resampled as well. The mean of
    each constraint fluctuates by its sigma around the measured one: it is a measurement
    that would come out differently, too, and the spread of the fits without that would
    lack what the constraint leaves open.

    Args:
        result: A converged fit of events, also of several categories, or of a
            histogram, whose bins then fluctuate.
        n: Number of fits.
        seed: Of the random numbers.
        kind: "poisson" or "multinomial".

    Raises:
        LikelyError: If the result is no fit with a valid minimum and free parameters,
            the data cannot be resampled, or an option is none.

    References:
        B. Efron, Ann. Statist. 7 (1979) 1. Poisson weights: N. Chamandy et al.,
        Estimating Uncertainty for Massive Data Streams (2012).
    """
    result = converged_fit("bootstrap", result)
    n = whole_number("bootstrap", "n", n, least=1)
    seed = whole_number("bootstrap", "seed", seed, least=0)
    if kind not in KINDS:
        raise LikelyError(
            f"`bootstrap(kind=...)`: there is no `{kind}`; {nearest(str(kind), KINDS)}"
        )
    begin, objective, x = time.perf_counter(), result.objective, result.free_values
    check_resampling("bootstrap", result)
    resampler = resampler_of(objective, x, keep_number=kind == "multinomial")
    box = box_of(objective, x, np.zeros(len(x), bool))
    batch, chunk = batch_and_chunk(resampler, n)
    root, ends = jax.random.key(seed), []
    nothing = np.zeros((0, len(x)), bool)
    with progress("bootstrap", -(-n // chunk)) as tell:
        for first in range(0, n, chunk):
            keys = keys_of(root, np.arange(first, first + chunk))
            numbers = resampler.numbers(keys)
            made = fit_toys(resampler, keys, numbers, box, x, held=nothing, batch=batch)
            ends.append(jax.device_get(made))
            tell()
    values, status = ends_of(ends, objective.space)
    return Bootstrap(
        names=tuple(p.name for p in objective.space.free),
        estimates=x,
        values=values[:n],
        status=status[:n],
        acceleration=_acceleration(result, kind),
        kind=kind,
        seed=seed,
        notes=_notes(result, kind),
        seconds=time.perf_counter() - begin,
    )


def check_resampling(verb: str, result: Result) -> None:
    """Check that there are events to resample and parameters to fit.

    Raises:
        LikelyError: If there are not.
    """
    if not len(result.free_values):
        raise LikelyError(
            f"`{verb}`: the model has no free parameter, so nothing is fitted again."
        )
    if result.n_events < 2:
        raise LikelyError(
            f"`{verb}` needs at least two events; the fit has {result.n_events}."
        )


def ends_of(
    ends: list[Any], space: Any
) -> tuple[Float[np.ndarray, "fits free"], Int[np.ndarray, " fits"]]:
    """Return fitted values and status of all fits."""
    x, g, H = (
        np.concatenate([np.asarray(getattr(e, name)) for e in ends])
        for name in ("x", "gradient", "hessian")
    )
    code, value = (
        np.concatenate([np.asarray(getattr(e, name)) for e in ends])
        for name in ("code", "value")
    )
    _, definite = hesse_errors(x, g, H, space)
    return x, statuses(code, value, definite)


def _acceleration(result: Result, kind: str) -> Float[np.ndarray, " free"]:
    """Return the third cumulant of the fitted values over six times their cubed error.

    Numbers of Poisson distributions have all cumulants one; drawing a fixed number
    takes the mean out. A histogram has none here, and its BCa interval corrects for the
    bias only.
    """
    objective, x = result.objective, result.free_values
    at = result.minimum.derivatives
    free = ~active_limits(x, at.gradient, objective.space)
    V = np.zeros((len(x), len(x)))
    if free.any():
        V[np.ix_(free, free)] = symmetric_inverse(at.hessian[np.ix_(free, free)])
    second, third = np.zeros(len(x)), np.zeros(len(x))
    names = [p.name for p in objective.space.free]
    for part in getattr(objective, "parts", {"": objective}).values():
        if not isinstance(part, LikelihoodObjective):
            return np.zeros(len(x))
        columns = [names.index(p.name) for p in part.space.free]
        own = Weighted.of(part), x[columns], V[:, columns]
        first_, second_, third_ = np.asarray(influence_moments(*own))
        if kind == "multinomial":
            n = part.n_events
            mean = first_ / n
            third_ = third_ - 3 * mean * second_ + 2 * n * mean**3
            second_ = second_ - n * mean**2
        second, third = second + second_, third + third_
        if len(part.constraints):
            own = part.program, x[columns], V[:, columns]
            second = second + np.asarray(constraint_response(*own))
    safe = np.where(second > 0, second, 1.0)
    return np.where(second > 0, third / (6 * safe**1.5), 0.0)


def _bca(
    found: Float[np.ndarray, " fits"],
    estimate: float,
    a: float,
    alpha: Float[np.ndarray, " ends"],
) -> Float[np.ndarray, " ends"]:
    if not len(found):
        return alpha
    # Fits that end on the same limit as the data count half on either side.
    below = (found < estimate).mean() + 0.5 * (found == estimate).mean()
    z0 = ndtri(below)
    z = z0 + ndtri(alpha)
    # NaN where all fits lie on one side: their quantiles then say nothing.
    with np.errstate(invalid="ignore"):
        return ndtr(z0 + z / (1 - a * z))


def _notes(result: Result, kind: str) -> tuple[str, ...]:
    if hasattr(result.objective, "binned"):
        return ("the bins fluctuate as the model says: a fixed number, or Poisson.",)
    if kind == "multinomial" and result.objective.extended:
        return (
            "multinomial: the number of events is kept, so that the errors of the "
            "yields lack its fluctuation.",
        )
    return ()


def _named(names: tuple[str, ...], numbers: Any) -> dict[str, float]:
    return {name: float(v) for name, v in zip(names, numbers, strict=True)}


def _number(value: float) -> float | None:
    return float(value) if math.isfinite(value) else None
