from .distribution import (
    AbstractDistribution as AbstractDistribution,
    given_of as given_of,
    sample_given as sample_given,
)
from .errors import LikelyError as LikelyError, nearest as nearest
from .events import GROWTH as GROWTH, EventBlocks as EventBlocks
from .expression import Expression as Expression, parse as parse
from .files import (
    sha256_of as sha256_of,
    whole_file as whole_file,
    write_whole as write_whole,
)
from .integrable import (
    AbstractIntegrable as AbstractIntegrable,
    AbstractTemplate as AbstractTemplate,
)
from .listener import progress as progress, use_progress as use_progress
from .objective import (
    AbstractGenerator as AbstractGenerator,
    AbstractLoss as AbstractLoss,
    AbstractMinimiser as AbstractMinimiser,
    AbstractObjective as AbstractObjective,
    AbstractPureObjective as AbstractPureObjective,
    Derivatives as Derivatives,
    Minimum as Minimum,
    apply as apply,
)
from .observable import Observable as Observable
from .panel_integral import (
    log_panel_integral as log_panel_integral,
    panel_integral_error as panel_integral_error,
)
from .panels import (
    Panels as Panels,
    integration_error as integration_error,
    refined as refined,
)
from .parameter import (
    AbstractScalar as AbstractScalar,
    Column as Column,
    Derived as Derived,
    Parameter as Parameter,
    Scalar as Scalar,
    columns_of as columns_of,
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
from .stages import (
    channels as channels,
    derivatives_of_scalars as derivatives_of_scalars,
    forward_tower as forward_tower,
    split_channels as split_channels,
    staged as staged,
)
from .summation import sum_over_events as sum_over_events
from .table import rounded as rounded
from .tabulation import (
    Grid as Grid,
    Table as Table,
    grid_of as grid_of,
    node_values as node_values,
    polynomials as polynomials,
)
from .term import (
    AbstractAffine as AbstractAffine,
    AbstractFactor as AbstractFactor,
    AbstractTabulated as AbstractTabulated,
    Factor as Factor,
    Term as Term,
)
from .threefry import quick as quick
from .weighted_integral import (
    log_chunked_integral as log_chunked_integral,
    log_tensor_integral as log_tensor_integral,
)
