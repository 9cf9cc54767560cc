"""The likelihood of toys as a test of goodness of fit, and why it is a weak one."""

from typing import final

import jax
import jax.numpy as jnp
from jaxtyping import Array, Bool, Float

from ...core import AbstractDistribution, Result
from .fitted_data import AbstractStatistic, by_toys, checked_numbers, tested_fit
from .outcome import UnbinnedTest

WEAKNESS = (
    "the likelihood at its maximum is no distance between data and model: for some "
    "models, as an exponential or a Gaussian, it depends on the fitted parameters only "
    "and sees nothing (J. Heinrich, arXiv:physics/0310167); a good p-value alone says "
    "little."
)


@final
class MeanLogDensity(AbstractStatistic):
    r"""The statistic $-\frac2n \sum_i \log p(x_i)$."""

    def of(
        self,
        model: AbstractDistribution,
        x: Float[Array, "room dim"],
        counted: Bool[Array, " room"],
    ) -> Float[Array, ""]:
        log_p = jax.vmap(model.log_prob)(x)
        return -2 * jnp.where(counted, log_p, 0.0).sum() / counted.sum()


def likelihood_test(result: Result, *, toys: int = 500, seed: int = 0) -> UnbinnedTest:
    r"""Compare the likelihood of the fit with that of toys, refitted.

    The statistic $-\frac2n \sum_i \log p(x_i;\hat\theta)$ is that of one event: of an
    extended fit, whose number of events fluctuates, the sum would say little else.

    It is offered because it is asked for, and with its weakness: **it is no measure of
    distance**. Of an exponential density it is $2 + 2\log\hat\tau$, the same for any
    data of that mean, and the p-value is then near one half whatever the data are.

    Args:
        result: A converged unbinned fit of events without weights.
        toys: Number of toys.
        seed: Of the random numbers.

    Raises:
        LikelyError: If the fit is no such fit.

    References:
        J. Heinrich, arXiv:physics/0310167.
    """
    verb = "likelihood_test"
    result = tested_fit(verb, result)
    checked_numbers(verb, toys=(toys, 1), seed=(seed, 0))
    observed, reference = by_toys(result, MeanLogDensity(), toys, seed)
    return UnbinnedTest.of(
        "-2 log L of an event",
        observed,
        reference,
        result.n_events,
        notes=(WEAKNESS,),
    )
