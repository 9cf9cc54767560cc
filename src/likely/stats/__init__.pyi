from .binned import Projection as Projection, expected_variance as expected_variance
from .chi_square import goodness_of_fit as goodness_of_fit
from .contours import Contour as Contour, contour as contour
from .intervals import garwood as garwood
from .minos_errors import minos as minos
from .profiles import Profile as Profile, profile as profile
from .projections import component_curves as component_curves, projection as projection
from .pulls import PullSummary as PullSummary
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
