"""Laws that hold for every network, and for some kinds of them."""

import json
import re
from functools import cache, partial

import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np
import pytest
import safetensors.numpy
from net_cases import CASES, DROPPING, SEQUENCES, sample
from numpy.testing import assert_allclose, assert_array_equal

from likely.core import LikelyError
from likely.fit import Ensemble
from likely.nets import (
    MLP,
    NETS,
    AbstractNet,
    AttentionNet,
    ConvNet,
    RecurrentNet,
    ResidualConvNet,
    TabularNet,
    UNet,
    attend,
    attention_weights,
    dummies,
    dummy_columns,
    layers,
    linear,
    load_net,
    make_net,
    multi_head,
    net_options,
    one_hot,
    receptive_field,
    save_net,
    specification,
    tensors,
)
from likely.nets.attention.attention_net import summarised
from likely.nets.parts import drop_out, keys_for

EVERY = pytest.mark.parametrize("name", CASES)
KEY = jax.random.key(5)


@cache
def net_of(name, **more):
    case = CASES[name]
    return make_net(case.net, key=KEY, **case.options | more)


def same(a, b):
    """Return whether two networks have the same structure and bits."""
    if jax.tree.structure(a) != jax.tree.structure(b):
        return False
    pairs = zip(jax.tree.leaves(a), jax.tree.leaves(b), strict=True)
    # In NumPy: JAX would compile a program for each shape.
    return all(
        np.asarray(a).dtype == np.asarray(b).dtype and np.array_equal(a, b)
        for a, b in pairs
    )


def shapes_of(empty):
    """Return the shapes of weights by name, of what has shapes in their place."""
    leaves, _ = jax.tree_util.tree_flatten_with_path(empty)
    return {
        jax.tree_util.keystr(path, simple=True, separator="."): leaf
        for path, leaf in leaves
        if hasattr(leaf, "shape")
    }


def test_every_network_has_a_case():
    assert {case.net for case in CASES.values()} == set(NETS)
    stack, classes = [AbstractNet], set()
    while stack:
        for cls in stack.pop().__subclasses__():
            stack.append(cls)
            if cls.__module__.startswith("likely.nets"):
                classes.add(cls)
    final = {cls for cls in classes if not cls.__name__.startswith("Abstract")}
    assert final == {type(net_of(name)) for name in CASES}


@EVERY
def test_one_sample_gives_one_output(name):
    case = CASES[name]
    y = net_of(name)(sample(case))
    assert y.shape == case.output
    assert y.dtype == jnp.float32
    assert np.isfinite(y).all()


@EVERY
def test_the_last_layer_is_the_output(name):
    net, x = net_of(name), sample(CASES[name])
    names = []

    def run(x):
        # JAX sorts the names of a dict that passes through it.
        names.extend(net.activations(x))
        return layers(net, x)

    found = jax.eval_shape(run, x)
    assert names[-1] == "output"
    assert set(names) == set(found)
    assert found["output"].shape == CASES[name].output


@EVERY
def test_gradients_are_finite_differences(name):
    net = net_of(name, dtype="float64")
    weights, rest = eqx.partition(net, eqx.is_array)
    x = jnp.asarray(sample(CASES[name]), float)
    rng = np.random.default_rng(2)
    # Codes do not move.
    along_x = rng.normal(size=x.shape) * (CASES[name].net != "tabular")
    along = jax.tree.map(lambda a: rng.normal(size=a.shape), weights)
    pull = jnp.asarray(rng.normal(size=CASES[name].output))

    @partial(jax.jit, compiler_options={"xla_backend_optimization_level": 0})
    @jax.value_and_grad
    def value_and_slope(t, x, mask):
        moved = jax.tree.map(lambda a, b: a + t * b, weights, along)
        x = x + t * along_x
        y = eqx.combine(moved, rest)(x if mask is None else (x, mask))
        return jnp.sum(y * pull)

    mask = None
    if name in SEQUENCES:
        mask = jnp.array([True, True, True, False, False])
        x = x.at[3:].set(np.nan)
    step = 1e-5
    up, slope, down = (value_and_slope(t, x, mask) for t in (step, 0.0, -step))
    difference = (up[0] - down[0]) / (2 * step)
    assert_allclose(slope[1], difference, rtol=1e-6, atol=1e-8)
    if mask is not None:
        nothing = value_and_slope(0.0, x, mask & False)
        assert np.isfinite(nothing).all()


