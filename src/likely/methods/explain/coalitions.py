r"""Shapley values against one event of the background: all coalitions, or orders.

A coalition is the set of features that have the values of the event $x$; the others
have those of the background event $z$. Its value is the output there,
$v(S) = f(x_S, z_{\bar S})$.
"""

import abc
import math
from collections.abc import Callable
from typing import Any, final

import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, Bool, Float, Int, PRNGKeyArray

from ...core import (
    quick,
    runtime as runtime,  # float64 is set before the first array is made
)
from .columns import FeatureColumns

# Coalitions side by side; those of more features come in several such parts.
PART = 1024


class AbstractGame(eqx.Module):
    """A way to compute Shapley values of one event against one of the background.

    Args:
        draws: How many independent values of one pair of events are averaged.
        evaluations: Of the function, for one such value.
    """

    draws: eqx.AbstractVar[int]
    evaluations: eqx.AbstractVar[int]

    @abc.abstractmethod
    def __call__(
        self,
        function: Callable[..., Any],
        x: Float[Array, " dim"],
        z: Float[Array, " dim"],
        key: PRNGKeyArray,
    ) -> Float[Array, " features"]:
        """Return an unbiased estimate of the Shapley values."""


@final
class AllCoalitions(AbstractGame):
    r"""The Shapley values themselves, from the values of all $2^M$ coalitions.

    $$\phi_j = \sum_{S \not\ni j} \frac{|S|!\,(M - |S| - 1)!}{M!}
    \big(v(S \cup j) - v(S)\big) = \sum_S A_{jS}\, v(S)$$

    Args:
        matrix: $A$, for parts of the coalitions.
        masks: Which columns are of the event in each coalition.
    """

    matrix: Float[Array, "parts features coalitions"]
    masks: Bool[Array, "parts coalitions dim"]
    draws: int = eqx.field(static=True)
    evaluations: int = eqx.field(static=True)

    @classmethod
    def of(cls, columns: FeatureColumns) -> "AllCoalitions":
        """Return the program for such columns."""
        M = len(columns.names)
        n = 1 << M
        members = (np.arange(n)[:, None] >> np.arange(M)) & 1 == 1
        size = members.sum(axis=1)
        # |S|! (M - |S| - 1)! / M!, of the coalition without j.
        weight = np.array([1 / (M * math.comb(M - 1, s)) for s in range(M)])
        without = np.append(weight, 0.0)[size]
        joined = np.append(0.0, weight)[size]
        A = np.where(members.T, joined, -without)
        masks = members[:, columns.feature_of]
        part = min(n, PART)
        return cls(
            matrix=jnp.asarray(A.reshape(M, -1, part).swapaxes(0, 1)),
            masks=jnp.asarray(masks.reshape(-1, part, columns.dim)),
            draws=1,
            evaluations=n,
        )

    def __call__(
        self,
        function: Callable[..., Any],
        x: Float[Array, " dim"],
        z: Float[Array, " dim"],
        key: PRNGKeyArray,
    ) -> Float[Array, " features"]:
        def add(phi: Any, part: Any) -> tuple[Any, None]:
            A, masks = part
            v = jax.vmap(lambda mask: function(jnp.where(mask, x, z)))(masks)
            # In float64 also of a network in float32: differences of its outputs.
            return phi + A @ v.astype(float), None

        start = jnp.zeros(self.matrix.shape[1])
        return jax.lax.scan(add, start, (self.matrix, self.masks))[0]


@final
class OrderPairs(AbstractGame):
    r"""Estimates of Shapley values from random orders of the features.

    $$\phi_j = \frac{1}{2} \sum_{\pi,\ \text{reversed}\ \pi}
    \big(v(S_j^\pi \cup j) - v(S_j^\pi)\big)$$

    with $S_j^\pi$ the features that come before $j$. An order and its reverse together
    are exact for functions in which no more than two features interact.

    Args:
        feature_of: Number of the feature of each column.
        features: How many there are.
    """

    feature_of: Int[Array, " dim"]
    features: int = eqx.field(static=True)
    draws: int = eqx.field(static=True)
    evaluations: int = eqx.field(static=True)

    @classmethod
    def of(cls, columns: FeatureColumns, pairs: int) -> "OrderPairs":
        """Return the program of so many pairs of orders."""
        M = len(columns.names)
        return cls(
            feature_of=jnp.asarray(columns.feature_of),
            features=M,
            draws=pairs,
            evaluations=2 * (M + 1),
        )

    def __call__(
        self,
        function: Callable[..., Any],
        x: Float[Array, " dim"],
        z: Float[Array, " dim"],
        key: PRNGKeyArray,
    ) -> Float[Array, " features"]:
        M = self.features
        rank = jnp.argsort(jnp.argsort(jax.random.uniform(quick(key), (M,))))

        def joined(rank: Int[Array, " features"]) -> Float[Array, " features"]:
            first = rank[None, self.feature_of] < jnp.arange(M + 1)[:, None]
            v = jax.vmap(lambda mask: function(jnp.where(mask, x, z)))(first)
            v = v.astype(float)
            return v[rank + 1] - v[rank]

        both = jax.vmap(joined)(jnp.stack([rank, M - 1 - rank]))
        return both.mean(axis=0)
