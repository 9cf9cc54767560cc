"""The events of a fit, and toys of it, as a test of goodness of fit needs them."""

import abc
from typing import Any

import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, Bool, Float, Int, Key

from ...core import (
    AbstractDistribution,
    AbstractGenerator,
    LikelyError,
    Result,
    given_of,
    resolve,
)
from ..fitted import unbinned_fit, whole_number
from ..toy_making import keys_of, toys as make_toys

FEWEST = 2


def tested_fit(verb: str, result: Any) -> Result:
    """Return a fit whose goodness can be tested without bins.

    Raises:
        LikelyError: If it is none, its events are weighted, or its model is
            conditional.
    """
    found = unbinned_fit(verb, result)
    if found.objective.weights is not None:
        raise LikelyError(
            f"`{verb}`: the events are weighted, and neither toys nor permutations of "
            "them are like them, so their p-value is not defined; use the chi-square "
            "in bins, `goodness_of_fit(projection(result), ...)`."
        )
    if given_of(found.model):
        raise LikelyError(
            f"`{verb}`: the model is conditional on {list(given_of(found.model))}, and "
            "does not say how these are distributed; multiply it by densities of them."
        )
    if found.n_events < FEWEST:
        raise LikelyError(
            f"`{verb}` needs at least {FEWEST} events; the fit has {found.n_events}."
        )
    return found


class AbstractStatistic(eqx.Module):
    """A number that says how far events are from a density."""

    @abc.abstractmethod
    def of(
        self,
        model: AbstractDistribution,
        x: Float[Array, "room dim"],
        counted: Bool[Array, " room"],
    ) -> Float[Array, ""]:
        """Return the statistic of the events that are counted."""


def by_toys(
    result: Result, statistic: AbstractStatistic, n: int, seed: int
) -> tuple[float, Float[np.ndarray, " toys"]]:
    """Return the statistic of the data and of refitted toys; NaN for failed fits."""
    events = jnp.asarray(result.objective.events.T, float)
    every = jnp.ones(len(events), bool)
    observed = float(_of_data(statistic, resolve(result.model), events, every))
    fits = FittedToys(result, n, seed)
    found = _of_toys(
        statistic,
        # Its parameters are part of the program: those of the start are the same for
        # every fit of this model.
        (result.objective.model, tuple(p.name for p in result.objective.space.free)),
        fits.generator,
        fits.keys,
        fits.numbers,
        fits.values,
    )
    return observed, np.where(fits.valid, np.asarray(found), np.nan)


class FittedToys(eqx.Module):
    """Toys of a fit, refitted; their events can be drawn again.

    Args:
        result: The fit.
        n: Number of toys.
        seed: Of the random numbers.
    """

    generator: AbstractGenerator
    keys: Key[Array, " toys"]
    numbers: Int[np.ndarray, " toys"]
    values: Float[np.ndarray, "toys free"]
    valid: Bool[np.ndarray, " toys"]

    def __init__(self, result: Result, n: int, seed: int):
        x = result.free_values
        self.generator = result.objective.generator(x)
        self.keys = keys_of(jax.random.key(seed), np.arange(n))
        self.numbers = np.asarray(self.generator.numbers(self.keys))
        self.values, self.valid = np.zeros((n, 0)), np.ones(n, bool)
        if len(x):
            made = make_toys(result, n, seed=seed)
            self.values, self.valid = made.values, made.valid

    def events(self, i: int) -> Float[np.ndarray, "events dim"]:
        """Return the events of one toy."""
        x, counted = _drawn(self.generator, self.keys[i], self.numbers[i])
        return np.asarray(x)[np.asarray(counted)]


@eqx.filter_jit
def _of_data(statistic: AbstractStatistic, model: Any, x: Any, counted: Any) -> Any:
    return statistic.of(model, x, counted)


@eqx.filter_jit
def _of_toys(
    statistic: AbstractStatistic,
    named: tuple[Any, tuple[str, ...]],
    generator: AbstractGenerator,
    keys: Key[Array, " toys"],
    numbers: Int[Array | np.ndarray, " toys"],
    values: Float[Array | np.ndarray, "toys free"],
) -> Float[Array, " toys"]:
    model, names = named

    def one(toy: Any) -> Float[Array, ""]:
        key, number, x = toy
        at = resolve(model, {name: x[i] for i, name in enumerate(names)})
        return statistic.of(at, *_events_of(generator, key, number))

    toys = keys, jnp.asarray(numbers), jnp.asarray(values)
    return jax.lax.map(one, toys)


def _events_of(generator: Any, key: Any, number: Any) -> tuple[Any, Any]:
    """Return the events of a toy as one array, and which of them count."""
    blocks, _ = generator.data(key, number)
    columns = blocks.columns[0]
    counted = jnp.arange(columns.shape[-1])[None] < blocks.counts[0][:, None]
    return jnp.swapaxes(columns, 1, 2).reshape(-1, columns.shape[1]), counted.ravel()


_drawn = eqx.filter_jit(_events_of)


def checked_numbers(verb: str, **numbers: tuple[Any, int]) -> None:
    """Check whole numbers, each with the least that it may be.

    Raises:
        LikelyError: If one is no whole number or too small.
    """
    for name, (value, least) in numbers.items():
        whole_number(verb, name, value, least=least)