@EVERY
def test_options_make_the_same_network_again(name):
    net = net_of(name)
    described = json.loads(json.dumps(specification(net)))
    assert described["options"].keys() == net.options.keys()
    again = make_net(described["net"], key=KEY, **described["options"])
    assert same(again, net)


@EVERY
def test_saved_networks_come_back_to_the_last_bit(name, tmp_path):
    net = net_of(name)
    save_net(net, tmp_path / "net.safetensors")
    assert same(load_net(tmp_path / "net.safetensors"), net)
    assert (
        tensors(net).keys()
        == safetensors.numpy.load_file(tmp_path / "net.safetensors").keys()
    )


@EVERY
def test_ensembles_are_saved_as_one(name, tmp_path):
    case = CASES[name]
    ensemble = Ensemble.of(
        lambda key: make_net(case.net, key=key, **case.options), 3, key=KEY
    )
    traced = eqx.filter_eval_shape(
        eqx.filter_vmap(lambda key: make_net(case.net, key=key, **case.options)),
        jax.random.split(KEY, 3),
    )
    shapes = {name: array.shape for name, array in tensors(ensemble.members).items()}
    assert shapes == {k: a.shape for k, a in shapes_of(traced).items()}
    save_net(ensemble, tmp_path / "nets.safetensors")
    assert same(load_net(tmp_path / "nets.safetensors"), ensemble)


def test_a_member_of_an_ensemble_starts_as_the_network_alone():
    """Where JAX traces the key, weights are drawn by JAX, and else by NumPy."""
    make = eqx.filter_jit(eqx.filter_vmap(lambda key: linear(2, 1, key=key)))
    keys = jax.random.split(KEY, 3)
    together = Ensemble.of(lambda key: linear(2, 1, key=key), 3, key=KEY)
    assert same(make(keys), together.members)


@EVERY
def test_the_type_of_weights_and_outputs(name):
    x = sample(CASES[name])
    for dtype, known in (("bfloat16", "float32"), ("float64", "float64")):
        if name == "boosted" and dtype == "bfloat16":
            continue  # the places of its nodes would not be whole
        net = net_of(name, dtype=dtype)
        assert {a.dtype for a in tensors(net).values()} == {jnp.dtype(known)}
        assert jax.eval_shape(net, x).dtype == known


@pytest.mark.parametrize("name", ["mlp", "conv", "gru", "attention_mean"])
def test_bfloat16_is_close(name):
    x = sample(CASES[name])
    rough, exact = net_of(name, dtype="bfloat16")(x), net_of(name)(x)
    assert not np.array_equal(rough, exact)
    assert_allclose(rough, exact, atol=0.05 * np.abs(exact).max() + 0.02)


def test_dropout_is_there_with_a_key_only():
    x, net = sample(CASES["mlp"]), net_of("mlp")
    assert_array_equal(net(x), net_of("mlp", dropout=0.0)(x))
    one, again, two = (net(x, key=jax.random.key(i)) for i in (1, 1, 2))
    assert_array_equal(one, again)
    assert not np.array_equal(one, two)
    assert not np.array_equal(one, net(x))


