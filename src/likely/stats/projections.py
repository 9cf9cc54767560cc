"""What a fitted model expects in bins of one observable, and along it."""

from collections.abc import Mapping
from typing import Any

import equinox as eqx
import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, Float

from ..core import (
    AbstractDistribution,
    LikelyError,
    Observable,
    Result,
    given_of,
    nearest,
    resolve,
)
from ..distributions import AbstractShape, Sum
from ..fit import BinnedObjective
from ..fit.streamed import StreamedObjective
from .binned import Projection
from .marginal import Edges, averaged, bin_integrals, line_densities
from .observed import Observed, observed_bins

# The columns that a density is given are averaged over not more events than these, for
# integrals over bins and for curves: the average is then good to a per cent of its
# spread, and takes a second.
MOST_AVERAGED, MOST_DRAWN = 20_000, 2_000


def projection(result: Result, observable_name: str, *, bins: int = 60) -> Projection:
    r"""Return data and fitted model in equal bins of one observable.

    $$\mu_{ki} = N_k \int_{bin\,i} f_k(x)\,dx$$

    with the exact integral of component $k$ over the bin and, over the other
    observables, over their whole ranges. $N_k$ is the component's yield or, in a model
    that is not extended, its fraction of the sum of weights.

    Of a binned fit the bins are those of its data, or an equal number of them put
    together where these are more than `bins`; the other observables are summed over the
    bins of the data. A conditional density is averaged over the columns that it is
    given, as they are in the data. A density that does not split into those of single
    observables is integrated over the others by quadrature.

    Args:
        result: A fit that still holds its model and its events.
        observable_name: One of the model's observables.
        bins: Number of equal bins on the observable's range; of a binned fit the
            largest number.

    Raises:
        LikelyError: If there is no such observable, `bins` is not a positive whole
            number, or the model has no density of that observable alone.
    """
    observable, column = _find(result, observable_name)
    if isinstance(bins, bool) or not isinstance(bins, int) or bins < 1:
        raise LikelyError(f"`bins` must be a positive whole number; got {bins!r}.")
    if isinstance(result.objective, BinnedObjective):
        observed = observed_bins(result.objective.binned, column, bins)
    elif isinstance(result.objective, StreamedObjective):
        observed = _streamed(result.objective, observable, bins)
    else:
        observed = _histogram(result.objective, observable, column, bins)
    model = resolve(result.model)
    axes = _axes(result) | {observable_name: jnp.asarray(observed.edges)}
    given = _given(result, MOST_AVERAGED)
    parts = _integrals(_components(model), observable_name, axes, given)
    components = _scaled(result, model, parts)
    return Projection(
        observable,
        observed.edges,
        observed.counts,
        observed.variances,
        observed.entries,
        np.sum(list(components.values()), axis=0),
        components,
        extended=bool(getattr(model, "extended", False)),
        weighted=observed.weighted,
    )


def component_curves(
    result: Result, observable_name: str, x: Float[np.ndarray, " points"]
) -> dict[str, Float[np.ndarray, " points"]]:
    r"""Return $N_k f_k(x)$, expected events per unit of the observable, by component.

    Args:
        result: A fit that still holds its model and its events.
        observable_name: One of the model's observables.
        x: Points inside its range, in its unit.

    Raises:
        LikelyError: As `projection`.
    """
    _find(result, observable_name)
    model, points = resolve(result.model), jnp.asarray(x, float)
    axes, given = _axes(result), _given(result, MOST_DRAWN)
    parts = _densities(_components(model), observable_name, axes, given, points)
    return _scaled(result, model, parts)


def _find(result: Result, name: str) -> tuple[Observable, int]:
    """Return the observable of a result that can be projected, and its column."""
    if result.model is None or result.objective is None:
        raise LikelyError(
            "this result holds no model or no events, as one read from a file; "
            "a projection needs the result that `fit` returned."
        )
    if not isinstance(result.model, AbstractDistribution):
        raise LikelyError(
            f"a fit of a `{type(result.model).__name__}` has no single projection; "
            "take one category, `lk.category(result, name)`."
        )
    observables = result.model.observables
    for column, observable in enumerate(observables):
        if observable.name == name:
            return observable, column
    names = [o.name for o in observables]
    raise LikelyError(f"the model has no observable `{name}`: {nearest(name, names)}")


