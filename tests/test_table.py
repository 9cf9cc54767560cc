"""The table of a result: digits as the Particle Data Group prints them."""

import math

import numpy as np
import pytest

from likely.core import Estimate, Result, Status, rounded
from likely.core.table import HEADER, rows, text_table


def table(**columns):
    """Return the cells of the row of one estimate by their heading."""
    estimate = Estimate("p", **columns)
    status, matrix = Status(True, "converged"), np.zeros((0, 0))
    result = Result(status, (estimate,), (), matrix, (), 0.0, 1, 1.0)
    (row,) = rows(result)
    assert all(cell in text_table(result) for cell in row)
    return dict(zip(HEADER, row, strict=True))


@pytest.mark.parametrize(
    ("value", "error", "shown"),
    [
        (91.0206, 0.0123, ("91.021", "0.012")),
        (12345.6, 234.0, ("12350", "230")),
        (0.5, 0.0996, ("0.50", "0.10")),
        (0.5, 0.996, ("0.5", "1.0")),
        (9995.0, 996.0, ("10000", "1000")),
        (0.0, 0.012, ("0.000", "0.012")),
        (-0.0, 0.012, ("0.000", "0.012")),
        (-1e-9, 0.012, ("0.000", "0.012")),
        (-1e-9, 120.0, ("0", "120")),
        (-0.0123, 0.012, ("-0.012", "0.012")),
        (-0.0, None, ("0", "")),
        (-0.0, 1e-12, ("0", "1e-12")),
        (1 / 3, None, ("0.333333", "")),
        (1.0, math.nan, ("1", "")),
    ],
)
def test_the_value_has_the_decimals_of_its_error(value, error, shown):
    assert rounded(value, error) == shown


@pytest.mark.parametrize(
    ("columns", "value", "error", "minos"),
    [
        ((1.3456, 0.0996, -0.0951, 0.1043), "1.35", "0.10", "-0.10 +0.10"),
        ((1.3456, 0.097, -0.0952, 0.104), "1.346", "0.097", "-0.095 +0.104"),
        ((36543.0, 234.0, -228.0, 241.0), "36540", "230", "-230 +240"),
        ((0.5, 0.1, -0.002, 0.1), "0.50", "0.10", "-0.00 +0.10"),
        ((0.0, None, 0.0, 1.234), "0.0", "", "-0.0 +1.2"),
        ((0.0, None, None, 1.234), "0.0", "", "none +1.2"),
        ((0.25, None, 0.0, 0.0), "0.25", "", "-0 +0"),
        ((2.0, 1e-12, -1.04e-12, 0.96e-12), "2", "1e-12", "-1e-12 +9.6e-13"),
        ((0.25, 0.11, None, None), "0.25", "0.11", ""),
    ],
)
def test_both_minos_errors_have_the_decimals_of_the_value(columns, value, error, minos):
    names = ("value", "error", "lower", "upper")
    row = table(**dict(zip(names, columns, strict=True)))
    assert (row["value"], row["error"], row["minos"]) == (value, error, minos)
