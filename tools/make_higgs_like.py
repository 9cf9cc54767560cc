"""Simulate data like HIGGS: a charged Higgs boson against top-quark pairs, 28 columns.

    python tools/make_higgs_like.py EVENTS FILE.npz [--seed N]

The task is that of Baldi, Sadowski and Whiteson 2014 (arXiv:1402.4735), the events are
our own: NumPy only, 8 TeV, partons, from a toy of the proton. What the detector does
is chosen such that boosted trees do about as well as on theirs.
    signal      g g -> H0 (425 GeV) -> W H+ (325) -> W W h0 (125) -> W W b b
    background  g g -> t tbar -> W W b b, at leading order (Ellis, Stirling and Webber
                1996, QCD and Collider Physics, chapter 10)
with gluons x g(x) ~ x^-0.5 (1 - x)^7. One W decays to l nu and the other to quarks, to
a charm in half of the cases. The W of the signal are longitudinal, those of a top to
0.7, and to 0.3 of negative helicity. Two gluons, each with a pt of density
pt / (pt^2 + 25^2)^1.75 below 400 GeV, recoil against all that.

Response    jet: pt times (1 + Gaussian of width 4 / pt (+) 1 / sqrt(pt) (+) 0.05) times
            (1 - loss), the loss exponential of mean 0.12; lepton: Gaussian of width
            0.02 pt; directions exact; missing pt: that of the neutrino, less what the
            lepton and the six partons are wrong by, and 12 GeV more on each component.
            pt in GeV, (+): in quadrature
b tag       probability 0.60 for b, 0.20 for c, 0.02 for other jets
Selection   lepton pt > 20, |eta| < 2.5; four jets of pt > 20, |eta| < 2.5; a b tag on
            one of the first four; no two of these five within 0.4 in (eta, phi)
Columns     those of HIGGS in its order, but in GeV and radian, and b tags 0 or 1. bb:
            the two jets of the largest pt, those with b tag before those without; jj:
            the other two; jjj: jj and the b that gives the mass nearer to that of the
            top, jlv: l nu and the other b; wbb: bb and the W, jj or l nu, that gives
            the mass nearer to 325 GeV. The neutrino has along the beam what makes m_lv
            the mass of the W: the smaller of two, the real part where they are complex.
"""

import argparse
import time
from pathlib import Path

import numpy as np
from numpy.random import Generator

Array = np.ndarray
BLOCK = 100_000
BEAM = 8000.0  # GeV
W, TOP, HEAVY, CHARGED, LIGHT = 80.37, 172.6, 425.0, 325.0, 125.0  # GeV
W_WIDTH, BOTTOM = 2.09, 4.7  # GeV; tops and Higgs bosons are narrow
BEAM_AXIS = np.array([[0.0], [0.0], [1.0]])
SIGNAL_FRACTION = 0.53  # that of HIGGS
COLUMNS = (
    *("lepton_pt", "lepton_eta", "lepton_phi", "met", "met_phi"),
    *(f"jet{i}_{name}" for i in (1, 2, 3, 4) for name in ("pt", "eta", "phi", "btag")),
    *("m_jj", "m_jjj", "m_lv", "m_jlv", "m_bb", "m_wbb", "m_wwbb"),
)


def four(mass: Array | float, space: Array) -> Array:
    """Return E, px, py, pz, one row a component, of masses and three-momenta."""
    return np.stack([np.sqrt(mass**2 + np.sum(space**2, axis=0)), *space])


def mass(p: Array) -> Array:
    """Return the invariant mass; zero where rounding makes its square negative."""
    return np.sqrt(np.maximum(p[0] ** 2 - np.sum(p[1:] ** 2, axis=0), 0))


def pt_eta_phi(p: Array) -> tuple[Array, Array, Array]:
    """Return transverse momentum, pseudorapidity and azimuth."""
    pt = np.hypot(p[1], p[2])
    return pt, np.arcsinh(p[3] / pt), np.arctan2(p[2], p[1])


def boost(p: Array, parent: Array) -> Array:
    """Return, in the laboratory, p of the rest frame of a parent."""
    beta, gamma = parent[1:] / parent[0], parent[0] / mass(parent)
    along = np.sum(beta * p[1:], axis=0)
    space = p[1:] + (gamma**2 / (1 + gamma) * along + gamma * p[0]) * beta
    return np.concatenate([(gamma * (p[0] + along))[None], space])


