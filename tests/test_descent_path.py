"""Ways of gradient descent, the range test of learning rates, the noise of gradients.

Truth are closed forms of descent on a quadratic, PyTorch 2.13 on the function of
Rosenbrock, and gradients of a linear model written down by hand.
"""

from inspect import unwrap  # past the types, which a user is free to get wrong

import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np
import pytest
from matplotlib.figure import Figure
from numpy.testing import assert_allclose

import likely as lk
from likely.core import LikelyError
from likely.fit import Cosine, DescentPath
from likely.nets import ACTIVATIONS

H = np.array([[3.0, 1.0], [1.0, 0.8]])
LOWEST = np.array([0.5, -1.0])
START = np.array([2.0, 1.5])
STEPS = 25


def valley(w):
    """Return a quadratic with the Hessian H, lowest at LOWEST."""
    r = w - LOWEST
    return 0.5 * r @ jnp.asarray(H) @ r


def rosenbrock(w):
    return (1 - w[0]) ** 2 + 100 * (w[1] - w[0] ** 2) ** 2


def powers(A, start):
    """Return A^k start for all steps k."""
    return np.stack([np.linalg.matrix_power(A, k) @ start for k in range(STEPS + 1)])


def test_descent_on_a_quadratic_is_a_power_of_a_matrix():
    eta = 0.3
    path = lk.descent_path(valley, START, lk.SGD(eta), steps=STEPS)
    expected = LOWEST + powers(np.eye(2) - eta * H, START - LOWEST)
    assert path.steps == STEPS
    assert_allclose(path.points, expected, rtol=0, atol=1e-13)
    r = expected - LOWEST
    assert_allclose(path.values, 0.5 * np.einsum("ki,ij,kj->k", r, H, r), atol=1e-13)


@pytest.mark.parametrize("nesterov", [False, True])
def test_momentum_is_a_linear_recurrence(nesterov):
    eta, mu = 0.1, 0.8
    rule = lk.SGD(eta, momentum=mu, nesterov=nesterov)
    path = lk.descent_path(valley, START, rule, steps=STEPS)
    one, none = np.eye(2), np.zeros((2, 2))
    # Of (w, b): first b <- mu b + H w, then w <- w - eta u.
    gather = np.block([[one, none], [H, mu * one]])
    move = np.block([[one, -eta * one], [none, one]])
    if nesterov:  # u = g + mu b with the gradient of before
        move = np.block([[one, -eta * mu * one], [none, one]])
        direct = np.block([[one - eta * H, none], [none, one]])
        both = move @ gather - np.eye(4) + direct
    else:
        both = move @ gather
    state = np.concatenate([START - LOWEST, np.zeros(2)])
    assert_allclose(path.points, LOWEST + powers(both, state)[:, :2], atol=1e-12)


# After 60 steps from (-1.2, 1).
TORCH = {
    "sgd": (lk.SGD(1e-3), [-0.98146792766468, 0.97129239677638]),
    "momentum": (lk.SGD(2e-4, momentum=0.9), [-0.88331366093528, 0.78678510092306]),
    "nesterov": (
        lk.SGD(2e-4, momentum=0.9, nesterov=True),
        [-0.92650015656178, 0.86644737036543],
    ),
    "rmsprop": (lk.RMSprop(1e-2), [-1.01925988597932, 1.04513556836161]),
    "adam": (lk.Adam(5e-2), [-0.97947433164961, 0.97468277228127]),
    "adamw": (lk.Adam(5e-2, weight_decay=0.1), [-0.78337457160823, 0.61526211004265]),
}


@pytest.mark.parametrize("name", TORCH)
def test_a_rule_goes_where_that_of_pytorch_goes(name):
    rule, end = TORCH[name]
    path = lk.descent_path(rosenbrock, [-1.2, 1.0], rule, steps=60)
    assert_allclose(path.points[-1], end, rtol=0, atol=1e-11)
    assert_allclose(path.values[-1], rosenbrock(path.points[-1]), rtol=1e-12)


def test_a_number_is_a_variable_too_and_a_schedule_counts():
    K, eta = 20, 0.4
    path = lk.descent_path(lambda w: w, 3.0, lk.SGD(Cosine(eta)), steps=K)
    rates = eta * 0.5 * (1 + np.cos(np.pi * np.arange(K) / K))
    assert_allclose(path.points, 3.0 - np.append(0, np.cumsum(rates)), atol=1e-13)
    assert repr(path).startswith("DescentPath(20 steps, 3 -> ")


