"""The contract of a probability density: one event in, one number out."""

import abc
import operator
from typing import Any

import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, Float, Key, PRNGKeyArray

from .errors import LikelyError
from .observable import Observable
from .space import resolve
from .term import Term
from .threefry import quick


class AbstractDistribution(eqx.Module):
    """A normalised density over events, `x` in the order of `observables`.

    A density that is conditional on columns of the event names them in a field or
    property `given`, a tuple of names, and has their values behind those of the
    observables; `given_of` asks for them. It draws events in `sample_given`.

    To implement one, write `log_prob`, `sample` and `terms` for a *single* event of a
    model whose parameters are numbers; `log_probs` and `samples` resolve parameters
    and batch, and are never overridden.
    """

    observables: eqx.AbstractVar[tuple[Observable, ...]]

    @abc.abstractmethod
    def log_prob(self, x: Float[Array, " dim"]) -> Float[Array, ""]:
        """Return the natural logarithm of the density at one event."""

    @abc.abstractmethod
    def sample(self, key: PRNGKeyArray) -> Float[Array, " dim"]:
        """Draw one event."""

    @abc.abstractmethod
    def terms(self) -> tuple[Term, ...]:
        """Return the terms whose sum is the density; see `Term`."""

    def log_probs(
        self, x: Float[Array | np.ndarray, "events dim"] | Any
    ) -> Float[Array, " events"]:
        """Return `log_prob` of every event.

        Args:
            x: One row an event; one column an observable, in their units, and behind
                them one a column that the density is given.

        Raises:
            LikelyError: If it is no array of numbers with as many columns.
        """
        columns = [*(o.name for o in self.observables), *given_of(self)]
        return _log_probs(resolve(self), _rows(type(self).__name__, x, columns))

    def samples(
        self, key: PRNGKeyArray | Any, n: int | Any
    ) -> Float[Array, "events dim"]:
        """Draw `n` independent events.

        Args:
            key: Of the random numbers.
            n: Number of events.

        Raises:
            LikelyError: If `key` is no key or `n` no number of events, or the density
                is conditional: use `samples_given`.
        """
        if given_of(self):
            raise LikelyError(
                f"`{type(self).__name__}` is conditional on {list(given_of(self))}, "
                "and does not say how these are distributed; use "
                "`samples_given(key, columns)` with values of theirs."
            )
        return _samples(resolve(self), _keys("samples", key, n))

    def samples_given(
        self,
        key: PRNGKeyArray | Any,
        given: Float[Array | np.ndarray, "events given"] | Any,
    ) -> Float[Array, "events dim"]:
        """Draw one event for each row of the columns that the density is given.

        Args:
            key: Of the random numbers.
            given: One row an event, one column a name of `given`.

        Raises:
            LikelyError: If `key` is no key, or `given` no array of numbers with as many
                columns.
        """
        rows = _rows("samples_given", given, list(given_of(self)))
        keys = _keys("samples_given", key, len(rows))
        return _samples_given(resolve(self), keys, rows)


def given_of(density: Any) -> tuple[str, ...]:
    """Return the columns that a density is conditional on."""
    return tuple(getattr(density, "given", ()))


def sample_given(
    density: AbstractDistribution, key: PRNGKeyArray, given: Float[Array, " given"]
) -> Float[Array, " dim"]:
    """Draw the observables of one event, given its other columns."""
    if not given_of(density):
        return density.sample(key)
    conditional: Any = density
    return conditional.sample_given(key, given)


def _keys(owner: str, key: Any, n: Any) -> Any:
    """Return a key for each event, of the old kind of array if `key` is of that."""
    try:
        number = -1 if isinstance(n, bool) else operator.index(n)
    except TypeError:
        number = -1
    if number < 0:
        raise LikelyError(f"`{owner}(n=...)` must be a whole number >= 0; got {n!r}.")
    try:
        return jax.random.split(key, number)
    except (TypeError, ValueError):
        raise LikelyError(
            f"`{owner}(key=...)` takes one key, such as `jax.random.key(0)`; got "
            f"{type(key).__name__} of shape {np.shape(key)}."
        ) from None


def _rows(owner: str, rows: Any, columns: list[str]) -> Float[Array, "events columns"]:
    """Return rows of numbers, one column each."""
    try:
        found = jnp.asarray(rows, float)
    except (TypeError, ValueError):
        raise LikelyError(
            f"`{owner}` expects an array of numbers of shape (events, {len(columns)}), "
            f"columns {columns}; got {type(rows).__name__}."
        ) from None
    if found.ndim != 2 or found.shape[1] != len(columns):
        raise LikelyError(
            f"`{owner}` expects an array of shape (events, {len(columns)}), columns "
            f"{columns}; got shape {found.shape}."
        )
    return found


@eqx.filter_jit
def _log_probs(
    model: AbstractDistribution, x: Float[Array, "events dim"]
) -> Float[Array, " events"]:
    return jax.vmap(model.log_prob)(x)


@eqx.filter_jit
def _samples(
    model: AbstractDistribution, keys: Key[Array, " events"] | Any
) -> Float[Array, "events dim"]:
    return jax.vmap(model.sample)(quick(keys))


@eqx.filter_jit
def _samples_given(
    model: AbstractDistribution,
    keys: Key[Array, " events"] | Any,
    given: Float[Array, "events given"],
) -> Float[Array, "events dim"]:
    return jax.vmap(lambda key, values: sample_given(model, key, values))(
        quick(keys), given
    )
