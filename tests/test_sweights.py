"""sWeights: against the papers' formulas, the package `sweights`, and the truth."""

import json

import numpy as np
import pytest
from scipy import stats

import likely as lk
from likely import Dataset, LikelyError, Observable, Parameter
from likely.cli.main import main
from likely.distributions import Exponential, Gauss, Product, Sum, Uniform
from likely.stats import corrected_errors, cows, factorisation_test, sweights
from likely.studies import run, splot

M, T = Observable("m", 5, 7), Observable("t", 0, 10)


def mixture(*, fractions=False, ns=None):
    """A peak on a falling background, in `m`."""
    shapes = {
        "signal": Gauss(
            M, Parameter("mu", 5.8, 5.5, 6.2), Parameter("sigma", 0.1, 0.02, 0.5)
        ),
        "background": Exponential(M, Parameter("slope", -1, -5, 1)),
    }
    if fractions:
        return Sum(shapes, fractions=[Parameter("f", 0.3, 0, 1)])
    ns = Parameter("ns", 500, -100, 9999) if ns is None else ns
    return Sum(shapes, yields=[ns, Parameter("nb", 2000, 0, 9999)])


def drawn(rng, ns, nb):
    """Return m and t of the events: t is longer-lived in the background."""
    below = stats.truncexpon(2.0)
    m = [5.8 + 0.1 * rng.standard_normal(ns), 5 + below.rvs(nb, random_state=rng)]
    lives = [
        tau * stats.truncexpon(10 / tau).rvs(n, random_state=rng)
        for tau, n in ((1.0, ns), (3.0, nb))
    ]
    return np.concatenate(m), np.concatenate(lives)


@pytest.fixture(scope="module")
def sample():
    return drawn(np.random.default_rng(1), 800, 2000)


@pytest.fixture(scope="module")
def fitted(sample):
    return lk.fit(mixture(), {"m": sample[0]})


# --- The weights themselves ---------------------------------------------------------


def by_the_paper(result, m, w, N):
    """Eqs. 13 and 15 of physics/0402083, with densities from SciPy."""
    v = result.values
    gauss = stats.norm(v["mu"], v["sigma"])
    e = np.exp(v["slope"] * (m - 5)) * v["slope"] / np.expm1(2 * v["slope"])
    f = np.array([gauss.pdf(m) / (gauss.cdf(7) - gauss.cdf(5)), e])
    total = N[0] * f[0] + N[1] * f[1]
    inverse = np.zeros((2, 2))
    for k in range(2):
        for j in range(2):
            inverse[k, j] = np.sum(w * f[k] * f[j] / total**2)
    return w * (np.linalg.inv(inverse) @ f) / total


def test_the_formula_and_its_sums(fitted, sample):
    found = sweights(fitted)
    N = [fitted.values["ns"], fitted.values["nb"]]
    expected = by_the_paper(fitted, sample[0], np.ones(2800), N)
    np.testing.assert_allclose(found["signal"], expected[0], rtol=1e-9, atol=1e-11)
    np.testing.assert_allclose(found["background"], expected[1], rtol=1e-9, atol=1e-11)
    np.testing.assert_allclose(sum(found.weights.values()), 1, rtol=1e-7)
    assert found.sums == pytest.approx({"signal": N[0], "background": N[1]}, rel=1e-7)
    assert found.notes == ()
    again = found.functions({"m": sample[0]})
    np.testing.assert_allclose(again["signal"], found["signal"], rtol=1e-9, atol=1e-11)
    assert "effective events" in str(found)


def test_weighted_events(sample):
    w = np.random.default_rng(2).normal(1.0, 0.8, 2800)  # some are negative
    result = lk.fit(mixture(), Dataset.of({"m": sample[0]}, weights=w))
    found = sweights(result)
    N = [result.values["ns"], result.values["nb"]]
    np.testing.assert_allclose(
        found["signal"], by_the_paper(result, sample[0], w, N)[0], rtol=1e-8, atol=1e-9
    )
    np.testing.assert_allclose(sum(found.weights.values()), w, rtol=1e-6, atol=1e-9)
    assert found.sums["signal"] == pytest.approx(N[0], rel=1e-6)


