"""What is known from outside of every one-dimensional density, and cases of each."""

import math
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
import scipy.interpolate
import scipy.special
import scipy.stats

from likely.distributions import (
    Apollonios,
    Argus,
    Bernstein,
    Beta,
    BifurcatedGauss,
    BreitWigner,
    Bukin,
    Chebyshev,
    CMSShape,
    Convolution,
    Cruijff,
    CrystalBall,
    Decay,
    DoubleCrystalBall,
    DWaveBreitWigner,
    Exponential,
    ExponentialDecay,
    ExponentiallyModifiedGauss,
    Flatte,
    FormulaShape,
    Gamma,
    Gauss,
    GaussExponentialTails,
    GeneralisedGauss,
    HistogramShape,
    Hypatia2,
    JohnsonSU,
    KernelDensity,
    Landau,
    Legendre,
    LogNormal,
    MomentMorph,
    Morph,
    Moyal,
    Novosibirsk,
    OscillatingDecay,
    Poisson,
    PowerLaw,
    PWaveBreitWigner,
    RelativisticBreitWigner,
    StudentT,
    SWaveBreitWigner,
    Tabulated,
    Uniform,
    Voigt,
    WithEfficiency,
)


@dataclass(frozen=True)
class Law:
    """What is known of a class from outside: its density up to a constant.

    `log_density` takes x and the arguments; `places` are where the density changes
    quickly, for the quadrature; `scales` are the natural scales of the arguments. `cdf`
    is that of a density with a pole, which no quadrature does justice.
    """

    log_density: Callable[..., Any]
    places: Callable[..., list[float]]
    scales: Callable[..., list[float]]
    cdf: Callable[..., Any] | None = None


def peak_places(mu, *widths):
    steps = [0.0, 0.3, 1.0, 3.0, 10.0, 30.0, 100.0, 300.0, 1e3, 3e3, 1e4]
    return [mu + side * w * s for w in widths for s in steps for side in (-1, 1)]


def log_tail(d, alpha, n):
    """Oreglia's (n/alpha)^n e^(-alpha^2/2) (n/alpha - alpha - t)^-n, its logarithm."""
    base = np.log(n / alpha + np.maximum(d, 0))
    return n * math.log(n / alpha) - alpha**2 / 2 - n * base


def log_crystal_ball(x, mu, sigma, alpha, n):
    t = np.sign(alpha) * (x - mu) / sigma
    d = -abs(alpha) - t
    return np.where(d > 0, log_tail(d, abs(alpha), n), -(t**2) / 2)


def log_double_crystal_ball(x, mu, sigma, alpha_l, n_l, alpha_r, n_r):
    t = (x - mu) / sigma
    left, right = -alpha_l - t, t - alpha_r
    core = np.where(right > 0, log_tail(right, alpha_r, n_r), -(t**2) / 2)
    return np.where(left > 0, log_tail(left, alpha_l, n_l), core)


def log_argus(x, endpoint, slope):
    v = 1 - (np.minimum(x, endpoint) / endpoint) ** 2
    with np.errstate(divide="ignore"):
        return np.log(x) + 0.5 * np.log(v) + slope * v


def log_voigt(x, mu, width, sigma):
    return np.log(scipy.special.voigt_profile(x - mu, sigma, width / 2))


def log_polynomial(x, *c):
    with np.errstate(divide="ignore"):
        return np.log(np.polynomial.chebyshev.chebval((x - 90) / 30, [1, *c]))


def log_bernstein(x, *c):
    return np.log(scipy.interpolate.BPoly([[k] for k in c], [60.0, 120.0])(x))


def near(place, side, size=60.0):
    """Return points that close in on a place from one side."""
    return [place, *(place + side * size * 2.0**-k for k in range(1, 46))]


def log_bifurcated_gauss(x, mu, left, right):
    width = np.where(x < mu, left, right)
    return scipy.stats.norm.logpdf(x, mu, width) + np.log(width)


def log_johnson(x, mu, sigma, gamma, delta):
    t = (x - mu) / sigma
    z = gamma + delta * np.arcsinh(t)
    return scipy.stats.norm.logpdf(z) + np.log(delta / (sigma * np.hypot(1, t)))


def log_exponnorm(x, mu, sigma, rate):
    side = np.sign(rate)
    shape = 1 / (sigma * abs(rate))
    return scipy.stats.exponnorm.logpdf(side * x, shape, side * mu, sigma)


def log_landau(x, mu, sigma):
    """Scale and shift the stable distribution of SciPy to the convention of CERN."""
    scale = sigma * math.pi / 2
    return scipy.stats.landau.logpdf(x, mu + sigma * math.log(math.pi / 2), scale)


def log_moyal(x, mu, sigma):
    t = (x - mu) / sigma
    return -(t + np.exp(-t)) / 2


