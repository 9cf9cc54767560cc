from .graph import (
    Graph as Graph,
    Node as Node,
    Tensor as Tensor,
    kind_of as kind_of,
)
from .walk import RULES as RULES, translated as translated
