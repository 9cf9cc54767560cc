"""Training: against PyTorch, closed forms and what must be the same by construction."""

import json
import logging
import math
import os
import re
import signal
import subprocess
import sys
import time
from contextlib import contextmanager
from functools import partial
from pathlib import Path

import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np
import optax
import pytest
from learning_cases import descent, ensemble, net, samples, train, watched
from numpy.testing import assert_allclose, assert_array_equal
from safetensors import safe_open
from safetensors.numpy import save_file
from scipy import stats

import likely as lk
from likely.core import LikelyError, use_progress
from likely.data import Dataset, Samples
from likely.distributions import Gauss
from likely.fit.learning import (
    Constant,
    Exponential,
    Linear,
    Optax,
    Rotation,
    Steps,
    kept,
    store,
    training as course,
)
from likely.fit.learning.checkpoint import Checkpoint
from likely.fit.learning.cpu_operations import quick_on_cpu
from likely.fit.learning.ensemble import stacked
from likely.fit.learning.outcome import constant_loss

L = lk.losses
FIXTURE = Path(__file__).parent / "fixtures" / "trajectories.json"
RNG = np.random.default_rng(0)


def arrays(model):
    return jax.tree.leaves(eqx.filter(model, eqx.is_inexact_array))


def flat(model):
    return np.concatenate([np.ravel(a) for a in arrays(model)])


def assert_same(one, other):
    """Check that two models are equal to the last bit."""
    for a, b in zip(arrays(one), arrays(other), strict=True):
        assert_array_equal(a, b)


def assert_near(one, other, rtol=1e-5, atol=1e-6):
    assert_allclose(flat(one), flat(other), rtol=rtol, atol=atol)


# PyTorch


class Perceptron(eqx.Module):
    """The network of tools/make_torch_fixtures.py, its weights in PyTorch's order."""

    first: jax.Array
    first_bias: jax.Array
    second: jax.Array
    second_bias: jax.Array

    def __call__(self, x):
        h = jnp.tanh(self.first @ x + self.first_bias)
        return self.second @ h + self.second_bias

    @staticmethod
    def of(numbers):
        parts = np.split(np.array(numbers), np.cumsum([15, 5, 10]))
        shapes = (5, 3), (5,), (2, 5), (2,)
        return Perceptron(
            *(jnp.asarray(p.reshape(s)) for p, s in zip(parts, shapes, strict=True))
        )


RULES = {
    "sgd": lk.SGD(0.05),
    "momentum": lk.SGD(0.05, momentum=0.9, weight_decay=0.1),
    "nesterov": lk.SGD(0.05, momentum=0.9, nesterov=True),
    "rmsprop": lk.RMSprop(0.01, decay=0.9),
    "adam": lk.Adam(0.02),
    "adamw": lk.Adam(0.02, beta1=0.8, beta2=0.99, epsilon=1e-3, weight_decay=0.1),
    "clipped": lk.Clipped(lk.SGD(lk.Cosine(0.1)), norm=0.5),
}


def test_each_rule_of_the_fixture_is_followed():
    assert set(json.loads(FIXTURE.read_text())["rules"]) == set(RULES)


@pytest.mark.parametrize("name", RULES)
def test_it_follows_pytorch(name):
    content = json.loads(FIXTURE.read_text())
    data = Samples.of(
        np.reshape(content["inputs"], (20, 3)),
        np.reshape(content["targets"], (20, 2)),
        weights=content["weights"],
    )
    start = Perceptron.of(content["start"])
    # PyTorch adds 1e-6 to the norm that it clips by.
    tolerance = 1e-5 if name == "clipped" else 1e-9
    for steps, truth in content["rules"][name].items():
        if name == "clipped" and steps != "60":
            continue  # the course of its rate depends on the number of steps
        how = lk.Descent(RULES[name], batch=None, epochs=int(steps))
        found = lk.fit(start, data, loss=L.SquaredError(), minimiser=how)
        assert found.ok
        assert_allclose(flat(found.model), truth, rtol=tolerance, atol=tolerance)
        assert {a.dtype for a in arrays(found.model)} == {np.dtype(float)}


def test_a_transformation_of_optax_is_a_rule():
    lion = optax.scale_by_lion()
    rule = Optax(1e-2, lion)
    assert rule.direction() is lion
    assert rule.learning_rate == Constant(1e-2)


# Convex problems


class Line(eqx.Module):
    """A linear model in double precision."""

    slope: jax.Array
    offset: jax.Array

    def __call__(self, x):
        return self.slope @ x + self.offset

    @staticmethod
    def of(dim):
        return Line(jnp.zeros(dim), jnp.zeros(()))


X = RNG.normal(size=(80, 2))
ONES = np.concatenate([X, np.ones((80, 1))], axis=1)
Y = X @ [1.5, -0.7] + 0.3 + 0.4 * RNG.normal(size=80)
WEIGHTS = np.where(RNG.random(80) < 0.15, -0.4, RNG.uniform(0.5, 1.5, 80))
CLASSES = (X @ [1.2, -0.6] - 0.2 + RNG.logistic(size=80) > 0).astype(float)


def slope(model):
    return model.slope


def newton(data, loss, model=None):
    one = lk.Newton(starts=1)  # these have one minimum
    found = lk.fit(model or Line.of(2), data, loss=loss, minimiser=one)
    assert found.ok, found.status
    return found


def test_linear_regression_is_least_squares():
    found = lk.fit(Line.of(2), (X, Y), loss=L.Gaussian(sigma=0.4))
    assert found.ok, found.status
    assert list(found.values) == ["slope[0]", "slope[1]", "offset"]
    truth, *_ = np.linalg.lstsq(ONES, Y)
    assert_allclose(list(found.values.values()), truth, rtol=1e-8)
    covariance = 0.4**2 * np.linalg.inv(ONES.T @ ONES)
    assert_allclose(found.covariance, covariance, rtol=1e-8, atol=1e-14)
    assert_allclose(flat(found.model), truth, rtol=1e-8)
    residual = Y - ONES @ truth
    assert_allclose(found.loss, -2 * stats.norm(0, 0.4).logpdf(residual).sum())


def test_squared_errors_have_the_covariance_of_white():
    found = newton((X, Y), L.SquaredError(penalties=L.L2(0.0, slope)))
    truth, *_ = np.linalg.lstsq(ONES, Y)
    assert_allclose(list(found.values.values()), truth, rtol=1e-8)
    r = Y - ONES @ truth
    bread = np.linalg.inv(ONES.T @ ONES)
    sandwich = bread @ (ONES.T * r**2) @ ONES @ bread
    assert_allclose(found.covariance, sandwich, rtol=1e-7, atol=1e-14)
    assert any("not that of a normalised density" in n for n in found.status.notes)


def test_a_quadratic_penalty_is_ridge_regression():
    found = newton((X, Y), L.SquaredError(penalties=L.L2(3.0, slope)))
    truth = np.linalg.solve(ONES.T @ ONES + np.diag([3.0, 3.0, 0.0]), ONES.T @ Y)
    assert_allclose(list(found.values.values()), truth, rtol=1e-8)
    residual = Y - ONES @ truth
    terms = np.sum(residual**2) + 3 * np.sum(truth[:2] ** 2)
    assert found.loss == pytest.approx(2 * terms)


