r"""Operations of a training that XLA leaves slow on CPUs, brought into the quick form.

The gradient of the weights of a layer is $G^\top X$, with events as the rows of both.
XLA leaves a product whose first factor is read across its rows to slower code; a copy
of the factor, turned, and the product of that are quicker. And of a convolution it has
quick code for one order of axes only, which it brings about everywhere but in loops
(docs/decisions.md, "Quick operations on CPUs").
"""

from collections.abc import Callable, Sequence
from typing import Any

import jax
import jax.numpy as jnp
from jax import lax
from jax.extend.core import Jaxpr, Literal
from jaxtyping import Array, Float


def quick_on_cpu(
    function: Callable[..., Any], events: int | None = None
) -> Callable[..., Any]:
    """Return a function of arrays whose operations are quicker, and the same.

    Args:
        function: It is traced, and its operations are made anew.
        events: Of a batch: products that sum over so many rows are changed; None where
            nothing is summed.
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
    program: Jaxpr,
    constants: Sequence[Any],
    arguments: Sequence[Any],
    events: int | None,
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
        elif operation is lax.conv_general_dilated_p:
            found = [_convolution(values, options)]
        elif operation is lax.dot_general_p and _sums_events(options, values, events):
            found = [_sum_of_products(values, options)]
        else:
            found = operation.bind(*values, **operation.get_bind_params(options))
            found = found if operation.multiple_results else [found]
        known |= dict(zip(equation.outvars, found, strict=True))
    return [value(variable) for variable in program.outvars]


def _sums_events(options: Any, values: Sequence[Any], events: int | None) -> bool:
    (left, _), (batched, _) = options["dimension_numbers"]
    matrices = all(jnp.ndim(v) == 2 for v in values) and not batched
    return matrices and len(left) == 1 and values[0].shape[left[0]] == events


def _sum_of_products(values: Sequence[Any], options: Any) -> Float[Array, "..."]:
    """Return a product of matrices, the events as the columns of the first."""
    first, second = values
    (left, right), batched = options["dimension_numbers"]
    # Without the barrier the copy would be taken back into the product.
    turned = lax.optimization_barrier(jnp.moveaxis(first, left[0], 1))
    numbers = (((1,), right), batched)
    return lax.dot_general_p.bind(
        turned, second, **options | {"dimension_numbers": numbers}
    )


def _convolution(values: Sequence[Any], options: Any) -> Float[Array, "..."]:
    """Return a convolution, made with the channels last and the kernel's next to last.

    The axes of JAX's numbers are (batch, channels, *space) of images and result, and
    (outputs, inputs, *space) of the kernel.
    """
    images, kernel = values
    numbers, n = options["dimension_numbers"], images.ndim
    batch, channels, *space = numbers.lhs_spec
    outputs, inputs, *reach = numbers.rhs_spec
    last = (0, n - 1, *range(1, n - 1))
    quick = lax.ConvDimensionNumbers(last, (n - 1, n - 2, *range(n - 2)), last)
    found = lax.conv_general_dilated_p.bind(
        jnp.transpose(images, (batch, *space, channels)),
        jnp.transpose(kernel, (*reach, inputs, outputs)),
        **options | {"dimension_numbers": quick},
    )
    batch, channels, *space = numbers.out_spec
    return jnp.moveaxis(found, range(n), (batch, *space, channels))
