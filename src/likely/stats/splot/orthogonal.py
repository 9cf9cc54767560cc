"""Custom orthogonal weight functions: weights for any choice of the variance."""

from collections.abc import Callable
from typing import Any

import numpy as np
from jaxtyping import Float

from ...core import LikelyError, Observable, resolve
from ...distributions import Sum
from ...fit.events_of import events_of
from .weight_functions import (
    LogVariance,
    WeightFunctions,
    inverse_overlaps,
    log_densities,
    log_mixture,
    mixture_of,
)

PANELS = 64  # to begin with, in the whole range
MOST_NODES = 1 << 20
TOLERANCE = 1e-8  # of the overlaps, relative
_NODES, _WEIGHTS = np.polynomial.legendre.leggauss(16)


def cows(model: Any, *, variance: Any = "uniform", data: Any = None) -> WeightFunctions:
    r"""Return custom orthogonal weight functions of the components of a model.

    $$w_n(x) = \sum_l (W^{-1})_{nl}\, f_l(x) / I(x), \qquad
    W_{kl} = \int \frac{f_k(x) f_l(x)}{I(x)}\,dx$$

    Any positive $I$ gives unbiased weights; their variance is least if $I$ is the
    density of the data. With $I$ the fitted density and $W$ a mean over the events,
    $W_{kl} = \sum_i w_i f_k f_l / I^2 / \sum_i w_i$, they are the sWeights.

    Args:
        model: A `Sum`; its yields or fractions matter for `variance="density"` only.
        variance: $I$: "uniform"; "density", that of the model; or a histogram of one
            observable, `(counts, edges)` as `np.histogram` returns, over its range.
        data: Events for $W$ as a mean, with `variance="density"`; by default $W$ is an
            integral, to 1e-8, which a model of one observable has.

    Raises:
        LikelyError: If `variance` is none of these or a bin of it is not positive,
            components cannot be told apart, or the integral is of several observables
            or cannot be done.

    References:
        H. Dembinski, M. Kenzie, C. Langenbruch, M. Schmelling, Nucl. Instrum. Meth. A
        1040 (2022) 167270, arXiv:2112.04574.
    """
    mixture = resolve(mixture_of(model, "cows"))
    log_variance, edges = _variance(mixture, variance)
    if data is None:
        W = _integrals(mixture, log_variance, edges)
    elif isinstance(variance, str) and variance == "density":
        W = _means(mixture, log_variance, data)
    else:
        raise LikelyError(
            '`cows(data=...)` goes with `variance="density"`: another variance is not '
            "that of the events, and its overlaps are integrals; leave `data` out."
        )
    return WeightFunctions(mixture, inverse_overlaps(W, mixture.names), log_variance)


def _variance(
    model: Sum, given: Any
) -> tuple[LogVariance, Float[np.ndarray, " edges"]]:
    """Return the logarithm of I, and where it may jump."""
    spans = [(o.lower, o.upper) for o in model.observables]
    ends = np.array(spans[0], float)
    if isinstance(given, str) and given == "uniform":
        level = -float(np.sum([np.log(upper - lower) for lower, upper in spans]))
        return (lambda logs, events: np.full(events.shape[1], level)), ends
    if isinstance(given, str) and given == "density":
        shares = np.array([float(c) for c in model.coefficients()])
        shares = shares / shares.sum()
        return (lambda logs, events: log_mixture(shares, logs)), ends
    if isinstance(given, tuple | list) and len(given) == 2:
        return _histogram(model, *given)
    raise LikelyError(
        '`cows(variance=...)` must be "uniform", "density" or (counts, edges) of a '
        f"histogram; got {given!r:.60}."
    )


