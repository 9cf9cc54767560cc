"""Expressions of columns or parameters, evaluated without ever running Python code."""

import ast
import operator
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import reduce
from typing import Any, final

import numpy as np

from .errors import LikelyError, nearest
from .grammar import CONSTANTS, FUNCTIONS, checked_tree, is_list_of, shorten
from .special import function_of

_ARITHMETIC: dict[type[ast.operator], Callable[[Any, Any], Any]] = {
    ast.Add: operator.add,
    ast.Sub: operator.sub,
    ast.Mult: operator.mul,
    ast.Div: operator.truediv,
    ast.Pow: operator.pow,
}
_DIVISIONS = {ast.FloorDiv: "floor_divide", ast.Mod: "remainder"}
_COMPARISONS: dict[type[ast.cmpop], Callable[[Any, Any], Any]] = {
    ast.Lt: operator.lt,
    ast.LtE: operator.le,
    ast.Gt: operator.gt,
    ast.GtE: operator.ge,
    ast.Eq: operator.eq,
    ast.NotEq: operator.ne,
}
_NOT_NUMERIC = "OUSTMmc"  # kinds of dtype: objects, texts, times, complex numbers


@final
@dataclass(frozen=True)
class Expression:
    """A formula such as `sqrt(x**2 + y**2)` or `pt > 20 & abs(eta) < 2.4`.

    Args:
        text: What the user wrote.
        names: Its variables in the order of first appearance.
        tree: Its checked syntax tree; use `parse` to make one.
    """

    text: str
    names: tuple[str, ...]
    tree: ast.expr = field(repr=False, compare=False)

    def evaluate(self, values: Mapping[str, Any], functions: Any = np) -> Any:
        """Return the value of the formula, for all events at once.

        Integers and conditions enter arithmetic as floating-point numbers, so that
        nothing wraps around; `inf` and `nan` arise as in NumPy, without a warning.

        Args:
            values: For each variable an array, a number, or a parameter.
            functions: The module whose functions are called, NumPy or `jax.numpy`.

        Raises:
            LikelyError: If a variable has no value, or a value cannot be used so.
        """
        with np.errstate(all="ignore"):
            try:
                result = _Evaluation(values, functions).of(self.tree)
            except LikelyError as error:
                raise LikelyError(f"in `{shorten(self.text)}`: {error}") from None
            except (ArithmeticError, AttributeError, TypeError, ValueError) as error:
                raise LikelyError(
                    f"`{shorten(self.text)}` cannot be evaluated with the given "
                    f"{_listed(self.names)}: {shorten(str(error))}"
                ) from None
        return result


def parse(text: str) -> Expression:
    """Return the expression that `text` spells.

    The grammar: numbers, names, `pi`, `+ - * / // % **`, comparisons (chains too),
    `and or not` (or `& | !`, binding as weakly), `a if c else b`, `x in (1, 2)`, and
    calls of the functions `likely.core.grammar.FUNCTIONS`, which are those of
    NumPy and some of SciPy.

    Raises:
        LikelyError: If `text` is not an expression; the message gives the column.
    """
    tree = checked_tree(text)
    called = {id(n.func) for n in ast.walk(tree) if isinstance(n, ast.Call)}
    found = [n for n in ast.walk(tree) if isinstance(n, ast.Name)]
    found = [n for n in found if id(n) not in called and n.id not in CONSTANTS]
    found.sort(key=lambda n: n.col_offset)
    return Expression(text, tuple(dict.fromkeys(n.id for n in found)), tree)


