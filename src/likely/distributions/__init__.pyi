from .angular import KStarMuMu as KStarMuMu
from .conditional import Conditional as Conditional
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
from .convolution import Convolution as Convolution
from .decays import (
    AbstractDecay as AbstractDecay,
    Decay as Decay,
    ExponentialDecay as ExponentialDecay,
    OscillatingDecay as OscillatingDecay,
    cp_decay as cp_decay,
    mixing_decay as mixing_decay,
)
from .formula_density import FormulaDensity as FormulaDensity
from .formula_shape import FormulaShape as FormulaShape
from .numeric_shape import (
    AbstractNumericShape as AbstractNumericShape,
    normalisation_error as normalisation_error,
)
from .peaks import (
    AbstractPowerTailed as AbstractPowerTailed,
    Apollonios as Apollonios,
    BifurcatedGauss as BifurcatedGauss,
    Bukin as Bukin,
    Cruijff as Cruijff,
    CrystalBall as CrystalBall,
    DoubleCrystalBall as DoubleCrystalBall,
    ExponentiallyModifiedGauss as ExponentiallyModifiedGauss,
    Gauss as Gauss,
    GaussExponentialTails as GaussExponentialTails,
    GeneralisedGauss as GeneralisedGauss,
    Hypatia2 as Hypatia2,
    JohnsonSU as JohnsonSU,
    Landau as Landau,
    Moyal as Moyal,
    Novosibirsk as Novosibirsk,
    StudentT as StudentT,
)
from .poisson import Poisson as Poisson
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
from .tabulated import Tabulated as Tabulated
from .templates import (
    HistogramShape as HistogramShape,
    KernelDensity as KernelDensity,
    MomentMorph as MomentMorph,
    Morph as Morph,
)
from .unimodal_shape import AbstractUnimodalShape as AbstractUnimodalShape
from .with_efficiency import WithEfficiency as WithEfficiency
