"""Losses of learning against SciPy's densities and definitions; penalties as priors."""

import inspect
import math
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np
import pytest
from numpy.testing import assert_allclose
from scipy import stats

from likely.core import LikelyError
from likely.fit import losses
from likely.fit.losses import (
    L1,
    L2,
    AbstractLearningLoss,
    AbstractPenalty,
    Bernoulli,
    Categorical,
    Gaussian,
    Huber,
    Penalty,
    Poisson,
    Quantile,
    SquaredError,
    Tie,
)


@dataclass(frozen=True)
class Case:
    """A loss, what is known of it from outside, and where it is looked at.

    Args:
        loss: The loss.
        truth: From output and target to the value.
        outputs: Outputs, one after the other.
        targets: A target for each output.
        known: From an output to what it says of the target.
        line: All targets, of which exp(-loss) is summed or, if dense, integrated.
    """

    loss: AbstractLearningLoss
    truth: Callable[[Any, Any], float]
    outputs: Any
    targets: Any
    known: Callable[[Any], Any]
    line: Any = None


def smoothed(z, t, epsilon):
    """Return the cross-entropy of (1 - epsilon) of the class and epsilon of all."""
    p = np.exp(z) / np.exp(z).sum()
    parts = np.full(len(z), epsilon / len(z))
    parts[t] += 1 - epsilon
    return -np.sum(parts * np.log(p))


def expit(z):
    return 1 / (1 + np.exp(-z))


def asymmetric_laplace(y, t, levels):
    """Return what is above the smallest of minus the log-density of each level."""
    found = 0.0
    for q, y_q in zip(levels, y, strict=True):
        kappa = math.sqrt(q / (1 - q))
        density = stats.laplace_asymmetric(
            kappa, loc=y_q, scale=1 / math.sqrt(q * (1 - q))
        )
        found += density.logpdf(y_q) - density.logpdf(t)
    return found


def huber(r, delta):
    return 0.5 * r**2 if abs(r) <= delta else delta * (abs(r) - 0.5 * delta)