@pytest.mark.parametrize("name", DROPPING)
def test_each_place_of_dropout_draws_by_itself(name):
    x, net = sample(CASES[name]), net_of(name)
    program = str(jax.make_jaxpr(lambda key: net(x, key=key))(KEY))
    assert program.count("random_bits[") == CASES[name].places
    assert "random_bits" not in str(jax.make_jaxpr(net)(x))
    still = net_of(name, dropout=0.0)
    assert "random" not in str(jax.make_jaxpr(lambda key: still(x, key=key))(KEY))


def test_dropout_keeps_the_mean():
    rate = 0.3
    x = jnp.arange(1, 9, dtype=jnp.float32)
    draws = 20_000
    keys = jax.random.split(jax.random.key(3), draws)
    found = np.asarray(
        jax.jit(jax.vmap(lambda k: drop_out(x, rate, *keys_for(k, rate, 1))))(keys)
    )
    shares = np.mean(found == 0, axis=0)
    assert_allclose(shares, rate, atol=5 * np.sqrt(rate * (1 - rate) / draws))
    error = x * np.sqrt(rate / (1 - rate) / draws)
    assert (np.abs(found.mean(0) - x) < 5 * error).all()
    together = np.corrcoef((found == 0).T) - np.eye(8)
    assert np.abs(together).max() < 5 / np.sqrt(draws)


@pytest.mark.parametrize("name", SEQUENCES)
def test_padding_changes_nothing(name):
    net, x = net_of(name), sample(CASES[name])
    padded = np.concatenate([x, np.full((2, 3), np.nan, np.float32)])
    mask = np.arange(7) < 5
    full, short = net(x), net((padded, mask))
    if full.ndim == 2:
        assert_array_equal(short[5:], 0)
        short = short[:5]
    assert_allclose(short, full, rtol=1e-5, atol=1e-6)


@pytest.mark.parametrize("name", [n for n in SEQUENCES if "attention" in n])
def test_attention_knows_no_order_without_positions(name):
    x, order = sample(CASES[name]), np.array([3, 0, 4, 1, 2])
    net = net_of(name)
    before, after = net(x), net(x[order])
    if before.ndim == 2:
        before = before[order]
    assert_allclose(after, before, rtol=1e-5, atol=1e-6)


def test_attention_knows_the_order_by_positions():
    x = sample(CASES["attention_mean"])
    net = net_of("attention_mean", positions="sine")
    assert np.abs(net(x[::-1]) - net(x)).max() > 1e-3


def test_attention_weights_are_a_softmax_of_what_the_mask_lets_through():
    rng = np.random.default_rng(4)
    q, k, v = (rng.normal(size=(n, 4)) for n in (2, 3, 3))
    mask = np.array([[True, False, True], [False, False, False]])

    @jax.jit
    def run(q):
        slope = jax.grad(lambda q: jnp.sum(attend(q, k, v, mask=mask) ** 2))(q)
        plain = attention_weights(q, k), attend(q, k, v)
        return *plain, attention_weights(q, k, mask=mask), slope

    weights, mixed, masked, slope = run(q)
    known = np.exp(q @ k.T / 2)
    known /= known.sum(1, keepdims=True)
    assert_allclose(weights, known, rtol=1e-12)
    assert_allclose(mixed, known @ v, rtol=1e-12)
    known = known[0] * mask[0]
    assert_allclose(masked[0], known / known.sum(), rtol=1e-12)
    assert_array_equal(masked[1], 0)
    assert np.isfinite(slope).all()
    assert_array_equal(slope[1], 0)


def test_attention_weights_of_large_scores_are_numbers():
    weights = attention_weights([[10_000, 0]], [[10_000, 0], [0, 1]])
    assert_array_equal(weights, [[1, 0]])


@pytest.mark.parametrize("kind", ["mean", "maximum"])
def test_summaries_are_of_what_is_no_padding(kind):
    items = jnp.asarray(np.random.default_rng(6).normal(size=(4, 3)) - 5)
    mask = jnp.array([True, False, True, True])
    function = {"mean": np.mean, "maximum": np.max}[kind]
    summary = jax.jit(lambda mask: summarised(items, mask, kind))
    known = function(np.asarray(items), axis=0)
    assert_allclose(summary(None), known, rtol=1e-12)
    known = function(np.asarray(items)[np.asarray(mask)], axis=0)
    assert_allclose(summary(mask), known, rtol=1e-12)
    assert_array_equal(summary(mask & False), 0)


