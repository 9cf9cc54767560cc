"""Simultaneous fits, against separate fits and against iminuit."""

import iminuit
import numpy as np
import pytest
from iminuit.cost import ExtendedUnbinnedNLL
from scipy import stats

import likely as lk
from likely.core import LikelyError
from likely.distributions import Exponential, Gauss, Sum

M = lk.Observable("m", 0.0, 10.0)


def model(tag, *, mu=None):
    mu = mu or lk.Parameter("mu", 5.0, 4, 6)
    sigma = lk.Parameter(f"sigma_{tag}", 0.5, 0.1, 3)
    slope = lk.Parameter(f"slope_{tag}", -0.2, -2, 1)
    yields = [
        lk.Parameter(f"signal_{tag}", 300, 0, 3000),
        lk.Parameter(f"rest_{tag}", 600, 0, 3000),
    ]
    parts = {"peak": Gauss(M, mu, sigma), "rest": Exponential(M, slope)}
    return Sum(parts, yields=yields)


def events(seed, width, n=400):
    rng = np.random.default_rng(seed)
    m = np.concatenate([rng.normal(5.1, width, n), rng.exponential(6.0, 900)])
    return m[(m > 0) & (m < 10)]


DATA = {"a": events(1, 0.4), "b": events(2, 0.8, 200)}


def joint(**options):
    return lk.Simultaneous({"a": model("a"), "b": model("b")}, **options)


def columns(names):
    return {name: {"m": DATA[name]} for name in names}


def density(x, mu, sigma, slope, signal, rest):
    peak = stats.truncnorm(-mu / sigma, (10 - mu) / sigma, mu, sigma).pdf(x)
    tail = slope * np.exp(slope * x) / np.expm1(10 * slope)
    return signal + rest, signal * peak + rest * tail


def test_a_shared_parameter_against_iminuit():
    def named(tag):
        names = ["mu", *(f"{n}_{tag}" for n in ("sigma", "slope", "signal", "rest"))]
        return ExtendedUnbinnedNLL(DATA[tag], density, name=names)

    start = {"mu": 5.0}
    for tag in DATA:
        start |= {f"sigma_{tag}": 0.5, f"slope_{tag}": -0.2}
        start |= {f"signal_{tag}": 300.0, f"rest_{tag}": 600.0}
    minuit = iminuit.Minuit(named("a") + named("b"), **start)
    minuit.strategy, minuit.tol = 2, 1e-4
    minuit.migrad()
    minuit.hesse()
    minuit.minos("mu")
    assert minuit.valid
    result = lk.minos(lk.fit(joint(), columns("ab")), ["mu"])
    assert result.status.ok
    assert result.n_events == len(DATA["a"]) + len(DATA["b"])
    for name in minuit.parameters:
        error = minuit.errors[name]
        assert result[name].value == pytest.approx(
            minuit.values[name], abs=1e-3 * error
        )
        assert result[name].error == pytest.approx(error, rel=2e-3)
    merror, error = minuit.merrors["mu"], minuit.errors["mu"]
    assert result["mu"].lower == pytest.approx(merror.lower, abs=1e-2 * error)
    assert result["mu"].upper == pytest.approx(merror.upper, abs=1e-2 * error)


def test_categories_that_share_nothing_are_separate_fits():
    own = lk.Parameter("other mu", 5.0, 4, 6)
    both = lk.Simultaneous({"a": model("a"), "b": model("b", mu=own)})
    result = lk.fit(both, columns("ab"))
    alone = {tag: lk.fit(both.parts[tag], {"m": DATA[tag]}) for tag in "ab"}
    assert result.loss == pytest.approx(sum(r.loss for r in alone.values()), abs=1e-6)
    for tag, single in alone.items():
        for name, error in single.errors.items():
            value = single[name].value
            assert result[name].value == pytest.approx(value, abs=1e-4 * error)
            assert result[name].error == pytest.approx(error, rel=1e-5)
        part = lk.category(result, tag)
        assert part.loss == pytest.approx(single.loss, abs=1e-5)
        assert part.n_events == single.n_events
        assert list(part.values) == list(single.values)


