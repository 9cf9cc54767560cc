"""What RooFit makes of the events of `examples/roofit`: `reference.json` beside them.

    python benchmarks/roofit_reference.py      # needs the wheel `root`

Nothing of `likely` is used but the events, which NumPy draws. Each entry has, for each
result of an example, value and error by parameter, and for its `numbers` the values.
"""

import json
import sys
from collections.abc import Callable
from pathlib import Path

import numpy as np
import ROOT

EXAMPLES = Path(__file__).parents[1] / "examples" / "roofit"
sys.path.insert(0, str(EXAMPLES))
from events import sample  # noqa: E402

F = ROOT.RooFit
ROOT.RooMsgService.instance().setGlobalKillBelow(F.ERROR)
# The default of 1e-7 is noise that MIGRAD sees.
ROOT.RooAbsReal.defaultIntegratorConfig().setEpsAbs(1e-11)
ROOT.RooAbsReal.defaultIntegratorConfig().setEpsRel(1e-11)
Estimates = dict[str, list[float]]
TABLE: dict[str, Callable[[], dict]] = {}
KEPT: list = []  # what Python must not delete while RooFit looks at it


def entry(function):
    """Add a function to the table under its name."""
    TABLE[function.__name__] = function
    return function


def var(name, value, lower=None, upper=None):
    limits = () if lower is None else (lower, upper)
    made = ROOT.RooRealVar(name, name, value, *limits)
    KEPT.append(made)
    return made


def observable(name, lower, upper):
    return var(name, 0.5 * (lower + upper), lower, upper)


def make(kind, name, *args):
    made = getattr(ROOT, kind)(name, name, *args)
    KEPT.append(made)
    return made


def dataset(columns, observables):
    """Return the events inside the ranges of all observables."""
    inside = np.ones(len(columns[observables[0].GetName()]), bool)
    for o in observables:
        values = columns[o.GetName()]
        inside &= (values >= o.getMin()) & (values <= o.getMax())
    arrays = {o.GetName(): np.array(columns[o.GetName()][inside]) for o in observables}
    data = ROOT.RooDataSet.from_numpy(arrays, observables)
    KEPT.append(data)
    return data


def histogram(values, x, edges):
    """Return a histogram of some values."""
    counts = np.histogram(values, edges)[0].astype(float)
    hist = ROOT.TH1D(f"h{len(KEPT)}", "", len(edges) - 1, np.asarray(edges, float))
    for i, count in enumerate(counts):
        hist.SetBinContent(i + 1, count)
        hist.SetBinError(i + 1, np.sqrt(count))
    x.setBinning(ROOT.RooBinning(len(edges) - 1, np.asarray(edges, float)))
    data = ROOT.RooDataHist(f"dh{len(KEPT)}", "", [x], hist)
    KEPT.extend([hist, data])
    return data


def minimised(nll) -> Estimates:
    """Return value and error of each parameter at a well converged minimum."""
    minimiser = ROOT.RooMinimizer(nll)
    minimiser.setPrintLevel(-1)
    minimiser.setStrategy(2)
    minimiser.setEps(1e-3)
    minimiser.migrad()
    minimiser.hesse()
    return estimates(minimiser.save())


def estimates(result) -> Estimates:
    found = {p.GetName(): [p.getVal(), p.getError()] for p in result.floatParsFinal()}
    if result.status() != 0 or result.covQual() != 3:
        print("  status", result.status(), "covariance", result.covQual(), found)
    return found


def fit(pdf, data, **options) -> Estimates:
    return minimised(pdf.createNLL(data, **options))


def normal(name, x, mu, sigma):
    return make("RooGaussian", name, x, mu, sigma)


def mixture(name, pdfs, coefficients):
    return make("RooAddPdf", name, pdfs, coefficients)