SEEING = {
    "conv": {"inputs": [40], "channels": [2, 2], "kernel": 4, "pooling": "average"}
    | {"outputs": 1, "activation": "softplus", "hidden": []},
    "conv_residual": {"inputs": [48], "channels": [2, 2], "outputs": 1}
    | {"activation": "softplus", "normalisation": None, "blocks": 1},
    "unet": {"inputs": 1, "outputs": 1, "dimensions": 1, "channels": [2, 2, 2]}
    | {"activation": "softplus", "normalisation": None, "pooling": "average"},
}


@pytest.mark.parametrize("name", SEEING)
def test_receptive_fields_are_where_the_gradients_are(name):
    net = make_net(name, key=KEY, dtype="float64", **SEEING[name])
    fields = receptive_field(net)
    length = 96 if name == "unet" else SEEING[name]["inputs"][0]

    @jax.jit
    @jax.jacobian
    def slopes(x):
        found = layers(net, x)
        return {name: jnp.sum(found[name], axis=-1) for name in fields}

    for layer, slope in slopes(jnp.linspace(0, 1, length)).items():
        size, stride, start = fields[layer]
        spans = []
        for i, row in enumerate(np.asarray(slope)):
            first, *_, last = np.flatnonzero(row)
            assert first >= start + i * stride
            if first > 0 and last < length - 1:
                spans.append(last - first + 1)
        assert max(spans) == size


@pytest.mark.parametrize("size", [(1, 1), (5, 8), (7, 9)])
def test_a_unet_takes_images_of_any_size(size):
    net = UNet(2, 3, channels=(2, 2, 2), key=KEY)
    x = jax.ShapeDtypeStruct((*size, 2), jnp.float32)
    assert jax.eval_shape(net, x).shape == (*size, 3)


def test_feature_maps_have_channels_last():
    net = ConvNet((8, 6, 3), 2, dimensions=2, channels=(4, 5), key=KEY)
    x = jax.ShapeDtypeStruct((8, 6, 3), jnp.float32)
    found = jax.eval_shape(lambda x: layers(net, x), x)
    shapes = {name: array.shape for name, array in found.items()}
    assert shapes == {
        "conv.0": (8, 6, 4),
        "pool.0": (4, 3, 4),
        "conv.1": (4, 3, 5),
        "pool.1": (2, 1, 5),
        "hidden.0": (64,),
        "output": (2,),
    }


def test_the_columns_of_one_hot_are_a_trap_and_those_of_dummies_are_none():
    codes = np.arange(12) % 4
    ones = np.ones((12, 1))
    hot = np.hstack([ones, jax.vmap(lambda c: one_hot(c, 4))(codes)])
    safe = np.hstack([ones, jax.vmap(lambda c: dummies(c, 4, reference=1))(codes)])
    assert np.linalg.matrix_rank(hot) == hot.shape[1] - 1
    assert np.linalg.matrix_rank(safe) == safe.shape[1]
    columns = dummy_columns(["ggH", "VBF", "WH", "ttH"], reference="VBF")
    assert columns.dropped == "VBF"
    assert columns.kept == ("ggH", "WH", "ttH")
    assert_array_equal(safe[:4, 1:], [[1, 0, 0], [0, 0, 0], [0, 1, 0], [0, 0, 1]])


@pytest.mark.parametrize("code", [-1, 4, 1.5, np.nan])
def test_a_code_of_no_category_gives_zeros(code):
    assert not one_hot(code, 4).any()
    for name in ("tabular", "tabular_dummy"):
        row = sample(CASES[name])
        row[1] = code
        assert np.isfinite(net_of(name)(row)).all()
        assert_array_equal(layers(net_of(name), row)["encoding"][2:], 0)


