"""Expressions mean what a physicist reads, and can do nothing else."""

import math
import subprocess
import sys
import time

import jax
import jax.numpy as jnp
import numpy as np
import pytest
import scipy.stats
from hypothesis import example, given, settings, strategies as st

from likely.core.errors import LikelyError
from likely.core.expression import Expression, parse
from likely.core.grammar import FUNCTIONS
from likely.core.parameter import Derived, Parameter, evaluate

rng = np.random.default_rng(1)
X = rng.uniform(0.1, 0.9, 20)
Y = rng.uniform(0.1, 0.9, 20)
N = np.concatenate([[0], rng.integers(-5, 5, 19)])
C = rng.uniform(size=20) > 0.5
VALUES = {"x": X, "y": Y, "n": N, "c": C, "pt": 100 * X, "eta": 5 * Y}

# What each function is by NumPy or, where it exists there, by Python's `math`.
FUNCTION_CASES = {
    **{
        name: (f"{name}(x)", getattr(np, name)(X))
        for name in (
            "sqrt exp log log10 log2 log1p expm1 sin cos tan arcsin arccos arctan sinh "
            "cosh tanh arcsinh arctanh absolute sign floor ceil isfinite isnan degrees "
            "radians fabs"
        ).split()
    },
    **{
        name: (f"{name}(x)", [getattr(math, name)(x) for x in X])
        for name in ("asin", "acos", "atan", "asinh", "atanh")
    },
    "erf": ("erf(x)", [math.erf(x) for x in X]),
    "erfc": ("erfc(x)", [math.erfc(x) for x in X]),
    "erfinv": ("erfinv(x)", scipy.stats.norm.ppf((1 + X) / 2) / math.sqrt(2)),
    "expit": ("expit(x)", 1 / (1 + np.exp(-X))),
    "sigmoid": ("sigmoid(n)", 1 / (1 + np.exp(-N))),
    "gammaln": ("gammaln(3 + x)", [math.lgamma(3 + x) for x in X]),
    "lgamma": ("lgamma(3 + x)", [math.lgamma(3 + x) for x in X]),
    "arccosh": ("arccosh(1 + x)", np.arccosh(1 + X)),
    "acosh": ("acosh(1 + x)", [math.acosh(1 + x) for x in X]),
    "abs": ("abs(n)", np.abs(N)),
    "round": ("round(10 * x)", np.round(10 * X)),
    "arctan2": ("arctan2(n, x)", np.arctan2(N, X)),
    "atan2": ("atan2(n, x)", [math.atan2(n, x) for n, x in zip(N, X, strict=True)]),
    "minimum": ("minimum(x, y)", np.minimum(X, Y)),
    "maximum": ("maximum(x, 0.5)", np.maximum(X, 0.5)),
    "min": ("min(x, y, 0.5)", np.min([X, Y, 0 * X + 0.5], axis=0)),
    "max": ("max(x, y, 0.3, n)", np.max([X, Y, 0 * X + 0.3, N], axis=0)),
    "hypot": ("hypot(x, y)", np.sqrt(X**2 + Y**2)),
    "power": ("power(x, -2)", 1 / X / X),
    "pow": ("pow(x, y)", X**Y),
    "mod": ("mod(n, 3)", N % 3),
    "fmod": ("fmod(n, 3)", [math.fmod(n, 3) for n in N]),
    "where": (
        "where(x > y, x, -1)",
        [x if x > y else -1 for x, y in zip(X, Y, strict=True)],
    ),
    "clip": ("clip(x, 0.3, 0.6)", np.clip(X, 0.3, 0.6)),
}


def test_every_function_has_a_case():
    assert set(FUNCTION_CASES) == set(FUNCTIONS)


@pytest.mark.parametrize("name", FUNCTIONS)
def test_function_against_numpy_or_math(name):
    text, expected = FUNCTION_CASES[name]
    with np.errstate(all="ignore"):
        np.testing.assert_allclose(parse(text).evaluate(VALUES), expected, rtol=1e-14)


