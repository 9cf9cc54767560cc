"""A text that is a density, or a part of one, in observables and parameters."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, final

import jax
import jax.numpy as jnp
import numpy as np
from jax.core import Tracer
from jaxtyping import Array, Float

from ..core import (
    AbstractScalar,
    Expression,
    LikelyError,
    Observable,
    columns_of,
    evaluate,
    forward_tower,
    nearest,
    parse,
    staged,
)

# Places at which a formula is tried when it is made, together in all dimensions.
TRIED = 4096


@final
@dataclass(frozen=True)
class Formula:
    """A parsed text, and how to evaluate it.

    Args:
        owner: Name of the density, for messages.
        expression: The text, parsed.
        variables: Names of the observables.
        names: Names of the parameters.
    """

    owner: str
    expression: Expression
    variables: tuple[str, ...]
    names: tuple[str, ...]

    @classmethod
    def of(
        cls,
        owner: str,
        text: str | Any,
        variables: tuple[str, ...],
        names: Sequence[str],
    ) -> "Formula":
        """Parse a text.

        Raises:
            LikelyError: If it is not an expression, or its names are not those of the
                observables and the parameters.
        """
        names = tuple(names)
        both = sorted(set(names) & set(variables))
        if both:
            raise LikelyError(
                f"`{owner}(parameters=...)`: `{both[0]}` is an observable; give the "
                "parameter another name."
            )
        if not isinstance(text, str):
            raise LikelyError(
                f"`{owner}(text=...)` must be a text such as `exp(-a*x)`; got "
                f"{type(text).__name__}."
            )
        try:
            expression = parse(text)
        except LikelyError as error:
            raise LikelyError(f"`{owner}(text=...)`: {error}") from None
        known = (*variables, *names)
        for name in expression.names:
            if name not in known:
                raise LikelyError(
                    f"`{owner}(text=...)`: there is no `{name}` among the observables "
                    f"and parameters; {nearest(name, known)}"
                )
        unused = [name for name in names if name not in expression.names]
        if unused:
            raise LikelyError(
                f"`{owner}(parameters=...)`: `{unused[0]}` does not appear in "
                f"`{text}`; leave it out."
            )
        return cls(owner, expression, variables, names)

    def log_value(self, x: Sequence[Any], values: Sequence[Any]) -> Float[Array, ""]:
        r"""Return the logarithm of the value, $-\infty$ where it is not positive.

        It can be differentiated in the values of the parameters, not in `x`.

        Args:
            x: Of one event, in the order of the observables.
            values: Of the parameters.
        """
        numbers = [jnp.asarray(value, float) for value in values]
        packed = jnp.stack(numbers) if numbers else jnp.zeros(0)
        event = tuple(jnp.asarray(column, float) for column in x)
        return staged(self._tower, packed, event)

    def _tower(
        self, order: int, values: Float[Array, " n"], x: tuple[Array, ...]
    ) -> tuple[Array, ...]:
        def log_value(values: Float[Array, " n"]) -> Float[Array, ""]:
            given = dict(zip(self.variables, x, strict=True))
            given |= {name: values[i] for i, name in enumerate(self.names)}
            # A text may be a number, or a condition.
            value = jnp.asarray(self.expression.evaluate(given, jnp), float)
            positive = value > 0
            safe = jnp.where(positive, value, 1.0)
            return jnp.where(positive, jnp.log(safe), -jnp.inf)

        return forward_tower(log_value, len(self.names), order, values)

    def check(self, observables: Sequence[Observable], values: Sequence[Any]) -> None:
        """Try the formula on a grid, where the parameters have values already.

        Raises:
            LikelyError: If a value is not a number, is negative, or all are zero.
        """
        place = f"`{self.owner}(text=...)`"
        if any(isinstance(v, Tracer) or columns_of(v) for v in values):
            return
        numbers = [float(evaluate(v, {})) for v in values]
        grid = _grid(observables)
        given = dict(zip(self.names, numbers, strict=True))
        columns = dict(zip(self.variables, grid, strict=True))
        found = self.expression.evaluate(columns | given, np)
        found = np.broadcast_to(np.asarray(found, float), grid[0].shape)
        at = {name: f"{value:g}" for name, value in given.items()}
        shown = ", ".join(f"{name} = {value}" for name, value in at.items())
        where = f" with {shown}" if shown else ""
        for wrong, reason, remedy in (
            (~np.isfinite(found), "not finite", "so that it is finite"),
            (found < 0, "negative", "so that it stays positive"),
        ):
            if wrong.any():
                first = int(np.argmax(wrong))
                event = ", ".join(
                    f"{name} = {column[first]:g}" for name, column in columns.items()
                )
                raise LikelyError(
                    f"{place}: `{self.expression.text}` is {reason} "
                    f"({found[first]:g}) at {event}{where}; change the range, the "
                    f"text or the values of the parameters {remedy}."
                )
        if not (found > 0).any():
            raise LikelyError(
                f"{place}: `{self.expression.text}` is zero on the whole range{where}; "
                "a density needs to be positive somewhere."
            )


def check_observable(owner: str, observable: Any) -> None:
    """Check that it is one.

    Raises:
        LikelyError: If it is not.
    """
    if not isinstance(observable, Observable):
        raise LikelyError(
            f"`{owner}(observable=...)` must be an Observable; got "
            f'{type(observable).__name__}. Write `Observable("mass", 60, 120, "GeV")`.'
        )


def checked_mapping(owner: str, parameters: Any) -> Mapping[str, Any]:
    """Return the parameters of a formula.

    Raises:
        LikelyError: If they are not a mapping of names to numbers or parameters.
    """
    if not isinstance(parameters, Mapping):
        raise LikelyError(
            f"`{owner}(parameters=...)` takes a mapping of names to numbers or "
            f'parameters, such as {{"a": 1.5}}; got {type(parameters).__name__}.'
        )
    for name, value in parameters.items():
        scalar = isinstance(value, AbstractScalar | int | float | np.number)
        array = isinstance(value, jax.Array | np.ndarray) and value.ndim == 0
        if isinstance(value, bool) or not (scalar or array):
            raise LikelyError(
                f'`{owner}(parameters={{"{name}": ...}})` takes a number or a '
                f"parameter; got {type(value).__name__}."
            )
    return parameters


def _grid(observables: Sequence[Observable]) -> list[Float[np.ndarray, " places"]]:
    """Return places inside the ranges, the edges among them."""
    n = round(TRIED ** (1.0 / len(observables)))
    axes = [np.linspace(o.lower, o.upper, n) for o in observables]
    return [axis.ravel() for axis in np.meshgrid(*axes, indexing="ij")]