SCALARS = np.array([[-2.3], [0.4], [1.9], [0.02]])
LOGITS = np.array([[0.3, -1.2, 2.0], [4.0, 0.1, -0.7], [0.0, 0.0, 0.0]])
PAIRS = np.array([[0.4, -0.5], [-1.3, 0.2], [2.0, 1.1], [0.0, -2.0]])
TRIPLES = np.array([[-1.0, 0.1, 1.4], [2.0, 0.3, 0.31], [0.5, 0.5, 0.5]])
NUMBERS = np.array([0.3, -2.7, 1.95, 8.0])
LINE = np.linspace(-60, 60, 60_001)
CASES = {
    "Bernoulli": Case(
        Bernoulli(),
        lambda z, t: -stats.bernoulli(expit(z[0])).logpmf(t),
        SCALARS,
        np.array([0.0, 1.0, 0.0, 1.0]),
        lambda z: stats.bernoulli(expit(z)).mean(),
        np.arange(2.0),
    ),
    "Bernoulli of a fraction": Case(
        Bernoulli(),
        lambda z, t: -t * np.log(expit(z[0])) - (1 - t) * np.log(expit(-z[0])),
        SCALARS,
        np.array([0.2, 0.9, 0.0, 0.5]),
        expit,
    ),
    "Bernoulli, smoothed": Case(
        Bernoulli(label_smoothing=0.2),
        lambda z, t: smoothed(np.array([0.0, z[0]]), int(t), 0.2),
        SCALARS,
        np.array([0.0, 1.0, 0.0, 1.0]),
        expit,
        np.arange(2.0),
    ),
    "Bernoulli of several": Case(
        Bernoulli(),
        lambda z, t: -stats.bernoulli(expit(z)).logpmf(t).sum(),
        PAIRS,
        np.array([[0.0, 1.0], [1.0, 1.0], [0.0, 0.0], [1.0, 0.0]]),
        expit,
        np.array([[0.0, 0.0], [0.0, 1.0], [1.0, 0.0], [1.0, 1.0]]),
    ),
    "Categorical": Case(
        Categorical(),
        lambda z, t: -np.log(stats.multinomial(1, softmax(z)).pmf(np.eye(3)[t])),
        LOGITS,
        np.array([2, 1, 0]),
        lambda z: softmax(z),
        np.arange(3),
    ),
    "Categorical, smoothed": Case(
        Categorical(label_smoothing=0.3),
        lambda z, t: smoothed(z, t, 0.3),
        LOGITS,
        np.array([2, 1, 0]),
        lambda z: softmax(z),
        np.arange(3),
    ),
    "Categorical of an image": Case(
        Categorical(),
        lambda z, t: sum(smoothed(z[i], t[i], 0.0) for i in range(2)),
        np.stack([LOGITS[:2], LOGITS[1:]]),
        np.array([[2, 0], [1, 1]]),
        lambda z: np.stack([softmax(row) for row in z]),
        np.array([[i, j] for i in range(3) for j in range(3)]),
    ),
    "Gaussian": Case(
        Gaussian(),
        lambda y, t: -stats.norm(y[0], np.exp(y[1])).logpdf(t),
        PAIRS,
        NUMBERS,
        lambda y: [[y[0], np.exp(y[1])]],
        LINE,
    ),
    "Gaussian of a known width": Case(
        Gaussian(sigma=0.7),
        lambda y, t: -stats.norm(y[0], 0.7).logpdf(t),
        SCALARS,
        NUMBERS,
        lambda y: y,
        LINE,
    ),
    "Gaussian of two": Case(
        Gaussian(),
        lambda y, t: -stats.norm(y[:2], np.exp(y[2:])).logpdf(t).sum(),
        np.concatenate([PAIRS, PAIRS[::-1]], axis=1),
        np.stack([NUMBERS, NUMBERS[::-1]], axis=1),
        lambda y: np.stack([y[:2], np.exp(y[2:])], axis=1),
    ),
    "Poisson": Case(
        Poisson(),
        lambda z, t: -stats.poisson(np.exp(z[0])).logpmf(t),
        SCALARS,
        np.array([0.0, 3.0, 11.0, 1.0]),
        lambda z: stats.poisson(np.exp(z)).mean(),
        np.arange(200.0),
    ),
    "Quantile": Case(
        Quantile(),
        lambda y, t: asymmetric_laplace(y, t, (0.16, 0.5, 0.84)),
        TRIPLES,
        NUMBERS[:3],
        lambda y: y,
        LINE,
    ),
    "Quantile of one level": Case(
        Quantile(levels=(0.9,)),
        lambda y, t: asymmetric_laplace(y, t, (0.9,)),
        SCALARS,
        NUMBERS,
        lambda y: y,
        LINE,
    ),
    "SquaredError": Case(
        SquaredError(),
        lambda y, t: (t - y[0]) ** 2,
        SCALARS,
        NUMBERS,
        lambda y: y,
        LINE,
    ),
    "SquaredError of two": Case(
        SquaredError(),
        lambda y, t: np.sum((t - y) ** 2),
        PAIRS,
        np.stack([NUMBERS, NUMBERS[::-1]], axis=1),
        lambda y: y,
    ),
    "Huber": Case(
        Huber(),
        lambda y, t: huber(t - y[0], 1.0),
        SCALARS,
        NUMBERS,
        lambda y: y,
        LINE,
    ),
    "Huber of another width": Case(
        Huber(delta=0.25),
        lambda y, t: huber(t - y[0], 0.25),
        SCALARS,
        NUMBERS,
        lambda y: y,
        LINE,
    ),
}
cases = pytest.mark.parametrize("case", CASES.values(), ids=CASES)
WITH_LINE = {name: case for name, case in CASES.items() if case.line is not None}
OF_ONE = {
    name: case
    for name, case in CASES.items()
    if case.outputs[0].shape == (1,) and not isinstance(case.loss, Quantile)
}
OF_NUMBERS = {
    name: case for name, case in CASES.items() if np.shape(case.targets)[1:] == ()
}


def softmax(z):
    return np.exp(z) / np.exp(z).sum()


def final(base):
    """Return the losses, or penalties, that there are."""
    found = vars(losses).get("__all__") or dir(losses)
    classes = [getattr(losses, name) for name in found if name[0].isupper()]
    return {c for c in classes if issubclass(c, base) and not inspect.isabstract(c)}


def test_each_loss_has_a_case():
    assert {type(case.loss) for case in CASES.values()} == final(AbstractLearningLoss)


@cases
def test_its_value_is_minus_the_log_density(case):
    for y, t in zip(case.outputs, case.targets, strict=True):
        value = case.loss.of_event(jnp.asarray(y), t)
        assert value.shape == ()
        assert_allclose(value, case.truth(y, t), rtol=1e-12, atol=1e-13)


