"""Derivatives step by step: each row of a trace, both sweeps, and what they cost."""

import ast

import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np
import pytest
from hypothesis import given, settings, strategies as st
from jax.experimental.ode import odeint

import likely as lk
from likely.fit.derivatives.program import read_program


def y(x0, x1):
    return 2 * x0 + x0 * jnp.sin(x1) + x1**3


@pytest.fixture(scope="module")
def example():
    return lk.evaluation_trace(y, 1.0, 2.0)


@jax.custom_vjp
def five(x):
    """A square whose own reverse rule says that its slope is five."""
    return x**2


five.defvjp(lambda x: (x**2, None), lambda _, adjoint: (5.0 * adjoint,))

MATRIX = np.array([[2.0, 0.3], [0.1, 1.0]])
KEY = jax.random.key(0)
MLP = eqx.nn.MLP(2, "scalar", 3, 1, activation=jnp.tanh, key=KEY)


def doubled(x):
    return jax.lax.while_loop(lambda v: v < 10, lambda v: 2 * v, x)


def mixed(p, n):
    w = jnp.where(p["w"] > 0, jax.nn.relu(p["w"]), 0.0)
    total = jax.lax.cond(w.sum() > 0, jnp.sum, jnp.prod, w)
    carry, _ = jax.lax.scan(lambda c, x: (c * x, c), 1.0, w)
    return jnp.linalg.norm(w) * n + total + carry + jnp.sort(w)[n] + w @ w * p["b"]


# name: function, arguments; compared with JAX's own gradient of the whole function.
CASES = {
    "the example": (y, (1.0, 2.0)),
    "compiled": (jax.jit(y), (0.3, -1.2)),
    "pytree and integer": (mixed, ({"w": np.array([1.0, 2.0, 0.5]), "b": 0.7}, 2)),
    "list of arguments": (lambda *x: x[0] * jnp.exp(x[1]) / x[2], (1.0, 2.0, 3.0)),
    "not used": (lambda x, z: x**2, (1.5, 2.0)),
    "constant": (lambda x: 3.0, (1.0,)),
    "identity": (lambda x: x, (1.0,)),
    "empty array": (lambda x, w: jnp.sum(w * x) + x, (2.0, np.zeros(0))),
    "same operand twice": (lambda x: x * x + x / x, (1.3,)),
    "matrix product": (lambda w: jnp.sum((MATRIX @ w) ** 2), (np.array([1.0, 2]),)),
    "solve": (lambda t: jnp.linalg.solve(MATRIX * t, jnp.ones(2)).sum(), (2.0,)),
    "eigenvalues": (lambda t: jnp.linalg.eigvalsh(MATRIX + MATRIX.T * t)[0], (2.0,)),
    "logsumexp": (jax.scipy.special.logsumexp, (np.array([1.0, 2.0, -1.0]),)),
    "complex inside": (lambda x: jnp.abs(jnp.exp(1j * x) + x) ** 2, (0.7,)),
    "fft": (
        lambda x: jnp.abs(jnp.fft.fft(x))[1] ** 2,
        (np.array([1.0, 2.0, 3.0, 5.0]),),
    ),
    "random": (lambda x: x * jax.random.normal(KEY), (1.3,)),
    "loop": (lambda x: jax.lax.fori_loop(0, 4, lambda _, c: c * x, x), (1.5,)),
    "switch": (lambda x: jax.lax.switch(2, [jnp.sin, jnp.cos, jnp.exp], x), (1.5,)),
    "checkpoint": (jax.checkpoint(lambda x: jnp.sin(x) ** 2), (1.5,)),
    "vectorised": (lambda x: jax.vmap(lambda v: v**2)(x).sum(), (np.ones(4),)),
    "gradient": (jax.grad(lambda x: x**3 * jnp.sin(x)), (1.2,)),
    "special": (lambda x: jax.scipy.special.betainc(2.0, 3.0, x), (0.3,)),
    "own rule": (lambda x: five(x) * x, (1.5,)),
    "network": (lambda m: m(jnp.array([1.0, 2.0])), (MLP,)),
    "differential equation": (
        lambda t: odeint(lambda v, _: -t * v, 1.0, jnp.array([0.0, 1.0]))[-1],
        (2.0,),
    ),
}


