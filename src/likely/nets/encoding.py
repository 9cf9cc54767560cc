"""Categories as numbers: one column for each, or one for each but the reference."""

from collections.abc import Iterable, Sequence
from typing import Any, NamedTuple

import jax
import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, Bool

from ..core import LikelyError, nearest, runtime as runtime
from .parts import whole_number


class DummyColumns(NamedTuple):
    """Which categories have a column, and which one is told by zeros in all of them.

    Attributes:
        kept: Names of the categories that have a column, in their order.
        dropped: Name of the reference category.
    """

    kept: tuple[str, ...]
    dropped: str


def one_hot(code: Any, categories: int) -> Bool[Array, " categories"]:
    """Return true at the place of the category, false elsewhere.

    Args:
        code: Number of the category, from 0; another number, or NaN, is of none.
        categories: How many there are.

    Raises:
        LikelyError: If `code` is not one number, or `categories` no whole number above
            zero.
    """
    place = "`one_hot(categories=...)`"
    places = jnp.arange(whole_number(place, categories, least=1))
    code = _number("one_hot", code)
    return code == places.astype(jnp.promote_types(code.dtype, jnp.float32))


def dummies(code: Any, categories: int, *, reference: int = 0) -> Bool[Array, " fewer"]:
    """Return `one_hot` without the column of a reference category.

    The columns of `one_hot` add up to one: with a constant beside them, as the bias of
    a linear model is, its coefficients are not determined (the dummy-variable trap).
    Without the reference they are, as differences from it.

    Args:
        code: Number of the category, from 0; a number of none, or NaN, gives zeros as
            the reference does.
        categories: How many there are.
        reference: Number of the reference category.

    Raises:
        LikelyError: If `code` is not one number, `categories` no whole number above
            one, or `reference` is none of them.
    """
    whole_number("`dummies(categories=...)`", categories, least=2)
    place = "`dummies(reference=...)`"
    if whole_number(place, reference, least=0) >= categories:
        raise LikelyError(
            f"{place} must be below the number of categories, {categories}; "
            f"got {reference}."
        )
    flags = one_hot(_number("dummies", code), categories)
    return jnp.concatenate([flags[:reference], flags[reference + 1 :]])


def dummy_columns(
    categories: Sequence[str], *, reference: str | None = None
) -> DummyColumns:
    """Return what the columns of `dummies` stand for.

    Args:
        categories: Names, in the order of their numbers.
        reference: Name of the reference category; None for the first.

    Raises:
        LikelyError: If there are fewer than two, one of them is there twice, or
            `reference` is none of them.
    """
    if isinstance(categories, str) or not isinstance(categories, Iterable):
        raise LikelyError(
            "`dummy_columns(categories=...)` takes a list of names; got "
            f"{categories!r}."
        )
    names = tuple(categories)
    if len(names) < 2 or len(set(names)) < len(names):
        raise LikelyError(
            "`dummy_columns(categories=...)` takes two different names or more; "
            f"got {list(names)}."
        )
    dropped = names[0] if reference is None else reference
    if dropped not in names:
        raise LikelyError(
            f"`dummy_columns(reference=...)` is none of the categories: {dropped!r}; "
            f"{nearest(dropped, names)}"
        )
    return DummyColumns(tuple(n for n in names if n != dropped), dropped)


def _number(door: str, code: Any) -> Array:
    if isinstance(code, jax.Array):
        found = code
    else:
        found = np.asarray(code, object if isinstance(code, list) else None)
    if found.ndim or not (
        found.dtype.kind in "biuf" or jnp.issubdtype(found.dtype, jnp.floating)
    ):
        raise LikelyError(
            f"`{door}(code=...)` takes the number of one category; got "
            f"{type(code).__name__} of shape {found.shape}. `jax.vmap` takes many."
        )
    return jnp.asarray(found)