@pytest.mark.parametrize("case", WITH_LINE.values(), ids=WITH_LINE)
def test_it_is_a_likelihood_where_its_density_is_normalised(case):
    y = jnp.asarray(case.outputs[0])
    density = np.exp(-jax.vmap(case.loss.of_event, (None, 0))(y, case.line))
    is_dense = case.line is LINE
    total = np.trapezoid(density, LINE) if is_dense else density.sum()
    assert (abs(total - 1) < 1e-6) == case.loss.is_likelihood


@cases
def test_its_gradient_is_the_slope(case):
    slope = jax.grad(case.loss.of_event)
    for y, t in zip(case.outputs, case.targets, strict=True):
        found = np.ravel(slope(jnp.asarray(y), t))
        for i in range(y.size):
            step = np.zeros(y.size)
            step[i] = 1e-6
            up, down = ((y.ravel() + s).reshape(y.shape) for s in (step, -step))
            change = case.truth(up, t) - case.truth(down, t)
            assert_allclose(found[i], change / 2e-6, rtol=1e-6, atol=1e-8)


@cases
def test_its_prediction_is_of_the_target(case):
    for y in case.outputs:
        assert_allclose(case.loss.prediction(jnp.asarray(y)), case.known(y), rtol=1e-12)


@cases
def test_it_keeps_single_precision(case):
    y, t = jnp.asarray(case.outputs[0], jnp.float32), case.targets[0]
    value = case.loss.of_event(y, t)
    assert value.dtype == jnp.float32
    assert_allclose(value, case.truth(case.outputs[0], t), rtol=1e-5)


@pytest.mark.parametrize("case", OF_ONE.values(), ids=OF_ONE)
def test_outputs_of_one_number_need_no_axis(case):
    y, t = jnp.asarray(case.outputs[1]), case.targets[1]
    assert case.loss.of_event(y[0], t) == case.loss.of_event(y, t)
    assert case.loss.of_event(y, np.array([t])) == case.loss.of_event(y, t)


def some_targets(loss, rng, n=41):
    if isinstance(loss, Categorical):
        return rng.choice(3, n, p=[0.2, 0.5, 0.3])
    if isinstance(loss, Bernoulli):
        return rng.binomial(1, 0.3, n).astype(float)
    if isinstance(loss, Poisson):
        return rng.poisson(2.5, n).astype(float)
    return rng.standard_t(3, n) + 1


@pytest.mark.parametrize("weighted", [False, True])
@pytest.mark.parametrize("case", OF_NUMBERS.values(), ids=OF_NUMBERS)
def test_its_constant_is_the_best_one(case, weighted):
    rng = np.random.default_rng(3)
    loss, targets = case.loss, some_targets(case.loss, rng)
    weights = rng.uniform(0.1, 3, len(targets)) if weighted else None

    @jax.jit
    def total(y):
        each = jax.vmap(loss.of_event, (None, 0))(y, targets)
        return jnp.average(each, weights=weights)

    best = np.atleast_1d(loss.constant(targets, weights))
    lowest = total(best)
    for size in (1e-4, 1e-2, 1.0):
        for step in rng.normal(size=(30, best.size)) * size:
            assert total(best + step) >= lowest - 1e-13


@pytest.mark.parametrize("loss", [Categorical(), Bernoulli(), SquaredError()], ids=str)
def test_the_constant_of_a_picture_is_that_of_each_pixel(loss):
    rng = np.random.default_rng(5)
    targets = np.stack([some_targets(loss, rng) for _ in range(6)], 1).reshape(-1, 2, 3)
    weights = rng.uniform(0.1, 3, len(targets))
    found = loss.constant(targets, weights)
    for i, j in np.ndindex(2, 3):
        alone = loss.constant(targets[:, i, j], weights)
        np.testing.assert_allclose(found[i, j], alone, rtol=1e-12)


@pytest.mark.parametrize(
    ("loss", "targets"),
    [
        (Bernoulli(), np.zeros(5)),
        (Bernoulli(), np.ones(5)),
        (Categorical(), np.full(5, 2)),
        (Gaussian(), np.full(5, 1.7)),
        (Poisson(), np.zeros(5)),
        (Huber(), np.full(5, 1.7)),
        (Quantile(), np.full(5, 1.7)),
    ],
)
def test_its_constant_is_finite_where_all_targets_are_the_same(loss, targets):
    assert np.isfinite(loss.constant(targets, None)).all()