@entry
def rf101():
    x, mean = observable("x", -10, 10), var("mean", 1, -10, 10)
    gauss = normal("g", x, mean, var("sigma", 3, 0.1, 10))
    return {"result": fit(gauss, dataset(sample("rf101"), [x]))}


@entry
def rf102():
    columns = sample("rf102")
    x, mean = observable("x", -10, 10), var("mean", 0, -10, 10)
    gauss = normal("g", x, mean, var("sigma", 3, 0.1, 10))
    data = histogram(columns["x"], x, np.linspace(-10, 10, 26))
    binned = fit(gauss, data, IntegrateBins=1e-8)
    mean.setVal(0)
    chosen = {"x": columns["x"][np.abs(columns["y"]) < 10]}
    return {"binned": binned, "selected": fit(gauss, dataset(chosen, [x]))}


@entry
def rf103():
    columns, x = sample("rf103"), observable("x", -20, 20)
    text = "(1+0.1*abs(x)+sin(sqrt(abs(x*alpha+0.1))))"
    formula = make("RooGenericPdf", "f", text, [x, var("alpha", 5, 0.1, 10)])
    y, mean2 = observable("y", -20, 20), var("mean2", 10, 0, 200)
    mean = make("RooFormulaVar", "mean", "sqrt(mean2)", [mean2])
    gauss = normal("g2", y, mean, var("sigma", 3, 0.1, 10))
    return {
        "formula": fit(formula, dataset(columns, [x])),
        "derived": fit(gauss, dataset(columns, [y])),
    }


@entry
def rf104():
    y, b = observable("y", -10, 10), var("b", 2, -10, 10)
    pdf = make("RooGenericPdf", "p", "abs(y)+(y-b)*(y-b)", [y, b])
    return {"result": fit(pdf, dataset(sample("rf104"), [y]))}


@entry
def rf105():
    x, a, b = observable("x", 0, 0.999), var("a", 5, 1, 10), var("b", 2, 1, 10)
    # Not `bindPdf` of ROOT.Math.beta_pdf, whose rounding stops MIGRAD early.
    pdf = make("RooGenericPdf", "beta", "pow(x,a-1)*pow(1-x,b-1)", [x, a, b])
    return {"result": fit(pdf, dataset(sample("rf105"), [x]))}


@entry
def rf109():
    x, mean = observable("x", -10, 10), var("mean", 0, -10, 10)
    gauss = normal("g", x, mean, var("sigma", 3.15))
    return {"result": fit(gauss, dataset(sample("rf109"), [x]))}


@entry
def rf110():
    x = observable("x", -10, 10)
    gauss = normal("g", x, var("m", -2), var("s", 3))
    nset = ROOT.RooArgSet(x)
    x.setRange("signal", -5, 5)
    whole = gauss.createIntegral({x}).getVal()
    part = gauss.createIntegral({x}, NormSet={x}, Range="signal").getVal()
    x.setVal(0)
    at_zero = gauss.getVal(nset)
    cdf = gauss.createCdf({x})
    x.setVal(1)
    landau = make("RooLandau", "l", x, var("ml", 0), var("sl", 0.1))
    config = ROOT.RooNumIntConfig(ROOT.RooAbsReal.defaultIntegratorConfig())
    config.setEpsAbs(1e-12)
    config.setEpsRel(1e-12)
    landau.forceNumInt(flag=True)
    # Normalised as RooFit's formula is, 1/pi times an integral.
    total = landau.createIntegral({x}, NumIntConfig=config).getVal()
    return {
        "numbers": {
            "norm": whole,
            "density at 0": at_zero,
            "part in [-5, 5]": part,
            "cdf at 1": cdf.getVal(),
            "landau": total,
        }
    }


@entry
def rf111():
    x, sigma = observable("x", -10, 10), var("sigma", 1, 0.1, 10)
    gauss = normal("g", x, var("m", 1), sigma)
    orders = [gauss.derivative(x, n, 1e-5) for n in (1, 2)]
    in_sigma = gauss.derivative(sigma, 1, 1e-5)
    x.setVal(2.5)
    names = ("dg/dx", "d2g/dx2", "dg/dsigma")
    values = [d.getVal() for d in (*orders, in_sigma)]
    return {"numbers": dict(zip(names, values, strict=True))}


