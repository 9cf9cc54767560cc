"""Studies with products, templates, several models, bins and hidden parameters."""

import hashlib
import json

import numpy as np
import pytest
import scipy.stats
import uproot
from study_helpers import TOOLBOX, message_of, planned

import likely as lk
from likely.core import Parameter, Result
from likely.studies import check, load, run, splot, template
from likely.studies.build import build
from likely.studies.fitting import fitted
from likely.studies.inputs import read_data
from likely.studies.plan import Leaf
from likely.studies.skeleton import SPECIAL

HEAD = """\
kind: fit
data: {file: events.parquet}
observables:
  mass: {range: [5, 6], unit: GeV}
parameters:
  m0: {value: 5.3, min: 5.2, max: 5.4}
  scale: [1, 0.5, 2]
model:
  components:
"""
SIGNAL = "{pdf: gauss, on: mass, args: {mu: m0, sigma: [0.05, 0.01, 0.2]}"
SHAPES = HEAD.replace("  scale: [1, 0.5, 2]\n", "")
FLAT = "    flat: {pdf: uniform, on: mass, yield: [400, 0, 2000]}\n"
TRUTH = {"m0": 5.3, "sigma": 0.05, "signal": 600, "flat": 400}


def events(seed: int = 1) -> dict[str, np.ndarray]:
    """A peak on a flat background, with a resolution and a category an event."""
    rng = np.random.default_rng(seed)
    n, m = TRUTH["signal"], TRUTH["flat"]
    sigma_m = rng.uniform(0.02, 0.08, n + m)
    peak = 5.3 + sigma_m[:n] * rng.normal(size=n)
    return {
        "mass": np.append(peak, rng.uniform(5, 6, m)),
        "time": np.append(rng.exponential(1.5, n), rng.exponential(0.5, m)),
        "sigma_m": sigma_m,
        "category": rng.integers(0, 2, n + m),
        "w": rng.uniform(0.5, 1.5, n + m),
    }


@pytest.fixture(scope="module")
def home(tmp_path_factory):
    """A folder with events, a sample, and histograms of both."""
    folder = tmp_path_factory.mktemp("toolbox")
    columns = events()
    lk.write(lk.Dataset.of(columns), folder / "events.parquet")
    lk.write(lk.Dataset.of(events(2)), folder / "mc.parquet")
    with uproot.recreate(folder / "h.root") as file:
        file["h_mass"] = np.histogram(columns["mass"], 40, (4.5, 6.5))
        file["h_flat"] = np.histogram(events(2)["mass"][600:], 20, (5, 6))
        file["h_two"] = np.histogram2d(columns["mass"], columns["time"], 5)
    return folder


@pytest.fixture
def written(home, tmp_path):
    """A function that writes a study beside the data."""

    def write(text: str) -> str:
        file = home / f"{tmp_path.name}.yaml"
        file.write_text(text)
        return str(file)

    return write


def model_of(component: str, head: str = SHAPES):
    """Return the density of one component."""
    return build(planned(f"{head}    one: {component}\n")[1]).model


def densities(model, *columns) -> np.ndarray:
    return np.exp(np.asarray(model.log_probs(np.column_stack(columns))))


MASS = np.linspace(5.01, 5.99, 9)


# --- What a component may be ---------------------------------------------------------


def test_an_argument_may_be_a_formula_of_columns():
    model = model_of(
        "{pdf: gauss, on: mass, args: {mu: m0, sigma: 'scale * sigma_m'}, "
        "given: [sigma_m]}",
        HEAD,
    )
    sigma = np.linspace(0.1, 0.5, len(MASS))
    expected = scipy.stats.truncnorm.pdf(
        MASS, (5 - 5.3) / sigma, (6 - 5.3) / sigma, 5.3, sigma
    )
    np.testing.assert_allclose(densities(model, MASS, sigma), expected, rtol=1e-10)


def test_a_formula_of_columns_may_name_other_arguments():
    model = model_of(
        "{pdf: gauss, on: mass, args: {mu: [5.4, 5, 6], sigma: 'k * mu / 20'}, "
        "given: [k]}",
        SHAPES.replace("  m0: {value: 5.3, min: 5.2, max: 5.4}\n", "  m0: 1.0\n"),
    )
    k = np.linspace(0.5, 2, len(MASS))
    sigma = k * 5.4 / 20
    expected = scipy.stats.truncnorm.pdf(
        MASS, (5 - 5.4) / sigma, (6 - 5.4) / sigma, 5.4, sigma
    )
    np.testing.assert_allclose(densities(model, MASS, k), expected, rtol=1e-10)


