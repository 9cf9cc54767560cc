import jax
import jax.numpy as jnp
import numpy as np
import pytest

from likely.core import EventBlocks, sum_over_events
from likely.core.events import BLOCK, ONE_DEVICE

SIZES = [1, 127, 128, 129, BLOCK, BLOCK + 1, ONE_DEVICE, ONE_DEVICE + 1, 100_003]


def moments(power, x, w):
    return {"n": w.sum(), "sum": jnp.dot(w, x[0] ** power), "cross": w @ (x[0] * x[-1])}


@pytest.mark.parametrize("n", SIZES)
@pytest.mark.parametrize("dim", [1, 3])
@pytest.mark.parametrize("weighted", [False, True])
def test_equals_numpy(n, dim, weighted):
    rng = np.random.default_rng(n)
    events = rng.normal(size=(dim, n))
    weights = rng.normal(size=n) if weighted else None
    blocks = EventBlocks.of(events, weights)
    got = jax.jit(lambda b: sum_over_events(moments, 2.0, b))(blocks)
    w = np.ones(n) if weights is None else weights
    assert got["n"] == pytest.approx(w.sum(), rel=1e-12, abs=1e-9)
    assert got["sum"] == pytest.approx(w @ events[0] ** 2, rel=1e-12, abs=1e-9)
    assert got["cross"] == pytest.approx(w @ (events[0] * events[-1]), abs=1e-9)


def test_every_core_has_a_shard():
    blocks = EventBlocks.of(np.zeros((1, 10 * ONE_DEVICE)))
    assert blocks.columns.shape[0] == len(jax.devices())
    assert len(blocks.columns.sharding.device_set) == len(jax.devices())


def test_similar_sizes_share_a_program():
    shapes = {
        EventBlocks.of(np.zeros((1, n))).columns.shape
        for n in range(900_000, 1_000_000, 5_000)
    }
    assert len(shapes) <= 3


def test_the_first_blocks_are_a_sample_of_sorted_data():
    events = np.sort(np.random.default_rng(0).normal(size=200_000))[None]
    blocks = EventBlocks.of(events).first(1, 1.0)
    n, total = (
        float(sum_over_events(moments, power, blocks)["sum"]) for power in (0.0, 1.0)
    )
    assert n >= BLOCK
    assert total / n == pytest.approx(0.0, abs=0.05)


def test_cancelling_sums_keep_their_digits():
    n = 64 * BLOCK
    values = np.full(n, 0.1)
    values[0], values[-1] = 1e12, -1e12
    got = sum_over_events(moments, 1.0, EventBlocks.of(values[None]))["sum"]
    assert float(got) == pytest.approx(0.1 * (n - 2), rel=1e-8)
