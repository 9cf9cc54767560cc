"""The `massfit` by RooFit: vectorised CPU backend, Minuit2, strategy 1 (default)."""

import numpy as np
import ROOT
from protocol import HIGH, LOW, PARAMETERS, Fitted, serve

ROOT.RooMsgService.instance().setGlobalKillBelow(ROOT.RooFit.ERROR)
m = ROOT.RooRealVar("m", "m", LOW, HIGH)
parameters = {
    name: ROOT.RooRealVar(name, name, *range_) for name, range_ in PARAMETERS.items()
}
gauss = ROOT.RooGaussian("gauss", "", m, parameters["mu"], parameters["sigma"])
exponential = ROOT.RooExponential("exponential", "", m, parameters["slope"])
model = ROOT.RooAddPdf("model", "", [gauss, exponential], [parameters["fraction"]])


def prepare(events: np.ndarray) -> ROOT.RooDataSet:
    return ROOT.RooDataSet.from_numpy({"m": events}, [m])


def fit(data: ROOT.RooDataSet) -> Fitted:
    for name, (start, _, _) in PARAMETERS.items():
        parameters[name].setVal(start)
        parameters[name].removeError()  # else it would be the step of the next fit
    nll = model.createNLL(data, EvalBackend="cpu")
    minimiser = ROOT.RooMinimizer(nll)
    minimiser.setPrintLevel(-1)
    minimiser.setStrategy(1)
    minimiser.minimize("Minuit2", "migrad")
    minimiser.hesse()
    values = {name: p.getVal() for name, p in parameters.items()}
    return values, {name: p.getError() for name, p in parameters.items()}


if __name__ == "__main__":
    serve("RooFit", prepare, fit, {"root": ROOT.gROOT.GetVersion()})