def logistic(weights, decay=0.0):
    """Return the weighted logistic regression and its sandwich covariance."""
    theta, P = np.zeros(3), 2 * decay * np.diag([1.0, 1.0, 0.0])
    for _ in range(30):
        p = 1 / (1 + np.exp(-ONES @ theta))
        H = (ONES.T * (weights * p * (1 - p))) @ ONES + P
        g = ONES.T @ (weights * (p - CLASSES)) + P @ theta
        theta = theta - np.linalg.solve(H, g)
    scores = ONES * (weights * (p - CLASSES))[:, None]
    assert np.linalg.eigvalsh(H)[0] > 1
    inverse = np.linalg.inv(H)
    return theta, inverse, inverse @ (scores.T @ scores) @ inverse


def test_logistic_regression_has_its_known_optimum():
    found = newton((X, CLASSES), L.Bernoulli())
    theta, inverse, _ = logistic(np.ones(80))
    assert_allclose(list(found.values.values()), theta, rtol=1e-7)
    assert_allclose(found.covariance, inverse, rtol=1e-6)


def test_weights_have_the_sandwich_covariance():
    found = newton(Samples.of(X, CLASSES, weights=WEIGHTS), L.Bernoulli())
    theta, _, sandwich = logistic(WEIGHTS)
    assert_allclose(list(found.values.values()), theta, rtol=1e-7)
    assert_allclose(found.covariance, sandwich, rtol=1e-6)


def test_negative_weights_converge_to_the_solution_of_all_events():
    assert (WEIGHTS < 0).sum() > 5
    theta, _, sandwich = logistic(WEIGHTS, decay=2.0)
    how = lk.Descent(lk.SGD(lk.Cosine(0.5)), batch=16, epochs=300)
    data = Samples.of(X, CLASSES, weights=WEIGHTS)
    decayed = L.Bernoulli(penalties=L.L2(2.0, slope))
    found = lk.fit(Line.of(2), data, loss=decayed, minimiser=how)
    pull = (flat(found.model) - theta) / np.sqrt(np.diag(sandwich))
    assert np.abs(pull).max() < 0.02


@pytest.mark.parametrize("batch", [16, 30])
def test_the_gradients_of_batches_add_up_to_that_of_all_events(batch):
    # With a rate near zero an epoch adds the gradients up at the first weights: each
    # event is in one batch, and a batch counts N / (b W) times the sum of its events.
    eta = 1e-7
    how = lk.Descent(lk.SGD(eta), batch=batch, epochs=1)
    data = Samples.of(X, CLASSES, weights=WEIGHTS)
    start = eqx.tree_at(lambda m: m.slope, Line.of(2), jnp.array([0.3, 0.5]))
    decayed = L.Bernoulli(penalties=L.L2(0.3, slope))
    found = lk.fit(start, data, loss=decayed, minimiser=how)
    p = 1 / (1 + np.exp(-ONES @ flat(start)))
    of_events = ONES.T @ (WEIGHTS * (p - CLASSES)) / WEIGHTS.sum()
    of_penalty = 2 * 0.3 * np.array([0.3, 0.5, 0.0]) / WEIGHTS.sum()
    steps = math.ceil(80 / batch)
    truth = 80 / batch * of_events + steps * of_penalty
    assert_allclose((flat(start) - flat(found.model)) / eta, truth, rtol=1e-5)
    # And so does the loss, while the weights moved next to nothing.
    each = np.log1p(np.exp(ONES @ flat(start))) - CLASSES * (ONES @ flat(start))
    mean = np.average(each, weights=WEIGHTS)
    assert_allclose(found.minimum.training_loss, [[mean]], rtol=1e-5)


# Weights of events


def twice(data, rows):
    """Return events of which some are there twice."""
    every = np.concatenate([np.arange(len(data)), rows])
    return Samples.of(data.inputs[every], data.targets[every])


def test_quick_sums_over_events_are_the_same_sums():
    x = jnp.asarray(RNG.normal(size=(7, 3)), jnp.float32)
    w = {name: jnp.asarray(RNG.normal(size=(2, 3)), jnp.float32) for name in "ab"}

    @jax.jit
    def output(w, x):
        return jax.nn.softplus(w["a"] @ x) @ jax.nn.relu(w["b"])

    def loss(w, x):
        def again(carry, _):
            return jnp.tanh(carry @ carry.T @ carry), None

        y = jax.vmap(output, (None, 0))(w, x)
        last, _ = jax.lax.scan(again, 0.1 * y, None, length=3)
        return jnp.sum(last**2), {"largest": y.max()}

    near = partial(assert_allclose, rtol=1e-4, atol=1e-6)
    grad = jax.grad(loss, has_aux=True)
    quick = quick_on_cpu(grad, len(x))
    jax.tree.map(near, quick(w, x), grad(w, x))
    jax.tree.map(near, jax.jit(quick)(w, x), grad(w, x))
    both = jax.tree.map(lambda a: jnp.stack([a, -a]), w)
    each = jax.vmap(quick, (0, None))(both, x)
    jax.tree.map(near, each, jax.vmap(grad, (0, None))(both, x))
    # Both layers have one, and the products in the loop none.
    assert str(jax.make_jaxpr(quick)(w, x)).count("optimization_barrier") == 2


@pytest.mark.parametrize("dims", [1, 2, 3])
def test_quick_convolutions_are_the_same_convolutions(dims):
    x = jnp.asarray(RNG.normal(size=(5, 4, *[6] * dims)), jnp.float32)
    first = jnp.asarray(RNG.normal(size=(6, 2, *[3] * dims)), jnp.float32)
    second = jnp.asarray(RNG.normal(size=(3, 6, *[2] * dims)), jnp.float32)

    def loss(kernels, x):
        grouped = jax.lax.conv_general_dilated(
            x, kernels[0], [2] * dims, "SAME", feature_group_count=2
        )
        y = jax.lax.conv_general_dilated(
            jnp.tanh(grouped), kernels[1], [1] * dims, [(1, 0)] * dims, [2] * dims
        )
        return jnp.sum(y**2)

    grad = jax.value_and_grad(loss, (0, 1))
    found, wanted = quick_on_cpu(grad, 5)((first, second), x), grad((first, second), x)
    jax.tree.map(partial(assert_allclose, rtol=1e-4, atol=1e-3), found, wanted)
    made = str(jax.make_jaxpr(quick_on_cpu(grad, 5))((first, second), x))
    orders = set(re.findall(r"lhs_spec=\(([\d, ]+)\)", made))
    assert orders == {", ".join(map(str, (0, dims + 1, *range(1, dims + 1))))}


def test_an_event_that_is_there_twice_has_weight_two():
    data, rows = samples(), np.arange(10)
    weights = np.where(np.arange(len(data)) < 10, 2.0, 1.0)
    how = descent(batch=None, epochs=20)
    weighted = train(net(), data.weighted(weights), how)
    assert_near(train(net(), twice(data, rows), how).model, weighted.model)
    assert weighted.sum_of_weights == 74


def test_events_that_are_there_twice_halve_the_variance():
    # Of the likelihood; weights of two say nothing of their number.
    once = newton((X, CLASSES), L.Bernoulli())
    both = Samples.of(np.tile(X, (2, 1)), np.tile(CLASSES, 2))
    double = newton(both, L.Bernoulli())
    assert_allclose(list(double.values.values()), list(once.values.values()), rtol=1e-7)
    assert_allclose(double.covariance, once.covariance / 2, rtol=1e-6)
    assert double.loss == pytest.approx(2 * once.loss, rel=1e-9)
    ones, twos = (
        newton(Samples.of(X, CLASSES, weights=np.full(80, w)), L.Bernoulli())
        for w in (1.0, 2.0)
    )
    assert_allclose(list(twos.values.values()), list(once.values.values()), rtol=1e-7)
    assert_allclose(twos.covariance, ones.covariance, rtol=1e-6)