@pytest.mark.parametrize("name", FUNCTIONS)
def test_function_with_jax_agrees_with_numpy(name):
    expression = parse(FUNCTION_CASES[name][0])
    values = {key: jnp.asarray(value) for key, value in VALUES.items()}
    traced = jax.jit(lambda v: expression.evaluate(v, jnp))(values)
    expected = expression.evaluate(VALUES)
    np.testing.assert_allclose(traced, expected, rtol=1e-13)


MEANINGS = {
    "pt > 20 & eta < 2": (VALUES["pt"] > 20) & (VALUES["eta"] < 2),
    "pt>20&&eta<2||c": (VALUES["pt"] > 20) & (VALUES["eta"] < 2) | C,
    "pt > 20 and eta < 2 or not c": (VALUES["pt"] > 20) & (VALUES["eta"] < 2) | ~C,
    "(pt > 20) & ~(eta < 2) | !c": (VALUES["pt"] > 20) & (VALUES["eta"] >= 2) | ~C,
    "c | x > y & x > 0.5": C | ((X > Y) & (X > 0.5)),
    "!c & x != y": ~C & (X != Y),
    "!!c": C,
    "~abs(n)": N == 0,
    "not n": N == 0,
    "n and c": (N != 0) & C,
    "20 < pt < 60 <= 70": (VALUES["pt"] > 20) & (VALUES["pt"] < 60),
    "n in (1, 2, -3)": np.isin(N, [1, 2, -3]),
    "n not in [1, 2]": ~np.isin(N, [1, 2]),
    "n in (0,) or x in (x, y)": np.ones(20, bool),
    "c == True": C,
    "x if n > 0 else -y": np.where(N > 0, X, -Y),
    "1 if c else 2 if n > 0 else 3": np.where(C, 1, np.where(N > 0, 2, 3)),
    "where(c, x > y, n > 0)": np.where(C, X > Y, N > 0),
    "-x ** 2": -(X**2),
    "2 ** -1": 0.5,
    "2 ** 3 ** 2": 512.0,
    "(-8) ** (1 / 3)": math.nan,
    "n ** -1": [1 / n if n else math.inf for n in N],
    "x // 0.3": np.floor(X / 0.3),
    "n // 2": N // 2,
    "n % 3": N % 3,
    "-7 // 2 + -7 % 3": -4.0 + 2.0,
    "+x - -y": X + Y,
    "c + c": 2.0 * C,
    "-c": -1.0 * C,
    "pi * 2": 2 * math.pi,
    "1 / 0 - 1": math.inf,
    "0 / 0": math.nan,
    "1 // 0": math.inf,
    "log(0)": -math.inf,
    "sqrt(-1)": math.nan,
    "exp(1000)": math.inf,
    "10 ** 400": math.inf,
    "9**9**9**9": math.inf,
    "1e3 + .5 + 5. + 1E-2": 1005.51,
    " ( x\n  +\ty ) ": X + Y,
    "True": True,
}


@pytest.mark.parametrize("text", MEANINGS)
def test_meaning(text):
    result = parse(text).evaluate(VALUES)
    result, expected = np.asarray(result), np.asarray(MEANINGS[text])
    np.testing.assert_allclose(result.astype(float), expected, rtol=1e-15)
    assert (result.dtype.kind == "b") == (expected.dtype.kind == "b")


def test_small_integers_do_not_wrap_around():
    q = np.array([100, -128, 127], np.int8)
    u = np.array([1, 2, 3], np.uint8)
    assert parse("q * q").evaluate({"q": q}).tolist() == [10000, 16384, 16129]
    assert parse("-u").evaluate({"u": u}).tolist() == [-1, -2, -3]
    assert parse("u - 2 < 0").evaluate({"u": u}).tolist() == [True, False, False]
    assert parse("sqrt(u)").evaluate({"u": u}).dtype == np.float64


def test_small_integers_meet_large_constants():
    values = {"n": np.array([-1, 5], np.int8), "u": np.array([2**63, 5], np.uint64)}
    assert parse("n % 300").evaluate(values).tolist() == [299, 5]
    assert parse("u % -4").evaluate(values).tolist() == [0, -3]
    assert parse("where(u > 5, -1, 300)").evaluate(values).tolist() == [-1, 300]
    assert parse("where(n > 0, n, 300)").evaluate(values).tolist() == [300, 5]
    assert parse("-1 if n > 0 else u").evaluate(values).tolist() == [2.0**63, -1]
    assert parse("n == 300 or u == -1").evaluate(values).tolist() == [False, False]