def gradient_of(function, arguments):
    """Return JAX's gradient by all real inputs, flattened."""
    real, rest = eqx.partition(
        arguments, lambda v: eqx.is_array_like(v) and np.asarray(v).dtype.kind == "f"
    )
    g = jax.grad(lambda r: function(*eqx.combine(r, rest)))(real)
    return np.concatenate([np.ravel(leaf) for leaf in jax.tree.leaves(g)])


def test_the_worked_example(example):
    assert example.value == pytest.approx(10.9093, abs=1e-4)
    assert example.gradient == pytest.approx([2.9093, 11.5839], abs=1e-4)
    assert example.value == pytest.approx(2 + np.sin(2) + 8, abs=1e-12)
    exact = [2 + np.sin(2), np.cos(2) + 12]
    assert example.gradient == pytest.approx(exact, abs=1e-12)
    assert example.tangents == pytest.approx(exact, abs=1e-12)
    assert example.directions == example.inputs == ("x0", "x1")


# By hand: value, tangents for x0 and x1, adjoint.
ROWS = {
    "x0": (1, 1, 0, 2 + np.sin(2)),
    "x1": (2, 0, 1, 12 + np.cos(2)),
    "v1 = 2*x0": (2, 2, 0, 1),
    "v2 = sin(x1)": (np.sin(2), 0, np.cos(2), 1),
    "v3 = x0*v2": (np.sin(2), np.sin(2), np.cos(2), 1),
    "v4 = v1 + v3": (2 + np.sin(2), 2 + np.sin(2), np.cos(2), 1),
    "v5 = x1**3": (8, 0, 12, 1),
    "v6 = v4 + v5": (10 + np.sin(2), 2 + np.sin(2), 12 + np.cos(2), 1),
}


def test_rows_of_the_worked_example(example):
    found = {
        f"{o.name} = {o.formula}" if o.formula else o.name: (
            *(o.value, *o.tangents, o.adjoint),
        )
        for o in example.operations
    }
    assert list(found) == list(ROWS)
    for row, numbers in ROWS.items():
        assert found[row] == pytest.approx(numbers, abs=1e-12), row
    assert example["v3"].partials == {"x0": pytest.approx(np.sin(2)), "v2": 1.0}


def test_gradient_is_the_sum_over_paths(example):
    users = {}
    for o in example.operations:
        for name, partial in o.partials.items():
            users.setdefault(name, []).append((o.name, float(partial)))

    def paths(name):
        if name == example.result:
            return [1.0]
        return [p * rest for user, p in users[name] for rest in paths(user)]

    assert len(paths("x0")) == 2
    assert sum(paths("x0")) == pytest.approx(example.gradient[0], abs=1e-12)
    assert sum(paths("x1")) == pytest.approx(example.gradient[1], abs=1e-12)


def pairings_over_cuts(trace):
    """Return the sum of adjoint times tangent over each cut, one row a direction.

    The variables before a cut are paired with the adjoints that the operations behind
    it, and they alone, send back.
    """
    by_name = {o.name: o for o in trace.operations if o.tangents is not None}
    names = list(by_name)
    inputs = sum(not by_name[name].formula for name in names)
    for cut in range(inputs, len(names) + 1):
        before = set(names[:cut])
        total = np.zeros(len(trace.directions), complex)
        if trace.result in before:
            total += by_name[trace.result].tangents
        for name in names[cut:]:
            o = by_name[name]
            for u, J in o.partials.items():
                if u in before:
                    pulled = np.tensordot(o.adjoint, J, o.value.ndim)
                    axes = by_name[u].value.ndim
                    total += np.tensordot(by_name[u].tangents, pulled, axes)
        yield total.real


@pytest.mark.parametrize("case", CASES)
def test_both_modes_are_those_of_jax(case):
    function, arguments = CASES[case]
    expected = gradient_of(function, arguments)
    seeds = np.random.default_rng(1).normal(size=(2, len(expected)))
    trace = lk.evaluation_trace(function, *arguments, direction=seeds, limit=1000)
    assert trace.value == pytest.approx(float(function(*arguments)), rel=1e-12)
    assert trace.gradient == pytest.approx(expected, rel=1e-12, abs=1e-12)
    assert trace.tangents == pytest.approx(seeds @ expected, rel=1e-9, abs=1e-12)
    assert len(trace.inputs) == len(expected)
    cuts = list(pairings_over_cuts(trace))
    assert cuts
    for total in cuts:
        assert total == pytest.approx(seeds @ expected, rel=1e-9, abs=1e-10)


