from .check import LearningCheck as LearningCheck, check_learning as check_learning
from .predict import Predicted as Predicted
from .run import Trained as Trained, run_learning as run_learning
from .schema import CLASSIFY as CLASSIFY, REGRESS as REGRESS
from .study import LearningStudy as LearningStudy, learning_study as learning_study
