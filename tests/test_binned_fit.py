"""Fits to histograms: against iminuit, against unbinned fits, and against toys."""

import jax
import numpy as np
import pytest
import scipy.stats
from iminuit import Minuit, cost

import likely as lk
from likely.core import LikelyError, Observable, Parameter, apply
from likely.data import Binned, Dataset
from likely.distributions import Exponential, Gauss, Product, Sum, Uniform
from likely.fit import ChiSquare, GaussConstraint, Likelihood
from likely.stats import component_curves, goodness_of_fit, projection

MASS = Observable("mass", 60.0, 120.0, "GeV")
TIME = Observable("time", 0.0, 5.0, "ps")
MU = Parameter("mu", 90.0, 85.0, 95.0)
EDGES = np.linspace(60.0, 120.0, 41)
EXTENDED = ["mu", "sigma", "slope", "ns", "nb"]


def components(mu=MU):
    sigma, slope = Parameter("sigma", 3.0, 0.5, 8.0), Parameter("slope", -0.02, -1, 0.5)
    return {"s": Gauss(MASS, mu, sigma), "b": Exponential(MASS, slope)}


def extended(mu=MU):
    yields = [Parameter("ns", 800, 0, 5000), Parameter("nb", 1200, 0, 5000)]
    return Sum(components(mu), yields=yields)


def events(rng, ns=900, nb=1500):
    s = rng.normal(91.0, 2.5, ns)
    b = 60 + rng.exponential(30.0, nb)
    return np.concatenate([s, b[b < 120]])


X = events(np.random.default_rng(7))
DATA = Binned.of({"mass": X}, {"mass": 40}, [MASS])


def small(**slope):
    """Return a model whose programs are quickly compiled."""
    given = {"value": -0.03, "lower": -1, "upper": 0.5} | slope
    slope = Parameter("slope", **given)
    return Sum(
        {"e": Exponential(MASS, slope), "u": Uniform(MASS)},
        yields=[Parameter("ne", 1400, 0, 1e6), Parameter("nu", 900, 0, 1e6)],
    )


SMALL = ["slope", "ne", "nu"]
ONE = lk.Newton(starts=1)
FALLING = np.random.default_rng(8)
FALLING = np.append(60 + FALLING.exponential(20.0, 1500), FALLING.uniform(60, 120, 800))
COUNTS = Binned.of({"mass": FALLING}, {"mass": 40}, [MASS])
MANY = Binned("mass", EDGES, 30 * COUNTS.counts)


def small_cdf(x, slope, ne, nu):
    return ne * exponential_cdf(x, slope) + nu * (x - 60) / 60


def gauss_cdf(x, mu, sigma):
    g = scipy.stats.norm(mu, sigma).cdf
    return (g(x) - g(60)) / (g(120) - g(60))


def exponential_cdf(x, slope):
    return np.expm1(slope * (x - 60)) / np.expm1(60 * slope)


def extended_cdf(x, mu, sigma, slope, ns, nb):
    return ns * gauss_cdf(x, mu, sigma) + nb * exponential_cdf(x, slope)


def minuit(function, *start):
    peer = Minuit(function, *start)
    peer.strategy, peer.tol = 2, 1e-7
    peer.migrad()
    peer.hesse()
    return peer


def assert_same(result, names, peer):
    pairs = zip(names, peer.values, peer.errors, strict=True)
    for name, value, error in pairs:
        assert abs(result[name].value - value) < 1e-3 * error, name
        assert result[name].error == pytest.approx(error, rel=1e-3), name


@pytest.fixture(scope="module")
def fitted():
    return lk.fit(extended(), DATA)


def test_extended_against_iminuit(fitted):
    peer = cost.ExtendedBinnedNLL(DATA.counts, DATA.edges[0], extended_cdf)
    peer = minuit(peer, 91.0, 2.5, -0.03, 900, 1300)
    assert_same(fitted, EXTENDED, peer)
    assert fitted.n_events == fitted.sum_of_weights == DATA.total
    mu = np.diff(extended_cdf(DATA.edges[0], *[fitted[n].value for n in EXTENDED]))
    assert fitted.loss == pytest.approx(2 * (mu - DATA.counts * np.log(mu)).sum())
    done = lk.minos(fitted, ["mu", "ns"])
    peer.minos("mu", "ns")
    for name in ("mu", "ns"):
        error = done[name].error
        assert abs(done[name].lower - peer.merrors[name].lower) < 1e-2 * error
        assert abs(done[name].upper - peer.merrors[name].upper) < 1e-2 * error