def test_a_convolution_is_a_voigt():
    model = model_of(
        "{convolve: {pdf: breit_wigner, args: {mu: m0, width: 0.1}, "
        "with: {pdf: gauss, args: {mu: 0, sigma: 0.05}}}, on: mass}"
    )
    voigt = model_of("{pdf: voigt, on: mass, args: {mu: m0, width: 0.1, sigma: 0.05}}")
    np.testing.assert_allclose(
        densities(model, MASS), densities(voigt, MASS), rtol=1e-7
    )


def test_a_density_may_be_spelled():
    model = model_of(
        "{pdf: expression, on: mass, density: 'exp(-a*(mass - 5)) * (1 + b*mass)', "
        "args: {a: [1, 0, 2], b: 0.5}}",
        SHAPES.replace("  m0: {value: 5.3, min: 5.2, max: 5.4}\n", "  m0: 1.0\n"),
    )
    x = np.linspace(5, 6, 20_001)
    shape = np.exp(-(x - 5)) * (1 + 0.5 * x)
    expected = np.exp(-(MASS - 5)) * (1 + 0.5 * MASS) / np.trapezoid(shape, x)
    np.testing.assert_allclose(densities(model, MASS), expected, rtol=1e-7)


def test_a_component_may_have_an_efficiency():
    component = SIGNAL + ", efficiency: '0.5*(1 + erf((mass - m0)/0.2))'}"
    model = model_of(component.replace("[0.05, 0.01, 0.2]", "0.3"))
    x = np.linspace(5, 6, 20_001)
    peak, turn_on = scipy.stats.norm(5.3, 0.3).pdf, scipy.stats.norm(5.3, 0.2 / 2**0.5)
    norm = np.trapezoid(peak(x) * turn_on.cdf(x), x)
    expected = peak(MASS) * turn_on.cdf(MASS) / norm
    np.testing.assert_allclose(densities(model, MASS), expected, rtol=1e-7)


def test_templates_are_read_from_files_beside_the_study(home, written):
    text = SHAPES.replace("  m0: {value: 5.3, min: 5.2, max: 5.4}\n", "  m0: 1.0\n")
    text += "    tmpl: {pdf: histogram, on: mass, file: h.root, name: h_flat, "
    text += "fraction: 0.5}\n    smooth: {pdf: kde, on: mass, "
    text += "sample: {file: mc.parquet, weight: w, select: 'time < 5'}}\n"
    study = load(written(text))
    made = build(study.plan).model
    counts, edges = np.histogram(events(2)["mass"][600:], 20, (5, 6))
    x = 0.5 * (edges[1:] + edges[:-1])
    np.testing.assert_allclose(
        densities(made.components["tmpl"], x), counts / counts.sum() / 0.05, rtol=1e-9
    )
    sample = events(2)
    kept = sample["time"] < 5
    direct = lk.distributions.KernelDensity(
        study.plan.observables["mass"], sample["mass"][kept], sample["w"][kept]
    )
    np.testing.assert_allclose(
        densities(made.components["smooth"], x), densities(direct, x), rtol=1e-9
    )
    again = planned(study.text)[1]
    assert again.components == study.plan.components


