"""Operations on numbers one by one.

The small functions that ONNX lacks are written by those that it has, to the precision
of numbers near one: `log1p(x)` is `log(1 + x)`, for instance.
"""

from collections.abc import Callable
from typing import Any

import numpy as np
from jax import lax

from ...core import LikelyError
from .graph import Operand, Tensor, Value, is_tensor, kind_of
from .operation import Operation, Rule, aligned


def _same(op: str) -> Rule:
    """Return the rule of an operation that ONNX has under the name `op`."""

    def rule(o: Operation) -> Tensor:
        return o.result(_made(o, op, *o.values))

    return rule


def _unary(write: Callable[[Operation, Any], str]) -> Rule:
    """Return a rule that writes several operations on one value."""

    def rule(o: Operation) -> Tensor:
        return o.result(write(o, o.values[0]))

    return rule


def _made(o: Operation, op: str, *values: Operand) -> str:
    rank = len(o.shape)
    lined = [v if isinstance(v, str) else aligned(o.graph, v, rank) for v in values]
    return o.graph.add(op, *lined)


def _number(o: Operation, value: float) -> Any:
    return np.asarray(value, o.dtype)


def _maximum(o: Operation) -> Tensor:
    x, y = o.values if is_tensor(o.values[0]) else o.values[::-1]
    if is_tensor(y):
        return o.result(_made(o, "Max", x, y))
    limit = np.asarray(y)
    if x.shape == o.shape and np.all(limit == -np.inf):
        return x
    if limit.ndim == 0 and limit == 0 and o.dtype.kind == "f":
        # Runtimes join it with the layer before.
        return o.result(_made(o, "Relu", x))
    return o.result(_made(o, "Max", x, limit))


def _not_equal(o: Operation) -> Tensor:
    x, y = o.values
    same = is_tensor(x) and is_tensor(y) and x.name == y.name
    if same and x.dtype.kind == "f":
        return o.result(o.graph.add("IsNaN", x))
    return o.result(o.graph.add("Not", _made(o, "Equal", x, y)))


def _is_finite(o: Operation, x: Any) -> str:
    strange = o.graph.add("Or", o.graph.add("IsNaN", x), o.graph.add("IsInf", x))
    return o.graph.add("Not", strange)


def _power(o: Operation) -> Tensor:
    x, y = o.values[0], o.params["y"]
    if y == 2:
        return o.result(o.graph.add("Mul", x, x))
    return o.result(o.graph.add("Pow", x, _number(o, y)))


def _round(o: Operation, x: Any) -> str:
    if o.params["rounding_method"] == lax.RoundingMethod.TO_NEAREST_EVEN:
        return o.graph.add("Round", x)
    up = o.graph.add("Add", o.graph.add("Abs", x), _number(o, 0.5))
    return o.graph.add("Mul", o.graph.add("Sign", x), o.graph.add("Floor", up))


def _remainder(o: Operation) -> Tensor:
    # With the sign of the first number, as JAX has it.
    x, y = (aligned(o.graph, value, len(o.shape)) for value in o.values)
    return o.result(o.graph.add("Mod", x, y, attributes={"fmod": 1}))


def converted(o: Operation, x: Tensor, dtype: Any) -> Tensor:
    """Return numbers in another type."""
    kind = kind_of(dtype)
    if kind == x.dtype:
        return x
    # The name of the type in ONNX is found where the model is put together.
    name = o.graph.add("Cast", x, attributes={"to": kind})
    return Tensor(name, x.shape, kind)


def _convert(o: Operation) -> Tensor:
    return converted(o, o.values[0], o.params["new_dtype"])


def _logical(op: str, wanted: str) -> Rule:
    def rule(o: Operation) -> Tensor:
        if o.dtype != np.bool_:
            raise LikelyError(
                f"the model takes `{wanted}` of the bits of whole numbers, for which "
                "there is no rule here; write StableHLO."
            )
        return o.result(_made(o, op, *o.values))

    return rule


def _select(o: Operation) -> Tensor:
    which, *cases = o.values
    if len(cases) == 1:
        return o.result(o.graph.name_of(cases[0]))
    if len(cases) > 2:
        raise LikelyError(
            f"the model selects among {len(cases)} values by a number, for which there "
            "is no rule here; select between two, or write StableHLO."
        )
    if is_tensor(which):
        which = converted(o, which, np.bool_)
    else:
        which = np.asarray(which).astype(bool)
    return o.result(chosen(o, which, cases[1], cases[0]))


def chosen(o: Operation, which: Value, yes: Value, no: Value) -> str:
    """Return the name of one value where a condition holds, of another elsewhere."""
    which = aligned(o.graph, which, len(o.shape))
    if o.dtype != np.bool_:
        return _made(o, "Where", which, yes, no)
    # Runtimes have no choice between conditions.
    first = _made(o, "And", which, yes)
    second = _made(o, "And", o.graph.add("Not", which), no)
    return o.graph.add("Or", first, second)


def _clamp(o: Operation) -> Tensor:
    low, x, high = o.values
    return o.result(_made(o, "Min", _made(o, "Max", x, low), high))


def _copied(o: Operation) -> Value:
    return o.values[0]


RULES: dict[str, Rule] = {
    **{
        name: _same(op)
        for name, op in {
            "add": "Add",
            "add_any": "Add",
            "sub": "Sub",
            "mul": "Mul",
            "div": "Div",
            "min": "Min",
            "pow": "Pow",
            "neg": "Neg",
            "exp": "Exp",
            "log": "Log",
            "sqrt": "Sqrt",
            "abs": "Abs",
            "sign": "Sign",
            "floor": "Floor",
            "ceil": "Ceil",
            "sin": "Sin",
            "cos": "Cos",
            "tan": "Tan",
            "asin": "Asin",
            "acos": "Acos",
            "atan": "Atan",
            "sinh": "Sinh",
            "cosh": "Cosh",
            "asinh": "Asinh",
            "acosh": "Acosh",
            "atanh": "Atanh",
            "tanh": "Tanh",
            "logistic": "Sigmoid",
            "erf": "Erf",
            "eq": "Equal",
            "lt": "Less",
            "le": "LessOrEqual",
            "gt": "Greater",
            "ge": "GreaterOrEqual",
        }.items()
    },
    **{name: _copied for name in ("copy", "stop_gradient")},
    "max": _maximum,
    "ne": _not_equal,
    "is_finite": _unary(_is_finite),
    "integer_pow": _power,
    "square": _unary(lambda o, x: o.graph.add("Mul", x, x)),
    "exp2": _unary(lambda o, x: o.graph.add("Pow", _number(o, 2), x)),
    "log1p": _unary(
        lambda o, x: o.graph.add("Log", o.graph.add("Add", x, _number(o, 1)))
    ),
    "expm1": _unary(
        lambda o, x: o.graph.add("Sub", o.graph.add("Exp", x), _number(o, 1))
    ),
    "rsqrt": _unary(lambda o, x: o.graph.add("Reciprocal", o.graph.add("Sqrt", x))),
    "erfc": _unary(
        lambda o, x: o.graph.add("Sub", _number(o, 1), o.graph.add("Erf", x))
    ),
    "round": _unary(_round),
    "rem": _remainder,
    "convert_element_type": _convert,
    "and": _logical("And", "and"),
    "or": _logical("Or", "or"),
    "xor": _logical("Xor", "xor"),
    "not": _logical("Not", "not"),
    "select_n": _select,
    "clamp": _clamp,
}
