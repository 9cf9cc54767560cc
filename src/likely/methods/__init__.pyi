from . import explain as explain
from .baseline import Baseline as Baseline
from .boosting import Boosting as Boosting
from .classification import (
    Classification as Classification,
    Scores as Scores,
    balanced_weights as balanced_weights,
    classify as classify,
    cross_classify as cross_classify,
)
from .evaluation import Evaluation as Evaluation, evaluate as evaluate
from .image_views import ImageViews as ImageViews, view_images as view_images
from .parts import CrossOptions as CrossOptions
from .predictions import predictions_of as predictions_of
from .predictor import Predictor as Predictor, target_of_dict as target_of_dict
from .regression import (
    Regression as Regression,
    cross_regress as cross_regress,
    outputs_of as outputs_of,
    regress as regress,
)
from .regression_evaluation import (
    Predictions as Predictions,
    RegressionEvaluation as RegressionEvaluation,
    evaluate_regression as evaluate_regression,
)
from .saving import (
    load_predictor as load_predictor,
    read_model as read_model,
    save_predictor as save_predictor,
)
from .target import Target as Target
from .truth_bins import TruthBins as TruthBins