def test_event_numbers_of_64_bits_keep_their_parity():
    event = np.array([2**62 + 1, 2**62], np.int64)
    assert parse("event % 2 == 1").evaluate({"event": event}).tolist() == [True, False]
    text = f"event == {2**62 + 1}"
    assert parse(text).evaluate({"event": event}).tolist() == [True, False]


def test_nothing_warns():
    # pytest turns a warning into an error
    values = {"z": np.array([0.0, -1.0, 1e308])}
    result = parse("log(z) + z / 0 + z * 1e10 + sqrt(z) + 0 % z").evaluate(values)
    assert result.shape == (3,)


def test_powers_of_large_numbers_take_no_time():
    start = time.monotonic()
    for text in ("9**9**9**9**9", "(9**9**9) ** 99999999", "7 ** 1e300 ** 2"):
        assert parse(text).evaluate({}) == math.inf
    assert time.monotonic() - start < 1


@pytest.mark.parametrize(
    ("text", "names"),
    [
        ("b + a * b - sqrt(c)", ("b", "a", "c")),
        ("x if y else z", ("x", "y", "z")),
        ("pi * sqrt(sqrt)", ("sqrt",)),
        ("max(b, a) in (c, d)", ("b", "a", "c", "d")),
        ("1 + 2", ()),
    ],
)
def test_names(text, names):
    expression = parse(text)
    assert expression.names == names
    assert expression.text == text


def test_expressions_of_one_text_are_equal():
    assert parse("x + 1") == parse("x + 1")
    assert hash(parse("x + 1")) == hash(parse("x + 1"))
    assert parse("x + 1") != parse("x+1")


def test_parameters_make_derived_parameters():
    m, k = Parameter("m", 91.0, 80.0, 100.0), Parameter("k", 2.0)
    text = (
        "sqrt(m**2 + k) - 91.1876 / k + max(m, 3, k) + abs(-k) + m // 2 + clip(k, 0, 1)"
    )
    derived = parse(text).evaluate({"m": m, "k": k})
    assert isinstance(derived, Derived)
    expected = math.sqrt(91**2 + 2) - 91.1876 / 2 + 91 + 2 + 45 + 1
    assert float(evaluate(derived, {})) == pytest.approx(expected, rel=1e-12)
    moved = {"m": 81.0}
    expected = math.sqrt(81**2 + 2) - 91.1876 / 2 + 81 + 2 + 40 + 1
    assert float(evaluate(derived, moved)) == pytest.approx(expected, rel=1e-12)


def test_the_shift_of_a_parameter_is_the_formula_that_python_builds():
    m = Parameter("m", 91.0)
    assert parse("m - 91.1876").evaluate({"m": m}) == m - 91.1876


@pytest.mark.parametrize(
    "text",
    ["m > 2", "m == 2", "m and True", "not m", "1 if m else 2", "where(m, 1, 2)"],
)
def test_a_parameter_is_no_condition(text):
    with pytest.raises(LikelyError, match="a condition needs numbers"):
        parse(text).evaluate({"m": Parameter("m", 1.0)})


