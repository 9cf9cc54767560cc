"""Exported models give what the models give, by onnxruntime and by onnx's evaluator."""

import json
import sys
from typing import Any, NamedTuple

import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np
import onnx
import onnxruntime
import pytest
from jax import lax
from net_cases import CASES, SEQUENCES
from onnx.reference import ReferenceEvaluator

import likely as lk
from likely.cli.main import main
from likely.core import LikelyError
from likely.data import Dataset, Features, Images, Labels
from likely.export import (
    export_onnx,
    export_predictor,
    export_stablehlo,
    load_stablehlo,
    raw_function,
)
from likely.export.translation import RULES
from likely.fit import Ensemble
from likely.methods import Predictor, Target, save_predictor
from likely.nets import make_net
from likely.studies import export

losses = lk.losses
F32 = np.float32


def by_reference(file, inputs):
    with np.errstate(all="ignore"):
        found = ReferenceEvaluator(onnx.load(file)).run(None, inputs)
    return found[0] if len(found) == 1 else found


def by_onnxruntime(file, inputs):
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = 1
    session = onnxruntime.InferenceSession(str(file), options)
    found = session.run(None, inputs)
    return found[0] if len(found) == 1 else found


RUNTIMES = {"reference": by_reference, "onnxruntime": by_onnxruntime}


@pytest.fixture(params=RUNTIMES)
def runtime(request):
    return RUNTIMES[request.param]


@pytest.fixture
def file(tmp_path):
    return tmp_path / "model.onnx"


def shape(*sizes, dtype=F32):
    return jax.ShapeDtypeStruct(sizes, dtype)


# --- functions ------------------------------------------------------------------------


def uniform(*sizes, low=0.1, high=0.9, seed=0):
    return np.random.default_rng(seed).uniform(low, high, sizes).astype(F32)


WEIGHTS = uniform(4, 5, seed=1)
IMAGES = uniform(2, 3, 3, seed=2)
THREE = uniform(2, 4, 5, seed=3)


@jax.custom_vjp
def _twice(x):
    return 2 * x


_twice.defvjp(lambda x: (_twice(x), None), lambda _, slope: (2 * slope,))


def convolved(x, **options):
    return lax.conv_general_dilated(
        x[None, None], IMAGES[:, None], (1, 1), "SAME", **options
    )


def channels_last(x):
    names = ("NHWC", "HWIO", "NHWC")
    kernel = jnp.transpose(IMAGES[:, None], (2, 3, 1, 0))
    return lax.conv_general_dilated(
        x[None, :, :, None], kernel, (2, 1), [(0, 1), (2, 0)], dimension_numbers=names
    )


def backwards(x):
    def step(state, row):
        return state + row, (state * row, jnp.sum(row))

    return lax.scan(step, jnp.zeros(4, F32), x, reverse=True)


def nested(x):
    def inner(state, number):
        return jnp.tanh(state + number), None

    def outer(state, row):
        return lax.scan(inner, state, row)[0], None

    return lax.scan(outer, x[0, 0], x)[0]


