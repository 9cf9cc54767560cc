"""sWeights: one component's distribution of a variable that the fit has not seen."""

import lazy_loader

__getattr__, __dir__, __all__ = lazy_loader.attach_stub(__name__, __file__)
