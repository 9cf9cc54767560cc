"""Understanding a model: closed forms, brute force, and numbers of the package shap."""

import itertools
import json
import math

import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np
import pytest
from scipy import stats

from likely import LikelyError
from likely.core import use_progress
from likely.methods.explain import (
    activation_maximisation,
    grouped,
    integrated_gradients,
    occlusion,
    partial_dependence,
    permutation_importance,
    predictions,
    saliency,
    shapley,
    smooth_gradients,
)
from likely.methods.explain.one_sample import check_function

X = np.cos(0.3 + np.arange(18).reshape(3, 6) * 1.1) * 1.5
Z = np.sin(1.0 + np.arange(48).reshape(8, 6) * 0.7)


def wavy(x):
    a, b, c, d, e, g = x
    return jnp.tanh(a + b * c) + jnp.exp(-(d**2)) * e + jnp.sin(g * a * e)


def linear(x):
    return x @ jnp.array([1.0, -2.0, 0.5, 0.0, 3.0, 0.25]) + 7


BETA = np.array([1.0, -2.0, 0.5, 0.0, 3.0, 0.25])


def by_hand(f, x, background, groups):
    """Shapley's formula, over all orders of the players, one by one."""
    phi = np.zeros(len(groups))
    for z in background:
        for order in itertools.permutations(range(len(groups))):
            mixed = z.copy()
            before = f(mixed)
            for player in order:
                mixed[groups[player]] = x[groups[player]]
                after = f(mixed)
                phi[player] += after - before
                before = after
    return phi / (len(background) * math.factorial(len(groups)))


def wavy_numpy(x):
    a, b, c, d, e, g = x
    return np.tanh(a + b * c) + np.exp(-(d**2)) * e + np.sin(g * a * e)


# --- Shapley values: all coalitions -------------------------------------------------

# shap 0.51, `explainers.Exact` with `maskers.Independent` of the same background.
SHAP = [
    [1.107842227158, -0.050235214575, -0.201595133352],
    [0.061040997518, 0.089312803834, -0.324756196372],
    [1.244143981521, 0.109901764299, -0.115013283234],
    [-0.019416123343, 0.494984889207, -0.02377974449],
    [1.110152855669, 0.21773757632, 0.029153494723],
    [0.045000655654, 0.81580381126, 0.104850731525],
]


@pytest.fixture(scope="module")
def exact():
    return shapley(wavy, X, Z)


def test_shapley_values_are_those_of_shap(exact):
    np.testing.assert_allclose(exact.values, np.reshape(SHAP, (3, 6)), atol=2e-12)
    np.testing.assert_allclose(exact.reference, 0.08984496344966, atol=1e-12)


def test_shapley_values_are_the_mean_over_all_orders(exact):
    alone = [[j] for j in range(6)]
    found = by_hand(wavy_numpy, X[0], Z[:2], alone)
    np.testing.assert_allclose(shapley(wavy, X, Z[:2]).values[0], found, atol=1e-13)
    assert exact.errors is None


def test_features_of_several_columns_join_together():
    names = grouped([*"abcdeg"], {"bc": ["b", "c"], "far": ["a", 5]})
    assert names == ("far", "bc", "bc", "d", "e", "far")
    found = shapley(wavy, X[:1], Z, names=names)
    assert found.names == ("far", "bc", "d", "e")
    truth = by_hand(wavy_numpy, X[0], Z, [[0, 5], [1, 2], [3], [4]])
    np.testing.assert_allclose(found.values[0], truth, atol=1e-13)
    places = {"d": (3,), "e": (4,), "far": (0, 5), "bc": (1, 2)}
    other = shapley(wavy, X[:1], Z, names=places)
    np.testing.assert_allclose(other["bc"], found["bc"], atol=1e-14)


def test_a_product_of_independent_features():
    # E f = E x1 E x2 where the background is a full grid.
    grid = np.array(list(itertools.product([0.0, 1, 5], [2.0, -1])))
    x = np.array([[3.0, 4.0], [-1.0, 2.0]])
    found = shapley(lambda x: x[0] * x[1], x, grid).values
    (a, b), (x1, x2) = grid.mean(axis=0), x.T
    np.testing.assert_allclose(found[:, 0], (x1 - a) * (x2 + b) / 2, rtol=1e-13)
    np.testing.assert_allclose(found[:, 1], (x2 - b) * (x1 + a) / 2, rtol=1e-13)