def directions(cosine: Array, axis: Array, rng: Generator) -> Array:
    """Return unit vectors of a given cosine to an axis, at random about it."""
    z = axis / np.linalg.norm(axis, axis=0)
    # What z is crossed with is never parallel to it.
    helper = np.where(np.abs(z[2]) < 0.9, [[0.0], [0.0], [1.0]], [[1.0], [0.0], [0.0]])
    x = np.cross(helper, z, axis=0)
    x /= np.linalg.norm(x, axis=0)
    y = np.cross(z, x, axis=0)
    phi, sine = rng.uniform(0, 2 * np.pi, len(cosine)), np.sqrt(1 - cosine**2)
    return sine * np.cos(phi) * x + sine * np.sin(phi) * y + cosine * z


def two_body(
    parent: Array, masses: tuple[Array | float, Array | float], direction: Array
) -> tuple[Array, Array]:
    """Return the two products of a decay; `direction`: of the first, at rest."""
    m, (m1, m2) = mass(parent), masses
    k = np.sqrt((m**2 - (m1 + m2) ** 2) * (m**2 - (m1 - m2) ** 2)) / (2 * m)
    return boost(four(m1, k * direction), parent), boost(
        four(m2, -k * direction), parent
    )


def isotropic(n: int, rng: Generator) -> Array:
    """Return unit vectors, (3, n)."""
    return directions(rng.uniform(-1, 1, n), BEAM_AXIS, rng)


def w_mass(n: int, rng: Generator) -> Array:
    """Return Breit-Wigner masses within 7 widths, so that every decay is possible."""
    return W + W_WIDTH / 2 * np.tan(rng.uniform(-1, 1, n) * np.arctan(14))


def w_decay(
    boson: Array, mother: Array, longitudinal: float, rng: Generator
) -> tuple[Array, Array]:
    """Return the two fermions of a W of helicity 0 or -1.

    At rest, the first has with the direction that the mother recedes from a cosine of
    density 3/4 (1 - c^2) for the longitudinal part, and 3/8 (1 - c)^2 for the others.
    """
    n = boson.shape[1]
    u = rng.random((3, n))
    # The median of three is Beta(2, 2), the least of three is Beta(1, 3).
    cosine = np.where(rng.random(n) < longitudinal, np.median(u, axis=0), u.min(axis=0))
    at_rest = boost(mother, four(mass(boson), -boson[1:]))
    direction = directions(2 * cosine - 1, -at_rest[1:], rng)
    return two_body(boson, (0.0, 0.0), direction)


def cells(density: Array, n: int, rng: Generator) -> tuple[Array, ...]:
    """Return n points in [0, 1]^dim of a density given on a grid of cells."""
    total = np.cumsum(density)
    cell = np.searchsorted(total, rng.random(n) * total[-1])
    place = np.unravel_index(np.minimum(cell, total.size - 1), density.shape)
    return tuple(
        (i + rng.random(n)) / size for i, size in zip(place, density.shape, strict=True)
    )


def luminosity(tau: Array, y: Array) -> Array:
    """Return g(x1) g(x2) x1 x2, up to a constant, at x1, x2 = sqrt(tau) exp(+-y)."""
    x1, x2 = np.sqrt(tau) * np.exp(y), np.sqrt(tau) * np.exp(-y)
    inside = (x1 < 1) & (x2 < 1)
    return np.where(inside, tau**-0.5 * (np.abs(1 - x1) * np.abs(1 - x2)) ** 7, 0)


def moving(m: Array, y: Array, rng: Generator) -> tuple[Array, tuple[Array, Array]]:
    """Return a system of mass m and rapidity y, and the two gluons it recoils from."""
    n = len(m)
    # The density of the docstring, by its inverse: 1 - (1 + pt^2 / 25^2)^-0.75.
    most = 1 - (1 + (400 / 25) ** 2) ** -0.75
    pt = 25 * np.sqrt((1 - most * rng.random((2, n))) ** (-1 / 0.75) - 1)
    phi = rng.uniform(-np.pi, np.pi, (2, n))
    rapidity = y + rng.normal(0, 1.5, (2, n))
    gluons = four(0.0, pt * np.array([np.cos(phi), np.sin(phi), np.sinh(rapidity)]))
    px, py = -gluons[1].sum(axis=0), -gluons[2].sum(axis=0)
    pz = np.sqrt(m**2 + px**2 + py**2) * np.sinh(y)
    return four(m, np.stack([px, py, pz])), (gluons[:, 0], gluons[:, 1])


