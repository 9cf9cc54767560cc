from .distribution import AbstractDistribution as AbstractDistribution
from .errors import LikelyError as LikelyError, nearest as nearest
from .events import EventBlocks as EventBlocks
from .expression import Expression as Expression, parse as parse
from .files import (
    sha256_of as sha256_of,
    whole_file as whole_file,
    write_whole as write_whole,
)
from .listener import progress as progress, use_progress as use_progress
from .objective import (
    AbstractLoss as AbstractLoss,
    AbstractMinimiser as AbstractMinimiser,
    AbstractObjective as AbstractObjective,
    Derivatives as Derivatives,
    Minimum as Minimum,
    apply as apply,
)
from .observable import Observable as Observable
from .parameter import (
    AbstractScalar as AbstractScalar,
    Derived as Derived,
    Parameter as Parameter,
    Scalar as Scalar,
    evaluate as evaluate,
)
from .quadrature import (
    LogFunction as LogFunction,
    log_cosh as log_cosh,
    log_integrate as log_integrate,
    log_integrate_smooth as log_integrate_smooth,
    log_integrate_with_error as log_integrate_with_error,
    log_sum as log_sum,
    panel_edges as panel_edges,
)
from .result import (
    Estimate as Estimate,
    GoodnessOfFit as GoodnessOfFit,
    Result as Result,
    Status as Status,
)
from .runtime import compile_clock as compile_clock
from .space import ParameterSpace as ParameterSpace, resolve as resolve
from .summation import sum_over_events as sum_over_events
from .table import rounded as rounded
from .term import AbstractFactor as AbstractFactor, Factor as Factor, Term as Term
