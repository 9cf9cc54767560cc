"""Several models of one shape as one: an ensemble, folds, or rates to be compared."""

from collections.abc import Callable
from typing import Any, final

import equinox as eqx
import jax
import jax.numpy as jnp
from jaxtyping import Array, PRNGKeyArray

from ...core import LikelyError
from ..options import whole


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
            LikelyError: If `size` is no positive number, `key` no random key, or the
                models differ in their shapes.
        """
        if not callable(make):
            raise LikelyError(
                "`make` must be a function from a random key to a model; got "
                f"{type(make).__name__}."
            )
        size = whole("size")(size)
        try:
            keys = jax.random.split(key, size)
        except (TypeError, ValueError):
            raise LikelyError(
                f"`key` must be a random key such as `jax.random.key(0)`; got {key!r}."
            ) from None
        return stacked([make(k) for k in keys])

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
    """Return models of one shape as an ensemble.

    Raises:
        LikelyError: If they differ in more than the values of their weights.
    """
    kinds = [_kind(model) for model in models]
    if any(kind != kinds[0] for kind in kinds):
        raise LikelyError(
            "the members of an ensemble must have the same layers and shapes; these "
            "differ in more than the values of their weights."
        )
    arrays = [eqx.filter(m, eqx.is_inexact_array) for m in models]
    _, rest = eqx.partition(models[0], eqx.is_inexact_array)
    joined = jax.tree.map(lambda *a: jnp.stack(a), *arrays)
    return Ensemble(eqx.combine(joined, rest), len(models))


def _kind(model: Any) -> Any:
    """Return what the members of an ensemble have in common."""
    weights = eqx.filter(model, eqx.is_inexact_array)
    shapes = [(a.shape, a.dtype) for a in jax.tree.leaves(weights)]
    return jax.tree.structure(weights), shapes


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