def test_not_extended_against_iminuit():
    model = Sum(small().components, fractions=[Parameter("f", 0.4, 0, 1)])
    result = lk.fit(model, COUNTS, minimiser=ONE)

    def cdf(x, slope, f):
        return small_cdf(x, slope, f, 1 - f)

    peer = cost.BinnedNLL(COUNTS.counts, EDGES, cdf)
    assert_same(result, ["slope", "f"], minuit(peer, -0.05, 0.6))
    p = np.diff(cdf(EDGES, result["slope"].value, result["f"].value))
    assert result.loss == pytest.approx(-2 * (COUNTS.counts * np.log(p)).sum())


def test_fine_bins_are_the_unbinned_fit():
    fine = Binned.of({"mass": FALLING}, {"mass": 4000}, [MASS])
    binned = lk.fit(small(), fine, minimiser=ONE)
    unbinned = lk.fit(small(), {"mass": FALLING}, minimiser=ONE)
    for name in SMALL:
        error = unbinned[name].error
        assert abs(binned[name].value - unbinned[name].value) < 1e-2 * error
        assert binned[name].error == pytest.approx(error, rel=1e-2)


def test_several_dimensions_against_iminuit():
    rng = np.random.default_rng(5)
    n = len(FALLING)
    t = np.where(np.arange(n) < 1500, rng.exponential(1.0, n), rng.uniform(0, 5, n))
    decay = Exponential(TIME, Parameter("rate", -0.8, -5, -0.01))
    falling, flat = small().components.values()
    model = Sum(
        {"e": Product([falling, decay]), "u": Product([Uniform(TIME), flat])},
        yields=small().coefficients(),
    )
    # The axes come in another order than the model's observables.
    events = {"time": t, "mass": FALLING}
    data = Binned.of(events, {"time": 8, "mass": 30}, [MASS, TIME])
    result = lk.fit(model, data, minimiser=ONE)

    def cdf(point, slope, ne, nu, rate):
        time, mass = point
        decay = np.expm1(rate * time) / np.expm1(5 * rate)
        flat = nu * (mass - 60) / 60 * time / 5
        return ne * exponential_cdf(mass, slope) * decay + flat

    peer = cost.ExtendedBinnedNLL(data.counts, data.edges, cdf)
    peer = minuit(peer, -0.05, 1400, 900, -1.0)
    assert_same(result, [*SMALL, "rate"], peer)
    seen = projection(result, "time")
    np.testing.assert_array_equal(seen.counts, data.counts.sum(axis=1))
    expected = cdf((data.edges[0], 120.0), *peer.values)
    np.testing.assert_allclose(seen.expected, np.diff(expected), rtol=1e-4)


@pytest.mark.parametrize("variances", ["data", "model", "combined"])
def test_chi_square_is_the_sum(variances):
    result = lk.fit(small(), COUNTS, loss=ChiSquare(variances=variances), minimiser=ONE)
    n = COUNTS.counts

    def chi2(*args):
        mu = np.diff(small_cdf(COUNTS.edges[0], *args))
        if variances == "model":
            return ((n - mu) ** 2 / mu).sum()
        if variances == "combined":
            some = np.where(n > 0, n, 1)
            own = np.where(n > 0, 3 / (1 / some + 2 / mu), mu / 2)
            return ((n - mu) ** 2 / own).sum()
        return ((n - mu) ** 2 / np.where(n > 0, n, np.inf)).sum()

    chi2.errordef = Minuit.LEAST_SQUARES
    peer = minuit(chi2, -0.05, 1400, 900)
    assert_same(result, SMALL, peer)
    assert result.loss == pytest.approx(peer.fval, abs=1e-6)


def test_chi_square_of_weights_and_of_shapes():
    """With weights and not extended: against the sum as a function, at one point."""
    rng = np.random.default_rng(2)
    weighted = Dataset.of(
        {"mass": FALLING}, weights=rng.uniform(-0.3, 2.0, len(FALLING))
    )
    data = Binned.of(weighted, {"mass": 40}, [MASS])
    model = Sum(small().components, fractions=[Parameter("f", 0.3, 0, 1)])
    n, V = data.counts, data.variances
    point = np.array([-0.04, 0.6])
    mu = n.sum() * np.diff(small_cdf(EDGES, -0.04, 0.6, 0.4))
    s = V / n
    expected = {
        "data": ((n - mu) ** 2 / V).sum(),
        "model": ((n - mu) ** 2 / (s * mu)).sum(),
        "combined": ((n - mu) ** 2 * (1 / V + 2 / (s * mu)) / 3).sum(),
    }
    for variances, value in expected.items():
        loss = ChiSquare(variances=variances)
        objective = loss.objective(model, data)
        assert 2 * objective.value(point) == pytest.approx(value, rel=1e-9)