def _histogram(
    model: Sum, counts: Any, edges: Any
) -> tuple[LogVariance, Float[np.ndarray, " edges"]]:
    observable = _only(model)
    try:
        counts, edges = np.asarray(counts, float), np.asarray(edges, float)
    except (TypeError, ValueError):
        raise LikelyError(
            "`cows(variance=(counts, edges))` takes two lists of numbers."
        ) from None
    if counts.ndim != 1 or edges.shape != (len(counts) + 1,) or len(counts) == 0:
        raise LikelyError(
            "`cows(variance=(counts, edges))` needs one edge more than counts; got "
            f"shapes {counts.shape} and {edges.shape}."
        )
    span = (observable.lower, observable.upper)
    if not np.all(np.diff(edges) > 0) or not np.allclose(edges[[0, -1]], span):
        raise LikelyError(
            "`cows(variance=(counts, edges))`: the edges must rise over the range of "
            f"`{observable.name}`, [{span[0]:g}, {span[1]:g}]; got "
            f"[{edges[0]:g}, {edges[-1]:g}]."
        )
    if not np.all(counts > 0) or not np.isfinite(counts).all():
        bad = int(np.argmin((counts > 0) & np.isfinite(counts)))
        raise LikelyError(
            f"`cows(variance=(counts, edges))`: bin [{edges[bad]:g}, {edges[bad + 1]:g}"
            f"] holds {counts[bad]:g}, and every one must be positive; take wider bins."
        )
    logs_of_bins = np.log(counts / counts.sum() / np.diff(edges))

    def log_variance(logs: Any, events: Any) -> Any:
        bins = np.searchsorted(edges, events[0], side="right") - 1
        return logs_of_bins[np.clip(bins, 0, len(counts) - 1)]  # the last edge is in

    return log_variance, edges


def _only(model: Sum) -> Observable:
    """Return the one observable of a model.

    Raises:
        LikelyError: If it has several.
    """
    if len(model.observables) > 1:
        names = ", ".join(f"`{o.name}`" for o in model.observables)
        raise LikelyError(
            f"`cows` integrates over one observable, and the model has {names}; for "
            'several give `variance="density"` and the events as `data`.'
        )
    return next(iter(model.observables))


def _means(
    model: Sum, log_variance: Callable[..., Any], data: Any
) -> Float[np.ndarray, "n n"]:
    events, weights = events_of(model, data)
    logs = log_densities(model, events)
    ratios = np.exp(logs - log_variance(logs, events))
    weights = np.ones(events.shape[1]) if weights is None else weights
    return (weights * ratios) @ ratios.T / weights.sum()


def _integrals(
    model: Sum, log_variance: Callable[..., Any], edges: Float[np.ndarray, " edges"]
) -> Float[np.ndarray, "n n"]:
    """Return the overlaps by the Gauss-Legendre rule on ever smaller panels."""
    observable = _only(model)
    pieces = max(1, PANELS // (len(edges) - 1))
    before: Any = np.inf
    while (len(edges) - 1) * pieces * len(_NODES) <= MOST_NODES:
        x, dx = _rule(edges, pieces)
        logs = log_densities(model, x[None])
        ratios = np.exp(logs - 0.5 * log_variance(logs, x[None]))
        W = (ratios * dx) @ ratios.T
        norms = np.exp(logs) @ dx
        # A peak between the nodes of two rules would be missed by both alike.
        whole = np.allclose(norms, 1, rtol=0, atol=1e-6)
        scale = np.sqrt(np.outer(np.diag(W), np.diag(W)))
        if whole and np.max(np.abs(W - before) / scale) < TOLERANCE:
            return W
        before, pieces = W, 2 * pieces
    raise LikelyError(
        f"the overlaps of the components in `{observable.name}` cannot be integrated "
        f"to {TOLERANCE:g}: a peak is too narrow for its range; narrow the range, or "
        'give `variance="density"` and the events as `data`.'
    )


def _rule(
    edges: Float[np.ndarray, " edges"], pieces: int
) -> tuple[Float[np.ndarray, " nodes"], Float[np.ndarray, " nodes"]]:
    """Return nodes and weights with `pieces` panels between neighbouring edges."""
    steps = np.arange(pieces) / pieces
    lower = (edges[:-1, None] + np.diff(edges)[:, None] * steps).ravel()
    half = np.repeat(np.diff(edges) / pieces / 2, pieces)
    x = lower[:, None] + half[:, None] * (1 + _NODES)
    return x.ravel(), (half[:, None] * _WEIGHTS).ravel()
