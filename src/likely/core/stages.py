"""Functions whose derivatives are computed once, however many directions want them.

The chain rule over many parameters pushes each pair of them through a function. Where
that function is slow and has few arguments of its own, its first and second
derivatives in these are computed at once, and only they meet the directions.
"""

from collections.abc import Callable
from functools import partial
from typing import Any

import jax
import jax.numpy as jnp
from jaxtyping import Array, Float

from . import runtime as runtime  # float64 is set before the first array is made

# Of an order, the arguments and the constants.
Tower = Callable[[int, Float[Array, " n"], Any], tuple[Array, ...]]


@partial(jax.custom_jvp, nondiff_argnums=(0,))
def staged(tower: Tower, arguments: Float[Array, " n"], constants: Any) -> Array:
    """Return the value of a function that knows its first two derivatives.

    Args:
        tower: Given an order, the arguments and constants, it returns a tuple of the
            value, for order 1 also its first derivatives (one axis more, in front), and
            for order 2 also its second ones. It may close over no array.
        arguments: What the function can be differentiated in, twice.
        constants: What else it depends on, a constant as far as derivatives go.
    """
    (value,) = tower(0, arguments, constants)
    return value


@staged.defjvp
def _staged_jvp(tower: Tower, primals: Any, tangents: Any) -> tuple[Array, Array]:
    value, first = _with_first(tower, *primals)
    return value, jnp.tensordot(tangents[0], first, axes=1)


@partial(jax.custom_jvp, nondiff_argnums=(0,))
def _with_first(
    tower: Tower, arguments: Float[Array, " n"], constants: Any
) -> tuple[Array, Array]:
    value, first = tower(1, arguments, constants)
    return value, first


@_with_first.defjvp
def _with_first_jvp(tower: Tower, primals: Any, tangents: Any) -> tuple[Any, Any]:
    value, first, second = tower(2, *primals)
    along = tangents[0]
    moved = jnp.tensordot(along, first, axes=1), jnp.tensordot(along, second, axes=1)
    return (value, first), moved


def derivatives_of_scalars(
    function: Any, arguments: tuple[Array, ...]
) -> tuple[Array, list[Array], list[Array]]:
    """Return a function of scalars, its gradient, and its Hessian's upper triangle."""
    if not arguments:
        return function(arguments), [], []
    n = len(arguments)
    (value, gradient), push = jax.linearize(jax.value_and_grad(function), arguments)
    second = []
    for i in range(n):
        unit = tuple(jnp.asarray(float(i == j)) for j in range(n))
        _, row = push(unit)
        second.extend(row[i:])
    return value, list(gradient), second


def channels(
    function: Any, arguments: tuple[Array, ...], order: int
) -> Float[Array, " channels"]:
    """Return value, gradient and upper triangle of the Hessian one behind the other."""
    if order == 0:
        return function(arguments)[None]
    if order == 1 and arguments:
        value, gradient = jax.value_and_grad(function)(arguments)
        return jnp.stack([value, *gradient])
    if not arguments:
        return function(arguments)[None]
    n = len(arguments)
    (value, first), push = jax.linearize(jax.value_and_grad(function), arguments)
    # As a batch, which is a smaller program than one push behind the other.
    units = tuple(jnp.eye(n)[:, i] for i in range(n))
    _, rows = jax.vmap(push)(units)
    second = [rows[j][i] for i in range(n) for j in range(i, n)]
    return jnp.stack([value, *first, *second])


def forward_tower(function: Any, n: int, order: int, arguments: Any) -> Any:
    """Return a function of scalars and its derivatives, in forward mode only.

    Where a branch that is not taken has no value (`where(x > a, sqrt(x - a), 0)`),
    reverse mode would give no number for its derivative.

    Args:
        function: Of a sequence of scalars.
        n: How many they are.
        order: Of the highest derivative: 0, 1 or 2.
        arguments: The scalars.
    """
    value = function(arguments)
    if order == 0:
        return (value,)
    units = [jnp.zeros(n).at[i].set(1.0) for i in range(n)]
    nothing = jnp.zeros((0, *value.shape))

    def along(i: int) -> Any:
        return lambda a: jax.jvp(function, (a,), (units[i],))[1]

    first = [along(i)(arguments) for i in range(n)]
    gradient = jnp.stack(first) if n else nothing
    if order == 1:
        return value, gradient
    second = [[value] * n for _ in range(n)]
    for i in range(n):
        for j in range(i, n):
            _, second[i][j] = jax.jvp(along(i), (arguments,), (units[j],))
            second[j][i] = second[i][j]
    rows = [jnp.stack(row) for row in second]
    return value, gradient, jnp.stack(rows) if n else nothing[None]


def split_channels(
    values: Float[Array, "channels ..."], n: int, order: int
) -> tuple[Array, ...]:
    """Return value, gradient and full Hessian of `n` arguments from their channels."""
    if order == 0:
        return (values[0],)
    if order == 1:
        return values[0], values[1 : n + 1]
    if n == 0:
        return values[0], values[1:], values[None, 1:]
    place = [[0] * n for _ in range(n)]
    number = n + 1
    for i in range(n):
        for j in range(i, n):
            place[i][j] = place[j][i] = number
            number += 1
    second = jnp.stack([jnp.stack([values[k] for k in row]) for row in place])
    return values[0], values[1 : n + 1], second
