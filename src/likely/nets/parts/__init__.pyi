from .activations import ACTIVATIONS as ACTIVATIONS, Activation as Activation
from .arguments import (
    choice as choice,
    flag as flag,
    share as share,
    whole as whole,
    whole_number as whole_number,
    wholes as wholes,
)
from .dropping import drop_out as drop_out, keys_for as keys_for
from .initialisation import (
    Seed as Seed,
    parts as parts,
    seed_of as seed_of,
    uniform as uniform,
)
from .layers import (
    NORMALISATIONS as NORMALISATIONS,
    NORMALISATIONS_OF_IMAGES as NORMALISATIONS_OF_IMAGES,
    convolution as convolution,
    dense as dense,
    normalisation as normalisation,
    normalisation_of_images as normalisation_of_images,
    normalised as normalised,
    padding as padding,
    zeros as zeros,
)