# Functions of an array of shape (3, 4), numbers from 0.1 to 0.9.
FUNCTIONS: dict[str, Any] = {
    "arithmetic": lambda x: (x + 1) * x - x / (x + 2) - 3 / x,
    "scalar with array": lambda x: x[0, 0] * x + x[1, 2],
    "row with array": lambda x: x[:1] - x,
    "extremes": lambda x: jnp.maximum(x, 0.5) + jnp.minimum(0.5, x[::-1]),
    "extremes of two": lambda x: jnp.maximum(x, x[::-1]),
    "relu": lambda x: jax.nn.relu(x - 0.5),
    "whole extremes": lambda x: jnp.maximum((9 * x).astype(jnp.int32) - 4, 0),
    "sines": lambda x: jnp.sin(x) + jnp.cos(x) * jnp.tan(x),
    "arcs": lambda x: jnp.arcsin(x) + jnp.arccos(x) * jnp.arctan(x),
    "hyperbolic": lambda x: jnp.sinh(x) + jnp.cosh(x) * jnp.tanh(x),
    "areas": lambda x: jnp.arcsinh(x) + jnp.arccosh(1 + x) * jnp.arctanh(x),
    "logarithms": lambda x: jnp.log(x) + jnp.log1p(x) + jnp.exp(x) * jnp.expm1(x),
    "powers": lambda x: x**2 + x**3 + x**-2 + x**0.3 + jnp.square(x) + jnp.exp2(x),
    "roots": lambda x: jnp.sqrt(x) + lax.rsqrt(x),
    "errors": lambda x: lax.erf(x) + lax.erfc(x) * jax.nn.sigmoid(x),
    "signs": lambda x: jnp.abs(x - 0.5) + jnp.sign(x - 0.5),
    "rounding": lambda x: jnp.floor(9 * x) + jnp.ceil(9 * x) + jnp.round(9 * x),
    "rounding up": lambda x: lax.round(jnp.round(4 * x) / 2 - 1),
    "remainder": lambda x: lax.rem(9 * x - 4, jnp.full_like(x, 0.7)) + -9 * x % 2,
    "comparisons": lambda x: (x < 0.5, x <= 0.5, x > 0.5, x >= 0.5, x[0] == x[0, 0]),
    "conditions": lambda x: ((x < 0.6) & (x > 0.3)) | ~(x < 0.2) ^ (x != 0.4),
    "choice of two": lambda x: jnp.where(x < 0.5, -x, 2.0),
    "choice of a condition": lambda x: jnp.where(x < 0.5, x > 0.2, x < 0.9),
    "choice by a number": lambda x: lax.select_n((x < 0.5).astype(jnp.int32), -x, x),
    "choice by a scalar": lambda x: lax.select(x[0, 0] < 0.5, x, x[::-1]),
    "clamp": lambda x: lax.clamp(jnp.asarray(0.3, F32), x, jnp.asarray(0.6, F32)),
    "finite": lambda x: (
        jnp.isfinite(jnp.where(x < 0.3, jnp.nan, 1 / jnp.floor(2 * x)))
        | jnp.isnan(jnp.where(x < 0.4, jnp.nan, x))
    ),
    "types": lambda x: (9 * x).astype(jnp.int32) // 2 + x.astype(jnp.float64),
    "activations": lambda x: jax.nn.elu(x - 0.5) + jax.nn.softplus(x) + jax.nn.silu(x),
    "copies": lambda x: lax.stop_gradient(x).copy() + jax.checkpoint(jnp.sin)(x),
    "own derivative": lambda x: _twice(x) + jax.grad(lambda y: (y * y).sum())(x),
    "shapes": lambda x: x.reshape(2, 6)[:, None].squeeze(1).T,
    "wider": lambda x: jnp.broadcast_to(x[:, None, :1], (3, 2, 4)),
    "slices": lambda x: (x[1:, ::2], x[::-1, 1], lax.dynamic_slice(x, (1, 9), (2, 3))),
    "parts": lambda x: jnp.split(x, [1, 3], axis=1),
    "together": lambda x: jnp.concatenate([x, jnp.ones((1, 4), F32), 2 * x]),
    "stack": lambda x: jnp.stack([x, jnp.zeros((3, 4), F32)], axis=1),
    "tiles": lambda x: jnp.tile(x, (2, 3)),
    "padding": lambda x: jnp.pad(x, ((1, 0), (0, 2)), constant_values=7),
    "looked up": lambda x: x[:, jnp.array([3, 0, 3])] + x[jnp.array([2, 1, 0])][:, :3],
    "looked up by value": lambda x: jnp.asarray(WEIGHTS)[(3 * x[0]).astype(int)],
    "a column by value": lambda x: jnp.take(
        WEIGHTS[:, 1], (9 * x).astype(int), mode="clip"
    ),
    "its own by value": lambda x: jnp.take(x[0], (9 * x).astype(int) - 3, mode="clip"),
    "tables by value": lambda x: jax.vmap(lambda row, y: row[(3 * y).astype(int)])(
        jnp.asarray(WEIGHTS[:3]), x
    ),
    "sums": lambda x: (x.sum(0), x.mean(), x.max(1), x.min((0, 1)), x.prod(0)),
    "no sum": lambda x: lax.reduce_sum(x, axes=()),
    "all and any": lambda x: (jnp.all(x > 0.3, axis=0), jnp.any(x > 0.7, axis=1)),
    "places": lambda x: (jnp.argmax(x, axis=0), jnp.argmin(x, axis=1)),
    "running sums": lambda x: jnp.cumsum(x, axis=1) + lax.cumsum(x, 0, reverse=True),
    "softmax": lambda x: jax.nn.softmax(x) + jax.nn.logsumexp(x, axis=1)[:, None],
    "matrix behind": lambda x: x @ WEIGHTS,
    "matrix before": lambda x: WEIGHTS.T @ x.T,
    "vectors": lambda x: x[0] @ WEIGHTS[:, 0] + WEIGHTS[:, 1] @ x[1],
    "all summed": lambda x: jnp.einsum("ij,ij->", x, WEIGHTS[:3, :4]),
    "all summed but one": lambda x: jnp.einsum("ij,kij->k", x, THREE[:, :3, :4]),
    "outer product": lambda x: jnp.einsum("ij,k->ikj", x, WEIGHTS[0]),
    "weights of members": lambda x: jnp.einsum("mi,mij->mj", x[:2], THREE),
    "weights of members and rows": lambda x: jnp.einsum(
        "amr,mrk->amk", x.reshape(3, 2, 2), THREE[:, :2]
    ),
    "rows behind weights": lambda x: jnp.einsum(
        "mrk,mra->mka", THREE[:, :3], jnp.stack([x, -x])
    ),
    "two of the event": lambda x: x @ x.T,
    "batches of the event": lambda x: jnp.einsum("ij,ik->ijk", x, x[:, ::-1]),
    "summed batches": lambda x: jnp.einsum(
        "abc,cba->b", x.reshape(3, 2, 2), x.T.reshape(2, 2, 3)
    ),
    "convolution": convolved,
    "dilated convolution": lambda x: convolved(x, rhs_dilation=(1, 2)),
    "channels behind": channels_last,
    "groups": lambda x: lax.conv_general_dilated(
        x.reshape(1, 2, 6), THREE[:, :1, :3], (1,), "VALID", feature_group_count=2
    ),
    "backwards": backwards,
    "loop in a loop": nested,
    "loop over nothing": lambda x: lax.fori_loop(0, 3, lambda i, y: y * x + i, x),
    "loop over constants": lambda x: lax.scan(
        lambda state, w: (state + w, state * x[0, 0]), jnp.zeros(5, F32), WEIGHTS
    ),
    "branches": lambda x: lax.switch(
        (4 * x[0, 0]).astype(int), [jnp.sin, lambda y: 1 + 0 * y, jnp.exp], x
    ),
    "known branch": lambda x: lax.cond(jnp.sum(WEIGHTS) > 0, jnp.sin, jnp.cos, x),
    "constant": lambda x: (jnp.arange(3) * 2.0, x),
}


