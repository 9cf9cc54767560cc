"""The table of pdfs: each word of a study, and the density that it names.

Nothing here imports a density: what a study says can be checked without JAX. A test
holds the table against the signatures of the classes themselves.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import final


@final
@dataclass(frozen=True)
class Pdf:
    """A density as a study names it.

    Args:
        class_name: Its class in `likely.distributions`.
        arguments: Names of its arguments, all required but those of `optional`.
        series: Prefix of numbered arguments (`c` for c1, c2, ...), if it has those.
        first: Number of the first of them.
        summary: The formula, in words.
        powers: Power of the observable's unit that an argument has, if not zero.
        groups: Arguments that the class takes together, by the name that it has there.
        optional: Sets of arguments that may be left out, each as a whole.
        observables: How many it describes.
    """

    class_name: str
    arguments: tuple[str, ...] = ()
    series: str = ""
    first: int = 1
    summary: str = ""
    powers: Mapping[str, int] = field(default_factory=dict)
    groups: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    optional: tuple[tuple[str, ...], ...] = ()
    observables: int = 1

    def order(self, count: int) -> tuple[str, ...]:
        """Return the names of the arguments, `count` of them if they are a series."""
        if not self.series:
            return self.arguments
        return tuple(f"{self.series}{self.first + i}" for i in range(count))

    def unit(self, argument: str, unit: str) -> str:
        """Return the unit of an argument, given that of the observable."""
        power = self.powers.get(argument, 0) if unit else 0
        bare = unit.isalpha()
        if power == -1:
            return f"1/{unit}" if bare else f"1/({unit})"
        return unit if power == 1 else ""


_PEAK = {"mu": 1, "sigma": 1, "width": 1, "sigma_left": 1, "sigma_right": 1}
_TIMES = {"tau": 1, "delta_m": -1, "bias": 1, "sigma": 1}
_DAUGHTERS = {"mu": 1, "width": 1, "m1": 1, "m2": 1, "radius": -1}

PDFS: dict[str, Pdf] = {
    "gauss": Pdf(
        "Gauss", ("mu", "sigma"), summary="peak, standard deviation sigma", powers=_PEAK
    ),
    "breit_wigner": Pdf(
        "BreitWigner",
        ("mu", "width"),
        summary="peak, full width at half maximum",
        powers=_PEAK,
    ),
    "voigt": Pdf(
        "Voigt",
        ("mu", "width", "sigma"),
        summary="Breit-Wigner of that width, smeared by a Gaussian of sigma",
        powers=_PEAK,
    ),
    "crystal_ball": Pdf(
        "CrystalBall",
        ("mu", "sigma", "alpha", "n"),
        summary="Gaussian with a power-law tail on the left (alpha > 0)",
        powers=_PEAK,
    ),
    "double_crystal_ball": Pdf(
        "DoubleCrystalBall",
        ("mu", "sigma", "alpha_left", "n_left", "alpha_right", "n_right"),
        summary="Gaussian with a power-law tail on each side",
        powers=_PEAK,
    ),
    "bifurcated_gauss": Pdf(
        "BifurcatedGauss",
        ("mu", "sigma_left", "sigma_right"),
        summary="Gaussian with a sigma of its own on each side",
        powers=_PEAK,
    ),
    "student_t": Pdf(
        "StudentT",
        ("mu", "sigma", "dof"),
        summary="(1 + t^2/dof)^(-(dof + 1)/2) with t = (x - mu)/sigma",
        powers=_PEAK,
    ),
    "johnson_su": Pdf(
        "JohnsonSU",
        ("mu", "sigma", "gamma", "delta"),
        summary="Gaussian in gamma + delta asinh((x - mu)/sigma)",
        powers=_PEAK,
    ),
    "generalised_gauss": Pdf(
        "GeneralisedGauss",
        ("mu", "scale", "beta"),
        summary="exp(-|(x - mu)/scale|^beta)",
        powers={"mu": 1, "scale": 1},
    ),
    "exponentially_modified_gauss": Pdf(
        "ExponentiallyModifiedGauss",
        ("mu", "sigma", "rate"),
        summary="Gaussian smeared by an exponential, to the right if rate > 0",
        powers=_PEAK | {"rate": -1},
    ),
    "landau": Pdf(
        "Landau",
        ("mu", "sigma"),
        summary="Landau, the peak at mu - 0.22278 sigma",
        powers=_PEAK,
    ),
    "moyal": Pdf(
        "Moyal",
        ("mu", "sigma"),
        summary="exp(-(t + exp(-t))/2) with t = (x - mu)/sigma",
        powers=_PEAK,
    ),
    "novosibirsk": Pdf(
        "Novosibirsk",
        ("mu", "sigma", "tail"),
        summary="peak with a tail on the left (tail > 0), as RooNovosibirsk",
        powers=_PEAK,
    ),
    "bukin": Pdf(
        "Bukin",
        ("mu", "sigma", "xi", "rho_left", "rho_right"),
        summary="asymmetric peak with a tail on each side, as RooBukinPdf",
        powers=_PEAK,
    ),
    "gauss_exponential_tails": Pdf(
        "GaussExponentialTails",
        ("mu", "sigma", "k_left", "k_right"),
        summary="Gaussian with an exponential tail on each side",
        powers=_PEAK,
    ),
    "relativistic_breit_wigner": Pdf(
        "RelativisticBreitWigner",
        ("mu", "width"),
        summary="1/((x^2 - mu^2)^2 + mu^2 width^2)",
        powers=_PEAK,
    ),
    "s_wave_breit_wigner": Pdf(
        "SWaveBreitWigner",
        ("mu", "width", "m1", "m2"),
        summary="Breit-Wigner above m1 + m2, width growing like q",
        powers=_DAUGHTERS,
    ),
    "p_wave_breit_wigner": Pdf(
        "PWaveBreitWigner",
        ("mu", "width", "m1", "m2", "radius"),
        summary="the same for l = 1: like q^3 over the barrier of that radius",
        powers=_DAUGHTERS,
    ),
    "d_wave_breit_wigner": Pdf(
        "DWaveBreitWigner",
        ("mu", "width", "m1", "m2", "radius"),
        summary="the same for l = 2: like q^5 over the barrier of that radius",
        powers=_DAUGHTERS,
    ),
    "flatte": Pdf(
        "Flatte",
        ("mu", "g1", "g2", "m1a", "m1b", "m2a", "m2b"),
        summary="resonance of two channels, as seen in the first (m1a, m1b)",
        powers=dict.fromkeys(("mu", "g1", "g2", "m1a", "m1b", "m2a", "m2b"), 1),
    ),
    "cruijff": Pdf(
        "Cruijff",
        ("mu", "sigma_left", "sigma_right", "alpha_left", "alpha_right"),
        summary="exp(-d^2/(2 sigma^2 + alpha d^2)) with d = x - mu",
        powers=_PEAK,
    ),
    "apollonios": Pdf(
        "Apollonios",
        ("mu", "sigma", "b", "a", "n"),
        summary="exp(-b sqrt(1 + t^2)), power-law tail on the left from t = -a",
        powers=_PEAK,
    ),
    "hypatia2": Pdf(
        "Hypatia2",
        ("mu", "sigma", "lambda", "beta", "zeta")
        + ("a_left", "n_left", "a_right", "n_right"),
        summary="hyperbolic core (without zeta: its limit zeta -> 0), two tails",
        powers=_PEAK | {"beta": -1},
        groups={
            "core": ("lambda", "beta", "zeta"),
            "left": ("a_left", "n_left"),
            "right": ("a_right", "n_right"),
        },
        optional=(("zeta",),),
    ),
    "exponential": Pdf(
        "Exponential", ("slope",), summary="exp(slope x)", powers={"slope": -1}
    ),
    "power_law": Pdf("PowerLaw", ("power",), summary="x^power, for x > 0"),
    "cms_shape": Pdf(
        "CMSShape",
        ("alpha", "beta", "gamma"),
        summary="erfc(beta (alpha - x)) exp(-gamma x)",
        powers={"alpha": 1, "beta": -1, "gamma": -1},
    ),
    "gamma": Pdf(
        "Gamma",
        ("shape", "rate", "shift"),
        summary="d^(shape - 1) exp(-rate d) with d = x - shift",
        powers={"rate": -1, "shift": 1},
    ),
    "beta": Pdf(
        "Beta",
        ("alpha", "beta"),
        summary="u^(alpha - 1) (1 - u)^(beta - 1) on the range mapped to [0, 1]",
    ),
    "log_normal": Pdf(
        "LogNormal",
        ("median", "sigma"),
        summary="1/x times a Gaussian in log x of standard deviation sigma",
        powers={"median": 1},
    ),
    "exponential_decay": Pdf(
        "ExponentialDecay",
        ("tau", "bias", "sigma"),
        summary="exp(-t/tau) from zero on, smeared by a Gaussian",
        powers={"tau": 1, "bias": 1, "sigma": 1},
    ),
    "oscillating_decay": Pdf(
        "OscillatingDecay",
        ("tau", "delta_m", "cos", "sin", "bias", "sigma"),
        summary="exp(-t/tau) (1 + cos C(delta_m t) + sin S(delta_m t)), smeared",
        powers=_TIMES,
    ),
    "decay": Pdf(
        "Decay",
        ("tau", "delta_gamma", "cosh", "sinh", "delta_m", "cos", "sin")
        + ("bias", "sigma"),
        summary="decay time of a neutral meson, as RooBDecay",
        powers=_TIMES | {"delta_gamma": -1},
        groups={
            "hyperbolic": ("delta_gamma", "cosh", "sinh"),
            "oscillation": ("delta_m", "cos", "sin"),
            "resolution": ("bias", "sigma"),
        },
        optional=(
            ("delta_gamma", "cosh", "sinh"),
            ("delta_m", "cos", "sin"),
            ("bias", "sigma"),
        ),
    ),
    "poisson": Pdf("Poisson", ("mu",), summary="counts, range from -0.5 to n + 0.5"),
    "k_star_mu_mu": Pdf(
        "KStarMuMu",
        ("f_l", "a_fb", "s3", "s4", "s5", "s7", "s8", "s9"),
        summary="angles of B -> K* mu mu; on: [cos_theta_l, cos_theta_k, phi]",
        groups={"s": ("s3", "s4", "s5", "s7", "s8", "s9")},
        observables=3,
    ),
    "chebyshev": Pdf(
        "Chebyshev",
        series="c",
        first=1,
        summary="1 + c1 T1 + c2 T2 + ... on the range mapped to [-1, 1]",
    ),
    "legendre": Pdf(
        "Legendre",
        series="c",
        first=1,
        summary="1 + c1 P1 + c2 P2 + ... on the range mapped to [-1, 1]",
    ),
    "bernstein": Pdf(
        "Bernstein", series="c", first=0, summary="c0 B0 + c1 B1 + ... on the range"
    ),
    "uniform": Pdf("Uniform", summary="constant"),
    "argus": Pdf(
        "Argus",
        ("endpoint", "slope"),
        summary="x sqrt(1 - (x/endpoint)^2) exp(slope (1 - (x/endpoint)^2))",
        powers={"endpoint": 1},
    ),
}