def test_fractions_are_the_extended_fit(fitted, sample):
    found = sweights(lk.fit(mixture(fractions=True), {"m": sample[0]}))
    expected = sweights(fitted)
    np.testing.assert_allclose(found["signal"], expected["signal"], atol=1e-5)
    assert any("fractions" in note for note in found.notes)


def test_yields_that_are_not_free_are_told(sample):
    fixed = Parameter("ns", 500, fixed=True)
    found = sweights(lk.fit(mixture(ns=fixed), {"m": sample[0]}))
    (note,) = found.notes
    assert "do not sum to one" in note
    assert found.sums["signal"] == pytest.approx(500)  # as they do by construction


def test_several_observables(sample):
    """A fit in m and t discriminates better than one in m."""
    both = Sum(
        {
            "signal": Product([Gauss(M, 5.8, 0.1), Exponential(T, -1.0)]),
            "background": Product([Exponential(T, -1 / 3), Exponential(M, -1.0)]),
        },
        yields=[Parameter("ns", 500, 0, 9999), Parameter("nb", 2000, 0, 9999)],
    )
    m, t = sample
    found = sweights(lk.fit(both, {"m": m, "t": t}))
    gauss, falling = stats.norm(5.8, 0.1).pdf(m), stats.truncexpon(2.0, 5).pdf(m)
    f = [
        gauss * stats.truncexpon(10).pdf(t),
        falling * stats.truncexpon(10 / 3, scale=3).pdf(t),
    ]
    N = list(found.yields.values())
    total = N[0] * f[0] + N[1] * f[1]
    W = [[np.sum(a * b / total**2) for a in f] for b in f]
    expected = (np.linalg.inv(W) @ f) / total
    np.testing.assert_allclose(found["signal"], expected[0], rtol=1e-8, atol=1e-10)


# From the package sweights 1.7.0 (SWeight with method="summation"; Cow with Im=None,
# the histogram, and the density of fractions 0.3, 0.7): events 0, 20, 40, 50, 62, 74.
PICKED = [0, 20, 40, 50, 62, 74]
THEIRS = {
    "sweights": [
        -0.32997867478403353,
        1.271640525159717,
        -0.32997867478428783,
        0.35066906183803387,
        1.2754870417987754,
        0.44104017390326056,
    ],
    "uniform": [
        -0.3341245547278234,
        1.4762224272883182,
        -0.15013184006202432,
        0.03652107221265889,
        1.5083176606286037,
        0.07956780563948333,
    ],
    "histogram": [
        -0.4001329421149415,
        1.4024308201781326,
        -0.17979132038977233,
        0.13106322846711788,
        1.4319455926905171,
        0.14777825496726743,
    ],
    "density": [
        -0.2868156338998304,
        1.2026824785693007,
        -0.2868156339000692,
        0.34963454422413,
        1.2062259074878954,
        0.43375196161572527,
    ],
}


def test_against_the_package_sweights():
    shapes = {"s": Gauss(M, 5.8, 0.1), "b": Exponential(M, -0.5)}
    m = np.append(np.linspace(5.02, 6.98, 50), 5.8 + 0.1 * np.linspace(-1.9, 1.9, 25))
    free = Sum(shapes, yields=[Parameter("s", 20, 0, 99), Parameter("b", 50, 0, 99)])
    ours = sweights(lk.fit(free, {"m": m}))
    assert ours.yields["s"] == pytest.approx(22.30423259, rel=1e-6)
    np.testing.assert_allclose(ours["s"][PICKED], THEIRS["sweights"], rtol=1e-5)
    model = Sum(shapes, fractions=[0.3])
    counts = np.histogram(m, 5, (5, 7))
    assert counts[0].tolist() == [10, 22, 23, 10, 10]
    for name, variance in [
        ("uniform", "uniform"),
        ("histogram", counts),
        ("density", "density"),
    ]:
        functions = cows(model, variance=variance)
        np.testing.assert_allclose(
            functions({"m": m})["s"][PICKED], THEIRS[name], rtol=1e-6
        )