@pytest.mark.parametrize("name", FUNCTIONS)
def test_operations(name, file):
    """Both evaluators agree with JAX, for a batch of another length than the first."""
    function = FUNCTIONS[name]
    x = uniform(6, 3, 4)
    export_onnx(
        lambda x: dict(enumerate(jax.tree.leaves(function(x)))), shape(3, 4), file
    )
    onnx.checker.check_model(onnx.load(file), full_check=True)
    truth = jax.tree.leaves(jax.jit(jax.vmap(function))(x))
    for run in RUNTIMES.values():
        found = run(file, {"inputs": x})
        found = found if isinstance(found, list) else [found]
        for one, other in zip(found, truth, strict=True):
            assert one.dtype == other.dtype
            np.testing.assert_allclose(one, other, rtol=3e-6, atol=3e-6)


def primitives(program):
    for equation in program.eqns:
        yield equation.primitive.name
        for value in jax.tree.leaves(
            list(equation.params.values()), is_leaf=lambda v: hasattr(v, "eqns")
        ):
            inner = getattr(value, "jaxpr", value)
            if hasattr(inner, "eqns"):
                yield from primitives(inner)


def test_every_rule_has_a_case():
    used = set()
    for function in FUNCTIONS.values():
        used |= set(primitives(jax.make_jaxpr(function)(shape(3, 4)).jaxpr))
    assert set(RULES) <= used


# --- networks -------------------------------------------------------------------------


