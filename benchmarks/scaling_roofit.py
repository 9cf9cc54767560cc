"""The simultaneous fit by RooFit: vectorised CPU backend, Minuit2, its own Hesse."""

import ROOT
from pair_side import serve
from scaling_protocol import HIGH, LOW, PARAMETERS, events

ROOT.RooMsgService.instance().setGlobalKillBelow(ROOT.RooFit.ERROR)


def prepare(channels):
    m = ROOT.RooRealVar("m", "m", LOW, HIGH)
    category = ROOT.RooCategory("channel", "channel")
    parameters, keep, data = [], [], {}
    for i in range(channels):
        category.defineType(f"c{i}")
    model = ROOT.RooSimultaneous("model", "", category)
    for i in range(channels):
        p = {
            name: ROOT.RooRealVar(f"{name}_{i}", "", start, lower, upper)
            for name, (_, start, lower, upper) in PARAMETERS.items()
        }
        first = ROOT.RooGaussian(f"pdf1_{i}", "", m, p["mu1"], p["sigma1"])
        second = ROOT.RooGaussian(f"pdf2_{i}", "", m, p["mu2"], p["sigma2"])
        rest = ROOT.RooExponential(f"pdf3_{i}", "", m, p["slope"])
        shapes, sizes = [first, second, rest], [p["n1"], p["n2"], p["rest"]]
        added = ROOT.RooAddPdf(f"sum_{i}", "", shapes, sizes)
        keep += [*shapes, added]  # names of pdfs and parameters must differ
        parameters += p.values()
        model.addPdf(added, f"c{i}")
        data[f"c{i}"] = ROOT.RooDataSet.from_numpy({"m": events(i)}, [m], name=f"d{i}")
    joint = ROOT.RooDataSet("data", "", {m}, Index=category, Import=data)
    starts = [p.getVal() for p in parameters]

    def fit():
        for p, start in zip(parameters, starts, strict=True):
            p.setVal(start)
            p.removeError()
        nll = model.createNLL(joint, EvalBackend="cpu", Extended=True)
        minimiser = ROOT.RooMinimizer(nll)
        minimiser.setPrintLevel(-1)
        minimiser.setStrategy(1)
        # The default gives up after 500 calls a parameter.
        minimiser.setMaxFunctionCalls(10_000_000)
        minimiser.minimize("Minuit2", "migrad")
        minimiser.hesse()
        return [p.getVal() for p in parameters], [p.getError() for p in parameters]

    # Python would delete what only C++ points to.
    fit.keep = keep, data, m, category
    return fit


if __name__ == "__main__":
    serve(ROOT.gROOT.GetVersion(), prepare)