def objectives():
    rng = np.random.default_rng(4)
    weights = rng.uniform(0.1, 2.0, len(FALLING))
    weighted = Dataset.of({"mass": FALLING}, weights=weights)
    weighted = Binned.of(weighted, {"mass": 40}, [MASS])
    fraction = Sum(small().components, fractions=[Parameter("f", 0.3, 0, 1)])
    slope = Parameter("slope", -0.03, -1, 0.5)
    constraints = (GaussConstraint(slope, -0.04, 0.01),)
    yield Likelihood(constraints).objective(small(), COUNTS)
    yield Likelihood(constraints).objective(fraction, weighted)
    for variances in ("model", "combined"):
        loss = ChiSquare(constraints, variances=variances)
        yield loss.objective(small(), weighted)


@pytest.mark.parametrize("number", range(4))
def test_derivatives_equal_finite_differences(number):
    objective = list(objectives())[number]
    x = 1.01 * objective.space.start
    here = objective.derivatives(x)
    assert objective.value(x) == pytest.approx(here.value, rel=1e-13)
    value, gradient = apply(objective.pure_gradient, x)
    assert float(value) == pytest.approx(here.value, rel=1e-13)
    scale = np.sqrt(np.abs(np.diag(here.hessian)))
    np.testing.assert_allclose(gradient / scale, here.gradient / scale, atol=1e-9)
    for i, h in enumerate(1e-3 / scale):
        step = h * (np.arange(len(x)) == i)
        up, down = objective.derivatives(x + step), objective.derivatives(x - step)
        slope = (up.value - down.value) / (2 * h)
        assert here.gradient[i] / scale[i] == pytest.approx(slope / scale[i], abs=1e-5)
        row = (up.gradient - down.gradient) / (2 * h)
        unit = scale * scale[i]
        np.testing.assert_allclose(here.hessian[i] / unit, row / unit, atol=1e-5)


def test_constraints_and_fixed_parameters():
    slope = Parameter("slope", -0.03, -1, 0.5)
    loss = Likelihood([GaussConstraint(slope, -0.045, 0.002)])
    result = lk.fit(small(), COUNTS, loss=loss, minimiser=ONE)
    peer = cost.ExtendedBinnedNLL(COUNTS.counts, EDGES, small_cdf)
    both = peer + cost.NormalConstraint("slope", -0.045, 0.002)
    assert_same(result, SMALL, minuit(both, -0.05, 1400, 900))
    held = lk.fit(small(value=-0.05, fixed=True), COUNTS, minimiser=ONE)
    two = cost.ExtendedBinnedNLL(
        COUNTS.counts, EDGES, lambda x, ne, nu: small_cdf(x, -0.05, ne, nu)
    )
    assert_same(held, SMALL[1:], minuit(two, 1400, 900))


def test_weights_of_one_size_are_scaled_counts():
    counts = lk.fit(small(), COUNTS, minimiser=ONE)
    data = Binned("mass", EDGES, 0.2 * COUNTS.counts, 0.04 * COUNTS.counts)
    result = lk.fit(small(), data, minimiser=ONE)
    scale = {"ne": 0.2, "nu": 0.2}
    for name in SMALL:
        value, error = counts[name].value, counts[name].error
        s = scale.get(name, 1.0)
        assert abs(result[name].value - s * value) < 1e-3 * s * error
        assert result[name].error == pytest.approx(s * error, rel=2e-2)
    assert "sandwich" in " ".join(result.status.notes)
    assert not any(e.lower for e in lk.minos(result).estimates)


def test_fine_bins_of_weights_are_the_unbinned_fit():
    """Values and errors, with weights that differ and some of them negative."""
    rng = np.random.default_rng(3)
    weights = np.where(rng.uniform(size=len(FALLING)) < 0.15, -0.4, 0.8)
    weights *= np.where(FALLING < 75, 1.5, 1.0)
    weighted = Dataset.of({"mass": FALLING}, weights=weights)
    fine = Binned.of(weighted, {"mass": 4000}, [MASS])
    assert (fine.counts < 0).any()
    binned = lk.fit(small(), fine, minimiser=ONE)
    unbinned = lk.fit(small(), weighted, minimiser=ONE)
    for name in SMALL:
        error = unbinned[name].error
        assert abs(binned[name].value - unbinned[name].value) < 1e-2 * error
        assert binned[name].error == pytest.approx(error, rel=1e-2)


