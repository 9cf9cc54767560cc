from . import logs as logs, losses as losses
from .binned_objective import BinnedObjective as BinnedObjective
from .chi_square_loss import ChiSquare as ChiSquare
from .constraint import GaussConstraint as GaussConstraint
from .derivatives import (
    DerivativeCost as DerivativeCost,
    EvaluationTrace as EvaluationTrace,
    derivative_cost as derivative_cost,
    evaluation_trace as evaluation_trace,
)
from .diagnosis import active_limits as active_limits
from .errors import covariance as covariance
from .joint_loss import JointLoss as JointLoss
from .joint_objective import JointObjective as JointObjective
from .lbfgs import LBFGS as LBFGS
from .learning import (
    SGD as SGD,
    Adam as Adam,
    Clipped as Clipped,
    Constant as Constant,
    Cosine as Cosine,
    Descent as Descent,
    DescentPath as DescentPath,
    EarlyStopping as EarlyStopping,
    Ensemble as Ensemble,
    Exponential as Exponential,
    GradientNoise as GradientNoise,
    LearningObjective as LearningObjective,
    LearningRateRange as LearningRateRange,
    Linear as Linear,
    Optax as Optax,
    RMSprop as RMSprop,
    Rotation as Rotation,
    Steps as Steps,
    Training as Training,
    descent_path as descent_path,
    gradient_noise as gradient_noise,
    learning_rate_range as learning_rate_range,
)
from .likelihood import (
    WEIGHT_ERRORS as WEIGHT_ERRORS,
    Likelihood as Likelihood,
    LikelihoodObjective as LikelihoodObjective,
)
from .minuit import Minuit as Minuit
from .newton import Newton as Newton
from .one_category import categories as categories, category as category
from .simultaneous import Simultaneous as Simultaneous
from .streamed import StreamedObjective as StreamedObjective
from .template_statistics import TEMPLATES as TEMPLATES
