"""Laplace's method: exact for linear models, and an uncertainty that covers."""

import jax
import numpy as np
import pytest
from scipy.stats import multivariate_normal

import likely as lk
from likely.core import LikelyError
from likely.fit import Rotation

SIGMA, PRIOR = 0.3, 2.0
KEY = jax.random.key(0)


def line(n=300):
    rng = np.random.default_rng(0)
    x = rng.normal(size=(n, 2))
    A = np.c_[x, np.ones(n)]
    return x, A, A @ [1.0, -2.0, 0.5] + SIGMA * rng.normal(size=n)


@pytest.fixture(scope="module")
def linear():
    x, A, y = line()
    # Half the inverse variance of the prior; the constant has a prior, too.
    penalty = lk.losses.L2(PRIOR / 2, where=lambda net: net)
    loss = lk.losses.Gaussian(sigma=SIGMA, penalties=(penalty,))
    net = lk.nets.linear(2, 1, dtype="float64", key=KEY)
    return A, y, lk.fit(net, (x, y), loss=loss)


def test_a_linear_model_is_bayesian_regression(linear):
    A, _, result = linear
    found = lk.stats.laplace(result)
    exact = np.linalg.inv(A.T @ A / SIGMA**2 + PRIOR * np.eye(3))
    np.testing.assert_allclose(found.covariance, exact, rtol=1e-10, atol=1e-14)
    new = np.random.default_rng(1).normal(size=(7, 2))
    rows = np.c_[new, np.ones(7)]
    mean, V = found.outputs(new)
    theta = exact @ A.T @ linear[1] / SIGMA**2
    np.testing.assert_allclose(mean[:, 0], rows @ theta, rtol=1e-8)
    wanted = np.einsum("ni,ij,nj->n", rows, exact, rows)
    np.testing.assert_allclose(V[:, 0, 0], wanted, rtol=1e-9)
    mu, sigma = found.predictions(new).T
    np.testing.assert_allclose(sigma, np.sqrt(SIGMA**2 + wanted), rtol=1e-9)
    np.testing.assert_allclose(mu, mean[:, 0])


def test_the_evidence_is_the_marginal_likelihood(linear):
    A, y, result = linear
    V = SIGMA**2 * np.eye(len(y)) + A @ A.T / PRIOR
    exact = multivariate_normal(np.zeros(len(y)), V).logpdf(y)
    found = lk.stats.laplace(result)
    assert found.log_evidence == pytest.approx(exact, abs=1e-6)
    assert 2.9 < found.effective_weights < 3


def test_without_a_prior_the_evidence_chooses_one():
    x, _, y = line()
    net = lk.nets.linear(2, 1, dtype="float64", key=KEY)
    result = lk.fit(net, (x, y), loss=lk.losses.Gaussian(sigma=SIGMA))
    found = lk.stats.laplace(result)
    theta = np.array([1.0, -2.0, 0.5])
    # Three well determined weights: the prior's variance is their mean square.
    assert found.prior == pytest.approx(3 / (theta @ theta), rel=0.05)
    best = found.log_evidence
    for factor in (0.5, 2.0):
        other = lk.stats.laplace(result, prior=found.prior * factor)
        assert other.log_evidence < best


def test_a_classifier_has_the_curvature_of_its_likelihood():
    rng = np.random.default_rng(2)
    x = rng.normal(size=(400, 2))
    p = 1 / (1 + np.exp(-(x @ [1.5, -0.5] + 0.3)))
    t = (rng.random(400) < p).astype(int)
    net = lk.nets.linear(2, 1, dtype="float64", key=KEY)
    result = lk.fit(net, (x, t), loss=lk.losses.Bernoulli())
    found = lk.stats.laplace(result, prior=1e-9)
    np.testing.assert_allclose(found.covariance, result.covariance, rtol=1e-6)
    plain = jax.nn.sigmoid(jax.vmap(result.model)(x))[:, 0]
    unsure = found.predictions(x)[:, 0]
    # Uncertain weights pull probabilities towards one half.
    assert np.all(np.abs(unsure - 0.5) <= np.abs(plain - 0.5))
    assert np.max(np.abs(unsure - plain)) < 0.05


