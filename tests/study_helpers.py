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
