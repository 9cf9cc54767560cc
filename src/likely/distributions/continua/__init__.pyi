from .argus import Argus as Argus
from .beta import Beta as Beta
from .cms_shape import CMSShape as CMSShape
from .exponential import Exponential as Exponential
from .gamma import Gamma as Gamma
from .log_normal import LogNormal as LogNormal
from .polynomials import (
    Bernstein as Bernstein,
    Chebyshev as Chebyshev,
    Legendre as Legendre,
)
from .power_law import PowerLaw as PowerLaw
from .uniform import Uniform as Uniform
