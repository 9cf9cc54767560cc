"""A density of two or three observables that the user writes as a text."""

from collections.abc import Mapping, Sequence
from typing import Any, final

import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, Float, PRNGKeyArray

from ..core import (
    AbstractDistribution,
    AbstractFactor,
    Factor,
    LikelyError,
    Observable,
    Scalar,
    Term,
    log_tensor_integral,
    staged,
)
from ..core.quadrature import GAUSS, KRONROD, NODES
from .formula import Formula, check_observable, checked_mapping
from .inversion import draw

# Panels of 21 nodes along each observable, by the number of observables.
_PANELS = {2: 8, 3: 3}
_DRAWN_PANELS = 32


@final
class FormulaDensity(AbstractDistribution, AbstractFactor):
    r"""The density that a text spells, $f(x) = s(x) / \int s(x')\,dx'$, in 2 or 3 dim.

    The text is an expression in the observables' and the parameters' names, see
    `likely.core.parse`. The integral is a product of Kronrod rules, 168 nodes along
    each of two observables, 63 of three: for a density without narrow peaks or steps;
    `normalisation_error` tells how good it is. Events are drawn one observable after
    the other, by inversion of the CDF given those before it.

    Args:
        observables: What is measured, two or three.
        text: $s$, which must not be negative on the ranges; where it becomes so in a
            fit the density is zero.
        parameters: What the other names in the text stand for.

    Raises:
        LikelyError: If there are not two or three observables of different names, or
            the text is not such an expression; see `FormulaShape`.
    """

    observables: tuple[Observable, ...] = eqx.field(static=True)
    text: str = eqx.field(static=True)
    names: tuple[str, ...] = eqx.field(static=True)
    values: tuple[Scalar, ...]

    def __init__(
        self,
        # Anything else gets a sentence.
        observables: Sequence[Observable] | Any,
        text: str | Any,
        parameters: Mapping[str, Any] | Any = None,
    ):
        owner = type(self).__name__
        if not isinstance(observables, Sequence):
            raise LikelyError(
                f"`{owner}(observables=...)` takes a list of observables; got "
                f"{type(observables).__name__}."
            )
        for observable in observables:
            check_observable(owner, observable)
        names = [o.name for o in observables]
        if len(names) not in _PANELS or len(set(names)) < len(names):
            raise LikelyError(
                f"`{owner}(observables=...)` takes two or three observables of "
                f"different names; got {names}. For one there is `FormulaShape`."
            )
        parameters = checked_mapping(owner, {} if parameters is None else parameters)
        self.observables, self.text = tuple(observables), text
        self.names, self.values = tuple(parameters), tuple(parameters.values())
        self._formula.check(self.observables, self.values)

    @property
    def parameters(self) -> dict[str, Scalar]:
        """Return what each name in the text stands for."""
        return dict(zip(self.names, self.values, strict=True))

    def log_shape(self, x: Float[Array, " dim"]) -> Float[Array, ""]:
        return self._formula.log_value(tuple(x), self.values)

    def log_norm(self) -> Float[Array, ""]:
        """Return the logarithm of the integral over all ranges."""
        formula, axes = self._formula, self._axes(KRONROD)

        def log_value(values: tuple[Array, ...], x: Float[Array, " dim"]) -> Array:
            return formula.log_value(tuple(x), values)

        def tower(order: int, a: Float[Array, " n"], _: Any) -> tuple[Array, ...]:
            return log_tensor_integral(log_value, a, axes, order=order)

        numbers = [jnp.asarray(value, float) for value in self.values]
        packed = jnp.stack(numbers) if numbers else jnp.zeros(0)
        return staged(tower, packed, ())

    def log_norm_with_error(self) -> tuple[Float[Array, ""], Float[Array, ""]]:
        """Return `log_norm` and its relative difference from the Gauss rule's."""
        (gauss,) = log_tensor_integral(
            lambda _, x: self.log_shape(x), jnp.zeros(0), self._axes(GAUSS), order=0
        )
        log_norm = self.log_norm()
        return log_norm, jnp.abs(jnp.expm1(gauss - log_norm))

    def log_prob(self, x: Float[Array, " dim"]) -> Float[Array, ""]:
        lower = np.array([o.lower for o in self.observables])
        upper = np.array([o.upper for o in self.observables])
        inside = ((x >= lower) & (x <= upper)).all()
        log_shape = self.log_shape(jnp.where(inside, x, 0.5 * (lower + upper)))
        zero = ~inside | (log_shape == -jnp.inf)
        log_norm = jnp.where(zero, 0.0, self.log_norm())
        return jnp.where(zero, -jnp.inf, log_shape - log_norm)

    def terms(self) -> tuple[Term, ...]:
        columns = tuple(range(len(self.observables)))
        return (Term(jnp.ones(()), -self.log_norm(), (Factor(self, columns),)),)

    def sample(self, key: PRNGKeyArray) -> Float[Array, " dim"]:
        event: tuple[Array, ...] = ()
        for observable, part in zip(
            self.observables, jax.random.split(key, len(self.observables)), strict=True
        ):
            known, rest = event, self._axes(KRONROD)[len(event) + 1 :]

            def log_density(
                m: Float[Array, ""], known: Any = known, rest: Any = rest
            ) -> Float[Array, ""]:
                return self._log_marginal((*known, m), rest)

            width = observable.upper - observable.lower
            steps = jnp.arange(_DRAWN_PANELS + 1) / _DRAWN_PANELS
            edges = observable.lower + width * steps
            m = draw(log_density, edges, jax.random.uniform(part))
            event = (*event, jnp.clip(m, observable.lower, observable.upper))
        return jnp.stack(event)

    def _log_marginal(self, known: tuple[Array, ...], rest: Any) -> Float[Array, ""]:
        """Return the logarithm of the density, integrated over its last observables."""
        if not rest:
            return self.log_shape(jnp.stack(known))

        def log_value(_: Any, x: Float[Array, " dim"]) -> Float[Array, ""]:
            return self.log_shape(jnp.concatenate([jnp.stack(known), x]))

        return log_tensor_integral(log_value, jnp.zeros(0), rest, order=0)[0]

    def _axes(self, weights: np.ndarray) -> list[tuple[np.ndarray, np.ndarray]]:
        """Return nodes and weights along each observable."""
        panels = _PANELS[len(self.observables)]
        places = (np.arange(panels)[:, None] + 0.5 * (1.0 + NODES)).ravel() / panels
        steps = np.tile(weights, panels) * (0.5 / panels)
        return [
            (o.lower + (o.upper - o.lower) * places, (o.upper - o.lower) * steps)
            for o in self.observables
        ]

    @property
    def _formula(self) -> Formula:
        names = tuple(o.name for o in self.observables)
        return Formula.of(type(self).__name__, self.text, names, self.names)
