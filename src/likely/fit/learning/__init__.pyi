from .descent import Descent as Descent
from .ensemble import Ensemble as Ensemble, members_of as members_of
from .noise_scale import (
    GradientNoise as GradientNoise,
    gradient_noise as gradient_noise,
)
from .objective import LearningObjective as LearningObjective
from .path import DescentPath as DescentPath, descent_path as descent_path
from .pure_loss import LossOfEvent as LossOfEvent, blocks as blocks
from .rate_range import (
    LearningRateRange as LearningRateRange,
    learning_rate_range as learning_rate_range,
)
from .rotation import Rotation as Rotation
from .rules import (
    SGD as SGD,
    AbstractRule as AbstractRule,
    Adam as Adam,
    Clipped as Clipped,
    Optax as Optax,
    RMSprop as RMSprop,
)
from .schedules import (
    AbstractSchedule as AbstractSchedule,
    Constant as Constant,
    Cosine as Cosine,
    Exponential as Exponential,
    Linear as Linear,
    Steps as Steps,
)
from .stopping import EarlyStopping as EarlyStopping
from .training import Training as Training
