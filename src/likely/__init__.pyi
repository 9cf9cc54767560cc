from . import (
    core as core,
    data as data,
    distributions as distributions,
    report as report,
    stats as stats,
    studies as studies,
)
from .core import (
    Derived as Derived,
    LikelyError as LikelyError,
    Observable as Observable,
    Parameter as Parameter,
    Result as Result,
)
from .data import Dataset as Dataset, read as read, write as write
from .distributions import load as load, save as save
from .fit import (
    GaussConstraint as GaussConstraint,
    Likelihood as Likelihood,
    Minuit as Minuit,
    Newton as Newton,
    derivative_cost as derivative_cost,
    evaluation_trace as evaluation_trace,
)
from .fit.fit import fit as fit
from .report import plot as plot
from .stats import (
    contour as contour,
    minos as minos,
    profile as profile,
    toys as toys,
)
