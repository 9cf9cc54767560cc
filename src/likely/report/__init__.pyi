from .contour_figure import plot_contour as plot_contour
from .correlation_figure import plot_correlation as plot_correlation
from .fit_figure import plot as plot
from .history_figure import plot_history as plot_history
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