@pytest.mark.parametrize("weights", [None, [1, 2, 0, 1, 3, 1, 1, 2], [-1.0] + [2] * 7])
@pytest.mark.parametrize("pairs", [None, 2])
def test_a_linear_function_with_a_weighted_background(weights, pairs):
    found = shapley(linear, X, Z, pairs=pairs, weights=weights)
    mean = np.average(Z, axis=0, weights=weights)
    np.testing.assert_allclose(found.values, BETA * (X - mean), atol=1e-13)
    np.testing.assert_allclose(found.reference, BETA @ mean + 7, atol=1e-13)
    assert np.abs(found.gap).max() < 1e-13


def test_the_most_features_of_which_all_coalitions_are_computed():
    # In a product that is 0 unless all are there, they share the 1 equally.
    found = shapley(jnp.prod, np.ones((1, 15)), np.zeros((1, 15)))
    np.testing.assert_allclose(found.values, 1 / 15, rtol=1e-12)
    with pytest.raises(LikelyError, match=r"16 features .* more than 15; .*pairs"):
        shapley(jnp.prod, np.ones((1, 16)), np.zeros((1, 16)))


def test_single_precision_stays_single_and_agrees():
    types = []

    def f(x):
        types.append(x.dtype)
        return wavy(x)

    found = shapley(f, X.astype(np.float32), Z)
    assert set(types) == {np.dtype(np.float32)}
    np.testing.assert_allclose(found.values, np.reshape(SHAP, (3, 6)), atol=1e-6)


# --- Shapley values: sampled --------------------------------------------------------


def test_pairs_of_orders_are_exact_where_two_features_interact():
    def f(x):
        return x[0] * x[1] - 3 * x[2] * x[5] + jnp.sin(x[3] * x[4]) + x[0] ** 3

    found, truth = shapley(f, X, Z, pairs=2), shapley(f, X, Z)
    np.testing.assert_allclose(found.values, truth.values, atol=1e-13)
    assert found.errors is not None
    assert found.errors.max() == 0


def triple(x):
    return x[0] * x[1] * x[2] + jnp.tanh(x[3] * x[4] * x[0]) + x[5]


def test_the_errors_of_sampled_values_are_right():
    truth = shapley(triple, X[:1], Z)
    # The same event many times: each has orders of its own.
    found = shapley(triple, np.repeat(X[:1], 600, axis=0), Z, pairs=12, seed=3)
    assert found.errors is not None
    assert np.abs(found.gap).max() < 1e-13
    scattered = found.values.std(axis=0) > 1e-12
    assert scattered.tolist() == [True] * 5 + [False]
    values, errors = found.values[:, :5], found.errors[:, :5]
    off, spread = values - truth.values[:, :5], values.std(axis=0)
    assert np.abs(off.mean(axis=0) / spread).max() < 3.5 / math.sqrt(600)
    typical = np.sqrt(np.mean(errors**2, axis=0))
    np.testing.assert_allclose(typical / spread, 1, atol=3.5 / math.sqrt(2 * 600))
    covered = (np.abs(off) < errors).mean(axis=0)
    np.testing.assert_allclose(covered, 0.683, atol=3.5 * 0.019)
    more = shapley(triple, X[:1], Z, pairs=600)
    ratio = found.errors[:, :5].mean(axis=0) / more.errors[0, :5]
    np.testing.assert_allclose(ratio, math.sqrt(600 / 12), rtol=0.1)


def test_the_same_seed_gives_the_same_numbers():
    first, again, other = (shapley(triple, X, Z, pairs=3, seed=s) for s in (1, 1, 2))
    np.testing.assert_array_equal(first.values, again.values)
    assert np.abs(first.values - other.values).max() > 1e-3


def test_the_errors_of_a_background_that_is_a_sample():
    # Of x1 x2 with E x1 = 1, E x2 = 0, E x1 x2 = 0, at (2, 3).
    truth = np.array([0 - 0 + 6 - 3 * 1, 3 * 1 - 0 + 6 - 0]) / 2
    rng = np.random.default_rng(5)
    pulls = []
    for _ in range(200):
        z = rng.normal([1.0, 0.0], 1.0, (40, 2))
        found = shapley(product, np.array([[2.0, 3.0]]), z)
        pulls.append((found.values[0] - truth) / found.background_errors[0])
    pulls = np.array(pulls)
    assert np.abs(pulls.mean(axis=0)).max() < 4 / math.sqrt(200)
    assert np.abs(pulls.std(axis=0) - 1).max() < 0.2


