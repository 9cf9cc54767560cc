"""A product of densities over different observables."""

import itertools
import math
from collections.abc import Sequence
from typing import final

import jax
import jax.numpy as jnp
from jaxtyping import Array, Float, PRNGKeyArray

from ..core import AbstractDistribution, LikelyError, Observable, Term


@final
class Product(AbstractDistribution):
    r"""Independent observables, $f(x) = \prod_j f_j(x_j)$.

    Args:
        densities: Densities, no two of which share an observable.

    Raises:
        LikelyError: If there is no density or an observable appears twice.
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

    @property
    def observables(self) -> tuple[Observable, ...]:
        """Return the observables of all factors, in their order."""
        return tuple(o for density in self.densities for o in density.observables)

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
        keys = jax.random.split(key, len(self.densities))
        draws = [d.sample(k) for d, k in zip(self.densities, keys, strict=True)]
        return jnp.concatenate(draws)

    @property
    def _columns(self) -> tuple[tuple[int, ...], ...]:
        """Return where each factor finds its observables in the event."""
        found, start = [], 0
        for density in self.densities:
            stop = start + len(density.observables)
            found.append(tuple(range(start, stop)))
            start = stop
        return tuple(found)