@final
@dataclass(frozen=True)
class _Evaluation:
    """One pass over the tree; each kind of node has its method."""

    values: Mapping[str, Any]
    functions: Any

    def of(self, node: ast.expr) -> Any:
        return getattr(self, f"_{type(node).__name__}")(node)

    def _Constant(self, node: ast.Constant) -> Any:
        value: Any = node.value
        # JAX and NumPy know no integer beyond 64 bits.
        return float(value) if abs(value) >= 2**63 else value

    def _Name(self, node: ast.Name) -> Any:
        if node.id in CONSTANTS:
            return CONSTANTS[node.id]
        if node.id not in self.values:
            hint = nearest(node.id, self.values)
            raise LikelyError(f"there is no `{node.id}`; {hint}")
        value = self.values[node.id]
        kind = getattr(getattr(value, "dtype", None), "kind", "")
        if kind and kind in _NOT_NUMERIC or not (_plain(value) or _joins(value)):
            raise LikelyError(
                f"`{node.id}` is not numeric, it is a {type(value).__name__}."
            )
        # NumPy refuses `n % 300` where `n` has 8 bits.
        narrow = kind in ("i", "u") and value.dtype.itemsize < 8
        return value.astype(int) if narrow else value

    def _UnaryOp(self, node: ast.UnaryOp) -> Any:
        value = self.of(node.operand)
        if isinstance(node.op, ast.Not):
            return self.functions.logical_not(_truth(value))
        return -_real(value) if isinstance(node.op, ast.USub) else _real(value)

    def _BinOp(self, node: ast.BinOp) -> Any:
        left, right = self.of(node.left), self.of(node.right)
        if type(node.op) in _DIVISIONS:
            return self._divided(_DIVISIONS[type(node.op)], left, right)
        return _joined(_ARITHMETIC[type(node.op)], left, right)

    def _divided(self, name: str, left: Any, right: Any) -> Any:
        # An event number of more than 53 bits keeps its parity in `event % 2`.
        exact = type(right) is int and right > 0 and not _plain(left)
        if not exact:
            return self._called(name, [left, right])
        return getattr(self.functions, name)(left, right)

    def _BoolOp(self, node: ast.BoolOp) -> Any:
        join = operator.and_ if isinstance(node.op, ast.And) else operator.or_
        return reduce(join, [_truth(self.of(value)) for value in node.values])

    def _Compare(self, node: ast.Compare) -> Any:
        results, left = [], self.of(node.left)
        for operation, right in zip(node.ops, node.comparators, strict=True):
            if is_list_of(operation):
                members = [self.of(member) for member in getattr(right, "elts", ())]
                found = [_compared(operator.eq, left, member) for member in members]
                inside = reduce(operator.or_, found)
                negated = isinstance(operation, ast.NotIn)
                inside = self.functions.logical_not(inside) if negated else inside
                results.append(inside)
            else:
                value = self.of(right)
                results.append(_compared(_COMPARISONS[type(operation)], left, value))
                left = value
        return reduce(operator.and_, results)

    def _IfExp(self, node: ast.IfExp) -> Any:
        return self._where(*map(self.of, (node.test, node.body, node.orelse)))

    def _where(self, condition: Any, chosen: Any, other: Any) -> Any:
        condition = _truth(condition)
        if _plain(condition):
            return chosen if condition else other
        _need_numbers(chosen, other)
        if not (_is_condition(chosen) and _is_condition(other)):
            chosen, other = _real(chosen), _real(other)
        return self.functions.where(condition, chosen, other)

    def _Call(self, node: ast.Call) -> Any:
        function = FUNCTIONS[getattr(node.func, "id", "")]
        arguments = [self.of(argument) for argument in node.args]
        name = function.numpy
        if name == "where":
            return self._where(*arguments)
        if name == "power":
            return _joined(operator.pow, *arguments)
        if name == "clip":  # NumPy's calls a method that a parameter does not have
            x, lower, upper = arguments
            raised = self._called("maximum", [x, lower])
            return self._called("minimum", [raised, upper])
        if function.most > function.fewest:
            return reduce(lambda a, b: self._called(name, [a, b]), arguments)
        return self._called(name, arguments)

    def _called(self, name: str, arguments: list[Any]) -> Any:
        arguments = [_real(argument) for argument in arguments]
        if all(_plain(argument) for argument in arguments):
            return function_of(np, name)(*map(float, arguments)).item()
        return function_of(self.functions, name)(*arguments)


def _plain(value: Any) -> bool:
    return isinstance(value, bool | int | float | np.bool_)


def _joins(value: Any) -> bool:
    return hasattr(value, "dtype") or hasattr(value, "__array_ufunc__")


def _is_condition(value: Any) -> bool:
    dtype = getattr(value, "dtype", None)
    return isinstance(value, bool) if dtype is None else dtype.kind == "b"


def _real(value: Any) -> Any:
    """Return integers and conditions as floating-point numbers, others as they are."""
    if _plain(value):
        return int(value) if type(value) is int else float(value)
    if getattr(getattr(value, "dtype", None), "kind", "") in ("b", "i", "u"):
        return value.astype(float)
    return value


def _joined(operation: Callable[[Any, Any], Any], left: Any, right: Any) -> Any:
    left, right = _real(left), _real(right)
    if _plain(left) and _plain(right):
        # Python's own numbers would raise, turn complex, or grow without end (9**9**9).
        return float(operation(np.float64(left), np.float64(right)))
    return operation(left, right)


def _compared(operation: Callable[[Any, Any], Any], left: Any, right: Any) -> Any:
    _need_numbers(left, right)
    return operation(left, right)


def _truth(value: Any) -> Any:
    _need_numbers(value)
    if _plain(value):
        return bool(value)
    return value if value.dtype.kind == "b" else value != 0


def _need_numbers(*values: Any) -> None:
    for value in values:
        if not _plain(value) and not hasattr(value, "dtype"):
            raise LikelyError(
                "a condition needs numbers, and a parameter has none before the fit."
            )


def _listed(names: tuple[str, ...]) -> str:
    return ", ".join(f"`{name}`" for name in names[:6]) or "values"
