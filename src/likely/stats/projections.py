"""What a fitted model expects in bins of one observable, by exact integrals."""

from collections.abc import Mapping
from typing import Any

import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, Float

from ..core import (
    AbstractDistribution,
    LikelyError,
    Observable,
    Result,
    nearest,
    resolve,
)
from ..distributions import AbstractShape, Sum
from .binned import Projection


def projection(result: Result, observable_name: str, *, bins: int = 60) -> Projection:
    r"""Return data and fitted model in equal bins of one observable.

    $$\mu_{ki} = N_k \int_{bin\,i} f_k(x)\,dx$$

    with the exact integral of component $k$ over the bin and, over the other
    observables, over their whole ranges. $N_k$ is the component's yield or, in a model
    that is not extended, its fraction of the sum of weights.

    Args:
        result: A fit that still holds its model and its events.
        observable_name: One of the model's observables.
        bins: Number of equal bins on the observable's range.

    Raises:
        LikelyError: If there is no such observable, `bins` is not a positive whole
            number, or the model has no density of that observable alone.
    """
    observable, column = _find(result, observable_name)
    if isinstance(bins, bool) or not isinstance(bins, int) or bins < 1:
        raise LikelyError(f"`bins` must be a positive whole number; got {bins!r}.")
    events = np.asarray(result.objective.events)[column]
    weights = result.objective.weights
    edges = np.linspace(observable.lower, observable.upper, bins + 1)
    span = (observable.lower, observable.upper)
    entries = np.histogram(events, bins, span)[0].astype(float)
    counts = variances = entries
    if weights is not None:
        w = np.asarray(weights, float)
        counts = np.histogram(events, bins, span, weights=w)[0]
        variances = np.histogram(events, bins, span, weights=w**2)[0]
    model = resolve(result.model)
    lower, upper = jnp.asarray(edges[:-1]), jnp.asarray(edges[1:])
    parts = _integrals(_components(model), observable_name, lower, upper)
    components = _scaled(result, model, parts)
    return Projection(
        observable,
        edges,
        counts,
        variances,
        entries,
        np.sum(list(components.values()), axis=0),
        components,
        extended=bool(getattr(model, "extended", False)),
        weighted=weights is not None,
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
    model = resolve(result.model)
    parts = _densities(_components(model), observable_name, jnp.asarray(x, float))
    return _scaled(result, model, parts)


def _find(result: Result, name: str) -> tuple[Observable, int]:
    """Return the observable of a result that can be projected, and its column."""
    if result.model is None or result.objective is None:
        raise LikelyError(
            "this result holds no model or no events, as one read from a file; "
            "a projection needs the result that `fit` returned."
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
    scale = 1.0 if extended else result.sum_of_weights
    # JAX sorts a dict by its keys; the model's order is the one to keep.
    return {k: scale * float(n) * np.asarray(parts[k]) for k, n in yields.items()}


def _shapes(
    density: AbstractDistribution, name: str
) -> list[tuple[Float[Array, ""], AbstractShape]]:
    """Return the terms of a density, integrated over all observables but one.

    Each is a number and the shape that it multiplies.
    """
    column = [o.name for o in density.observables].index(name)
    found = []
    for term in density.terms():
        log_scale = term.log_scale
        chosen = None
        for factor in term.factors:
            shape = factor.shape
            if not isinstance(shape, AbstractShape):
                raise LikelyError(
                    f"a model with `{type(shape).__name__}`, which does not split into "
                    "densities of single observables, cannot be projected."
                )
            if factor.columns == (column,):
                chosen = shape
            else:
                log_scale = log_scale + shape.log_norm()
        if chosen is None:
            raise LikelyError(
                f"`{type(density).__name__}` has no density of `{name}` to project on."
            )
        found.append((term.coefficient * jnp.exp(log_scale), chosen))
    return found


@eqx.filter_jit
def _integrals(
    components: dict[str, AbstractDistribution],
    name: str,
    lower: Float[Array, " bins"],
    upper: Float[Array, " bins"],
) -> dict[str, Float[Array, " bins"]]:
    def integrals(density: AbstractDistribution) -> Any:
        return sum(
            scale * jnp.exp(jax.vmap(shape.log_integral)(lower, upper))
            for scale, shape in _shapes(density, name)
        )

    return {key: integrals(density) for key, density in components.items()}


@eqx.filter_jit
def _densities(
    components: dict[str, AbstractDistribution],
    name: str,
    x: Float[Array, " points"],
) -> dict[str, Float[Array, " points"]]:
    def densities(density: AbstractDistribution) -> Any:
        return sum(
            scale * jnp.exp(jax.vmap(shape.log_shape)(x[:, None]))
            for scale, shape in _shapes(density, name)
        )

    return {key: densities(density) for key, density in components.items()}
