from .histogram_shape import HistogramShape as HistogramShape
from .kernel_density import KernelDensity as KernelDensity
from .moment_morph import MomentMorph as MomentMorph
from .morph import Morph as Morph
