"""One block of an encoder: attention, then a small network for each item."""

from typing import Any, final

import equinox as eqx
import jax
from jaxtyping import Array, Bool, Float, PRNGKeyArray

from ..parts import Seed, dense, drop_out, keys_for, normalisation, parts
from .heads import MultiHead, multi_head


@final
class EncoderBlock(eqx.Module):
    r"""$h = x + d(\text{attention}(n_1(x)))$, $y = h + d(W_2 d(\varphi(W_1 n_2(h))))$.

    The normalisation is in front of each part, so that $x$ itself passes through.

    References:
        R. Xiong et al., arXiv:2002.04745, figure 1b.
    """

    norms: tuple[eqx.nn.LayerNorm, eqx.nn.LayerNorm]
    attention: MultiHead
    wide: eqx.nn.Linear
    narrow: eqx.nn.Linear

    def __call__(
        self,
        x: Float[Array, "items width"],
        *,
        mask: Bool[Array, "items items"] | None,
        phi: Any,
        rate: float,
        key: PRNGKeyArray | None,
    ) -> tuple[Float[Array, "items width"], Float[Array, "heads items items"]]:
        """Return the items, and the weights of attention of each head."""
        one, two, three = keys_for(key, rate, 3)
        calm = jax.vmap(self.norms[0])(x)
        seen, weights = self.attention(calm, calm, mask=mask)
        h = x + drop_out(seen, rate, one)
        inner = phi(jax.vmap(self.wide)(jax.vmap(self.norms[1])(h)))
        new = jax.vmap(self.narrow)(drop_out(inner, rate, two))
        return h + drop_out(new, rate, three), weights


def encoder_block(net: Any, seed: Seed, *, dtype: Any) -> EncoderBlock:
    """Return a block with first weights.

    Args:
        net: A network with the options `width`, `heads`, `feed_forward` and
            `activation`.
        seed: Of the weights.
        dtype: Of the weights.
    """
    one, two, three = parts(seed, 3)
    width, inner, name = net.width, net.feed_forward, net.activation
    return EncoderBlock(
        norms=(
            normalisation("layer", width, dtype),
            normalisation("layer", width, dtype),
        ),
        attention=multi_head(width, net.heads, one, dtype=dtype),
        wide=dense(width, inner, two, activation=name, dtype=dtype),
        narrow=dense(inner, width, three, dtype=dtype),
    )