def test_arguments_of_a_density_that_takes_them_in_groups():
    head = SHAPES.replace("  m0: {value: 5.3, min: 5.2, max: 5.4}", "  m0: 1.0")
    component = "{pdf: hypatia2, on: mass, args: {mu: 5.3, sigma: 0.1, lambda: -2, "
    component += "beta: 0.5, zeta: 1, a_left: 1, n_left: 2, a_right: 3, n_right: 4}}"
    mass = lk.Observable("mass", 5, 6, "GeV")
    whole = lk.distributions.Hypatia2(mass, 5.3, 0.1, (-2, 0.5, 1), (1, 2), (3, 4))
    limit = lk.distributions.Hypatia2(mass, 5.3, 0.1, (-2, 0.5), (1, 2), (3, 4))
    without = component.replace("zeta: 1, ", "")
    for text, density in ((component, whole), (without, limit)):
        model = model_of(text, head)
        expected = densities(density, MASS)
        np.testing.assert_allclose(densities(model, MASS), expected, rtol=1e-12)
    three = (
        "phi: {range: [-3, 3]}\n  cos_l: {range: [-1, 1]}\n  cos_k: {range: [-1, 1]}"
    )
    angles = head.replace("mass: {range: [5, 6], unit: GeV}", three)
    s = ", ".join(f"s{i}: 0.0{i}" for i in (3, 4, 5, 7, 8, 9))
    text = "{pdf: k_star_mu_mu, on: [cos_l, cos_k, phi], args: {f_l: 0.6, a_fb: 0.1, "
    text += s + "}}"
    model = model_of(text, angles)
    assert [o.name for o in model.observables] == ["cos_l", "cos_k", "phi"]
    terms = model.components["one"].s
    assert [p.value for p in terms] == [0.03, 0.04, 0.05, 0.07, 0.08, 0.09]


# --- Faults --------------------------------------------------------------------------

PRODUCT = (
    "{product: [" + SIGNAL + "}, {pdf: exponential, on: time, args: {slope: -1}}]}"
)
TIME = HEAD.replace("unit: GeV}\n", "unit: GeV}\n  time: {range: [0, 9]}\n", 1)


@pytest.mark.parametrize(
    ("component", "words"),
    [
        ("{on: mass}", "one.pdf` is missing."),
        ("{pdf: gaus, on: mass}", "did you mean `gauss`"),
        ("{pdf: expresion, on: mass}", "did you mean `expression`"),
        ("{pdf: expression, on: mass}", "one.density` is missing."),
        ("{pdf: histogram, on: mass, file: a.root}", "one.name` is missing."),
        ("{pdf: kde, on: mass}", "one.sample` is missing."),
        ("{convolve: {pdf: gauss, args: {mu: 1, sigma: 1}}, on: mass}",
         "one.convolve.with` is missing."),
        (PRODUCT.replace("product", "prodct"), "did you mean `product`"),
        (PRODUCT.replace("sigma: [", "sigm: ["),
         "one.product.0.args.sigm` is no argument of gauss(mu, sigma)"),
        (PRODUCT.replace("on: time", "on: mass"), "has observables of its own"),
        (PRODUCT.replace("on: time", "on: tim"), "did you mean `time`"),
        (PRODUCT[:-1] + ", on: mass}", "one.on` is not a key beside `product`"),
        (PRODUCT[:-1] + ", pdf: gauss}", "stands beside `pdf`"),
        ("{product: [" + SIGNAL + "}]}", "one.product`"),
        (SIGNAL.replace("mass", "[mass, time]") + "}", "is a density of one"),
        (SIGNAL + ", density: '1'}", "one.density` is not a key beside `pdf: gauss`"),
        (SIGNAL + ", given: [w]}", "has `w`, which no argument names"),
        (SIGNAL + ", given: [m0]}", "is an entry of `parameters` too"),
        (SIGNAL + ", given: []}", "must be a list of columns"),
        (SIGNAL.replace("mu: m0", "mu: '2*w'") + "}",
         "uses `w`, which is no entry of `parameters`"),
        (SIGNAL.replace("mu: m0", "mu: 'w + wrong'") + ", given: [w]}",
         "args.mu` uses `wrong`, which is not known here"),
        (SIGNAL.replace("mu: m0", "mu: 'w if w > 1 else m0'") + ", given: [w]}",
         "has a condition"),
        (SIGNAL.replace("mu: m0", "mu: 'm0 + mass'") + ", given: [mass]}",
         "which is the observable of the density"),
        (SIGNAL + ", efficiency: 'erf(mas)'}", "uses `mas`, which is not known here"),
        (SIGNAL + ", efficiency: 'erg(mass)'}", "did you mean `erf`"),
        ("{pdf: expression, on: mass, density: 'a*mas', args: {a: 1}}",
         "did you mean `mass`"),
        ("{pdf: expression, on: mass, density: 'a', args: {a: 1}}",
         "does not depend on `mass`"),
        ("{pdf: expression, on: mass, density: 'mass', args: {a: 1}}",
         "args.a` is not in the `density`"),
        ("{pdf: expression, on: mass, density: 'mass', args: {mass: 1}}",
         "is an entry of `args` too"),
        ("{pdf: expression, on: mass, density: 'mass', args: {1a: 1}}",
         "args.1a` is not a name"),
        ("{pdf: decay, on: mass, args: {tau: 1, cos: 1}}", "lacks `delta_m` and `sin`"),
        ("{pdf: k_star_mu_mu, on: mass, args: {f_l: 1, a_fb: 0, s3: 0, s4: 0, s5: 0, "
         "s7: 0, s8: 0, s9: 0}}", "must list 3 observables"),
        ("{convolve: {pdf: k_star_mu_mu, args: {}}, on: mass}", "must name a pdf"),
        ("{pdf: kde, on: mass, sample: {fil: a.csv}}", "did you mean `file`"),
        ("{pdf: kde, on: mass, sample: {file: a.csv}, bandwidth: 0}",
         "must be positive"),
    ],
)  # fmt: skip
def test_a_wrong_component_is_told_in_its_line(component, words):
    message = message_of(planned, f"{TIME}    one: {component}\n")
    assert words in message
    assert f"line {TIME.count(chr(10)) + 1}: `model.components.one" in message