@pytest.mark.parametrize("name", CASES)
def test_networks(name, file):
    """Every network of `lk.nets` is exported, with a mask where it takes one."""
    case = CASES[name]
    net = make_net(case.net, key=jax.random.key(1), **case.options)
    x = uniform(7, *case.shape, low=-2, high=2)
    if name.startswith("tabular"):
        x[:, 1] = [0, 1, 2, 3, 9, -1, 1]
    inputs = {"inputs": x}
    if name in SEQUENCES:
        real = uniform(7, 5) < 0.6
        real[0] = False
        inputs = {"items": x, "real": real}

    def one(given):
        return net(
            given["inputs"] if "inputs" in given else (given["items"], given["real"])
        )

    example = {key: shape(*a.shape[1:], dtype=a.dtype) for key, a in inputs.items()}
    export_onnx(one, example, file)
    onnx.checker.check_model(onnx.load(file), full_check=True)
    truth = jax.jit(jax.vmap(one))(inputs)
    for run in RUNTIMES.values():
        found = run(file, inputs)
        assert found.shape == (7, *case.output)
        np.testing.assert_allclose(found, truth, rtol=1e-5, atol=1e-6)


def test_16_bits_are_written_in_32(file):
    net = make_net(
        "mlp", inputs=4, outputs=2, hidden=[8], dtype="bfloat16", key=jax.random.key(1)
    )
    x = uniform(5, 4)
    export_onnx(net, x[0], file)
    kinds = {a.data_type for a in onnx.load(file).graph.initializer}
    assert kinds <= {onnx.TensorProto.FLOAT, onnx.TensorProto.INT64}
    found, truth = by_reference(file, {"inputs": x}), jax.vmap(net)(x)
    assert found.dtype == F32
    np.testing.assert_allclose(found, truth, atol=0.03)
    assert np.any(found != np.asarray(truth))


def test_inputs_of_a_tuple_and_what_nobody_needs(file):
    """Names are places; an operation without a rule is no matter where it is unused."""

    def function(pair):
        jnp.sort(pair[0])
        return {"sum": pair[0] + 1.0, "both": jnp.sum(pair[0]) * pair[1]}

    x, y = uniform(3, 4), uniform(3)
    export_onnx(function, (x[0], y[0]), file)
    model = onnx.load(file)
    assert [i.name for i in model.graph.input] == ["inputs.0", "inputs.1"]
    assert [o.name for o in model.graph.output] == ["both", "sum"]
    assert {node.op_type for node in model.graph.node} == {
        *("Add", "ReduceSum", "Mul", "Identity")
    }
    both, total = by_reference(file, {"inputs.0": x, "inputs.1": y})
    np.testing.assert_allclose(both, x.sum(1) * y, rtol=1e-6)
    np.testing.assert_allclose(total, x + 1)


# --- predictors -----------------------------------------------------------------------


def events(n=10_000):
    """Return columns with an offset, with missing numbers, and of few values."""
    rng = np.random.default_rng(5)
    columns = {
        "a": rng.normal(1e5, 1, n),
        "b": rng.normal(0, 3, n),
        "c": rng.exponential(50, n),
        "charge": rng.choice([-1.0, 1.0], n),
        "kind": rng.choice([0.1, 11, 13, 22], n),
    }
    columns["c"][rng.random(n) < 0.1] = np.nan
    columns["charge"][:50] = np.nan
    columns = {name: column.astype(F32) for name, column in columns.items()}
    return Dataset.of(columns, units={"a": "GeV"})


@pytest.fixture(scope="module")
def data():
    return events()


@pytest.fixture(scope="module")
def features(data):
    names = ["a", "b", "c"]
    return Features.of(data, names, categorical=["charge", "kind"], missing="mask")


def matrix(data, features, dtype=F32):
    return np.stack([data[n] for n in features.columns], axis=1).astype(dtype)


def network(features, outputs, members=0, **options):
    def make(key):
        return make_net(
            "mlp",
            **{"inputs": features.size, "outputs": outputs, "hidden": [20, 20]},
            **options,
            key=key,
        )

    key = jax.random.key(3)
    return Ensemble.of(make, members, key=key) if members else make(key)


class Model(NamedTuple):
    loss: Any
    target: Any
    outputs: int
    members: int
    names: tuple[str, ...]