def log_novosibirsk(x, mu, sigma, tail):
    """Ikeda's equation 1, with his tau from the tail of RooNovosibirsk."""
    root = math.sqrt(math.log(4))
    if tail == 0:
        return -0.5 * ((x - mu) / sigma) ** 2
    tau = -math.asinh(tail * root) / root
    slope = math.sinh(tau * root) / (sigma * tau * root)
    change = slope * tau * (x - mu)
    log = np.log1p(np.where(change > -1, change, 0)) / tau
    return np.where(change > -1, -0.5 * (log**2 + tau**2), -math.inf)


def log_bukin(x, mu, sigma, xi, rho_left, rho_right):
    """Bukin's formula as the manual of RooBukinPdf has it."""
    log2, root = math.log(2), math.sqrt(xi**2 + 1)
    full = sigma * 2 * math.sqrt(2 * log2)
    bend = 1.0 if xi == 0 else xi / math.asinh(xi)
    x1, x2 = mu + full / 2 * (xi / root - 1), mu + full / 2 * (xi / root + 1)
    slope = 4 * log2 * bend * root / full
    left = rho_left * ((x - x1) / (mu - x1)) ** 2 + slope * (x - x1) / (root - xi) ** 2
    right = (
        rho_right * ((x - x2) / (mu - x2)) ** 2 - slope * (x - x2) / (root + xi) ** 2
    )
    core = -4 * log2 * ((x - mu) / full) ** 2
    if xi != 0:
        change = 4 * xi * root * (np.clip(x, x1, x2) - mu) / full
        core = -log2 * (np.log1p(change) / math.log1p(2 * xi * (xi - root))) ** 2
    return np.where(x < x1, left - log2, np.where(x > x2, right - log2, core))


def bukin_places(mu, sigma, xi, rho_left, rho_right):
    root, half = math.sqrt(xi**2 + 1), sigma * math.sqrt(2 * math.log(2))
    x1, x2 = mu + half * (xi / root - 1), mu + half * (xi / root + 1)
    return [mu, *peak_places(x1, sigma), *peak_places(x2, sigma)]


def log_gauss_exp(x, mu, sigma, left, right):
    """Das's equation 3."""
    t = (x - mu) / sigma
    low, high = left**2 / 2 + left * t, right**2 / 2 - right * t
    return np.where(t < -left, low, np.where(t > right, high, -(t**2) / 2))


def phase_space(x, m1, m2):
    """Return 2q/x as a complex number, from the function of Kallen."""
    s, a, b = x**2, m1**2, m2**2
    kallen = s**2 + a**2 + b**2 - 2 * (s * a + s * b + a * b)
    return np.sqrt(kallen + 0j) / s


def barrier(l, z):
    return [1.0, 1 / (1 + z**2), 1 / (9 + 3 * z**2 + z**4)][l]


def log_running_width(l):
    def log_density(x, mu, width, m1, m2, radius=0.0):
        q, q0 = (0.5 * m * phase_space(m, m1, m2).real for m in (x, mu))
        barriers = barrier(l, q * radius) / barrier(l, q0 * radius)
        gamma = width * mu / x * (q / q0) ** (2 * l + 1) * barriers
        amplitude = 1 / (mu**2 - x**2 - 1j * mu * gamma)
        with np.errstate(divide="ignore"):
            log = np.log(x * gamma * np.abs(amplitude) ** 2)
        return np.where(x > m1 + m2, log, -math.inf)

    return log_density


def log_flatte(x, mu, g1, g2, m1a, m1b, m2a, m2b):
    rho_1, rho_2 = phase_space(x, m1a, m1b), phase_space(x, m2a, m2b)
    amplitude = 1 / (mu**2 - x**2 - 1j * mu * (g1 * rho_1 + g2 * rho_2))
    with np.errstate(divide="ignore"):
        log = np.log(x * rho_1.real * np.abs(amplitude) ** 2)
    return np.where(x > m1a + m1b, log, -math.inf)


def flatte_places(mu, g1, g2, m1a, m1b, m2a, m2b):
    first, second = m1a + m1b, m2a + m2b
    edges = near(first, 1) + near(second, 1) + near(second, -1)
    return edges + peak_places(mu, g1, g2)


def log_cms_shape(x, alpha, beta, gamma):
    turn_on = scipy.special.log_ndtr(-math.sqrt(2) * beta * (alpha - x))
    return turn_on - gamma * (x - alpha)


def log_legendre(x, *c):
    return np.log(np.polynomial.legendre.legval((x - 90) / 30, [1, *c]))


def waves(observable, a, b, k):
    text = "exp(-a*(mass - 60)) * (1 + b*cos(k*mass))"
    return FormulaShape(observable, text, {"a": a, "b": b, "k": k})


def log_waves(x, a, b, k):
    return -a * (x - 60) + np.log(1 + b * np.cos(k * x))


def spike(observable, m, g):
    return FormulaShape(observable, "1 / ((mass - m)**2 + g**2)", {"m": m, "g": g})


def kink_and_step(observable, a, b):
    text = "where(mass > 97.3, a, 1) + b*abs(mass - 83.1)"
    return FormulaShape(observable, text, {"a": a, "b": b})