@pytest.mark.parametrize(
    ("old", "new", "words"),
    [
        ("  models:\n", "  by: c\n  models:\n", "`simultaneous.by` is for events"),
        ("  endcap: {file", "  encap: {file", "`datasets.encap` has no model of its"),
        ("    endcap:\n", "    encap:\n", "`simultaneous.models.encap` has no dataset"),
        ("datasets:", "data: {file: a.csv}\ndatasets:", "stands beside `data`"),
        ("simultaneous:", "model: {components: {a: {pdf: uniform, on: mass}}}\n"
         "simultaneous:", "stands beside `model`"),
        ("histogram: h_mass", "histogram: h_mass, weight: w", "is for events, and"),
        ("binned: {mass", "binned: {mas", "names no observable; did you mean `mass`"),
        ("edges: [5, 5.1", "edges: [5.05, 5.1", "they must begin and end there"),
        ("edges: [5, 5.1", "edges: [5, 4", "must be edges that rise"),
        ("edges: [", "bins: 0, edges: [", "between 1 and 10000; got 0"),
        ("edges: [", "bins: 3, edges: [", "needs either `bins`"),
        ("lbfgs", "lbfsg", "did you mean `lbfgs`"),
        ("stream: auto", "stream: yes", "must name when to stream"),
        ("barlow_beeston", "barlow", "did you mean `barlow_beeston`"),
        ("likelihood", "chi2", "must name a loss"),
        ("m0: {key", "m1: {key", "names no parameter: `m1`"),
        ("m0: {key", "twice: {key", "is a formula; hide the parameters"),
        ("m0: {key", "barrel.own.k: {key", "is fixed"),
        ("m0: {key", "m0: {ky", "did you mean `key`"),
        ("scale: 0.1}", "scale: -1}", "must be positive; got -1"),
        ('"some words"', "7", "must be a text that the offset is made of"),
        ("min: 5.2, max: 5.4", "min: 5.2", None),
        ("key: more words, scale: 0.1", "key: more words", None),
        ("yield: [1, 0, 9]", "yield: {value: 1, min: 0}", "hides `endcap.template.yie"),
    ],
)  # fmt: skip
def test_a_wrong_study_of_several_models_is_told_in_its_line(old, new, words):
    assert old in TOOLBOX
    changed = TOOLBOX.replace(old, new, 1)
    if words is None:
        planned(changed)
        return
    message = message_of(planned, changed)
    assert words in message
    assert "fit.yaml, line " in message


def test_a_hidden_parameter_without_limits_needs_a_scale():
    text = TOOLBOX.replace("min: 5.2, max: 5.4", "min: 5.2")
    text = text.replace("{key: more words, scale: 0.1}", "more words")
    assert "`blind.m0` needs a scale" in message_of(planned, text)


