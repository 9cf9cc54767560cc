"""Functions of an event, one a component, that are orthogonal to the others."""

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any, TypeAlias, final

import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, Float

from ...core import LikelyError
from ...distributions import Sum
from ...fit.errors import symmetric_inverse
from ...fit.events_of import events_of

# Of the overlaps in units of their own: below it a component is the sum of others.
SMALLEST_EIGENVALUE = 1e-10
# Events come in any number; rounded up, toys of about one size share one program.
ROUND_UP = 1024

Events: TypeAlias = Float[np.ndarray, "dim events"]
LogVariance: TypeAlias = Callable[[Any, Any], Any]


@final
@dataclass(frozen=True)
class WeightFunctions:
    r"""Weight functions $w_n(x) = \sum_l A_{nl}\, f_l(x) / I(x)$.

    $\int w_n f_k\,dx = \delta_{nk}$: summed over events, $w_n$ counts those of
    component $n$.

    Args:
        model: The components $f_l$, every parameter a number.
        matrix: $A = W^{-1}$ with $W_{kl} = \int f_k f_l / I\,dx$.
        log_variance: $\log I$, of the logarithms of the densities and the events.
    """

    model: Sum
    matrix: Float[np.ndarray, "n n"]
    log_variance: LogVariance = field(repr=False)

    def __call__(self, data: Any) -> dict[str, Float[np.ndarray, " events"]]:
        """Return the weight functions at the events of `data`, by component.

        Weights that the events have are not multiplied in.

        Args:
            data: A dataset, a mapping of columns, or an array (events, dim).

        Raises:
            LikelyError: If a column is missing, or an event is outside the range.
        """
        events, _ = events_of(self.model, data)
        if isinstance(data, np.ndarray) or hasattr(data, "shape"):
            given = len(np.asarray(data))
        else:
            given = len(data[self.model.observables[0].name])
        if events.shape[1] != given:
            raise LikelyError(
                f"{given - events.shape[1]} of {given} events are outside the range "
                "of the observables or have weight zero; select them away first."
            )
        return self.at(events)

    def at(self, events: Events) -> dict[str, Float[np.ndarray, " events"]]:
        """Return the weight functions at events inside the ranges, by component."""
        logs = log_densities(self.model, events)
        ratios = np.exp(logs - self.log_variance(logs, events))
        return dict(zip(self.model.names, self.matrix @ ratios, strict=True))


def log_densities(model: Sum, events: Events) -> Float[np.ndarray, "n events"]:
    r"""Return $\log f_k(x_i)$ of each component of a model whose values are numbers."""
    x, n = padded(events)
    return np.asarray(_log_densities(model, x))[:, :n]


def padded(events: Events) -> tuple[Float[np.ndarray, "padded dim"], int]:
    """Return the events as rows, the last one repeated, and how many there are."""
    n = events.shape[1]
    rows = np.minimum(np.arange(-(-n // ROUND_UP) * ROUND_UP), n - 1)
    return np.ascontiguousarray(events.T[rows]), n


@eqx.filter_jit
def _log_densities(
    model: Sum, x: Float[Array | np.ndarray, "events dim"]
) -> Float[Array, "n events"]:
    return components_at(model, jnp.asarray(x))


def components_at(
    model: Sum, x: Float[Array, "events dim"]
) -> Float[Array, "n events"]:
    """Return the logarithm of each component at each event, traceable by JAX."""
    place = {o.name: i for i, o in enumerate(model.observables)}
    columns = [[place[o.name] for o in d.observables] for d in model.densities]
    return jnp.stack(
        [
            jax.vmap(density.log_prob)(x[:, np.array(chosen)])
            for density, chosen in zip(model.densities, columns, strict=True)
        ]
    )


def log_mixture(
    coefficients: Float[np.ndarray, " n"], logs: Float[np.ndarray, "n events"]
) -> Float[np.ndarray, " events"]:
    r"""Return $\log \sum_k c_k f_k(x_i)$.

    Raises:
        LikelyError: If the sum is not positive at an event.
    """
    top = np.maximum(logs.max(axis=0), np.finfo(float).min)  # all may be -inf
    total = coefficients @ np.exp(logs - top)
    bad = ~(total > 0)
    if bad.any():
        raise LikelyError(
            f"the density of the model is not positive at {int(bad.sum())} of "
            f"{len(bad)} events, so there are no weights; are the yields of a fit that "
            "converged?"
        )
    return top + np.log(total)


def inverse_overlaps(
    W: Float[np.ndarray, "n n"], names: tuple[str, ...]
) -> Float[np.ndarray, "n n"]:
    """Return the inverse of the matrix of overlaps.

    Raises:
        LikelyError: If it has none: components that cannot be told apart.
    """
    scale = np.sqrt(np.diag(W))
    usable = np.isfinite(W).all() and (scale > 0).all()
    if not usable or np.linalg.eigvalsh(W / np.outer(scale, scale))[0] < (
        SMALLEST_EIGENVALUE
    ):
        raise LikelyError(
            f"the components {', '.join(f'`{n}`' for n in names)} cannot be told apart "
            "in the observables of the model, so there are no weights for each; leave "
            "one out or make their shapes differ."
        )
    return symmetric_inverse(W)


def mixture_of(model: Any, caller: str) -> Sum:
    """Return the model if it is a sum of two or more components.

    Raises:
        LikelyError: If it is not.
    """
    if not isinstance(model, Sum):
        raise LikelyError(
            f"`{caller}` needs a `Sum` of components to tell apart; "
            f"got {type(model).__name__}."
        )
    if len(model.names) < 2:
        alone = " ".join(model.names)
        raise LikelyError(
            f"`{caller}` needs two components or more; the model has `{alone}` alone, "
            "whose weights would all be one."
        )
    return model
