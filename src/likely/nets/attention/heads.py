"""Attention with several heads."""

from typing import Any, final

import equinox as eqx
import jax
import jax.numpy as jnp
from jaxtyping import Array, Bool, Float

from ...core import LikelyError
from ..parts import Seed, dense, parts, whole_number
from .dot_product import attention_weights


@final
class MultiHead(eqx.Module):
    r"""$y = W_O\,[h_1, \ldots, h_H] + b_O$, $h_i = \text{attend}(q_i, k_i, v_i)$.

    The queries $q = W_Q x + b_Q$ are those of the targets, $k$ and $v$, likewise, of
    the sources; head $i$ has the $i$-th part of each vector.

    References:
        A. Vaswani et al., arXiv:1706.03762, section 3.2.2.
    """

    query: eqx.nn.Linear
    key: eqx.nn.Linear
    value: eqx.nn.Linear
    output: eqx.nn.Linear
    heads: int = eqx.field(static=True)

    def __call__(
        self,
        targets: Float[Array, "targets width"],
        sources: Float[Array, "sources width"],
        *,
        mask: Bool[Array, "targets sources"] | None = None,
    ) -> tuple[Float[Array, "targets width"], Float[Array, "heads targets sources"]]:
        """Return what the targets get, and the weights of attention of each head."""
        q, k, v = (
            jax.vmap(layer)(x).reshape(len(x), self.heads, -1).swapaxes(0, 1)
            for layer, x in (
                (self.query, targets),
                (self.key, sources),
                (self.value, sources),
            )
        )
        weights = jax.vmap(lambda q, k: attention_weights(q, k, mask=mask))(q, k)
        mixed = jnp.swapaxes(weights @ v, 0, 1).reshape(len(targets), -1)
        return jax.vmap(self.output)(mixed), weights


def multi_head(width: int, heads: int, key: Seed, *, dtype: Any) -> MultiHead:
    """Return attention with first weights.

    Args:
        width: Numbers of each item, a multiple of `heads`.
        heads: How many.
        key: Random numbers of the weights.
        dtype: Of the weights.

    Raises:
        LikelyError: If `width` is no multiple of `heads`.
    """
    whole_number("`multi_head(heads=...)`", heads, least=1)
    if whole_number("`multi_head(width=...)`", width, least=1) % heads:
        raise LikelyError(
            "`multi_head(width=...)` must be a multiple of `heads`; got "
            f"{width} for {heads} heads."
        )
    layers = [dense(width, width, part, dtype=dtype) for part in parts(key, 4)]
    return MultiHead(*layers, heads=heads)
