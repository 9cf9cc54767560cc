"""Likelihoods of numbers: Gaussian, Poisson, Laplace of quantiles, Huber."""

import math
from typing import Any, final

import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, Float, Shaped
from scipy.special import gammaln

from ...core import LikelyError
from ..options import positive
from .classification import check_size
from .learning_loss import AbstractLearningLoss

_HALF_LOG_TWO_PI = 0.5 * math.log(2 * math.pi)
# Of a mean count or a variance: of targets that are all the same it would be zero.
_SMALLEST = 1e-24
# Halvings of the range of targets, after which rounding is all that is left.
_HALVINGS = 60


@final
class SquaredError(AbstractLearningLoss):
    r"""$\ell = (t - y)^2$, summed over the outputs $y$ of an event.

    Twice the loss of a Gaussian of unit width, without its constant.

    Its arguments are those of `AbstractLearningLoss`.
    """

    @property
    def is_likelihood(self) -> bool:
        return False

    def of_event(self, output: Any, target: Any) -> Float[Array, ""]:
        t = jnp.asarray(target, output.dtype)
        return jnp.sum((t - output.reshape(t.shape)) ** 2)

    def prediction(self, output: Any) -> Any:
        return output

    def constant(self, targets: Any, weights: Any) -> Any:
        return np.average(targets, axis=0, weights=weights)

    def check(self, shape: tuple[int, ...], targets: Shaped[np.ndarray, "..."]) -> None:
        check_size(shape, targets, "SquaredError()")


@final
class Gaussian(AbstractLearningLoss):
    r"""$\ell = (t - \mu)^2 / (2 \sigma^2) + \log\sigma + \frac12 \log 2\pi$.

    With a known `sigma` the outputs are $\mu$; without, they are $\mu$ and then
    $\log\sigma$, so that the model learns the resolution of each event.

    Args:
        sigma: Known standard deviation in the unit of the target, or None.
        penalties, of_outputs: As of `AbstractLearningLoss`.

    References:
        D. A. Nix and A. S. Weigend (1994), doi:10.1109/ICNN.1994.374138.
    """

    sigma: float | None = eqx.field(
        default=None,
        converter=lambda value: None if value is None else positive("sigma")(value),
        static=True,
    )

    @property
    def is_likelihood(self) -> bool:
        return True

    def of_event(self, output: Any, target: Any) -> Float[Array, ""]:
        t = jnp.asarray(target, output.dtype)
        mu, log_sigma = self._split(output, t.shape)
        pull = (t - mu) * jnp.exp(-log_sigma)
        return jnp.sum(0.5 * pull**2 + log_sigma + _HALF_LOG_TWO_PI)

    def prediction(self, output: Any) -> Any:
        """Return the mean; with a learned width, [mean, standard deviation] last."""
        if self.sigma is not None:
            return output
        mu, log_sigma = jnp.split(output, 2, axis=-1)
        return jnp.stack([mu, jnp.exp(log_sigma)], axis=-1)

    def constant(self, targets: Any, weights: Any) -> Any:
        mu = np.average(targets, axis=0, weights=weights)
        if self.sigma is not None:
            return mu
        variance = np.average((targets - mu) ** 2, axis=0, weights=weights)
        variance = np.maximum(np.ravel(variance), _SMALLEST)
        return np.append(np.ravel(mu), 0.5 * np.log(variance))

    def check(self, shape: tuple[int, ...], targets: Shaped[np.ndarray, "..."]) -> None:
        if self.sigma is not None:
            check_size(shape, targets, "Gaussian(sigma=...)")
            return
        wanted = 2 * int(np.prod(targets.shape[1:]))
        if shape != (wanted,):
            raise LikelyError(
                f"`Gaussian()` learns mean and width, so it needs {wanted} outputs; "
                f"the model gives shape {shape}. With a known `sigma` it needs the "
                "mean only."
            )

    def _split(self, output: Any, shape: tuple[int, ...]) -> tuple[Any, Any]:
        if self.sigma is not None:
            return output.reshape(shape), jnp.asarray(
                math.log(self.sigma), output.dtype
            )
        mu, log_sigma = jnp.split(output, 2, axis=-1)
        return mu.reshape(shape), log_sigma.reshape(shape)


