"""A parameter of a model, and arithmetic that makes derived parameters of it."""

import math
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any, TypeAlias

import jax
import jax.numpy as jnp
import numpy as np

from . import runtime as runtime  # float64 is set before the first array is made
from .errors import LikelyError
from .special import SPECIAL, function_of


class AbstractScalar:
    """A named number or a formula of named numbers; operators build formulas."""

    def __add__(self, other: Any) -> "Derived":
        return Derived("add", (self, other))

    def __radd__(self, other: Any) -> "Derived":
        return Derived("add", (other, self))

    def __sub__(self, other: Any) -> "Derived":
        return Derived("subtract", (self, other))

    def __rsub__(self, other: Any) -> "Derived":
        return Derived("subtract", (other, self))

    def __mul__(self, other: Any) -> "Derived":
        return Derived("multiply", (self, other))

    def __rmul__(self, other: Any) -> "Derived":
        return Derived("multiply", (other, self))

    def __truediv__(self, other: Any) -> "Derived":
        return Derived("divide", (self, other))

    def __rtruediv__(self, other: Any) -> "Derived":
        return Derived("divide", (other, self))

    def __pow__(self, other: Any) -> "Derived":
        return Derived("power", (self, other))

    def __rpow__(self, other: Any) -> "Derived":
        return Derived("power", (other, self))

    def __neg__(self) -> "Derived":
        return Derived("negative", (self,))

    def __abs__(self) -> "Derived":
        return Derived("absolute", (self,))

    def __array_ufunc__(self, ufunc: np.ufunc, method: str, *inputs: Any, **kwargs):
        """Let `np.sqrt(parameter)` and the like make a derived parameter."""
        if method != "__call__" or kwargs:
            return NotImplemented
        return Derived(ufunc.__name__, inputs)


@dataclass(frozen=True, eq=True)
class Parameter(AbstractScalar):
    """A number that a fit may move, shared wherever its name appears.

    Args:
        name: Its identity: two parameters of one name are one variable.
        value: Start of the fit, or the value if `fixed`.
        lower: Lower limit, in `unit`; none by default.
        upper: Upper limit, in `unit`; none by default.
        unit: Unit in words, for instance "GeV"; empty if dimensionless.
        fixed: Whether the fit leaves it alone.
        blind: Whether an unknown offset hides its value, see `stats.blind`; its limits
            are then not reported.

    Raises:
        LikelyError: If the value is not finite or outside its limits.
    """

    name: str
    value: float
    lower: float = -math.inf
    upper: float = math.inf
    unit: str = ""
    fixed: bool = False
    blind: bool = False

    def __post_init__(self) -> None:
        for field in ("value", "lower", "upper"):
            try:
                object.__setattr__(self, field, float(getattr(self, field)))
            except (TypeError, ValueError):
                raise LikelyError(
                    f"parameter `{self.name}`: `{field}` must be a number; "
                    f"got {getattr(self, field)!r}."
                ) from None
        if not math.isfinite(self.value):
            raise LikelyError(
                f"parameter `{self.name}`: the value must be finite; got {self.value}."
            )
        if not self.lower < self.upper:
            raise LikelyError(
                f"parameter `{self.name}`: the lower limit must be below the upper; "
                f"got [{self.lower}, {self.upper}]."
            )
        if not self.lower <= self.value <= self.upper:
            raise LikelyError(
                f"parameter `{self.name}`: the value {self.value} lies outside its "
                f"limits [{self.lower}, {self.upper}]; move one of them."
            )

    def at(self, value: float, *, fixed: bool | None = None) -> "Parameter":
        """Return the same parameter with another value."""
        chosen = self.fixed if fixed is None else fixed
        return replace(self, value=value, fixed=chosen)


