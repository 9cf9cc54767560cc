"""A learning loss as a function of the weights of a model."""

from collections.abc import Mapping, Sequence
from functools import cached_property
from typing import Any, final

import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np
from jax.flatten_util import ravel_pytree
from jaxtyping import Float

from ...core import (
    AbstractGenerator,
    AbstractPureObjective,
    LikelyError,
    Parameter,
    ParameterSpace,
    apply,
)
from ...data import Dataset, Samples
from ..losses.learning_loss import AbstractLearningLoss
from .checks import check, check_alike
from .ensemble import Ensemble
from .pure_loss import (
    LossOfEvent,
    blocks,
    derivatives,
    score_products,
    value_alone,
    value_and_gradient,
)
from .rotation import Rotation

# An exact Hessian of more weights costs more than it tells.
MOST_WEIGHTS = 2000


def learning_objective(
    loss: AbstractLearningLoss, model: Any, data: Any, derived: Sequence[Any]
) -> "LearningObjective":
    """Return the loss of a model and data as an objective.

    Raises:
        LikelyError: If they do not fit together.
    """
    if len(derived):
        raise LikelyError(
            "`fit(derived=...)` is for formulas of parameters; the weights of a "
            "network have no names."
        )
    rotation = data if isinstance(data, Rotation) else None
    if rotation is not None and (
        not isinstance(model, Ensemble) or model.size != rotation.size
    ):
        raise LikelyError(
            f"`data` is a rotation of {rotation.size} folds, for an `Ensemble` of as "
            f"many members; got {type(model).__name__}"
            + (f" of {model.size}." if isinstance(model, Ensemble) else ".")
        )
    train, validation = _parts(data if rotation is None else rotation.samples)
    if not any(eqx.is_inexact_array(leaf) for leaf in jax.tree.leaves(model)):
        raise LikelyError(
            "`model` must be a network: a function of one event's inputs that is a "
            f"pytree with arrays of weights; got {type(model).__name__}."
        )
    for name, samples in (("train", train), ("validation", validation)):
        if samples is not None:
            check(loss, model, samples, name)
    if validation is not None:
        check_alike(train, validation)
    return LearningObjective(loss, model, train, validation, rotation)


def _parts(data: Any) -> tuple[Samples, Samples | None]:
    if isinstance(data, Dataset):
        raise LikelyError(
            "`data` of a network must be `Samples`; make them of columns by "
            "`lk.Features.of(data, [...])` and `lk.Samples.of(features.matrix(data), "
            "targets)`, or take `lk.classify` or `lk.regress`."
        )
    if isinstance(data, Mapping):
        unknown = sorted(set(data) - {"train", "validation", "test"})
        if unknown or "train" not in data:
            raise LikelyError(
                "`data` of a network is `Samples`, or a dictionary with the keys "
                f'"train" and "validation"; got the keys {sorted(data)}.'
            )
        validation = data.get("validation")
        watch = None if validation is None else _samples(validation)
        return _samples(data["train"]), watch
    return _samples(data), None


def _samples(data: Any) -> Samples:
    if isinstance(data, Samples):
        return data
    if isinstance(data, tuple) and len(data) == 2:
        return Samples.of(data[0], data[1])
    raise LikelyError(
        "`data` of a network must be `Samples`, or a pair of arrays (inputs, targets); "
        f"got {type(data).__name__}."
    )


@final
class LearningObjective(AbstractPureObjective):
    """Minus the log-likelihood of targets, as a function of a model's weights.

    For minimisers that need no Hessian the weights stay as they are; for others they
    are parameters, in double precision, named by their place in the model.

    Args:
        loss: What is minimised.
        model: Where it starts.
        train: The events of the sum.
        validation: Events that only watch, or None.
        rotation: Which of the events each member learns; None for all.
    """

    extended = False

    def __init__(
        self,
        loss: AbstractLearningLoss,
        model: Any,
        train: Samples,
        validation: Samples | None,
        rotation: Rotation | None = None,
    ):
        self.loss, self.model = loss, model
        self.train, self.validation = train, validation
        self.rotation = rotation
        self.n_events = len(train)
        self.sum_of_weights = train.sum_of_weights
        # Where the loss is no likelihood, its inverse Hessian is no covariance either.
        self.weighted = train.weights is not None or not loss.is_likelihood
        self.weight_errors = "sandwich" if train.weights is not None else "no_density"

    @property
    def is_watched(self) -> bool:
        """Return whether there are events that only watch."""
        if self.rotation is not None:
            return bool(self.rotation.validation)
        return self.validation is not None

    @cached_property
    def n_weights(self) -> int:
        """Return the number of weights of the model."""
        arrays = eqx.filter(self.model, eqx.is_inexact_array)
        return sum(a.size for a in jax.tree.leaves(arrays))

    @cached_property
    def space(self) -> ParameterSpace:
        """Return the weights as parameters.

        Raises:
            LikelyError: If there are too many for an exact Hessian.
        """
        if self.n_weights > MOST_WEIGHTS or isinstance(self.model, Ensemble):
            raise LikelyError(
                f"`minimiser`: a model of {self.n_weights} weights is trained by "
                f"`Descent`; others are for at most {MOST_WEIGHTS} weights of one "
                "model."
            )
        weights = eqx.filter(self.model, eqx.is_inexact_array)
        return ParameterSpace(
            tuple(
                Parameter(f"{path}{_index(place)}", float(value))
                for path, array in _named(weights)
                for place, value in np.ndenumerate(np.asarray(array, float))
            )
        )

    def model_at(self, x: Float[np.ndarray, " weights"]) -> Any:
        """Return the model with other weights."""
        weights, rest = eqx.partition(self.model, eqx.is_inexact_array)
        return eqx.combine(ravel_pytree(weights)[1](jnp.asarray(x)), rest)

    @property
    def pure(self) -> Any:
        return jax.tree_util.Partial(derivatives, *self._parts)

    @property
    def pure_value(self) -> Any:
        return jax.tree_util.Partial(value_alone, *self._parts)

    @property
    def pure_gradient(self) -> Any:
        return jax.tree_util.Partial(value_and_gradient, *self._parts)

    def score_covariance(
        self, x: Float[np.ndarray, " free"]
    ) -> Float[np.ndarray, "free free"]:
        scores = jax.tree_util.Partial(score_products, *self._parts)
        return np.asarray(apply(scores, np.asarray(x, float)))

    def part(self, blocks: int) -> "LearningObjective":
        return self

    def rehearsals(self) -> Sequence["LearningObjective"]:
        return ()

    def generator(
        self, x: Float[np.ndarray, " free"], *, n_events: int | None = None
    ) -> AbstractGenerator:
        raise LikelyError(
            "toys of a network are not drawn: its loss describes targets given inputs "
            "and not the inputs; train on resampled events with `lk.Ensemble` instead."
        )

    @cached_property
    def _parts(self) -> tuple[Any, Any]:
        arrays = self.train.inputs
        if isinstance(arrays, dict):
            raise LikelyError(
                "`minimiser`: inputs that are several arrays are for `Descent` only."
            )
        return LossOfEvent.of(self), blocks(self.train)


def _named(weights: Any) -> list[tuple[str, Any]]:
    found = jax.tree_util.tree_flatten_with_path(weights)[0]
    return [(_text(path), array) for path, array in found]


def _text(path: Any) -> str:
    return jax.tree_util.keystr(path).lstrip(".")


def _index(place: tuple[int, ...]) -> str:
    return f"[{','.join(map(str, place))}]" if place else ""