def test_codes_are_exact_in_bfloat16():
    options = {"categories": {0: 400}, "encoding": "one_hot", "hidden": []}
    net = TabularNet(1, 1, **options, dtype="bfloat16", key=KEY)
    (place,) = np.flatnonzero(layers(net, np.array([301.0]))["encoding"])
    assert place == 301


def test_nothing_is_compiled_to_make_a_network(caplog):
    key = jax.random.key(11)
    jax.block_until_ready(key)
    with jax.log_compiles():
        MLP(28, 3, hidden=(101, 102), normalisation="layer", key=key)
        AttentionNet(5, 2, width=12, heads=3, blocks=1, key=key)
    assert "Finished XLA compilation" not in caplog.text


def test_first_weights_keep_the_size_of_signals():
    """The second moment, which He et al. keep through layers of rectifiers."""
    net = MLP(200, 200, hidden=(200,) * 6, key=KEY)
    x = np.random.default_rng(7).normal(size=200)
    found = layers(net, x)
    sizes = [np.mean(np.square(found[f"hidden.{i}"])) for i in range(6)]
    assert_allclose(sizes, 1, atol=0.5)
    (weight,) = (a for n, a in tensors(net).items() if n == "layers.0.weight")
    assert_allclose(np.var(weight), 2 / 200, rtol=0.03)
    assert np.abs(weight).max() <= np.sqrt(6 / 200)