CLASSES, TWO = Labels.of("y", ["s", "t", "u"]), Labels.of("y", ["no", "yes"])
TARGET = Target("t", 91.2, 2.5, "GeV")
MODELS = {
    "classes": Model(losses.Categorical(), CLASSES, 3, 3, ("p_s", "p_t", "p_u")),
    "one output for two": Model(losses.Bernoulli(), TWO, 1, 0, ("p_no", "p_yes")),
    "learned width": Model(losses.Gaussian(), TARGET, 2, 0, ("t_predicted", "t_sigma")),
    "ensemble of widths": Model(
        losses.Gaussian(), TARGET, 2, 3, ("t_predicted", "t_sigma")
    ),
    "known width": Model(losses.Gaussian(sigma=1.0), TARGET, 1, 0, ("t_predicted",)),
    "quantiles": Model(losses.Quantile((0.2, 0.5)), TARGET, 2, 0, ("t_q0.2", "t_q0.5")),
    "counts": Model(losses.Poisson(), Target("t"), 1, 0, ("t_predicted",)),
}


def predictor_of(name, features, **options):
    model = MODELS[name]
    net = network(features, model.outputs, model.members, **options)
    return Predictor(features, net, model.loss, model.target)


@pytest.mark.parametrize("name", MODELS)
def test_predictors(name, data, features, file):
    """10,000 events: to 1e-5 of the scale of the target, or of a probability."""
    predictor = predictor_of(name, features)
    done = export_predictor(predictor, file)
    truth = predictor(data)
    assert done.columns == features.columns
    assert done.predictions == MODELS[name].names == tuple(predictor.columns(data))
    scale = max(1.0, np.abs(truth).max(initial=0.0, where=np.abs(truth) < 1e3))
    for run in RUNTIMES.values():
        found = run(file, {"inputs": matrix(data, features)})
        assert found.shape == truth.shape
        np.testing.assert_allclose(found, truth, rtol=1e-5, atol=1e-5 * scale)
    if not MODELS[name].members:
        return
    export_predictor(predictor, file.with_suffix(".stablehlo"), to="stablehlo")
    call = load_stablehlo(file.with_suffix(".stablehlo"))
    found = call(matrix(data, features))
    np.testing.assert_allclose(found, truth, rtol=1e-5, atol=1e-5 * scale)


def test_the_file_says_what_it_is(features, file):
    about = {"title": "A title"}
    export_predictor(predictor_of("classes", features), file, about=about)
    model = onnx.load(file)
    assert model.ir_version == 10
    assert [(v.domain, v.version) for v in model.opset_import] == [("", 18)]
    assert [v.name for v in model.graph.input] == ["inputs"]
    assert [v.name for v in model.graph.output] == ["predictions"]
    axes = model.graph.input[0].type.tensor_type.shape.dim
    assert (axes[0].dim_param, axes[1].dim_value) == ("events", 5)
    told = {p.key: json.loads(p.value) for p in model.metadata_props}
    assert told.pop("likely")
    assert told == {
        "columns": ["a", "b", "c", "charge", "kind"],
        "units": {"a": "GeV"},
        "predictions": ["p_s", "p_t", "p_u"],
        "classes": ["s", "t", "u"],
        "title": "A title",
    }
    export_predictor(
        predictor_of("known width", features), file, to="stablehlo", about=about
    )
    told = json.loads((file.parent / "model.onnx.json").read_text())
    assert (told["target"], told["target_unit"]) == ("t", "GeV")
    assert told["title"] == "A title"


def test_one_input_a_column(data, features, file, runtime):
    predictor = predictor_of("classes", features)
    export_predictor(predictor, file, columns=True)
    inputs = {name: data[name].astype(F32) for name in features.columns}
    assert [i.name for i in onnx.load(file).graph.input] == sorted(inputs)
    np.testing.assert_allclose(runtime(file, inputs), predictor(data), atol=1e-5)


def test_any_number_of_events(data, features, file, runtime):
    predictor = predictor_of("classes", features)
    export_predictor(predictor, file)
    rows = matrix(data, features)
    truth = predictor(data)
    for count in (0, 1, 3):
        found = runtime(file, {"inputs": rows[:count]})
        assert found.shape == (count, 3)
        np.testing.assert_allclose(found, truth[:count], atol=1e-5)


REFUSED = {
    "missing": ("a", np.nan),
    "infinite": ("b", np.inf),
    "minus infinity": ("b", -np.inf),
    "unknown category": ("kind", 12.0),
    "too far": ("b", 3e38),
}