def product(x):
    return x[0] * x[1]


# --- Integrated gradients -----------------------------------------------------------


def test_integrated_gradients_of_monomials_share_by_the_exponents():
    # From 0, of x^a y^b: a / (a + b) and b / (a + b) of it.
    x = np.array([[2.0, -1.5, 0.7], [0.3, 1.0, -2.0]])
    found = integrated_gradients(
        lambda x: x[0] ** 3 * x[1] ** 2 + 4 * x[1] * x[2], x, np.zeros(3), steps=3
    )
    first, second = x[:, 0] ** 3 * x[:, 1] ** 2, 4 * x[:, 1] * x[:, 2]
    truth = np.stack([3 / 5 * first, 2 / 5 * first + second / 2, second / 2], axis=1)
    np.testing.assert_allclose(found.values, truth, rtol=1e-13)
    assert np.abs(found.gap).max() < 1e-13
    np.testing.assert_array_equal(found.reference, 0)


def test_steps_are_exact_to_their_degree_and_the_gap_says_when_not():
    x, b = np.array([[1.3]]), np.array([0.2])
    # The gradient of x^6 is of degree 5, for which three nodes do and two do not.
    enough = integrated_gradients(lambda x: x[0] ** 6, x, b, steps=3)
    few = integrated_gradients(lambda x: x[0] ** 6, x, b, steps=2)
    assert np.abs(enough.gap[0]) < 1e-13
    assert np.abs(few.gap[0]) > 1e-3
    assert few.values[0, 0] + few.gap[0] == pytest.approx(1.3**6 - 0.2**6)


def test_a_baseline_for_each_event_and_features_of_several_columns():
    names = ["a", "b", "b", "c", "c", "c"]
    found = integrated_gradients(linear, X, X[::-1], names=names)
    columns = BETA * (X - X[::-1])
    truth = np.stack([columns[:, :1].sum(1), columns[:, 1:3].sum(1)], axis=1)
    np.testing.assert_allclose(found.values[:, :2], truth, atol=1e-13)
    assert found.names == ("a", "b", "c")
    np.testing.assert_allclose(found["c"], columns[:, 3:].sum(1), atol=1e-13)


def test_a_function_is_compiled_once_whatever_the_numbers():
    traced = []

    def f(x):
        traced.append(1)
        return wavy(x)

    x = np.tile(X, (400, 1))
    first = integrated_gradients(f, x, Z[0], steps=128)  # several blocks
    before = len(traced)
    again = integrated_gradients(f, x + 0.1, Z[1], steps=128)
    assert len(traced) == before + 1  # the check of its shape
    assert np.abs(first.gap).max() < 1e-13
    np.testing.assert_allclose(again.values[:3], again.values[-3:], rtol=1e-12)


# --- What both give -----------------------------------------------------------------


def test_the_ranking_is_by_the_mean_size(exact):
    names, sizes = zip(*exact.ranking(), strict=True)
    assert names == ("x0", "x4", "x5", "x1", "x2", "x3")
    assert sizes[0] == pytest.approx(np.mean(np.reshape(SHAP, (3, 6))[:, 0]), rel=1e-9)
    weights = [0, 0, 1]
    third = dict(exact.ranking(weights=weights))
    assert third["x4"] == pytest.approx(0.81580381126)
    error = stats.sem(np.abs(exact["x5"]))
    assert exact.importance_error()[5] == pytest.approx(error)


