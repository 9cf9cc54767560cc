"""The uncertainty of a network from the curvature of its loss: Laplace's method."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, final

import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np
from jax.flatten_util import ravel_pytree
from jaxtyping import Array, Float

from ..core import LikelyError, Result, sum_over_events
from ..fit.learning import Ensemble, LearningObjective, LossOfEvent, blocks
from ..fit.losses import L2, Bernoulli, Categorical, Gaussian
from ..fit.options import positive

# The matrix of more weights takes too long to be inverted, and 200 MB.
MOST_WEIGHTS = 5000
_ROUNDS = 100
_CHANGE = 1e-6


@final
@dataclass(frozen=True, eq=False)
class Laplace:
    r"""A Gaussian posterior of the weights, $N(\hat\theta, (G + \lambda)^{-1})$.

    Args:
        model: The trained network, in double precision.
        where: The part whose weights are uncertain, or None for all.
        loss: With which it was trained.
        eigenvalues: Of $G$.
        eigenvectors: Likewise, in columns.
        prior: $\lambda$, the inverse variance of the prior of each weight.
        log_evidence: Of the data given the prior.
        effective_weights: $\gamma = \sum_j e_j / (e_j + \lambda)$: how many
            combinations of weights the data determine.
    """

    model: Any
    where: Callable[[Any], Any] | None
    loss: Any
    eigenvalues: Float[np.ndarray, " weights"]
    eigenvectors: Float[np.ndarray, "weights weights"]
    prior: float
    log_evidence: float
    effective_weights: float

    @property
    def covariance(self) -> Float[np.ndarray, "weights weights"]:
        """Return the covariance of the weights."""
        scale = 1 / (self.eigenvalues + self.prior)
        return (self.eigenvectors * scale) @ self.eigenvectors.T

    def outputs(self, inputs: Any) -> tuple[Any, Any]:
        r"""Return outputs and their covariance, $f(x)$ and $J \Sigma J^\top$.

        Of the network made linear in its weights: $J = \partial f / \partial\theta$.

        Args:
            inputs: Of the events, the first axis over them.

        Raises:
            LikelyError: If they are no array of numbers, or not of the network's shape.
        """
        try:
            given = jnp.asarray(np.asarray(inputs, float))
        except (TypeError, ValueError):
            raise LikelyError(
                "`inputs` must be one array of numbers, the first axis over the "
                f"events; got {type(inputs).__name__}."
            ) from None
        f, scaled = _linear(self.model, self.where, self._root(), given)
        return np.asarray(f), np.asarray(scaled @ jnp.swapaxes(scaled, 1, 2))

    def predictions(self, inputs: Any) -> Float[np.ndarray, " events *shape"]:
        r"""Return predictions that know of the uncertainty of the weights.

        Of a Gaussian loss (events, 2): mean and standard deviation, $\sigma^2(x) +
        J \Sigma J^\top$. Of classes their probabilities, those of the logits
        $z_k / \sqrt{1 + \pi \Sigma_{kk} / 8}$. Otherwise those of the loss.

        Args:
            inputs: Of the events, the first axis over them.

        References:
            D. J. C. MacKay (1992), doi:10.1162/neco.1992.4.5.720, equation 2.
        """
        f, V = self.outputs(inputs)
        if isinstance(self.loss, Gaussian):
            return _gaussian(self.loss, f, V)
        if isinstance(self.loss, Bernoulli | Categorical):
            variance = np.diagonal(V, axis1=1, axis2=2)
            z = f.reshape(len(f), -1) / np.sqrt(1 + np.pi * variance / 8)
            return np.asarray(self.loss.prediction(jnp.asarray(z)))
        return np.asarray(jax.vmap(self.loss.prediction)(jnp.asarray(f)))

    def _root(self) -> Float[np.ndarray, "weights weights"]:
        """Return a root of the covariance."""
        return self.eigenvectors / np.sqrt(self.eigenvalues + self.prior)


def laplace(
    result: Result,
    *,
    prior: float | None = None,
    where: Callable[[Any], Any] | None = None,
) -> Laplace:
    r"""Return the Gaussian posterior of the weights of a trained network.

    Its inverse covariance is $G + \lambda$ with the generalised Gauss-Newton matrix
    $G = \sum_i w_i J_i^\top \Lambda_i J_i$, of the Jacobian $J$ of the outputs and the
    Hessian $\Lambda$ of the loss in them; unlike the Hessian it is never negative, also
    at weights that are not quite a minimum.

    Args:
        result: Of a fit with a loss of `lk.losses` that is a likelihood.
        prior: $\lambda$, of a Gaussian prior of width $1/\sqrt\lambda$; None for that
            of an `L2` penalty of the loss or, without one, that of the largest
            evidence, $\lambda = \gamma / |\theta|^2$.
        where: Function from the network to the part whose weights are uncertain, such
            as `lambda net: net.layers[-1]`; None for all.

    Raises:
        LikelyError: If the result is of no network, of an ensemble, of a loss that is
            no likelihood, or there are too many weights.

    References:
        D. J. C. MacKay (1992), doi:10.1162/neco.1992.4.3.448, section 2. A. Immer,
        M. Korzepa, M. Bauer (2021), arXiv:2008.08400, equations 4, 8. E. Daxberger et
        al. (2021), arXiv:2106.14806.
    """
    objective = result.objective if isinstance(result, Result) else None
    if not isinstance(objective, LearningObjective) or isinstance(
        result.model, Ensemble
    ):
        raise LikelyError(
            "`laplace` takes the result of a fit of one network; the spread of an "
            "ensemble is its uncertainty."
        )
    loss = objective.loss
    if not loss.is_likelihood:
        raise LikelyError(
            f"`laplace`: `{type(loss).__name__}` is no likelihood, so its curvature is "
            "no uncertainty; take `Gaussian`, `Categorical`, `Bernoulli` or `Poisson`."
        )
    if prior is not None:
        prior = positive("prior")(prior)
    if where is not None and not callable(where):
        raise LikelyError(
            "`where` is a function of the network, as `lambda net: net.layers[-1]`; "
            f"got {type(where).__name__}."
        )
    model = jax.tree.map(
        lambda a: a.astype(float) if eqx.is_inexact_array(a) else a, result.model
    )
    theta = np.asarray(_flat(model, where)[0])
    if not 0 < len(theta) <= MOST_WEIGHTS:
        raise LikelyError(
            f"`laplace`: {len(theta)} uncertain weights; there must be 1 to "
            f"{MOST_WEIGHTS}: name a part by `where=lambda net: net.layers[-1]`."
        )
    event = LossOfEvent.of(objective)
    loss_sum, G = _curvature(model, where, event, blocks(objective.train))
    G = np.asarray(G)
    e, vectors = np.linalg.eigh(0.5 * (G + G.T))
    # Rounding may leave tiny negative ones; G itself has none.
    e = np.maximum(e, 0.0) if objective.train.weights is None else e
    if prior is None:
        strengths = [p.strength for p in loss.penalties if isinstance(p, L2)]
        prior = 2 * sum(strengths) if strengths else _evidence_prior(e, theta)
    if np.any(e + prior <= 0):
        raise LikelyError(
            "`laplace`: negative weights of events leave a curvature that is not "
            f"positive; a `prior` above {-e.min():.3g} would make it so."
        )
    determinant = 0.5 * np.sum(np.log(prior) - np.log(e + prior))
    evidence = -float(loss_sum) - 0.5 * prior * float(theta @ theta) + determinant
    return Laplace(
        model,
        where,
        loss,
        e,
        vectors,
        float(prior),
        float(evidence),
        float(np.sum(e / (e + prior))),
    )


def _evidence_prior(
    e: Float[np.ndarray, " weights"], theta: Float[np.ndarray, " weights"]
) -> float:
    """Return the prior of the largest evidence, by MacKay's iteration."""
    size, prior, known = float(theta @ theta), 1.0, np.maximum(e, 0.0)
    for _ in range(_ROUNDS):
        before, prior = prior, float(np.sum(known / (known + prior))) / size
        # Data that determine nothing leave the prior without a scale.
        prior = max(prior, 1e-10)
        if abs(prior - before) < _CHANGE * before:
            break
    return prior