def test_images(file, runtime):
    images = Images("pixels", (8, 8), centre=100.0, scale=50.0)
    net = make_net("conv", inputs=[8, 8], outputs=3, key=jax.random.key(2))
    predictor = Predictor(images, net, losses.Categorical(), CLASSES)
    assert export_predictor(predictor, file).columns == ("pixels",)
    pixels = uniform(5, 8, 8, low=0, high=255)
    truth = jax.nn.softmax(jax.vmap(net)((pixels - 100) / 50))
    pixels[4, 3, 3] = np.inf
    found = runtime(file, {"inputs": pixels})
    np.testing.assert_allclose(found[:4], truth[:4], atol=1e-5)
    assert np.isnan(found[4]).all()
    export_predictor(predictor, file, columns=True)
    np.testing.assert_array_equal(runtime(file, {"pixels": pixels}), found)


@pytest.mark.parametrize("encoding", ["one_hot", "dummy"])
def test_what_a_predictor_refuses_is_nan(data, file, runtime, encoding):
    known = {n: data[n] for n in ("a", "b", "kind")}
    tiny = Dataset.of({**known, "b": known["b"] * F32(1e-3)})
    features = Features.of(tiny, ["a", "b"], categorical=["kind"], encoding=encoding)
    predictor = predictor_of("classes", features)
    export_predictor(predictor, file)
    rows = matrix(tiny, features)[: len(REFUSED) + 2]
    for row, (column, value) in zip(rows, REFUSED.values(), strict=False):
        row[features.columns.index(column)] = value
        bad = Dataset.of({n: row[i : i + 1] for i, n in enumerate(features.columns)})
        with pytest.raises(LikelyError, match=f"`{column}`"):
            predictor(bad)
    found = runtime(file, {"inputs": rows})
    assert np.isnan(found[: len(REFUSED)]).all()
    good = Dataset.of({n: rows[-2:, i] for i, n in enumerate(features.columns)})
    np.testing.assert_allclose(found[-2:], predictor(good), atol=1e-5)


def test_an_offset_costs_no_digits():
    """A mean of 1e5 in one float32 would be off by 1e-3 of the spread."""
    x = np.random.default_rng(0).normal(1e5, 1, 1000).astype(F32)
    data = Dataset.of({"x": x})
    features = Features.of(data, ["x"])
    net = make_net("linear", inputs=1, outputs=1, key=jax.random.key(0))
    one = np.ones((1, 1), F32)
    net = eqx.tree_at(lambda n: n.layers[0].weight, net, jnp.asarray(one))
    predictor = Predictor(features, net, losses.SquaredError(), Target("t"))
    truth = (x.astype(float) - features.centre[0]) / features.scale[0]
    found = jax.vmap(raw_function(predictor))(x[:, None])
    np.testing.assert_allclose(found, truth, atol=3e-7)
    assert np.abs(features.encode(x[:, None])[:, 0] - truth).max() > 1e-4


def test_double_holds_what_float32_cannot(file, runtime):
    x = np.random.default_rng(0).normal(1e9, 1, 1000)
    data = Dataset.of({"time": x})
    features = Features.of(data, ["time"])
    net = network(features, 1)
    target = Target("t", 1e9, 1.0)
    predictor = Predictor(features, net, losses.SquaredError(), target)
    done = export_predictor(predictor, file, dtype="float64")
    assert not done.notes
    found = runtime(file, {"inputs": x[:, None]})
    np.testing.assert_allclose(found - 1e9, predictor(data) - 1e9, atol=1e-5)
    (note,) = export_predictor(predictor, file).notes
    assert "columns `time`, `t` can be off by 6e+01 of the spread" in note


# --- StableHLO ------------------------------------------------------------------------


def test_stablehlo_of_any_function(tmp_path):
    """What has no rule in ONNX is written; JAX alone reads it."""
    file = tmp_path / "sorted.stablehlo"
    export_stablehlo(
        lambda t: (jnp.sort(t["x"]), t["y"]), {"x": shape(4), "y": 1.0}, file
    )
    inputs = {"x": uniform(3, 4), "y": np.arange(3.0)}
    found = jax.export.deserialize(bytearray(file.read_bytes())).call(inputs)
    np.testing.assert_array_equal(found[0], np.sort(inputs["x"]))
    np.testing.assert_array_equal(load_stablehlo(file)(inputs)[1], inputs["y"])
    with pytest.raises(
        LikelyError, match=r"takes float32\[events,4\], float64\[events\]"
    ):
        load_stablehlo(file)({"x": inputs["x"]})


