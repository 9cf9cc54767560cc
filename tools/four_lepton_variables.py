"""The 27 variables of an event with two Z bosons to four leptons, and two jets.

Momenta are arrays (events, 4) of px, py, pz, E in GeV; leptons are (events, six, 4),
by falling pt and of zero momentum where there are fewer than six.

The angles are those of Bolognesi et al. 2012 (arXiv:1208.4018), fig. 1, with the beam
axis of the laboratory for the collision axis. q_i: the momentum of Z_i, and n_i: the
unit normal of (l-, l+) of Z_i, both in the frame of the four leptons; z: the beam.
    cos theta*  = q_1 . z / |q_1|
    cos theta_i = -(Z_j . l-_i) / |Z_j| |l-_i|, in the frame of Z_i
    Phi         = sign(q_1 . (n_1 x n_2)) arccos(-n_1 . n_2)
    Phi_1       = sign(q_1 . (n_1 x n_s)) arccos(n_1 . n_s), n_s ~ z x q_1
"""

from itertools import combinations, permutations

import numpy as np

Array = np.ndarray
MASS_Z = 91.1880  # GeV, PDG 2024
LEPTONS = 6
PAIRS = np.array(list(combinations(range(LEPTONS), 2)))
# Both pairs of four different leptons, the pair nearer to the Z first.
COUPLES = np.array(
    [
        (a, b)
        for a, b in permutations(range(len(PAIRS)), 2)
        if not {*PAIRS[a]} & {*PAIRS[b]}
    ]
)
VARIABLES = (
    *("jet1_pt", "jet1_eta", "jet2_pt", "jet2_eta", "jets_mass", "jets_deta"),
    *("jets_dphi", "jets_ht", "n_jets", "n_btags"),
    *("m4l", "pt4l", "eta4l", "mz1", "mz2"),
    *("cos_theta_star", "cos_theta1", "cos_theta2", "phi", "phi1"),
    *("lep1_pt", "lep4_pt", "n_leptons"),
    *("met", "zeppenfeld", "pt4ljj", "m4ljj"),
)


def pt(p: Array) -> Array:
    """Return the transverse momentum."""
    return np.hypot(p[..., 0], p[..., 1])


def eta(p: Array) -> Array:
    """Return the pseudorapidity."""
    return np.arcsinh(p[..., 2] / pt(p))


def mass(p: Array) -> Array:
    """Return the invariant mass; zero where rounding makes its square negative."""
    square = p[..., 3] ** 2 - np.sum(p[..., :3] ** 2, axis=-1)
    return np.sqrt(np.maximum(square, 0))


def delta_phi(p: Array, q: Array) -> Array:
    """Return the angle between two momenta about the beam, in [0, pi]."""
    cosine = np.sum(p[..., :2] * q[..., :2], axis=-1) / (pt(p) * pt(q))
    return np.arccos(np.clip(cosine, -1, 1))


def boost(p: Array, frame: Array) -> Array:
    """Return p as seen in the rest frame of a momentum `frame`."""
    beta = frame[..., :3] / frame[..., 3:]
    gamma = frame[..., 3] / mass(frame)
    along = np.sum(beta * p[..., :3], axis=-1)
    shift = gamma**2 / (1 + gamma) * along - gamma * p[..., 3]
    space = p[..., :3] + shift[..., None] * beta
    return np.concatenate([space, (gamma * (p[..., 3] - along))[..., None]], axis=-1)