def test_too_large_a_step_diverges_without_an_error():
    path = lk.descent_path(lambda w: w**2, 1.0, lk.SGD(1.5), steps=2000)
    assert_allclose(path.points[:4], [1, -2, 4, -8])
    assert not np.isfinite(path.values[-1])


def test_each_event_is_used_once_a_round():
    n, batch = 12, 4
    each = 2.0 ** np.arange(n)
    path = lk.descent_path(
        lambda w, x: w * x, 0.0, lk.SGD(1.0), steps=6, data=(each,), batch=batch
    )
    # The gradient of an event is its own power of two: sums tell which were used.
    sums = -np.diff(path.points) * batch
    used = [[i for i in range(n) if round(s) >> i & 1] for s in sums]
    assert [len(u) for u in used] == [batch] * 6
    for first in (0, 3):
        assert sorted(used[first] + used[first + 1] + used[first + 2]) == [*range(n)]
    assert used[:3] != used[3:]
    assert_allclose(path.values, path.points * each.mean())


def test_all_events_are_the_mean_and_one_is_noise():
    x = np.linspace(-1, 1, 40)
    t = 0.3 + 0.5 * x

    def loss(w, x, t):
        return 0.5 * (w[0] + w[1] * x - t) ** 2

    def run(batch, seed=0, rate=0.05):
        return lk.descent_path(
            loss, [0.0, 0.0], lk.SGD(rate), data=(x, t), batch=batch, seed=seed
        )

    X = np.stack([np.ones(40), x], axis=1)
    A, b = X.T @ X / 40, X.T @ t / 40
    whole, w = run(None), np.zeros(2)
    for k in range(100):
        assert_allclose(whole.points[k], w, atol=1e-13)
        w = w - 0.05 * (A @ w - b)
    one = run(1)
    assert_allclose(one.points, run(1).points)
    assert abs(one.points - run(1, seed=1).points).max() > 1e-3
    # With small steps, a round of single events is one step of all of them.
    assert_allclose(run(1, rate=1e-7).points[40], 40e-7 * b, rtol=1e-5)


WRONG = {
    "function": (dict(function=3), "`function` must be one"),
    "vector": (dict(function=lambda w: w), "must give one real number"),
    "whole": (dict(function=lambda w: 1), "must give one real number"),
    "numpy": (dict(function=lambda w: np.sin(w)[0]), "written with jax.numpy"),
    "start": (dict(start=[[1.0]]), "`start` must be a number"),
    "infinite": (dict(start=[np.inf, 0.0]), "`start` must be a number"),
    "words": (dict(start="here"), "`start` must be a number"),
    "rule": (dict(rule=0.1), "`rule` must be a rule"),
    "rates": (dict(rule=lk.SGD([0.1, 0.2])), "one learning rate"),
    "steps": (dict(steps=0), "`steps` must be"),
    "many": (dict(steps=10**7), "`steps` must be at most"),
    "batch": (dict(batch=5), "give them as `data`"),
    "array": (dict(data=np.ones(3)), "must be a tuple"),
    "lengths": (dict(data=(np.ones(3), np.ones(4))), r"got \[3, 4\]"),
    "text": (dict(data=(["a"],)), r"`data\[0\]` must be an array of numbers"),
    "missing": (dict(data=([1.0, np.nan],)), r"`data\[0\]` must be finite"),
    "arguments": (dict(data=(np.ones(3),)), "cannot be computed .* one event"),
    "size": (
        dict(function=lambda w, x: w[0] * x, data=(np.ones(3),), batch=4),
        "`batch` must be at most 3",
    ),
}


@pytest.mark.parametrize("case", WRONG)
def test_what_is_wrong_with_a_path_is_said(case):
    given, text = WRONG[case]
    whole = dict(function=valley, start=START, rule=lk.SGD(0.1)) | given
    function, start, rule = (whole.pop(k) for k in ("function", "start", "rule"))
    with pytest.raises(LikelyError, match=text):
        unwrap(lk.descent_path)(function, start, rule, **whole)


# A linear model without bias, whose gradients are written down in NumPy.


class Linear(eqx.Module):
    w: jax.Array

    def __call__(self, x):
        return x @ self.w


D, SIGMA = 3, 1.5
TRUE = np.array([1.0, -2.0, 0.5])
LOSS = lk.losses.SquaredError()


def linear_events(n, seed):
    rng = np.random.default_rng(seed)
    x = rng.normal(size=(n, D))
    return x, x @ TRUE + rng.normal(0, SIGMA, n)


def gradients(w, x, t):
    return 2 * x * (x @ w - t)[:, None]