def test_files_that_are_no_stablehlo(tmp_path):
    with pytest.raises(LikelyError, match="cannot be read: No such file"):
        load_stablehlo(tmp_path / "none.stablehlo")
    (tmp_path / "bad.stablehlo").write_bytes(b"not a program" * 9)
    with pytest.raises(LikelyError, match="is no function that `export_stablehlo`"):
        load_stablehlo(tmp_path / "bad.stablehlo")


# --- the command ----------------------------------------------------------------------


@pytest.fixture(scope="module")
def folder(tmp_path_factory, features):
    folder = tmp_path_factory.mktemp("run")
    beside = {"title": "Decays", "define": {"b": "x - y"}, "select": "x > 0"}
    save_predictor(predictor_of("classes", features), folder, beside=beside)
    return folder


def test_command(folder, capsys, data, features):
    assert main(["export", str(folder)]) == 0
    lines = capsys.readouterr().out.splitlines()
    assert lines[0] == "takes: a, b, c, charge, kind"
    assert lines[1] == "gives: p_s, p_t, p_u"
    assert "column `a` can be off by 0.006 of the spread" in lines[2]
    assert lines[3] == "note: `b` is to be given as the study defines it: x - y"
    assert lines[4] == "note: the study has trained with events that pass `x > 0`."
    assert lines[5].startswith(f"written: {folder / 'model.onnx'} (")
    told = onnx.load(folder / "model.onnx").metadata_props
    assert {p.key: json.loads(p.value) for p in told}["title"] == "Decays"
    rows = matrix(data, features)[:100]
    found = by_reference(folder / "model.onnx", {"inputs": rows})
    truth = predictor_of("classes", features)(data)[:100]
    np.testing.assert_allclose(found, truth, atol=1e-5)
    words = ["--to", "stablehlo", "--double", "--columns"]
    assert main(["export", str(folder), *words]) == 0
    assert "can be off" not in capsys.readouterr().out
    call = load_stablehlo(folder / "model.stablehlo")
    columns = {n: data[n][:100].astype(float) for n in features.columns}
    np.testing.assert_allclose(call(columns), truth, atol=1e-5)


WRONG = {
    "format": (["--to", "onxx"], "`to` is no `onxx`: did you mean `onnx`?"),
    "no folder for it": (["--out", "nowhere/m.onnx"], "there is no folder `nowhere`"),
    "a file for a folder": (["--out", "file/m.onnx"], "there is no folder `file`"),
}


@pytest.mark.parametrize("name", WRONG)
def test_wrong_commands(name, folder, capsys, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "file").touch()
    words, sentence = WRONG[name]
    assert main(["export", str(folder), *words]) == 2
    assert sentence in capsys.readouterr().err


def test_a_folder_without_a_model(capsys, tmp_path):
    assert main(["export", str(tmp_path)]) == 2
    assert "cannot be read as a trained model" in capsys.readouterr().err


def test_without_the_extra(folder, capsys, monkeypatch):
    monkeypatch.setitem(sys.modules, "onnx", None)
    assert main(["export", str(folder)]) == 2
    assert "pip install 'likely[onnx]'" in capsys.readouterr().err
    assert main(["export", str(folder), "--to", "stablehlo"]) == 0


# --- what cannot be exported ----------------------------------------------------------


def random_by_event(x):
    keys = [jax.random.key(i) for i in range(2)]
    return jax.random.uniform(lax.select(x[0, 0] > 0.5, *keys))