# A row behind `stop_gradient` moves though its tangent is zero: none of these has one.
SMOOTH = ["the example", "list of arguments", "fft", "special"]
SMOOTH += ["matrix product", "loop", "same operand twice", "eigenvalues"]


@pytest.mark.parametrize("case", SMOOTH)
def test_tangents_are_finite_differences(case):
    function, arguments = CASES[case]
    middle = lk.evaluation_trace(function, *arguments)
    seed = np.random.default_rng(0).normal(size=len(middle.inputs))
    leaves, tree = jax.tree.flatten(arguments)

    def values(step):
        moved, start = [], 0
        for leaf in map(np.asarray, leaves):
            n = leaf.size if leaf.dtype.kind == "f" else 0
            part = seed[start : start + n].reshape(leaf.shape) if n else 0
            moved.append(leaf + step * part if n else leaf)
            start += n
        trace = lk.evaluation_trace(
            function, *jax.tree.unflatten(tree, moved), direction=seed
        )
        return {o.name: o for o in trace.operations}

    h = 1e-5
    middle, up, down = values(0.0), values(h), values(-h)
    smooth = [o for o in middle.values() if o.tangents is not None]
    assert smooth
    for o in smooth:
        difference = (up[o.name].value - down[o.name].value) / (2 * h)
        assert o.tangents[0] == pytest.approx(difference, rel=1e-4, abs=1e-5), o


def test_formulas_are_what_was_computed():
    """Each formula, read as Python on NumPy, gives the value beside it."""
    numpy_names = {name: getattr(np, name) for name in ("sin", "exp", "log", "sqrt")}
    numpy_names |= {"where": np.where, "sum": np.sum, "max": np.max, "tanh": np.tanh}
    numpy_names |= {"reshape": np.reshape, "broadcast": np.broadcast_to}
    numpy_names |= {"float64": np.float64, "log1p": np.log1p, "abs": np.abs}
    numpy_names |= {"transpose": np.transpose, "sign": np.sign, "prod": np.prod}

    def f(x, w, m):
        a = jnp.where(x > 1, -w, w**-2) * 3.0 - 0.25
        b = jnp.tanh(m @ w) / x + m.sum(axis=0)[1:].sum() + (m.T @ m)[0, 0]
        c = jnp.sqrt(jnp.abs(a)) ** x + jax.lax.rsqrt(x) - jnp.log1p(jnp.exp(-x))
        return (jnp.sum(jnp.outer(a, c)) + jnp.sum(b) + jnp.prod(w)) * 2

    trace = lk.evaluation_trace(f, 1.5, np.array([0.5, 2.0, 3.0]), np.eye(3))
    known = {o.name: o.value for o in trace.operations}
    checked = 0
    for o in trace.operations:
        if o.formula and o.formula != "constant":
            compiled = compile(ast.parse(o.formula, mode="eval"), o.name, "eval")
            value = eval(compiled, numpy_names, known)
            assert value == pytest.approx(o.value, rel=1e-6), o.formula
            assert np.shape(value) == o.value.shape, o.formula
            checked += 1
    assert checked > 30


constants = st.floats(-2, 2).map(lambda c: round(c, 3))
UNARY = [
    ("sin", jnp.sin),
    ("tanh", jnp.tanh),
    ("bell", lambda v: jnp.exp(-(v**2))),
    ("softplus", jax.nn.softplus),
    ("root", lambda v: jnp.sqrt(1 + v**2)),
    ("where", lambda v: jnp.where(v > 0.123456, v * 2, jnp.cos(v))),
    ("sum", lambda v: jnp.sum(v * jnp.arange(3.0))),
    ("neg", lambda v: -v),
]
BINARY = [
    ("add", lambda a, b: a + b),
    ("sub", lambda a, b: a - b),
    ("mul", lambda a, b: a * b),
    ("div", lambda a, b: a / (1 + b**2)),
    ("max", jnp.maximum),
    ("compiled", jax.jit(lambda a, b: a * jnp.arctan(b))),
]
expressions = st.recursive(
    st.sampled_from([lambda x: x[0], lambda x: x[1], lambda x: x[2]])
    | constants.map(lambda c: lambda x: c),
    lambda inner: (
        st.tuples(st.sampled_from(UNARY), inner).map(
            lambda t: lambda x: t[0][1](t[1](x))
        )
        | st.tuples(st.sampled_from(BINARY), inner, inner).map(
            lambda t: lambda x: t[0][1](t[1](x), t[2](x))
        )
    ),
    max_leaves=8,
)


