from .argus import Argus as Argus
from .breit_wigner import BreitWigner as BreitWigner
from .crystal_ball import (
    CrystalBall as CrystalBall,
    DoubleCrystalBall as DoubleCrystalBall,
)
from .exponential import Exponential as Exponential
from .gauss import Gauss as Gauss
from .numeric_shape import (
    AbstractNumericShape as AbstractNumericShape,
    normalisation_error as normalisation_error,
)
from .polynomials import Bernstein as Bernstein, Chebyshev as Chebyshev
from .product import Product as Product
from .saving import load as load, save as save
from .shape import AbstractShape as AbstractShape
from .sum import Sum as Sum
from .uniform import Uniform as Uniform
from .voigt import Voigt as Voigt
