"""Machine learning is fitting: models, data, likelihoods and honest errors."""

import lazy_loader

from .core.devices import one_device_per_core

one_device_per_core()
__getattr__, __dir__, __all__ = lazy_loader.attach_stub(__name__, __file__)
