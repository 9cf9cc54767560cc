"""Several models of one shape as one: an ensemble, folds, or rates to be compared."""

from collections.abc import Callable
from typing import Any, final

import equinox as eqx
import jax
import jax.numpy as jnp
from jaxtyping import Array, PRNGKeyArray

from ...core import LikelyError


@final
class Ensemble(eqx.Module):
    r"""Models that differ in their weights, which a fit trains apart and at once.

    As a function it is the mean of their outputs, $\frac1M \sum_m f_m(x)$.

    Args:
        members: The models as one, each array with a first axis over the members.
        size: Their number $M$.
    """

    members: Any
    size: int = eqx.field(static=True)

    @staticmethod
    def of(
        make: Callable[[PRNGKeyArray], Any], size: int, *, key: PRNGKeyArray
    ) -> "Ensemble":
        """Return an ensemble of models that start differently.

        Args:
            make: Function from a random key to a model, all of the same shape.
            size: Number of members.
            key: Random key.

        Raises:
            LikelyError: If `size` is no positive number.
        """
        if size < 1:
            raise LikelyError(f"`size` must be positive; got {size}.")
        models = [make(k) for k in jax.random.split(key, size)]
        return stacked(models)

    def member(self, index: int) -> Any:
        """Return one of the models."""
        if not 0 <= index < self.size:
            raise LikelyError(
                f"`index` must be from 0 to {self.size - 1}; got {index}."
            )
        arrays, rest = eqx.partition(self.members, eqx.is_inexact_array)
        return eqx.combine(jax.tree.map(lambda a: a[index], arrays), rest)

    def outputs(self, x: Any) -> Array:
        """Return the outputs of all members, the first axis over them."""
        arrays, rest = eqx.partition(self.members, eqx.is_inexact_array)
        return jax.vmap(lambda a: eqx.combine(a, rest)(x))(arrays)

    def __call__(self, x: Any, *, key: PRNGKeyArray | None = None) -> Array:
        return jnp.mean(self.outputs(x), axis=0)


def stacked(models: list[Any]) -> Ensemble:
    """Return models of one shape as an ensemble."""
    arrays = [eqx.filter(m, eqx.is_inexact_array) for m in models]
    _, rest = eqx.partition(models[0], eqx.is_inexact_array)
    joined = jax.tree.map(lambda *a: jnp.stack(a), *arrays)
    return Ensemble(eqx.combine(joined, rest), len(models))


def members_of(model: Any) -> tuple[Any, Any, int]:
    """Return the weights of all members, the rest of a member, and their number."""
    if isinstance(model, Ensemble):
        weights, rest = eqx.partition(model.members, eqx.is_inexact_array)
        return weights, rest, model.size
    weights, rest = eqx.partition(model, eqx.is_inexact_array)
    return jax.tree.map(lambda a: jnp.asarray(a)[None], weights), rest, 1


def rebuilt(model: Any, weights: Any) -> Any:
    """Return a model, or an ensemble, with other weights of all members."""
    _, rest, size = members_of(model)
    if isinstance(model, Ensemble):
        return Ensemble(eqx.combine(weights, rest), size)
    return eqx.combine(jax.tree.map(lambda a: a[0], weights), rest)