def peaks():
    """Return observable, background and signal of the tutorials' common model."""
    x, mean = observable("x", 0, 10), var("mean", 5)
    sig1 = normal("sig1", x, mean, var("sigma1", 0.5))
    sig2 = normal("sig2", x, mean, var("sigma2", 1))
    a0, a1 = var("a0", 0.5, 0, 1), var("a1", 0.2, 0, 1)
    bkg = make("RooChebychev", "bkg", x, [a0, a1])
    sig = mixture("sig", [sig1, sig2], [var("sig1frac", 0.8, 0, 1)])
    return x, bkg, sig


@entry
def rf201():
    x, bkg, sig = peaks()
    model = mixture("model", [bkg, sig], [var("bkgfrac", 0.5, 0, 1)])
    return {"result": fit(model, dataset(sample("rf201"), [x]))}


@entry
def rf202():
    x, bkg, sig = peaks()
    yields = [var("nbkg", 500, 0, 10000), var("nsig", 500, 0, 10000)]
    model = mixture("model", [bkg, sig], yields)
    return {"result": fit(model, dataset(sample("rf201"), [x]), Extended=True)}


@entry
def rf203():
    found = {}
    for name, lower, upper in (("full", -10, 10), ("signal", -3, 3)):
        x = observable("x", lower, upper)
        gauss = normal("g", x, var("mx", 0, -10, 10), var("s", 1))
        flat = make("RooUniform", "u", x)
        model = mixture("model", [gauss, flat], [var("f", 0.5, 0, 1)])
        found[name] = fit(model, dataset(sample("rf203"), [x]))
    return found


@entry
def rf204():
    x, alpha = observable("x", 10, 20), var("alpha", -0.04, -0.1, 0)
    model = make("RooExponential", "model", x, alpha)
    text = "N*(exp(20*alpha)-exp(10*alpha))/(exp(100*alpha)-exp(10*alpha))"
    n = make("RooFormulaVar", "n", text, [var("N", 10000, 0, 50000), alpha])
    extended = make("RooExtendPdf", "extended", model, n)
    data = dataset(sample("rf204"), [x])
    return {"result": fit(extended, data, Extended=True)}


@entry
def rf207():
    x, bkg, _ = peaks()
    single = normal("s", x, var("mean", 5, 4, 6), var("sigma", 0.6, 0.1, 2))
    model = mixture("model", [bkg, single], [var("bkgfrac", 0.5, 0, 1)])
    return {"result": fit(model, dataset(sample("rf201"), [x]))}


@entry
def rf208():
    t = observable("t", -10, 30)
    # The result is displaced by half a bin, and what passes the buffer comes in again
    # from the other side.
    t.setBins(200_000, "cache")
    landau = make("RooLandau", "l", t, var("ml", 5, -20, 20), var("sl", 1, 0.1, 10))
    gauss = normal("g", t, var("mg", 0), var("sg", 2, 0.1, 10))
    model = make("RooFFTConvPdf", "lxg", t, landau, gauss)
    model.setBufferStrategy(ROOT.RooFFTConvPdf.Extend)
    model.setBufferFraction(1.0)
    return {"result": fit(model, dataset(sample("rf208"), [t]))}


@entry
def rf209():
    dt, tau = observable("dt", -10, 20), var("tau", 1.548, 0.1, 10)
    parts = []
    for name, width in (("narrow", 1), ("wide", 5)):
        gm = make("RooGaussModel", f"gm_{name}", dt, var("b", 0), var("s", width))
        parts.append(make("RooDecay", name, dt, tau, gm, ROOT.RooDecay.SingleSided))
    model = mixture("model", parts, [var("gm1frac", 0.5, 0, 1)])
    return {"result": fit(model, dataset(sample("rf209"), [dt]))}