@pytest.mark.parametrize(
    ("text", "words"),
    [
        (FLAT, "`fit.loss` is chi_square, which is for binned data"),
        ("    one: {pdf: gauss, on: mass, args: {mu: m0, sigma: 'w'}, given: [w]}\n"
         "binned: {mass: {bins: 10}}\n", "`model` is given `w`"),
        (FLAT + "binned: {mass: {bins: 9}, time: {bins: 9}}\n", "names no observable"),
    ],
)  # fmt: skip
def test_bins_that_do_not_go_with_the_model(text, words):
    free = SHAPES.replace("  m0: {value: 5.3, min: 5.2, max: 5.4}", "  m0: 5.3")
    assert words in message_of(planned, f"{free}{text}fit: {{loss: chi_square}}\n")


@pytest.mark.parametrize(
    ("component", "words"),
    [
        ("{pdf: histogram, on: mass, file: g.root, name: h}", "there is no file"),
        ("{pdf: histogram, on: mass, file: h.root, name: h_fla}", "`h_flat`"),
        ("{pdf: histogram, on: mass, file: h.root, name: h_two}", "of 2 axes"),
        ("{pdf: kde, on: mass, sample: {file: mc.parquet, weight: v}}", "names `v`"),
        ("{pdf: kde, on: mass, sample: {file: mc.parquet, column: m}}", "names `m`"),
        (SIGNAL + ", given: [s]}", "has `s`, which no argument names"),
        ("{pdf: gauss, on: mass, args: {mu: 5, sigma: s}, given: [s]}", "names `s`"),
    ],
)
def test_files_of_components_that_do_not_hold_what_is_named(written, component, words):
    free = SHAPES.replace("  m0: {value: 5.3, min: 5.2, max: 5.4}", "  m0: 5.3")
    message = message_of(load, written(f"{free}    one: {component}\n"))
    assert words in message
    assert f"line {free.count(chr(10)) + 1}: `model.components.one" in message


BY = """\
kind: fit
data: {file: events.parquet}
observables:
  mass: {range: [5, 6], unit: GeV}
parameters:
  m0: [5.3, 5.2, 5.4]
simultaneous:
  by: category
  models:
    low:
      components:
        peak: {pdf: gauss, on: mass, args: {mu: m0, sigma: 0.05}, yield: [300, 0, 999]}
        flat: {pdf: uniform, on: mass, yield: [200, 0, 999]}
    high:
      components:
        peak: {pdf: gauss, on: mass, args: {mu: m0, sigma: 0.05}, yield: [300, 0, 999]}
        flat: {pdf: uniform, on: mass, yield: [200, 0, 999]}
"""


@pytest.mark.parametrize(
    ("old", "new", "words"),
    [
        ("by: category", "by: categry", "line 8: `simultaneous.by` names `categry`"),
        ("by: category", "by: w", "say which value each has (`value: 0`)"),
        ("  by: category\n", "", "simultaneous.models.low` needs `when`"),
        ("    low:\n", "    low:\n      value: 0\n", "lacks the `value` that `low`"),
        ("    low:\n", "    low:\n      when: w > 1\n", "stands beside `by`"),
        ("  by: category", "  datasets: {low: {file: a.csv}}", "at the top level"),
        ("    high:\n", "    high:\n      components: {a: {pdf: uniform, on: mass}}\n"
         "    last:\n", "`low` has yields and `high` has none"),
    ],
)  # fmt: skip
def test_categories_that_do_not_split_the_events(written, old, new, words):
    assert words in message_of(check, written(BY.replace(old, new, 1)))


def test_categories_by_conditions(written):
    text = BY.replace("  by: category\n", "")
    text = text.replace("    low:\n", "    low:\n      when: w < 0.8\n")
    text = text.replace("    high:\n", "    high:\n      when: w > 0.7\n")
    assert "more than one of them" in message_of(check, written(text))
    checked = check(written(text.replace("w > 0.7", "w > 1")))
    w = events()["w"]
    assert [len(p) for p in checked.data.parts.values()] == [
        (w < 0.8).sum(),
        (w > 1).sum(),
    ]
    between = ((w >= 0.8) & (w <= 1)).sum()
    assert f"{between} of 1000 events belong to no model" in str(checked)
    empty = written(text.replace("w > 0.7", "w > 7"))
    assert "has none of the 1000 selected events" in message_of(check, empty)


# --- Runs ----------------------------------------------------------------------------


