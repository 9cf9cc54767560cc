from .auc_comparison import AucComparison as AucComparison, compare_auc as compare_auc
from .auc_replicas import AucBootstrap as AucBootstrap, auc_bootstrap as auc_bootstrap
from .calibrator import AbstractCalibrator as AbstractCalibrator
from .calibrator_kinds import calibrator_of_dict as calibrator_of_dict
from .class_curves import one_against_rest as one_against_rest
from .confusion import (
    ConfusionMatrix as ConfusionMatrix,
    confusion_matrix as confusion_matrix,
)
from .cut_scan import (
    Cut as Cut,
    SignificanceScan as SignificanceScan,
    significance_scan as significance_scan,
)
from .held_out import (
    ClassifierTwoSampleTest as ClassifierTwoSampleTest,
    classifier_two_sample_test as classifier_two_sample_test,
)
from .isotonic import Isotonic as Isotonic
from .kolmogorov import kolmogorov_smirnov_two_samples as kolmogorov_smirnov_two_samples
from .measured import Measured as Measured
from .median_significance import (
    approximate_median_significance as approximate_median_significance,
)
from .odds import (
    density_ratio as density_ratio,
    probability_of_ratio as probability_of_ratio,
)
from .platt import Platt as Platt
from .reliability_bins import Reliability as Reliability, reliability as reliability
from .roc_curve import RocCurve as RocCurve
from .scored_events import roc as roc
from .temperature import Temperature as Temperature
from .two_sample_outcome import TwoSampleTest as TwoSampleTest
from .working_points import WorkingPoint as WorkingPoint, WorkingPoints as WorkingPoints