def _components(model: AbstractDistribution) -> dict[str, AbstractDistribution]:
    """Return the components by name; a model that is no sum is its own."""
    if isinstance(model, Sum):
        return model.components
    single = isinstance(model, AbstractShape)
    return {type(model).__name__.lower() if single else "model": model}


def _scaled(
    result: Result, model: Any, parts: Mapping[str, Array]
) -> dict[str, Float[np.ndarray, " n"]]:
    """Return each component's density or probability times its events."""
    yields = (
        model.component_yields() if isinstance(model, Sum) else dict.fromkeys(parts, 1)
    )
    extended = isinstance(model, Sum) and model.extended
    scale = 1.0 if extended else result.sum_of_weights / _covered(result, model)
    # JAX sorts a dict by its keys; the model's order is the one to keep.
    return {k: scale * float(n) * np.asarray(parts[k]) for k, n in yields.items()}


def _axes(result: Result) -> dict[str, Float[Array, " _"]]:
    """Return for each observable the edges of the bins that events were counted in."""
    if isinstance(result.objective, BinnedObjective):
        binned = result.objective.binned
        pairs = zip(binned.names, binned.edges, strict=True)
        return {name: jnp.asarray(edges) for name, edges in pairs}
    observables = result.model.observables
    return {o.name: jnp.array([o.lower, o.upper]) for o in observables}


def _covered(result: Result, model: AbstractDistribution) -> float:
    """Return the probability that an event is in the bins of the data."""
    if not isinstance(result.objective, BinnedObjective):
        return 1.0
    name = model.observables[0].name
    given = _given(result, 1)  # a model of binned data is given nothing
    found = _integrals({"model": model}, name, _axes(result), given)
    return float(found["model"].sum())


def _given(
    result: Result, most: int
) -> tuple[Float[Array, "rows given"], Float[Array, " rows"]]:
    """Return columns that the model is given, of not more than `most` events.

    With them weights whose sum is one. The events are evenly spread over all.
    """
    names = given_of(result.model)
    if not names:
        return jnp.zeros((0, 0)), jnp.zeros(0)
    dim = len(result.model.observables)
    rows = np.asarray(result.objective.events)[dim:].T
    weights = result.objective.weights
    weights = np.ones(len(rows)) if weights is None else np.asarray(weights)
    chosen = np.unique(np.linspace(0, len(rows) - 1, min(len(rows), most)).astype(int))
    total = weights[chosen].sum()
    return jnp.asarray(rows[chosen]), jnp.asarray(weights[chosen] / total)


def _histogram(objective: Any, observable: Observable, column: int, bins: int) -> Any:
    """Return the events in equal bins on the observable's range."""
    events, weights = np.asarray(objective.events)[column], objective.weights
    span = (observable.lower, observable.upper)
    entries = np.histogram(events, bins, span)[0].astype(float)
    counts = variances = entries
    if weights is not None:
        w = np.asarray(weights, float)
        counts = np.histogram(events, bins, span, weights=w)[0]
        variances = np.histogram(events, bins, span, weights=w**2)[0]
    edges = np.linspace(*span, bins + 1)
    return Observed(edges, counts, variances, entries, weighted=weights is not None)


def _streamed(objective: StreamedObjective, observable: Observable, bins: int) -> Any:
    """Return the events in equal bins, from one pass over the data."""
    edges = np.linspace(observable.lower, observable.upper, bins + 1)
    counts, variances, entries = objective.histogram(observable.name, edges)
    return Observed(edges, counts, variances, entries, weighted=objective.weighted)


@eqx.filter_jit
def _integrals(
    components: dict[str, AbstractDistribution],
    name: str,
    axes: Edges,
    given: tuple[Float[Array, "rows given"], Float[Array, " rows"]],
) -> dict[str, Float[Array, " bins"]]:
    def integrals(density: AbstractDistribution) -> Array:
        return bin_integrals(density, name, axes)

    return {key: averaged(integrals, d, *given) for key, d in components.items()}


@eqx.filter_jit
def _densities(
    components: dict[str, AbstractDistribution],
    name: str,
    axes: Edges,
    given: tuple[Float[Array, "rows given"], Float[Array, " rows"]],
    x: Float[Array, " points"],
) -> dict[str, Float[Array, " points"]]:
    def densities(density: AbstractDistribution) -> Array:
        return line_densities(density, name, axes, x)

    return {key: averaged(densities, d, *given) for key, d in components.items()}