def _flat(model: Any, where: Callable[[Any], Any] | None) -> Any:
    """Return the uncertain weights in a row, and what puts others in their place."""
    part = model if where is None else where(model)
    arrays = eqx.filter(part, eqx.is_inexact_array)
    theta, back = ravel_pytree(arrays)

    def put(theta: Any) -> Any:
        rest = eqx.filter(part, eqx.is_inexact_array, inverse=True)
        new = eqx.combine(back(theta), rest)
        return new if where is None else eqx.tree_at(where, model, new)

    return theta, put


def _jacobian(model: Any, where: Any, x: Any) -> tuple[Array, Array]:
    """Return outputs of one event in a row, and their derivatives by weight."""
    theta, put = _flat(model, where)

    def outputs(theta: Any) -> Any:
        return jnp.ravel(put(theta)(x))

    return outputs(theta), jax.jacrev(outputs)(theta)


@eqx.filter_jit
def _curvature(model: Any, where: Any, event: LossOfEvent, events: Any) -> Any:
    def of_event(row: Any) -> Any:
        x, target = event.split(row)
        shape = jax.eval_shape(model, x).shape
        f, J = _jacobian(model, where, x)

        def loss(f: Any) -> Any:
            return event.loss.of_event(f.reshape(shape), target)

        return loss(f), J, jax.hessian(loss)(f)

    def block(_: Any, columns: Any, w: Any) -> Any:
        value, J, curvature = jax.vmap(of_event, 1)(columns)
        left = jnp.einsum("n,nij,njk->nik", w, curvature, J)
        p = J.shape[-1]
        return jnp.dot(w, value), J.reshape(-1, p).T @ left.reshape(-1, p)

    return sum_over_events(block, (), events)


@eqx.filter_jit
def _linear(model: Any, where: Any, root: Any, inputs: Any) -> Any:
    def one(x: Any) -> Any:
        f, J = _jacobian(model, where, x)
        return f, J @ root

    return jax.lax.map(one, inputs, batch_size=256)


def _gaussian(loss: Gaussian, f: Any, V: Any) -> Float[np.ndarray, "events 2"]:
    mu, sigma = f[:, 0], np.exp(f[:, 1]) if loss.sigma is None else loss.sigma
    return np.stack([mu, np.sqrt(sigma**2 + V[:, 0, 0])], axis=-1)