@settings(max_examples=40, deadline=None, derandomize=True)
@given(expressions, st.tuples(*[st.floats(-2, 2).map(lambda v: round(v, 3))] * 3))
def test_any_expression(expression, x):
    def f(x):
        return jnp.asarray(expression(x)) + 0.0

    trace = lk.evaluation_trace(f, x, direction=[[1, 0, 0], [0.5, -1, 2]])
    expected = np.array(jax.grad(f)(x), dtype=float)
    assert trace.gradient == pytest.approx(expected, rel=1e-10, abs=1e-10)
    assert trace.tangents == pytest.approx(trace.seeds @ expected, rel=1e-10, abs=1e-10)


def test_a_while_loop_has_a_reverse_trace_too():
    """1.5 is doubled three times: the slope is eight, where jax.grad has no rule."""
    with pytest.raises(ValueError, match="Reverse-mode"):
        jax.grad(doubled)(1.5)
    trace = lk.evaluation_trace(doubled, 1.5)
    assert trace.gradient == pytest.approx([8.0], abs=0)
    assert "no reverse rule" in trace["v1"].note


def test_own_rule_counts_and_not_its_inside():
    trace = lk.evaluation_trace(lambda x: five(x), 1.5)
    assert trace["v1"].formula == "five(x)"
    assert trace.value == 2.25
    assert trace.gradient[0] == trace.tangents[0] == 5.0
    assert "no forward rule" in trace["v1"].note
    # The corner of relu belongs to the flat side; of max(x, 0) it would be a half.
    assert lk.evaluation_trace(jax.nn.relu, 0.0).gradient == [0.0]
    assert lk.evaluation_trace(lambda x: jnp.maximum(x, 0.0), 0.0).gradient == [0.5]


def test_rows_say_what_is_special():
    trace = lk.evaluation_trace(mixed, {"w": np.array([1.0, 2, 0.5]), "b": 0.7}, 2)
    assert trace["n"].note == "int64: no derivative"
    assert trace["n"].tangents is None
    assert trace["n"].adjoint is None
    assert trace.inputs == ("p['b']", "p['w'][0]", "p['w'][1]", "p['w'][2]")
    inside = {o.formula: o.inside for o in trace.operations}
    assert inside["sqrt(v12)"] == ("norm",)
    assert ("branch 1 of cond",) in inside.values()
    constant = lk.evaluation_trace(lambda x: jnp.sum(MATRIX * x), 2.0)
    assert constant["c1"].note == "constant: no derivative"
    root = lk.evaluation_trace(lambda x: jnp.sqrt(x - 1), 1.0)
    assert root["v2"].note == "derivative not finite"
    assert lk.evaluation_trace(jnp.log, -1.0)["v1"].note == "not finite"


def test_precision_is_that_of_the_inputs():
    trace = lk.evaluation_trace(lambda x: x * 2.0, np.float32(0.1))
    assert trace["v1"].value.dtype == trace["v1"].tangents.dtype == np.float32


def test_a_print_is_no_operation(capfd):
    def f(x):
        jax.debug.print("here {}", x)
        return x * 2

    assert len(lk.evaluation_trace(f, 1.0).operations) == 2
    assert capfd.readouterr().out == ""


def test_names_of_variables_avoid_those_of_inputs():
    trace = lk.evaluation_trace(lambda v1, c1: jnp.sum(v1 * c1 * MATRIX), 2.0, 3.0)
    names = [o.name for o in trace.operations]
    assert names[:2] == ["v1", "c1"]
    assert len(set(names)) == len(names)


