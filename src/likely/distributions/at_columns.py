"""A conditional density as one event sees it."""

from collections.abc import Mapping

import jax.numpy as jnp
from jaxtyping import Array, Float

from ..core import AbstractDistribution, given_of
from .conditional import Conditional
from .product import Product
from .sum import Sum


def at_columns(
    density: AbstractDistribution, columns: Mapping[str, Float[Array, ""]]
) -> AbstractDistribution:
    """Return the density with the values of the columns that it is given put in.

    Args:
        density: Whose parameters are numbers.
        columns: Value of each column of `given_of(density)` in one event.
    """
    if not set(given_of(density)) & set(columns):
        return density
    if isinstance(density, Conditional):
        return density.at(jnp.stack([columns[name] for name in density.given]))
    if isinstance(density, Sum):
        parts = {n: at_columns(d, columns) for n, d in density.components.items()}
        return Sum(parts, yields=density.yields, fractions=density.fractions)
    if isinstance(density, Product):
        # What the product itself describes is no column that it is given.
        own = {o.name for o in density.observables}
        outside = {n: value for n, value in columns.items() if n not in own}
        return Product([at_columns(d, outside) for d in density.densities])
    raise TypeError(f"unknown kind of conditional density: {type(density).__name__}")
