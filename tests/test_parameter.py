import math

import jax.numpy as jnp
import numpy as np
import pytest

from likely.core import (
    Derived,
    LikelyError,
    Observable,
    Parameter,
    ParameterSpace,
    evaluate,
    nearest,
    resolve,
)

A = Parameter("a", 2.0, 0, 10)
B = Parameter("b", 3.0)

FORMULAS = {
    "a + b": (A + B, 5.0),
    "1 + a": (1 + A, 3.0),
    "a - b": (A - B, -1.0),
    "1 - a": (1 - A, -1.0),
    "a * b": (A * B, 6.0),
    "2 * a": (2 * A, 4.0),
    "a / b": (A / B, 2 / 3),
    "6 / b": (6 / B, 2.0),
    "a ** b": (A**B, 8.0),
    "2 ** b": (2**B, 8.0),
    "-a": (-A, -2.0),
    "abs(-a)": (abs(-A), 2.0),
    "sqrt(a * b)": (np.sqrt(A * B), math.sqrt(6)),
    "arctan2(a, b)": (np.arctan2(A, B), math.atan2(2, 3)),
    "float64 * a": (np.float64(2) * A, 4.0),
}


@pytest.mark.parametrize(("formula", "expected"), FORMULAS.values(), ids=FORMULAS)
def test_arithmetic(formula, expected):
    assert float(evaluate(formula, {})) == pytest.approx(expected, rel=1e-15)


def test_values_are_by_name():
    assert float(evaluate(A * B, {"a": 5.0})) == 15.0


def test_resolve_replaces_parameters_and_formulas_only():
    tree = {"x": A + B, "y": (A, 7), "z": jnp.arange(2)}
    numbers = resolve(tree, {"b": 1.0})
    assert float(numbers["x"]) == 3.0
    assert float(numbers["y"][0]) == 2.0
    assert numbers["y"][1] == 7
    assert numbers["z"].shape == (2,)


def test_parameters_are_shared_by_name():
    same = Parameter("a", 2.0, 0, 10)
    space = ParameterSpace.of([A, same * B], [(A - 1).named("shift")])
    assert space.names == ("a", "b")
    assert [d.name for d in space.derived] == ["shift"]


def test_fixed_parameters_are_not_free():
    space = ParameterSpace.of([A, Parameter("c", 4.0, fixed=True)])
    assert [p.name for p in space.free] == ["a"]
    assert space.values([1.5]) == {"a": 1.5, "c": 4.0}


def test_two_definitions_of_one_name_show_both():
    other = Parameter("a", 2.5, 0, 10)
    with pytest.raises(LikelyError, match=r"(?s)value=2\.0.*value=2\.5"):
        ParameterSpace.of([A, other])


def test_a_formula_beside_the_model_starts_where_the_model_does():
    fitted = A.at(5.0)
    model = [fitted, (fitted / 2).named("half")]
    shift = A - 1
    space = ParameterSpace.of(model, [A, shift.named("shift"), (A / 2).named("half")])
    assert space.start == [5.0]
    assert space.derived == (model[1], (fitted - 1).named("shift"))
    alone = ParameterSpace.of([B], [A])
    assert alone.parameters == (B, A)


BESIDE = {
    "lower": ([A], [Parameter("a", 2.0, 1, 10)]),
    "upper": ([A], [B - Parameter("a", 2.0, 0, 20)]),
    "unit": ([A], [np.sqrt(Parameter("a", 2.0, 0, 10, unit="GeV"))]),
    "fixed in the model": ([A.at(2.0, fixed=True)], [A]),
    "fixed beside it": ([A], [A.at(2.0, fixed=True)]),
    "fixed elsewhere": ([A.at(2.0, fixed=True)], [A.at(3.0, fixed=True)]),
    "only beside it": ([B], [A, A.at(3.0)]),
}


@pytest.mark.parametrize(("model", "beside"), BESIDE.values(), ids=BESIDE)
def test_a_formula_beside_the_model_may_differ_in_nothing_else(model, beside):
    with pytest.raises(LikelyError, match="defined twice and differently"):
        ParameterSpace.of(model, beside)


def test_a_formula_cannot_have_the_name_of_a_parameter():
    with pytest.raises(LikelyError, match="another name"):
        ParameterSpace.of([A], [(A + 1).named("a")])


BAD = {
    "outside": (lambda: Parameter("p", 5, 0, 1), "outside its limits"),
    "turned": (lambda: Parameter("p", 0, 1, -1), "lower limit must be below"),
    "nan": (lambda: Parameter("p", math.nan), "must be finite"),
    "array": (lambda: A * np.arange(3), "only with numbers and parameters"),
    "string": (lambda: A + "1", "only with numbers and parameters"),
    "operation": (lambda: Derived("fromfile", (A,)), "cannot be applied"),
    "range": (lambda: Observable("m", 2, 1), "lower < upper"),
    "infinite range": (lambda: Observable("m", 0, math.inf), "finite"),
}


@pytest.mark.parametrize(("make", "message"), BAD.values(), ids=BAD)
def test_wrong_input_is_a_sentence(make, message):
    with pytest.raises(LikelyError, match=message):
        make()


def test_nearest():
    assert "`gauss`" in nearest("gaus", ["gauss", "voigt"])
    assert nearest("zzz", ["gauss", "voigt"]) == "valid: `gauss`, `voigt`"
    assert "none" in nearest("x", [])