# --- Custom orthogonal weight functions ---------------------------------------------


@pytest.mark.parametrize(
    "variance", ["uniform", "density", ([3.0, 1.0], [5, 5.7, 7])], ids=str
)
def test_weight_functions_are_orthogonal_to_the_other_components(variance):
    functions = cows(mixture(), variance=variance)
    x = np.linspace(5, 7, 40001)
    x = 0.5 * (x[1:] + x[:-1])
    densities = [
        stats.norm(5.8, 0.1).pdf(x),
        stats.truncexpon(2.0, 5).pdf(x),
    ]
    for i, w in enumerate(functions({"m": x}).values()):
        overlaps = [np.mean(w * f) * 2 for f in densities]
        np.testing.assert_allclose(overlaps, np.eye(2)[i], atol=2e-5)


def test_cows_with_the_density_and_the_events_are_sweights(fitted, sample):
    data = {"m": sample[0]}
    found = cows(fitted.model, variance="density", data=data)(data)
    np.testing.assert_allclose(
        found["signal"], sweights(fitted)["signal"], rtol=1e-8, atol=1e-9
    )


# --- What they are for --------------------------------------------------------------


def test_the_control_variable_has_its_distribution(fitted, sample):
    """Pulls of the weighted bins against the true distribution of the signal."""
    w = sweights(fitted)["signal"]
    edges = np.array([0, 0.3, 0.7, 1.2, 2, 3, 5, 10])
    counts = np.histogram(sample[1], edges, weights=w)[0]
    errors = np.sqrt(np.histogram(sample[1], edges, weights=w**2)[0])
    expected = w.sum() * np.diff(stats.truncexpon(10).cdf(edges))
    chi2 = np.sum(((counts - expected) / errors) ** 2)
    assert stats.chi2.sf(chi2, len(counts) - 1) > 0.01
    plain = np.histogram(sample[1], edges)[0] * w.sum() / len(w)
    assert np.sum(((plain - expected) / errors) ** 2) > 100  # without weights


def lifetime(t, weights):
    return lk.fit(
        Exponential(T, -1 / Parameter("tau", 1.0, 0.1, 20)),
        Dataset.of({"t": t}, weights=weights),
    )


def numerical_covariance(m, t, tau):
    """The stacked equations of known shapes, all derivatives by differences."""
    f = np.array([stats.norm(5.8, 0.1).pdf(m), stats.truncexpon(2.0, 5).pdf(m)])

    def score(theta):  # of the truncated exponential
        h = 1e-5
        up, down = (
            stats.truncexpon(10 / s, scale=s).logpdf(t) for s in (theta + h, theta - h)
        )
        return (up - down) / (2 * h)

    def each(p):
        """Per event: two of the yields, three of W, one of tau; constants apart."""
        N, W = p[:2], np.array([[p[2], p[3]], [p[3], p[4]]])
        r = f / (N @ f)
        s = (np.linalg.inv(W) @ r)[0]
        return np.array([*r, r[0] * r[0], r[0] * r[1], r[1] * r[1], s * score(p[5])])

    def equations(p):
        return each(p).sum(1) - np.array([1, 1, *p[2:5], 0])

    r = None
    N = np.array([800.0, 2000.0])
    for _ in range(500):
        r = N[:, None] * f / (N @ f)
        N = r.sum(1)
    p = f / (N @ f)
    W = p @ p.T
    point = np.array([*N, W[0, 0], W[0, 1], W[1, 1], tau])
    G = np.empty((6, 6))
    for j in range(6):
        step = np.zeros(6)
        step[j] = 1e-5 * point[j]
        G[:, j] = (equations(point + step) - equations(point - step)) / (2 * step[j])
    E = each(point)
    inverse = np.linalg.inv(G)
    return (inverse @ E @ E.T @ inverse.T)[5, 5]


