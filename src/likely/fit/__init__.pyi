from .constraint import GaussConstraint as GaussConstraint
from .derivatives import (
    DerivativeCost as DerivativeCost,
    EvaluationTrace as EvaluationTrace,
    derivative_cost as derivative_cost,
    evaluation_trace as evaluation_trace,
)
from .diagnosis import active_limits as active_limits
from .errors import covariance as covariance
from .likelihood import (
    WEIGHT_ERRORS as WEIGHT_ERRORS,
    Likelihood as Likelihood,
    LikelihoodObjective as LikelihoodObjective,
)
from .minuit import Minuit as Minuit
from .newton import Newton as Newton
