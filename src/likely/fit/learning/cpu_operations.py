r"""Products of matrices that sum over the events of a batch, made quick on CPUs.

The gradient of the weights of a layer is $G^\top X$, with events as the rows of both.
XLA leaves a product whose first factor is read across its rows to slower code; a copy
of the factor, turned, and the product of that are quicker (docs/decisions.md, "Sums
over the events of a batch").
"""

from collections.abc import Callable, Sequence
from typing import Any

import jax
import jax.numpy as jnp
from jax import lax
from jax.extend.core import Jaxpr, Literal


def with_quick_sums(function: Callable[..., Any], events: int) -> Callable[..., Any]:
    """Return a function of arrays whose sums over events are quicker, and the same.

    Args:
        function: Traced once, with its products of matrices.
        events: Of a batch; products that sum over so many rows are changed.
    """
    if jax.default_backend() != "cpu":
        return function

    def quick(*arguments: Any) -> Any:
        leaves, structure = jax.tree.flatten(arguments)

        def flat(*leaves: Any) -> Any:
            return function(*jax.tree.unflatten(structure, leaves))

        closed, shapes = jax.make_jaxpr(flat, return_shape=True)(*leaves)
        found = _evaluated(closed.jaxpr, closed.consts, leaves, events)
        return jax.tree.unflatten(jax.tree.structure(shapes), found)

    return quick


def _evaluated(
    program: Jaxpr, constants: Sequence[Any], arguments: Sequence[Any], events: int
) -> list[Any]:
    """Return the outputs of a traced function, what is called in it included."""
    known = dict(zip(program.constvars, constants, strict=True))
    known |= dict(zip(program.invars, arguments, strict=True))

    def value(variable: Any) -> Any:
        return variable.val if isinstance(variable, Literal) else known[variable]

    for equation in program.eqns:
        operation, options = equation.primitive, equation.params
        values = [value(variable) for variable in equation.invars]
        if operation.name == "jit":
            called = options["jaxpr"]
            found = _evaluated(called.jaxpr, called.consts, values, events)
        else:
            if operation is lax.dot_general_p and _sums_events(options, values, events):
                values, options = _turned(options, values)
            bound = operation.get_bind_params(options)
            found = operation.bind(*values, **bound)
            found = found if operation.multiple_results else [found]
        known |= dict(zip(equation.outvars, found, strict=True))
    return [value(variable) for variable in program.outvars]


def _sums_events(options: Any, values: Sequence[Any], events: int) -> bool:
    (left, _), (batched, _) = options["dimension_numbers"]
    matrices = all(jnp.ndim(v) == 2 for v in values) and not batched
    return matrices and len(left) == 1 and values[0].shape[left[0]] == events


def _turned(options: Any, values: Sequence[Any]) -> tuple[list[Any], dict[str, Any]]:
    """Return the product with its first factor copied, the events as its columns."""
    ((left, right), batched) = options["dimension_numbers"]
    # Without the barrier the copy would be taken back into the product.
    first = lax.optimization_barrier(jnp.moveaxis(values[0], left[0], 1))
    return [first, values[1]], options | {"dimension_numbers": (((1,), right), batched)}