def test_corrected_errors_against_differences(sample):
    """Known shapes: the sandwich of all equations, which nobody simplified."""
    shapes = {"signal": Gauss(M, 5.8, 0.1), "background": Exponential(M, -1.0)}
    yields = [Parameter("ns", 500, 0, 9999), Parameter("nb", 2000, 0, 9999)]
    m, t = sample
    weights = sweights(lk.fit(Sum(shapes, yields=yields), {"m": m}))
    plain = lifetime(t, weights["signal"])
    corrected = corrected_errors(plain, weights, "signal")
    assert corrected["tau"].value == plain["tau"].value
    expected = np.sqrt(numerical_covariance(m, t, plain["tau"].value))
    assert corrected["tau"].error == pytest.approx(expected, rel=1e-3)
    assert corrected["tau"].error != pytest.approx(plain["tau"].error, rel=1e-3)
    assert corrected.covariance[0, 0] == pytest.approx(corrected["tau"].error ** 2)
    assert any("corrected" in note for note in corrected.status.notes)


# --- Factorisation ------------------------------------------------------------------


@pytest.mark.parametrize("method", ["bins", "rank"])
def test_p_values_are_uniform_if_independent(method):
    rng = np.random.default_rng(3)
    found = [
        factorisation_test(
            rng.normal(size=800), rng.exponential(size=800), method=method
        ).p_value
        for _ in range(300)
    ]
    assert stats.kstest(found, "uniform").pvalue > 0.01


def test_dependences_are_seen():
    rng = np.random.default_rng(4)
    t = rng.exponential(size=2000)
    shifted = rng.normal(0.15 * t, 1.0)
    wider = rng.normal(0.0, 1.0 + 0.3 * t)
    assert factorisation_test(shifted, t, method="rank").p_value < 1e-3
    assert factorisation_test(wider, t, method="rank").p_value > 0.01  # is blind
    assert factorisation_test(wider, t).p_value < 1e-4


def test_data_are_tested_in_slices(fitted, sample):
    m, t = sample
    fine = factorisation_test(fitted, t)
    assert fine.ndof == 3
    assert fine.p_value > 0.01
    moved = np.where(np.arange(2800) < 800, m + 0.03 * (t - 1), m)
    inside = (moved > 5) & (moved < 7)
    result = lk.fit(mixture(), {"m": moved[inside]})
    assert factorisation_test(result, t[inside]).p_value < 1e-3


# --- Faults -------------------------------------------------------------------------


def test_faults_are_told(fitted, sample):
    m, t = sample
    single = lk.fit(Exponential(M, Parameter("a", -1, -5, 1)), {"m": m})
    alone = Sum({"s": Uniform(M)}, yields=[Parameter("n", 5, 0, 9999)])
    weights = sweights(fitted)
    same = Sum({"a": Uniform(M), "b": Uniform(M)}, fractions=[0.5])
    bad = lk.core.Status(ok=False, message="no minimum.")
    failed = lk.core.result.replace(fitted, status=bad)
    read = lk.core.result.replace(fitted, model=None, objective=None)
    plane = Product([Uniform(M), Uniform(T)])
    both = Sum({"a": plane, "b": plane}, fractions=[0.5])
    cases = [
        (lambda: sweights(single), "needs a `Sum`"),
        (lambda: sweights(lk.fit(alone, {"m": m})), "two components"),
        (lambda: sweights(failed), "no minimum"),
        (lambda: sweights(read), "holds no model"),
        (lambda: weights["signl"], "signal"),
        (lambda: weights.functions({"m": [5.5, 7.5]}), "outside the range"),
        (lambda: cows(same), "cannot be told apart"),
        (lambda: cows(mixture(), variance="flat"), "must be"),
        (lambda: cows(mixture(), variance=([1, 0], [5, 6, 7])), "must be positive"),
        (lambda: cows(mixture(), variance=([1, 1], [5, 6, 8])), "over the range"),
        (lambda: cows(mixture(), variance=([1, 1], [5, 7])), "one edge more"),
        (lambda: cows(mixture(), variance="uniform", data={"m": m}), "leave `data`"),
        (lambda: cows(both), "one observable"),
        (lambda: corrected_errors(fitted, weights, "signal"), "without weights"),
        (lambda: corrected_errors(failed, weights, "signal"), "did not converge"),
        (lambda: factorisation_test(m, t[1:]), "same events"),
        (lambda: factorisation_test(m, t, method="ranks"), "rank"),
        (lambda: factorisation_test(m[:5], t[:5]), "too few"),
        (lambda: factorisation_test(m, np.full(2800, np.nan)), "not finite"),
        (lambda: factorisation_test(fitted, t[:9]), "2800 events"),
        (lambda: factorisation_test(fitted, t, slices=1), "2 or more"),
        (lambda: factorisation_test(single, t), "needs a `Sum`"),
    ]
    for call, says in cases:
        with pytest.raises(LikelyError, match=says):
            call()


