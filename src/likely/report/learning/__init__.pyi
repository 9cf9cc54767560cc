from .activation_figure import plot_activations as plot_activations
from .calibration_figure import plot_calibration as plot_calibration
from .confusion_figure import plot_confusion as plot_confusion
from .descent_figure import plot_descent as plot_descent
from .image_figures import (
    plot_feature_maps as plot_feature_maps,
    plot_images as plot_images,
    plot_receptive_field as plot_receptive_field,
)
from .importance_figure import plot_importance as plot_importance
from .noise_figure import plot_gradient_noise as plot_gradient_noise
from .rate_figure import plot_learning_rate_range as plot_learning_rate_range
from .regression_figure import plot_regression as plot_regression
from .roc_figure import plot_roc as plot_roc
from .scores_figure import plot_scores as plot_scores
from .training_figure import plot_training as plot_training
from .trials_figure import plot_trials as plot_trials
from .write_learning import (
    write_classification_report as write_classification_report,
    write_regression_report as write_regression_report,
)
