"""A predictor as one function of an event's columns or image, as they are in data."""

from collections.abc import Callable
from dataclasses import replace
from typing import Any, TypeAlias

import jax
import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, Bool, Float

from ..core import LikelyError, nearest
from ..data import Features, Images, Inputs, Labels
from ..fit import Ensemble
from ..fit.losses import AbstractLearningLoss, Gaussian
from ..methods import Predictor, Target

PRECISIONS = ("float32", "float64")
# Part of the largest number that mean and spread may take: values lie around them.
_ROOM = 1e-3
OfRaw: TypeAlias = Callable[[Any], Float[Array, "..."]]
# The inputs of the network, and whether they are what the predictor would take.
Encoded: TypeAlias = tuple[Float[Array, "..."], Bool[Array, ""]]


def raw_function(predictor: Predictor, *, dtype: str = "float32") -> OfRaw:
    r"""Return the function from the columns, or the image, of one event to predictions.

    What `Predictor` refuses with an error gives `nan` here: a missing or infinite
    number, or a category that the training did not have.

    In float32 a mean is subtracted in two parts, $(x - c_1) - c_2$: the first
    difference is exact near $c_1$, so that a column at $10^5 \pm 1$ loses no more
    digits than it has in float32 itself.

    Args:
        predictor: What is to be written.
        dtype: Of columns and predictions, "float32" or "float64"; the network computes
            in its own.

    Raises:
        LikelyError: If there is no such type, or a column or the target needs float64.
    """
    if dtype not in PRECISIONS:
        raise LikelyError(f"`dtype` is no `{dtype}`: {nearest(dtype, PRECISIONS)}")
    kind = np.dtype(dtype)
    _check(predictor, kind)
    encoded = _encoder(predictor.features, kind)

    def predicted(raw: Float[Array, "..."]) -> Float[Array, "..."]:
        inputs, known = encoded(jnp.asarray(raw, kind))
        found = _prediction(predictor, inputs, kind).astype(kind)
        return jnp.where(known, found, jnp.asarray(np.nan, kind))

    return predicted


def by_column(predictor: Predictor, *, dtype: str = "float32") -> OfRaw:
    """Return `raw_function` of a dictionary: a number for each column, or one image.

    Args:
        predictor: What is to be written.
        dtype: As of `raw_function`.

    Raises:
        LikelyError: As `raw_function` does.
    """
    function, names = raw_function(predictor, dtype=dtype), predictor.features.columns
    if isinstance(predictor.features, Images):
        return lambda columns: function(columns[names[0]])
    return lambda columns: function(jnp.stack([columns[name] for name in names]))


def raw_shape(features: Inputs) -> tuple[int, ...]:
    """Return the shape of what `raw_function` takes."""
    return features.shape if isinstance(features, Images) else (len(features.columns),)


def _encoder(features: Inputs, kind: Any) -> Callable[[Any], Encoded]:
    if isinstance(features, Images):

        def of_image(raw: Float[Array, "..."]) -> Encoded:
            inputs = features.encode(raw).astype(np.float32)
            return inputs, jnp.isfinite(jnp.sum(inputs))

        return of_image
    shifts, near = _shifted(features, kind)

    def of_columns(raw: Float[Array, " columns"]) -> Encoded:
        here = raw - shifts
        inputs = near.encode(here).astype(np.float32)
        return inputs, _known(features, here, inputs)

    return of_columns


def _shifted(features: Features, kind: Any) -> tuple[Any, Features]:
    """Return what to subtract from each column first, and features of what is left."""
    first = np.asarray(features.centre, kind)
    rest = np.asarray(features.centre) - first.astype(float)
    # What is below the rounding of a scaled number is not worth an operation.
    rest[np.abs(rest) < np.finfo(kind).eps * np.asarray(features.scale)] = 0
    fill = np.asarray(features.fill) - first.astype(float)
    near = replace(features, centre=tuple(rest.tolist()), fill=tuple(fill.tolist()))
    return np.append(first, np.zeros(len(features.categories), kind)), near