def test_attributions_print_as_tables(exact):
    lines = str(exact).splitlines()
    assert lines[0].split() == [
        "feature",
        *"mean |contribution| mean contribution".split(),
    ]
    assert [line.split()[0] for line in lines[2:8]] == "x0 x4 x5 x1 x2 x3".split()
    assert "all coalitions" in lines[-1]
    assert exact.of_event(1).splitlines()[2].split() == ["x0", "1.24414"]
    sampled = shapley(triple, X, Z, pairs=3)
    assert "error of one" in str(sampled)
    assert "±" in sampled.of_event(0)
    content = json.loads(json.dumps(exact.to_dict(), allow_nan=False))
    assert list(content["importance"])[0] == "x0"
    with pytest.raises(LikelyError, match="no feature `x9`"):
        exact["x9"]
    with pytest.raises(LikelyError, match="no event number 3"):
        exact.of_event(3)
    wide = integrated_gradients(jnp.sum, np.ones((1, 60)), np.zeros(60))
    assert "... and 20 more" in str(wide)


def test_long_work_says_how_far_it_is():
    from contextlib import contextmanager

    told = []

    @contextmanager
    def listener(label, total):
        steps = []
        yield lambda text="": steps.append(text)
        told.append((label, total, len(steps)))

    with use_progress(listener):
        permutation_importance(jax.vmap(linear), X, lambda o, w: o.mean())
        shapley(triple, np.repeat(X, 200, axis=0), Z, pairs=30)
    labels = dict((label, (total, done)) for label, total, done in told)
    assert labels["shuffling features"] == (6, 6)
    total, done = labels["Shapley values"]
    assert total == done > 1


# --- Permutation importance ---------------------------------------------------------


@pytest.fixture(scope="module")
def regression():
    rng = np.random.default_rng(8)
    x = rng.multivariate_normal([0, 1, 5], [[1, 0.6, 0], [0.6, 2, 0], [0, 0, 1]], 400)
    y = x @ [1.0, -0.5, 0.0] + rng.normal(0, 0.3, 400)
    design = np.column_stack([x, np.ones(400)])
    beta = np.linalg.lstsq(design, y)[0]
    return x, y, beta


def minus_squares(y):
    return lambda outputs, weights: -np.average((y - outputs) ** 2, weights=weights)


def test_shuffling_a_column_of_a_linear_regression(regression):
    x, y, beta = regression
    calls = []

    def predict(matrix):
        calls.append(len(matrix))
        return matrix @ beta[:3] + beta[3]

    found = permutation_importance(
        predict, x, minus_squares(y), repeats=100, names=["a", "b", "c"], seed=4
    )
    assert calls == [400, *3 * [100 * 400]]
    # Residuals of a fit are orthogonal to the columns: what is left is 2 beta^2 var.
    truth = 2 * beta[:3] ** 2 * x.var(axis=0)
    assert np.abs((found.values - truth) / found.errors).max() < 3
    assert found.errors[0] < 0.02 * truth[0]
    assert found.score == pytest.approx(-np.mean((y - predict(x)) ** 2))
    assert [name for name, _ in found.ranking()] == ["a", "b", "c"]
    assert found["a"] == (found.values[0], found.errors[0])
    assert str(found).splitlines()[2].startswith("a ")
    assert "100 shuffles" in str(found)
    json.dumps(found.to_dict(), allow_nan=False)


def test_the_error_is_that_of_the_shuffling(regression):
    x, y, beta = regression

    def run(seed):
        return permutation_importance(
            lambda m: m @ beta[:3], x, minus_squares(y), repeats=8, seed=seed
        )

    runs = [run(seed) for seed in range(80)]
    spread = np.std([r.values for r in runs], axis=0, ddof=1)
    typical = np.sqrt(np.mean([r.errors**2 for r in runs], axis=0))
    np.testing.assert_allclose(typical[:2] / spread[:2], 1, atol=0.3)
    np.testing.assert_array_equal(run(3).drops, runs[3].drops)


@pytest.mark.parametrize("negative", [False, True])
def test_a_shuffled_column_keeps_its_weighted_distribution(regression, negative):
    x, y, beta = regression
    w = np.random.default_rng(2).uniform(0.2, 3, 400)
    if negative:
        w[::9] *= -0.5
    found = permutation_importance(
        lambda m: m @ beta[:3], x, minus_squares(y), repeats=400, weights=w
    )
    # Over all pairs of events, which is the mean over all shuffles.
    plain = x @ beta[:3]
    for j in range(2):
        moved = plain[:, None] + beta[j] * (x[None, :, j] - x[:, None, j])
        both = np.outer(w, w)
        truth = np.average((y[:, None] - moved) ** 2, weights=both)
        truth -= np.average((y - plain) ** 2, weights=w)
        value, error = found[f"x{j}"]
        assert abs(value - truth) < 3.5 * error
        assert error < 0.02 * truth