@pytest.mark.parametrize(
    ("loss", "output", "target"),
    [
        (Bernoulli(), [800.0], 1.0),
        (Bernoulli(), [800.0], 0.0),
        (Bernoulli(), [-800.0], 1.0),
        (Categorical(), [900.0, -900.0], 1),
        (Gaussian(), [1.0, -40.0], 1.0),
        (Quantile(), [1e6, 1.0, -1e6], 1.0),
        (Huber(), [1e18], 0.0),
    ],
)
def test_extreme_outputs_have_finite_gradients(loss, output, target):
    y = jnp.asarray(output, jnp.float32)
    value, slope = jax.value_and_grad(loss.of_event)(y, target)
    assert np.isfinite(value)
    assert np.isfinite(slope).all()


REFUSED = {
    "no output for each target": (Bernoulli(), (2,), np.zeros(4), "needs 1 output for"),
    "one output for two targets": (
        SquaredError(),
        (1,),
        np.zeros((4, 2)),
        "needs 2 outputs",
    ),
    "three classes": (Bernoulli(), (1,), np.arange(3.0), "0 to 2.*take `Categorical`"),
    "no index": (Categorical(), (3,), np.zeros(4), "whole number; got float64"),
    "too few outputs": (Categorical(), (3,), np.arange(4), "3 outputs.*from 0 to 3"),
    "class -1": (Categorical(), (3,), np.array([0, -1]), "targets go from -1 to 0"),
    "no axis of classes": (Categorical(), (), np.arange(2), r"\(classes\).*gives \(\)"),
    "another image": (
        Categorical(),
        (5, 4, 3),
        np.zeros((7, 5, 5), int),
        r"\(5, 5, classes\).*\(5, 4, 3\)",
    ),
    "no width": (Gaussian(), (1,), np.zeros(4), "needs 2 outputs"),
    "a width too much": (Gaussian(sigma=1.0), (2,), np.zeros(4), "needs 1 output"),
    "negative counts": (Poisson(), (1,), np.array([1.0, -2.0]), "from -2 to 1"),
    "counts without a factorial": (Poisson(), (1,), np.array([1e308]), "1e\\+308"),
    "two levels": (Quantile(), (2,), np.zeros(4), "3 outputs.*shape \\(2,\\)"),
    "quantiles of two targets": (Quantile(), (3,), np.zeros((4, 2)), "one target"),
    "Huber": (Huber(), (3,), np.zeros(4), "needs 1 output"),
}


@pytest.mark.parametrize(
    ("loss", "shape", "targets", "message"), REFUSED.values(), ids=REFUSED
)
def test_outputs_that_cannot_describe_the_targets_are_refused(
    loss, shape, targets, message
):
    with pytest.raises(LikelyError, match=message):
        loss.check(shape, targets)


@cases
def test_outputs_that_can_are_not(case):
    case.loss.check(case.outputs[0].shape, case.targets)


OPTIONS = {
    "smoothing of one": (lambda: Bernoulli(label_smoothing=1.0), r"in \[0, 1\); got 1"),
    "smoothing below zero": (lambda: Categorical(label_smoothing=-0.1), "got -0.1"),
    "a text": (lambda: Categorical(label_smoothing="much"), "got 'much'"),
    "nan": (lambda: Bernoulli(label_smoothing=math.nan), "got nan"),
    "no width": (lambda: Gaussian(sigma=0), "`sigma` must be positive; got 0"),
    "an infinite width": (lambda: Gaussian(sigma=math.inf), "got inf"),
    "no levels": (lambda: Quantile(levels=()), "`levels`.*got \\(\\)"),
    "a level of one": (lambda: Quantile(levels=(0.5, 1)), "`levels`"),
    "one number": (lambda: Quantile(levels=0.5), "such as"),
    "delta": (lambda: Huber(delta=-1), "`delta` must be positive; got -1"),
    "a function as penalty": (
        lambda: Bernoulli(penalties=(len,)),
        "takes penalties such as .*got builtin",
    ),
    "a number as penalty": (lambda: Bernoulli(penalties=0.1), "got float"),
    "of no outputs": (lambda: Huber(of_outputs=3), "must be a function.*got int"),
    "a negative prior": (lambda: L2(-0.1), "`strength` must be zero or positive"),
    "a strength in words": (lambda: L1("strong"), "got 'strong'"),
    "a strength that is nan": (lambda: Penalty(abs, math.nan), "a finite number"),
    "a negative tie": (lambda: Tie(abs, abs, -1), "zero or positive"),
}


@pytest.mark.parametrize(("make", "message"), OPTIONS.values(), ids=OPTIONS)
def test_wrong_options_are_told_in_words(make, message):
    with pytest.raises(LikelyError, match=message):
        make()