def log_kink_and_step(x, a, b):
    return np.log(np.where(x > 97.3, a, 1) + b * np.abs(x - 83.1))


def turned_on_gauss(observable, mu, sigma, x0, w):
    shape = Gauss(observable, mu, sigma)
    return WithEfficiency(shape, "1 / (1 + exp((x0 - mass)/w))", {"x0": x0, "w": w})


def log_turned_on_gauss(x, mu, sigma, x0, w):
    turn_on = -np.logaddexp(0.0, (x0 - x) / w)
    return scipy.stats.norm.logpdf(x, mu, sigma) + turn_on


# Some cases are made by a function that gives the class.
BUILT = {
    waves: FormulaShape,
    spike: FormulaShape,
    kink_and_step: FormulaShape,
    turned_on_gauss: WithEfficiency,
}


def log_decay(x, tau, bias, sigma):
    return scipy.stats.exponnorm.logpdf(x, tau / sigma, bias, sigma)


def log_oscillating_decay(x, tau, delta_m, cos, sin, bias, sigma):
    """The formulas of arXiv:1407.0748 with SciPy's Faddeeva function."""

    def smeared(rate):
        d = x - bias
        z = 1j * (rate * sigma - d / sigma) / math.sqrt(2)
        edge = 0.5 * np.exp(-0.5 * (d / sigma) ** 2)
        after = z.imag < 0
        exponent = np.where(after, 0.5 * (rate * sigma) ** 2 - rate * d, -np.inf)
        w = scipy.special.wofz(np.where(after, -z, z))
        return np.exp(exponent) + edge * np.where(after, -w, w)

    plain, wave = smeared(1 / tau + 0j), smeared(1 / tau - 1j * delta_m)
    return np.log(plain.real + cos * wave.real + sin * wave.imag)


def log_apollonios(x, mu, sigma, b, a, n):
    """Martinez Santos and Dupertuis's definition: A (B - t)^-n beyond -a."""
    t = (x - mu) / sigma
    root = math.sqrt(1 + a**2)
    B = -a + n * root / (b * a)
    tail = -b * root - n * np.log((B - np.minimum(t, -a)) * b * a / (n * root))
    return np.where(t < -a, tail, -b * np.sqrt(1 + t**2))


def log_cruijff(x, mu, left, right, alpha_left, alpha_right):
    d, low = x - mu, x < mu
    width, alpha = np.where(low, left, right), np.where(low, alpha_left, alpha_right)
    return -(d**2) / (2 * width**2 + alpha * d**2)