@pytest.mark.slow
def test_errors_of_weighted_histograms_cover():
    rng = np.random.default_rng(12)
    pulls = []
    for _ in range(300):
        ns, nb = rng.poisson(900), rng.poisson(1500)
        x = events(rng, ns, nb)
        # Of the signal 0.8, of the background 0.6: weights that differ within bins.
        s = np.arange(len(x)) < ns
        w = np.where(s, rng.choice([-0.4, 2.0], len(x)), rng.uniform(0, 1.2, len(x)))
        data = Binned.of(Dataset.of({"mass": x}, weights=w), {"mass": 20}, [MASS])
        result = lk.fit(extended(), data, minimiser=lk.Newton(starts=1))
        background = 0.6 * 1500 * -np.expm1(-2.0)
        truth = [91.0, 2.5, -1 / 30, 0.8 * 900, background]
        pairs = zip(EXTENDED, truth, strict=True)
        pulls.append([(result[n].value - t) / result[n].error for n, t in pairs])
    width = np.std(pulls, axis=0)
    assert (np.abs(width - 1) < 0.15).all(), width
    assert (np.abs(np.mean(pulls, axis=0)) < 0.2).all()


def test_bins_may_cover_a_part_of_the_range():
    """The yields are those of the range, and the fit sees only what is in the bins."""
    part = COUNTS.within({"mass": (66.0, 111.0)})
    result = lk.fit(small(), part, minimiser=ONE)
    peer = cost.ExtendedBinnedNLL(part.counts, part.edges[0], small_cdf)
    assert_same(result, SMALL, minuit(peer, -0.05, 1400, 900))
    seen = projection(result, "mass")
    assert (seen.edges[0], seen.edges[-1]) == (66, 111)
    assert seen.expected.sum() == pytest.approx(part.total, rel=1e-3)


def test_empty_bins_cost_only_their_expectation():
    counts = np.zeros(6)
    counts[2] = 3
    data = Binned("mass", np.linspace(60, 120, 7), counts)
    model = Sum({"u": Uniform(MASS)}, yields=[Parameter("n", 10, 0, 100)])
    result = lk.fit(model, data)
    assert result["n"].value == pytest.approx(3, rel=1e-4)
    assert result["n"].error == pytest.approx(np.sqrt(3), rel=1e-4)
    assert result.loss == pytest.approx(2 * (3 - 3 * np.log(0.5)), rel=1e-9)


def test_projection_puts_bins_together(fitted):
    whole = projection(fitted, "mass", bins=20)
    np.testing.assert_array_equal(whole.counts, DATA.counts.reshape(20, 2).sum(axis=1))
    values = [fitted[n].value for n in EXTENDED]
    expected = np.diff(extended_cdf(whole.edges, *values))
    np.testing.assert_allclose(whole.expected, expected, rtol=1e-9)
    assert len(projection(fitted, "mass").counts) == 40
    assert len(projection(fitted, "mass", bins=30).counts) == 20
    agreement = goodness_of_fit(projection(fitted, "mass"), 5)
    assert 0.001 < agreement.p_value < 0.999
    curves = component_curves(fitted, "mass", np.array([80.0, 80.001]))
    slope = np.diff(extended_cdf(np.array([80.0, 80.001]), *values))[0] / 1e-3
    total = sum(curves.values())
    assert total[0] == pytest.approx(slope, rel=1e-4)


def test_it_is_drawn_also_with_unequal_bins():
    edges = [60.0, 70.0, 80.0, 85.0, 88.0, 90.0, 91.0, 92.0, 94.0, 97.0, 105.0, 120.0]
    data = Binned.of({"mass": FALLING}, {"mass": edges})
    result = lk.fit(small(), data, minimiser=ONE)
    seen = projection(result, "mass")
    assert seen.width is None
    figure = lk.plot(result, "mass")
    upper = figure.axes[0]
    line = upper.lines[0] if len(upper.lines[0].get_xdata()) > 20 else upper.lines[1]
    inside = (line.get_xdata() > 70) & (line.get_xdata() < 80)
    # Events per bin, of the bin that the point lies in.
    mean = np.mean(line.get_ydata()[inside])
    assert mean == pytest.approx(seen.expected[1], rel=2e-2)