def test_one_penalty_needs_no_tuple():
    one = L2(0.1)
    assert Bernoulli(penalties=one).penalties == (one,)
    assert Bernoulli(penalties=[one, one]).penalties == (one, one)


class Net(eqx.Module):
    """Two matrices, a bias and a count that is no weight."""

    first: jax.Array
    second: jax.Array
    bias: jax.Array
    count: jax.Array


def net():
    rng = np.random.default_rng(0)
    first, second, bias = (rng.normal(size=s) for s in [(3, 2), (3, 2), (3,)])
    return Net(*map(jnp.asarray, (first, second, bias, np.arange(4).reshape(2, 2))))


A, B, C = (np.asarray(w) for w in (net().first, net().second, net().bias))
PENALTIES = {
    "L2": (L2(0.3), 0.3 * (np.sum(A**2) + np.sum(B**2))),
    "L2 of a bias": (L2(0.3, where=lambda m: m.bias), 0.3 * np.sum(C**2)),
    "L2 of all": (
        L2(2.0, where=lambda m: m),
        2 * ((A**2).sum() + (B**2).sum() + (C**2).sum()),
    ),
    "L1": (L1(0.3), 0.3 * (np.abs(A).sum() + np.abs(B).sum())),
    "L1 of two": (
        L1(0.3, where=lambda m: (m.first, m.bias)),
        0.3 * (np.abs(A).sum() + np.abs(C).sum()),
    ),
    "Tie": (
        Tie(lambda m: m.first, lambda m: m.second, 0.7),
        0.7 * np.linalg.norm(A - B) ** 2,
    ),
    "Penalty": (Penalty(lambda m: jnp.max(m.bias), 2.0), 2 * C.max()),
}
penalties = pytest.mark.parametrize(
    ("penalty", "truth"), PENALTIES.values(), ids=PENALTIES
)


def test_each_penalty_has_a_case():
    assert {type(p) for p, _ in PENALTIES.values()} == final(AbstractPenalty)


@penalties
def test_a_penalty_is_its_formula(penalty, truth):
    assert_allclose(penalty(net()), truth, rtol=1e-13)


@penalties
def test_a_penalty_has_the_slope_of_its_formula(penalty, truth):
    model = net()
    slope = eqx.filter_grad(lambda m: penalty(m))(model)
    rng = np.random.default_rng(5)
    for name in ("first", "second", "bias"):
        w = getattr(model, name)
        step = 1e-6 * rng.normal(size=w.shape)
        up, down = (
            eqx.tree_at(lambda m, name=name: getattr(m, name), model, w + s)
            for s in (step, -step)
        )
        change = float(penalty(up) - penalty(down))
        along = float(np.sum(getattr(slope, name) * 2 * step))
        assert_allclose(along, change, rtol=1e-5, atol=1e-13)
    assert slope.count is None


def test_penalties_are_the_priors_that_they_say():
    ours = float(L2(0.3)(net())) - float(L2(0.3)(eqx.tree_at(first, net(), 0 * A)))
    prior = stats.norm(0, 1 / math.sqrt(2 * 0.3))
    assert_allclose(ours, np.sum(prior.logpdf(0) - prior.logpdf(A)), rtol=1e-12)
    ours = float(L1(0.3)(net())) - float(L1(0.3)(eqx.tree_at(first, net(), 0 * A)))
    prior = stats.laplace(0, 1 / 0.3)
    assert_allclose(ours, np.sum(prior.logpdf(0) - prior.logpdf(A)), rtol=1e-12)


def first(model):
    return model.first


@pytest.mark.parametrize(
    ("penalty", "message"),
    [
        (L2(0.1, where=lambda m: m.third), "no such part.*third"),
        (L2(0.1, where=lambda m: m.count), "has no weights; name another by `where`"),
        (L1(0.1, where=lambda m: None), "has no weights"),
        (Tie(lambda m: m.first, lambda m: m.bias, 1.0), r"\[\(3, 2\)\] and \[\(3,\)\]"),
        (Tie(lambda m: None, lambda m: None, 1.0), "has no weights"),
    ],
)
def test_a_penalty_for_no_weights_is_refused(penalty, message):
    with pytest.raises(LikelyError, match=message):
        penalty(net())


def test_a_model_without_matrices_has_no_default_penalty():
    class Line(eqx.Module):
        slope: jax.Array

    with pytest.raises(LikelyError, match="name another by `where`"):
        L2(0.1)(Line(jnp.ones(3)))
    assert L2(0.1, where=lambda m: m.slope)(Line(jnp.ones(3))) == pytest.approx(0.3)