def test_columns_of_a_group_are_shuffled_together(regression):
    x, _, _ = regression
    seen = []

    def predict(matrix):
        seen.append(matrix)
        return matrix[:, 0]

    names = {"both": [0, 2], "b": [1]}
    permutation_importance(predict, x, lambda o, w: o.sum(), names=names, repeats=2)
    both, alone = seen[1][:400], seen[2][:400]
    np.testing.assert_array_equal(both[:, 1], x[:, 1])
    assert not np.array_equal(both[:, 0], x[:, 0])
    order = np.argsort(x[:, 0])[np.searchsorted(np.sort(x[:, 0]), both[:, 0])]
    np.testing.assert_array_equal(both, np.c_[x[order, 0], x[:, 1], x[order, 2]])
    np.testing.assert_array_equal(alone[:, [0, 2]], x[:, [0, 2]])


def test_what_does_not_fit_in_one_call_is_several(regression, monkeypatch):
    x, y, beta = regression
    calls = []

    def predict(matrix):
        calls.append(len(matrix))
        return matrix @ beta[:3]

    whole = permutation_importance(predict, x, minus_squares(y), repeats=5)
    monkeypatch.setattr(predictions, "MOST_NUMBERS", 2 * x.size)
    calls.clear()
    parts = permutation_importance(predict, x, minus_squares(y), repeats=5)
    assert calls == [400, *9 * [800]]
    np.testing.assert_array_equal(whole.drops, parts.drops)


# --- Partial dependence -------------------------------------------------------------


def bilinear(m):
    return m[:, 0] * m[:, 1] + m[:, 2]


def test_partial_dependence_of_a_product():
    grid = [-1.0, 0.0, 2.5]
    found = partial_dependence(
        bilinear, X, "b", grid=grid, names=list("abcdeg"), curves=2
    )
    a, c = X[:, 0], X[:, 2]
    np.testing.assert_allclose(found.values, [np.mean(a * u + c) for u in grid])
    np.testing.assert_allclose(found.errors, [stats.sem(a * u + c) for u in grid])
    assert found.events.tolist() == [0, 2]
    np.testing.assert_allclose(found.curves[1], a[2] * np.array(grid) + c[2])
    assert found.names == ("b",)
    assert str(found).splitlines()[0].split() == ["b", "output"]
    json.dumps(found.to_dict(), allow_nan=False)


def test_weights_of_two_are_events_twice():
    w = [1, 2, 3]
    found = partial_dependence(bilinear, X, 1, weights=w, curves=0)
    again = partial_dependence(bilinear, np.repeat(X, w, axis=0), 1, grid=found.grid[0])
    np.testing.assert_allclose(found.values, again.values, rtol=1e-13)
    assert found.curves.shape == (0, 3)


def test_partial_dependence_of_two_columns_and_several_outputs():
    def predict(m):
        return np.stack([bilinear(m), m[:, 0] - m[:, 1]], axis=1)

    u, v = np.array([0.0, 2.0]), np.array([1.0, 3.0, -1.0])
    found = partial_dependence(predict, X, ("x0", 1), grid=(u, v))
    assert found.values.shape == (2, 3, 2)
    np.testing.assert_allclose(found.values[..., 0], np.outer(u, v) + X[:, 2].mean())
    np.testing.assert_allclose(found.values[..., 1], u[:, None] - v)
    np.testing.assert_allclose(found.errors[..., 1], 0, atol=1e-15)
    assert found.curves.shape == (3, 2, 3, 2)
    assert len(str(found).splitlines()) == 2 + 6
    assert partial_dependence(predict, X, (0, 1), grid=2).values.shape == (2, 2, 2)


def test_the_default_grid_is_where_the_events_are():
    x = np.c_[np.linspace(0, 1, 1001), np.arange(1001) % 3]
    (points,) = partial_dependence(lambda m: m[:, 0], x, 0, grid=5).grid
    np.testing.assert_allclose(points, np.linspace(0.01, 0.99, 5))
    (points,) = partial_dependence(lambda m: m[:, 0], x, 1, grid=5).grid
    assert points.tolist() == [0, 1, 2]


# --- Images -------------------------------------------------------------------------

