"""Functions of expressions that SciPy has and NumPy has not, and JAX's of that name."""

from importlib import import_module
from typing import Any

import numpy as np

# Each is an elementwise function of one argument in both.
SPECIAL = ("erf", "erfc", "erfinv", "expit", "gammaln")


def function_of(functions: Any, name: str) -> Any:
    """Return the function of a name.

    Args:
        functions: NumPy or `jax.numpy`.
        name: Of a function there, or one of `SPECIAL`.
    """
    if name not in SPECIAL:
        return getattr(functions, name)
    # SciPy's take 0.1 s to import, and few expressions need them.
    home = "scipy.special" if functions is np else "jax.scipy.special"
    return getattr(import_module(home), name)