def test_an_event_of_no_weight_is_absent():
    every = samples(74)
    weights = np.where(np.arange(74) % 7 == 1, 0.0, 1.0)
    weights[[5, 73]] = 0
    assert weights.sum() == 61
    how = descent(batch=None, epochs=20)
    absent = every.take(weights > 0)
    # Three events more, whose weight is zero, so that there are as many as elsewhere.
    strange = Samples.of(
        np.concatenate([absent.inputs, np.full((3, 3), 9.0)]),
        np.concatenate([absent.targets, [0, 1, 0]]),
        weights=np.append(np.ones(61), np.zeros(3)),
    )
    kept = train(net(), strange, how)
    weighted = train(net(), every.weighted(weights), how)
    assert_near(weighted.model, kept.model)
    assert weighted.loss == pytest.approx(kept.loss, rel=1e-6)
    truth = cross_entropy(kept.model, absent)
    assert kept.loss == pytest.approx(2 * 61 * truth, rel=1e-5)


def test_a_common_factor_of_the_weights_changes_nothing():
    data = samples()
    plain = train(net(), data)
    assert_near(train(net(), data.weighted(np.full(len(data), 7.0))).model, plain.model)


# What a result says


def cross_entropy(model, data):
    z = np.asarray(jax.vmap(model)(data.inputs), float)[:, 0]
    each = np.logaddexp(0, z) - data.targets * z
    return np.average(each, weights=data.weights)


def test_the_loss_is_that_of_the_model_that_is_returned():
    weights = RNG.uniform(0.5, 2, 64)
    data = samples(weights=weights)
    found = train(net(percent=30), data, decay=0.05)
    squares = sum(float(np.sum(w**2)) for w in (found.model.first, found.model.second))
    truth = weights.sum() * cross_entropy(found.model, data) + 0.05 * squares
    assert found.loss == pytest.approx(2 * truth, rel=1e-5)
    assert found.n_events == 64
    assert found.sum_of_weights == pytest.approx(weights.sum())
    assert len(found.history) == found.minimum.epochs == 5
    assert "5 epochs of 4 steps" in found.message
    assert json.loads(json.dumps(found.to_dict()))["loss"] == pytest.approx(found.loss)


def test_a_further_term_of_the_outputs_is_part_of_the_loss():
    # (z - x)^2 on top of a small cross-entropy makes the output the first input.
    def term(z, x):
        return 30.0 * jnp.sum((z - x[0]) ** 2)

    how = descent(0.05, batch=None, epochs=300)
    found = train(net(), samples(), how, of_outputs=term)
    z = np.asarray(jax.vmap(found.model)(samples().inputs))[:, 0]
    assert np.std(z - samples().inputs[:, 0]) < 0.3
    assert np.corrcoef(z, samples().inputs[:, 0])[0, 1] > 0.95


def test_a_tie_makes_parts_alike():
    how = descent(0.02, batch=None, epochs=200)
    apart = train(net(), samples(), how).model.first
    tied = train(net(), samples(), how, tie=50.0).model.first
    assert np.linalg.norm(apart[0] - apart[1]) > 0.5
    assert np.linalg.norm(tied[0] - tied[1]) < 0.02


def test_nothing_that_was_learnt_is_told():
    rng = np.random.default_rng(5)
    x = rng.normal(size=(64, 3)).astype(np.float32)
    t = (rng.random(64) < 0.25).astype(float)
    how = descent(1e-6, epochs=1)
    notes = train(net(), Samples.of(x, t), how).status.notes
    assert any("nothing was learnt" in note for note in notes)
    p = t.mean()
    entropy = -p * math.log(p) - (1 - p) * math.log(1 - p)
    assert any(f"has the loss {entropy:.5g} an event" in note for note in notes)
    learnt = train(net(), samples(), descent(0.05, epochs=40)).status
    assert not any("nothing was learnt" in note for note in learnt.notes)


def test_the_loss_of_a_constant_picture():
    rng = np.random.default_rng(5)
    x, w = rng.normal(size=(64, 3)).astype(np.float32), rng.uniform(0.5, 2, 64)
    t = rng.normal(size=(64, 2, 2)) + np.arange(4.0).reshape(2, 2)
    objective = lk.losses.SquaredError().objective(
        net(outputs=4), Samples.of(x, t, weights=w)
    )
    mean = np.average(t, axis=0, weights=w)
    variance = np.average((t - mean) ** 2, axis=0, weights=w).sum()
    assert constant_loss(objective) == pytest.approx(variance, rel=1e-6)


@pytest.mark.parametrize("members", [1, 3])
def test_a_training_that_diverges_is_a_result(members):
    rates = [3e38, 1e-3, 1e-2][:members]
    model = net() if members == 1 else ensemble(members)
    found = train(model, samples(), descent(rates))
    assert not found.ok
    assert "no longer finite in epoch 1" in found.message
    assert "lower the learning rate" in found.message
    json.dumps(found.to_dict())
    if members > 1:
        assert "of 1 of 3 members" in found.message
        assert_array_equal(found.minimum.diverged, [0, -1, -1])
        # The others have learnt to the end.
        assert np.isfinite(flat(found.model.member(1))).all()
        assert np.isfinite(found.minimum.training_loss[:, 1:]).all()
        assert np.isnan(found.minimum.training_loss[1:, 0]).all()


def test_a_model_that_returns_nan_is_a_result():
    broken = eqx.tree_at(lambda m: m.second, net(), jnp.full((1, 4), jnp.nan))
    found = train(broken, samples())
    assert not found.ok
    assert "no longer finite in epoch 1" in found.message


# Early stopping


def by_hand(losses, patience, smallest):
    """Return the best epoch and the last one."""
    best, best_epoch = math.inf, 0
    for epoch, loss in enumerate(losses, 1):
        if loss < best - smallest:
            best, best_epoch = loss, epoch
        if epoch - best_epoch >= patience:
            return best_epoch, epoch
    return best_epoch, len(losses)


@pytest.fixture(scope="module")
def overtrained():
    """Return a training without stopping, whose validation loss rises in the end."""
    return train(net(), watched(), descent(0.05, epochs=50))


@pytest.mark.parametrize(("patience", "smallest"), [(1, 0), (6, 0), (6, 0.01), (60, 0)])
def test_it_stops_after_its_patience_with_the_best_weights(
    overtrained, patience, smallest
):
    losses = overtrained.minimum.validation_loss[:, 0]
    best, last = by_hand(losses, patience, smallest)
    how = descent(0.05, epochs=50, stopping=lk.EarlyStopping(patience, smallest))
    found = train(net(), watched(), how)
    assert found.minimum.best_epoch.tolist() == [best]
    assert found.minimum.epochs == last
    assert found.minimum.stopped.tolist() == [last < 50]
    assert best < last
    validation = cross_entropy(found.model, watched()["validation"])
    assert validation == pytest.approx(losses[best - 1], rel=1e-5)
    assert_same(found.model, train(net(), watched(), descent(0.05, epochs=best)).model)
    assert f"those of epoch {best}" in found.message


def test_without_stopping_the_last_weights_are_returned(overtrained):
    losses = overtrained.minimum.validation_loss[:, 0]
    last = cross_entropy(overtrained.model, watched()["validation"])
    assert last == pytest.approx(losses[-1], rel=1e-5)
    assert losses[-1] > losses.min() + 0.01


def test_weighted_validation_events_watch_by_their_weights():
    weights = RNG.uniform(0, 3, 32)
    data = watched()
    data["validation"] = data["validation"].weighted(weights)
    found = train(net(), data)
    truth = cross_entropy(found.model, data["validation"])
    assert found.minimum.validation_loss[-1, 0] == pytest.approx(truth, rel=1e-5)


