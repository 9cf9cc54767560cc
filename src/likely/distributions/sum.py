"""A mixture of densities, by fractions or by yields."""

from collections.abc import Mapping, Sequence
from typing import Any, final

import equinox as eqx
import jax
import jax.numpy as jnp
from jaxtyping import Array, Float, PRNGKeyArray

from ..core import (
    AbstractDistribution,
    LikelyError,
    Observable,
    Scalar,
    Term,
    given_of,
    sample_given,
)


@final
class Sum(AbstractDistribution):
    r"""Mixture, $f(x) = \sum_k c_k f_k(x) / \sum_k c_k$.

    With `yields` $c_k$ is the expected number of events of component $k$, and a fit
    is extended. With `fractions`, one fewer than the components, the last component
    has $c_K = 1 - \sum_{k<K} c_k$.

    Args:
        components: Density by name; all over the same observables.
        yields: Expected events of each component, in their order.
        fractions: Fraction of each component but the last.

    Raises:
        LikelyError: If there is no component, the observables differ, or the number
            of yields or fractions does not match.
    """

    names: tuple[str, ...] = eqx.field(static=True)
    densities: tuple[AbstractDistribution, ...]
    yields: tuple[Scalar, ...] | None
    fractions: tuple[Scalar, ...] | None

    def __init__(
        self,
        components: Mapping[str, AbstractDistribution],
        *,
        yields: Sequence[Any] | None = None,
        fractions: Sequence[Any] | None = None,
    ):
        self.names = tuple(components)
        self.densities = tuple(components.values())
        self.yields = None if yields is None else tuple(yields)
        self.fractions = None if fractions is None else tuple(fractions)
        _check(components, self.yields, self.fractions)

    @property
    def components(self) -> dict[str, AbstractDistribution]:
        """Return the densities by name."""
        return dict(zip(self.names, self.densities, strict=True))

    @property
    def extended(self) -> bool:
        """Return whether the number of events is part of the model."""
        return self.yields is not None

    @property
    def observables(self) -> tuple[Observable, ...]:
        """Return the observables, in the order of the first component."""
        return self.densities[0].observables

    @property
    def given(self) -> tuple[str, ...]:
        """Return the columns that components are conditional on."""
        return tuple(dict.fromkeys(n for d in self.densities for n in given_of(d)))

    def coefficients(self) -> tuple[Any, ...]:
        """Return the yields, or the fractions with the last one filled in."""
        if self.yields is not None:
            return self.yields
        fractions = self.fractions or ()
        rest: Any = 1.0
        for fraction in fractions:
            rest = rest - fraction
        return (*fractions, rest)

    def component_yields(self) -> dict[str, Any]:
        """Return the yield (not extended: the fraction) of each component by name."""
        return dict(zip(self.names, self.coefficients(), strict=True))

    def expected(self) -> Any:
        """Return the expected number of events; of an extended model only."""
        total: Any = 0.0
        for value in self.coefficients():
            total = total + value
        return total

    def log_prob(self, x: Float[Array, " dim"]) -> Float[Array, ""]:
        parts = jnp.stack(
            [
                density.log_prob(jnp.stack([x[c] for c in columns]))
                for density, columns in zip(self.densities, self._columns, strict=True)
            ]
        )
        weights = jnp.stack([jnp.asarray(c, float) for c in self.coefficients()])
        # Not `logsumexp(b=...)`, whose derivative at a weight of zero is wrong.
        top = jnp.maximum(parts.max(), jnp.finfo(parts.dtype).min)
        top = jax.lax.stop_gradient(top)
        total = jnp.dot(weights, jnp.exp(parts - top))
        return top + jnp.log(total) - jnp.log(weights.sum())

    def terms(self) -> tuple[Term, ...]:
        total = self.expected() if self.extended else 1.0
        return tuple(
            Term(
                jnp.asarray(coefficient / total * term.coefficient, float),
                term.log_scale,
                tuple(factor.moved(columns) for factor in term.factors),
            )
            for density, columns, coefficient in zip(
                self.densities, self._columns, self.coefficients(), strict=True
            )
            for term in density.terms()
        )

    def sample(self, key: PRNGKeyArray) -> Float[Array, " dim"]:
        return self.sample_given(key, jnp.zeros(0))

    def sample_given(
        self, key: PRNGKeyArray, given: Float[Array, " given"]
    ) -> Float[Array, " dim"]:
        """Draw the observables of one event with these values of the columns."""
        choose, draw = jax.random.split(key)
        weights = jnp.stack([jnp.asarray(c, float) for c in self.coefficients()])
        which = jax.random.choice(choose, len(self.names), p=weights / weights.sum())
        dim, events = len(self.observables), []
        for density, columns in zip(self.densities, self._columns, strict=True):
            own = [given[c - dim] for c in columns[dim:]]
            event = sample_given(density, draw, jnp.stack(own) if own else given[:0])
            events.append(jnp.stack([event[columns.index(i)] for i in range(dim)]))
        return jnp.stack(events)[which]

    @property
    def _columns(self) -> tuple[tuple[int, ...], ...]:
        """Return where each component finds its observables in the mixture's event."""
        names = [*(o.name for o in self.observables), *self.given]
        order = {name: i for i, name in enumerate(names)}
        return tuple(
            tuple(order[n] for n in (*(o.name for o in d.observables), *given_of(d)))
            for d in self.densities
        )


def _check(
    components: Mapping[str, AbstractDistribution],
    yields: tuple[Any, ...] | None,
    fractions: tuple[Any, ...] | None,
) -> None:
    if not components:
        raise LikelyError("`Sum(components=...)`: at least one component is needed.")
    for name, density in components.items():
        if not isinstance(density, AbstractDistribution):
            raise LikelyError(
                f"`Sum`: component `{name}` must be a density; "
                f"got {type(density).__name__}."
            )
        if isinstance(density, Sum) and density.extended:
            raise LikelyError(
                f"`Sum`: component `{name}` has yields of its own; "
                "give it fractions, and the yield to the outer sum."
            )
    _check_observables(components)
    n = len(components)
    if (yields is None) == (fractions is None):
        raise LikelyError("`Sum`: give either `yields` or `fractions`, and not both.")
    if yields is not None and len(yields) != n:
        raise LikelyError(
            f"`Sum(yields=...)`: {n} components need {n} yields; got {len(yields)}."
        )
    if fractions is not None and len(fractions) != n - 1:
        raise LikelyError(
            f"`Sum(fractions=...)`: {n} components need {n - 1} fractions (the last "
            f"component has the rest); got {len(fractions)}."
        )


def _check_observables(components: Mapping[str, AbstractDistribution]) -> None:
    (first, density), *others = components.items()
    expected = set(density.observables)
    names = {o.name for o in expected}
    for name, component in components.items():
        for column in given_of(component):
            if column in names:
                raise LikelyError(
                    f"`Sum`: component `{name}` is conditional on `{column}`, which is "
                    "an observable of the others; multiply it by a density of "
                    f"`{column}` (`Product`)."
                )
    for name, other in others:
        if set(other.observables) != expected:
            raise LikelyError(
                "`Sum`: all components must have the same observables; "
                f"`{first}` has {_text(density)} and `{name}` has {_text(other)}."
            )


def _text(density: AbstractDistribution) -> str:
    return ", ".join(
        f"{o.name} [{o.lower:g}, {o.upper:g}]" for o in density.observables
    )
