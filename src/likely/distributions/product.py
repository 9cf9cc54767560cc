"""A product of densities over different observables, also conditional ones."""

import itertools
import math
from collections.abc import Sequence
from typing import final

import jax
import jax.numpy as jnp
from jaxtyping import Array, Float, PRNGKeyArray

from ..core import (
    AbstractDistribution,
    LikelyError,
    Observable,
    Term,
    given_of,
    sample_given,
)


@final
class Product(AbstractDistribution):
    r"""Product of densities, $f(x) = \prod_j f_j(x_j)$ or $\prod_j f_j(x_j \mid c_j)$.

    A factor may be conditional on an observable of another one:
    $f(m \mid \sigma_m)\, g(\sigma_m)$ is a density of both.

    Args:
        densities: Densities, no two of which share an observable.

    Raises:
        LikelyError: If there is no density, an observable appears twice, or factors
            are conditional on each other.
    """

    densities: tuple[AbstractDistribution, ...]

    def __init__(self, densities: Sequence[AbstractDistribution]):
        self.densities = tuple(densities)
        if not self.densities:
            raise LikelyError("`Product(densities=...)`: at least one is needed.")
        for density in self.densities:
            if not isinstance(density, AbstractDistribution):
                raise LikelyError(
                    "`Product(densities=...)` takes densities; "
                    f"got {type(density).__name__}."
                )
            if getattr(density, "extended", False):
                raise LikelyError(
                    "`Product`: a factor has yields of its own; give it fractions, and "
                    "the yields to a sum of products."
                )
        names = [o.name for o in self.observables]
        twice = sorted({n for n in names if names.count(n) > 1})
        if twice:
            raise LikelyError(
                f"`Product`: observable {twice[0]!r} appears in two factors; "
                "each factor needs observables of its own."
            )
        _ = self._order  # raises where factors wait for each other

    @property
    def observables(self) -> tuple[Observable, ...]:
        """Return the observables of all factors, in their order."""
        return tuple(o for density in self.densities for o in density.observables)

    @property
    def given(self) -> tuple[str, ...]:
        """Return the columns that factors are conditional on and none describes."""
        names = {o.name for o in self.observables}
        wanted = (n for density in self.densities for n in given_of(density))
        return tuple(dict.fromkeys(n for n in wanted if n not in names))

    def log_prob(self, x: Float[Array, " dim"]) -> Float[Array, ""]:
        parts = [
            density.log_prob(jnp.stack([x[c] for c in columns]))
            for density, columns in zip(self.densities, self._columns, strict=True)
        ]
        return jnp.stack(parts).sum()

    def terms(self) -> tuple[Term, ...]:
        moved = [
            [(term, columns) for term in density.terms()]
            for density, columns in zip(self.densities, self._columns, strict=True)
        ]
        return tuple(
            Term(
                math.prod([term.coefficient for term, _ in choice], start=jnp.ones(())),
                sum([term.log_scale for term, _ in choice], start=jnp.zeros(())),
                tuple(
                    f.moved(columns) for term, columns in choice for f in term.factors
                ),
            )
            for choice in itertools.product(*moved)
        )

    def sample(self, key: PRNGKeyArray) -> Float[Array, " dim"]:
        return self.sample_given(key, jnp.zeros(0))

    def sample_given(
        self, key: PRNGKeyArray, given: Float[Array, " given"]
    ) -> Float[Array, " dim"]:
        """Draw the observables of one event with these values of the columns."""
        dim = len(self.observables)
        keys = jax.random.split(key, len(self.densities))
        event: dict[int, Array] = {dim + i: value for i, value in enumerate(given)}
        for i in self._order:
            density, columns = self.densities[i], self._columns[i]
            own = columns[: len(density.observables)]
            known = [event[c] for c in columns[len(own) :]]
            values = jnp.stack(known) if known else jnp.zeros(0)
            drawn = sample_given(density, keys[i], values)
            event |= dict(zip(own, drawn, strict=True))
        return jnp.stack([event[i] for i in range(dim)])

    @property
    def _columns(self) -> tuple[tuple[int, ...], ...]:
        """Return where each factor finds its observables and columns in the event."""
        names = [*(o.name for o in self.observables), *self.given]
        order = {name: i for i, name in enumerate(names)}
        return tuple(
            tuple(order[n] for n in (*(o.name for o in d.observables), *given_of(d)))
            for d in self.densities
        )

    @property
    def _order(self) -> tuple[int, ...]:
        """Return the factors in an order in which each can be drawn."""
        waiting = dict(enumerate(self.densities))
        order: list[int] = []
        while waiting:
            missing = {o.name for d in waiting.values() for o in d.observables}
            ready = [i for i, d in waiting.items() if not missing & {*given_of(d)}]
            if not ready:
                raise LikelyError(
                    "`Product`: factors are conditional on each other, over "
                    f"{sorted(missing)}; one of them must be a density on its own."
                )
            order += ready
            for i in ready:
                del waiting[i]
        return tuple(order)
