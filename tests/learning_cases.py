"""A small network and events that the tests of learning share.

A program takes longer to compile than to run here, so that they differ in numbers and
not in structure wherever they can: in dropout, in strengths of penalties, in rates.
"""

import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np

import likely as lk

EVENTS = 64
WATCHED = 32


class Net(eqx.Module):
    """A perceptron of one hidden layer."""

    first: jax.Array
    bias: jax.Array
    second: jax.Array

    def __call__(self, x):
        return self.second @ jnp.tanh(self.first @ x + self.bias)


class RandomNet(eqx.Module):
    """The same, of which a part is dropped out where it is given a key."""

    first: jax.Array
    bias: jax.Array
    second: jax.Array
    percent: jax.Array

    def __call__(self, x, *, key=None):
        h = jnp.tanh(self.first @ x + self.bias)
        if key is not None:
            share = self.percent.astype(h.dtype) / 100
            h = h * jax.random.bernoulli(key, 1 - share, h.shape) / (1 - share)
        return self.second @ h


def net(seed=0, *, inputs=3, outputs=1, percent=0, dtype=np.float32):
    rng = np.random.default_rng(seed)
    first = rng.normal(size=(4, inputs)).astype(dtype)
    second = rng.normal(size=(outputs, 4)).astype(dtype) / 2
    weights = [jnp.asarray(w) for w in (first, np.zeros(4, dtype), second)]
    return RandomNet(*weights, jnp.int32(percent)) if percent else Net(*weights)


def ensemble(size=3, **options):
    seeds = iter(range(10, 10 + max(size, 1)))
    key = jax.random.key(0)
    return lk.Ensemble.of(lambda _: net(next(seeds), **options), size, key=key)


def samples(n=EVENTS, seed=0, *, weights=None):
    """Return events of two classes that overlap."""
    rng = np.random.default_rng(seed)
    x = rng.normal(size=(n, 3)).astype(np.float32)
    t = (x[:, 0] + 0.5 * x[:, 1] * x[:, 2] + rng.normal(size=n) > 0).astype(float)
    return lk.Samples.of(x, t, weights=weights)


def watched():
    return {"train": samples(), "validation": samples(WATCHED, 1)}


def descent(rate=1e-2, **options):
    return lk.Descent(lk.Adam(rate), **{"batch": 16, "epochs": 5, **options})


def first_row(model):
    return model.first[0]


def second_row(model):
    return model.first[1]


def loss(decay=0.0, tie=0.0, **options):
    """Return the cross-entropy of two classes, with penalties of a `Net`."""
    decays = lk.losses.L2(decay), lk.losses.Tie(first_row, second_row, tie)
    return lk.losses.Bernoulli(penalties=decays, **options)


def train(model, data, minimiser=None, **options):
    """Return the result of a training of a `Net` or of an ensemble of them."""
    how = minimiser or descent()
    return lk.fit(model, data, loss=loss(**options), minimiser=how)
