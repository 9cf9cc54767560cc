"""A Python function as the list of elementary operations that JAX records of it."""

import inspect
import math
import traceback
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, final

import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np
from jax.core import Tracer
from jax.extend.core import ClosedJaxpr

from ...core import (
    LikelyError,
    runtime as runtime,  # float64 is set before the first array is made
)


@final
@dataclass(frozen=True)
class Program:
    """The recorded operations of a function, with the numbers it was called with.

    Args:
        name: What the function is called.
        program: Its operations, on the flattened inputs.
        names: Each input as one would write it in Python, such as `p['w']`.
        leaves: The inputs, in the same order.
        output: Shape and type of what the function returns.
    """

    name: str
    program: ClosedJaxpr
    names: tuple[str, ...]
    leaves: tuple[Any, ...]
    output: Any

    @property
    def real(self) -> tuple[int, ...]:
        """Return the positions of the inputs that have a derivative."""
        return tuple(
            i
            for i, leaf in enumerate(self.leaves)
            if jnp.issubdtype(leaf.dtype, jnp.floating)
        )

    @property
    def numbers(self) -> tuple[str, ...]:
        """Return the names of all real numbers among the inputs, such as `w[0]`."""
        return tuple(
            element
            for i in self.real
            for element in elements(self.names[i], self.leaves[i].shape)
        )


def read_program(function: Any, arguments: Sequence[Any]) -> Program:
    """Record the operations of `function` at these arguments.

    Args:
        function: Written with `jax.numpy`.
        arguments: Numbers, arrays, or pytrees of them; what is neither (a name, an
            activation function) is passed on as it is.

    Raises:
        LikelyError: If the arguments do not fit, none of them is a real number, one is
            complex, or the function raises an error.
    """
    if not callable(function):
        raise LikelyError(
            f"`function` must be a function, got {type(function).__name__}. "
            "Write `f, 1.0, 2.0`, not `f(1.0, 2.0)`."
        )
    name = getattr(function, "__name__", type(function).__name__)
    name = "f" if name == "<lambda>" else name
    labels = _argument_names(function, name, arguments)
    numeric, static = eqx.partition(tuple(arguments), eqx.is_array_like)
    paths, _ = jax.tree_util.tree_flatten_with_path(numeric)
    names = [labels[p[0].idx] + jax.tree_util.keystr(p[1:]) for p, _ in paths]
    given = [leaf for _, leaf in paths]
    leaves = [_as_array(n, leaf) for n, leaf in zip(names, given, strict=True)]

    def call(numeric: Any) -> Any:
        return function(*eqx.combine(numeric, static))

    try:
        program, output = jax.make_jaxpr(call, return_shape=True)(numeric)
    except LikelyError:
        raise
    except (jax.errors.JAXTypeError, jax.errors.JAXIndexError):
        raise LikelyError(
            f"`{name}` uses the value of an input outside JAX (`if`, `float`, `math`, "
            "`numpy`, a Boolean mask as index), so its operations cannot be recorded. "
            "Use `jax.numpy` functions, `jnp.where` or `jax.lax.cond`."
        ) from None
    except Exception as error:  # the user's function may raise anything
        raise LikelyError(
            f"`{name}` failed{_line_of(function, error)}: {type(error).__name__}: "
            f"{first_line(error)}"
        ) from None
    found = Program(name, program, tuple(names), tuple(leaves), output)
    _check_inputs(found)
    return found


def elements(name: str, shape: tuple[int, ...]) -> list[str]:
    """Return the names of the numbers in an array, `w[0,1]`; of a scalar, its own."""
    if not shape:
        return [name]
    return [
        f"{name}[{','.join(str(i) for i in index)}]" for index in np.ndindex(*shape)
    ]


def size(shape: tuple[int, ...]) -> int:
    """Return how many numbers an array has."""
    return math.prod(shape)


def first_line(error: Exception) -> str:
    """Return the first line of an error, short enough for a sentence."""
    lines = str(error).strip().splitlines() or ["no message"]
    return lines[0] if len(lines[0]) <= 200 else lines[0][:200] + " ..."


def _argument_names(
    function: Callable[..., Any], name: str, arguments: Sequence[Any]
) -> list[str]:
    try:
        signature = inspect.signature(function)
    except (TypeError, ValueError):  # some built-in functions tell nothing
        return [f"x{i}" for i in range(len(arguments))]
    try:
        bound = signature.bind(*arguments)
    except TypeError as error:
        raise LikelyError(
            f"`{name}` cannot be called with these arguments: {error}."
        ) from None
    names = []
    for argument, value in bound.arguments.items():
        if signature.parameters[argument].kind is inspect.Parameter.VAR_POSITIONAL:
            names += [f"{argument}[{i}]" for i in range(len(value))]
        else:
            names.append(argument)
    return names


def _as_array(name: str, leaf: Any) -> Any:
    if isinstance(leaf, Tracer):
        raise LikelyError(
            f"`{name}` has no value: call this outside of `jax.jit`, `jax.grad` "
            "and `jax.vmap`."
        )
    try:
        return jnp.asarray(leaf)
    except TypeError:
        raise LikelyError(
            f"`{name}` must hold numbers, got an array of {np.asarray(leaf).dtype}."
        ) from None


def _check_inputs(found: Program) -> None:
    for name, leaf in zip(found.names, found.leaves, strict=True):
        if jnp.issubdtype(leaf.dtype, jnp.complexfloating):
            raise LikelyError(
                f"`{name}` is complex: give its real and imaginary part as two "
                "real inputs."
            )
    if not sum(found.leaves[i].size for i in found.real):
        got = [
            f"`{n}` is {v.dtype}"
            for n, v in zip(found.names, found.leaves, strict=True)
        ]
        raise LikelyError(
            f"`{found.name}` has no real number to differentiate by: "
            f"{', '.join(got[:5]) or 'no input is a number'}. "
            "Write 1.0 for 1."
        )


def _line_of(function: Callable[..., Any], error: Exception) -> str:
    code = getattr(inspect.unwrap(function), "__code__", None)
    lines = [
        line
        for frame, line in traceback.walk_tb(error.__traceback__)
        if code is not None and frame.f_code.co_filename == code.co_filename
    ]
    return f" on line {lines[-1]}" if lines else ""
