from .goodness_of_fit import goodness_of_fit as goodness_of_fit
from .intervals import garwood as garwood
from .projection import (
    Projection as Projection,
    component_curves as component_curves,
    projection as projection,
)