def curve(seed, n=400):
    rng = np.random.default_rng(seed)
    x = np.concatenate([rng.uniform(-3, -1, n // 2), rng.uniform(1, 3, n // 2)])
    return x[:, None], np.sin(2 * x) + 0.2 * rng.normal(size=n)


def train(model, data, epochs=150):
    rule = lk.Adam(lk.Cosine(1e-2))
    minimiser = lk.Descent(rule, epochs=epochs, batch=64)
    return lk.fit(model, data, loss=lk.losses.Gaussian(sigma=0.2), minimiser=minimiser)


def tanh_net(key):
    return lk.nets.MLP(1, 1, hidden=(20, 20), activation="tanh", key=key)


def test_a_network_knows_where_it_knows_nothing():
    result = train(tanh_net(KEY), curve(0))
    found = lk.stats.laplace(result)
    inside, gap, outside = ([[2.0]], [[0.0]], [[8.0]])
    spread = [found.outputs(np.array(x))[1][0, 0, 0] for x in (inside, gap, outside)]
    assert spread[0] < 0.01
    assert spread[1] > 3 * spread[0]
    assert spread[2] > 30 * spread[0]
    last = lk.stats.laplace(result, where=lambda net: net.layers[-1])
    assert len(last.eigenvalues) == 21
    assert 0 < last.outputs(np.array(inside))[1][0, 0, 0] < 0.01


@pytest.mark.slow
def test_intervals_of_laplace_and_of_ensembles_cover():
    grid = np.r_[np.linspace(-2.8, -1.2, 9), np.linspace(1.2, 2.8, 9)][:, None]
    truth = np.sin(2 * grid[:, 0])
    inside = []
    members = []
    for seed in range(12):
        data = curve(seed)
        result = train(tanh_net(jax.random.key(seed)), data, epochs=1500)
        f, V = lk.stats.laplace(result).outputs(grid)
        inside.append(np.abs(f[:, 0] - truth) < np.sqrt(V[:, 0, 0]))
        # Each member of the ensemble learns from other events: a bootstrap.
        rng = np.random.default_rng(100 + seed)
        rows = [rng.integers(0, 400, 400) for _ in range(8)]
        ensemble = lk.Ensemble.of(tanh_net, 8, key=jax.random.key(seed))
        rotation = Rotation(lk.Samples.of(*data), tuple(rows))
        several = train(ensemble, rotation, epochs=1500).model
        out = np.asarray(jax.vmap(several.outputs)(grid.astype(np.float32)))[..., 0]
        spread = out.std(axis=1, ddof=1)
        members.append(np.abs(out.mean(axis=1) - truth) < spread)
    # Of 12 data sets, whose points are correlated; a prior makes both wider.
    assert np.mean(inside) == pytest.approx(0.72, abs=0.12)
    assert np.mean(members) == pytest.approx(0.72, abs=0.15)


def test_wrong_uses_are_told_in_words():
    x, _, y = line(50)
    net = lk.nets.linear(2, 1, dtype="float64", key=KEY)
    result = lk.fit(net, (x, y), loss=lk.losses.SquaredError())
    with pytest.raises(LikelyError, match="no likelihood"):
        lk.stats.laplace(result)
    good = lk.fit(net, (x, y), loss=lk.losses.Gaussian(sigma=1.0))
    with pytest.raises(LikelyError, match="positive"):
        lk.stats.laplace(good, prior=-1.0)
    with pytest.raises(LikelyError, match="positive; got inf"):
        lk.stats.laplace(good, prior=np.inf)
    with pytest.raises(LikelyError, match="one array of numbers.*got list"):
        lk.stats.laplace(good).outputs([[1.0], [1.0, 2.0]])
    with pytest.raises(LikelyError, match="uncertain weights"):
        lk.stats.laplace(good, where=lambda net: net.norms)
    mass = lk.Observable("x", 0, 10)
    gauss = lk.distributions.Gauss(
        mass, lk.Parameter("mu", 5, 0, 10), lk.Parameter("sigma", 1, 0.1, 5)
    )
    fitted = lk.fit(gauss, {"x": np.random.default_rng(0).normal(5, 1, 100)})
    with pytest.raises(LikelyError, match="one network"):
        lk.stats.laplace(fitted)