def test_directions(example):
    def of(direction, arguments=(1.0, 2.0)):
        return lk.evaluation_trace(y, *arguments, direction=direction)

    one = of("x1")
    assert one.directions == ("x1",)
    assert one.tangents == pytest.approx(example.gradient[1:], abs=1e-12)
    assert of(["x1", "x0"]).tangents == pytest.approx(example.gradient[::-1])
    vector = of([3.0, -1.0])
    assert vector.directions == ("(3, -1)",)
    assert vector.tangents == pytest.approx([example.gradient @ [3, -1]], abs=1e-12)
    both = of(np.array([[3.0, -1.0], [0.0, 1.0]]))
    assert both.tangents[0] == pytest.approx(vector.tangents[0], abs=1e-12)
    assert of([]).tangents.shape == (0,)
    assert of([]).gradient == pytest.approx(example.gradient)
    w = np.arange(1.0, 11.0)
    many = lk.evaluation_trace(lambda w: jnp.sum(w**3), w)
    assert many.directions == ()
    assert "10 inputs" in str(many)
    assert many.gradient == pytest.approx(3 * w**2)
    chosen = lk.evaluation_trace(lambda w: jnp.sum(w**3), w, direction=["w[2]", "w[9]"])
    assert chosen.tangents == pytest.approx([27.0, 300.0])
    whole = lk.evaluation_trace(lambda w: jnp.sum(w**3), w, direction="w")
    assert whole.tangents == pytest.approx(many.gradient)


def test_text(example):
    lines = str(example).splitlines()
    header = " ".join(lines[0].split())
    assert header == "variable value tangent x0 tangent x1 adjoint local derivatives"
    assert " ".join(lines[6].split()) == (
        "v3 = x0*v2 0.909297 0.909297 -0.416147 1 d/dx0 = 0.909297, d/dv2 = 1"
    )
    assert lines[-2] == "y(x0, x1) = v6 = 10.9093"
    assert lines[-1] == "gradient: d/dx0 = 2.9093, d/dx1 = 11.5839"
    assert repr(example) == "EvaluationTrace(y(x0, x1) = 10.9093, 8 variables)"
    wide = str(lk.evaluation_trace(lambda m: jnp.sum(m**2), np.ones((3, 5))))
    assert "[1, 1, 1, 1, ...] (3 x 5)" in wide
    assert "d/dm = diag [2, 2, 2, 2, ...] (15)" in wide


def test_html_is_escaped(example):
    assert example._repr_html_().count("<tr>") == 1 + len(example.operations)

    def attack(p):
        return p["<script>alert(1)</script>"] * 2

    attack.__name__ = "<b>f</b>"
    trace = lk.evaluation_trace(attack, {"<script>alert(1)</script>": 1.0})
    html = trace._repr_html_()
    assert "<script>" not in html
    assert "<b>" not in html
    assert "&lt;script&gt;" in html


def test_large_local_jacobians_are_left_out():
    trace = lk.evaluation_trace(lambda w: jnp.sum(w**2), np.ones(200))
    assert trace["v1"].partials == {"w": None}
    assert "d/dw = (large)" in str(trace)
    assert trace.gradient == pytest.approx(2 * np.ones(200))


def fails(x):
    return jnp.ones(3) @ jnp.ones(2) * x


def leaves_jax(x):
    return x if x > 0 else -x


BAD = {
    "not scalar": (lambda x: x * jnp.ones(3), (1.0,), {}, r"shape \(3,\)"),
    "tuple": (lambda x: (x, x), (1.0,), {}, "one real number; it returns a tuple"),
    "nothing": (lambda x: None, (1.0,), {}, "is there a `return`"),
    "integer result": (lambda x: x.astype(int), (1.0,), {}, "no derivative"),
    "integer inputs": (y, (1, 2), {}, "`x0` is int64.*Write 1.0 for 1"),
    "no inputs": (lambda: 1.0, (), {}, "no input is a number"),
    "complex": (lambda x: jnp.abs(x), (1j,), {}, "`x` is complex"),
    "text": (lambda x: x, (np.array(["a"]),), {}, "`x` must hold numbers"),
    "too few": (y, (1.0,), {}, "missing a required argument: 'x1'"),
    "too many": (y, (1.0, 2.0, 3.0), {}, "too many positional"),
    "Python error": (lambda x: {}["k"] * x, (1.0,), {}, "line .*KeyError: 'k'"),
    "shapes": (fails, (1.0,), {}, "`fails` failed on line"),
    "if": (leaves_jax, (1.0,), {}, "outside JAX"),
    "numpy": (lambda x: np.sin(x), (1.0,), {}, "outside JAX"),
    "callback": (
        lambda x: jax.pure_callback(np.sin, x, x),
        (1.0,),
        {},
        r"at `v1 = pure_callback\(x\)`",
    ),
    "too long": (y, (1.0, 2.0), {"limit": 7}, "more than `limit=7` variables"),
    "no limit": (y, (1.0, 2.0), {"limit": 0}, "at least 1, got 0"),
    "unknown input": (y, (1.0, 2.0), {"direction": "x3"}, "did you mean `x1`"),
    "integer direction": (y, (1.0, 2), {"direction": "x1"}, "no real input `x1`"),
    "length": (y, (1.0, 2.0), {"direction": [1.0]}, "2 finite numbers"),
    "nonsense": (y, (1.0, 2.0), {"direction": {"a": 1}}, "names of inputs or vec"),
    "NaN": (y, (1.0, 2.0), {"direction": [np.nan, 1.0]}, "finite numbers"),
}


