from .continua import (
    Argus as Argus,
    Bernstein as Bernstein,
    Beta as Beta,
    Chebyshev as Chebyshev,
    CMSShape as CMSShape,
    Exponential as Exponential,
    Gamma as Gamma,
    Legendre as Legendre,
    LogNormal as LogNormal,
    PowerLaw as PowerLaw,
    Uniform as Uniform,
)
from .numeric_shape import (
    AbstractNumericShape as AbstractNumericShape,
    normalisation_error as normalisation_error,
)
from .peaks import (
    BifurcatedGauss as BifurcatedGauss,
    Bukin as Bukin,
    CrystalBall as CrystalBall,
    DoubleCrystalBall as DoubleCrystalBall,
    ExponentiallyModifiedGauss as ExponentiallyModifiedGauss,
    Gauss as Gauss,
    GaussExponentialTails as GaussExponentialTails,
    GeneralisedGauss as GeneralisedGauss,
    JohnsonSU as JohnsonSU,
    Landau as Landau,
    Moyal as Moyal,
    Novosibirsk as Novosibirsk,
    StudentT as StudentT,
)
from .product import Product as Product
from .resonances import (
    BreitWigner as BreitWigner,
    DWaveBreitWigner as DWaveBreitWigner,
    Flatte as Flatte,
    PWaveBreitWigner as PWaveBreitWigner,
    RelativisticBreitWigner as RelativisticBreitWigner,
    SWaveBreitWigner as SWaveBreitWigner,
    Voigt as Voigt,
)
from .saving import load as load, save as save
from .shape import AbstractShape as AbstractShape
from .sum import Sum as Sum
from .unimodal_shape import AbstractUnimodalShape as AbstractUnimodalShape