def test_noise_of_single_events_is_their_covariance():
    x, t = linear_events(200, 0)
    found = lk.gradient_noise(Linear(jnp.zeros(D)), (x, t), loss=LOSS, batch=1)
    g = gradients(np.zeros(D), x, t)
    trace = np.trace(np.cov(g.T))
    norm = np.sum(g.mean(axis=0) ** 2) - trace / 200
    assert_allclose(found.trace.value, trace, rtol=1e-12)
    assert_allclose(found.squared_norm.value, norm, rtol=1e-12)
    assert_allclose(found.scale.value, trace / norm, rtol=1e-12)
    left_out = []
    for j in range(200):
        rest = np.delete(g, j, axis=0)
        trace = np.trace(np.cov(rest.T))
        norm = np.sum(rest.mean(axis=0) ** 2) - trace / 199
        left_out.append([trace / norm, norm, trace])
    error = np.sqrt(199**2 / 200 * np.var(left_out, axis=0, ddof=1))
    errors = [found.scale.error, found.squared_norm.error, found.trace.error]
    assert_allclose(errors, error, rtol=1e-9)
    assert str(found).startswith("noise scale ")


def test_noise_scale_of_a_linear_model_and_its_error():
    # For standard normal inputs: tr Sigma = 4 ((D + 1) |w - TRUE|^2 + D SIGMA^2).
    w = np.array([0.2, 0.1, 0.3])
    square = np.sum((w - TRUE) ** 2)
    trace, norm = 4 * ((D + 1) * square + D * SIGMA**2), 4 * square
    model = Linear(jnp.asarray(w))
    found = [
        lk.gradient_noise(model, linear_events(2000, seed), loss=LOSS, batch=20)
        for seed in range(40)
    ]
    for name, true in (("trace", trace), ("squared_norm", norm)):
        values = np.array([getattr(f, name).value for f in found])
        assert abs(values.mean() - true) < 3 * values.std() / 6
    pulls = [(f.scale.value - trace / norm) / f.scale.error for f in found]
    assert abs(np.mean(pulls)) < 0.5
    assert 0.7 < np.std(pulls) < 1.35


def test_weights_and_penalties_count_as_in_a_step():
    x, t = linear_events(60, 3)
    rng = np.random.default_rng(4)
    weights = rng.uniform(-0.5, 2.0, 60)
    w, strength = np.array([0.5, 0.5, -1.0]), 7.0
    loss = lk.losses.SquaredError(penalties=lk.losses.L2(strength, lambda m: m.w))
    samples = lk.Samples.of(x, t, weights=weights)
    found = lk.gradient_noise(Linear(jnp.asarray(w)), samples, loss=loss, batch=1)
    W = weights.sum()
    g = 60 / W * weights[:, None] * gradients(w, x, t) + 2 * strength * w / W
    trace = np.trace(np.cov(g.T))
    assert_allclose(found.trace.value, trace, rtol=1e-12)
    norm = np.sum(g.mean(axis=0) ** 2) - trace / 60
    assert_allclose(found.squared_norm.value, norm, rtol=1e-10)


def test_a_gradient_below_its_noise_has_no_scale():
    x, t = linear_events(40, 5)
    best = np.linalg.lstsq(x, t, rcond=None)[0]
    found = lk.gradient_noise(Linear(jnp.asarray(best)), (x, t), loss=LOSS, batch=4)
    assert found.squared_norm.value < 0
    assert np.isnan(found.scale.value)
    assert found.scale.error is None
    assert str(found) == "the gradient is not seen above its noise"
    with pytest.raises(LikelyError, match="seen above its noise"):
        lk.report.plot_gradient_noise(found)


def test_dropout_is_part_of_the_noise():
    x, t = linear_events(64, 6)
    key = jax.random.key(0)
    nets = [lk.nets.MLP(D, 1, hidden=(8,), dropout=d, key=key) for d in (0.0, 0.5)]
    none, half = (lk.gradient_noise(n, (x, t), loss=LOSS, batch=8) for n in nets)
    assert half.scale.value > 1.2 * none.scale.value
    again = lk.gradient_noise(nets[1], (x, t), loss=LOSS, batch=8)
    assert again.scale == half.scale