def test_a_peak_too_narrow_for_its_range():
    spike = Sum({"s": Gauss(M, 5.8, 1e-9), "b": Uniform(M)}, fractions=[0.5])
    with pytest.raises(LikelyError, match="too narrow"):
        cows(spike)


# --- The study ----------------------------------------------------------------------

FIT = """\
kind: fit
data: {file: events.csv, define: {twice: 2*t}, select: t > 0.01}
observables:
  m: {range: [5, 7], unit: GeV}
model:
  components:
    signal:
      {pdf: gauss, on: m, args: {mu: [5.8, 5, 7], sigma: 0.1}, yield: [500, 0, 5000]}
    background:
      {pdf: exponential, on: m, args: {slope: [-1, -5, 1]}, yield: [900, 0, 5000]}
report: {bins: 20}
"""


@pytest.fixture(scope="module")
def home(sample, tmp_path_factory):
    folder = tmp_path_factory.mktemp("splot")
    table = np.append(np.stack(sample, axis=1), [[7.5, 1.0]], axis=0)  # out of range
    np.savetxt(folder / "events.csv", table, "%.17g", ",", header="m,t", comments="")
    (folder / "fit.yaml").write_text(FIT)
    run(folder / "fit.yaml", out=folder / "run")
    return folder


def test_the_command(home, sample, capsys):
    words = ["splot", str(home / "run"), "--out", str(home / "w.parquet")]
    assert main([*words, "--control", "t"]) == 0
    text = capsys.readouterr().out
    assert "sum of weights" in text
    assert "t: shapes in 2 slices" in text
    found = lk.read(home / "w.parquet")
    assert set(found.names) == {
        *("m", "t", "twice"),
        *("sweight_signal", "sweight_background"),
    }
    kept = sample[1] > 0.01
    np.testing.assert_array_equal(found["t"], sample[1][kept])
    result = json.loads((home / "run" / "result.json").read_text())
    for name in ("signal", "background"):
        value = result["parameters"][f"{name}.yield"]["value"]
        assert found[f"sweight_{name}"].sum() == pytest.approx(value, rel=1e-6)


def test_weights_of_the_study_are_a_factor(home):
    text = FIT.replace("select: t > 0.01", 'weight: "1.5 * (t > 1)"')
    (home / "weighted.yaml").write_text(text)
    done = run(home / "weighted.yaml", out=home / "weighted")
    made = splot(home / "weighted", home / "weighted.npz", control=["t"])
    found = lk.read(home / "weighted.npz")
    total = found["sweight_signal"] + found["sweight_background"]
    np.testing.assert_allclose(total, 1.5 * (found["t"] > 1), atol=1e-6)
    value = done.result["signal.yield"].value
    assert found["sweight_signal"].sum() == pytest.approx(value, rel=1e-6)
    assert made.tests["t"].p_value > 1e-3


