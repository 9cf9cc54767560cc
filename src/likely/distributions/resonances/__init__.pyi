from .breit_wigner import BreitWigner as BreitWigner
from .flatte import Flatte as Flatte
from .relativistic_breit_wigner import (
    RelativisticBreitWigner as RelativisticBreitWigner,
)
from .running_width import (
    AbstractRunningWidth as AbstractRunningWidth,
    DWaveBreitWigner as DWaveBreitWigner,
    PWaveBreitWigner as PWaveBreitWigner,
    SWaveBreitWigner as SWaveBreitWigner,
)
from .voigt import Voigt as Voigt