@entry
def rf212():
    columns, tau = sample("rf212"), var("tau", -0.2, -10, -0.01)
    sides = {}
    for name, lower, upper in (("left", 1, 10), ("right", 20, 30)):
        x = observable("x", lower, upper)
        pdf = make("RooExponential", name, x, tau)
        sides[name] = pdf.createNLL(dataset(columns, [x]))
    total = make("RooAddition", "total", list(sides.values()))
    return {"result": minimised(total)}


def shifted_gauss(x, y):
    a0, a1 = var("a0", -0.5, -5, 5), var("a1", -0.5, -1, 1)
    mean = make("RooPolyVar", "fy", y, [a0, a1])
    return normal("gx", x, mean, var("sigma", 0.5, 0.1, 2))


@entry
def rf303():
    x, y = observable("x", -10, 10), observable("y", -10, 10)
    model, data = shifted_gauss(x, y), dataset(sample("rf303"), [x, y])
    return {"result": fit(model, data, ConditionalObservables={y})}


@entry
def rf304():
    x, y = observable("x", -5, 5), observable("y", -5, 5)
    gx = normal("gx", x, var("mean1", 2, -5, 5), var("sigmax", 1, 0.1, 5))
    gy = normal("gy", y, var("mean2", -2, -5, 5), var("sigmay", 5, 0.1, 10))
    model = make("RooProdPdf", "model", [gx, gy])
    return {"result": fit(model, dataset(sample("rf304"), [x, y]))}


@entry
def rf305():
    x, y = observable("x", -5, 5), observable("y", -5, 5)
    gx = shifted_gauss(x, y)
    gy = normal("gy", y, var("zero", 0), var("sigmay", 3, 0.1, 10))
    model = make("RooProdPdf", "model", {gy}, F.Conditional({gx}, {x}))
    return {"result": fit(model, dataset(sample("rf305"), [x, y]))}


@entry
def rf306():
    columns = sample("rf306")
    dt, dterr = observable("dt", -10, 10), observable("dterr", 0.5, 8.5)
    bias, sigma = var("bias", 0, -10, 10), var("sigma", 1, 0.1, 10)
    gm = make("RooGaussModel", "gm", dt, bias, sigma, dterr)
    tau = var("tau", 1.5, 0.1, 10)
    decay = make("RooDecay", "decay", dt, tau, gm, ROOT.RooDecay.SingleSided)
    data = dataset(columns, [dt, dterr])
    conditional = fit(decay, data, ConditionalObservables={dterr})
    edges = np.linspace(0.5, 8.5, 81)
    hist = histogram(columns["dterr"], dterr, edges)
    errors = make("RooHistPdf", "errors", {dterr}, hist)
    model = make("RooProdPdf", "model", {errors}, F.Conditional({decay}, {dt}))
    return {"conditional": conditional, "full": fit(model, data)}


@entry
def rf312():
    columns, found = sample("rf312"), {}
    mx, my = var("mx", 1, -10, 10), var("my", 1, -10, 10)
    nlls = []
    regions = ((-10, 10, -10, 0, "f1"), (-10, 0, 0, 10, "f2"))
    for x_low, x_high, y_low, y_high, f in regions:
        x, y = observable("x", x_low, x_high), observable("y", y_low, y_high)
        one = var("one", 1)
        sig = make(
            "RooProdPdf", "sig", [normal("gx", x, mx, one), normal("gy", y, my, one)]
        )
        bkg = make("RooUniform", "bkg", {x, y})
        model = mixture("model", [sig, bkg], [var(f, 0.5, 0, 1)])
        nlls.append(model.createNLL(dataset(columns, [x, y])))
    found["sb1"] = minimised(nlls[0])
    for parameter in (mx, my):
        parameter.setVal(1)
    found["both"] = minimised(make("RooAddition", "total", nlls))
    return found