WRONG = {
    "no network 'mpl'; did you mean `mlp`": lambda: make_net("mpl", key=KEY),
    "no option `hiden`; did you mean `hidden`": lambda: make_net(
        "mlp", inputs=1, outputs=1, hiden=[3], key=KEY
    ),
    "needs the option `outputs`": lambda: make_net("mlp", inputs=1, key=KEY),
    "no option `layers`": lambda: make_net(
        "mlp", inputs=1, outputs=1, layers=[], key=KEY
    ),
    "(inputs=...)` must be a whole number, 1 or more; got 0": lambda: MLP(
        0, 1, key=KEY
    ),
    "(outputs=...)` must be a whole number, 1 or more; got True": lambda: MLP(
        1, True, key=KEY
    ),
    "(hidden=...)` must be a list of whole numbers": lambda: MLP(
        1, 1, hidden="100", key=KEY
    ),
    "(hidden=...)` must be a whole number, 1 or more; got 2.5": lambda: MLP(
        1, 1, hidden=[2.5], key=KEY
    ),
    "(activation=...)` cannot be 'rely'; did you mean `relu`": lambda: MLP(
        1, 1, activation="rely", key=KEY
    ),
    "(dropout=...)` is a share, from 0 to below 1; got 1.0": lambda: MLP(
        1, 1, dropout=1.0, key=KEY
    ),
    "valid: `layer`, `rms`. Leave it out for none": lambda: MLP(
        1, 1, normalisation="batch", key=KEY
    ),
    "(residual=...)` must be true or false; got 1": lambda: MLP(
        1, 1, residual=1, key=KEY
    ),
    "two neighbours must have one width; `hidden` is [3, 4]": lambda: MLP(
        1, 1, hidden=(3, 4), residual=True, key=KEY
    ),
    "(dtype=...)` cannot be 'float16'": lambda: MLP(1, 1, dtype="float16", key=KEY),
    "takes a random key, as `jax.random.key(1)` makes it; got int": lambda: MLP(
        1, 1, key=3
    ),
    "got (2,) of them: map over them": lambda: MLP(1, 1, key=jax.random.split(KEY, 2)),
    "makes its own `layers` from `key`": lambda: MLP(1, 1, key=KEY, layers=()),
    "and has one axis more, the last": lambda: ConvNet(
        (8, 8, 3), 1, dimensions=1, key=KEY
    ),
    "leaves nothing of an image of [8, 3]": lambda: ConvNet((8, 3), 1, key=KEY),
    "(channels=...)` must have at least one number": lambda: ResidualConvNet(
        (8, 8), 1, channels=[], key=KEY
    ),
    "(dimensions=...)` must be 1, 2 or 3; got 4": lambda: UNet(
        1, 1, dimensions=4, key=KEY
    ),
    "(cell=...)` cannot be 'LSTM'; valid: `plain`, `gru`, `lstm`": lambda: RecurrentNet(
        1, 1, cell="LSTM", key=KEY
    ),
    "must be a multiple of `heads`": lambda: AttentionNet(
        1, 1, width=6, heads=4, key=KEY
    ),
    "by their places, as in {3: 4}; got 3": lambda: TabularNet(
        2, 1, categories=3, key=KEY
    ),
    "column 2, but the columns are 0 to 1": lambda: TabularNet(
        2, 1, categories={2: 3}, key=KEY
    ),
    "column 1, which it has named before": lambda: TabularNet(
        2, 1, categories=[[1, 3], [1, 4]], key=KEY
    ),
    "categories of column 1 must be a whole number, 2 or more": lambda: TabularNet(
        2, 1, categories={1: 1}, key=KEY
    ),
    "takes 3 numbers; got an array of shape (4,)": lambda: net_of("mlp")(np.ones(4)),
    "It takes one sample: `jax.vmap(net)`": lambda: net_of("mlp")(np.ones((9, 3))),
    "takes 3 numbers; got str": lambda: net_of("mlp")("abc"),
    "takes 3 numbers; got an array of complex128": lambda: net_of("mlp")(
        np.ones(3, complex)
    ),
    "takes an image of shape (9,); got": lambda: net_of("conv_residual")(np.ones(8)),
    "image in 1 dimensions with 1 channels; got": lambda: net_of("unet")(
        np.ones((7, 2))
    ),
    "a truth value for each item; got items of shape (5, 3)": lambda: net_of("gru")(
        (np.ones((5, 3)), np.ones(4, bool))
    ),
    "alone or as a pair (items, mask); got": lambda: net_of("gru")(np.ones((5, 2))),
    "or None, which switches dropout off; got int": lambda: keys_for(3, 0.1, 2),
    "a network that names its layers; got int": lambda: layers(3, np.ones(3)),
    "a network of convolutions; got MLP": lambda: receptive_field(net_of("mlp")),
    "`attend`: `keys` must be as long as `queries`; got (3, 2) and (2, 4)": (
        lambda: attend(np.ones((2, 4)), np.ones((3, 2)), np.ones((3, 4)))
    ),
    "`attend`: `values` must be as many as `keys`; got (2, 4) and (3, 4)": (
        lambda: attend(np.ones((2, 4)), np.ones((3, 4)), np.ones((2, 4)))
    ),
    "`attend`: `mask` must be of shape (2, 3) and of true and false": (
        lambda: attend(*[np.ones((2, 4))] + 2 * [np.ones((3, 4))], mask=np.ones((2, 3)))
    ),
    "`attention_weights`: `queries` must be vectors in rows; got (4,)": (
        lambda: attention_weights(np.ones(4), np.ones((3, 4)))
    ),
    "takes items of 3 numbers each, alone or as a pair (items, mask); got no item": (
        lambda: net_of("attention_mean")(np.ones((0, 3)))
    ),
    "`attend` takes arrays of numbers; got texts, nothing, or lists": (
        lambda: attend([[1.0, 2.0], [3.0]], np.ones((3, 4)), np.ones((3, 4)))
    ),
    "`multi_head(width=...)` must be a multiple of `heads`; got 5 for 2": (
        lambda: multi_head(5, 2, KEY, dtype=np.float32)
    ),
    "a network takes numbers; got an array of object": (
        lambda: net_of("linear")(np.array([1.0, None, 2.0]))
    ),
    "one_hot(code=...)` takes the number of one category; got list of shape (2,)": (
        lambda: one_hot([1, 0], 2)
    ),
    "dummies(code=...)` takes the number of one category; got NoneType": (
        lambda: dummies(None, 2)
    ),
    "dummy_columns(categories=...)` takes a list of names; got 'red'": (
        lambda: dummy_columns("red")
    ),
    "one_hot(categories=...)` must be a whole": lambda: one_hot(1, 0),
    "below the number of categories, 3; got 3": lambda: dummies(1, 3, reference=3),
    "two different names or more": lambda: dummy_columns(["a", "a"]),
    "none of the categories: 'c'; valid: `a`, `b`": lambda: dummy_columns(
        ["a", "b"], reference="c"
    ),
}


