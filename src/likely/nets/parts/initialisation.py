"""First weights, drawn without compiling a program.

A key whose value is known is hashed by NumPy: JAX compiles a program for each shape, a
second for a small network. The numbers are those of `jax.random`, which are used where
JAX traces the key, so that a member of an ensemble made by `eqx.filter_vmap` starts as
the network alone would.

References:
    X. Glorot, Y. Bengio, AISTATS 2010, eq. 16 (`glorot`).
    K. He et al., arXiv:1502.01852, eq. 10 (`he`).
    Y. LeCun et al., "Efficient BackProp" (1998), eq. 16, as in G. Klambauer et al.,
    arXiv:1706.02515 (`lecun`).
"""

import math
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
from jax.core import Tracer
from jaxtyping import Array, Float, UInt32

from ...core import LikelyError

# Two words of Threefry, or a key that only JAX can use.
Seed = UInt32[np.ndarray, "2"] | Array

_ROTATIONS = (13, 15, 26, 6), (17, 29, 16, 24)
_PARITY = np.uint32(0x1BD11BDA)


def limit(rule: str, fan_in: int, fan_out: int) -> float:
    r"""Return the end $a$ of the uniform distribution $U(-a, a)$ of first weights.

    $a = \sqrt{3 v}$ with the variance $v$ of `he` $2/n_\text{in}$, of `lecun`
    $1/n_\text{in}$, and of `glorot` $2/(n_\text{in} + n_\text{out})$.
    """
    variance = {
        "he": 2 / fan_in,
        "lecun": 1 / fan_in,
        "glorot": 2 / (fan_in + fan_out),
    }[rule]
    return math.sqrt(3 * variance)


def seed_of(net: Any, key: Any) -> Seed:
    """Return a key as two words where its value is known, else as JAX's key.

    Args:
        net: The network that it is for.
        key: What the user gave, or a seed that `parts` has made.

    Raises:
        LikelyError: If it is no key, or more than one.
    """
    if getattr(key, "dtype", None) == np.uint32 and np.shape(key) == (2,):
        if not isinstance(key, Tracer):
            return np.asarray(key)
        key = jax.random.wrap_key_data(key, impl="threefry2x32")
    got = f"got {type(key).__name__}."
    if isinstance(key, jax.Array) and jnp.issubdtype(key.dtype, jax.dtypes.prng_key):
        if key.shape == ():
            fixed = isinstance(key, Tracer) or _kind(key) != "threefry2x32"
            return key if fixed else np.asarray(jax.random.key_data(key))
        got = f"got {key.shape} of them: map over them with `equinox.filter_vmap`."
    raise LikelyError(
        f"`{type(net).__name__}(key=...)` takes a random key, as `jax.random.key(1)` "
        f"makes it; {got}"
    )


def parts(seed: Seed, count: int) -> list[Any]:
    """Return independent seeds, those of `jax.random.split`."""
    if not isinstance(seed, np.ndarray):
        return list(jax.random.split(seed, count))
    return list(np.stack(_hash(seed, count), axis=-1))


def uniform(
    seed: Seed, shape: tuple[int, ...], bound: float, dtype: Any
) -> Float[Array, "..."]:
    """Return numbers from -bound to bound, in steps of its 2^-23."""
    if isinstance(seed, np.ndarray):
        high, low = _hash(seed, math.prod(shape))
        bits = (high ^ low).reshape(shape)
    else:
        bits = jax.random.bits(seed, shape, jnp.uint32)
    # 24 bits of a number with a sign: exact in float32, and so the same in NumPy.
    steps = (bits >> np.uint32(8)).astype(np.float32)
    unit = (steps * np.float32(2.0**-23) - np.float32(1)).astype(dtype)
    return on_device(unit * np.asarray(bound, dtype))


def on_device(values: Any) -> Array:
    """Return an array of JAX, without a program that would be compiled for it."""
    return jax.device_put(values) if isinstance(values, np.ndarray) else values


def _kind(key: Array) -> str:
    return str(jax.random.key_impl(key))


def _hash(key: UInt32[np.ndarray, "2"], count: int) -> tuple[Any, Any]:
    """Return Threefry-2x32-20 of the numbers 0, 1, ..., as two arrays of words.

    References:
        J. Salmon et al., SC 11 (2011), section 3.3.
    """
    counter = np.arange(count, dtype=np.uint64)
    keys = key[:1], key[1:], key[:1] ^ key[1:] ^ _PARITY
    a = (counter >> np.uint64(32)).astype(np.uint32) + keys[0]
    b = counter.astype(np.uint32) + keys[1]
    for group in range(5):
        for rotation in _ROTATIONS[group % 2]:
            a = a + b
            b = (b << np.uint32(rotation)) | (b >> np.uint32(32 - rotation))
            b = a ^ b
        a = a + keys[(group + 1) % 3]
        b = b + keys[(group + 2) % 3] + np.uint32(group + 1)
    return a, b
