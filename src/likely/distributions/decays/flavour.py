"""What a flavour tag makes of an oscillating decay: mixing and CP asymmetry."""

from ...core import Observable, Scalar
from .oscillating_decay import OscillatingDecay


def mixing_decay(
    observable: Observable,
    tau: Scalar,
    delta_m: Scalar,
    tag: Scalar,
    mistag: Scalar,
    bias: Scalar,
    sigma: Scalar,
) -> OscillatingDecay:
    r"""Return the density of a tagged decay into a final state that tells the flavour.

    $$s(t) = e^{-t/\tau} \big(1 + q\,(1 - 2\omega) \cos \Delta m\,t\big)\,\theta(t)
      \otimes N(b, \sigma),$$

    as RooBMixDecay without a difference between the tags.

    Args:
        observable: The decay time.
        tau: Lifetime $\tau$, positive, in the unit of the observable.
        delta_m: $\Delta m$, radians per unit of the observable.
        tag: $q$: +1 where the tag says unmixed, -1 mixed, 0 nothing; a `Column`, or a
            number for the events of one kind.
        mistag: $\omega$, the probability that the tag is wrong, or a formula of the
            estimate of each event.
        bias: $b$, how much later the times are measured.
        sigma: Standard deviation of the resolution, positive.

    Raises:
        LikelyError: If an argument is of another type, or `tau` or `sigma` is not
            positive.
    """
    dilution = 1.0 - 2.0 * mistag
    # Pyright counts the abstract `observables` of a density as an argument.
    return OscillatingDecay(  # pyright: ignore[reportCallIssue]
        observable, tau, delta_m, tag * dilution, 0.0, bias, sigma
    )


def cp_decay(
    observable: Observable,
    tau: Scalar,
    delta_m: Scalar,
    asymmetries: tuple[Scalar, Scalar],
    tagging: tuple[Scalar, Scalar],
    resolution: tuple[Scalar, Scalar],
) -> OscillatingDecay:
    r"""Return the density of a tagged decay into a CP eigenstate.

    $$s(t) = e^{-t/\tau} \big(1 + q\,(1 - 2\omega)\,
      (C \cos \Delta m\,t - S \sin \Delta m\,t)\big)\,\theta(t) \otimes N(b, \sigma)$$

    with $q = +1$ for a meson that was produced as a $B^0$ and $-1$ for a $\bar B^0$, so
    that $(\Gamma_{\bar B^0} - \Gamma_{B^0})/(\Gamma_{\bar B^0} + \Gamma_{B^0}) =
    S \sin \Delta m\,t - C \cos \Delta m\,t$; for $J/\psi K^0_S$, $S = \sin 2\beta$.

    Args:
        observable: The decay time.
        tau: Lifetime $\tau$, positive, in the unit of the observable.
        delta_m: $\Delta m$, radians per unit of the observable.
        asymmetries: $(S, C)$.
        tagging: $(q, \omega)$, the tag (+1, -1, or 0 where there is none) and the
            probability that it is wrong; each may be a formula with a `Column`.
        resolution: $(b, \sigma)$, with $\sigma$ positive.

    Raises:
        LikelyError: If an argument is of another type, or `tau` or $\sigma$ is not
            positive.

    References:
        Particle Data Group, Phys. Rev. D 110 (2024) 030001, review of CP violation in
        the quark sector.
    """
    (S, C), (tag, mistag), (bias, sigma) = asymmetries, tagging, resolution
    dilution = tag * (1.0 - 2.0 * mistag)
    return OscillatingDecay(  # pyright: ignore[reportCallIssue]
        observable, tau, delta_m, dilution * C, -1.0 * dilution * S, bias, sigma
    )
