"""Data against a sample of the fitted model: permutations, or refitted toys."""

import abc
from dataclasses import dataclass
from typing import Any

import equinox as eqx
import jax
import numpy as np
from jaxtyping import Bool, Float

from ...core import Result, progress
from ...fit.fit import at_values
from .fitted_data import FittedToys, checked_numbers, tested_fit
from .outcome import UnbinnedTest

# By default ten times as many events as the data, as long as these are few.
TIMES, ENOUGH = 10, 20_000
TOO_LARGE = (
    "the parameters were fitted to these events, which the permutations do not know: "
    "the p-value is, if anything, too large. `toys=...` refits and is exact."
)


class AbstractTwoSamples(eqx.Module):
    """A number that says how different two samples are."""

    @abc.abstractmethod
    def values(
        self,
        points: Float[np.ndarray, "points dim"],
        first: Bool[np.ndarray, "points n"],
    ) -> Float[np.ndarray, " n"]:
        """Return the statistic for each way to split the points in two samples."""


@dataclass(frozen=True)
class Options:
    """How a statistic of two samples becomes a p-value.

    Args:
        permutations: Number of permutations.
        toys: Number of refitted toys, in place of permutations; none if 0.
        sample: Events drawn from the model; None for the default.
        seed: Of the random numbers.
    """

    permutations: int
    toys: int
    sample: int | None
    seed: int

    def sample_size(self, n: int) -> int:
        """Return the number of events drawn beside `n` events of data."""
        return max(n, min(TIMES * n, ENOUGH)) if self.sample is None else self.sample


def compare(
    words: tuple[str, str], result: Any, statistic: AbstractTwoSamples, how: Options
) -> UnbinnedTest:
    """Return the outcome of a test of the data against a sample of the model.

    Args:
        words: Name of the function that is called, and of the method.
        result: A converged unbinned fit of events without weights.
        statistic: Of two samples.
        how: The p-value.

    Raises:
        LikelyError: If the fit is no such fit, or a number is too small.
    """
    verb, method = words
    result = tested_fit(verb, result)
    checked_numbers(
        verb,
        permutations=(how.permutations, 1),
        toys=(how.toys, 0),
        seed=(how.seed, 0),
        sample=(2 if how.sample is None else how.sample, 2),
    )
    n = result.n_events
    m = how.sample_size(n)
    data = np.asarray(result.objective.events.T, float)
    key, own = jax.random.split(jax.random.key(how.seed))
    sample = _sample(result.model, key, m)
    # Columns in units of their spread, so that each has its share of a distance.
    scale = sample.std(axis=0)
    scale = np.where(scale > 0, scale, 1.0)
    if how.toys:
        observed = _value(statistic, data / scale, sample / scale)
        reference = _refitted(result, statistic, how, (own, m, scale))
        return UnbinnedTest.of(method, observed, reference, n)
    points = np.concatenate([data, sample]) / scale
    rng = np.random.default_rng(how.seed)
    first = np.arange(n + m) < n
    shuffled = [rng.permutation(first) for _ in range(how.permutations)]
    found = statistic.values(points, np.stack([first, *shuffled], axis=1))
    notes = (TOO_LARGE,) if len(result.free_values) else ()
    return UnbinnedTest.of(
        method, found[0], found[1:], n, by="permutations", notes=notes
    )


def _refitted(
    result: Result, statistic: AbstractTwoSamples, how: Options, drawing: Any
) -> Float[np.ndarray, " toys"]:
    """Return the statistic of toys against a sample of the model refitted to each."""
    own, m, scale = drawing
    fits = FittedToys(result, how.toys, how.seed)
    found = np.full(how.toys, np.nan)
    keys = jax.random.split(own, how.toys)
    with progress("toys against samples", how.toys) as tell:
        for i in np.flatnonzero(fits.valid):
            model = at_values(result.model, result.objective.space, fits.values[i])
            sample = _sample(model, keys[i], m)
            found[i] = _value(statistic, fits.events(int(i)) / scale, sample / scale)
            tell()
    return found


def _value(
    statistic: AbstractTwoSamples,
    data: Float[np.ndarray, "n dim"],
    sample: Float[np.ndarray, "m dim"],
) -> float:
    first = np.arange(len(data) + len(sample)) < len(data)
    return float(statistic.values(np.concatenate([data, sample]), first[:, None])[0])


def _sample(model: Any, key: Any, m: int) -> Float[np.ndarray, "m dim"]:
    return np.asarray(model.samples(key, m), float)