@pytest.mark.parametrize("words", WRONG)
def test_wrong_inputs_are_told_in_words(words):
    with pytest.raises(LikelyError, match=re.escape(words)):
        WRONG[words]()


def test_the_options_of_every_network_can_be_listed():
    for net in NETS:
        options = net_options(net)
        assert options.keys() >= {"inputs", "outputs", "dtype"}
        assert not options.keys() & {"key", "layers", "last", "head"}
    assert net_options("mlp") == {
        "inputs": True,
        "outputs": True,
        "hidden": False,
        "activation": False,
        "dropout": False,
        "normalisation": False,
        "residual": False,
        "dtype": False,
    }


def header(**changes):
    described = {"format": "likely-net-1", "members": None}
    described |= specification(net_of("linear")) | changes
    return {"likely": json.dumps(described)}


RIGHT = {"layers.0.weight": np.ones((2, 3), "f4"), "layers.0.bias": np.ones(2, "f4")}
DAMAGED = {
    "lack the tensor `layers.0.bias`": (
        {"layers.0.weight": RIGHT["layers.0.weight"]},
        header(),
    ),
    "have a tensor `more`, the network has none": (
        RIGHT | {"more": np.ones(2)},
        header(),
    ),
    "is of shape (2,) and float32; the weights have (3,)": (
        RIGHT | {"layers.0.bias": np.ones(3, "f4")},
        header(),
    ),
    "the weights have (2,) and float64": (
        RIGHT | {"layers.0.bias": np.ones(2)},
        header(),
    ),
    "is not a network of format likely-net-1": (RIGHT, {"by": "another"}),
    "format likely-net-1": (RIGHT, header(format="likely-net-9")),
    "there is no network 'mpl'": (RIGHT, header(net="mpl")),
    "has no option `depth`": (RIGHT, header(options={"depth": 3})),
    "options of a network are a table": (RIGHT, header(options=[1])),
    "cannot be read as safetensors": (RIGHT, {"likely": "{"}),
}


@pytest.mark.parametrize("words", DAMAGED)
def test_files_that_are_no_networks_are_told_in_words(words, tmp_path):
    weights, metadata = DAMAGED[words]
    file = tmp_path / "net.safetensors"
    safetensors.numpy.save_file(weights, file, metadata)
    with pytest.raises(LikelyError, match=re.escape(words)):
        load_net(file)


def test_what_is_no_file_of_tensors_is_told_in_words(tmp_path):
    with pytest.raises(LikelyError, match="cannot be read as safetensors"):
        load_net(tmp_path / "missing.safetensors")
    (tmp_path / "net.safetensors").write_text("not tensors")
    with pytest.raises(LikelyError, match="cannot be read as safetensors"):
        load_net(tmp_path / "net.safetensors")


def test_other_networks_are_not_saved(tmp_path):
    class Other(AbstractNet):
        def __call__(self, x, *, key=None):
            return x

    with pytest.raises(LikelyError, match="`Other` is none of the networks"):
        save_net(Other(), tmp_path / "net.safetensors")