def test_range_test_makes_the_steps_of_a_training_with_a_growing_rate():
    x, t = linear_events(50, 7)
    start = np.array([4.0, 0.0, -3.0])
    model = Linear(jnp.asarray(start))
    whole = lk.Descent(lk.SGD(1.0, momentum=0.5), batch=None)
    found = lk.learning_rate_range(
        model, (x, t), loss=LOSS, minimiser=whole, lowest=1e-3, highest=10, steps=40
    )
    w, b, losses = start, np.zeros(D), []
    assert_allclose(found.start, np.mean((x @ w - t) ** 2), rtol=1e-12)
    assert_allclose(found.rates, np.geomspace(1e-3, 10, 40))
    for eta in found.rates:
        b = 0.5 * b + gradients(w, x, t).mean(axis=0)
        w = w - eta * b
        losses.append(np.mean((x @ w - t) ** 2))
    assert_allclose(found.losses, losses, rtol=1e-8)
    best = found.rates[np.argmin(losses)]
    assert_allclose(found.suggestion, best / 10)
    assert f"{best / 10:.2g} is a tenth" in found.message
    assert_allclose(model.w, start)


def test_range_test_watches_validation_events_and_ends_where_nothing_is_finite():
    x, t = linear_events(40, 8)
    other = linear_events(30, 9)
    model = Linear(jnp.zeros(D, jnp.float32))
    data = {"train": (x, t), "validation": other}
    found = lk.learning_rate_range(
        model,
        data,
        loss=LOSS,
        minimiser=lk.Descent(lk.SGD(1.0), batch=16),
        lowest=1e-3,
        highest=1e9,
        steps=60,
    )
    assert_allclose(found.start, np.mean(other[1] ** 2), rtol=1e-6)
    lost = np.flatnonzero(~np.isfinite(found.losses))
    assert len(lost)
    assert np.array_equal(lost, np.arange(lost[0], 60))
    assert np.nanmin(found.losses) < 1.5 * SIGMA**2
    assert_allclose(found.suggestion, found.rates[np.nanargmin(found.losses)] / 10)
    axes = lk.report.plot_learning_rate_range(found).axes[0]
    assert axes.get_ylim()[1] < 1.3 * found.start
    assert axes.get_legend().get_texts()[0].get_text().startswith("Suggestion: 0.0")


def test_range_test_says_where_nothing_is_learnt_and_where_it_stopped_short():
    x, t = linear_events(40, 10)
    whole = lk.Descent(lk.SGD(1.0), batch=None)
    flat = lk.learning_rate_range(
        Linear(jnp.zeros(D)), (x, 0 * t), loss=LOSS, minimiser=whole, steps=20
    )
    assert flat.suggestion is None
    assert "never fell" in flat.message
    assert not lk.report.plot_learning_rate_range(flat).axes[0].get_legend()
    short = lk.learning_rate_range(
        Linear(jnp.zeros(D)), (x, t), loss=LOSS, minimiser=whole, highest=1e-3, steps=20
    )
    assert "raise `highest`" in short.message


def test_what_is_wrong_with_a_diagnosis_is_said():
    model, data = Linear(jnp.zeros(D)), linear_events(30, 11)
    for error, given in {
        "`minimiser` must be a `Descent`": dict(minimiser=lk.Newton()),
        "`lowest` must be below": dict(lowest=1.0, highest=1.0),
        "`lowest` must be positive": dict(lowest=0.0),
        "`steps` must be": dict(steps=1),
        "`loss` must be that of a network": dict(loss=lk.Likelihood()),
    }.items():
        with pytest.raises(LikelyError, match=error):
            unwrap(lk.learning_rate_range)(model, data, **({"loss": LOSS} | given))
    with pytest.raises(LikelyError, match="`batch` must be at most 7"):
        lk.gradient_noise(model, data, loss=LOSS, batch=8)
    several = lk.Ensemble(Linear(jnp.zeros((2, D))), 2)
    with pytest.raises(LikelyError, match="take a member"):
        lk.gradient_noise(several, data, loss=LOSS)


def way(*points, values=None):
    w = np.array(points)
    return DescentPath(w, np.zeros(len(w)) if values is None else np.array(values))


def test_ways_are_drawn_between_contours():
    paths = {
        "SGD $1": lk.descent_path(valley, START, lk.SGD(0.3), steps=STEPS),
        "lost": way([2.0, 1.5], [90.0, 1.0], [np.inf, np.nan], values=[1, 2, np.inf]),
    }
    figure = lk.report.plot_descent(valley, paths, [(-1, 3), (-2, 2)], names=["a", "b"])
    assert isinstance(figure, Figure)
    found, lost = figure.axes
    line = found.get_lines()[1]
    assert_allclose(np.transpose(line.get_data()), paths["SGD $1"].points)
    assert_allclose(found.get_lines()[0].get_data(), LOWEST[:, None], atol=0.04)
    assert found.get_xlim() == (-1, 3)
    assert found.get_ylim() == (-2, 2)
    assert (found.get_xlabel(), found.get_ylabel()) == ("a", "b")
    assert found.get_title(loc="left") == r"SGD \$1"
    assert found.get_title(loc="right").endswith(f", {STEPS} steps")
    assert lost.get_title(loc="right") == "lost, 2 steps"
    # What lies far outside is not handed to the renderer.
    assert len(lost.get_lines()[1].get_xdata()) == 1
    figure.canvas.draw()