# Batches and epochs


def test_a_batch_of_all_events_is_gradient_descent():
    whole = train(net(), samples(), descent(batch=None))
    assert whole.minimum.steps == 1
    for batch in (64, 1000):
        assert_same(train(net(), samples(), descent(batch=batch)).model, whole.model)


def test_the_steps_of_an_epoch_are_counted():
    for batch, steps in ((1, 64), (16, 4), (None, 1)):
        found = train(net(), samples(), descent(1e-3, batch=batch, epochs=2))
        assert found.minimum.steps == steps
        assert found.ok


def test_ten_events_are_enough():
    data = {"train": samples(7), "validation": samples(3, 1)}
    how = descent(batch=256, stopping=lk.EarlyStopping(3))
    found = train(net(), data, how)
    assert found.ok
    assert np.isfinite(found.minimum.validation_loss).all()


def rows_of(found, seed, epoch, batch):
    parts = [np.asarray(part) for part in found.batches([seed], epoch, batch)]
    return np.concatenate(parts, axis=1)[0]


@pytest.mark.parametrize("chunk", [1 << 26, 600, 1])
def test_each_event_is_in_one_batch_of_an_epoch(monkeypatch, chunk):
    monkeypatch.setattr(store, "CHUNK", chunk)
    found = store.Store.of(samples(), None, 1, np.float32)
    rows = rows_of(found, 3, 0, 10)
    assert sorted(rows[rows >= 0]) == list(range(64))
    assert rows.shape[1] == 10
    assert (rows[:, 0] >= 0).sum() == 7
    assert_array_equal(rows, rows_of(found, 3, 0, 10))
    for other in (rows_of(found, 3, 1, 10), rows_of(found, 4, 0, 10)):
        assert (rows[:7] != other[:7]).any()


def test_chunks_of_an_epoch_are_as_one(monkeypatch):
    whole = train(net(), samples())
    monkeypatch.setattr(store, "CHUNK", 600)
    parts = train(net(), samples())
    assert_same(parts.model, whole.model)
    assert_allclose(parts.minimum.training_loss, whole.minimum.training_loss, rtol=1e-6)


@pytest.mark.parametrize("members", [1, 3])
def test_events_that_a_device_has_no_room_for_are_learnt_alike(monkeypatch, members):
    monkeypatch.setattr(store, "CHUNK", 600)
    model = net() if members == 1 else ensemble(members)
    parts = {"train": samples(), "validation": samples(seed=1)}
    here = train(model, parts)
    monkeypatch.setattr(kept, "room", lambda: 100.0)
    there = train(model, parts)
    # Chunks of other sizes are other programs, which round in another order.
    assert_near(there.model, here.model, rtol=1e-6, atol=1e-7)
    for name in ("training_loss", "validation_loss"):
        one, other = (getattr(found.minimum, name) for found in (here, there))
        assert_allclose(one, other, rtol=1e-6)