@entry
def rf316():
    columns = sample("rf316")
    x, y, z = (observable(name, -5, 5) for name in "xyz")
    zero, one = var("zero", 0), var("one", 1)
    sig = make(
        "RooProdPdf",
        "sig",
        [normal("g" + o.GetName(), o, zero, one) for o in (x, y, z)],
    )
    px = make("RooPolynomial", "px", x, [-0.1, 0.004])
    py = make("RooPolynomial", "py", y, [0.1, -0.004])
    bkg = make("RooProdPdf", "bkg", [px, py, make("RooUniform", "pz", z)])
    model = mixture("model", [sig, bkg], [var("fsig", 0.1, 0, 1)])
    data = dataset(columns, [x, y, z])
    result = fit(model, data)
    sig_yz, all_yz = sig.createProjection({x}), model.createProjection({x})
    ratio = make("RooFormulaVar", "llratio", "log10(@0)-log10(@1)", [sig_yz, all_yz])
    data.addColumn(ratio)
    selected = data.reduce(Cut="llratio>0.7").numEntries()
    return {"result": result, "numbers": {"selected": selected}}


@entry
def rf402():
    columns = sample("rf303")
    x, y = observable("x", -10, 10), observable("y", -10, 10)
    data = dataset(columns, [x, y])
    near = data.reduce("abs(y)<5").numEntries()
    x.setBins(10)
    y.setBins(10)
    binned = make("RooDataHist", "dh", {x, y}, data)
    return {"numbers": {"near": near, "binned": binned.sumEntries()}}


@entry
def rf403():
    columns, x = sample("rf403"), observable("x", -10, 10)
    data = ROOT.RooDataSet.from_numpy(columns, [x], weight_name="w")
    found = {}
    for name, option in (
        ("sandwich", {"AsymptoticError": True}),
        ("squares", {"SumW2Error": True}),
        ("wrong", {"SumW2Error": False}),
    ):
        # Wide limits: SumW2Error is off by 20% where limits bend the parabola.
        coefficients = [var("a1", 0, -100, 100), var("a2", 1, -100, 100)]
        pdf = make("RooPolynomial", "p2", x, coefficients)
        # Not `minimised`: only `fitTo` knows of weighted events. Twice, so that the
        # second fit starts at the minimum.
        for _ in range(2):
            r = pdf.fitTo(data, Save=True, PrintLevel=-1, Strategy=2, **option)
        found[name] = estimates(r)
    return found


def sliced(columns, x, category):
    return {
        label: dataset({"x": columns["x"][columns[category] == value]}, [x])
        for value, label in enumerate(sorted({int(v) for v in columns[category]}))
        for value in [label]
    }


@entry
def rf501():
    columns, x = sample("rf501"), observable("x", -8, 8)
    sigma, nlls = var("sigma", 0.3, 0.1, 10), []
    data = sliced(columns, x, "sample")
    for value, (suffix, mean, f) in enumerate((("", 0, 0.2), ("_ctl", -3, 0.5))):
        peak = normal("g" + suffix, x, var("mean" + suffix, mean, -8, 8), sigma)
        a0 = var("a0" + suffix, -0.1, -1, 1)
        a1 = var("a1" + suffix, 0.1, -0.1, 1)
        line = make("RooChebychev", "p" + suffix, x, [a0, a1])
        model = mixture("m" + suffix, [peak, line], [var("f" + suffix, f, 0, 1)])
        nlls.append(model.createNLL(data[value]))
    return {"result": minimised(make("RooAddition", "total", nlls))}


@entry
def rf502():
    return rf201()