LAWS = {
    waves: Law(
        log_waves,
        lambda a, b, k: list(np.linspace(60, 120, 200)),
        lambda a, b, k: [a, b, 0.01],
    ),
    spike: Law(
        lambda x, m, g: -np.log((x - m) ** 2 + g**2),
        lambda m, g: peak_places(m, g),
        lambda m, g: [g, g],
    ),
    kink_and_step: Law(
        log_kink_and_step, lambda a, b: [83.1, 97.3], lambda a, b: [a, b]
    ),
    turned_on_gauss: Law(
        log_turned_on_gauss,
        lambda mu, sigma, x0, w: [*peak_places(mu, sigma), *peak_places(x0, w)],
        lambda mu, sigma, x0, w: [sigma, sigma, w, w],
    ),
    Gauss: Law(
        lambda x, mu, sigma: scipy.stats.norm.logpdf(x, mu, sigma),
        lambda mu, sigma: peak_places(mu, sigma),
        lambda mu, sigma: [sigma, sigma],
    ),
    BreitWigner: Law(
        lambda x, mu, width: scipy.stats.cauchy.logpdf(x, mu, width / 2),
        lambda mu, width: peak_places(mu, width),
        lambda mu, width: [width, width],
    ),
    Voigt: Law(
        log_voigt,
        lambda mu, width, sigma: peak_places(mu, width, sigma),
        lambda mu, width, sigma: [max(width, sigma), width, sigma],
    ),
    CrystalBall: Law(
        log_crystal_ball,
        lambda mu, sigma, alpha, n: [mu - alpha * sigma, *peak_places(mu, sigma)],
        lambda mu, sigma, alpha, n: [sigma, sigma, alpha, n],
    ),
    DoubleCrystalBall: Law(
        log_double_crystal_ball,
        lambda mu, sigma, a, n, b, m: [
            mu - a * sigma,
            mu + b * sigma,
            *peak_places(mu, sigma),
        ],
        lambda mu, sigma, *tails: [sigma, sigma, *tails],
    ),
    Exponential: Law(
        lambda x, slope: slope * (x - 60.0),
        lambda slope: [60 + 60 * 2.0**-k for k in range(12)],
        lambda slope: [max(abs(slope), 1e-2)],
    ),
    Chebyshev: Law(log_polynomial, lambda *c: [], lambda *c: [0.1] * len(c)),
    Bernstein: Law(log_bernstein, lambda *c: [], lambda *c: list(c)),
    Uniform: Law(lambda x: np.zeros_like(x), lambda: [], lambda: []),
    Argus: Law(
        log_argus,
        lambda endpoint, slope: [
            endpoint,
            *(endpoint - 60 * 2.0**-k for k in range(45)),
        ],
        # The density has a root at the endpoint, so it moves by less than the distance.
        lambda endpoint, slope: [0.1, max(abs(slope), 1.0)],
    ),
    BifurcatedGauss: Law(
        log_bifurcated_gauss,
        lambda mu, left, right: peak_places(mu, left, right),
        lambda mu, left, right: [min(left, right), left, right],
    ),
    StudentT: Law(
        lambda x, mu, sigma, dof: scipy.stats.t.logpdf(x, dof, mu, sigma),
        lambda mu, sigma, dof: peak_places(mu, sigma),
        lambda mu, sigma, dof: [sigma, sigma, dof],
    ),
    JohnsonSU: Law(
        log_johnson,
        lambda mu, sigma, gamma, delta: peak_places(
            mu + sigma * math.sinh(-gamma / delta), sigma / delta, sigma
        ),
        lambda mu, sigma, gamma, delta: [sigma, sigma, 1.0, delta],
    ),
    GeneralisedGauss: Law(
        lambda x, mu, scale, beta: scipy.stats.gennorm.logpdf(x, beta, mu, scale),
        lambda mu, scale, beta: [
            *near(mu, 1),
            *near(mu, -1),
            *peak_places(mu - scale, scale / beta),
            *peak_places(mu + scale, scale / beta),
        ],
        lambda mu, scale, beta: [0.1 * scale, 0.1 * scale, 0.1 * beta],
    ),
    ExponentiallyModifiedGauss: Law(
        log_exponnorm,
        lambda mu, sigma, rate: peak_places(mu, sigma, 1 / rate),
        lambda mu, sigma, rate: [sigma, sigma, abs(rate)],
    ),
    Landau: Law(
        log_landau,
        lambda mu, sigma: peak_places(mu, sigma),
        lambda mu, sigma: [0.1 * sigma, 0.1 * sigma],
    ),
    Moyal: Law(
        log_moyal,
        lambda mu, sigma: peak_places(mu, sigma),
        lambda mu, sigma: [0.1 * sigma, 0.1 * sigma],
    ),
    Novosibirsk: Law(
        log_novosibirsk,
        lambda mu, sigma, tail: peak_places(mu, sigma),
        lambda mu, sigma, tail: [sigma, sigma, 0.1],
    ),
    Bukin: Law(log_bukin, bukin_places, lambda mu, s, *args: [s, s, 0.1, 0.1, 0.1]),
    GaussExponentialTails: Law(
        log_gauss_exp,
        lambda mu, sigma, left, right: [
            *peak_places(mu - left * sigma, sigma, sigma / left),
            *peak_places(mu + right * sigma, sigma, sigma / right),
        ],
        lambda mu, sigma, left, right: [sigma, sigma, left, right],
    ),
    RelativisticBreitWigner: Law(
        lambda x, mu, width: scipy.stats.rel_breitwigner.logpdf(
            x, mu / width, scale=width
        ),
        lambda mu, width: peak_places(mu, width),
        lambda mu, width: [width, width],
    ),
    SWaveBreitWigner: Law(
        log_running_width(0),
        lambda mu, width, m1, m2: near(m1 + m2, 1) + peak_places(mu, width),
        lambda mu, width, *rest: [width, width, 0.3, 0.3],
    ),
    PWaveBreitWigner: Law(
        log_running_width(1),
        lambda mu, width, m1, m2, radius: near(m1 + m2, 1) + peak_places(mu, width),
        lambda mu, width, *rest: [width, width, 0.3, 0.3, 0.1],
    ),
    DWaveBreitWigner: Law(
        log_running_width(2),
        lambda mu, width, m1, m2, radius: near(m1 + m2, 1) + peak_places(mu, width),
        lambda mu, width, *rest: [width, width, 0.3, 0.3, 0.1],
    ),
    Flatte: Law(
        log_flatte,
        flatte_places,
        lambda mu, g1, g2, *masses: [1.0, g1, g2, 0.1, 0.1, 0.1, 0.1],
    ),
    PowerLaw: Law(
        lambda x, power: power * np.log(x / 60),
        lambda power: near(60, 1) + near(120, -1),
        lambda power: [1.0],
    ),
    CMSShape: Law(
        log_cms_shape,
        lambda alpha, beta, gamma: peak_places(alpha, 1 / beta),
        lambda alpha, beta, gamma: [1 / beta, beta, max(abs(gamma), 0.01)],
    ),
    Gamma: Law(
        lambda x, shape, rate, shift: scipy.stats.gamma.logpdf(
            x, shape, shift, 1 / rate
        ),
        lambda shape, rate, shift: [
            *near(shift, 1),
            *peak_places(shift + shape / rate, math.sqrt(shape) / rate),
        ],
        lambda shape, rate, shift: [0.1 * shape, 0.1 * rate, 0.1],
        lambda x, shape, rate, shift: scipy.stats.gamma.cdf(x, shape, shift, 1 / rate),
    ),
    Beta: Law(
        lambda x, alpha, beta: scipy.stats.beta.logpdf(x, alpha, beta, 60, 60),
        lambda alpha, beta: [
            *near(60, 1),
            *near(120, -1),
            *peak_places(60 + 60 * alpha / (alpha + beta), 60 * (alpha + beta) ** -0.5),
        ],
        lambda alpha, beta: [0.1 * alpha, 0.1 * beta],
        lambda x, alpha, beta: scipy.stats.beta.cdf(x, alpha, beta, 60, 60),
    ),
    LogNormal: Law(
        lambda x, median, sigma: scipy.stats.lognorm.logpdf(x, sigma, 0, median),
        lambda median, sigma: peak_places(median, median * sigma),
        lambda median, sigma: [median * sigma, sigma],
    ),
    Legendre: Law(log_legendre, lambda *c: [], lambda *c: [0.1] * len(c)),
    ExponentialDecay: Law(
        log_decay,
        lambda tau, bias, sigma: peak_places(bias, sigma, tau),
        lambda tau, bias, sigma: [tau, sigma, sigma],
    ),
    OscillatingDecay: Law(
        log_oscillating_decay,
        lambda tau, delta_m, cos, sin, bias, sigma: [
            *peak_places(bias, sigma, tau),
            *np.arange(60, 120, 1 / delta_m),
        ],
        lambda tau, delta_m, cos, sin, bias, sigma: [tau, 0.1, 0.1, 0.1, sigma, sigma],
    ),
    Apollonios: Law(
        log_apollonios,
        lambda mu, sigma, b, a, n: [mu - a * sigma, *peak_places(mu, sigma)],
        lambda mu, sigma, b, a, n: [sigma, sigma, b, a, n],
    ),
    Cruijff: Law(
        log_cruijff,
        lambda mu, left, right, *alphas: peak_places(mu, left, right),
        lambda mu, left, right, *alphas: [min(left, right), left, right, 0.1, 0.1],
    ),
}

