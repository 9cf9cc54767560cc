from . import (
    core as core,
    data as data,
    distributions as distributions,
    export as export,
    methods as methods,
    nets as nets,
    report as report,
    stats as stats,
    studies as studies,
)
from .core import (
    Column as Column,
    Derived as Derived,
    LikelyError as LikelyError,
    Observable as Observable,
    Parameter as Parameter,
    Result as Result,
)
from .data import (
    Binned as Binned,
    Dataset as Dataset,
    Features as Features,
    Images as Images,
    Labels as Labels,
    Samples as Samples,
    read as read,
    read_histogram as read_histogram,
    split as split,
    stream as stream,
    write as write,
)
from .distributions import load as load, save as save
from .fit import (
    LBFGS as LBFGS,
    SGD as SGD,
    Adam as Adam,
    ChiSquare as ChiSquare,
    Clipped as Clipped,
    Cosine as Cosine,
    Descent as Descent,
    EarlyStopping as EarlyStopping,
    Ensemble as Ensemble,
    GaussConstraint as GaussConstraint,
    JointLoss as JointLoss,
    Likelihood as Likelihood,
    Minuit as Minuit,
    Newton as Newton,
    RMSprop as RMSprop,
    Rotation as Rotation,
    Simultaneous as Simultaneous,
    category as category,
    derivative_cost as derivative_cost,
    descent_path as descent_path,
    evaluation_trace as evaluation_trace,
    gradient_noise as gradient_noise,
    learning_rate_range as learning_rate_range,
    logs as logs,
    losses as losses,
)
from .fit.fit import fit as fit
from .methods import (
    Boosting as Boosting,
    classify as classify,
    regress as regress,
)
from .report import plot as plot
from .stats import (
    blind as blind,
    contour as contour,
    minos as minos,
    profile as profile,
    toys as toys,
)
from .studies import search as search
