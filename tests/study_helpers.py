"""What tests of studies share: a study of every section, its plan, its errors."""

import pytest

from likely.core import LikelyError
from likely.studies.document import parse_document
from likely.studies.overrides import override
from likely.studies.plan import Plan
from likely.studies.references import plan
from likely.studies.schema import FitStudy
from likely.studies.validation import validate

# Written for the dimuons of CMS, of which only the weight is invented.
Z_STUDY = """\
kind: fit
data:
  file: Zmumu_Run2011A.csv
  select: "Q1 * Q2 < 0 and pt1 > 20 and pt2 > 20"
  define:
    mass: "sqrt(2*pt1*pt2*(cosh(eta1 - eta2) - cos(phi1 - phi2)))"
  weight: w
observables:
  mass: {range: [60, 120], unit: GeV}
parameters:
  m0: {value: 91, min: 85, max: 95, unit: GeV}
  shift: {expression: "m0 - 91.1876"}
model:
  components:
    signal:
      pdf: voigt
      on: mass
      args: {mu: m0, width: 2.4952, sigma: [1.5, 0.3, 5]}
      yield: [9000, 0, 20000]
    background:
      pdf: exponential
      on: mass
      args: {slope: [-0.05, -1, 0.5]}
      yield: [500, 0, 20000]
constraints:
  - {parameter: m0, gauss: [91.19, 0.5]}
fit: {minimiser: newton, errors: [hesse, minos]}
report: {bins: 60, log: false}
"""

# Every kind of component, and what goes with several models; of no particular data.
TOOLBOX = """\
kind: fit
datasets:
  barrel:
    file: barrel.parquet
    define: {late: "time > 1"}
  endcap: {file: endcap.parquet, weight: w, binned: {mass: {edges: [5, 5.1, 5.5, 6]}}}
  counts: {file: counts.root, histogram: h_mass}
observables:
  mass: {range: [5, 6], unit: GeV}
  time: {range: [0, 10], unit: ps}
parameters:
  scale: [1, 0.5, 2]
  m0: {value: 5.3, min: 5.2, max: 5.4, unit: GeV}
  turn_on: [5.1, 5, 5.2]
  twice: {expression: "2*m0"}
simultaneous:
  models:
    barrel:
      components:
        both:
          product:
            - pdf: gauss
              on: mass
              args: {mu: m0, sigma: "scale * sigma_m"}
              given: [sigma_m]
            - convolve:
                pdf: exponential
                args: {slope: [-0.7, -3, 0]}
                with: {pdf: gauss, args: {mu: 0, sigma: [0.1, 0.01, 1]}}
                true_range: [0, .inf]
              on: time
          yield: [500, 0, 2000]
        own:
          pdf: expression
          on: [mass, time]
          density: "exp(-a*time) * (1 + b*cos(k*mass))"
          args: {a: [1, 0, 2], b: [0, -1, 1], k: 3.0}
          yield: [500, 0, 2000]
    endcap:
      components:
        signal:
          pdf: gauss
          on: mass
          args: {mu: m0, sigma: [0.05, 0.01, 0.2]}
          efficiency: "0.5*(1 + erf((mass - turn_on)/0.2))"
          yield: [500, 0, 2000]
        template:
          {pdf: histogram, on: mass, file: tmpl.root, name: h_bkg, yield: [1, 0, 9]}
    counts:
      components:
        smooth:
          pdf: kde
          on: mass
          sample: {file: mc.parquet, weight: w, column: m, select: "m > 0", tree: T}
          bandwidth: 1.5
          yield: [500, 0, 2000]
constraints:
  - {parameter: endcap.signal.sigma, gauss: [0.05, 0.01]}
blind: {endcap.signal.yield: "some words", m0: {key: more words, scale: 0.1}}
fit: {minimiser: lbfgs, loss: likelihood, templates: barlow_beeston, stream: auto}
"""


def planned(text: str, *sets: str) -> tuple[FitStudy, Plan]:
    """Return a study and its plan, without looking at files."""
    document = override(parse_document(text, "fit.yaml"), sets)
    study = validate(document)
    return study, plan(study, document)


def message_of(call, *args, **kwargs) -> str:
    """Return what the error says that the call must raise."""
    with pytest.raises(LikelyError) as caught:
        call(*args, **kwargs)
    return str(caught.value)