@entry
def rf504():
    columns, x = sample("rf504"), observable("x", -10, 10)
    s, f, p0 = var("s", 1, 0.1, 10), var("f", 0.5, 0, 1), var("p0", 0.01, -0.1, 0.1)
    data, nlls = sliced(columns, x, "run"), []
    for run, start in ((1, -3), (2, 3)):
        gauss = normal(f"g{run}", x, var(f"m_run{run}", start, -10, 10), s)
        line = make("RooPolynomial", f"p{run}", x, [p0])
        nlls.append(mixture(f"m{run}", [gauss, line], [f]).createNLL(data[run]))
    return {"result": minimised(make("RooAddition", "total", nlls))}


@entry
def rf601():
    x, sigma = observable("x", -20, 20), var("sigma_g2", 4, 3, 6)
    zero, f = var("zero", 0), var("frac", 0.5, 0, 1)
    g1, g2 = normal("g1", x, zero, var("s1", 3)), normal("g2", x, zero, sigma)
    model, data = mixture("model", [g1, g2], [f]), dataset(sample("rf601"), [x])
    result = fit(model, data)
    sigma.setVal(4)
    sigma.setConstant(True)
    return {"result": result, "minuit": result, "fixed": fit(model, data)}


@entry
def rf602():
    x, bkg, sig = peaks()
    data = histogram(sample("rf602")["x"], x, np.linspace(0, 10, 101))
    model = mixture("model", [bkg, sig], [var("bkgfrac", 0.5, 0, 1)])
    chi2 = model.createChi2(data, DataError="SumW2", IntegrateBins=1e-8)
    return {
        "chi_square": minimised(chi2),
        "likelihood": fit(model, data, IntegrateBins=1e-8),
    }


@entry
def rf604():
    found = {}
    for name in ("plain", "constrained"):
        x, f = observable("x", -10, 10), var("f", 0.5, 0, 1)
        gauss = normal("g", x, var("m", 0, -10, 10), var("s", 2, 0.1, 10))
        model = mixture("model", [gauss, make("RooUniform", "u", x)], [f])
        outside = normal("c", f, var("fm", 0.8), var("fs", 0.1))
        option = {"ExternalConstraints": {outside}} if name == "constrained" else {}
        found[name] = fit(model, dataset(sample("rf604"), [x]), **option)
    return found


@entry
def rf607():
    x, mean = observable("x", 0, 10), var("mean", 5, -10, 10)
    bkg = make("RooChebychev", "bkg", x, [var("a0", 0.5, 0, 1), var("a1", 0.2)])
    sig1 = normal("g1", x, mean, var("sigma1", 0.5, 0.1, 0.7))
    sig2 = normal("g2", x, mean, var("sigma2", 1, 0.7, 10))
    sig = mixture("s", [sig1, sig2], [var("sig1frac", 0.8, 0, 1)])
    model = mixture("model", [bkg, sig], [var("bkgfrac", 0.5, 0, 1)])
    return {"result": fit(model, dataset(sample("rf607"), [x]))}


@entry
def rf608():
    x, mean = observable("x", -20, 20), var("mean", 0, -1, 1)
    g1 = normal("g1", x, mean, var("s1", 2))
    g2 = normal("g2", x, mean, var("sigma_g2", 4, 3, 5))
    model = mixture("model", [g1, g2], [var("frac", 0.5, 0, 1)])
    return {"result": fit(model, dataset(sample("rf608"), [x]))}


@entry
def rf612():
    x, a1, a2 = observable("x", -15, 15), var("a1", 0, -10, 20), var("a2", 1, -10, 20)
    pdf = make("RooPolynomial", "p", x, [a1, a2, var("a3", 0.01)])
    return {"result": fit(pdf, dataset(sample("rf612"), [x]))}


@entry
def rf614():
    columns, x = sample("rf614"), observable("x", 0.1, 5.1)
    pdf = make("RooExponential", "e", x, var("c", -1.5, -5, 5))
    unbinned = fit(pdf, dataset(columns, [x]))
    data = histogram(columns["x"], x, np.linspace(0.1, 5.1, 11))
    return {"unbinned": unbinned, "binned": fit(pdf, data, IntegrateBins=1e-8)}


