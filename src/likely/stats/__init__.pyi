from .binned import Projection as Projection, expected_variance as expected_variance
from .blinding import blind as blind, concealed as concealed, is_blind as is_blind
from .chi_square import goodness_of_fit as goodness_of_fit
from .classifiers import (
    AbstractCalibrator as AbstractCalibrator,
    AucBootstrap as AucBootstrap,
    AucComparison as AucComparison,
    ClassifierTwoSampleTest as ClassifierTwoSampleTest,
    ConfusionMatrix as ConfusionMatrix,
    Cut as Cut,
    Isotonic as Isotonic,
    Measured as Measured,
    Platt as Platt,
    Reliability as Reliability,
    RocCurve as RocCurve,
    SignificanceScan as SignificanceScan,
    Temperature as Temperature,
    TwoSampleTest as TwoSampleTest,
    WorkingPoint as WorkingPoint,
    WorkingPoints as WorkingPoints,
    approximate_median_significance as approximate_median_significance,
    auc_bootstrap as auc_bootstrap,
    calibrator_of_dict as calibrator_of_dict,
    classifier_two_sample_test as classifier_two_sample_test,
    compare_auc as compare_auc,
    confusion_matrix as confusion_matrix,
    density_ratio as density_ratio,
    kolmogorov_smirnov_two_samples as kolmogorov_smirnov_two_samples,
    one_against_rest as one_against_rest,
    probability_of_ratio as probability_of_ratio,
    reliability as reliability,
    roc as roc,
    significance_scan as significance_scan,
)
from .contours import Contour as Contour, contour as contour
from .coverage import CoverageTest as CoverageTest, coverage_test as coverage_test
from .intervals import garwood as garwood
from .laplace_approximation import Laplace as Laplace, laplace as laplace
from .likelihood_ratios import (
    LikelihoodRatio as LikelihoodRatio,
    likelihood_ratio as likelihood_ratio,
)
from .minos_errors import minos as minos
from .profiles import Profile as Profile, profile as profile
from .projections import component_curves as component_curves, projection as projection
from .pulls import PullSummary as PullSummary
from .resampling import (
    Bootstrap as Bootstrap,
    Jackknife as Jackknife,
    bootstrap as bootstrap,
    jackknife as jackknife,
)
from .splot import (
    FactorisationTest as FactorisationTest,
    SWeights as SWeights,
    WeightFunctions as WeightFunctions,
    corrected_errors as corrected_errors,
    cows as cows,
    factorisation_test as factorisation_test,
    sweights as sweights,
)
from .toy_making import growing_toys as growing_toys, toys as toys
from .toy_results import Toys as Toys
from .unbinned import (
    UnbinnedTest as UnbinnedTest,
    anderson_darling_test as anderson_darling_test,
    kolmogorov_smirnov_test as kolmogorov_smirnov_test,
    likelihood_test as likelihood_test,
    mixed_sample_limit as mixed_sample_limit,
    mixed_sample_test as mixed_sample_test,
    point_to_point_test as point_to_point_test,
)
