"""The jackknife: the spread of fits that lack a part of the events each."""

import math
import time
from dataclasses import dataclass
from typing import Any, final

import jax
import numpy as np
from jaxtyping import Bool, Float, Int

from ...core import LikelyError, Result, rounded
from ...fit.many import batch_size, fit_toys
from ...fit.newton import box_of
from ...fit.resampling import LeaveOut, Weighted
from ..fitted import unbinned_fit, whole_number
from ..toy_status import OK, failures_of
from .bootstrap_fits import check_resampling, ends_of

MOST = 100


@final
@dataclass(frozen=True)
class Jackknife:
    r"""Fits of the same events, each without one of $g$ groups.

    Args:
        names: The free parameters.
        estimates: Fitted values of all data.
        values: Those without group $b$, the others weighted $g/(g-1)$; one row a group.
        status: 0 for a valid fit, else the place of its reason in the table of
            failures, plus 1.
        shifts: $\tfrac12(\theta_+ - \theta_-)$ for what no group holds: the number of
            events of an extended fit, and the mean of each constraint, each moved by
            one standard deviation; one row each.
        seconds: Time that it took, compilation included.
    """

    names: tuple[str, ...]
    estimates: Float[np.ndarray, " free"]
    values: Float[np.ndarray, "groups free"]
    status: Int[np.ndarray, " groups"]
    shifts: Float[np.ndarray, "sources free"]
    seconds: float = 0.0

    def __len__(self) -> int:
        """Return the number of groups."""
        return len(self.status)

    @property
    def valid(self) -> Bool[np.ndarray, " groups"]:
        """Return which fits are valid; the others enter nothing below."""
        return self.status == OK

    @property
    def failures(self) -> dict[str, int]:
        """Return how many fits failed, by reason."""
        return failures_of(self.status)

    @property
    def covariance(self) -> Float[np.ndarray, "free free"]:
        r"""Return $(g-1)\,\overline{d_b d_b^\top} + \sum_j \delta_j \delta_j^\top$.

        $d_b = \theta_{(b)} - \overline{\theta_{(b)}}$ and $\delta_j$ are the shifts.
        Both means are over the valid fits; all is NaN where a shift is not known.
        """
        if self.valid.sum() < 2:
            return np.full((len(self.names),) * 2, np.nan)
        found = self.values[self.valid]
        d = found - found.mean(axis=0)
        return (len(self) - 1) / len(found) * d.T @ d + self.shifts.T @ self.shifts

    @property
    def errors(self) -> dict[str, float]:
        """Return the standard deviation of each parameter by name."""
        errors = np.sqrt(np.diag(self.covariance))
        return {n: float(e) for n, e in zip(self.names, errors, strict=True)}

    @property
    def bias(self) -> dict[str, float]:
        r"""Return $(g-1)(\overline{\theta_{(b)}} - \hat\theta)$ of each parameter."""
        found = self.values[self.valid]
        mean = found.mean(axis=0) if len(found) else np.full(len(self.names), np.nan)
        bias = (len(self) - 1) * (mean - self.estimates)
        return {n: float(b) for n, b in zip(self.names, bias, strict=True)}

    def to_dict(self) -> dict[str, Any]:
        """Return values, errors and biases as plain numbers."""
        errors, bias = self.errors, self.bias

        def number(value: float) -> float | None:
            return value if math.isfinite(value) else None

        return {
            "n_groups": len(self),
            "n_failed": int((~self.valid).sum()),
            "failures": self.failures,
            "parameters": {
                name: {
                    "value": float(value),
                    "error": number(errors[name]),
                    "bias": number(bias[name]),
                }
                for name, value in zip(self.names, self.estimates, strict=True)
            },
        }

    def __str__(self) -> str:
        """Return the table of parameters as text."""
        failed = int((~self.valid).sum())
        lines = [f"jackknife: {len(self)} groups, {failed} fits failed"]
        for name, estimate in zip(self.names, self.estimates, strict=True):
            value, error = rounded(float(estimate), self.errors[name])
            lines.append(f"{name} = {value} ± {error}, bias {self.bias[name]:+.2g}")
        return "\n".join(lines)


def jackknife(result: Result, *, blocks: Any = None, seed: int = 0) -> Jackknife:
    r"""Fit the events without one group after the other, as one compiled program.

    Events are put in groups of equal size at random; `blocks` equal to their number
    leaves out one event at a time. Where events are not independent, several
    candidates of one collision for instance, give the number of its collision for each
    event: those of one label are left out together.

    What is not in any group is varied by itself and added to the covariance: the mean
    of each constraint by its sigma, and in an extended fit the number of events, or of
    labels, by its square root.

    Args:
        result: A converged unbinned fit.
        blocks: Number of groups, by default 100 or the number of events; or a label
            for each event of the fit.
        seed: Of the choice of groups.

    Raises:
        LikelyError: If the result is no unbinned fit with a valid minimum and free
            parameters, or there are less than two groups.

    References:
        R. G. Miller, Biometrika 61 (1974) 1.
    """
    result = unbinned_fit("jackknife", result)
    check_resampling("jackknife", result)
    seed = whole_number("jackknife", "seed", seed, least=0)
    begin, objective, x = time.perf_counter(), result.objective, result.free_values
    labels, units = _labels(blocks, result.n_events, seed)
    leave_out = LeaveOut.of(Weighted.of(objective), labels, 1 / math.sqrt(units))
    box = box_of(objective, x, np.zeros(len(x), bool))
    batch = batch_size(leave_out)
    step = batch * len(jax.devices())
    keys = jax.random.split(jax.random.key(0), -(-leave_out.sets // step) * step)
    nothing = np.zeros((0, len(x)), bool)
    numbers = leave_out.numbers(keys)
    made = fit_toys(leave_out, keys, numbers, box, x, held=nothing, batch=batch)
    values, status = ends_of([jax.device_get(made)], objective.space)
    g, sets = int(leave_out.n_groups), leave_out.sets
    around = np.where(status[g:sets, None] == OK, values[g:sets], np.nan)
    shifts = 0.5 * (around[0::2] - around[1::2])
    return Jackknife(
        names=tuple(p.name for p in objective.space.free),
        estimates=x,
        values=values[:g],
        status=status[:g],
        # The number of events says nothing of a fit that is not extended.
        shifts=shifts if objective.extended else shifts[1:],
        seconds=time.perf_counter() - begin,
    )


def _labels(blocks: Any, n: int, seed: int) -> tuple[Int[np.ndarray, " events"], int]:
    """Return the group of each event, 0 to g - 1, and the number of free units."""
    if blocks is None or np.ndim(blocks) == 0:
        given = min(MOST, n) if blocks is None else blocks
        g = whole_number("jackknife", "blocks", given, least=2)
        if g > n:
            raise LikelyError(
                f"`jackknife(blocks=...)`: {g} groups of {n} events; give at most as "
                "many groups as events."
            )
        # At random: groups of every g-th event of sorted data are too much alike.
        return np.random.default_rng(seed).permutation(np.arange(n) % g), n
    given = np.asarray(blocks)
    if given.shape != (n,):
        raise LikelyError(
            f"`jackknife(blocks=...)` takes one label for each of the {n} events of "
            f"the fit; got shape {given.shape}. Leave out those outside the ranges."
        )
    names, labels = np.unique(given, return_inverse=True)
    if len(names) < 2:
        raise LikelyError(
            "`jackknife(blocks=...)`: all events have one label; there must be two."
        )
    return labels, len(names)
