"""Networks against PyTorch: same weights, same outputs, same gradients.

The numbers are made by tools/make_net_fixtures.py; PyTorch is not needed here.
"""

import json
from functools import cache
from pathlib import Path

import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np
import pytest
from numpy.testing import assert_allclose

from likely.nets import ACTIVATIONS
from likely.nets.saving import empty_net, tensors, with_tensors

FILE = Path(__file__).parent / "fixtures" / "nets.npz"


@cache
def numbers():
    with np.load(FILE) as file:
        return dict(file)


CASES = sorted({key.split("/")[0] for key in numbers()} - {"activations"})


def net_of(case):
    """Return a network with PyTorch's weights, and the specification."""
    specification = json.loads(str(numbers()[f"{case}/specification"]))
    empty = empty_net(specification)
    # A bias of a convolution is a column in Equinox.
    given = {
        name: numbers()[f"{case}/weights/{name}"].reshape(leaf.shape)
        for name, leaf in tensors_of(empty).items()
    }
    prefix = f"{case}/weights/"
    stored = {k.removeprefix(prefix) for k in numbers() if k.startswith(prefix)}
    assert stored == set(given)
    return with_tensors(empty, given), specification


def tensors_of(empty):
    leaves, _ = jax.tree_util.tree_flatten_with_path(empty)
    return {
        jax.tree_util.keystr(path, simple=True, separator="."): leaf
        for path, leaf in leaves
        if hasattr(leaf, "shape")
    }


def sample_of(case):
    x, mask = numbers()[f"{case}/x"], numbers().get(f"{case}/mask")
    return x if mask is None else (x, mask)


@pytest.mark.parametrize("case", CASES)
def test_outputs_are_those_of_pytorch(case):
    net, _ = net_of(case)
    y = net(sample_of(case))
    assert y.shape == numbers()[f"{case}/y"].shape
    assert_allclose(y, numbers()[f"{case}/y"], rtol=1e-5, atol=1e-5)


@pytest.mark.parametrize("case", [c for c in CASES if f"{c}/slope" in numbers()])
def test_gradients_are_those_of_pytorch(case):
    net, specification = net_of(case)
    pull = jnp.asarray(numbers()[f"{case}/pull"], jnp.float32)
    x = jax.tree.map(jnp.asarray, sample_of(case))

    @eqx.filter_jit
    @eqx.filter_grad
    def run(both):
        net, x = both
        return jnp.sum(net(x) * pull)

    slopes, slope = run((net, x))
    slope = slope[0] if isinstance(slope, tuple) else slope
    assert_allclose(slope, numbers()[f"{case}/slope"], rtol=1e-5, atol=1e-5)
    ours = tensors(slopes)
    flat = np.concatenate([np.ravel(ours[name]) for name in specification["sloped"]])
    assert_allclose(flat, numbers()[f"{case}/slopes"], rtol=1e-4, atol=2e-5)


@cache
def activations():
    """Return all activations and their derivatives, as one program."""

    @jax.jit
    def run(x):
        functions = {name: a.function for name, a in ACTIVATIONS.items()}
        return {n: (f(x), jax.vmap(jax.grad(f))(x)) for n, f in functions.items()}

    return run(jnp.asarray(numbers()["activations/x"]))


@pytest.mark.parametrize("name", ACTIVATIONS)
def test_activations_are_those_of_pytorch(name):
    value, slope = activations()[name]
    known = numbers()[f"activations/{name}"]
    assert_allclose(value, known, rtol=1e-12, atol=1e-14)
    known = numbers()[f"activations/{name}/slope"]
    assert_allclose(slope, known, rtol=1e-12, atol=1e-14)