def charged_higgs(n: int, rng: Generator) -> tuple[Array, ...]:
    """Return l, nu, q, q', b, b and two gluons of signal events, each (4, n)."""
    half = np.log(BEAM / HEAVY)
    grid = (np.arange(200) + 0.5) / 100 - 1
    (y,) = cells(luminosity(np.array((HEAVY / BEAM) ** 2), half * grid), n, rng)
    heavy, gluons = moving(np.full(n, HEAVY), half * (2 * y - 1), rng)
    w1, charged = two_body(heavy, (w_mass(n, rng), CHARGED), isotropic(n, rng))
    w2, light = two_body(charged, (w_mass(n, rng), LIGHT), isotropic(n, rng))
    bottoms = two_body(light, (BOTTOM, BOTTOM), isotropic(n, rng))
    pairs = w_decay(w1, heavy, 1.0, rng), w_decay(w2, charged, 1.0, rng)
    return *shared(pairs, rng), *bottoms, *gluons


def shared(pairs: tuple[tuple[Array, Array], ...], rng: Generator) -> tuple[Array, ...]:
    """Return the fermions of two W, those of the one that becomes l nu first."""
    (a, b), (c, d) = pairs
    swap = rng.random(a.shape[1]) < 0.5
    leptons = np.where(swap, c, a), np.where(swap, d, b)
    return *leptons, np.where(swap, a, c), np.where(swap, b, d)


def top_density() -> tuple[Array, Array]:
    """Return the ends of log m, and the density over log m, y / ymax and cosine."""
    log_m = np.log([2 * TOP + 0.1, 3000.0])
    m = np.exp(log_m[0] + np.ptp(log_m) * (np.arange(150) + 0.5) / 150)[:, None, None]
    cosine = (np.arange(60) + 0.5) / 30 - 1
    half = np.log(BEAM / m)
    rho = (2 * TOP / m) ** 2
    beta = np.sqrt(1 - rho)
    t, u = (1 - beta * cosine) / 2, (1 + beta * cosine) / 2
    matrix = (1 / (6 * t * u) - 3 / 8) * (t**2 + u**2 + rho - rho**2 / (4 * t * u))
    # sigma = g g dx1 dx2 |M|^2 beta / s dcos, with dx1 dx2 / (x1 x2) = 2 dlog m dy.
    flux = luminosity((m / BEAM) ** 2, half * cosine[:, None]) * half
    return log_m, flux * matrix * beta / m**2


def top_pairs(n: int, rng: Generator) -> tuple[Array, ...]:
    """Return l, nu, q, q', b, b and two gluons of background events, each (4, n)."""
    log_m, density = top_density()
    a, b, c = cells(density, n, rng)
    m = np.exp(log_m[0] + np.ptp(log_m) * a)
    pair, gluons = moving(m, np.log(BEAM / m) * (2 * b - 1), rng)
    tops = two_body(pair, (TOP, TOP), directions(2 * c - 1, BEAM_AXIS, rng))
    pairs, bottoms = [], []
    for top in tops:
        boson, bottom = two_body(top, (w_mass(n, rng), BOTTOM), isotropic(n, rng))
        pairs.append(w_decay(boson, top, 0.7, rng))
        bottoms.append(bottom)
    return *shared(tuple(pairs), rng), *bottoms, *gluons


def measured_jets(partons: Array, rng: Generator) -> Array:
    """Return jets, massless as measured, of partons (4, jets, n)."""
    pt = np.hypot(partons[1], partons[2])
    width = np.hypot(np.hypot(4 / pt, 1 / np.sqrt(pt)), 0.05)
    response = 1 + width * rng.standard_normal(pt.shape)
    response *= 1 - np.minimum(rng.exponential(0.12, pt.shape), 0.9)
    # The bound: no momentum turns round.
    space = partons[1:] * np.maximum(response, 0.05)
    return four(0.0, space)


def apart(eta: Array, phi: Array) -> Array:
    """Return whether no two rows of (rows, n) are nearer than 0.4 in (eta, phi)."""
    first, second = np.triu_indices(len(eta), 1)
    turn = (phi[first] - phi[second] + np.pi) % (2 * np.pi) - np.pi
    return np.all(np.hypot(eta[first] - eta[second], turn) > 0.4, axis=0)


def neutrino(lepton: Array, missing: Array) -> Array:
    """Return the neutrino of missing px, py that makes l nu a W, as far as it can.

    m_W^2 = 2 (E E_nu - p p_nu), with a = m_W^2 / 2 + p_t p_t,nu:
    pz = (a p_z +- E sqrt(a^2 - p_t^2 p_t,nu^2)) / p_t^2
    """
    energy, px, py, pz = lepton
    square = px**2 + py**2
    a = W**2 / 2 + px * missing[0] + py * missing[1]
    root = energy * np.sqrt(np.maximum(a**2 - square * np.sum(missing**2, axis=0), 0))
    both = (a * pz - root) / square, (a * pz + root) / square
    along = np.where(np.abs(both[0]) < np.abs(both[1]), *both)
    return four(0.0, np.stack([*missing, along]))