def test_faults_of_the_command_are_told(home, capsys):
    changed = home / "changed"
    run(home / "fit.yaml", out=changed)
    result = json.loads((changed / "result.json").read_text())
    result["status"]["ok"] = False
    (home / "taken.csv").write_text((home / "events.csv").read_text())
    words = str(home / "run"), "--out", str(home / "w.csv")
    cases = [
        ([str(home), *words[1:]], "no run folder"),
        ([words[0], "--out", "w.xyz"], "no known format"),
        ([words[0], "--out", str(home / "events.csv")], "name another"),
        ([*words, "--control", "tt"], "did you mean `t`"),
        ([str(changed), *words[1:]], "did not converge"),
    ]
    (changed / "result.json").write_text(json.dumps(result))
    for arguments, says in cases:
        assert main(["splot", *arguments]) == 2
        assert says in capsys.readouterr().err
    result["status"]["ok"] = True
    result["provenance"]["data"][0]["sha256"] = "0"
    for text, says in [("[]", "cannot be read"), (json.dumps(result), "have changed")]:
        (changed / "result.json").write_text(text)
        assert main(["splot", str(changed), *words[1:]]) == 2
        assert says in capsys.readouterr().err


# --- Long studies -------------------------------------------------------------------


@pytest.mark.slow
@pytest.mark.parametrize("fractions", [False, True])
def test_corrected_errors_cover(fractions):
    """Pulls of a fit to sWeighted toys, the first fit with free shapes."""
    rng = np.random.default_rng(11)
    pulls = []
    for _ in range(200):
        ns, nb = rng.poisson(600), rng.poisson(1400)
        m, _ = drawn(rng, ns, nb)
        t = np.append(
            stats.truncnorm(-4, 6, 4.0, 1.0).rvs(ns, random_state=rng),
            2 * stats.truncexpon(5).rvs(nb, random_state=rng),
        )
        first = lk.fit(mixture(fractions=fractions), {"m": m})
        weights = sweights(first)
        shape = Gauss(T, Parameter("mean", 4, 1, 9), Parameter("width", 1, 0.1, 5))
        second = Sum({"s": shape}, yields=[Parameter("n", 600, 0, 99999)])
        result = lk.fit(second, Dataset.of({"t": t}, weights=weights["signal"]))
        if result["width"].at_limit:
            continue  # a spike on an event of large weight is a minimum too
        result = corrected_errors(result, weights, "signal")
        truth = {"mean": 4.0, "width": 1.0, "n": 600.0}
        pulls.append(
            [(result[n].value - v) / result[n].error for n, v in truth.items()]
        )
    pulls = np.array(pulls)
    assert len(pulls) >= 195
    error = 1 / np.sqrt(2 * len(pulls))
    np.testing.assert_allclose(pulls.std(axis=0), 1, atol=3 * error)
    assert np.all(np.abs(pulls.mean(axis=0)) < 0.3)


@pytest.mark.slow
def test_p_values_of_slices_are_uniform():
    rng = np.random.default_rng(12)
    found = []
    for _ in range(100):
        m, t = drawn(rng, 800, 2000)
        found.append(factorisation_test(lk.fit(mixture(), {"m": m}), t).p_value)
    assert stats.kstest(found, "uniform").pvalue > 0.01


def test_a_binned_fit_has_no_events_to_weight():
    x = lk.Observable("x", 0, 10)
    parts = {"peak": lk.distributions.Gauss(x, 5.0, 1.0)}
    parts |= {"flat": lk.distributions.Uniform(x)}
    yields = [lk.Parameter(name, 50, 0, 500) for name in parts]
    rng = np.random.default_rng(0)
    table = lk.Dataset.of(
        {"x": np.append(rng.normal(5, 1, 60), rng.uniform(0, 10, 60))}
    )
    binned = lk.Binned.of(table, {"x": 20}, {"x": (0, 10)})
    result = lk.fit(lk.distributions.Sum(parts, yields=yields), binned)
    with pytest.raises(LikelyError, match="needs events in memory"):
        lk.stats.sweights(result)