RNG = np.random.default_rng(11)
IMAGE, PATTERN = RNG.normal(size=(2, 2, 9, 7))


def scalar_product(x):
    return (jnp.asarray(PATTERN) * x).sum()


def test_saliency_is_the_gradient():
    np.testing.assert_array_equal(saliency(scalar_product, IMAGE), PATTERN)
    found = saliency(lambda x: (x**3).sum(), IMAGE)
    np.testing.assert_allclose(found, 3 * IMAGE**2)


def test_smooth_gradients_are_those_of_the_smeared_function():
    sigma = 0.2 * np.ptp(IMAGE)
    found = smooth_gradients(lambda x: (x**3).sum(), IMAGE, noise=0.2, samples=400)
    # E 3 (x + sigma e)^2
    pulls = (found.values - 3 * (IMAGE**2 + sigma**2)) / found.errors
    assert abs(pulls.mean()) < 4 / math.sqrt(pulls.size)
    assert abs(pulls.std() - 1) < 4 / math.sqrt(2 * pulls.size)
    again = smooth_gradients(lambda x: (x**3).sum(), IMAGE, noise=0.2, samples=1600)
    assert np.mean(again.errors) / np.mean(found.errors) == pytest.approx(0.5, rel=0.05)


@pytest.mark.parametrize("image", [IMAGE, IMAGE[0]])
def test_occlusion_of_a_linear_function(image):
    def f(x):
        return (jnp.asarray(PATTERN[0]) * x.reshape(-1, 9, 7).sum(axis=0)).sum()

    found = occlusion(f, image, size=(4, 3), stride=2, fill=0.5)
    change = (PATTERN[0] * (image - 0.5)).reshape(-1, 9, 7).sum(axis=0)
    assert found.rows.tolist() == [0, 2, 4, 5]
    assert found.columns.tolist() == [0, 2, 4]
    covering = np.zeros((2, 9, 7))
    for i, r in enumerate(found.rows):
        for j, c in enumerate(found.columns):
            patch = np.s_[r : r + 4, c : c + 3]
            assert found.drops[i, j] == pytest.approx(change[patch].sum())
            covering[(0, *patch)] += found.drops[i, j]
            covering[(1, *patch)] += 1
    np.testing.assert_allclose(found.pixels, covering[0] / covering[1])
    assert found.output == pytest.approx((PATTERN[0] * image).sum())
    whole = occlusion(f, image, size=(9, 7), fill=image)
    np.testing.assert_allclose(whole.drops, [[0]], atol=1e-15)


def test_the_input_that_a_linear_function_likes_best():
    found = activation_maximisation(scalar_product, PATTERN.shape, l2=0.5, steps=300)
    np.testing.assert_allclose(found.image, PATTERN, atol=0.01)
    assert found.output == pytest.approx((PATTERN**2).sum(), rel=0.01)
    assert len(found.history) == 301
    assert found.history[-1] == pytest.approx(0.5 * (PATTERN**2).sum(), rel=1e-4)
    again = activation_maximisation(scalar_product, PATTERN.shape, l2=0.5, steps=300)
    np.testing.assert_array_equal(again.image, found.image)


def test_total_variation_levels_a_step():
    step = np.zeros((4, 6))
    step[:, 3:] = 1.0

    def f(x):
        return -0.5 * ((x - step) ** 2).sum()

    tau = 0.3
    found = activation_maximisation(
        f, (4, 6), l2=0.0, total_variation=tau, steps=600, learning_rate=0.02
    )
    # Each half moves by tau times the length of its edge over its area.
    truth = np.where(step > 0, 1 - tau / 3, tau / 3)
    np.testing.assert_allclose(found.image, truth, atol=0.01)


def test_a_network_of_convolutions_in_single_precision():
    key = jax.random.key(0)
    layer = eqx.nn.Conv2d(1, 2, 3, key=key, dtype=jnp.float32)
    image = RNG.normal(size=(1, 8, 8)).astype(np.float32)

    class Net(eqx.Module):
        layer: eqx.nn.Conv2d

        def __call__(self, x):
            return jax.nn.softplus(self.layer(x)).sum()

    net = Net(layer)
    assert saliency(net, image).shape == (1, 8, 8)
    assert activation_maximisation(net, (1, 8, 8), steps=3).image.shape == (1, 8, 8)
    with pytest.raises(LikelyError, match="float32 may need inputs in float32"):
        saliency(net, image.astype(np.float64))