def nearer(one: Array, other: Array, target: float) -> Array:
    """Return whether `one` is nearer than `other` to a mass."""
    return np.abs(one - target) < np.abs(other - target)


def combined(lepton: Array, missing: Array, jets: Array, b_tag: Array) -> list[Array]:
    """Return the seven masses of combinations, of four jets (4, 4, n)."""
    # Jets with b tag first, else by pt; of more than two, the third is no b.
    order = np.argsort(~b_tag, axis=0, kind="stable")
    b1, b2, j1, j2 = np.moveaxis(np.take_along_axis(jets, order[None], axis=1), 1, 0)
    leptonic, hadronic = lepton + neutrino(lepton, missing), j1 + j2
    top = nearer(mass(hadronic + b1), mass(hadronic + b2), TOP)
    of_top, other = np.where(top, b1, b2), np.where(top, b2, b1)
    bb = b1 + b2
    charged = mass(bb + hadronic), mass(bb + leptonic)
    return [
        mass(hadronic),
        mass(hadronic + of_top),
        mass(leptonic),
        mass(leptonic + other),
        mass(bb),
        np.where(nearer(*charged, CHARGED), *charged),
        mass(bb + hadronic + leptonic),
    ]


def features(truth: tuple[Array, ...], rng: Generator) -> Array:
    """Return (28, selected) of what is measured of l, nu, q, q', b, b and gluons."""
    lepton, nu, *partons = truth
    n = lepton.shape[1]
    lepton = lepton * (1 + 0.02 * rng.standard_normal(n))
    partons = np.stack(partons, axis=1)
    jets = measured_jets(partons, rng)
    wrong = lepton + jets.sum(axis=1) - truth[0] - partons.sum(axis=1)
    missing = (nu - wrong)[1:3] + rng.normal(0, 12, (2, n))
    charm = rng.random(n) < 0.5
    light, bottom = np.full(n, 0.02), np.full(n, 0.60)
    chance = [np.where(charm, 0.20, light), light, bottom, bottom, light, light]
    b_tag = rng.random(jets.shape[1:]) < np.stack(chance)
    pt, eta, _ = pt_eta_phi(jets)
    order = np.argsort(np.where(np.abs(eta) < 2.5, -pt, 0), axis=0)[:4]
    jets = np.take_along_axis(jets, order[None], axis=1)
    b_tag = np.take_along_axis(b_tag, order, axis=0)
    pt, eta, phi = pt_eta_phi(jets)
    of_lepton = pt_eta_phi(lepton)
    keep = (of_lepton[0] > 20) & (np.abs(of_lepton[1]) < 2.5)
    keep &= np.all((pt > 20) & (np.abs(eta) < 2.5), axis=0) & (np.any(b_tag, axis=0))
    keep &= apart(np.vstack([eta, of_lepton[1]]), np.vstack([phi, of_lepton[2]]))
    low = [*of_lepton, np.hypot(*missing), np.arctan2(missing[1], missing[0])]
    for column in zip(pt, eta, phi, b_tag, strict=True):
        low.extend(column)
    chosen = jets[:, :, keep], b_tag[:, keep]
    high = combined(lepton[:, keep], missing[:, keep], *chosen)
    return np.stack([*(column[keep] for column in low), *high]).astype(np.float32)


def simulate(n: int, seed: int) -> tuple[Array, Array]:
    """Return features (n, 28), float32, and labels (n), int32: 1 for signal.

    The first events of a longer sample of the same seed are not those of a shorter one.
    """
    rng = np.random.default_rng(seed)
    labels = (rng.random(n) < SIGNAL_FRACTION).astype(np.int32)
    table = np.empty((n, len(COLUMNS)), np.float32)
    for label, process in ((0, top_pairs), (1, charged_higgs)):
        wanted = np.flatnonzero(labels == label)
        done = 0
        while done < len(wanted):
            found = features(process(BLOCK, rng), rng).T[: len(wanted) - done]
            table[wanted[done : done + len(found)]] = found
            done += len(found)
    return table, labels


def main() -> None:
    """Write a file of named columns and `label`."""
    parser = argparse.ArgumentParser(description="Simulate data like HIGGS.")
    parser.add_argument("events", type=int)
    parser.add_argument("file", type=Path)
    parser.add_argument("--seed", type=int, default=1)
    given = parser.parse_args()
    start = time.perf_counter()
    table, label = simulate(given.events, given.seed)
    columns = {name: table[:, i] for i, name in enumerate(COLUMNS)}
    np.savez(given.file, label=label, **columns)
    seconds = time.perf_counter() - start
    print(
        f"{given.file}: {len(label)} events, {label.sum()} of signal, {seconds:.0f} s"
    )


if __name__ == "__main__":
    main()