def test_events_on_a_disk_are_learnt_in_pieces(monkeypatch, tmp_path):
    data = samples(640)
    np.save(tmp_path / "inputs.npy", data.inputs)
    inputs = np.load(tmp_path / "inputs.npy", mmap_mode="r")
    mapped = Samples.of(inputs, data.targets, weights=data.weights)
    monkeypatch.setattr(store, "CHUNK", 600)
    monkeypatch.setattr(store, "READ", 8)
    monkeypatch.setattr(store, "BLOCK", 16)
    sent = []
    chunk = kept.WithHost.chunk
    monkeypatch.setattr(
        kept.WithHost, "chunk", lambda k, rows: sent.append(rows) or chunk(k, rows)
    )
    found = train(net(), mapped)
    whole = train(net(), data)
    sizes = {rows.size for rows in sent}
    assert max(sizes) <= 2 * 600 / data.inputs[0].nbytes
    rows = sent[: -(-640 // sent[0].size)]
    rows = np.concatenate([r.ravel() for r in rows])
    assert sorted(rows[rows >= 0]) == list(range(640))
    # Neighbours on the disk are near in time, and seldom in one batch.
    assert np.median(np.abs(np.diff(rows[rows >= 0]))) > 8
    end, best = found.minimum.training_loss[-1], whole.minimum.training_loss[-1]
    assert_allclose(end, best, rtol=0.05)


def test_the_seed_makes_the_order():
    again = [train(net(), samples(), descent(seed=s)).model for s in (3, 3, 4)]
    assert_same(again[0], again[1])
    assert (flat(again[0]) != flat(again[2])).any()


def test_what_is_random_in_a_model_is_so_in_training_alone():
    # Of events that are all the same, the loss depends on what is dropped out alone.
    data = watched()
    data["train"] = samples().take(np.zeros(64, int))
    dropped = train(net(percent=50), data, descent(1e-12, epochs=3))
    plain = cross_entropy(net(), data["validation"])
    assert_allclose(dropped.minimum.validation_loss, plain, rtol=1e-6)
    losses = dropped.minimum.training_loss[:, 0]
    assert len(set(losses)) == 3
    assert np.abs(losses - cross_entropy(net(), data["train"])).min() > 1e-4


def test_dropout_of_equinox_is_off_where_nothing_is_learnt():
    class Dropping(eqx.Module):
        linear: eqx.nn.Linear
        dropout: eqx.nn.Dropout

        def __call__(self, x, *, key=None):
            return self.linear(self.dropout(x, key=key))

    linear = eqx.nn.Linear(3, 1, key=jax.random.key(0))
    model = Dropping(linear, eqx.nn.Dropout(0.5))
    data = {"train": samples(), "validation": samples()}
    how = descent(1e-12, epochs=1)
    found = lk.fit(model, data, loss=L.Bernoulli(), minimiser=how)
    truth = cross_entropy(linear, samples())
    assert found.minimum.validation_loss[0, 0] == pytest.approx(truth, rel=1e-6)
    assert abs(found.minimum.training_loss[0, 0] - truth) > 1e-4


# Schedules

SCHEDULES = {
    "constant": (Constant(2.0), lambda t: 1.0),
    "cosine": (lk.Cosine(2.0), lambda t: 0.5 * (1 + np.cos(np.pi * t))),
    "cosine, risen": (
        lk.Cosine(2.0, warmup=0.2, final=0.1),
        lambda t: t / 0.2 if t < 0.2 else 0.55 + 0.45 * np.cos(np.pi * (t - 0.2) / 0.8),
    ),
    "linear": (Linear(2.0, final=0.25), lambda t: 1 - 0.75 * t),
    "linear, risen": (
        Linear(2.0, warmup=0.5),
        lambda t: 2 * t if t < 0.5 else 2 * (1 - t),
    ),
    "exponential": (Exponential(2.0, final=0.04), lambda t: 0.04**t),
    "steps": (
        Steps(2.0, at=(0.3, 0.5), factor_each=0.2),
        lambda t: 0.2 ** ((t >= 0.3) + (t >= 0.5)),
    ),
}


@pytest.mark.parametrize(("schedule", "truth"), SCHEDULES.values(), ids=SCHEDULES)
def test_a_schedule_is_its_formula(schedule, truth):
    for t in (0.0, 0.1, 0.2, 0.3, 0.5, 0.75, 1.0):
        assert_allclose(schedule.factor(jnp.asarray(t)), truth(t), rtol=1e-6, atol=1e-9)


RISEN = lk.Cosine(0.05, warmup=0.2, final=0.1)


def test_a_schedule_is_followed():
    rates = train(net(), samples(), descent(RISEN)).minimum.learning_rate[:, 0]
    ends = [(4 * (epoch + 1) - 1) / 20 for epoch in range(5)]
    truth = [0.05 * SCHEDULES["cosine, risen"][1](t) for t in ends]
    assert_allclose(rates, truth, rtol=1e-6)


# Checkpoints


class Stop(Exception):
    """Ends a training from within."""


@contextmanager
def interrupted(epochs):
    """End what is trained inside after some epochs."""

    @contextmanager
    def listener(label, total):
        told = 0

        def advance(text=""):
            nonlocal told
            told += 1
            if told == epochs:
                raise Stop

        yield advance

    with use_progress(listener), pytest.raises(Stop):
        yield


KINDS = {
    "a net": (net, 0.05),
    "a random net": (lambda: net(percent=30), 0.5),
    "a random ensemble": (lambda: ensemble(percent=30), 0.5),
}


@pytest.mark.parametrize(("make", "rate"), KINDS.values(), ids=KINDS)
def test_a_training_goes_on_to_the_same_bits(tmp_path, monkeypatch, make, rate):
    monkeypatch.setattr(course, "PATIENCE", 0.0)
    options = {"epochs": 9, "stopping": lk.EarlyStopping(20)}
    whole = train(make(), watched(), descent(rate, **options))
    # The best weights are from before the second break.
    assert whole.minimum.best_epoch.min() < 5
    options["checkpoint"] = tmp_path / "state"
    how = descent(rate, **options)
    with interrupted(4):
        train(make(), watched(), how)
    with interrupted(6):  # the epochs before are told, too
        train(make(), watched(), how)
    found = train(make(), watched(), how)
    assert_same(found.model, whole.model)
    for name in ("training_loss", "validation_loss", "gradient_norm", "best_epoch"):
        assert_array_equal(
            getattr(found.minimum, name), getattr(whole.minimum, name), name
        )
    assert found.loss == whole.loss
    # What is complete is not trained again, and longer is what longer would have been.
    assert_same(train(make(), watched(), how).model, whole.model)
    longer = train(make(), watched(), descent(rate, **options | {"epochs": 12}))
    direct = {"epochs": 12, "stopping": lk.EarlyStopping(20)}
    assert_same(longer.model, train(make(), watched(), descent(rate, **direct)).model)


def test_a_falling_rate_goes_on_to_the_same_bits(tmp_path, monkeypatch):
    monkeypatch.setattr(course, "PATIENCE", 0.0)
    rate = RISEN
    how = descent(rate, epochs=6, checkpoint=tmp_path / "state")
    with interrupted(4):
        train(net(), samples(), how)
    whole = train(net(), samples(), descent(rate, epochs=6))
    assert_same(train(net(), samples(), how).model, whole.model)
    with pytest.raises(LikelyError, match="of another training"):
        train(net(), samples(), descent(rate, epochs=8, checkpoint=tmp_path / "state"))


KILLED = """
import sys
sys.path.insert(0, {folder!r})
from learning_cases import descent, net, samples, train
from likely.fit.learning import training
training.PATIENCE = 0.0
train(net(percent=30), samples(), descent(epochs=100_000, checkpoint={file!r}))
"""


def epochs_in(file):
    try:
        with safe_open(file, "numpy") as content:
            return len(json.loads(content.metadata()["course"])["rows"])
    except FileNotFoundError:
        return 0


def test_a_training_that_is_killed_goes_on_to_the_same_bits(tmp_path):
    file = tmp_path / "state"
    code = KILLED.format(folder=str(Path(__file__).parent), file=str(file))
    child = subprocess.Popen([sys.executable, "-c", code])
    try:
        end = time.monotonic() + 120
        while epochs_in(file) < 5:
            assert child.poll() is None
            assert time.monotonic() < end
            time.sleep(0.01)
    finally:
        os.kill(child.pid, signal.SIGKILL)
        child.wait()
    epochs = epochs_in(file)
    assert 5 <= epochs < 100_000
    how = descent(epochs=epochs + 3, checkpoint=file)
    whole = train(net(percent=30), samples(), descent(epochs=epochs + 3))
    assert_same(train(net(percent=30), samples(), how).model, whole.model)


OTHERS = {
    "events": lambda go: go(data=samples(seed=3)),
    "weights of events": lambda go: go(data=samples(weights=np.full(64, 2.0))),
    "validation events": lambda go: go(data=watched()),
    "start": lambda go: go(model=net(1)),
    "shape": lambda go: go(model=ensemble()),
    "class": lambda go: go(model=net(percent=20)),
    "loss": lambda go: go(label_smoothing=0.1),
    "penalty": lambda go: go(decay=0.2),
    "rule": lambda go: go(rule=lk.RMSprop(1e-2)),
    "rate": lambda go: go(rule=lk.Adam(2e-2)),
    "option of the rule": lambda go: go(rule=lk.Adam(1e-2, beta1=0.8)),
    "batch": lambda go: go(batch=32),
    "seed": lambda go: go(seed=1),
    "precision": lambda go: go(precision="bfloat16"),
}


@pytest.fixture(scope="module")
def finished(tmp_path_factory):
    file = tmp_path_factory.mktemp("checkpoint") / "state"
    train(net(), samples(), descent(checkpoint=file), decay=0.1)
    return file


@pytest.mark.parametrize("change", OTHERS.values(), ids=OTHERS)
def test_a_checkpoint_of_another_training_is_refused(finished, change):
    def go(model=None, data=None, decay=0.1, label_smoothing=0.0, **options):
        rule = options.pop("rule", lk.Adam(1e-2))
        options = {"batch": 16, "epochs": 5, "checkpoint": finished, **options}
        train(
            model or net(),
            data or samples(),
            lk.Descent(rule, **options),
            decay=decay,
            label_smoothing=label_smoothing,
        )

    go()  # the same is none of another
    with pytest.raises(LikelyError, match="is of another training.*name another file"):
        change(go)


class Activated(eqx.Module):
    """A model of which a part is a function, and another a number."""

    weight: jax.Array
    function: object
    drop: object

    def __call__(self, x):
        return self.function(self.weight @ x)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        (
            Activated(jnp.ones(3), jax.nn.relu, 0.1),
            Activated(jnp.ones(3), jax.nn.relu, 0.2),
        ),
        (
            Activated(jnp.ones(3), jax.nn.relu, 0.1),
            Activated(jnp.ones(3), jax.nn.silu, 0.1),
        ),
    ],
    ids=["number", "function"],
)
def test_a_model_that_differs_in_no_weight_is_another(tmp_path, one, other):
    def mark(model):
        objective = L.Bernoulli().objective(model, samples())
        return Checkpoint.of(objective, descent(checkpoint=tmp_path / "x")).fingerprint

    assert mark(one) == mark(one)
    assert mark(one) != mark(other)


def test_rates_of_members_are_part_of_a_training(tmp_path):
    objective = L.Bernoulli().objective(ensemble(), samples())

    def mark(rates):
        how = descent(np.array(rates), checkpoint=tmp_path / "x")
        return Checkpoint.of(objective, how).fingerprint

    assert mark([1e-3, 1e-2, 1e-1]) == mark([1e-3, 1e-2, 1e-1])
    assert mark([1e-3, 1e-2, 1e-1]) != mark([1e-3, 1e-2, 2e-1])


def test_fewer_epochs_than_there_are_in_a_checkpoint_are_refused(tmp_path):
    file = tmp_path / "state"
    train(net(), samples(), descent(epochs=5, checkpoint=file))
    with pytest.raises(LikelyError, match="is of 5 epochs, more than `epochs=3`"):
        train(net(), samples(), descent(epochs=3, checkpoint=file))