WRONG = {
    "": "must be a text",
    "  \n": "must be a text",
    "pt >": "column 4, `>`: something is missing",
    "pt > > 2": "column 6, `>`: syntax error",
    "(pt": r"column 1, `\(`: '\(' was never closed",
    "pt)": r"column 3, `\)`",
    "a && b + & c": "column 10, `&`: syntax error",
    "a = 1": "column 3, `=`: write `==`",
    "a := 1": "column 3",
    "a ^ 2": r"column 3, `\^`: write `\*\*`",
    "a ? 1 : 2": "write `a if condition else b`",
    "a if b": "column 1",
    "sqr(x)": "no function `sqr`; did you mean `sqrt`",
    "__import__(x)": "no function `__import__`",
    "sqrt(1, 2)": "`sqrt` takes 1 argument",
    "sqrt()": "`sqrt` takes 1 argument",
    "where(a, b)": "`where` takes 3",
    "min(a)": "`min` takes at least 2",
    "round(x, 2)": "`round` takes 1",
    "sqrt(*x)": "`Starred` is not part of the grammar",
    "sqrt(x)(y)": "only a function by its name",
    "np.sqrt(x)": "column 3, `.`: write a function by its plain name",
    "x.__class__": "there are no attributes",
    "x[0]": "element of a list",
    "(x, y)": "a list may only follow `in`",
    "[x]": "a list may only follow `in`",
    "x in y": "`in` takes a list",
    "x in ()": "`in` takes a list",
    "x is y": "`Is` is not part",
    "'a'": "text is not possible",
    "None": "only numbers, `True` and `False`",
    "lambda: x": "column 7",
    "{x}": "column 1",
    "x; y": "column 2",
    "x @ y": "column 3",
    "x # y": "column 3",
    "x \\ y": "column 3",
    "η > 2": "column 1, `η`",
    "x\0": "column 2",
    "2 pt": "column 3, `pt`: syntax error",
    "2pt": "column 2",
    "0x10": "column 2",
    "1_000": "column 2",
    "1j": "column 2",
    "007": "leading zeros",
    "1" * 41: "a number may have 40 digits",
    "1e999": "too large",
    "for x in y": "column 1",
    "yield": "column 1",
    "n & 4": "they mask no bits",
    "(n & 4) != 0": "they mask no bits",
    "!n == 2": "put parentheses around what `!` negates",
    "~n * 2": "put parentheses around what `~` negates",
    "x " * 5_001: "may have 10000 characters",
    "(" * 5_000 + "x" + ")" * 4_999: "too many nested parentheses",
    "-" * 9_000 + "x": "nests more than 100",
    "not " * 2_000 + "x": "nests more than 100",
    "x" + "+x" * 4_000: "nests more than 100",
    "x" + "**x" * 3_000: "nests more than 100",
    "x if x else " * 800 + "x": "nests more than 100",
}


@pytest.mark.parametrize("text", WRONG, ids=lambda text: text[:20])
def test_a_wrong_expression_gets_one_sentence(text):
    with pytest.raises(LikelyError, match=WRONG[text]) as caught:
        parse(text)
    assert len(str(caught.value)) < 400
    assert "\n" not in str(caught.value)


NO_TEXTS = """
from likely.core.errors import LikelyError
from likely.core.expression import parse
for text in (None, 1, b"x", ["x"]):
    try:
        parse(text)
    except LikelyError as error:
        assert "must be a text" in str(error), error
    else:
        raise SystemExit(f"{text!r} was accepted")
"""


def test_what_is_no_text_is_refused():
    # in a process of its own: here the type checker of the tests would be first
    subprocess.run([sys.executable, "-c", NO_TEXTS], check=True)


def test_the_deepest_allowed_expression_is_evaluated():
    assert parse("+".join(["x"] * 101)).evaluate({"x": 1.0}) == 101.0
    assert parse("(" * 100 + "x" + ")" * 100).evaluate({"x": 1.0}) == 1.0


def test_an_unknown_name_is_named_with_the_nearest():
    with pytest.raises(LikelyError, match=r"no `ptt`; did you mean `pt`\?"):
        parse("ptt > 20").evaluate(VALUES)
    with pytest.raises(LikelyError, match="none to choose from"):
        parse("ptt > 20").evaluate({})


@pytest.mark.parametrize(
    "value",
    ["text", None, [1, 2], np.array(["a"]), np.array([1j]), np.array([None]), object()],
)
@pytest.mark.parametrize("text", ["x", "x + 1", "x == 1", "sqrt(x)", "x in (1, 2)"])
def test_a_value_that_is_no_number_is_refused(text, value):
    with pytest.raises(LikelyError, match="`x` is not numeric"):
        parse(text).evaluate({"x": value})


def test_columns_of_different_lengths_are_refused():
    with pytest.raises(
        LikelyError, match="cannot be evaluated with the given `x`, `y`"
    ):
        parse("x + y").evaluate({"x": np.ones(2), "y": np.ones(3)})


# Laws under random input


