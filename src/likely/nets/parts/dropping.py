"""Dropout, quicker than by JAX's own random numbers.

A Bernoulli draw of JAX takes 64 bits a number where 64-bit types are on, from a loop:
1.18 ms for 256 samples of 300 numbers on a CPU, 0.26 ms by 32 bits in straight code.
"""

from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, Float, PRNGKeyArray

from ...core import LikelyError, quick


def keys_for(key: Any, rate: float, count: int) -> list[PRNGKeyArray | None]:
    """Return a key for each of the places of dropout, or None where there is none.

    Raises:
        LikelyError: If it is neither one key nor None.
    """
    if key is None or rate == 0 or not count:
        return [None] * count
    if not _is_key(key):
        got = type(key).__name__
        if isinstance(key, jax.Array):
            got = f"an array of {key.dtype} of shape {key.shape}"
        raise LikelyError(
            "the `key` of a network is a random key, as `jax.random.key(1)` makes it, "
            f"or None, which switches dropout off; got {got}."
        )
    return list(jax.random.split(quick(key), count))


def _is_key(key: Any) -> bool:
    if not isinstance(key, jax.Array):
        return False
    if jnp.issubdtype(key.dtype, jax.dtypes.prng_key):
        return key.ndim == 0
    return key.dtype == np.uint32 and key.ndim == 1  # the old kind


def drop_out(
    x: Float[Array, "*shape"], rate: float, key: PRNGKeyArray | None
) -> Float[Array, "*shape"]:
    r"""Return $x_i b_i / q$, where $b_i$ is 1 with probability $q = 1 - $ `rate`.

    Args:
        x: Numbers, whose mean over the draws is kept.
        rate: Share of them that is set to zero.
        key: Random numbers; None returns `x` as it is.

    References:
        N. Srivastava et al., JMLR 15 (2014) 1929, section 10.
    """
    if key is None or rate == 0:
        return x
    # The probability in steps of 2^-32 is the one that the mean is corrected for; a
    # rate next to one must not round to it.
    kept = max(1, min(round((1 - rate) * 2**32), 2**32 - 1))
    here = jax.random.bits(key, x.shape, jnp.uint32) < np.uint32(kept)
    return jnp.where(here, x * jnp.asarray(2**32 / kept, x.dtype), 0)
