from .distribution import AbstractDistribution as AbstractDistribution
from .errors import LikelyError as LikelyError, nearest as nearest
from .observable import Observable as Observable
from .parameter import (
    AbstractScalar as AbstractScalar,
    Derived as Derived,
    Parameter as Parameter,
    Scalar as Scalar,
    evaluate as evaluate,
)
from .runtime import compile_clock as compile_clock
from .space import ParameterSpace as ParameterSpace, resolve as resolve
from .term import AbstractFactor as AbstractFactor, Factor as Factor, Term as Term
