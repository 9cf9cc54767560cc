from .factorisation import (
    FactorisationTest as FactorisationTest,
    factorisation_test as factorisation_test,
)
from .orthogonal import cows as cows
from .second_fit import corrected_errors as corrected_errors
from .weight_functions import WeightFunctions as WeightFunctions
from .weights import SWeights as SWeights, sweights as sweights
