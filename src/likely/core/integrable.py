"""Factors of one observable that know their integrals: what bins need."""

import abc
from typing import final

import equinox as eqx
import numpy as np
from jaxtyping import Array, Float

from .observable import Observable
from .term import AbstractFactor


class AbstractIntegrable(AbstractFactor):
    """A factor of one observable with its exact integral over any interval."""

    observable: eqx.AbstractVar[Observable]

    @abc.abstractmethod
    def log_integral(
        self, lower: Float[Array, ""] | float, upper: Float[Array, ""] | float
    ) -> Float[Array, ""]:
        r"""Return $\log \int_{lower}^{upper} s(x)\,dx$."""

    @final
    def log_norm(self) -> Float[Array, ""]:
        """Return the logarithm of the integral over the observable's range."""
        return self.log_integral(self.observable.lower, self.observable.upper)


class AbstractTemplate(AbstractIntegrable):
    """A factor made of a finite number of events, in bins."""

    @abc.abstractmethod
    def relative_variances(
        self, edges: Float[np.ndarray, " edges"]
    ) -> Float[np.ndarray, " bins"]:
        r"""Return $V_b/M^2$: variance of the contents of bins and sum of all contents.

        Args:
            edges: Of bins that are made of whole bins of the template.

        Raises:
            LikelyError: If they are not.
        """