class _Watch:
    """Notes whatever the interpreter is asked to do beyond computing."""

    FORBIDDEN = (
        "import",
        "open",
        "exec",
        "os.",
        "subprocess",
        "socket",
        "pickle",
        "marshal",
    )

    def __init__(self):
        self.on, self.seen = False, []
        sys.addaudithook(self._hook)

    def _hook(self, event, args):
        if self.on and event.startswith(self.FORBIDDEN):
            self.seen.append((event, args))

    def run(self, text):
        self.on = True
        try:
            return parse(text).evaluate(VALUES)
        except LikelyError:
            return None
        finally:
            self.on = False


WATCH = _Watch()
TOKENS = st.sampled_from(
    """
    x y n c pt pi 1 0 2.5 1e3 9 99999999999999999999 + - * / ** // % ( ) , & && | || !
    ~ < <= > >= == != and or not if else in is True False None sqrt( exp( max( where(
    abs( [ ] . : = := ; ' " # @ lambda for import __import__( open( eval( exec(
    getattr( __class__ __globals__ x.__class__ {x} f'{x}' await yield 1j 0x1 $ ? ` \\
    """.split()
)


@pytest.fixture(scope="module", autouse=True)
def warm():
    for name in FUNCTIONS:  # whatever NumPy imports late
        WATCH.run(FUNCTION_CASES[name][0])
    WATCH.run("((")


def _is_a_number(result):
    return np.asarray(result).dtype.kind in "biuf"


@settings(max_examples=400, deadline=None)
@given(st.text(max_size=60))
@example("x" * 100)
@example("\ud800")
@example("ﬁ + 1")
def test_any_text_is_a_number_or_an_error_of_ours(text):
    result = WATCH.run(text)
    assert result is None or _is_a_number(result)
    assert WATCH.seen == []


@settings(max_examples=1_000, deadline=None)
@given(st.lists(TOKENS, max_size=25).map(" ".join))
@example("__import__( open( x ) )")
@example("x . __class__")
def test_any_tokens_are_a_number_or_an_error_of_ours(text):
    result = WATCH.run(text)
    assert result is None or _is_a_number(result)
    assert WATCH.seen == []


def test_the_watch_sees_what_it_should():
    before = len(WATCH.seen)
    WATCH.on = True
    try:
        with open(__file__):
            pass
    finally:
        WATCH.on = False
    assert len(WATCH.seen) > before
    WATCH.seen.clear()


def _grown(inner):
    joined = st.tuples(inner, st.sampled_from("+ - * / ** // %".split()), inner)
    called = st.tuples(st.sampled_from(["sqrt", "exp", "sin", "arctan", "abs"]), inner)
    chosen = st.tuples(inner, inner, st.sampled_from(["<", ">=", "=="]), inner, inner)
    return st.one_of(
        joined.map(lambda t: f"({t[0]} {t[1]} {t[2]})"),
        inner.map(lambda t: f"(-{t})"),
        called.map(lambda t: f"{t[0]}({t[1]})"),
        chosen.map(lambda t: f"({t[0]} if {t[1]} {t[2]} {t[3]} else {t[4]})"),
    )


FORMULAS = st.recursive(st.sampled_from(["x", "y", "2", "0.5", "3", "pi"]), _grown)


@settings(max_examples=300, deadline=None)
@given(FORMULAS)
def test_formulas_against_python(text):
    """For one event at a time Python itself is the reference."""
    result = np.broadcast_to(parse(text).evaluate({"x": X, "y": Y}), X.shape)
    scope = {
        name: getattr(np, name) for name in ("sqrt", "exp", "sin", "arctan", "abs")
    }
    constants = text.replace("0.5", "h").replace("2", "t").replace("3", "d")
    scope |= {"pi": np.float64(np.pi), "h": np.float64(0.5)}
    scope |= {"t": np.float64(2), "d": np.float64(3), "__builtins__": {}}
    for index in range(3):
        scope |= {"x": X[index], "y": Y[index]}
        with np.errstate(all="ignore"):
            expected = eval(constants, scope)
        np.testing.assert_allclose(result[index], expected, rtol=1e-9)


def test_only_parse_makes_what_is_evaluated():
    import ast

    forged = Expression("x", ("x",), ast.parse("x.real", mode="eval").body)
    with pytest.raises(LikelyError, match="cannot be evaluated"):
        forged.evaluate(VALUES)
