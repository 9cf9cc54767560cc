"""From a histogram to the bins of a model: axes, ranges, scales of weighted bins."""

from typing import Any

import numpy as np
from jaxtyping import Float

from ..core import AbstractDistribution, LikelyError, Observable, given_of, nearest
from ..data import Binned

# Edges that a file keeps in single precision are this far off, in bins.
_SLACK = 1e-4


def bins_of(model: Any, binned: Binned) -> Binned:
    """Return the histogram with its axes in the order of the model's observables.

    Its bins lie inside the ranges of the observables, and may cover less than them.

    Raises:
        LikelyError: If the model is none of densities, an axis is missing or too many,
            or bins lie outside a range.
    """
    if not isinstance(model, AbstractDistribution):
        raise LikelyError(
            "`fit(model, ...)`: the model must be a density from "
            f"`likely.distributions`; got {type(model).__name__}. A network needs a "
            "`loss` of `lk.losses`."
        )
    if given_of(model):
        raise LikelyError(
            f"the model is conditional on {list(given_of(model))}, which differ from "
            "event to event; bins have forgotten them. Fit the events."
        )
    names = [o.name for o in model.observables]
    for name in names:
        if name not in binned.names:
            raise LikelyError(
                f"the histogram has no axis `{name}`, an observable of the model; "
                f"{nearest(name, binned.names)}"
            )
    if len(binned.names) > len(names):
        extra = [name for name in binned.names if name not in names]
        raise LikelyError(
            f"the histogram has the axis `{extra[0]}`, of which the model has no "
            f"density; sum over it with `binned.project({names})`."
        )
    ordered = binned.project(names)
    edges = tuple(
        _inside(o, e) for o, e in zip(model.observables, ordered.edges, strict=True)
    )
    if not ordered.counts.any():
        raise LikelyError("the histogram holds no events; there is nothing to fit.")
    return Binned(names, edges, ordered.counts, ordered.variances)


def counted(binned: Binned) -> bool:
    """Return whether the bins hold counts of events, each of weight one."""
    return binned.variances is None or np.array_equal(binned.variances, binned.counts)


def check_positive(binned: Binned) -> None:
    """Check that no bin has a negative content.

    Raises:
        LikelyError: If one has.
    """
    n = binned.counts
    if (n < 0).any():
        raise LikelyError(
            f"{int((n < 0).sum())} of {n.size} bins have a negative content, the least "
            f"{n.min():g}, which no Poisson count has; give the `variances` of "
            "weighted events, take wider bins, or fit with `loss=ChiSquare()`."
        )


def mean_weight(binned: Binned) -> float:
    r"""Return $s = \sum_b V_b/\sum_b n_b$, one for counts of events.

    Raises:
        LikelyError: If a bin has a content without a variance, or the sum of weights is
            not positive.
    """
    n, V = binned.counts, binned.variances
    if V is None or counted(binned):
        return 1.0
    bad = int(((V == 0) & (n != 0)).sum())
    if bad:
        raise LikelyError(
            f"{bad} of {n.size} bins have a content and the variance zero, which no "
            "sum of weights has; leave `variances` out for counts of events."
        )
    if n.sum() <= 0:
        raise LikelyError(
            f"the sum of weights of the histogram must be > 0; got {n.sum():g}."
        )
    return float(V.sum() / n.sum())


def scales_of(binned: Binned) -> Float[np.ndarray, "*bins"]:
    r"""Return $s_b = V_b/n_b$, the mean weight of each bin, one for counts of events.

    A bin without events, or with weights that cancel, does not know its own and takes
    that of all bins.

    Raises:
        LikelyError: As `mean_weight`.
    """
    n, V, s = binned.counts, binned.variances, mean_weight(binned)
    if V is None or counted(binned):
        return np.ones_like(n)
    own = (n > 0) & (V > 0)
    return np.where(own, V / np.where(own, n, 1.0), s)


def _inside(
    observable: Observable, edges: Float[np.ndarray, " edges"]
) -> Float[np.ndarray, " edges"]:
    """Return the edges, those within rounding of the range put on it."""
    slack = _SLACK * np.diff(edges).min()
    lower, upper = observable.lower, observable.upper
    if edges[0] < lower - slack or edges[-1] > upper + slack:
        raise LikelyError(
            f"the bins of `{observable.name}` span [{edges[0]:g}, {edges[-1]:g}] and "
            f"its range is [{lower:g}, {upper:g}], where the density is normalised; "
            "give the observable the range of the bins, or take the bins inside with "
            f"`binned.within({{'{observable.name}': ({lower:g}, {upper:g})}})`."
        )
    edges = edges.copy()
    if abs(edges[0] - lower) <= slack:
        edges[0] = lower
    if abs(edges[-1] - upper) <= slack:
        edges[-1] = upper
    return edges
