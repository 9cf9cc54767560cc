from .descent import Descent as Descent
from .ensemble import Ensemble as Ensemble, members_of as members_of
from .objective import LearningObjective as LearningObjective
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
