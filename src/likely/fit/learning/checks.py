"""Whether a model, events and a loss fit together, before anything is compiled."""

import inspect
from typing import Any

import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np

from ...core import LikelyError
from ...data import Samples
from ..losses.learning_loss import AbstractLearningLoss
from .ensemble import Ensemble


def check(loss: AbstractLearningLoss, model: Any, samples: Samples, name: str) -> None:
    """Check that a model can learn events by a loss.

    Raises:
        LikelyError: If not; `name` is what the events are for.
    """
    if not len(samples):
        raise LikelyError(f'`data["{name}"]` have no events.')
    if samples.targets is None:
        raise LikelyError("`data` have no targets to learn; give them to `Samples.of`.")
    if not samples.sum_of_weights > 0:
        raise LikelyError(
            f"the weights of the {name} events must have a positive sum; it is "
            f"{samples.sum_of_weights:g}."
        )
    one = model.member(0) if isinstance(model, Ensemble) else model
    _check_range(one, samples)
    output = _output(one, samples)
    loss.check(output.shape, samples.targets)
    _check_terms(loss, one, samples, output)


def _check_range(model: Any, samples: Samples) -> None:
    """Check that numbers do not overflow in the precision of the weights."""
    leaves = [a for a in jax.tree.leaves(model) if eqx.is_inexact_array(a)]
    largest = float(jnp.finfo(leaves[0].dtype).max)
    for array in jax.tree.leaves((samples.inputs, samples.targets)):
        size = max(abs(float(array.max())), abs(float(array.min())))
        if size > largest:
            raise LikelyError(
                f"inputs and targets must be below {largest:.3g} in size, beyond which "
                f"{leaves[0].dtype} has no numbers; got {size:.3g}. Scale them."
            )


def _check_terms(
    loss: AbstractLearningLoss, model: Any, samples: Samples, output: Any
) -> None:
    """Check that the further terms of a loss are numbers."""
    weights, rest = eqx.partition(model, eqx.is_array)
    for penalty in loss.penalties:
        _check_number(
            f"the penalty `{type(penalty).__name__}`",
            lambda w, term=penalty: term(eqx.combine(w, rest)),
            weights,
        )
    if loss.of_outputs is not None:
        first = jax.tree.map(lambda a: in_precision(a[0], model), samples.inputs)
        _check_number("`of_outputs`", loss.of_outputs, output, first)


def _check_number(name: str, term: Any, *arguments: Any) -> None:
    try:
        shape = jnp.shape(jax.eval_shape(term, *arguments))
    except LikelyError:
        raise
    except Exception as error:  # a function of the user may raise anything
        raise LikelyError(f"{name} cannot be computed: {_reason(error)}") from None
    if shape != ():
        raise LikelyError(f"{name} must be one number; it has shape {shape}.")


def check_alike(train: Samples, validation: Samples) -> None:
    """Check that training and validation events can lie in one array.

    Raises:
        LikelyError: If not.
    """

    def shapes(samples: Samples) -> Any:
        tree = samples.inputs, samples.targets
        return jax.tree.map(lambda a: np.shape(a)[1:], tree)

    if shapes(train) != shapes(validation):
        raise LikelyError(
            "inputs and targets of an event must have the same shapes in training and "
            f"validation; got {shapes(train)} and {shapes(validation)}."
        )


def _output(model: Any, samples: Samples) -> Any:
    """Return shape and type of what a model makes of one event, with a key and without.

    Raises:
        LikelyError: If it cannot take the inputs, or gives something else.
    """
    first = jax.tree.map(lambda a: in_precision(a[0], model), samples.inputs)
    arrays, rest = eqx.partition(model, eqx.is_array)

    def call(arrays: Any, x: Any, key: Any) -> Any:
        whole = eqx.combine(arrays, rest)
        if not takes_key(model):
            return whole(x)
        whole(x, key=key)
        return eqx.nn.inference_mode(whole)(x)

    try:
        out = jax.eval_shape(call, arrays, first, jax.random.key(0))
    except LikelyError:
        raise
    except Exception as error:  # a model of the user may raise anything
        shapes = jax.tree.map(lambda a: np.shape(a)[1:], samples.inputs)
        raise LikelyError(
            f"`model` cannot take the inputs of one event, of shape {shapes}: "
            f"{_reason(error)}"
        ) from None
    if not hasattr(out, "shape"):
        raise LikelyError(
            "`model` must give one array for the inputs of an event; got "
            f"{type(out).__name__}."
        )
    return out


def _reason(error: Exception) -> str:
    """Return what an error says, without the lines about where it happened."""
    lines = [line.strip() for line in str(error).splitlines() if line.strip()]
    return lines[0][:200] if lines else type(error).__name__


def takes_key(model: Any) -> bool:
    """Return whether a model takes a random key, as one with dropout does."""
    one = model.member(0) if isinstance(model, Ensemble) else model
    try:
        parameters = inspect.signature(one).parameters
    except (TypeError, ValueError):
        return False
    return "key" in parameters


def in_precision(array: Any, model: Any) -> Any:
    """Return inputs in the precision of the model's weights; whole numbers stay."""
    if np.asarray(array).dtype.kind != "f":
        return jnp.asarray(array)
    leaves = [a for a in jax.tree.leaves(model) if eqx.is_inexact_array(a)]
    return jnp.asarray(array, leaves[0].dtype)


def is_number(leaf: Any) -> bool:
    """Return whether a leaf is a plain number, and no truth value."""
    return isinstance(leaf, float | int) and not isinstance(leaf, bool)


def numbers_vary(objective: Any) -> bool:
    """Return whether a compiled model can be given its plain numbers.

    A model may look at them (`if self.rate > 0`), and then has a program for each.
    """
    model, samples = objective.model, objective.train
    one = model.member(0) if isinstance(model, Ensemble) else model
    if not any(is_number(leaf) for leaf in jax.tree.leaves(one)):
        return False
    numbers, rest = eqx.partition(one, is_number)
    first = jax.tree.map(lambda a: in_precision(a[0], model), samples.inputs)

    def call(numbers: Any, x: Any, key: Any) -> Any:
        whole = eqx.combine(numbers, rest)
        return whole(x, key=key) if takes_key(model) else whole(x)

    given = jax.tree.map(jnp.float32, numbers)
    try:
        jax.eval_shape(call, given, first, jax.random.key(0))
    except Exception:  # a model of the user may raise anything
        return False
    return True
