from .abstract_decay import AbstractDecay as AbstractDecay
from .decay import Decay as Decay
from .exponential_decay import ExponentialDecay as ExponentialDecay
from .flavour import cp_decay as cp_decay, mixing_decay as mixing_decay
from .oscillating_decay import OscillatingDecay as OscillatingDecay