@dataclass(frozen=True, eq=True)
class Column(AbstractScalar):
    """The event's own value of a column, in a formula of a density's argument.

    For instance the mass resolution of each event, `scale * Column("sigma_m")`. The
    density is then conditional on that column: see `distributions.Conditional`.

    Args:
        name: Of the column in the data.
    """

    name: str

    def __post_init__(self) -> None:
        if not isinstance(self.name, str) or not self.name:
            raise LikelyError(
                f"`Column(name)` takes the name of a column; got {self.name!r}."
            )


@dataclass(frozen=True, eq=True)
class Derived(AbstractScalar):
    """A formula of parameters: `operation` is the NumPy name of what joins `operands`.

    It is built by arithmetic (`m0 - 91.19`, `np.sqrt(a * b)`) and appears in the
    result, with a propagated error, once it is `named`.

    Raises:
        LikelyError: If an operand is not a number or a parameter, or `operation` is
            not an elementwise function of NumPy (or one of `SPECIAL`) and JAX.
    """

    operation: str
    operands: tuple[Any, ...]
    name: str = ""
    unit: str = ""

    def __post_init__(self) -> None:
        # Only elementwise functions: `load` reads the name from a file.
        known = isinstance(getattr(np, self.operation, None), np.ufunc)
        known = known and hasattr(jnp, self.operation)
        if not known and self.operation not in SPECIAL:
            raise LikelyError(f"`{self.operation}` cannot be applied to a parameter.")
        operands = tuple(_operand(o, self.operation) for o in self.operands)
        object.__setattr__(self, "operands", operands)

    def named(self, name: str, unit: str = "") -> "Derived":
        """Return the formula with a name, under which the result lists it."""
        return replace(self, name=name, unit=unit)


Scalar: TypeAlias = Parameter | Derived | Column | float | int | jax.Array | np.ndarray


def _operand(operand: Any, operation: str) -> Any:
    if isinstance(operand, AbstractScalar):
        return operand
    if isinstance(operand, int | float | np.number) and not isinstance(operand, bool):
        return float(operand)
    raise LikelyError(
        f"a parameter can be joined by `{operation}` only with numbers and parameters; "
        f"got {type(operand).__name__}. To evaluate a density use `log_probs(events)`."
    )


def evaluate(scalar: Any, values: Mapping[str, Any]) -> Any:
    """Return the number that `scalar` stands for, given the parameters' values.

    Args:
        scalar: A parameter, a formula of parameters, or anything else, which is
            returned as it is.
        values: Value of each parameter by name; one that is missing keeps its own. A
            column has none of its own.

    Raises:
        LikelyError: If a column has no value.
    """
    if isinstance(scalar, Parameter):
        return values.get(scalar.name, scalar.value)
    if isinstance(scalar, Column):
        if scalar.name not in values:
            raise LikelyError(
                f"the column `{scalar.name}` has a value in each event only: give the "
                "density that uses it to `distributions.Conditional(...)`."
            )
        return values[scalar.name]
    if isinstance(scalar, Derived):
        operands = [evaluate(o, values) for o in scalar.operands]
        if all(isinstance(operand, float) for operand in operands):
            # JAX would take a hundred times as long for plain numbers.
            with np.errstate(all="ignore"):
                return function_of(np, scalar.operation)(*map(np.float64, operands))
        operands = [jnp.asarray(operand, float) for operand in operands]
        return function_of(jnp, scalar.operation)(*operands)
    return scalar


def parameters_of(scalar: Any) -> list[Parameter]:
    """Return the parameters in a formula, in the order of first appearance."""
    if isinstance(scalar, Parameter):
        return [scalar]
    if isinstance(scalar, Derived):
        return [p for operand in scalar.operands for p in parameters_of(operand)]
    return []


def columns_of(scalar: Any) -> list[str]:
    """Return the names of the columns in a formula, in the order of appearance."""
    if isinstance(scalar, Column):
        return [scalar.name]
    if isinstance(scalar, Derived):
        return [name for operand in scalar.operands for name in columns_of(operand)]
    return []
