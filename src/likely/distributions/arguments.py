"""What every shape checks of its arguments, where they are concrete numbers."""

import dataclasses
import math
from collections.abc import Collection
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
from jax.core import Tracer
from jaxtyping import Array, Float

from ..core import (
    AbstractScalar,
    LikelyError,
    Observable,
    Parameter,
    columns_of,
    evaluate,
)


def check_arguments(
    shape: Any,
    *,
    positive: Collection[str] = (),
    nonzero: Collection[str] = (),
    nonnegative: Collection[str] = (),
) -> None:
    """Check the fields of a shape: observables, and scalars or tuples of scalars.

    What is traced by JAX has no value yet and passes. `name[1]` is the second member
    of the tuple `name`.

    Args:
        shape: A dataclass whose fields are the arguments of a density.
        positive: Names of the fields that must be above zero.
        nonzero: Names of the fields that must not be zero.
        nonnegative: Names of the fields that must not be below zero.

    Raises:
        LikelyError: If a field is of another type, or its value breaks its rule.
    """
    owner = type(shape).__name__
    for field in dataclasses.fields(shape):
        value = getattr(shape, field.name)
        place = f"`{owner}({field.name}=...)`"
        if field.name in ("observable", "observables"):
            for one in value if field.name == "observables" else (value,):
                if not isinstance(one, Observable):
                    raise LikelyError(
                        f"{place} must be an Observable; got {_type(one)}. "
                        'Write, for instance, `Observable("mass", 60, 120, "GeV")`.'
                    )
            continue
        for i, scalar in enumerate(value if isinstance(value, tuple) else (value,)):
            number = _start(scalar, place)
            if number is None:
                continue
            names = {field.name, f"{field.name}[{i}]"}
            if names & set(positive) and number <= 0:
                raise LikelyError(
                    f"{place} must be positive; got {_text(scalar, number)}. "
                    "Give it a value above zero."
                )
            if names & set(nonnegative) and number < 0:
                raise LikelyError(
                    f"{place} must not be negative; got {_text(scalar, number)}. "
                    "Give it zero or a value above."
                )
            if names & set(nonzero) and number == 0:
                raise LikelyError(
                    f"{place} must not be zero; got {_text(scalar, number)}. "
                    "Its sign says on which side the tail is."
                )


def check_members(shape: Any, name: str, members: Collection[str]) -> None:
    """Check that an argument is a tuple of as many scalars as it has members.

    Raises:
        LikelyError: If it is not.
    """
    value = getattr(shape, name)
    if not isinstance(value, tuple) or len(value) != len(members):
        got = f"{len(value)} of them" if isinstance(value, tuple) else _type(value)
        raise LikelyError(
            f"`{type(shape).__name__}({name}=...)` takes a tuple "
            f"({', '.join(members)}); got {got}."
        )


def check_positive_range(shape: Any, *, with_zero: bool) -> None:
    """Check that the range of a shape is one of positive numbers.

    Args:
        shape: A density whose arguments are checked already.
        with_zero: Whether the range may start at zero.

    Raises:
        LikelyError: If the range goes below zero, or to zero where it must not.
    """
    observable = shape.observable
    if observable.lower < 0 or (observable.lower == 0 and not with_zero):
        least = "at zero or above" if with_zero else "above zero"
        raise LikelyError(
            f"`{type(shape).__name__}` is a density of positive numbers; the range of "
            f"`{observable.name}` starts at {observable.lower:g}. "
            f"Give it an Observable that starts {least}."
        )


def check_above(shape: Any, name: str, others: Collection[str]) -> None:
    """Check that an argument is above the sum of others, where all have a value.

    Raises:
        LikelyError: If it is not.
    """
    owner = type(shape).__name__
    values = [_start(getattr(shape, n), f"`{owner}({n}=...)`") for n in (name, *others)]
    known = [value for value in values if value is not None]
    if len(known) == len(values) and known[0] <= sum(known[1:]):
        raise LikelyError(
            f"`{owner}({name}=...)` must be above {' + '.join(others)} = "
            f"{sum(known[1:]):g}; got {known[0]:g}. Below it the resonance cannot "
            "decay into this channel, and has no width there."
        )


def number(scalar: Any) -> Float[Array, ""]:
    """Return an argument of a shape as an array.

    Raises:
        LikelyError: If it is a parameter that no value has been put in for.
    """
    if isinstance(scalar, AbstractScalar):
        raise LikelyError(
            "one event of a density is evaluated at numbers, and an argument is still "
            "a parameter; use `log_probs(events)` or `samples(key, n)`."
        )
    return jnp.asarray(scalar, float)


def as_coefficients(value: Any) -> tuple[Any, ...]:
    """Return the coefficients of a polynomial as a tuple.

    Raises:
        LikelyError: If they are not a sequence of at least one.
    """
    if isinstance(value, list | tuple) and value:
        return tuple(value)
    if isinstance(value, np.ndarray | jax.Array) and value.ndim == 1 and value.size:
        return tuple(value)
    raise LikelyError(
        "`coefficients` must be a tuple of at least one number or parameter; "
        f"got {value!r}. Write, for instance, `coefficients=(c1, c2)`."
    )


def _start(scalar: Any, place: str) -> float | None:
    """Return the number that a scalar stands for at the start.

    None if it is traced by JAX, or differs from event to event.
    """
    if columns_of(scalar):
        return None
    if isinstance(scalar, AbstractScalar):
        scalar = evaluate(scalar, {})
    if isinstance(scalar, Tracer):
        return None
    number = isinstance(scalar, int | float | np.number | np.ndarray | jax.Array)
    if not number or isinstance(scalar, bool) or np.ndim(scalar) != 0:
        raise LikelyError(
            f"{place} takes a number or a parameter; got {_type(scalar)}. "
            'Write 1.5, or `Parameter("name", 1.5, 0.1, 5)` for one that is fitted.'
        )
    value = float(scalar)
    if not math.isfinite(value):
        raise LikelyError(f"{place} must be finite; got {value}. Give it a number.")
    return value


def _text(scalar: Any, number: float) -> str:
    if isinstance(scalar, Parameter):
        return f"{number:g}, the value of parameter `{scalar.name}`"
    if isinstance(scalar, AbstractScalar):
        return f"{number:g}, the value of a formula of parameters"
    return f"{number:g}"


def _type(value: Any) -> str:
    shape = getattr(value, "shape", ())
    return f"an array of shape {shape}" if shape else type(value).__name__
