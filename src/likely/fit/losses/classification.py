"""Likelihoods of classes: two of them, or several."""

from typing import Any, final

import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, Float, Shaped

from ...core import LikelyError
from ..options import fraction
from .learning_loss import AbstractLearningLoss

# Of a probability that no event has: a constant output must be finite.
_SMALLEST = 1e-12


@final
class Bernoulli(AbstractLearningLoss):
    r"""Two classes: $\ell = \log(1 + e^z) - t z$ of a logit $z$, $t$ from 0 to 1.

    This is minus the log of $p^t (1 - p)^{1-t}$ with $p = 1 / (1 + e^{-z})$. Of several
    outputs and targets an event, the terms are summed. With `label_smoothing`
    $\epsilon$, $t$ becomes $(1 - \epsilon) t + \epsilon / 2$.

    Args:
        label_smoothing: $\epsilon$, from 0 to below 1.
        penalties, of_outputs: As of `AbstractLearningLoss`.
    """

    label_smoothing: float = eqx.field(
        default=0.0, converter=fraction("label_smoothing"), static=True
    )

    @property
    def is_likelihood(self) -> bool:
        return self.label_smoothing == 0

    def of_event(self, output: Any, target: Any) -> Float[Array, ""]:
        t = jnp.asarray(target, output.dtype)
        z = output.reshape(t.shape)
        t = (1 - self.label_smoothing) * t + self.label_smoothing / 2
        return jnp.sum(jax.nn.softplus(z) - t * z)

    def prediction(self, output: Any) -> Any:
        return jax.nn.sigmoid(output)

    def constant(self, targets: Any, weights: Any) -> Any:
        t = np.average(np.asarray(targets, float), axis=0, weights=weights)
        p = (1 - self.label_smoothing) * t + self.label_smoothing / 2
        p = np.clip(p, _SMALLEST, 1 - _SMALLEST)
        return np.log(p) - np.log1p(-p)

    def check(self, shape: tuple[int, ...], targets: Shaped[np.ndarray, "..."]) -> None:
        check_size(shape, targets, "Bernoulli()")
        if targets.min() < 0 or targets.max() > 1:
            raise LikelyError(
                "`Bernoulli` needs targets from 0 to 1; got "
                f"{targets.min():g} to {targets.max():g}. For more classes take "
                "`Categorical`."
            )


@final
class Categorical(AbstractLearningLoss):
    r"""Classes $0 \dots K-1$: $\ell = \log \sum_k e^{z_k} - \sum_k t_k z_k$.

    $z$ are the $K$ outputs (logits) and $t_k = (1 - \epsilon)\,\delta_{kt} +
    \epsilon / K$ of the class $t$ of the event: minus the log of
    $p_t = e^{z_t} / \sum_k e^{z_k}$, the cross-entropy, where $\epsilon = 0$. Outputs
    with more axes, such as images of logits, are summed over them, the last is of the
    classes.

    Args:
        label_smoothing: $\epsilon$, from 0 to below 1 (C. Szegedy et al. (2016),
            arXiv:1512.00567, section 7).
        penalties, of_outputs: As of `AbstractLearningLoss`.
    """

    label_smoothing: float = eqx.field(
        default=0.0, converter=fraction("label_smoothing"), static=True
    )

    @property
    def is_likelihood(self) -> bool:
        return self.label_smoothing == 0

    def of_event(self, output: Any, target: Any) -> Float[Array, ""]:
        z, K = output, output.shape[-1]
        # By comparison and not by index: a gather is slow in both directions.
        t = jax.nn.one_hot(jnp.asarray(target), K, dtype=z.dtype)
        t = (1 - self.label_smoothing) * t + self.label_smoothing / K
        return jnp.sum(jax.nn.logsumexp(z, axis=-1) - jnp.sum(t * z, axis=-1))

    def prediction(self, output: Any) -> Any:
        return jax.nn.softmax(output, axis=-1)

    def constant(self, targets: Any, weights: Any) -> Any:
        codes = np.asarray(targets)
        K, pixels = int(codes.max()) + 1, codes[0].size
        w = np.ones(len(codes)) if weights is None else weights
        # Counts of all pixels at once, each with bins of its own.
        bins = codes.reshape(len(codes), pixels).astype(int) + K * np.arange(pixels)
        t = np.bincount(bins.ravel(), np.repeat(w, pixels), minlength=K * pixels)
        t = t.reshape(*codes.shape[1:], K) / w.sum()
        p = (1 - self.label_smoothing) * t + self.label_smoothing / K
        return np.log(np.maximum(p, _SMALLEST))

    def check(self, shape: tuple[int, ...], targets: Shaped[np.ndarray, "..."]) -> None:
        if not shape or shape[:-1] != targets.shape[1:]:
            wanted = f"{targets.shape[1:]}"[:-1].rstrip(",")
            raise LikelyError(
                "`Categorical` needs outputs with an axis of classes behind those of a "
                f"target, {wanted}{', ' if targets.ndim > 1 else ''}classes); the "
                f"model gives {shape}."
            )
        if targets.dtype.kind not in "biu":
            raise LikelyError(
                "`Categorical` needs the index of the class as target, a whole number; "
                f"got {targets.dtype}. `Labels.codes` makes it of a column."
            )
        if targets.min() < 0 or targets.max() >= shape[-1]:
            raise LikelyError(
                f"`Categorical`: the model has {shape[-1]} outputs, for the classes 0 "
                f"to {shape[-1] - 1}; targets go from {targets.min()} to "
                f"{targets.max()}."
            )


def check_size(
    shape: tuple[int, ...], targets: Shaped[np.ndarray, "..."], loss: str
) -> None:
    """Check that there is an output for each number of a target.

    Raises:
        LikelyError: If not.
    """
    size, wanted = int(np.prod(shape)), int(np.prod(targets.shape[1:]))
    if size != wanted:
        raise LikelyError(
            f"`{loss}` needs {wanted} output{'s' if wanted > 1 else ''} for the "
            f"targets of an event; the model gives shape {shape}."
        )
