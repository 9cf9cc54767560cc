"""The Voigt function and its derivatives, against SciPy's Faddeeva function."""

import jax
import jax.numpy as jnp
import numpy as np
import pytest
import scipy.special

from likely.distributions.faddeeva import log_voigt_function, voigt_functions

both = jax.jit(jax.vmap(voigt_functions))
log_K = jax.jit(jax.vmap(log_voigt_function))
gradient = jax.jit(jax.vmap(jax.grad(log_voigt_function, (0, 1))))
hessian = jax.jit(jax.vmap(jax.hessian(log_voigt_function, (0, 1))))

# Powers of ten of y; a Voigt of sigma/width from 1e-3 to 1e3 has y from 3e-4 to 350.
DECADES = [(-300, -8), (-8, -4), (-4, -2), (-2, 0), (0, 1), (1, 3), (3, 7)]
decades = pytest.mark.parametrize("decades", DECADES)


def points(decades, n=20_000):
    rng = np.random.default_rng(1)
    near, far = rng.uniform(-10, 10, n), 10 ** rng.uniform(-4, 5, n)
    x = np.concatenate([near, far])
    return x, 10 ** rng.uniform(*decades, 2 * n)


def expected(x, y):
    r"""Return log K, and K'/K ... of w' = -2zw + 2i/sqrt(pi), w'' = -2(w + zw')."""
    z = x + 1j * y
    w = scipy.special.wofz(z)
    w1 = -2 * z * w + 2j / np.sqrt(np.pi)
    w2 = -2 * (w + z * w1)
    return w, w1 / w.real, w2 / w.real


@decades
def test_value_in_the_whole_plane(decades):
    x, y = points(decades)
    w = scipy.special.wofz(x + 1j * y)
    held = w.real > 1e-290  # SciPy's own digits are lost in subnormal numbers
    K, L = both(x, y)
    np.testing.assert_allclose(K[held], w.real[held], rtol=3e-13)
    np.testing.assert_allclose(L, w.imag, rtol=1e-12)


@pytest.mark.parametrize("decades", DECADES[1:5])
def test_derivatives_where_the_recurrence_holds(decades):
    x, y = points(decades)
    near = np.hypot(x, y) < 30
    x, y = x[near], y[near]
    _, w1, w2 = expected(x, y)
    gx, gy = gradient(x, y)
    # The recurrence for the expected values loses |z|^2 and |z|^4 in precision.
    np.testing.assert_allclose(gx, w1.real, atol=1e-11, rtol=1e-9)
    np.testing.assert_allclose(gy, -w1.imag, atol=1e-10, rtol=1e-9)
    (xx, xy), (_, yy) = hessian(x, y)
    size = np.abs(w2) + np.abs(w1) ** 2
    assert np.max(np.abs(xx - (w2.real - w1.real**2)) / size) < 1e-8
    assert np.max(np.abs(xy - (-w2.imag + w1.real * w1.imag)) / size) < 1e-8
    assert np.max(np.abs(yy - (-w2.real - w1.imag**2)) / size) < 1e-8


@pytest.mark.parametrize("x", [3e3, 1e5, 1e7])
@pytest.mark.parametrize("y", [1e3, 1e6])
def test_derivatives_far_away_are_those_of_a_breit_wigner(x, y):
    def log_lorentz(x, y):
        return jnp.log(y) - jnp.log(x * x + y * y)

    # K = y/(sqrt(pi) |z|^2) (1 + O(1/|z|^2))
    at = jnp.array([x]), jnp.array([y])
    for derivative in (jax.grad, jax.hessian):
        got = jax.tree.leaves(jax.vmap(derivative(log_voigt_function, (0, 1)))(*at))
        want = jax.tree.leaves(jax.vmap(derivative(log_lorentz, (0, 1)))(*at))
        np.testing.assert_allclose(got, want, rtol=1e-5)


def test_third_derivative_equals_a_finite_difference():
    def second(x, y):
        return jax.hessian(log_voigt_function)(x, y)

    h = 1e-4
    for x, y in jnp.array([(0.3, 0.2), (4.0, 1e-3), (50.0, 3.0)]):
        third = jax.grad(second)(x, y)
        step = (second(x + h, y) - second(x - h, y)) / (2 * h)
        assert third == pytest.approx(float(step), rel=1e-5, abs=1e-7)


def test_zero_width_is_the_gaussian_at_any_distance():
    x = jnp.array([0.0, 1.0, 5.0, 26.0, 30.0, 1e3])
    y = jnp.zeros_like(x)
    np.testing.assert_allclose(log_K(x, y), -(x**2), rtol=1e-12, atol=1e-13)
    for part in jax.tree.leaves((gradient(x, y), hessian(x, y))):
        assert np.isfinite(part[:3]).all()
        assert not np.isnan(part).any()


def test_modes_of_differentiation_agree():
    x, y = jnp.array([1.3, 0.4])
    forward = jax.jacfwd(jax.jacfwd(log_voigt_function, (0, 1)), (0, 1))(x, y)
    mixed = jax.jacfwd(jax.jacrev(log_voigt_function, (0, 1)), (0, 1))(x, y)
    np.testing.assert_allclose(jax.tree.leaves(forward), jax.tree.leaves(mixed))