CASES = {
    "Gauss": (Gauss, (91.0, 2.0)),
    "Gauss of a wide sigma": (Gauss, (91.0, 5e3)),
    "Gauss 40 sigma below": (Gauss, (20.0, 1.0)),
    "Gauss 40 sigma above": (Gauss, (160.0, 1.0)),
    "Gauss of a narrow sigma": (Gauss, (60.0, 1e-3)),
    "BreitWigner": (BreitWigner, (91.0, 2.5)),
    "BreitWigner far above": (BreitWigner, (1e4, 2.5)),
    "BreitWigner below, narrow": (BreitWigner, (50.0, 1e-6)),
    "BreitWigner wide": (BreitWigner, (91.0, 1e5)),
    "Voigt": (Voigt, (91.0, 2.5, 1.5)),
    "Voigt, mostly Gaussian": (Voigt, (91.0, 2e-3, 2.0)),
    "Voigt, mostly Breit-Wigner": (Voigt, (91.0, 2.5, 2.5e-3)),
    "Voigt of a tiny sigma": (Voigt, (91.0, 2.5, 2.5e-6)),
    "Voigt below the range": (Voigt, (-300.0, 2.5, 3.0)),
    "Voigt above the range": (Voigt, (200.0, 1e-2, 3.0)),
    "Voigt wider than the range": (Voigt, (91.0, 300.0, 800.0)),
    "CrystalBall": (CrystalBall, (91.0, 2.0, 1.5, 3.0)),
    "CrystalBall to the right": (CrystalBall, (91.0, 2.0, -0.8, 1.2)),
    "CrystalBall of n = 1": (CrystalBall, (91.0, 2.0, 1.0, 1.0)),
    "CrystalBall near n = 1": (CrystalBall, (91.0, 2.0, 1.0, 1.0 + 1e-9)),
    "CrystalBall of n < 1": (CrystalBall, (91.0, 2.0, 1.0, 0.3)),
    "CrystalBall of n = 1000": (CrystalBall, (91.0, 2.0, 0.5, 1000.0)),
    "CrystalBall of a small alpha": (CrystalBall, (91.0, 2.0, 1e-3, 2.0)),
    "CrystalBall, all tail": (CrystalBall, (160.0, 2.0, 1.0, 3.0)),
    "CrystalBall, no tail": (CrystalBall, (61.0, 2.0, 1.5, 3.0)),
    "CrystalBall, all core": (CrystalBall, (20.0, 1.5, 1.5, 3.0)),
    "DoubleCrystalBall": (DoubleCrystalBall, (91.0, 2.0, 1.2, 3.0, 2.0, 1.0)),
    "DoubleCrystalBall, left": (
        DoubleCrystalBall,
        (200.0, 2.0, 1e-3, 1.0, 2.0, 100.0),
    ),
    "DoubleCrystalBall, right": (
        DoubleCrystalBall,
        (40.0, 1.0, 1.0, 1.5, 0.5, 0.7),
    ),
    "Exponential": (Exponential, (-0.05,)),
    "Exponential, rising": (Exponential, (0.3,)),
    "Exponential of slope 0": (Exponential, (0.0,)),
    "Exponential near slope 0": (Exponential, (1e-9,)),
    "Exponential, steep": (Exponential, (-20.0,)),
    "Chebyshev": (Chebyshev, (0.3, -0.2, 0.1)),
    "Chebyshev, one": (Chebyshev, (-0.9,)),
    "Bernstein": (Bernstein, (1.0, 2.0, 0.5, 1.5)),
    "Bernstein, two": (Bernstein, (0.2, 3.0)),
    "Uniform": (Uniform, ()),
    "Argus": (Argus, (130.0, -3.0)),
    "Argus ends inside": (Argus, (105.0, -3.0)),
    "Argus of slope 0": (Argus, (125.0, 0.0)),
    "Argus of positive slope": (Argus, (105.0, 2.0)),
    "Argus, steep": (Argus, (105.0, -800.0)),
    "Argus, steep and rising": (Argus, (105.0, 800.0)),
    "BifurcatedGauss": (BifurcatedGauss, (91.0, 2.0, 5.0)),
    "BifurcatedGauss of a narrow side": (BifurcatedGauss, (91.0, 1e-3, 4.0)),
    "BifurcatedGauss, left side only": (BifurcatedGauss, (130.0, 1.5, 0.1)),
    "BifurcatedGauss, right side only": (BifurcatedGauss, (20.0, 0.1, 1.5)),
    "BifurcatedGauss near the edge": (BifurcatedGauss, (60.01, 3.0, 1.0)),
    "StudentT": (StudentT, (91.0, 2.0, 4.0)),
    "StudentT, nearly Gauss": (StudentT, (91.0, 2.0, 1e5)),
    "StudentT, nearly Gauss, far below": (StudentT, (20.0, 1.0, 1e5)),
    "StudentT of a fraction": (StudentT, (60.0, 0.05, 0.3)),
    "StudentT wide": (StudentT, (91.0, 1e4, 3.0)),
    "StudentT far above": (StudentT, (1e4, 1.0, 2.0)),
    "JohnsonSU": (JohnsonSU, (91.0, 3.0, 0.5, 1.2)),
    "JohnsonSU of long tails": (JohnsonSU, (91.0, 0.1, -0.3, 0.4)),
    "JohnsonSU, nearly Gauss": (JohnsonSU, (91.0, 200.0, 1.0, 100.0)),
    "JohnsonSU, tail only": (JohnsonSU, (160.0, 2.0, -0.5, 2.0)),
    "JohnsonSU on the edge": (JohnsonSU, (60.0, 2.0, 0.0, 1.0)),
    "GeneralisedGauss": (GeneralisedGauss, (91.0, 4.0, 1.5)),
    "GeneralisedGauss, Laplace": (GeneralisedGauss, (91.0, 4.0, 1.0)),
    "GeneralisedGauss, a cusp": (GeneralisedGauss, (91.0, 4.0, 0.6)),
    "GeneralisedGauss, a box": (GeneralisedGauss, (91.0, 20.0, 12.0)),
    "GeneralisedGauss 40 scales above": (GeneralisedGauss, (160.0, 1.0, 2.0)),
    "GeneralisedGauss narrow": (GeneralisedGauss, (90.0, 1e-2, 1.7)),
    "GeneralisedGauss wide": (GeneralisedGauss, (90.0, 1e4, 2.5)),
    "ExponentiallyModifiedGauss": (ExponentiallyModifiedGauss, (85.0, 2.0, 0.3)),
    "ExponentiallyModifiedGauss to the left": (
        ExponentiallyModifiedGauss,
        (95.0, 2.0, -0.1),
    ),
    "ExponentiallyModifiedGauss, nearly Gauss": (
        ExponentiallyModifiedGauss,
        (91.0, 2.0, 500.0),
    ),
    "ExponentiallyModifiedGauss, nearly exponential": (
        ExponentiallyModifiedGauss,
        (61.0, 1e-3, 0.2),
    ),
    "ExponentiallyModifiedGauss, tail only": (
        ExponentiallyModifiedGauss,
        (-20.0, 2.0, 0.5),
    ),
    "ExponentiallyModifiedGauss, no tail": (
        ExponentiallyModifiedGauss,
        (160.0, 1.5, 0.5),
    ),
    "Landau": (Landau, (91.0, 6.0)),
    "Landau of a narrow sigma": (Landau, (60.0, 1e-2)),
    "Landau below the range": (Landau, (-1e4, 2.0)),
    "Landau above the range": (Landau, (150.0, 15.0)),
    "Landau wide": (Landau, (91.0, 1e3)),
    "Moyal": (Moyal, (91.0, 3.0)),
    "Moyal of a narrow sigma": (Moyal, (60.0, 1e-2)),
    "Moyal below the range": (Moyal, (-20.0, 2.0)),
    "Moyal above the range": (Moyal, (130.0, 5.0)),
    "Moyal wide": (Moyal, (91.0, 1e3)),
    "Novosibirsk": (Novosibirsk, (91.0, 3.0, 0.05)),
    "Novosibirsk to the right": (Novosibirsk, (80.0, 4.0, -0.15)),
    "Novosibirsk of no tail": (Novosibirsk, (91.0, 3.0, 0.0)),
    "Novosibirsk of a tiny tail": (Novosibirsk, (91.0, 3.0, 1e-9)),
    "Novosibirsk that ends inside": (Novosibirsk, (105.0, 2.0, 0.2)),
    "Novosibirsk, tail only": (Novosibirsk, (40.0, 2.0, -0.3)),
    "Bukin": (Bukin, (91.0, 3.0, -0.2, -0.05, -0.1)),
    "Bukin of xi = 0": (Bukin, (91.0, 3.0, 0.0, 0.0, -0.2)),
    "Bukin of a tiny xi": (Bukin, (91.0, 3.0, 1e-9, -0.1, 0.0)),
    "Bukin to the right": (Bukin, (85.0, 2.0, 0.6, 0.0, 0.002)),
    "Bukin, tail only": (Bukin, (130.0, 2.0, 0.1, -0.02, -0.1)),
    "Bukin, core only": (Bukin, (90.0, 60.0, 0.1, -0.02, -0.1)),
    "Bukin narrow": (Bukin, (91.0, 0.1, 0.3, -0.1, -0.1)),
    "GaussExponentialTails": (GaussExponentialTails, (91.0, 2.0, 1.2, 0.7)),
    "GaussExponentialTails, left only": (
        GaussExponentialTails,
        (150.0, 2.0, 0.5, 3.0),
    ),
    "GaussExponentialTails, right only": (
        GaussExponentialTails,
        (30.0, 1.0, 3.0, 1.5),
    ),
    "GaussExponentialTails, core only": (
        GaussExponentialTails,
        (90.0, 50.0, 1.5, 2.0),
    ),
    "GaussExponentialTails narrow": (
        GaussExponentialTails,
        (91.0, 1e-2, 0.01, 3.0),
    ),
    "RelativisticBreitWigner": (RelativisticBreitWigner, (91.0, 2.5)),
    "RelativisticBreitWigner narrow": (RelativisticBreitWigner, (91.0, 1e-4)),
    "RelativisticBreitWigner wide": (RelativisticBreitWigner, (80.0, 60.0)),
    "RelativisticBreitWigner above": (RelativisticBreitWigner, (500.0, 2.0)),
    "RelativisticBreitWigner on the edge": (RelativisticBreitWigner, (60.0, 0.1)),
    "SWaveBreitWigner": (SWaveBreitWigner, (91.0, 5.0, 20.0, 35.0)),
    "SWaveBreitWigner from inside": (SWaveBreitWigner, (80.0, 12.0, 20.0, 45.0)),
    "SWaveBreitWigner near threshold": (SWaveBreitWigner, (66.0, 3.0, 30.0, 35.0)),
    "SWaveBreitWigner above": (SWaveBreitWigner, (300.0, 3.0, 0.0, 5.0)),
    "PWaveBreitWigner": (PWaveBreitWigner, (91.0, 5.0, 10.0, 40.0, 0.2)),
    "PWaveBreitWigner from inside": (PWaveBreitWigner, (77.0, 15.0, 31.0, 34.0, 0.1)),
    "PWaveBreitWigner of no radius": (PWaveBreitWigner, (77.0, 5.0, 31.0, 34.0, 0.0)),
    "DWaveBreitWigner": (DWaveBreitWigner, (91.0, 5.0, 10.0, 40.0, 0.2)),
    "DWaveBreitWigner from inside": (DWaveBreitWigner, (95.0, 10.0, 31.0, 34.0, 3.0)),
    "DWaveBreitWigner narrow": (DWaveBreitWigner, (91.0, 1e-2, 30.0, 32.0, 0.1)),
    "Flatte": (Flatte, (85.0, 12.0, 25.0, 10.0, 15.0, 40.0, 42.0)),
    "Flatte at the cusp": (Flatte, (82.1, 2.0, 5.0, 10.0, 15.0, 41.0, 41.0)),
    "Flatte from inside": (Flatte, (85.0, 10.0, 10.0, 30.0, 35.0, 40.0, 50.0)),
    "Flatte above both": (Flatte, (91.0, 3.0, 2.0, 10.0, 15.0, 20.0, 22.0)),
    "Flatte below the second": (Flatte, (91.0, 5.0, 5.0, 10.0, 15.0, 80.0, 90.0)),
    "PowerLaw": (PowerLaw, (-2.7,)),
    "PowerLaw of power -1": (PowerLaw, (-1.0,)),
    "PowerLaw, steep": (PowerLaw, (-900.0,)),
    "PowerLaw, rising": (PowerLaw, (40.0,)),
    "CMSShape": (CMSShape, (75.0, 0.1, 0.05)),
    "CMSShape of a plateau": (CMSShape, (75.0, 0.2, 0.0)),
    "CMSShape, rising": (CMSShape, (65.0, 0.5, -0.1)),
    "CMSShape, a sharp turn-on": (CMSShape, (80.0, 100.0, 0.3)),
    "CMSShape, fall only": (CMSShape, (20.0, 0.1, 0.5)),
    "CMSShape, turn-on only": (CMSShape, (160.0, 0.2, 0.1)),
    "Gamma": (Gamma, (3.0, 0.2, 55.0)),
    "Gamma from inside": (Gamma, (2.5, 0.2, 65.0)),
    "Gamma of a pole": (Gamma, (0.4, 0.1, 65.0)),
    "Gamma, nearly Gauss": (Gamma, (1e4, 100.0, -10.0)),
    "Gamma, tail only": (Gamma, (2.0, 0.5, -50.0)),
    "Gamma, rising": (Gamma, (60.0, 0.1, 0.0)),
    "Beta": (Beta, (2.0, 3.5)),
    "Beta, flat": (Beta, (1.0, 1.0)),
    "Beta of poles": (Beta, (0.5, 0.3)),
    "Beta narrow": (Beta, (900.0, 2000.0)),
    "Beta of one pole": (Beta, (0.8, 6.0)),
    "LogNormal": (LogNormal, (85.0, 0.15)),
    "LogNormal wide": (LogNormal, (10.0, 3.0)),
    "LogNormal narrow": (LogNormal, (91.0, 1e-3)),
    "LogNormal, tail only": (LogNormal, (10.0, 0.1)),
    "Legendre": (Legendre, (0.3, -0.2, 0.1)),
    "Legendre, one": (Legendre, (-0.9,)),
    "ExponentialDecay": (ExponentialDecay, (8.0, 70.0, 1.5)),
    "ExponentialDecay of a long lifetime": (ExponentialDecay, (600.0, 65.0, 2.0)),
    "ExponentialDecay, tail only": (ExponentialDecay, (5.0, 20.0, 1.0)),
    "ExponentialDecay, a sharp start": (ExponentialDecay, (10.0, 62.0, 1e-2)),
    "ExponentialDecay, mostly Gauss": (ExponentialDecay, (0.5, 90.0, 5.0)),
    "OscillatingDecay": (OscillatingDecay, (8.0, 0.5, 0.6, -0.4, 70.0, 1.5)),
    "OscillatingDecay, slow": (OscillatingDecay, (25.0, 0.02, -0.3, 0.5, 62.0, 0.5)),
    "OscillatingDecay, fast": (OscillatingDecay, (10.0, 4.0, 0.7, 0.2, 62.0, 0.1)),
    "OscillatingDecay, washed out": (
        OscillatingDecay,
        (10.0, 2.0, 0.9, 0.2, 70.0, 3.0),
    ),
    "Apollonios": (Apollonios, (91.0, 2.0, 1.7, 1.4, 3.0)),
    "Apollonios, tail only": (Apollonios, (140.0, 2.0, 1.0, 2.0, 1.0)),
    "Apollonios, core only": (Apollonios, (50.0, 3.0, 0.7, 2.0, 4.0)),
    "Apollonios narrow": (Apollonios, (91.0, 1e-2, 2.0, 2.0, 2.5)),
    "Cruijff": (Cruijff, (91.0, 2.0, 3.0, 0.1, 0.2)),
    "Cruijff, Gaussian on the left": (Cruijff, (91.0, 2.0, 1.0, 0.0, 0.3)),
    "Cruijff, right side only": (Cruijff, (55.0, 2.0, 5.0, 0.1, 0.1)),
    "FormulaShape": (waves, (0.05, 0.5, 3.0)),
    "FormulaShape of a peak": (spike, (91.2, 0.01)),
    "FormulaShape of a kink and a step": (kink_and_step, (0.3, 0.1)),
    "WithEfficiency": (turned_on_gauss, (80.0, 10.0, 75.0, 2.0)),
    "WithEfficiency, a sharp turn-on": (turned_on_gauss, (80.0, 1.0, 80.0, 0.1)),
}

# Made of samples or other shapes, not of numbers: they have the same laws in a file of
# their own.
ELSEWHERE = {
    Convolution: "test_convolution.py",
    Tabulated: "test_tabulated.py",
    Decay: "test_decays.py",
    HistogramShape: "test_histogram_shape.py",
    Hypatia2: "test_hypatia.py",
    KernelDensity: "test_kernel_density.py",
    Morph: "test_morph.py",
    MomentMorph: "test_morph.py",
    Poisson: "test_counts.py",
}
