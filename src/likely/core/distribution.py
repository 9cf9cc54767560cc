"""The contract of a probability density: one event in, one number out."""

import abc

import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, Float, Key, PRNGKeyArray

from .errors import LikelyError
from .observable import Observable
from .space import resolve
from .term import Term


class AbstractDistribution(eqx.Module):
    """A normalised density over events, `x` in the order of `observables`.

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
        self, x: Float[Array | np.ndarray, "events dim"]
    ) -> Float[Array, " events"]:
        """Return `log_prob` of every event.

        Args:
            x: One row an event, one column an observable, in their units.

        Raises:
            LikelyError: If the number of columns is not that of the observables.
        """
        x = jnp.asarray(x, float)
        dim = len(self.observables)
        if x.ndim != 2 or x.shape[1] != dim:
            raise LikelyError(
                f"`{type(self).__name__}` expects an array of shape (events, {dim}), "
                f"columns {[o.name for o in self.observables]}; got shape {x.shape}."
            )
        return _log_probs(resolve(self), x)

    def samples(self, key: PRNGKeyArray, n: int) -> Float[Array, "events dim"]:
        """Draw `n` independent events."""
        return _samples(resolve(self), jax.random.split(key, n))


@eqx.filter_jit
def _log_probs(
    model: AbstractDistribution, x: Float[Array, "events dim"]
) -> Float[Array, " events"]:
    return jax.vmap(model.log_prob)(x)


@eqx.filter_jit
def _samples(
    model: AbstractDistribution, keys: Key[Array, " events"]
) -> Float[Array, "events dim"]:
    return jax.vmap(model.sample)(keys)
