from .contour_figure import plot_contour as plot_contour
from .correlation_figure import plot_correlation as plot_correlation
from .fit_figure import plot as plot
from .history_figure import plot_history as plot_history
from .page import Picture as Picture, render_page as render_page
from .profile_figure import (
    plot_profile as plot_profile,
    plot_profiles as plot_profiles,
)
from .style import image as image, styled as styled
from .write import write_report as write_report