def result_of(file: str) -> Result:
    """Return the result of a study without its report."""
    study = load(file)
    return fitted(study, read_data(study.content, study.plan, study.document))


def numbers(result: Result) -> dict:
    return {e.name: (e.value, e.error) for e in result.estimates if not e.fixed}


def test_a_product_with_a_resolution_of_each_event(home, written):
    text = TIME.replace("on: mass", "on: mass") + (
        "    both: {product: [{pdf: gauss, on: mass, args: {mu: m0, "
        "sigma: 'scale * sigma_m'}, given: [sigma_m]}, {pdf: exponential, on: time, "
        "args: {slope: [-0.7, -3, 0]}}], yield: [500, 0, 2000]}\n"
        "    flat: {product: [{pdf: uniform, on: mass}, {pdf: exponential, on: time, "
        "args: {slope: [-2, -9, 0]}}], yield: [500, 0, 2000]}\n"
    )
    shown = str(check(written(text)))
    assert 'gauss(mu=m0, sigma="scale * sigma_m") given sigma_m on mass * expo' in shown
    assert "mass [GeV] in [5, 6]; time in [0, 9]" in shown
    done = run(written(text), out=home / "product")
    assert done.ok
    result = done.result
    truth = {"m0": 5.3, "scale": 1.0, "both.time.slope": -1 / 1.5}
    truth |= {"flat.time.slope": -2.0, "both.yield": 600, "flat.yield": 400}
    for name, value in truth.items():
        estimate = result[name]
        assert abs(estimate.value - value) < 4 * estimate.error, name


def test_a_simultaneous_fit_is_two_fits_that_share(home, written):
    done = run(written(BY), out=home / "by")
    assert done.ok
    assert done.result.n_events == 1000
    values = done.result.values
    columns = events()
    for name, category in (("low", 0), ("high", 1)):
        mass = columns["mass"][columns["category"] == category]
        total = values[f"{name}.peak.yield"] + values[f"{name}.flat.yield"]
        assert total == pytest.approx(len(mass), rel=1e-5)
    assert done.result["m0"].error < 0.005
    again = lk.load(home / "by" / "model.json")
    assert again.names == ("low", "high")
    for name, model in again.parts.items():
        fitted_model = done.result.model.parts[name]
        expected = densities(fitted_model, MASS)
        np.testing.assert_allclose(densities(model, MASS), expected, rtol=1e-12)
    both = json.loads((home / "by" / "result.json").read_text())
    assert both["provenance"]["data"][0]["events_read"] == 1000
    assert any("category == 1" in note for note in both["status"]["notes"])


def test_events_in_narrow_bins_and_a_histogram_agree_with_events(home, written):
    text = f"{SHAPES}    signal: {SIGNAL}, yield: [500, 0, 2000]}}\n{FLAT}"
    single = numbers(result_of(written(text)))
    binned = f"{text}binned: {{mass: {{bins: 400}}}}\n"
    assert "events in 400 bins of mass" in str(check(written(binned)))
    narrow = numbers(result_of(written(binned)))
    for name, (value, error) in single.items():
        assert narrow[name][0] == pytest.approx(value, abs=0.1 * error)
        assert narrow[name][1] == pytest.approx(error, rel=0.03)
    histogram = text.replace("events.parquet", "h.root, histogram: h_mass")
    wide = numbers(run(written(histogram), out=home / "histogram").result)
    kept = json.loads((home / "histogram" / "result.json").read_text())
    assert kept["provenance"]["data"][0]["file"].endswith("h.root")
    assert kept["goodness_of_fit"]["ndof"] > 10
    for name, (value, error) in single.items():
        assert wide[name][0] == pytest.approx(value, abs=error)
    cut = written(histogram.replace("[5, 6]", "[5.01, 6]"))
    assert "begins and ends with a bin" in message_of(check, cut)
    wrong = written(histogram.replace("h_mass", "h_two"))
    assert "`data.histogram`" in message_of(check, wrong)


