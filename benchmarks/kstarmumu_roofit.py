"""The angular fit by RooFit: vectorised CPU backend, Minuit2, its own Hesse.

The formula is declared to be normalised, so that RooFit integrates nothing.
"""

import math

import ROOT
from kstarmumu_protocol import FORMULA, PARAMETERS, events
from pair_side import serve

ROOT.RooMsgService.instance().setGlobalKillBelow(ROOT.RooFit.ERROR)


def prepare(n):
    limits = {"x": 1.0, "y": 1.0, "z": math.pi}
    angles = [ROOT.RooRealVar(name, "", -v, v) for name, v in limits.items()]
    p = {name: ROOT.RooRealVar(name, "", *v[1:]) for name, v in PARAMETERS.items()}
    formula = FORMULA.replace("pi", "TMath::Pi()")
    function = ROOT.RooFormulaVar("function", formula, [*angles, *p.values()])
    model = ROOT.RooWrapperPdf("model", "", function, selfNormalized=True)
    columns = dict(zip(limits, events(n), strict=True))
    data = ROOT.RooDataSet.from_numpy(columns, angles)

    def fit():
        for name, values in PARAMETERS.items():
            p[name].setVal(values[1])
            p[name].removeError()
        nll = model.createNLL(data, EvalBackend="cpu")
        minimiser = ROOT.RooMinimizer(nll)
        minimiser.setPrintLevel(-1)
        minimiser.setStrategy(1)
        minimiser.minimize("Minuit2", "migrad")
        minimiser.hesse()
        return [v.getVal() for v in p.values()], [v.getError() for v in p.values()]

    # Python would delete what only C++ points to.
    fit.keep = angles, function, model
    return fit


if __name__ == "__main__":
    serve(ROOT.gROOT.GetVersion(), prepare)
