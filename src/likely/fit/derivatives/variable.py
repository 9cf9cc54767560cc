"""A variable of an evaluation trace: while it is computed, and as it is shown."""

from dataclasses import dataclass, field
from typing import Any, final

import jax
import jax.numpy as jnp
import numpy as np
from jaxtyping import Shaped


@final
@dataclass(frozen=True)
class Operation:
    r"""One row of an evaluation trace: an input, a constant, or $v_i = \phi(v_j, ...)$.

    Args:
        name: The variable.
        formula: What it is computed from; empty for an input.
        value: Its primal value.
        tangents: Derivative along each direction, (directions, *shape); None where
            there is no derivative.
        adjoint: Derivative of the result with respect to it, of its own shape.
        partials: For each variable in the formula that has a derivative, the local
            Jacobian, (*shape, *shape of that variable); None where it is too large.
        inside: The functions and branches of the program that it stands in.
        note: What is special about it, in words.
    """

    name: str
    formula: str
    value: Shaped[np.ndarray, "*shape"]
    tangents: Shaped[np.ndarray, " directions *shape"] | None
    adjoint: Shaped[np.ndarray, "*shape"] | None
    partials: dict[str, Shaped[np.ndarray, "..."] | None]
    inside: tuple[str, ...]
    note: str


@final
@dataclass(eq=False)
class Variable:
    """A variable that is being computed; the reverse sweep adds to its adjoint.

    Args:
        name: As shown; a literal is its number.
        value: Its primal value.
        tangents: (directions, *shape), or None if no input can change it smoothly.
        formula: What it is computed from.
        partials: Local Jacobians, by variable.
        inside: Where in the program.
        notes: What is special.
    """

    name: str
    value: Any
    tangents: Any = None
    formula: str = ""
    partials: dict[str, Any] = field(default_factory=dict)
    inside: tuple[str, ...] = ()
    notes: list[str] = field(default_factory=list)
    adjoint: Any = None

    def __post_init__(self) -> None:
        if self.tangents is not None:
            self.adjoint = jnp.zeros_like(self.value)

    def finished(self) -> Operation:
        """Return the row that is shown."""
        return Operation(
            name=self.name,
            formula=self.formula,
            value=_plain(self.value),
            tangents=None if self.tangents is None else np.asarray(self.tangents),
            adjoint=None if self.adjoint is None else np.asarray(self.adjoint),
            partials={
                name: None if p is None else np.asarray(p)
                for name, p in self.partials.items()
            },
            inside=self.inside,
            note=", ".join([*self.notes, *self._remarks()]),
        )

    def _remarks(self) -> list[str]:
        dtype = self.value.dtype
        if not jnp.issubdtype(dtype, jnp.inexact):
            return [f"{dtype}: no derivative"]
        remarks = []
        if self.tangents is None:
            remarks.append("constant: no derivative")
        if not jnp.isfinite(self.value).all():
            remarks.append("not finite")
        elif not all(
            p is None or jnp.isfinite(p).all() for p in self.partials.values()
        ):
            remarks.append("derivative not finite")
        return remarks


def _plain(value: Any) -> np.ndarray:
    """Return a value as NumPy knows it: a random key is its integers."""
    if jnp.issubdtype(value.dtype, jax.dtypes.prng_key):
        value = jax.random.key_data(value)
    return np.asarray(value)