def _known(
    features: Features, here: Float[Array, " columns"], inputs: Float[Array, " inputs"]
) -> Bool[Array, ""]:
    """Return whether `Features.matrix` would take an event."""
    if features.missing == "keep":
        known = ~jnp.any(jnp.isinf(inputs))
    else:
        # A sum is finite if its terms are: one test for a row, not one for a number.
        total = jnp.sum(inputs)
        if features.missing == "error":
            total += jnp.sum(here).astype(total.dtype)
        known = jnp.isfinite(total)
    for place, values in enumerate(features.categories.values(), len(features.numeric)):
        code = here[place]
        known &= jnp.any(code == jnp.asarray(values, code.dtype)) | jnp.isnan(code)
    return known


def _prediction(
    predictor: Predictor, inputs: Float[Array, "..."], kind: Any
) -> Float[Array, "..."]:
    """Return what `Predictor` says of the inputs of one event."""
    model, loss, target = predictor.model, predictor.loss, predictor.target
    each = model.outputs(inputs) if isinstance(model, Ensemble) else model(inputs)[None]
    each = jax.vmap(loss.prediction)(each)
    if isinstance(target, Labels):
        return _classes(_mean(each), target)
    return _number(each, loss, target, kind)


def _classes(p: Float[Array, "..."], labels: Labels) -> Float[Array, " classes"]:
    """Return a probability for each class, also of a model with one output for two."""
    if p.size == 1 < len(labels.classes):
        second = p.reshape(())
        return jnp.stack([1 - second, second])
    return p


def _number(
    each: Float[Array, "members ..."],
    loss: AbstractLearningLoss,
    target: Target,
    kind: Any,
) -> Float[Array, "..."]:
    scale, centre = (np.asarray(v, kind) for v in (target.scale, target.centre))
    if isinstance(loss, Gaussian) and loss.sigma is None:
        # Before the mean of the column, which may be far from zero, is added.
        mu, sigma = jnp.moveaxis(each.reshape(len(each), 2), 1, 0)
        mean = _mean(mu)
        width = jnp.sqrt(_mean(sigma**2) + _mean((mu - mean) ** 2))
        return jnp.stack([mean, width]).astype(kind) * scale + jnp.stack([centre, 0.0])
    found = _mean(each).astype(kind) * scale + centre
    return found.reshape(()) if found.shape == (1,) else found


def _mean(each: Float[Array, "members ..."]) -> Float[Array, "..."]:
    return each[0] if len(each) == 1 else jnp.mean(each, axis=0)


def scales(predictor: Predictor) -> dict[str, tuple[float, float]]:
    """Return mean and standard deviation of each number that goes in or comes out."""
    features, target = predictor.features, predictor.target
    found: dict[str, tuple[float, float]] = {}
    if isinstance(features, Features):
        moments = zip(features.centre, features.scale, strict=True)
        found = dict(zip(features.numeric, moments, strict=True))
    if isinstance(target, Target):
        found[target.column] = (target.centre, target.scale)
    return found


def _check(predictor: Predictor, kind: Any) -> None:
    limits = np.finfo(kind)
    for name, (centre, scale) in scales(predictor).items():
        if not (limits.tiny < scale and abs(centre) + scale < _ROOM * limits.max):
            raise LikelyError(
                f"column `{name}` has values like {centre:g} +- {scale:g}, out of the "
                f"range of {kind}; export in float64, or define a quantity of another "
                "scale."
            )
    features = predictor.features
    codes = features.categories if isinstance(features, Features) else {}
    for name, values in codes.items():
        if len(set(np.asarray(values, kind).tolist())) < len(values):
            raise LikelyError(
                f"categorical column `{name}` has values that are the same in {kind}; "
                "export in float64, or define a smaller code."
            )