@pytest.mark.parametrize("name", SPECIAL)
def test_the_templates_of_special_fits_run_as_they_are(name, tmp_path):
    file = tmp_path / "new.yaml"
    file.write_text(template(name))
    checked = check(file)
    assert checked.n_in_range == 48_971
    assert checked.study.title.startswith("A ")
    # What is commented out is right, too.
    text = template(name).replace("# binned:", "binned:").replace("# blind:", "blind:")
    for key in ("m0: any", "barrel.signal.yield: {key"):
        text = text.replace(f"#   {key}", f"  {key}")
    file.write_text(text)
    plan = load(file).plan
    assert bool(plan.blind) == bool(plan.models[0].bins) == (name == SPECIAL[0])


def test_events_may_stay_in_their_files(home, written):
    text = f"{SHAPES}    signal: {SIGNAL}, yield: [500, 0, 2000]}}\n{FLAT}"
    single = result_of(written(text))
    text += "fit: {stream: always, minimiser: lbfgs}\n"
    assert "stay in their files" in str(check(written(text)))
    streamed = run(written(text), out=home / "streamed").result
    assert streamed.n_events == single.n_events
    for name, (value, error) in numbers(single).items():
        assert streamed[name].value == pytest.approx(value, abs=0.01 * error)
        assert streamed[name].error == pytest.approx(error, rel=1e-3)
    (source,) = streamed.provenance["data"]
    assert source["events_read"] == 1000
    wrong = written(text + "binned: {mass: {bins: 10}}\n")
    assert "is for events that are not in bins" in message_of(load, wrong)


def test_events_of_categories_may_stay_in_their_files(home, written):
    single = numbers(run(written(BY), out=home / "memory").result)
    text = BY + "fit: {stream: always}\n"
    conditions = text.replace("  by: category\n", "")
    for name, value in (("low", 0), ("high", 1)):
        conditions = conditions.replace(
            f"    {name}:\n", f"    {name}:\n      when: category == {value}\n"
        )
    valued = text.replace("low:\n", "low:\n      value: 0\n")
    valued = valued.replace("high:\n", "high:\n      value: 1\n")
    for number, study in enumerate((text, conditions, valued)):
        done = run(written(study), out=home / f"streamed{number}").result
        for name, (value, error) in numbers(done).items():
            assert value == pytest.approx(single[name][0], abs=1e-4 * error)
            assert error == pytest.approx(single[name][1], rel=1e-6)
    page = (home / "streamed0" / "report.html").read_text()
    assert "events.parquet" in page
    twice = written(conditions.replace("category == 1", "category >= 0"))
    assert "in more than one of them" in message_of(run, twice, out=home / "twice")
    wrong = written(text.replace("by: category", "by: w"))
    assert "say which value each has" in message_of(run, wrong, out=home / "wrong")


# --- Hidden parameters ---------------------------------------------------------------

BLIND = f"{SHAPES}    signal: {SIGNAL}, yield: [500, 0, 2000]}}\n{FLAT}"
HIDING = BLIND.replace("model:", '  twice: {expression: "2*m0"}\nmodel:')
HIDING += "blind: {signal.yield: secret, m0: {key: secret, scale: 3}}\n"


def offset(key: str, name: str, scale: float) -> float:
    digest = hashlib.sha256(f"{len(key)}:{key}{name}".encode()).hexdigest()
    return scale * (2 * (int(digest[:16], 16) >> 11) / 2**53 - 1)


@pytest.fixture(scope="module")
def pair(home):
    """The same fit with open and with hidden parameters."""
    errors = "fit: {errors: [hesse, minos]}\n"
    (home / "open.yaml").write_text(BLIND + errors)
    (home / "hidden.yaml").write_text(HIDING + errors)
    hidden = run(home / "hidden.yaml", out=home / "hidden").result
    return result_of(str(home / "open.yaml")), hidden


def test_a_hidden_parameter_is_shifted_and_nothing_else(pair):
    seen, hidden = pair
    shifts = {"signal.yield": 2000, "flat.yield": 2000, "m0": 3}
    for e in seen.estimates:
        other = hidden[e.name]
        scale = shifts.get(e.name)
        shift = offset("secret", e.name, scale) if scale else 0.0
        assert other.value - shift == pytest.approx(e.value, abs=1e-4 * e.error)
        for kind in ("error", "lower", "upper"):
            assert getattr(other, kind) == pytest.approx(getattr(e, kind), rel=1e-4)
        assert (other.min is None) == (scale is not None)
    assert hidden.loss == pytest.approx(seen.loss, abs=1e-6)
    np.testing.assert_allclose(hidden.correlation, seen.correlation, atol=1e-5)