def test_toys_are_histograms_of_the_model():
    fitted = lk.fit(small(), MANY, minimiser=ONE)
    made = lk.toys(fitted, 200, seed=2)
    assert made.status.tolist() == [0] * 200
    spread = np.std((made.values - made.truth) / made.errors, axis=0)
    assert (np.abs(spread - 1) < 4 / np.sqrt(2 * 200)).all()
    mean, deviation = made.n_events.mean(), np.sqrt(MANY.total / 200)
    assert abs(mean - MANY.total) < 4 * deviation
    generator = fitted.objective.generator(fitted.free_values)
    keys = jax.random.split(jax.random.key(1), 400)
    counts = generator.numbers(keys)
    mean = np.asarray(generator.mean)
    np.testing.assert_array_less(np.abs(counts.mean(0) - mean), 5 * np.sqrt(mean / 400))
    chi2 = ((counts - mean) ** 2 / mean).sum()
    assert abs(chi2 - 400 * 40) < 5 * np.sqrt(2 * 400 * 40)
    shapes = Likelihood().objective(Sum(small().components, fractions=[0.3]), DATA)
    fixed = shapes.generator(shapes.space.start, n_events=500)
    assert (fixed.numbers(keys).sum(axis=1) == 500).all()


def wrong(model=None, data=None, loss=None):
    return lambda: lk.fit(model or extended(), data or DATA, loss=loss)


@pytest.mark.parametrize(
    ("make", "says"),
    [
        (wrong(data=Binned("mas", EDGES, DATA.counts)), "no axis `mass`.*`mas`"),
        (
            wrong(data=Binned(["mass", "t"], (EDGES, [0, 1]), DATA.counts[:, None])),
            r"has the axis `t`.*binned.project\(\['mass'\]\)",
        ),
        (
            wrong(data=Binned("mass", EDGES - 1, DATA.counts)),
            r"span \[59, 119\] and its range is \[60, 120\]",
        ),
        (wrong(data=Binned("mass", EDGES, 0 * DATA.counts)), "holds no events"),
        (
            wrong(data=Binned("mass", EDGES, DATA.counts - 50.0)),
            "negative content, .*Chi",
        ),
        (
            wrong(data=Binned("mass", EDGES, DATA.counts - 90.0, DATA.counts + 1)),
            "the sum of weights of the histogram must be > 0",
        ),
        (
            wrong(data=Binned("mass", EDGES, DATA.counts, 0 * DATA.counts)),
            "a content and the variance zero",
        ),
        (wrong(data={"mass": X}, loss=ChiSquare()), "needs a histogram; make one"),
        (wrong(model=3), "the model must be a density"),
        (
            wrong(
                data=Binned("mass", EDGES, DATA.counts, 2 * DATA.counts),
                loss=Likelihood(weight_errors="none"),
            ),
            "is for unbinned fits",
        ),
        (
            lambda: ChiSquare(variances="date"),
            "there is no `date`; did you mean `data`",
        ),
        (
            wrong(
                data=Binned("mass", EDGES, DATA.counts - 50.0),
                loss=ChiSquare(),
            ),
            "bins of negative content need `variances`",
        ),
    ],
)
def test_what_cannot_be_fitted_is_a_sentence(make, says):
    with pytest.raises(LikelyError, match=says):
        make()


def test_a_conditional_model_cannot_be_binned():
    from likely.distributions import Conditional

    model = Conditional(Gauss(MASS, MU, lk.Column("resolution")))
    with pytest.raises(LikelyError, match="conditional on .*'resolution'.*Fit the ev"):
        lk.fit(model, DATA)


def test_toys_of_weights_cannot_be_drawn():
    data = Binned("mass", EDGES, DATA.counts, 2 * DATA.counts)
    objective = Likelihood().objective(extended(), data)
    with pytest.raises(LikelyError, match="how the weights are distributed"):
        objective.generator(objective.space.start)


def test_the_sources_are_in_the_provenance(tmp_path):
    import uproot

    with uproot.recreate(tmp_path / "h.root") as file:
        file["h"] = np.histogram(X, EDGES)
    data = lk.read_histogram(tmp_path / "h.root", observables=["mass"])
    result = lk.fit(small(), data, minimiser=ONE)
    (source,) = result.provenance["data"]
    assert source["file"] == str(tmp_path / "h.root")