def choose(lepton: Array, charge: Array, flavour: Array) -> tuple[Array, Array]:
    """Return the rows of l- and l+ of Z1 and of Z2, and whether there is a candidate.

    A Z is a pair of one flavour and opposite charge. Z1, of mass in [40, 120] GeV, is
    the pair nearest to the mass of the Z; Z2, in [12, 120] GeV, is of the others the
    one of the largest scalar sum of pt.
    """
    first, second = PAIRS.T
    opposite = charge[:, first] * charge[:, second] < 0
    is_z = opposite & (flavour[:, first] == flavour[:, second])
    m = mass(lepton[:, first] + lepton[:, second])
    sum_pt = pt(lepton)[:, first] + pt(lepton)[:, second]
    z1, z2 = COUPLES.T
    far = np.abs(m - MASS_Z)
    good = is_z[:, z1] & is_z[:, z2] & (far[:, z1] <= far[:, z2])
    good &= (m[:, z1] > 40) & (m[:, z1] < 120) & (m[:, z2] > 12) & (m[:, z2] < 120)
    distance = np.where(good, far[:, z1], np.inf)
    nearest = distance == distance.min(axis=1, keepdims=True)
    best = np.argmax(np.where(nearest & good, sum_pt[:, z2], -1), axis=1)
    rows = PAIRS[COUPLES[best]].reshape(-1, 4)
    for negative, positive in ((0, 1), (2, 3)):
        swap = np.take_along_axis(charge, rows[:, [negative]], 1)[:, 0] > 0
        rows[swap, negative], rows[swap, positive] = (
            rows[swap, positive],
            rows[swap, negative],
        )
    return rows, good.any(axis=1)


def unit(v: Array) -> Array:
    """Return the direction of three-vectors."""
    return v / np.linalg.norm(v, axis=-1, keepdims=True)


def signed_angle(cosine: Array, sense: Array) -> Array:
    """Return the angle of a cosine, in (-pi, pi], of the sign of `sense`."""
    return np.where(sense < 0, -1, 1) * np.arccos(np.clip(cosine, -1, 1))


def decay_angles(four: Array) -> dict[str, Array]:
    """Return the five angles of l- and l+ of Z1 and of Z2, (events, 4, 4)."""
    z = np.array([0.0, 0.0, 1.0])
    at_rest = boost(four, four.sum(axis=1, keepdims=True))
    bosons = at_rest[:, 0] + at_rest[:, 1], at_rest[:, 2] + at_rest[:, 3]
    q = unit(bosons[0][:, :3])
    n1, n2 = (unit(np.cross(at_rest[:, i, :3], at_rest[:, i + 1, :3])) for i in (0, 2))
    ns = unit(np.cross(z, q))
    cosines = []
    for boson, other, lepton in ((0, 1, 0), (1, 0, 2)):
        recoil = boost(bosons[other], bosons[boson])[:, :3]
        negative = boost(at_rest[:, lepton], bosons[boson])[:, :3]
        cosines.append(-np.sum(unit(recoil) * unit(negative), axis=1))
    turn = np.sum(q * np.cross(n1, n2), axis=1), np.sum(q * np.cross(n1, ns), axis=1)
    return {
        "cos_theta_star": q[:, 2],
        "cos_theta1": cosines[0],
        "cos_theta2": cosines[1],
        "phi": signed_angle(-np.sum(n1 * n2, axis=1), turn[0]),
        "phi1": signed_angle(np.sum(n1 * ns, axis=1), turn[1]),
    }


def variables(four: Array, jets: Array) -> dict[str, Array]:
    """Return those of the variables that the four leptons and two jets make.

    Args:
        four: l- and l+ of Z1 and of Z2, (events, 4, 4), in GeV.
        jets: the two jets of the largest pt, (events, 2, 4), in GeV.
    """
    higgs, dijet = four.sum(axis=1), jets.sum(axis=1)
    jet_eta = eta(jets)
    lepton_pt = np.sort(pt(four), axis=1)
    return {
        "jet1_pt": pt(jets[:, 0]),
        "jet1_eta": jet_eta[:, 0],
        "jet2_pt": pt(jets[:, 1]),
        "jet2_eta": jet_eta[:, 1],
        "jets_mass": mass(dijet),
        "jets_deta": np.abs(jet_eta[:, 0] - jet_eta[:, 1]),
        "jets_dphi": delta_phi(jets[:, 0], jets[:, 1]),
        "m4l": mass(higgs),
        "pt4l": pt(higgs),
        "eta4l": eta(higgs),
        "mz1": mass(four[:, 0] + four[:, 1]),
        "mz2": mass(four[:, 2] + four[:, 3]),
        **decay_angles(four),
        "lep1_pt": lepton_pt[:, 3],
        "lep4_pt": lepton_pt[:, 0],
        "zeppenfeld": np.abs(eta(higgs) - jet_eta.mean(axis=1)),
        "pt4ljj": pt(higgs + dijet),
        "m4ljj": mass(higgs + dijet),
    }
