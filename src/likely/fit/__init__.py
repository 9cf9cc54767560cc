"""Losses, minimisers, and the one verb that joins them: `lk.fit(model, data)`.

The room is the verb: `likely.fit` is this module, and calling it fits.
"""

import sys
import types
from typing import Any

import lazy_loader

__getattr__, __dir__, __all__ = lazy_loader.attach_stub(__name__, __file__)


class _Room(types.ModuleType):
    def __call__(self, model: Any, data: Any, **options: Any) -> Any:
        from .fit import fit

        return fit(model, data, **options)


sys.modules[__name__].__class__ = _Room
