"""Operations in ordinary mathematical notation. What they mean, JAX alone knows."""

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
from jax.extend.core import JaxprEqn

from .variable import Variable

INFIX = {
    "add": "{} + {}",
    "add_any": "{} + {}",
    "sub": "{} - {}",
    "mul": "{}*{}",
    "div": "{}/{}",
    "pow": "{}**{}",
    "neg": "-{}",
    "square": "{}**2",
    "rsqrt": "1/sqrt({})",
    "eq": "{} == {}",
    "ne": "{} != {}",
    "lt": "{} < {}",
    "le": "{} <= {}",
    "gt": "{} > {}",
    "ge": "{} >= {}",
    "and": "{} & {}",
    "or": "{} | {}",
    "xor": "{} ^ {}",
    "not": "~{}",
}
REDUCTIONS = {
    "reduce_sum": "sum",
    "reduce_prod": "prod",
    "reduce_max": "max",
    "reduce_min": "min",
    "reduce_and": "all",
    "reduce_or": "any",
}


def formula(equation: JaxprEqn, operands: Sequence[Variable], which: str) -> str:
    """Return an operation as one would write it.

    Args:
        equation: The operation.
        operands: What it is applied to.
        which: The output of several, such as `[1]`.
    """
    kind = equation.primitive.name
    names = [u.name for u in operands]
    if kind in INFIX:
        # A name or a number never needs parentheses, a negative number does.
        return INFIX[kind].format(*(f"({n})" if n[0] == "-" else n for n in names))
    if kind in SPECIAL:
        return SPECIAL[kind](equation, names, operands)
    if kind in REDUCTIONS:
        return _reduction(REDUCTIONS[kind], equation, names, operands)
    return f"{_function(equation)}({', '.join(names)}){which}"


def number(value: Any) -> str:
    """Return a constant as text, to six significant digits."""
    value = np.asarray(value)
    if value.dtype.kind in "bO":
        return str(value)
    if np.issubdtype(value.dtype, np.complexfloating):
        return f"({value.item():.6g})"
    return f"{float(value):.6g}" if value.dtype.kind not in "iu" else str(int(value))


def _function(equation: JaxprEqn) -> str:
    """Return the name of the operation, or of the function with its own derivative."""
    inner = equation.params.get("call_jaxpr")
    debug_info = getattr(getattr(inner, "jaxpr", inner), "debug_info", None)
    return getattr(debug_info, "func_name", None) or equation.primitive.name


def _reduction(
    name: str, equation: JaxprEqn, names: list[str], operands: Sequence[Variable]
) -> str:
    axes = equation.params["axes"]
    if len(axes) == operands[0].value.ndim:
        return f"{name}({names[0]})"
    return f"{name}({names[0]}, axis={axes[0] if len(axes) == 1 else tuple(axes)})"


def _product(equation: JaxprEqn, names: list[str], operands: Sequence[Variable]) -> str:
    (left, right), batch = equation.params["dimension_numbers"]
    a, b = (u.value.ndim for u in operands)
    as_matrices = (
        batch == ((), ())
        and max(a, b) <= 2
        and tuple(left) == (a - 1,)
        and tuple(right) == (0,)
    )
    return (" @ ".join(names)) if as_matrices else f"dot_general({', '.join(names)})"


def _broadcast(
    equation: JaxprEqn, names: list[str], operands: Sequence[Variable]
) -> str:
    shape, value = tuple(equation.params["shape"]), operands[0].value
    axes = tuple(equation.params["broadcast_dimensions"])
    if value.size == np.prod(shape, dtype=int):
        return f"reshape({names[0]}, {shape})"
    if axes == tuple(range(len(shape) - value.ndim, len(shape))):
        return f"broadcast({names[0]}, {shape})"
    return f"broadcast({names[0]}, {shape}, axes={axes})"


def _reshape(equation: JaxprEqn, names: list[str], operands: Sequence[Variable]) -> str:
    output: Any = equation.outvars[0].aval
    return f"reshape({names[0]}, {tuple(output.shape)})"


def _slice(equation: JaxprEqn, names: list[str], operands: Sequence[Variable]) -> str:
    p = equation.params
    steps = p["strides"] or (1,) * len(p["start_indices"])
    parts = [
        f"{start}:{stop}" + (f":{step}" if step != 1 else "")
        for start, stop, step in zip(
            p["start_indices"], p["limit_indices"], steps, strict=True
        )
    ]
    return f"{names[0]}[{', '.join(parts)}]"


def _choice(equation: JaxprEqn, names: list[str], operands: Sequence[Variable]) -> str:
    if len(names) == 3:
        return f"where({names[0]}, {names[2]}, {names[1]})"
    return f"choose({', '.join(names)})"


Writer = Callable[[JaxprEqn, list[str], Sequence[Variable]], str]
SPECIAL: dict[str, Writer] = {
    "integer_pow": lambda e, n, _: f"{n[0]}**{_bracketed(e.params['y'])}",
    "convert_element_type": lambda e, n, _: f"{e.params['new_dtype']}({n[0]})",
    "transpose": lambda e, n, _: f"transpose({n[0]}, {tuple(e.params['permutation'])})",
    "iota": lambda e, _, __: f"iota({tuple(e.params['shape'])})",
    "dot_general": _product,
    "broadcast_in_dim": _broadcast,
    "reshape": _reshape,
    "squeeze": _reshape,
    "slice": _slice,
    "select_n": _choice,
}


def _bracketed(power: int) -> str:
    return f"({power})" if power < 0 else str(power)
