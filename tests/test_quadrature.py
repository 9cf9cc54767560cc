"""Integrals in the logarithm, against closed forms and SciPy."""

import math

import jax
import jax.numpy as jnp
import numpy as np
import pytest
import scipy.stats

from likely.core import (
    log_integrate,
    log_integrate_smooth,
    log_integrate_with_error,
    log_sum,
)


def log_cauchy(x):
    return -jnp.log1p(x * x) - math.log(math.pi)


def log_student(x):
    """Student's t with three degrees of freedom."""
    scale = math.log(2 / (math.sqrt(3) * math.pi))
    return scale - 2 * jnp.log1p(x * x / 3)


def log_logistic(x):
    return -jnp.abs(x) - 2 * jnp.log1p(jnp.exp(-jnp.abs(x)))


PEAKS = {
    "cauchy": (log_cauchy, scipy.stats.cauchy(), 1.0),
    "student": (log_student, scipy.stats.t(3), 1.1),
    "logistic": (log_logistic, scipy.stats.logistic(), 1.76),
}
INTERVALS = [
    (-3.0, 2.0),
    (-1e4, 1e4),
    (5.0, 40.0),
    (-1e6, 0.1),
    (1.0, 1.01),
    (7e3, 8e3),
]


def cdf_difference(law, a, b):
    return law.sf(a) - law.sf(b) if a > 0 else law.cdf(b) - law.cdf(a)


@pytest.mark.parametrize("interval", INTERVALS)
@pytest.mark.parametrize("name", ["cauchy", "student"])
def test_peak_with_power_law_tails(name, interval):
    log_function, law, width = PEAKS[name]
    got, error = log_integrate_with_error(
        log_function, *interval, centre=0, width=width
    )
    expected = math.log(cdf_difference(law, *interval))
    assert float(got) == pytest.approx(expected, abs=1e-10)
    assert error < 1e-10
    alone = log_integrate(log_function, *interval, centre=0.0, width=width)
    assert float(alone) == float(got)


@pytest.mark.parametrize("interval", [(-3.0, 2.0), (-60.0, 60.0), (5.0, 40.0)])
@pytest.mark.parametrize("width", [0.01, 1.76, 300.0])
def test_error_estimate_covers_the_error(interval, width):
    log_function, law, _ = PEAKS["logistic"]
    got, error = log_integrate_with_error(
        log_function, *interval, centre=0, width=width
    )
    truth = math.log(cdf_difference(law, *interval))
    assert abs(math.expm1(float(got) - truth)) <= 1e-10 + 2 * float(error)


def test_error_estimate_notices_a_missed_peak():
    def spike(x):
        return -0.5 * ((x - 31.3) / 1e-3) ** 2

    _, error = log_integrate_with_error(spike, 0.0, 60.0, centre=10.0, width=5.0)
    assert error > 0.1


def test_derivatives_in_what_the_function_depends_on():
    def log_norm(p):
        # The nodes move with the parameters, the integral must not notice.
        def log_function(x):
            return -jnp.log1p(((x - p[0]) / p[1]) ** 2)

        return log_integrate(log_function, -3.0, 9.0, centre=p[0], width=p[1])

    def closed(p):
        angles = jnp.arctan((9.0 - p[0]) / p[1]) - jnp.arctan((-3.0 - p[0]) / p[1])
        return jnp.log(p[1] * angles)

    p = jnp.array([1.5, 0.7])
    np.testing.assert_allclose(log_norm(p), closed(p), rtol=1e-12)
    np.testing.assert_allclose(jax.grad(log_norm)(p), jax.grad(closed)(p), rtol=1e-10)
    np.testing.assert_allclose(
        jax.hessian(log_norm)(p), jax.hessian(closed)(p), rtol=1e-9, atol=1e-11
    )


def test_narrow_interval_far_from_the_centre():
    a, b = 2.0**20, 2.0**20 + 2.0**-10
    got = log_integrate(log_cauchy, a, b, centre=0.0, width=1.0)
    # 1/(pi a b), which no difference of arctangents gives to nine digits.
    assert float(got) == pytest.approx(math.log((b - a) / (math.pi * a * b)), abs=1e-11)


def test_nothing_underflows():
    got = log_integrate(lambda x: -5000.0 - x * 0, 0.0, 2.0, centre=1.0, width=1.0)
    assert float(got) == pytest.approx(math.log(2) - 5000)


@pytest.mark.parametrize(
    "integrate",
    [
        lambda f, a, b: log_integrate(f, a, b, centre=0.0, width=1.0),
        lambda f, a, b: log_integrate_smooth(f, a, b, nodes=4),
    ],
)
def test_zero_and_nan(integrate):
    assert float(integrate(log_cauchy, 2.0, 2.0)) == -math.inf
    assert float(integrate(lambda x: -jnp.inf + x, 0.0, 1.0)) == -math.inf
    assert np.isnan(integrate(lambda x: jnp.nan * x, 0.0, 1.0))


@pytest.mark.parametrize("nodes", [1, 2, 5])
def test_smooth_rule_is_exact_for_a_polynomial(nodes):
    degree = 2 * nodes - 1
    got = log_integrate_smooth(lambda x: degree * jnp.log(x), 1.0, 3.0, nodes=nodes)
    expected = (3.0 ** (degree + 1) - 1) / (degree + 1)
    assert math.exp(got) == pytest.approx(expected, rel=1e-13)


def test_smooth_rule_can_be_differentiated_in_its_limits():
    def log_integral(b):
        return log_integrate_smooth(lambda x: -x, 0.0, b, nodes=12)

    b = 0.8
    mass = -math.expm1(-b)
    slope = math.exp(-b) / mass
    assert jax.grad(log_integral)(b) == pytest.approx(slope, rel=1e-12)
    assert jax.hessian(log_integral)(b) == pytest.approx(-slope - slope**2, rel=1e-11)


def test_log_sum_without_terms_has_no_nan_derivative():
    def total(x):
        return log_sum(jnp.where(jnp.arange(3) < x, -jnp.inf, x))

    assert float(total(5.0)) == -math.inf
    assert not np.isnan(jax.grad(total)(5.0))
    assert jax.grad(total)(0.5) == pytest.approx(1.0)
