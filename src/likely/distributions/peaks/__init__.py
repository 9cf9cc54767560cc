"""Peaks: a core and tails, smeared or not by the detector."""

import lazy_loader

__getattr__, __dir__, __all__ = lazy_loader.attach_stub(__name__, __file__)
