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

_ALL = 2.0**32
_MOST = 2.0**32 - 2.0**8  # the largest float32 below it


def keys_for(key: Any, rate: Any, count: int) -> list[PRNGKeyArray | None]:
    """Return a key for each of the places of dropout, or None where there is none.

    Raises:
        LikelyError: If it is neither one key nor None.
    """
    if key is None or _is_zero(rate) or not count:
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
    x: Float[Array, "*shape"], rate: Any, key: PRNGKeyArray | None
) -> Float[Array, "*shape"]:
    r"""Return $x_i b_i / q$, where $b_i$ is 1 with probability $q = 1 - $ `rate`.

    Args:
        x: Numbers, whose mean over the draws is kept.
        rate: Share of them that is set to zero.
        key: Random numbers; None returns `x` as it is.

    References:
        N. Srivastava et al., JMLR 15 (2014) 1929, section 10.
    """
    if key is None or _is_zero(rate):
        return x
    # In a compiled program the rate is a number that it is given. The mean is corrected
    # for the probability in steps of 2^-32; a rate next to one does not round to it.
    share = jnp.asarray(rate, jnp.float32)
    kept = jnp.clip(jnp.round((1 - share) * _ALL), 1.0, _MOST)
    here = jax.random.bits(key, x.shape, jnp.uint32) < kept.astype(jnp.uint32)
    return jnp.where(here, x * (_ALL / kept).astype(x.dtype), 0)


def _is_zero(rate: Any) -> bool:
    return isinstance(rate, float | int) and rate == 0
