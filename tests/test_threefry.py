"""Random numbers in straight-line code, against those of JAX itself."""

import jax
import numpy as np
import pytest

from likely.core import quick

KEY = jax.random.key(1 << 35)
DRAWS = {
    "uniform": lambda k: jax.random.uniform(k, (3, 5)),
    "float32": lambda k: jax.random.uniform(k, (7,), "float32"),
    "normal": lambda k: jax.random.normal(k, (1000,)),
    "integers": lambda k: jax.random.randint(k, (50,), -3, 100),
    "bytes": lambda k: jax.random.bits(k, (10,), "uint8"),
    "permutation": lambda k: jax.random.permutation(k, 100),
    "scalar": jax.random.uniform,
    "empty": lambda k: jax.random.uniform(k, (0,)),
    "split": lambda k: jax.random.key_data(jax.random.split(k, 7)),
    "split twice": lambda k: jax.random.key_data(
        jax.random.split(jax.random.split(k)[1], (2, 3))
    ),
    "fold in": lambda k: jax.random.key_data(jax.random.fold_in(k, 2**32 - 1)),
}


@pytest.mark.parametrize("draw", DRAWS.values(), ids=DRAWS)
def test_the_numbers_are_those_of_jax(draw):
    np.testing.assert_array_equal(draw(quick(KEY)), draw(KEY))
    keys = jax.random.split(KEY, 4)
    many = jax.jit(jax.vmap(draw))
    np.testing.assert_array_equal(many(quick(keys)), many(keys))


def test_keys_of_another_generator_stay_what_they_are():
    other = jax.random.key(0, impl="rbg")
    assert quick(other) is other
