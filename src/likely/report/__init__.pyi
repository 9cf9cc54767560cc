from .contour_figure import plot_contour as plot_contour
from .correlation_figure import plot_correlation as plot_correlation
from .drawing import Drawing as Drawing
from .fit_figure import plot as plot
from .history_figure import plot_history as plot_history
from .learning import (
    plot_activations as plot_activations,
    plot_calibration as plot_calibration,
    plot_confusion as plot_confusion,
    plot_descent as plot_descent,
    plot_feature_maps as plot_feature_maps,
    plot_gradient_noise as plot_gradient_noise,
    plot_images as plot_images,
    plot_importance as plot_importance,
    plot_learning_rate_range as plot_learning_rate_range,
    plot_receptive_field as plot_receptive_field,
    plot_regression as plot_regression,
    plot_roc as plot_roc,
    plot_scores as plot_scores,
    plot_training as plot_training,
    plot_trials as plot_trials,
    write_classification_report as write_classification_report,
    write_regression_report as write_regression_report,
)
from .page import Picture as Picture, render_page as render_page
from .profile_figure import (
    plot_profile as plot_profile,
    plot_profiles as plot_profiles,
)
from .pulls_figure import plot_estimates as plot_estimates, plot_pulls as plot_pulls
from .style import image as image, styled as styled
from .toys_page import render_toys_page as render_toys_page
from .verdict import Verdict as Verdict, judge as judge
from .write import write_report as write_report
from .write_toys import write_toys_report as write_toys_report