UNWRITABLE: dict[str, Any] = {
    "no rule": (jnp.sort, "uses `sort`, for which there is no rule of ONNX"),
    "untraceable": (lambda x: float(x[0, 0]), "ConcretizationTypeError"),
    "its own error": (lambda x: x.nonsense, "AttributeError"),
    "random keys": (random_by_event, "random numbers for instance"),
    "three choices": (
        lambda x: lax.select_n((3 * x).astype(jnp.int32), x, x, x),
        "selects among 3 values",
    ),
    "bits": (lambda x: x.astype(jnp.int32) & 1, "takes `and` of the bits"),
    "a place by value": (
        lambda x: x[(2 * x[0, 0]).astype(int)],
        "at a place that depends on the event",
    ),
    "a table by value, or nothing": (
        lambda x: jnp.take(WEIGHTS[0], (9 * x[0]).astype(int), mode="fill"),
        "or nan where there are none, at a place that depends on the event",
    ),
    "a part of a table by value": (
        lambda x: jnp.asarray(WEIGHTS)[(2 * x[0]).astype(int), 2:4],
        "at a place that depends on the event",
    ),
    "two places": (
        lambda x: x[jnp.array([0, 1]), jnp.array([1, 2])],
        "looks numbers up in a way",
    ),
    "numbers between": (
        lambda x: lax.pad(x, jnp.asarray(0, F32), [(0, 0, 1), (0, 0, 0)]),
        "puts numbers between those of an array",
    ),
    "kernel of the event": (
        lambda x: lax.conv_general_dilated(
            x[None, None], x[None, None], (1, 1), "SAME"
        ),
        "kernel that depends on the event",
    ),
    "transposed convolution": (
        lambda x: convolved(x, lhs_dilation=(2, 1)),
        "transposed convolution",
    ),
    "names": (lambda x: {"inputs": x}, "`inputs` is an input and an output"),
}


@pytest.mark.parametrize("name", UNWRITABLE)
def test_functions_that_cannot_be_written(name, file):
    function, sentence = UNWRITABLE[name]
    with pytest.raises(LikelyError, match=sentence):
        export_onnx(function, shape(3, 4), file)
    assert not file.exists()


@pytest.mark.parametrize(("example", "got"), [("text", "got str"), ({}, "has none")])
def test_examples(example, got, file):
    for write in (export_onnx, export_stablehlo):
        with pytest.raises(LikelyError, match=f"`example` must.*{got}"):
            write(lambda x: x, example, file)


def test_weights_beyond_the_format(file, monkeypatch):
    monkeypatch.setattr("likely.export.onnx_file._MOST_BYTES", 50)
    with pytest.raises(LikelyError, match="less than 2 GiB"):
        export_onnx(lambda x: x @ WEIGHTS, shape(3, 4), file)


def test_a_network_of_ones_own(data, features, tmp_path):
    class Sorting(eqx.Module):
        def __call__(self, x, *, key=None):
            return jnp.sort(x)[:3]

    predictor = Predictor(features, Sorting(), losses.Categorical(), CLASSES)
    with pytest.raises(LikelyError, match="`sort`"):
        export_predictor(predictor, tmp_path / "model.onnx")
    export_predictor(predictor, tmp_path / "model.stablehlo", to="stablehlo")
    found = load_stablehlo(tmp_path / "model.stablehlo")(matrix(data, features))
    np.testing.assert_allclose(found, predictor(data), atol=1e-5)


@pytest.mark.parametrize(
    ("changed", "sentence"),
    [
        ({"dtype": "float16"}, "`dtype` is no `float16`"),
        ({"to": "tensorflow"}, "`to` is no `tensorflow`"),
    ],
)
def test_arguments(changed, sentence, features, file):
    with pytest.raises(LikelyError, match=sentence):
        export_predictor(predictor_of("classes", features), file, **changed)


def test_columns_out_of_the_range_of_float32(file):
    rng = np.random.default_rng(0)
    codes = 1000010020.0 + np.arange(2)
    for column, categorical in (
        (rng.normal(0, 1e-40, 100), ()),
        (rng.choice(codes, 100), ["x"]),
    ):
        data = Dataset.of({"x": column})
        numeric = [] if categorical else ["x"]
        features = Features.of(data, numeric, categorical=categorical)
        net = network(features, 3)
        predictor = Predictor(features, net, losses.Categorical(), CLASSES)
        with pytest.raises(LikelyError, match=r"column `x` .*export in float64"):
            export_predictor(predictor, file)
        export_predictor(predictor, file, dtype="float64")
        found = by_reference(file, {"inputs": column[:, None]})
        np.testing.assert_allclose(found, predictor(data), atol=1e-5)


def test_a_file_of_ones_own(folder, tmp_path):
    for out, file in (("own.onnx", "own.onnx"), (".", "model.onnx")):
        done = export(folder, tmp_path / out)
        assert done.file == tmp_path / file
        assert done.file.exists()
