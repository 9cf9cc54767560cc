"""Random numbers in straight-line code, against those of JAX itself."""

import jax
import numpy as np
import pytest

import likely as lk
from likely.core import LikelyError, quick

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


def test_the_old_kind_of_keys_draws_the_same_numbers():
    old = jax.random.PRNGKey(5)
    np.testing.assert_array_equal(
        jax.random.uniform(quick(old)), jax.random.uniform(old)
    )
    x = lk.Observable("x", -5, 5)
    gauss = lk.distributions.Gauss(x, 0.0, 1.0)
    np.testing.assert_array_equal(
        gauss.samples(old, 7), gauss.samples(jax.random.key(5), 7)
    )


@pytest.mark.parametrize(
    ("key", "n", "says"),
    [
        (0, 5, "takes one key, such as .*got int"),
        ("a", 5, "takes one key"),
        (jax.random.split(KEY, 3), 5, r"shape \(3,\)"),
        (KEY, -1, r"whole number >= 0; got -1"),
        (KEY, 2.5, "whole number"),
        (KEY, "a", "whole number"),
    ],
)
def test_what_is_no_key_or_number_is_a_sentence(key, n, says):
    gauss = lk.distributions.Gauss(lk.Observable("x", -5, 5), 0.0, 1.0)
    with pytest.raises(LikelyError, match=says):
        gauss.samples(key, n)
