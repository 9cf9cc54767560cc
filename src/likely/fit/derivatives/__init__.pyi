from .cost import DerivativeCost as DerivativeCost, derivative_cost as derivative_cost
from .trace import (
    EvaluationTrace as EvaluationTrace,
    evaluation_trace as evaluation_trace,
)
from .variable import Operation as Operation