@final
class Poisson(AbstractLearningLoss):
    r"""Counts: $\ell = e^z - t z + \log t!$ of the log $z$ of the expected number.

    Its arguments are those of `AbstractLearningLoss`.
    """

    @property
    def is_likelihood(self) -> bool:
        return True

    def of_event(self, output: Any, target: Any) -> Float[Array, ""]:
        t = jnp.asarray(target, output.dtype)
        z = output.reshape(t.shape)
        return jnp.sum(jnp.exp(z) - t * z + jax.scipy.special.gammaln(t + 1))

    def prediction(self, output: Any) -> Any:
        return jnp.exp(output)

    def constant(self, targets: Any, weights: Any) -> Any:
        mean = np.average(targets, axis=0, weights=weights)
        return np.log(np.maximum(mean, _SMALLEST))

    def check(self, shape: tuple[int, ...], targets: Shaped[np.ndarray, "..."]) -> None:
        check_size(shape, targets, "Poisson()")
        if targets.min() < 0 or not np.isfinite(gammaln(targets.max() + 1.0)):
            raise LikelyError(
                "`Poisson` needs counts as targets, zero or positive numbers; they go "
                f"from {targets.min():g} to {targets.max():g}."
            )


@final
class Quantile(AbstractLearningLoss):
    r"""$\ell = \sum_q \max(q (t - y_q), (q - 1)(t - y_q))$, an output for each level.

    The $y_q$ that minimises it is the quantile at the level $q$ of the targets of like
    events: the likelihood is that of an asymmetric Laplace density of unit width.

    Args:
        levels: The levels $q$, each between 0 and 1.
        penalties, of_outputs: As of `AbstractLearningLoss`.

    References:
        R. Koenker and G. Bassett (1978), doi:10.2307/1913643.
    """

    levels: tuple[float, ...] = eqx.field(
        default=(0.16, 0.5, 0.84), converter=lambda value: _levels(value), static=True
    )

    @property
    def is_likelihood(self) -> bool:
        return False

    def of_event(self, output: Any, target: Any) -> Float[Array, ""]:
        q = jnp.asarray(self.levels, output.dtype)
        t = jnp.asarray(target, output.dtype).reshape(())
        return jnp.sum(jnp.maximum(q * (t - output), (q - 1) * (t - output)))

    def prediction(self, output: Any) -> Any:
        return output

    def constant(self, targets: Any, weights: Any) -> Any:
        t = np.ravel(targets)
        w = np.ones(len(t)) if weights is None else weights
        order = np.argsort(t)
        below = np.cumsum(w[order]) / w.sum()
        places = np.searchsorted(below, self.levels).clip(max=len(t) - 1)
        return t[order][places]

    def check(self, shape: tuple[int, ...], targets: Shaped[np.ndarray, "..."]) -> None:
        if shape != (len(self.levels),) or targets[0].size != 1:
            raise LikelyError(
                f"`Quantile` needs one target an event and {len(self.levels)} outputs, "
                f"one for each of its levels {self.levels}; the model gives shape "
                f"{shape} and a target has shape {targets.shape[1:]}."
            )


@final
class Huber(AbstractLearningLoss):
    r"""$\ell = \frac12 r^2$ for $|r| \le \delta$, else $\delta (|r| - \delta/2)$.

    With $r = t - y$, summed over outputs: Gaussian in the middle, and tails that do not
    pull.

    Args:
        delta: $\delta$, in the unit of the target.
        penalties, of_outputs: As of `AbstractLearningLoss`.

    References:
        P. J. Huber (1964), doi:10.1214/aoms/1177703732.
    """

    delta: float = eqx.field(default=1.0, converter=positive("delta"), static=True)

    @property
    def is_likelihood(self) -> bool:
        return False

    def of_event(self, output: Any, target: Any) -> Float[Array, ""]:
        t = jnp.asarray(target, output.dtype)
        r = jnp.abs(t - output.reshape(t.shape))
        inner = jnp.minimum(r, self.delta)
        return jnp.sum(inner * (r - 0.5 * inner))

    def prediction(self, output: Any) -> Any:
        return output

    def constant(self, targets: Any, weights: Any) -> Any:
        t = np.asarray(targets, float)
        w = np.ones(len(t)) if weights is None else weights
        low, high = t.min(axis=0), t.max(axis=0)
        for _ in range(_HALVINGS):
            middle = 0.5 * (low + high)
            pull = np.tensordot(w, np.clip(t - middle, -self.delta, self.delta), 1)
            low = np.where(pull > 0, middle, low)
            high = np.where(pull > 0, high, middle)
        return 0.5 * (low + high)

    def check(self, shape: tuple[int, ...], targets: Shaped[np.ndarray, "..."]) -> None:
        check_size(shape, targets, "Huber()")


def _levels(given: Any) -> tuple[float, ...]:
    try:
        found = tuple(float(q) for q in given)
    except (TypeError, ValueError):
        found = ()
    if not found or not all(0 < q < 1 for q in found):
        raise LikelyError(
            f"`levels` must be numbers between 0 and 1, such as (0.16, 0.5, 0.84); got "
            f"{given!r}."
        )
    return found
