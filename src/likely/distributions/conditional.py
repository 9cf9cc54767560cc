"""A density whose arguments differ from event to event."""

from collections.abc import Mapping
from typing import Any, final

import equinox as eqx
import jax
import jax.numpy as jnp
from jaxtyping import Array, Float, PRNGKeyArray

from ..core import (
    AbstractDistribution,
    AbstractFactor,
    Column,
    Derived,
    Factor,
    LikelyError,
    Observable,
    Parameter,
    Scalar,
    Term,
    columns_of,
    evaluate,
)
from .shape import AbstractShape


@final
class Conditional(AbstractDistribution, AbstractFactor):
    r"""Density of an observable given other columns, $f(x \mid c)$.

    The arguments of the shape are formulas of parameters and of columns, for instance
    a resolution $\sigma = k\,\sigma_m$ with the estimate $\sigma_m$ of each event, and
    the density of each event is normalised on the range with its own arguments,
    $\int f(x \mid c)\,dx = 1$. How the columns are distributed is not part of it.
    Where that differs between the components of a sum, fractions are biased; multiply
    each component by its density of the columns then (`Product`).

    Args:
        shape: A density of one observable; at least one of its arguments has a
            `Column` in its formula.

    Raises:
        LikelyError: If it is none, or is given a column of its own observable.

    References:
        G. Punzi, eConf C030908 (2003) WELT002, arXiv:physics/0401045.
    """

    shape: AbstractShape
    scalars: tuple[Scalar, ...]
    formulas: tuple[Derived | Column | None, ...] = eqx.field(static=True)
    given: tuple[str, ...] = eqx.field(static=True)

    def __init__(self, shape: Any):
        if not isinstance(shape, AbstractShape):
            raise LikelyError(
                "`Conditional(shape)` takes a density of one observable; "
                f"got {type(shape).__name__}."
            )
        leaves, structure = jax.tree.flatten(shape)
        self.given = tuple(
            dict.fromkeys(n for leaf in leaves for n in columns_of(leaf))
        )
        if not self.given:
            raise LikelyError(
                "`Conditional(shape)`: no argument has a column; write for instance "
                '`sigma=scale * Column("sigma_m")`, or leave out `Conditional`.'
            )
        if shape.observable.name in self.given:
            raise LikelyError(
                f"`Conditional(shape)`: `{shape.observable.name}` is the observable of "
                "the density and cannot be given."
            )
        found: dict[Any, Parameter] = {}
        self.formulas = tuple(
            _apart(leaf, found) if columns_of(leaf) else None for leaf in leaves
        )
        self.scalars = tuple(found)
        # An argument that differs from event to event is put in later: a number that
        # any density takes holds its place.
        held = [
            leaf if formula is None else 1.0
            for leaf, formula in zip(leaves, self.formulas, strict=True)
        ]
        self.shape = jax.tree.unflatten(structure, held)

    @property
    def observables(self) -> tuple[Observable, ...]:
        """Return the one observable, as a tuple."""
        return self.shape.observables

    def log_prob(self, x: Float[Array, " dim"]) -> Float[Array, ""]:
        return self.at(x[1:]).log_prob(x[:1])

    def log_shape(self, x: Float[Array, " dim"]) -> Float[Array, ""]:
        return self.log_prob(x)

    def terms(self) -> tuple[Term, ...]:
        columns = tuple(range(1 + len(self.given)))
        return (Term(jnp.ones(()), jnp.zeros(()), (Factor(self, columns),)),)

    def sample(self, key: PRNGKeyArray) -> Float[Array, " dim"]:
        raise LikelyError(
            f"`Conditional` draws an event only with values of {list(self.given)}; "
            "use `samples_given(key, columns)`."
        )

    def sample_given(
        self, key: PRNGKeyArray, given: Float[Array, " given"]
    ) -> Float[Array, " dim"]:
        """Draw the observable of one event with these values of the columns."""
        return self.at(given).sample(key)

    def at(self, given: Float[Array, " given"]) -> AbstractShape:
        """Return the shape with the arguments that one event has."""
        values: Mapping[str, Any] = dict(zip(self.given, given, strict=True)) | {
            _slot(i): scalar for i, scalar in enumerate(self.scalars)
        }
        leaves, structure = jax.tree.flatten(self.shape)
        put_in = [
            leaf if formula is None else evaluate(formula, values)
            for leaf, formula in zip(leaves, self.formulas, strict=True)
        ]
        return jax.tree.unflatten(structure, put_in)


def _apart(formula: Any, found: dict[Any, Parameter]) -> Any:
    """Return a formula with a slot for each part that is the same in every event."""
    if isinstance(formula, Derived) and columns_of(formula):
        operands = tuple(_apart(operand, found) for operand in formula.operands)
        return Derived(formula.operation, operands)
    if isinstance(formula, Parameter | Derived):
        return found.setdefault(formula, Parameter(_slot(len(found)), 0.0))
    return formula


def _slot(number: int) -> str:
    # No column has such a name.
    return f"#{number}"
