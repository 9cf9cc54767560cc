"""The toys by RooFit: one after the other, vectorised CPU backend, Minuit2."""

import numpy as np
import ROOT
from toys_protocol import WORKLOADS, Made, serve

ROOT.RooMsgService.instance().setGlobalKillBelow(ROOT.RooFit.ERROR)


def make(workload: str, events: int, toys: int, seed: int) -> Made:
    ROOT.RooRandom.randomGenerator().SetSeed(seed)
    low, high = WORKLOADS[workload]["range"]
    m = ROOT.RooRealVar("m", "m", low, high)
    truth = WORKLOADS[workload]["parameters"]
    p = {n: ROOT.RooRealVar(n, n, *v) for n, v in truth.items()}
    gauss = ROOT.RooGaussian("gauss", "", m, p["mu"], p["sigma"])
    exponential = ROOT.RooExponential("exponential", "", m, p["slope"])
    extended = "fraction" not in p
    sizes = [p["signal"], p["background"]] if extended else [p["fraction"]]
    model = ROOT.RooAddPdf("model", "", [gauss, exponential], sizes)
    values, errors = [], []
    for _ in range(toys):
        for name, (start, _, _) in truth.items():
            p[name].setVal(start)
            p[name].removeError()
        if extended:
            data = model.generate({m}, ROOT.RooFit.Extended())
        else:
            data = model.generate({m}, events)
        nll = model.createNLL(data, EvalBackend="cpu", Extended=extended)
        minimiser = ROOT.RooMinimizer(nll)
        minimiser.setPrintLevel(-1)
        minimiser.setStrategy(1)
        minimiser.minimize("Minuit2", "migrad")
        minimiser.hesse()
        values.append([v.getVal() for v in p.values()])
        errors.append([v.getError() for v in p.values()])
    return np.array(values), np.array(errors)


if __name__ == "__main__":
    serve("RooFit", make, ROOT.gROOT.GetVersion())
