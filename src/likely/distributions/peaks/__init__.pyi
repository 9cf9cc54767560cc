from .apollonios import Apollonios as Apollonios
from .bifurcated_gauss import BifurcatedGauss as BifurcatedGauss
from .bukin import Bukin as Bukin
from .cruijff import Cruijff as Cruijff
from .crystal_ball import (
    CrystalBall as CrystalBall,
    DoubleCrystalBall as DoubleCrystalBall,
)
from .exponentially_modified_gauss import (
    ExponentiallyModifiedGauss as ExponentiallyModifiedGauss,
)
from .gauss import Gauss as Gauss
from .gauss_exponential_tails import GaussExponentialTails as GaussExponentialTails
from .generalised_gauss import GeneralisedGauss as GeneralisedGauss
from .hypatia import Hypatia2 as Hypatia2
from .johnson import JohnsonSU as JohnsonSU
from .landau import Landau as Landau
from .moyal import Moyal as Moyal
from .novosibirsk import Novosibirsk as Novosibirsk
from .power_tails import AbstractPowerTailed as AbstractPowerTailed
from .student_t import StudentT as StudentT