def test_no_file_but_the_model_shows_a_hidden_value(home, pair):
    seen, hidden = pair
    folder = home / "hidden"
    result = json.loads((folder / "result.json").read_text())
    assert "twice" not in result["derived"]
    assert result["parameters"]["signal.yield"]["max"] is None
    assert any(note.startswith("blind: ") for note in result["status"]["notes"])
    for name in ("result.json", "log.txt"):
        text = (folder / name).read_text()
        for value in (seen["signal.yield"].value, seen["m0"].value):
            assert f"{value:.5g}" not in text
        assert "2000" not in text
    page = (folder / "report.html").read_text()
    assert f"{seen['signal.yield'].value:.0f} ±" not in page


def test_a_study_says_what_it_hides_and_no_offset(written):
    shown = str(check(written(HIDING)))
    assert "blind: m0, signal.yield, flat.yield." in shown
    assert f"{5.3 + offset('secret', 'm0', 3):.4g}" not in shown
    leaves = load(written(HIDING)).plan.leaves
    (m0,) = [leaf for leaf in leaves if leaf.name == "m0"]
    assert (m0.value, m0.min, m0.max) == (5.3, 5.2, 5.4)


@pytest.mark.parametrize(
    ("text", "words"),
    [
        (HIDING, "whose yields are blind"),
        (BY, "is a simultaneous fit"),
        (BLIND + "binned: {mass: {bins: 9}}\n", "is a fit in bins"),
    ],
)
def test_runs_without_sweights(home, tmp_path, text, words):
    (tmp_path / "log.txt").write_text("likely")
    text = text.replace("events.parquet", str(home / "events.parquet"))
    (tmp_path / "study.yaml").write_text(text)
    assert words in message_of(splot, tmp_path, tmp_path / "out.parquet")


def test_a_plan_takes_the_offset_off_again(pair, written):
    seen, hidden = pair
    plan = load(written(HIDING)).plan
    values = {e.name: e.value for e in hidden.estimates}
    assert isinstance(plan.scalars["m0"], Leaf)
    for leaf in plan.at(values).leaves:
        error = seen[leaf.name].error
        assert leaf.value == pytest.approx(seen[leaf.name].value, abs=1e-4 * error)
    bare = plan.unblinded()
    assert not bare.blind
    assert not any(formula.hidden for formula in bare.formulas)


def test_a_value_at_a_limit_is_not_shown(home, written):
    text = HIDING.replace("yield: [500, 0, 2000]", "yield: [500, 0, 550]")
    done = run(written(text), out=home / "limit")
    content = json.loads((home / "limit" / "result.json").read_text())
    assert content["parameters"]["signal.yield"]["at_limit"]
    assert content["parameters"]["signal.yield"]["value"] is None
    assert "no value of signal.yield is shown" in str(done.result.status.notes)


def test_the_same_key_hides_the_same_way_everywhere():
    one = lk.blind(Parameter("x", 1.0, 0, 2), "key")
    assert lk.blind(Parameter("x", 0.5, 0, 2), "key").operands[1] == one.operands[1]
    assert one.operands[1] == pytest.approx(offset("key", "x", 2), rel=1e-15)
    assert lk.blind(Parameter("y", 1.0, 0, 2), "key").operands[1] != one.operands[1]
    drawn = [
        lk.blind(Parameter("x", 0.0), f"key {i}", scale=2.0).operands[1]
        for i in range(2000)
    ]
    assert scipy.stats.kstest(drawn, scipy.stats.uniform(-2, 4).cdf).pvalue > 1e-3


@pytest.mark.parametrize(
    ("parameter", "options", "words"),
    [
        (Parameter("x", 1.0), {}, "give `scale`"),
        (Parameter("x", 1.0), {"scale": -1.0}, "must be positive"),
        (Parameter("x", 1.0, fixed=True), {"scale": 1.0}, "is fixed"),
        (2.0 * Parameter("x", 1.0), {"scale": 1.0}, "hides a Parameter"),
    ],
)
def test_what_cannot_be_hidden(parameter, options, words):
    assert words in message_of(lk.blind, parameter, "key", **options)