# --- What goes wrong ----------------------------------------------------------------

NAN = np.where(np.arange(18).reshape(3, 6) % 7 == 2, np.nan, X)
NET = jax.vmap(linear)


def metric(outputs, weights):
    return float(np.mean(outputs))


WRONG = {
    "nan": (
        lambda: shapley(linear, NAN, Z, names=list("abcdeg")),
        r"column 2 \(`c`\) holds 1 values that are not finite, of 3 events; 2 more",
    ),
    "nan behind": (lambda: shapley(linear, X, NAN), r"background=.*column 2"),
    "nan baseline": (
        lambda: integrated_gradients(linear, X, NAN[0]),
        r"baseline=.*column 2",
    ),
    "one event": (lambda: shapley(linear, X[0], Z), r"\(events, columns\); got .*6,"),
    "no event": (lambda: shapley(linear, X[:0], Z), r"empty, of shape \(0, 6\)"),
    "text": (lambda: shapley(linear, [["a"]], Z), "array of real numbers; got list"),
    "ragged": (lambda: shapley(linear, [[1], [1, 2]], Z), "array of real numbers"),
    "columns": (lambda: shapley(linear, X, Z[:, :4]), r"6 columns of `inputs`.*\(8, 4"),
    "net of others": (
        lambda: shapley(linear, X[:, :4], Z[:, :4]),
        r"cannot be evaluated for one sample of shape \(4,\) and type float64",
    ),
    "no scalar": (
        lambda: shapley(lambda x: x[:2], X, Z),
        r"one number for one sample; got shape \(2,\). Take one output",
    ),
    "tuple": (lambda: shapley(lambda x: (x[0], 1), X, Z), "got tuple"),
    "numpy": (lambda: shapley(lambda x: np.sin(x[0]), X, Z), "written in `jax.numpy`"),
    "integer": (lambda: saliency(jnp.argmax, IMAGE), "floating-point number; got int"),
    "no function": (lambda: check_function(3, (2,), float, "shapley"), "got int"),
    "infinite": (
        lambda: shapley(lambda x: jnp.log(x[0] - x[0]), X, Z),
        "gives 3 values that are not finite, of 3, at `inputs`",
    ),
    "infinite between": (
        lambda: shapley(lambda x: 1 / (x[0] - x[1]), [[1.0, 2]], [[2.0, 3]]),
        "features of an event and of the background are mixed",
    ),
    "steep": (
        lambda: integrated_gradients(
            lambda x: jnp.sqrt(jnp.abs(x[0])), [[1.0]], [-1.0], steps=1
        ),
        "gradient of 1 contributions is not finite",
    ),
    "weights": (lambda: shapley(linear, X, Z, weights=[1, 2]), "8 events; got .*2,"),
    "no weight": (
        lambda: shapley(linear, X, Z, weights=[1, -1, 0, 0, 0, 0, 0, 0]),
        "sum of weights must be positive; it is 0",
    ),
    "pairs": (lambda: shapley(linear, X, Z, pairs=1), r"pairs=.* 2 or more"),
    "seed": (lambda: shapley(linear, X, Z, seed=-1), r"seed=.* 0 or more"),
    "names": (lambda: shapley(linear, X, Z, names=["a"]), "each of 6 columns; got 1"),
    "names as text": (lambda: shapley(linear, X, Z, names="abcdeg"), "list of names"),
    "name": (lambda: shapley(linear, X, Z, names=[1] * 6), "names as text; got 1"),
    "left": (
        lambda: shapley(linear, X, Z, names={"a": [0, 1, 2]}),
        "says nothing of column number 3",
    ),
    "group": (lambda: grouped(["pt", "eta"], {"x": ["etq"]}), "did you mean `eta`"),
    "group number": (lambda: grouped(["pt"], {"x": [1]}), "no column number 1"),
    "group of none": (lambda: grouped(["pt"], {"x": []}), "takes a list of columns"),
    "two groups": (
        lambda: grouped(["pt", "eta"], {"x": ["pt"], "y": ["pt", "eta"]}),
        "is in `x` and in `y`",
    ),
    "name of group": (
        lambda: grouped(["pt", "eta"], {"pt": ["eta"]}),
        "outside of group `pt` has the same name",
    ),
    "baseline": (
        lambda: integrated_gradients(linear, X, [0.0]),
        r"one sample of shape \(6,\).*got shape \(1,\)",
    ),
    "steps": (lambda: integrated_gradients(linear, X, X, steps=0), "1 or more; got 0"),
    "repeats": (
        lambda: permutation_importance(NET, X, metric, repeats=1),
        r"repeats=.* 2 or more",
    ),
    "alone": (
        lambda: permutation_importance(NET, X[:1], metric),
        "shuffles events, and there is only one",
    ),
    "metric": (
        lambda: permutation_importance(NET, X, lambda o, w: o),
        "must give one finite number",
    ),
    "metric of others": (
        lambda: permutation_importance(NET, X, lambda o, w: (o - np.ones(7)).mean()),
        r"metric=.* failed for outputs of shape \(3,\)",
    ),
    "predict of others": (
        lambda: permutation_importance(NET, X[:, :3], metric),
        r"predict=.* failed for a matrix of shape \(3, 3\)",
    ),
    "predict one": (
        lambda: permutation_importance(lambda m: m.sum(), X, metric),
        r"one output a row, 3 of them; got shape \(\)",
    ),
    "predict nan": (
        lambda: partial_dependence(lambda m: m[:, 0] * np.nan, X, 0),
        "96 values that are not finite|9 values that are not finite",
    ),
    "column": (
        lambda: partial_dependence(NET, X, "etta", names=[*"abcd", "eta", "g"]),
        "no column `etta`: did you mean `eta`",
    ),
    "column number": (lambda: partial_dependence(NET, X, 6), "no column number 6"),
    "column twice": (lambda: partial_dependence(NET, X, (1, 1)), "two different ones"),
    "column of a group": (
        lambda: partial_dependence(NET, X, "a", names=["a", "a", *"bcde"]),
        "`a` is the name of 2 columns",
    ),
    "grid": (lambda: partial_dependence(NET, X, 0, grid=1), "grid=.* 2 or more"),
    "grid nan": (
        lambda: partial_dependence(NET, X, 0, grid=[np.nan, 1]),
        "grid=.* holds 1 values that are not finite",
    ),
    "grid of two": (
        lambda: partial_dependence(NET, X, (0, 1), grid=[1, 2, 3]),
        "for two columns",
    ),
    "image": (lambda: saliency(jnp.sum, np.full((2, 2), np.inf)), "4 values .* of 4"),
    "flat image": (
        lambda: smooth_gradients(jnp.sum, np.ones((2, 2))),
        "of the range of the image, which is 0",
    ),
    "noise": (
        lambda: smooth_gradients(jnp.sum, IMAGE, noise=-0.1),
        "0 or more; got -0.1",
    ),
    "patch": (lambda: occlusion(jnp.sum, IMAGE, size=8), "8 x 8, is larger .*9 x 7"),
    "stride": (lambda: occlusion(jnp.sum, IMAGE, size=2, stride=3), "at most the size"),
    "one axis": (lambda: occlusion(jnp.sum, X[0]), r"\(height, width\), or "),
    "fill": (
        lambda: occlusion(jnp.sum, IMAGE, fill=[1.0, 2.0]),
        r"broadcasts to the image.* got shape \(2,\)",
    ),
    "shape": (
        lambda: activation_maximisation(jnp.sum, 28),
        "28, 28.; got 28",
    ),
    "flat variation": (
        lambda: activation_maximisation(jnp.sum, (5,), total_variation=1.0),
        "two axes or more",
    ),
    "diverging": (
        lambda: activation_maximisation(
            lambda x: (x + jnp.log(4 - x)).sum(), (3,), learning_rate=5.0
        ),
        "left the finite numbers after 1 of 256 steps; take a smaller",
    ),
    "overflow": (
        lambda: activation_maximisation(
            lambda x: jnp.exp(x**2).sum(), (3,), learning_rate=5.0
        ),
        "left the finite numbers after 256 of 256 steps",
    ),
}


@pytest.mark.parametrize("case", WRONG)
def test_wrong_inputs_are_told_in_words(case):
    call, words = WRONG[case]
    with pytest.raises(LikelyError, match=words):
        call()
