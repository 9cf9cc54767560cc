from .classification import Bernoulli as Bernoulli, Categorical as Categorical
from .learning_loss import (
    AbstractLearningLoss as AbstractLearningLoss,
    AbstractPenalty as AbstractPenalty,
)
from .penalties import L1 as L1, L2 as L2, Penalty as Penalty, Tie as Tie
from .regression import (
    Gaussian as Gaussian,
    Huber as Huber,
    Poisson as Poisson,
    Quantile as Quantile,
    SquaredError as SquaredError,
)
