"""A density of one observable that the user writes as a text."""

from collections.abc import Mapping
from typing import Any, final

import equinox as eqx
from jaxtyping import Array, Float

from ..core import Observable, Scalar
from .adaptive_shape import AbstractAdaptiveShape
from .formula import Formula, check_observable, checked_mapping


@final
class FormulaShape(AbstractAdaptiveShape):
    r"""The density that a text spells, $f(x) = s(x) / \int_a^b s(x')\,dx'$.

    The text is an expression in the observable's name and the parameters' names,
    `exp(-a*x) * (1 + b*cos(k*x))`, see `likely.core.parse` for its grammar; it is never
    run as Python. The integral is numerical: panels are halved where the text has a
    peak, a kink (`abs`, `where`) or a step. A peak narrower than 1e-4 of the range
    between zeros may be overlooked. A step must not move with a parameter that is
    fitted. A fit of a smooth text to many events is several times quicker if it is
    wrapped, `Tabulated(FormulaShape(...))`.

    Args:
        observable: What is measured.
        text: $s(x)$, which must not be negative on the range; where it becomes so in a
            fit the density is zero.
        parameters: What the other names in the text stand for.

    Raises:
        LikelyError: If the text is not an expression, or has a name that is not given;
            if a parameter does not appear in it; if with the parameters' own values it
            is negative or not finite somewhere on the range.
    """

    observable: Observable = eqx.field(static=True)
    text: str = eqx.field(static=True)
    names: tuple[str, ...] = eqx.field(static=True)
    values: tuple[Scalar, ...]

    def __init__(
        self,
        # Anything else gets a sentence.
        observable: Observable | Any,
        text: str | Any,
        parameters: Mapping[str, Any] | Any = None,
    ):
        owner = type(self).__name__
        check_observable(owner, observable)
        parameters = checked_mapping(owner, {} if parameters is None else parameters)
        self.observable, self.text = observable, text
        self.names, self.values = tuple(parameters), tuple(parameters.values())
        self._formula.check((observable,), self.values)

    @property
    def parameters(self) -> dict[str, Scalar]:
        """Return what each name in the text stands for."""
        return dict(zip(self.names, self.values, strict=True))

    def log_shape(self, x: Float[Array, " dim"]) -> Float[Array, ""]:
        (m,) = x
        return self._formula.log_value((m,), self.values)

    @property
    def _formula(self) -> Formula:
        owner = type(self).__name__
        return Formula.of(owner, self.text, (self.observable.name,), self.names)
