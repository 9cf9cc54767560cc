"""A density times the efficiency to see the event."""

from collections.abc import Mapping
from typing import Any, final

import equinox as eqx
from jaxtyping import Array, Float

from ..core import LikelyError, Observable, Scalar
from .adaptive_shape import AbstractAdaptiveShape
from .formula import Formula, checked_mapping
from .shape import AbstractShape


@final
class WithEfficiency(AbstractAdaptiveShape):
    r"""A shape times an efficiency, $f(x) = s(x)\,\epsilon(x) / \int s\,\epsilon\,dx$.

    Only the form of $\epsilon$ matters, a factor cancels; it may be above one.

    Args:
        shape: $s$, a density of one observable.
        text: $\epsilon(x)$, an expression in the observable's name and the parameters'
            names such as `1 / (1 + exp(-(x - x0) / w))`, not negative on the range.
        parameters: What the other names in the text stand for.

    Raises:
        LikelyError: If `shape` is not a density of one observable, or the text is not
            such an expression; see `FormulaShape`.
    """

    shape: AbstractShape
    text: str = eqx.field(static=True)
    names: tuple[str, ...] = eqx.field(static=True)
    values: tuple[Scalar, ...]

    def __init__(
        self,
        # Anything else gets a sentence.
        shape: AbstractShape | Any,
        text: str | Any,
        parameters: Mapping[str, Any] | Any = None,
    ):
        if not isinstance(shape, AbstractShape):
            raise LikelyError(
                "`WithEfficiency(shape=...)` takes a density of one observable; got "
                f"{type(shape).__name__}. Give each component of a sum its efficiency."
            )
        owner = type(self).__name__
        parameters = checked_mapping(owner, {} if parameters is None else parameters)
        self.shape, self.text = shape, text
        self.names, self.values = tuple(parameters), tuple(parameters.values())
        self._formula.check((shape.observable,), self.values)

    @property
    def observable(self) -> Observable:
        """Return the observable of the shape."""
        return self.shape.observable

    @property
    def parameters(self) -> dict[str, Scalar]:
        """Return what each name in the text stands for."""
        return dict(zip(self.names, self.values, strict=True))

    def log_shape(self, x: Float[Array, " dim"]) -> Float[Array, ""]:
        (m,) = x
        return self.shape.log_shape(x) + self._formula.log_value((m,), self.values)

    @property
    def _formula(self) -> Formula:
        owner = type(self).__name__
        return Formula.of(owner, self.text, (self.observable.name,), self.names)