def test_a_constraint_of_a_shared_parameter_counts_once():
    """In one dimension the combination is the weighted mean."""
    a = Gauss(M, lk.Parameter("mu", 5.0, 4, 6), 0.5)
    rng = np.random.default_rng(4)
    one, two = rng.normal(5, 0.5, 200), rng.normal(5, 0.5, 50)
    both = lk.Simultaneous({"a": a, "b": a})
    mean, sigma = 5.1, 0.03
    known = lk.GaussConstraint(lk.Parameter("mu", 5.0, 4, 6), mean, sigma)
    loss = lk.Likelihood([known])
    result = lk.fit(both, {"a": {"m": one}, "b": {"m": two}}, loss=loss)
    weights = np.array([250 / 0.25, sigma**-2])
    best = weights @ [np.concatenate([one, two]).mean(), mean] / weights.sum()
    assert result["mu"].value == pytest.approx(best, abs=1e-6)
    assert result["mu"].error == pytest.approx(weights.sum() ** -0.5, rel=1e-6)
    # The events do not fluctuate with the constraint, so the loss has it once.
    without = lk.fit(both, {"a": {"m": one}, "b": {"m": two}})
    penalty = ((best - mean) / sigma) ** 2 + np.log(2 * np.pi * sigma**2)
    moved = 250 * ((best - without["mu"].value) / 0.5) ** 2
    assert result.loss - without.loss == pytest.approx(penalty + moved, abs=1e-6)


def test_one_dataset_is_split_by_a_column_or_by_conditions():
    tags = np.repeat([0, 1], [len(DATA["a"]), len(DATA["b"])])
    table = lk.Dataset.of(
        {"m": np.concatenate(list(DATA.values())), "kind": tags.astype(float)}
    )
    expected = lk.fit(joint(), columns("ab"))
    conditions = {"a": "kind < 0.5", "b": "kind > 0.5"}
    for by in ("kind", conditions):
        assert lk.fit(joint(by=by), table).loss == pytest.approx(
            expected.loss, abs=1e-8
        )


def test_weighted_categories_have_the_sandwich_of_all_events():
    """Two halves of one data set give the fit of the whole."""
    rng = np.random.default_rng(3)
    x = lk.Dataset.of(
        {"m": events(5, 0.5)}, weights=rng.uniform(0.2, 3, len(events(5, 0.5)))
    )
    shape = Sum(
        {"peak": model("a").densities[0], "rest": model("a").densities[1]},
        fractions=[lk.Parameter("f", 0.3, 0, 1)],
    )
    whole = lk.fit(shape, x)
    halves = {
        "low": lk.Dataset.of({"m": x["m"][::2]}, weights=x.weights[::2]),
        "high": lk.Dataset.of({"m": x["m"][1::2]}, weights=x.weights[1::2]),
    }
    result = lk.fit(lk.Simultaneous({"low": shape, "high": shape}), halves)
    for name, error in whole.errors.items():
        assert result[name].value == pytest.approx(whole[name].value, abs=1e-3 * error)
        assert result[name].error == pytest.approx(error, rel=1e-3)
    assert any("sandwich" in note for note in result.status.notes)


def test_unbinned_and_binned_data_of_one_sample_agree():
    """One category as events and the other as a fine histogram of the same."""
    as_events = lk.fit(joint(), columns("ab"))
    table = lk.Dataset.of({"m": DATA["b"]})
    binned = lk.Binned.of(table, {"m": 500}, {"m": (0.0, 10.0)})
    mixed = lk.fit(joint(), {"a": {"m": DATA["a"]}, "b": binned})
    assert mixed.status.ok
    for name, error in as_events.errors.items():
        value = as_events[name].value
        assert mixed[name].value == pytest.approx(value, abs=2e-2 * error)
        assert mixed[name].error == pytest.approx(error, rel=1e-2)


def test_categories_of_one_structure_share_a_program():
    """Names of parameters are not part of a program: a third category costs nothing."""
    from likely.fit.scattered import grouped

    names = ("a", "b", "c", "d")
    models = lk.Simultaneous({name: model(name) for name in names})
    data = {name: {"m": DATA["a"][: 900 + i]} for i, name in enumerate(names)}
    objective = lk.Likelihood().objective(models, data)
    pure = [part.pure for part in objective.parts.values()]
    places = [np.arange(5)] * 4
    (group,) = grouped(pure, places)
    assert group.places.shape == (4, 5)
    x = objective.space.start
    each = [
        p.derivatives(x[at])
        for p, at in zip(objective.parts.values(), objective.places, strict=False)
    ]
    total = objective.derivatives(x)
    assert total.value == pytest.approx(sum(d.value for d in each), rel=1e-13)
    H = np.zeros((len(x), len(x)))
    for d, at in zip(each, objective.places, strict=False):
        H[np.ix_(at, at)] += d.hessian
    assert total.hessian == pytest.approx(H, rel=1e-10, abs=1e-8)


@pytest.mark.slow
def test_toys_of_a_simultaneous_fit_have_unit_pulls():
    known = lk.GaussConstraint(lk.Parameter("mu", 5.0, 4, 6), 5.1, 0.02)
    result = lk.fit(joint(), columns("ab"), loss=lk.Likelihood([known]))
    toys = lk.toys(result, 500, seed=2)
    assert (toys.n_events > 1200).all()
    for pull in toys.summaries.values():
        assert abs(pull.mean) < 4 * pull.mean_error
        assert abs(pull.width - 1) < 4 * pull.width_error