def test_a_damaged_checkpoint_is_told(tmp_path):
    file = tmp_path / "state"
    train(net(), samples(), descent(checkpoint=file))
    content = file.read_bytes()
    for damaged in (
        b"",
        content[:100],
        content[: len(content) // 2],
        b"no file of ours",
    ):
        file.write_bytes(damaged)
        with pytest.raises(LikelyError, match="cannot be read.*remove it"):
            train(net(), samples(), descent(checkpoint=file))
    save_file({"a": np.zeros(3)}, file)
    with pytest.raises(LikelyError, match="cannot be read"):
        train(net(), samples(), descent(checkpoint=file))


def test_a_place_that_cannot_be_written_is_told_before_the_training(tmp_path):
    told = []

    @contextmanager
    def listener(label, total):
        yield told.append

    file = tmp_path / "nowhere" / "state"
    with use_progress(listener), pytest.raises(LikelyError, match="there is no folder"):
        train(net(), samples(), descent(checkpoint=file))
    assert not told
    with pytest.raises(LikelyError, match="is a folder; name a file"):
        train(net(), samples(), descent(checkpoint=tmp_path))


# Ensembles


@pytest.fixture(params=["devices", "one device"])
def devices(request, monkeypatch):
    """Train members on several devices, one after the other, and on one, as a batch."""
    if request.param == "one device":
        monkeypatch.setattr(store, "members_mesh", lambda members: None)
    return request.param


def alone(model, seed, monkeypatch, minimiser, data):
    """Return a model that is trained alone, with the seed of a member."""
    with monkeypatch.context() as patch:
        patch.setattr(course, "seeds_of", lambda *_: np.array([seed], np.uint32))
        return train(model, data, minimiser)


def test_a_member_is_as_if_it_were_alone(devices, monkeypatch):
    several = ensemble(percent=30)
    stopping = lk.EarlyStopping(2)
    rates = [0.05, 0.003, 0.02]
    how = descent(rates, epochs=8, stopping=stopping)
    found = train(several, watched(), how)
    assert store.slots_of(3) == (3 if devices == "one device" else 4)
    for m, seed in enumerate(course.seeds_of(0, 3)):
        how = descent(rates[m], epochs=8, stopping=stopping)
        one = alone(several.member(m), seed, monkeypatch, how, watched())
        assert_near(found.model.member(m), one.model)
        assert found.minimum.best_epoch[m] == one.minimum.best_epoch[0]
        assert found.minimum.stopped[m] == one.minimum.stopped[0]
        last = one.minimum.epochs
        both = found.minimum.validation_loss[:, m], one.minimum.validation_loss[:, 0]
        assert_allclose(both[0][:last], both[1], rtol=1e-5)
        assert np.isnan(both[0][last:]).all()
        assert_allclose(found.minimum.learning_rate[:, m], rates[m], rtol=1e-6)


def test_the_first_member_has_the_seed_of_a_model_alone():
    several = ensemble()
    found = train(several, samples())
    assert_near(found.model.member(0), train(several.member(0), samples()).model)
    assert (flat(found.model.member(0)) != flat(found.model.member(1))).any()
    assert_array_equal(course.seeds_of(5, 4)[:2], course.seeds_of(5, 2))


def test_an_ensemble_is_the_mean_of_its_members():
    several = ensemble()
    x = samples().inputs[0]
    each = [several.member(m)(x) for m in range(3)]
    assert_allclose(several.outputs(x), each, rtol=1e-6)
    assert_allclose(several(x), np.mean(each, axis=0), rtol=1e-6)


def test_a_member_of_a_rotation_learns_its_part():
    # In as many steps as without a rotation.
    rows = tuple(
        np.flatnonzero(np.arange(64) % 5 != m).astype(np.int32) for m in (0, 1, 2)
    )
    data, several = samples(), ensemble()
    found = train(several, Rotation(data, rows), descent(1e-7, epochs=1))
    for m in range(3):
        truth = cross_entropy(several.member(m), data.take(rows[m]))
        assert found.minimum.training_loss[0, m] == pytest.approx(truth, rel=1e-4)
    # What it does not learn from does not matter to it.
    others = np.where(np.arange(64) % 5 == 1, -1.0, 1.0)[:, None]
    changed = Samples.of((data.inputs * others).astype(np.float32), data.targets)
    one, other = (train(several, Rotation(d, rows)).model for d in (data, changed))
    assert_same(one.member(1), other.member(1))
    for m in (0, 2):
        assert (flat(one.member(m)) != flat(other.member(m))).any()


# One program, and precisions


@contextmanager
def compiled(caplog):
    """Give the names of the programs that are compiled inside."""
    names = []
    caplog.clear()
    with jax.log_compiles(), caplog.at_level(logging.WARNING):
        yield names
    found = [re.match(r"Compiling (\S+)", message) for message in caplog.messages]
    names += [match[1] for match in found if match]
    caplog.clear()


def test_a_program_is_compiled_once(caplog):
    def go(epochs, seed=0, rate=1e-2, strength=0.1, start=0):
        how = descent(rate, batch=24, epochs=epochs, seed=seed)
        data = {"train": samples(seed=seed), "validation": samples(40, 7)}
        train(net(start), data, how, decay=strength)

    with compiled(caplog) as first:
        go(5)
    assert len([name for name in first if "run_epoch" in name]) == 1
    with compiled(caplog) as second:
        go(5)
        # Nor for other numbers, where all shapes are the same.
        go(11, seed=4, rate=3e-3, strength=0.5, start=2)
    assert second == []


def test_bfloat16_is_near():
    full, low = (
        train(net(), watched(), descent(0.02, epochs=20, precision=precision))
        for precision in ("float32", "bfloat16")
    )
    assert all(a.dtype == jnp.float32 for a in arrays(low.model))
    difference = np.abs(flat(full.model) - flat(low.model))
    assert 1e-6 < difference.max() < 0.1
    assert low.loss == pytest.approx(full.loss, rel=0.01)


class Set(eqx.Module):
    """A model of inputs of several shapes, some of them whole numbers."""

    table: jax.Array
    weight: jax.Array

    def __call__(self, x):
        cells = jnp.where(x["mask"], x["cells"], 0.0)
        return self.table[x["kind"]] + jnp.sum(cells) * self.weight


def test_inputs_of_several_shapes_are_learnt():
    rng = np.random.default_rng(2)
    kind = rng.integers(0, 3, 64)
    cells = rng.normal(size=(64, 5))
    mask = rng.random((64, 5)) < 0.7
    cells_seen = np.where(mask, cells, 1e6)  # what is masked must not matter
    truth = np.array([1.0, -2.0, 0.5])[kind] + 0.3 * np.sum(cells * mask, axis=1)
    inputs = {"kind": kind, "cells": cells_seen, "mask": mask}
    how = lk.Descent(lk.Adam(lk.Cosine(0.1)), batch=16, epochs=150)
    found = lk.fit(
        Set(jnp.zeros(3), jnp.zeros(())),
        Samples.of(inputs, truth),
        loss=L.SquaredError(),
        minimiser=how,
    )
    assert_allclose(found.model.table, [1.0, -2.0, 0.5], atol=0.01)
    assert_allclose(found.model.weight, 0.3, atol=0.01)


def test_whole_numbers_stay_so_in_double_precision():
    class Table(eqx.Module):
        table: jax.Array

        def __call__(self, x):
            return self.table[x]

    kind, t = np.arange(60) % 3, np.arange(60.0)
    objective = L.SquaredError().objective(Table(jnp.zeros(3)), (kind, t))
    x = np.array([1.0, -2.0, 30.0])
    assert objective.value(x) == pytest.approx(np.sum((t - x[kind]) ** 2))


# Densities

M = lk.Observable("m", -100, 100)  # so wide that nothing is cut off
MASSES = {"m": np.random.default_rng(4).normal(4, 1.5, 400)}


def peak(least=0.0):
    sigma = lk.Parameter("sigma", 1, 0.1, 5)
    return Gauss(M, lk.Parameter("mu", 5, least, 10), sigma)


def test_gradient_descent_moves_parameters_to_the_minimum():
    how = lk.Descent(lk.Adam(lk.Cosine(0.1)), epochs=300)
    found = lk.fit(peak(), MASSES, minimiser=how)
    assert found.ok, found.status
    m, s, n = MASSES["m"].mean(), MASSES["m"].std(), 400
    truth = {"mu": (m, s / np.sqrt(n)), "sigma": (s, s / np.sqrt(2 * n))}
    for name, (value, error) in truth.items():
        assert abs(found.values[name] - value) < 2e-3 * error
        assert found.errors[name] == pytest.approx(error, rel=2e-3)


def test_gradient_descent_that_ends_too_early_says_so():
    found = lk.fit(peak(), MASSES, minimiser=lk.Descent(lk.SGD(1e-4), epochs=3))
    assert not found.ok
    assert "has not converged in 3 epochs" in found.message
    assert "Raise `epochs`" in found.message


def test_parameters_stay_inside_their_limits():
    how = lk.Descent(lk.Adam(0.1), epochs=100)
    found = lk.fit(peak(4.5), MASSES, minimiser=how)
    assert found.values["mu"] == 4.5
    assert found["mu"].at_limit


@pytest.mark.parametrize(
    "options",
    [{"stopping": lk.EarlyStopping(3)}, {"checkpoint": "x"}, {"precision": "bfloat16"}],
    ids=lambda options: next(iter(options)),
)
def test_what_is_for_networks_is_refused_for_densities(options):
    name = next(iter(options))
    with pytest.raises(LikelyError, match=rf"`Descent\({name}=...\)` is for networks"):
        lk.fit(peak(), MASSES, minimiser=lk.Descent(**options))


def test_rates_of_members_are_refused_for_densities():
    with pytest.raises(LikelyError, match="a density takes one number"):
        lk.fit(peak(), MASSES, minimiser=lk.Descent(lk.SGD([0.1, 0.2])))


# Wrong inputs


class Raising(eqx.Module):
    weight: jax.Array

    def __call__(self, x):
        assert x.shape == (7,), "seven numbers wanted"
        return self.weight @ x


class Pair(eqx.Module):
    weight: jax.Array

    def __call__(self, x):
        return self.weight @ x, x


class Branching(eqx.Module):
    weight: jax.Array

    def __call__(self, x):
        return self.weight @ x if x[0] > 0 else x[0]


def ones(n=3):
    return jnp.ones(n, jnp.float32)


def penalised(penalty):
    minimiser = descent()
    lk.fit(net(), S, loss=L.Bernoulli(penalties=penalty), minimiser=minimiser)


S = samples()
COLUMNS = Dataset.of({"x": np.arange(4.0), "t": np.arange(4.0)})
WRONG = {
    "nan": (lambda: train(net(), (np.full((4, 3), np.nan), np.ones(4))), "be finite"),
    "ragged": (lambda: train(net(), ([[1, 2], [1]], [0, 1])), "different lengths"),
    "texts": (lambda: train(net(), (["a", "b"], [0, 1])), "must be numbers"),
    "a file": (lambda: train(net(), "events.root"), "must be `Samples`.*got str"),
    "one array": (lambda: train(net(), S.inputs), "a pair of arrays.*got ndarray"),
    "a dataset": (lambda: train(net(), COLUMNS), "`lk.Features.of"),
    "columns": (lambda: train(net(), {"x": [1.0]}), r"got the keys \['x'\]"),
    "datasets": (lambda: train(net(), {"train": COLUMNS}), "got Dataset"),
    "an array that watches": (
        lambda: train(net(), {"train": S, "validation": S.inputs}),
        "got ndarray",
    ),
    "no targets": (lambda: train(net(), Samples.of(S.inputs)), "no targets to learn"),
    "no events": (lambda: train(net(), S.take([])), '`data."train".` have no events'),
    "no weight": (
        lambda: train(net(), S.weighted(np.zeros(64))),
        "positive sum; it is 0",
    ),
    "negative sum": (
        lambda: train(net(), S.weighted(-np.ones(64))),
        "train events must have a positive sum; it is -64",
    ),
    "weights that watch": (
        lambda: train(net(), {"train": S, "validation": S.weighted(-np.ones(64))}),
        "validation events must have a positive sum",
    ),
    "narrow": (
        lambda: train(net(), (S.inputs[:, :2], S.targets)),
        r"cannot take the inputs of one event, of shape \(2,\)",
    ),
    "narrow where it is watched": (
        lambda: train(net(), {"train": S, "validation": (S.inputs[:, :2], S.targets)}),
        r"of shape \(2,\)",
    ),
    "targets of two shapes": (
        lambda: train(
            net(), {"train": S, "validation": (S.inputs, S.targets[:, None])}
        ),
        "same shapes in training and validation",
    ),
    "beyond single precision": (
        lambda: train(net(), (np.full((4, 3), 1e300), np.ones(4))),
        r"got 1e\+300. Scale them",
    ),
    "outputs": (lambda: train(net(outputs=2), S), "needs 1 output"),
    "class 2 of two": (
        lambda: lk.fit(
            net(outputs=2), (S.inputs, np.arange(64) % 3), loss=L.Categorical()
        ),
        "2 outputs, for the classes 0 to 1; targets go from 0 to 2",
    ),
    "classes that are no index": (
        lambda: lk.fit(net(outputs=2), S, loss=L.Categorical()),
        "the index of the class.*got float64",
    ),
    "no weights": (lambda: train(len, S), "must be a network.*got builtin"),
    "a word": (lambda: train("mlp", S), "must be a network.*got str"),
    "a density": (lambda: train(peak(), S), "must be a network"),
    "a model that raises": (
        lambda: lk.fit(Raising(ones()), S, loss=L.Bernoulli(), minimiser=descent()),
        "seven numbers wanted",
    ),
    "a pair": (
        lambda: lk.fit(Pair(ones()), S, loss=L.Bernoulli(), minimiser=descent()),
        "must give one array.*got tuple",
    ),
    "a branch": (
        lambda: lk.fit(Branching(ones()), S, loss=L.Bernoulli(), minimiser=descent()),
        "boolean conversion of traced",
    ),
    "a vector as penalty": (
        lambda: penalised(L.Penalty(lambda m: m.bias)),
        "the penalty `Penalty`",
    ),
    "a penalty that raises": (
        lambda: penalised(L.Penalty(lambda m: m.third)),
        "penalty `Penalty` cannot be computed: .*third",
    ),
    "a penalty for no part": (
        lambda: penalised(L.L2(0.1, where=lambda m: m.third)),
        "no such part",
    ),
    "a vector of outputs": (
        lambda: train(net(), S, of_outputs=lambda y, x: x),
        r"`of_outputs` must be one number; it has shape \(3,\)",
    ),
    "derived": (
        lambda: lk.fit(
            net(),
            S,
            loss=L.Bernoulli(),
            derived=[(2 * lk.Parameter("a", 1.0)).named("b")],
        ),
        "weights of a network have no names",
    ),
    "too many weights": (
        lambda: lk.fit(
            net(inputs=500), (np.zeros((4, 500)), np.ones(4)), loss=L.Bernoulli()
        ),
        "2008 weights is trained by `Descent`",
    ),
    "an ensemble by Newton": (
        lambda: lk.fit(ensemble(), S, loss=L.Bernoulli()),
        "at most 2000 weights of one model",
    ),
    "several arrays by Newton": (
        lambda: lk.fit(
            Set(jnp.zeros(3), jnp.zeros(())),
            Samples.of(
                {
                    "kind": np.zeros(4, int),
                    "cells": np.zeros((4, 2)),
                    "mask": np.ones((4, 2), bool),
                },
                np.zeros(4),
            ),
            loss=L.SquaredError(),
        ),
        "several arrays are for `Descent` only",
    ),
    "stopping without events": (
        lambda: train(net(), S, descent(stopping=lk.EarlyStopping())),
        "watches validation events and there are none",
    ),
    "a rate for each of no members": (
        lambda: train(net(), S, descent([1e-3, 1e-2])),
        "2 values for 1 members",
    ),
    "two rates for three": (
        lambda: train(ensemble(), S, descent([1e-3, 1e-2])),
        "2 values for 3 members",
    ),
    "a rotation of other folds": (
        lambda: train(ensemble(), Rotation.of_folds(S, lk.data.folds(64, 2))),
        "a rotation of 2 folds",
    ),
}


@pytest.mark.parametrize(("call", "message"), WRONG.values(), ids=WRONG)
def test_what_does_not_fit_together_is_told_in_words(call, message):
    with pytest.raises(LikelyError, match=message):
        call()


OPTIONS = {
    "rate 0": (lambda: lk.Adam(0), "`learning_rate` must be positive.*got 0"),
    "rate -1": (lambda: lk.SGD(-1.0), "must be positive"),
    "rate in words": (lambda: lk.SGD("fast"), "got 'fast'"),
    "rate nan": (lambda: lk.Adam(math.nan), "got nan"),
    "rates": (lambda: lk.Adam([1e-3, -1e-3]), "must be positive"),
    "rates of rates": (lambda: lk.Adam([[1e-3]]), "must be positive"),
    "rate of a schedule": (lambda: lk.Adam(lk.Cosine(-1.0)), "must be positive"),
    "momentum": (lambda: lk.SGD(0.1, momentum=1.0), r"in \[0, 1\); got 1"),
    "decay": (lambda: lk.RMSprop(0.1, decay="a"), "`decay` must be in.*got 'a'"),
    "beta": (lambda: lk.Adam(0.1, beta2=-0.1), "`beta2`"),
    "epsilon": (lambda: lk.Adam(0.1, epsilon=0), "`epsilon` must be positive"),
    "weight decay": (lambda: lk.Adam(0.1, weight_decay=-1), "`weight_decay`"),
    "norm": (lambda: lk.Clipped(lk.SGD(0.1), norm=0), "`norm` must be positive"),
    "clipped what": (lambda: lk.Clipped("adam"), "such as `Adam.*got str"),
    "warmup": (lambda: lk.Cosine(0.1, warmup=1.0), "`warmup`"),
    "final": (lambda: Linear(0.1, final=-1.0), "`final` must be zero or positive"),
    "final of a power": (lambda: Exponential(0.1, final=0), "`final` must be positive"),
    "at": (lambda: Steps(0.1, at=(0.5, 2)), "`at` must be in"),
    "batch 0": (lambda: lk.Descent(batch=0), "`batch` must be a positive whole.*got 0"),
    "batch 2.5": (lambda: lk.Descent(batch=2.5), "got 2.5"),
    "batch true": (lambda: lk.Descent(batch=True), "got True"),
    "epochs 0": (lambda: lk.Descent(epochs=0), "`epochs` must be a positive whole"),
    "epochs in words": (lambda: lk.Descent(epochs="many"), "got 'many'"),
    "seed -1": (lambda: lk.Descent(seed=-1), "`seed` must be a whole number >= 0"),
    "seed 1.5": (lambda: lk.Descent(seed=1.5), "got 1.5"),
    "precision": (lambda: lk.Descent(precision="float16"), "float32, bfloat16; got"),
    "rule in words": (lambda: lk.Descent("adam"), r"such as `Adam\(1e-3\)`; got str"),
    "rule that is a class": (lambda: lk.Descent(lk.Adam), "got Adam"),
    "rate as rule": (lambda: lk.Descent(1e-3), "got float"),
    "stopping": (lambda: lk.Descent(stopping=5), "`EarlyStopping.*got int"),
    "checkpoint": (lambda: lk.Descent(checkpoint=3), "path of a file; got int"),
    "patience": (lambda: lk.EarlyStopping(0), "`patience` must be a positive whole"),
    "patience in words": (lambda: lk.EarlyStopping("long"), "got 'long'"),
    "smallest": (lambda: lk.EarlyStopping(5, -1.0), "`smallest` must be zero or pos"),
    "transformation": (lambda: Optax(0.1, "adam"), "one of optax.*got str"),
    "no members": (lambda: ensemble(0), "`size` must be a positive whole number"),
    "no member 3": (lambda: ensemble().member(3), "from 0 to 2; got 3"),
    "members of two shapes": (
        lambda: stacked([net(), net(inputs=4)]),
        "same layers and shapes",
    ),
}


@pytest.mark.parametrize(("make", "message"), OPTIONS.values(), ids=OPTIONS)
def test_wrong_options_are_told_in_words(make, message):
    with pytest.raises(LikelyError, match=message):
        make()


def test_whole_numbers_of_any_kind_are_whole_numbers():
    how = lk.Descent(batch=np.int64(16), epochs=np.int32(5), seed=np.uint8(3))
    assert (how.batch, how.epochs, how.seed) == (16, 5, 3)


# The whole


def two_gaussians(n, rng):
    """Return points of two classes of different widths, and log p(x|1) / p(x|0)."""
    t = rng.integers(0, 2, n)
    x = rng.normal(size=(n, 2)) * np.where(t, 1.0, 1.5)[:, None]
    x[:, 0] += t * 0.8
    dense = [
        stats.norm(0.8, 1).logpdf(x[:, 0]) + stats.norm(0, 1).logpdf(x[:, 1]),
        stats.norm(0, 1.5).logpdf(x).sum(axis=1),
    ]
    return x, t, dense[0] - dense[1]


def area(scores, t):
    """Return the probability that an event of class 1 has the larger score."""
    ranks = stats.rankdata(scores)[t == 1].sum()
    n1 = t.sum()
    return (ranks - n1 * (n1 + 1) / 2) / (n1 * (len(t) - n1))


def test_a_classifier_learns_the_likelihood_ratio():
    rng = np.random.default_rng(8)
    x, t, _ = two_gaussians(150_000, rng)
    new, labels, truth = two_gaussians(40_000, rng)
    options = {"activation": jnp.tanh, "dtype": jnp.float32, "key": jax.random.key(0)}
    model = eqx.nn.MLP(2, "scalar", 16, 2, **options)
    how = lk.Descent(lk.Adam(lk.Cosine(0.02)), batch=1000, epochs=15)
    data = Samples.of(x, t.astype(float))
    found = lk.fit(model, data, loss=L.Bernoulli(), minimiser=how)
    scores = np.asarray(jax.vmap(found.model)(jnp.asarray(new, jnp.float32)), float)
    assert area(truth, labels) - area(scores, labels) < 0.003
    low, high = np.quantile(truth, [0.1, 0.9])
    bulk = (truth > low) & (truth < high)
    off = np.exp(scores - truth)[bulk] - 1
    assert np.sqrt(np.mean(off**2)) < 0.05