@pytest.mark.parametrize("case", BAD)
def test_errors_are_sentences(case):
    function, arguments, options, sentence = BAD[case]
    with pytest.raises(lk.LikelyError, match=sentence) as caught:
        lk.evaluation_trace(function, *arguments, **options)
    error = caught.value
    assert error.__cause__ is None
    assert error.__context__ is None or error.__suppress_context__
    assert len(str(caught.value).splitlines()) == 1


def test_not_a_function_and_not_a_value(example):
    with pytest.raises(lk.LikelyError, match=r"Write `f, 1.0, 2.0`"):
        read_program(3.0, ())
    with pytest.raises(lk.LikelyError, match="call this outside of `jax.jit`"):
        jax.jit(lambda x: lk.evaluation_trace(jnp.sin, x).value)(1.0)
    with pytest.raises(lk.LikelyError, match="no variable `v7`: did you mean"):
        example["v7"]


# f, argument, n, m, operations of f, of the Jacobian by forward and by reverse mode:
# a product of an m x n matrix takes 2 n m.
LINEAR = [(1, 50), (10, 10), (50, 1), (3, 5)]


@pytest.mark.parametrize(("n", "m"), LINEAR)
def test_cost_of_a_linear_map(n, m):
    A = np.ones((m, n))
    cost = lk.derivative_cost(lambda x: A @ x, np.ones(n))
    assert (cost.inputs, cost.outputs) == (n, m)
    assert cost.primal == 2 * n * m
    assert cost.forward == n * cost.primal
    assert cost.reverse == m * cost.primal
    better = "equal" if n == m else "forward" if n < m else "reverse"
    assert cost.cheaper == better


def test_a_gradient_costs_at_most_five_functions():
    """The cheap gradient principle; forward mode grows with the inputs."""
    for n in (1, 10, 100):
        cost = lk.derivative_cost(
            lambda x: jnp.sum(jnp.sin(x) * jnp.exp(x)), np.ones(n)
        )
        assert cost.primal == 4 * n - 1
        assert cost.reverse <= 5 * cost.primal
        assert cost.forward >= n * cost.primal / 2


def test_cost_says_what_it_cannot_count():
    loop = lk.derivative_cost(doubled, 1.5)
    assert loop.reverse is None
    assert loop.cheaper == "forward"
    assert "one iteration" in str(loop)
    assert "JAX has no rule" in str(loop)
    own = lk.derivative_cost(five, 1.5)
    assert own.forward is None
    assert own.cheaper == "reverse"
    assert lk.derivative_cost(lambda x: doubled(five(x)), 1.5).cheaper == "none"
    inside = lk.derivative_cost(jax.jit(lambda x: jax.jit(doubled)(x)), 1.5)
    assert "one iteration" in str(inside)


def test_cost_of_pytrees_and_as_a_table():
    def f(p, n):
        return {"a": p["w"] * n, "b": p["s"] + 1, "n": n}

    cost = lk.derivative_cost(f, {"w": np.ones(3), "s": 2.0}, 2)
    assert (cost.inputs, cost.outputs) == (4, 4)
    text = str(cost)
    assert "4 tangents" in text
    assert text.splitlines()[-1].startswith("cheaper: ")
    assert "<table" in cost._repr_html_()
    f.__name__ = "<b>"
    html = lk.derivative_cost(f, {"w": np.ones(3), "s": 2.0}, 2)._repr_html_()
    assert "<b>" not in html


def test_cost_errors():
    with pytest.raises(lk.LikelyError, match="must return real numbers"):
        lk.derivative_cost(lambda x: x.astype(int), 1.0)
    with pytest.raises(lk.LikelyError, match="no real number to differentiate"):
        lk.derivative_cost(lambda x: x, 1)
    with pytest.raises(lk.LikelyError, match="outside JAX"):
        lk.derivative_cost(leaves_jax, 1.0)
