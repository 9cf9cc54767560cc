"""JAX's random numbers, in straight-line code that runs quicker on a CPU.

There JAX writes the twenty rounds of Threefry as a loop over arrays. Where each event
has a key of its own, as in data sets that are drawn event by event, hashing then takes
most of the time. Written out, all rounds are one kernel. The numbers are those of
`jax.random` with its default generator.

References:
    J. Salmon et al., "Parallel random numbers: as easy as 1, 2, 3", SC 11 (2011),
    section 3.3.
"""

from typing import Any

import jax
import jax.extend.random
import jax.numpy as jnp
import numpy as np
from jax import lax
from jaxtyping import Array, Integer, Key, UInt32

_ROTATIONS = (13, 15, 26, 6), (17, 29, 16, 24)
_PARITY = np.uint32(0x1BD11BDA)
_KEY_SHAPE = (2,)

Words = tuple[UInt32[Array, "*shape"], UInt32[Array, "*shape"]]


def quick(keys: Key[Array, "*shape"] | Any) -> Key[Array, "*shape"]:
    """Return the same keys, whose draws are the same numbers by quicker code.

    Keys of other generators than JAX's default are returned as they are; arrays of
    numbers, the old kind of keys, become keys.
    """
    if jax.random.key_impl(keys) != "threefry2x32":
        return keys
    return jax.random.wrap_key_data(jax.random.key_data(keys), impl=_IMPLEMENTATION)


def _hash(key: UInt32[Array, "2"], high: Array, low: Array) -> Words:
    """Return Threefry-2x32-20 of a 64-bit counter, as two words."""
    k0, k1 = key[0], key[1]
    keys = k0, k1, k0 ^ k1 ^ _PARITY
    a, b = high + keys[0], low + keys[1]
    for group in range(5):
        for rotation in _ROTATIONS[group % 2]:
            a = a + b
            b = (b << np.uint32(rotation)) | (b >> np.uint32(32 - rotation))
            b = a ^ b
        a = a + keys[(group + 1) % 3]
        b = b + keys[(group + 2) % 3] + np.uint32(group + 1)
    return a, b


def _counters(shape: tuple[int, ...]) -> Words:
    """Return the numbers 0, 1, ... as pairs of words."""
    count = lax.iota(np.uint32, int(np.prod(shape, dtype=int))).reshape(shape)
    return jnp.zeros_like(count), count


def _seed(seed: Integer[Array, ""]) -> UInt32[Array, "2"]:
    wide = seed.astype(np.uint64)
    high, low = wide >> np.uint64(32), wide & np.uint64(0xFFFFFFFF)
    return jnp.stack([high, low]).astype(np.uint32)


def _split(key: UInt32[Array, "2"], shape: tuple[int, ...]) -> Array:
    return jnp.stack(_hash(key, *_counters(shape)), axis=-1)


def _fold_in(key: UInt32[Array, "2"], data: Any) -> UInt32[Array, "2"]:
    low = jnp.asarray(data).astype(np.uint32)
    return jnp.stack(_hash(key, jnp.zeros_like(low), low))


def _random_bits(
    key: UInt32[Array, "2"], bit_width: int, shape: tuple[int, ...]
) -> Array:
    high, low = _hash(key, *_counters(shape))
    if bit_width == 64:
        return high.astype(np.uint64) << np.uint64(32) | low.astype(np.uint64)
    return (high ^ low).astype(f"uint{bit_width}")


_IMPLEMENTATION = jax.extend.random.define_prng_impl(
    key_shape=_KEY_SHAPE,
    seed=_seed,
    split=_split,
    random_bits=_random_bits,
    fold_in=_fold_in,
    name="threefry2x32_straight",
    tag="fry-straight",
)