def test_a_way_of_one_variable_is_on_its_curve():
    path = lk.descent_path(lambda w: (w - 1) ** 2, -1.0, lk.SGD(0.4), steps=5)
    figure = lk.report.plot_descent(lambda w: (w - 1) ** 2, {"one": path}, (-2, 3))
    curve, walked = figure.axes[0].get_lines()[:2]
    x, y = curve.get_data()
    assert_allclose(y, (np.asarray(x) - 1) ** 2)
    assert_allclose(walked.get_data(), [path.points, path.values])
    figure.canvas.draw()


WRONG_FIGURES = {
    "none": (dict(paths={}), "without any"),
    "list": (dict(paths=[way([0.0, 0.0])]), "must be a dictionary"),
    "other": (dict(paths={"a": 3}), "must be what `descent_path` returned"),
    "variables": (dict(paths={"a": way(0.0, 1.0)}), "`ranges` is of 2 variables"),
    "ranges": (dict(ranges=[(1, 0), (0, 1)]), "`ranges` must be"),
    "three": (dict(ranges=[(0, 1)] * 3), "`ranges` must be"),
    "function": (dict(function=lambda w: w.nothing), "`function` cannot be computed"),
    "nowhere": (dict(function=lambda w: jnp.log(-1 - w[0] ** 2)), "no finite value"),
}


@pytest.mark.parametrize("case", WRONG_FIGURES)
def test_what_is_wrong_with_a_figure_is_said(case):
    given, text = WRONG_FIGURES[case]
    whole = dict(function=valley, paths={"a": way([0.0, 0.0])}, ranges=[(0, 1)] * 2)
    with pytest.raises(LikelyError, match=text):
        unwrap(lk.report.plot_descent)(**(whole | given))


def test_activations_are_drawn_with_their_derivatives():
    figure = lk.report.plot_activations("sigmoid", "relu", "gelu", reach=3.0)
    assert [a.get_title(loc="left") for a in figure.axes] == ["sigmoid", "relu", "gelu"]
    for axes in figure.axes:
        _, value, slope = axes.get_lines()
        z, y = np.asarray(value.get_data())
        # Off the kink, where a difference is of both sides.
        smooth = np.abs(z) > 0.02
        difference = np.gradient(y, z)
        assert_allclose(slope.get_ydata()[smooth], difference[smooth], atol=2e-3)
    s = figure.axes[0].get_lines()[1].get_ydata()
    assert_allclose(s, 1 / (1 + np.exp(-np.linspace(-3, 3, 401))), rtol=1e-12)
    assert len(lk.report.plot_activations().axes) == len(ACTIVATIONS)
    with pytest.raises(LikelyError, match="no activation `sigmod`.*sigmoid"):
        lk.report.plot_activations("sigmod")
    with pytest.raises(LikelyError, match="`reach` must be positive"):
        lk.report.plot_activations(reach=-1.0)


def test_the_worth_of_a_batch_is_a_half_at_the_noise_scale():
    x, t = linear_events(400, 12)
    model = Linear(jnp.zeros(D))
    noise = lk.gradient_noise(model, (x, t), loss=LOSS, batch=10)
    figure = lk.report.plot_gradient_noise({"first": noise})
    B = noise.scale.value
    for axes, sign in zip(figure.axes, (1, -1), strict=True):
        b, worth = np.asarray(axes.get_lines()[0].get_data())
        assert_allclose(worth, 1 / (1 + (B / b) ** sign))
        assert_allclose(axes.get_lines()[1].get_data(), [[B], [0.5]])
    assert figure.legends[0].get_texts()[0].get_text().startswith("first: ")
    for wrong in (3, {"a": 3}):
        with pytest.raises(LikelyError, match="what `gradient_noise` returned"):
            unwrap(lk.report.plot_gradient_noise)(wrong)
    with pytest.raises(LikelyError, match="what `learning_rate_range` returned"):
        unwrap(lk.report.plot_learning_rate_range)(noise)