@entry
def rf616():
    x, mu = observable("x", -5, 15), var("mu", 2, 0, 4)
    grid = ROOT.RooMomentMorphFuncND.Grid(ROOT.RooBinning(4, 0.0, 4.0))
    width = var("width", 1.5)
    for m in range(5):
        grid.addPdf(normal(f"p{m}", x, var(f"m{m}", m), width), m)
    linear = ROOT.RooMomentMorphFuncND.Linear
    function = make("RooMomentMorphFuncND", "f", [mu], [x], grid, linear)
    function.setPdfMode()
    self_normalised = True
    model = make("RooWrapperPdf", "morph", function, self_normalised)
    return {"result": fit(model, dataset(sample("rf616"), [x]))}


@entry
def rf703():
    t = observable("t", 0, 5)
    model = make("RooExponential", "m", t, var("tau", -1.54, -4, -0.1))
    seen = make("RooFormulaVar", "eff", "0.5*(tanh((t-1)/0.5)+1)", [t])
    product = make("RooEffProd", "p", model, seen)
    return {"result": fit(product, dataset(sample("rf703"), [t]))}


@entry
def rf706():
    columns, x = sample("rf706"), observable("x", 0, 20)
    hist = histogram(columns["mc"], x, np.linspace(0, 20, 21))
    mc = make("RooHistPdf", "mc", {x}, hist, 0)
    peak = normal("g", x, var("m", 10), var("s", 1))
    model = mixture("model", [peak, mc], [var("f", 0.2, 0, 1)])
    return {"histogram": fit(model, dataset(columns, [x]))}


@entry
def rf708():
    columns, dt = sample("rf708"), observable("dt", -2, 15)
    mixed = ROOT.RooCategory("tag", "tag", {"mixed": -1, "unmixed": 1})
    flavour = ROOT.RooCategory("flavour", "flavour", {"B0": 1, "B0bar": -1})
    gm = make("RooGaussModel", "gm", dt, var("b", 0), var("s", 0.2))
    numbers = var("tau", 1.547, 0.5, 3), var("dm", 0.472, 0.1, 1), var("w", 0.1, 0, 0.5)
    single = ROOT.RooBMixDecay.SingleSided
    args = (mixed, flavour, *numbers, var("dw", 0), gm, single)
    decay = make("RooBMixDecay", "decay", dt, *args)
    data = ROOT.RooDataSet("d", "d", {dt, mixed, flavour})
    for i, (t, tag) in enumerate(zip(columns["dt"], columns["tag"], strict=True)):
        dt.setVal(t)
        mixed.setIndex(int(tag))
        flavour.setIndex(1 if i % 2 else -1)
        data.add({dt, mixed, flavour})
    return {"result": fit(decay, data, ConditionalObservables={mixed, flavour})}


@entry
def rf709():
    columns, x = sample("rf709"), observable("x", -20, 20)
    edges = np.linspace(-20, 20, 26)
    shapes = [
        make("RooHistPdf", n, {x}, histogram(columns[n], x, edges), 0)
        for n in ("signal", "background")
    ]
    yields = [var("nsig", 50, 0, 5000), var("nbkg", 1000, 0, 5000)]
    model = mixture("model", shapes, yields)
    return {"exact": fit(model, histogram(columns["x"], x, edges), Extended=True)}


def main() -> None:
    found = {}
    for name, function in TABLE.items():
        if len(sys.argv) > 1 and name not in sys.argv[1:]:
            continue
        print(name, flush=True)
        found[name] = function()
    file = EXAMPLES / "reference.json"
    if len(sys.argv) > 1:
        print(json.dumps(found, indent=1))
        return
    found["made with"] = {"ROOT": ROOT.__version__, "NumPy": np.__version__}
    file.write_text(json.dumps(found, indent=1) + "\n")


if __name__ == "__main__":
    main()
