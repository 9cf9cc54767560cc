"""The likelihood's constraints on their own, where several data sets share them."""

from collections.abc import Sequence
from typing import Any

import jax
from jaxtyping import Array, Float

from ..core import ParameterSpace
from .constraint import GaussConstraint
from .program import Program


def constraint_program(
    constraints: Sequence[GaussConstraint], space: ParameterSpace
) -> Program:
    """Return the program of constraints alone, over the parameters of `space`."""
    return Program.of((), constraints, space)


def penalty_alone(program: Program) -> Any:
    r"""Return $-\sum_j \log G_j$ as a function that is a pytree."""
    return jax.tree_util.Partial(_value, program)


def penalty_and_gradient(program: Program) -> Any:
    """Return the same and its gradient."""
    return jax.tree_util.Partial(_gradient, program)


def penalty_derivatives(program: Program) -> Any:
    """Return the same, its gradient and its Hessian."""
    return jax.tree_util.Partial(_derivatives, program)


def _value(program: Program, x: Float[Array, " free"]) -> Float[Array, ""]:
    return program.penalty(x)


def _gradient(program: Program, x: Float[Array, " free"]) -> Any:
    return jax.value_and_grad(program.penalty)(x)


def _derivatives(program: Program, x: Float[Array, " free"]) -> Any:
    value, gradient = jax.value_and_grad(program.penalty)(x)
    return value, gradient, jax.hessian(program.penalty)(x)