def test_toys_of_events_and_a_histogram():
    table = lk.Dataset.of({"m": DATA["b"]})
    binned = lk.Binned.of(table, {"m": 40}, {"m": (0.0, 10.0)})
    result = lk.fit(joint(), {"a": {"m": DATA["a"]}, "b": binned})
    toys = lk.toys(result, 32, seed=1)
    assert toys.valid.mean() > 0.9
    total = result.objective.n_events
    assert abs(toys.n_events.mean() - total) < 4 * np.sqrt(total / 32)


def test_wrong_uses_are_sentences():
    with pytest.raises(LikelyError, match="lack the category `b`"):
        lk.fit(joint(), columns("a"))
    with pytest.raises(LikelyError, match="name `bb`, for which there is no model"):
        lk.fit(joint(), columns("a") | {"bb": {"m": DATA["b"]}})
    with pytest.raises(LikelyError, match="category `b`: .*no column `m`"):
        lk.fit(joint(), columns("a") | {"b": {"n": DATA["b"]}})
    with pytest.raises(LikelyError, match="one Dataset .* needs `by`"):
        lk.fit(joint(), lk.Dataset.of({"m": DATA["a"]}))
    three = lk.Dataset.of({"m": np.ones(3), "kind": np.arange(3.0)})
    with pytest.raises(LikelyError, match="has 3 values .*2 models"):
        lk.fit(joint(by="kind"), three)
    overlapping = {"a": "kind < 2", "b": "kind > 0"}
    with pytest.raises(LikelyError, match="1 of 3 events are in more than one"):
        lk.fit(joint(by=overlapping), three)
    with pytest.raises(LikelyError, match="needs a condition for each"):
        joint(by={"a": "m > 0"})
    with pytest.raises(LikelyError, match="takes the name of a column, or a condition"):
        joint(by=3)
    with pytest.raises(LikelyError, match="the condition of `a` must be a text"):
        joint(by={"a": 3, "b": "m < 0"})
    undefined = lk.Dataset.of({"m": DATA["a"], "c": np.full(len(DATA["a"]), np.nan)})
    with pytest.raises(LikelyError, match="values that are not finite; select"):
        lk.fit(joint(by="c"), undefined)
    with pytest.raises(LikelyError, match="no single projection; take one category"):
        lk.plot(lk.fit(joint(), columns("ab")))
    with pytest.raises(LikelyError, match="takes a result of `fit`; got int"):
        lk.category(3, "a")
    with pytest.raises(LikelyError, match="takes at least one density by name"):
        lk.Simultaneous({})
    with pytest.raises(LikelyError, match="model `a` must be a density"):
        lk.Simultaneous({"a": 1.0})
    clash = lk.Simultaneous(
        {"a": model("a"), "b": model("b", mu=lk.Parameter("mu", 5.0, 3, 6))}
    )
    with pytest.raises(LikelyError, match="`mu` is defined twice"):
        lk.fit(clash, columns("ab"))
    with pytest.raises(LikelyError, match="no category `c`"):
        lk.category(lk.fit(joint(), columns("ab")), "c")


def test_losses_of_different_kinds_are_added():
    table = lk.Dataset.of({"m": DATA["b"]})
    binned = lk.Binned.of(table, {"m": 20}, {"m": (0.0, 10.0)})
    losses = {"a": lk.Likelihood(), "b": lk.ChiSquare(variances="model")}
    data = {"a": {"m": DATA["a"]}, "b": binned}
    result = lk.fit(joint(), data, loss=lk.JointLoss(losses))
    assert result.status.ok
    alone = lk.fit(joint(), columns("ab"))
    # Another estimator of the same parameters: near, and not the same.
    for name, error in alone.errors.items():
        assert abs(result[name].value - alone[name].value) < 1.5 * error
    with pytest.raises(LikelyError, match="needs a loss for each"):
        lk.fit(joint(), data, loss=lk.JointLoss({"a": lk.Likelihood()}))
    with pytest.raises(LikelyError, match="that of `a` must be a loss"):
        lk.JointLoss({"a": 1.0, "b": lk.Likelihood()})
    with pytest.raises(LikelyError, match="a loss by the name of its category"):
        lk.JointLoss([lk.Likelihood()])
    with pytest.raises(LikelyError, match="takes a list of constraints"):
        lk.JointLoss(losses, constraints=[1.0])


def test_the_status_says_which_errors_weighted_categories_have():
    rng = np.random.default_rng(3)
    loss = lk.Likelihood(weight_errors="none")
    table = {
        n: lk.Dataset.of({"m": m}, weights=rng.uniform(0.5, 2, len(m)))
        for n, m in DATA.items()
    }
    result = lk.fit(joint(), table, loss=loss)
    assert any("numbers of events" in note for note in result.status.notes)
