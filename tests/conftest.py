import gc

import jax
import pytest

jax.config.update("jax_numpy_rank_promotion", "raise")


@pytest.fixture
def key():
    return jax.random.key(0)


@pytest.fixture(scope="module", autouse=True)
def forget_programs():
    """Drop compiled programs after each file: thousands of them fill the memory.

    The garbage collector, too, looks at all that they hold each time.
    """
    yield
    jax.clear_caches()
    gc.collect()
