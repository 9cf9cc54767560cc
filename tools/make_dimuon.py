"""Simulate the dimuon events bundled with the studies `dimuon-jpsi` and `dimuon-z`.

    python tools/make_dimuon.py [--out DIR]     # or: make sample

These are SIMULATED events, not collision data. Proton-proton collisions at 8 TeV
are generated with Pythia 8.317 (arXiv:2203.11601), without multiparton interactions,
then passed through the response below, which stands in for a silicon tracker in a
solenoid. How many events each source gives is chosen, not predicted; the backgrounds
of the Z are larger than in nature, so that they can be seen.

`dimuon-jpsi.root`, reconstructed mass in [2.6, 3.5] GeV, dimuon pt > 8 GeV:
    signal: direct J/psi (colour singlet and octet). The decay to two muons, isotropic,
        and its QED radiation are made by VINCIA (arXiv:2002.04939): the radiated
        photons are lost, which gives the peak its tail on the left.
    background: low-mass Drell-Yan with one hard parton; and pairs of muons from two
        DIFFERENT b-quark or c-quark events, which stand for the combinatorial
        background. A muon may be in several such pairs, of either charge.
`dimuon-z.root`, reconstructed mass in [60, 120] GeV, muon pt > 20 GeV:
    signal: Z/gamma* -> mu mu with Pythia's own final-state radiation.
    background: top-quark pairs, both W decaying to a muon; and pairs of muons from
        two different b-quark events, of either charge.

Response to one muon of transverse momentum pt (GeV) and pseudorapidity eta:
    acceptance   |eta| < 2.4 and pt above a threshold
    efficiency   0.96 / (1 + exp(-(pt - threshold) / (0.1 threshold)))
    momentum     1/pt is smeared by a Gaussian, pt sigma(1/pt) = a (+) b pt with
                 a = A0 (1 + A2 eta^2) and b = B / GeV ((+): in quadrature)
    angles       eta and phi are smeared by Gaussians of width ANGLE
Columns: README.md beside the data. Same seeds and versions, same arrays; the bytes of
the files differ, because a ROOT file holds the time of its writing.
"""

import argparse
import hashlib
import time
from collections.abc import Iterator
from pathlib import Path

import awkward as ak
import numpy as np
import pythia8mc as pythia8
import uproot

BUNDLED = Path(__file__).parents[1] / "src" / "likely" / "studies" / "bundled"
BATCH = 2000
MUON_MASS = 0.1056584  # GeV
A0, A2, B, ANGLE = 0.011, 0.02, 1.5e-4, 3e-4
NAMES = ("pt", "eta", "phi", "charge")
CHARMONIUM = (
    "gg2ccbar(3S1)[3S1(1)]g",
    *(
        f"{a}2ccbar(3S1)[{octet}]{b}"
        for octet in ("3S1(8)", "1S0(8)", "3PJ(8)")
        for a, b in (("gg", "g"), ("qg", "q"), ("qqbar", "g"))
    ),
)

Muons = dict[str, np.ndarray]  # pt, eta, phi, charge; one row a muon
Pairs = tuple[Muons, Muons]  # the same row of both is one pair
Cuts = tuple[float, float, float, float]  # pt of each, pt of both, mass from, mass to
Source = tuple[int, bool, Iterator[Pairs]]  # events wanted, whether signal, pairs


def pythia(seed: int, *settings: str) -> pythia8.Pythia:
    """Return a generator of pp collisions at 8 TeV, quiet and without MPI."""
    generator = pythia8.Pythia("", printBanner=False)
    common = ("Print:quiet = on", "Random:setSeed = on", f"Random:seed = {seed}")
    beams = ("Beams:eCM = 8000", "PartonLevel:MPI = off")
    for line in (*common, *beams, *settings):
        if not generator.readString(line):
            raise ValueError(f"Pythia does not know the setting `{line}`.")
    if not generator.init():
        raise RuntimeError(f"Pythia did not start with {settings}.")
    return generator


def particles(generator: pythia8.Pythia, pdg: int) -> Iterator[ak.Array]:
    """Yield batches of the final particles `pdg` and `-pdg` of each event, for ever."""
    while True:
        particle = generator.nextBatch(BATCH).prt
        yield particle[(abs(particle.id) == pdg) & (particle.status > 0)]


def muons(particle: ak.Array) -> Muons:
    """Return the kinematics of a flat list of muons as generated."""
    p = particle.p
    pt = np.hypot(p.px, p.py)
    columns = (pt, np.arcsinh(p.pz / pt), np.arctan2(p.py, p.px), -np.sign(particle.id))
    return {name: np.asarray(c) for name, c in zip(NAMES, columns, strict=True)}


def take(muon: Muons, rows: np.ndarray) -> Muons:
    """Return some rows."""
    return {name: column[rows] for name, column in muon.items()}


def detect(
    muon: Muons, rng: np.random.Generator, *, threshold: float
) -> tuple[Muons, np.ndarray]:
    """Return the muons as measured, and which of them are."""
    pt, eta, n = muon["pt"], muon["eta"], len(muon["pt"])
    resolution = np.hypot(A0 * (1 + A2 * eta**2), B * pt)
    measured = {
        "pt": pt / (1 + resolution * rng.standard_normal(n)),
        "eta": eta + ANGLE * rng.standard_normal(n),
        "phi": np.angle(np.exp(1j * (muon["phi"] + ANGLE * rng.standard_normal(n)))),
        "charge": muon["charge"],
    }
    efficiency = 0.96 / (1 + np.exp(-(pt - threshold) / (0.1 * threshold)))
    inside = (np.abs(measured["eta"]) < 2.4) & (measured["pt"] > threshold)
    return measured, inside & (rng.random(n) < efficiency)


def momentum(muon: Muons) -> np.ndarray:
    """Return px, py, pz, E in GeV, one row a component."""
    pt, eta, phi = muon["pt"], muon["eta"], muon["phi"]
    energy = np.sqrt((pt * np.cosh(eta)) ** 2 + MUON_MASS**2)
    return np.array([pt * np.cos(phi), pt * np.sin(phi), pt * np.sinh(eta), energy])


def mass_and_pt(pairs: Pairs) -> tuple[np.ndarray, np.ndarray]:
    """Return the invariant mass and the transverse momentum of the pairs, in GeV."""
    px, py, pz, energy = momentum(pairs[0]) + momentum(pairs[1])
    square = energy**2 - px**2 - py**2 - pz**2
    return np.sqrt(np.maximum(square, 0)), np.hypot(px, py)


def reconstruct(
    pairs: Pairs, rng: np.random.Generator, cuts: Cuts, *, is_signal: bool
) -> np.ndarray:
    """Return the table of the pairs that are measured and inside the cuts."""
    threshold, pt_min, low, high = cuts
    (first, seen_1), (second, seen_2) = (
        detect(muon, rng, threshold=threshold) for muon in pairs
    )
    mass, pt = mass_and_pt((first, second))
    keep = seen_1 & seen_2 & (pt > pt_min) & (mass > low) & (mass < high)
    swap = (first["pt"] < second["pt"])[keep]
    columns = {}
    for number, one, other in ((1, first, second), (2, second, first)):
        for name in NAMES:
            kind = np.int32 if name == "charge" else np.float32
            column = np.where(swap, other[name][keep], one[name][keep])
            columns[f"Muon{number}_{name}"] = column.astype(kind)
    columns["mass"] = mass[keep].astype(np.float32)
    columns["is_signal"] = np.full(len(swap), is_signal, np.int32)
    return np.rec.fromarrays(list(columns.values()), names=list(columns))


def resonance(generator: pythia8.Pythia) -> Iterator[Pairs]:
    """Yield the muon pairs of events that have exactly two."""
    for muon in particles(generator, 13):
        two = muon[ak.num(muon) == 2]
        yield muons(two[:, 0]), muons(two[:, 1])


def jpsi(seed: int, *, decays: int = 4) -> Iterator[Pairs]:
    """Yield the muons of J/psi produced by one generator and decayed by another.

    Two generators, because the default shower does not radiate in hadron decays, and
    VINCIA, which does, does not get through colour-octet charmonium. Each J/psi
    inside the acceptance is decayed `decays` times, because few are inside.
    """
    produce = pythia(
        seed,
        *(f"Charmonium:{process} = {{on, off}}" for process in CHARMONIUM),
        *("PhaseSpace:pTHatMin = 9", "443:mayDecay = off"),
        "HadronLevel:Hadronize = off",
    )
    decay = pythia(
        seed + 1,
        *("ProcessLevel:all = off", "PartonShowers:model = 2", "HadronLevel:QED = on"),
        *("443:onMode = off", "443:onIfMatch = 13 -13"),
    )
    for produced in particles(produce, 443):
        mother = ak.flatten(produced)
        pt = np.hypot(mother.p.px, mother.p.py)
        inside = (pt > 7.5) & (abs(np.arcsinh(mother.p.pz / pt)) < 2.6)
        rows = [mother.p[name] for name in ("px", "py", "pz", "e")] + [mother.m]
        yield decayed(decay, np.repeat(np.array(rows)[:, inside], decays, axis=1))


def decayed(decay: pythia8.Pythia, mothers: np.ndarray) -> Pairs:
    """Return the muons of each J/psi, after QED radiation."""
    rows: tuple[list, list] = ([], [])
    for px, py, pz, energy, mass in mothers.T:
        decay.event.reset()
        decay.event.append(443, 81, 0, 0, pythia8.Vec4(px, py, pz, energy), mass)
        if not decay.next():
            continue
        final = [q for q in decay.event if q.isFinal() and abs(q.id()) == 13]
        if len(final) == 2:
            for muon, row in zip(final, rows, strict=True):
                row.append((muon.pT(), muon.eta(), muon.phi(), -np.sign(muon.id())))
    first, second = (dict(zip(NAMES, np.array(row).T, strict=True)) for row in rows)
    return first, second


def mixed(
    generators: list[pythia8.Pythia],
    rng: np.random.Generator,
    *,
    pool: int,
    pt_min: float,
) -> Iterator[Pairs]:
    """Yield pairs of muons of different events, each turned about the beam at random.

    The muons come from a pool of `pool` events of the generators in turn, one muon an
    event; the turn, a symmetry of the collision, makes each use of a muon a new one.
    """
    batches = zip(*(particles(generator, 13) for generator in generators), strict=True)
    found: list[ak.Array] = []
    while sum(map(len, found)) < pool:
        for muon in next(batches):
            hard = muon[np.hypot(muon.p.px, muon.p.py) > pt_min]
            found.append(hard[ak.num(hard) > 0][:, 0])
    stock = muons(ak.concatenate(found))
    n = len(stock["pt"])
    while True:
        order = rng.permutation(n)
        turned = [stock | {"phi": rng.uniform(-np.pi, np.pi, n)} for _ in range(2)]
        yield take(turned[0], order), take(turned[1], np.roll(order, 1))


def drell_yan(low: float, high: float) -> tuple[str, ...]:
    """Return the settings of Z/gamma* -> mu mu between two masses."""
    limits = (f"23:mMin = {low}", f"23:mMax = {high}", f"PhaseSpace:mHatMin = {low}")
    return (*limits, "23:onMode = off", "23:onIfAny = 13", "HadronLevel:all = off")


def jpsi_sources(rng: np.random.Generator) -> list[Source]:
    """Return what goes into `dimuon-jpsi.root`."""
    hard = ("PhaseSpace:pTHatMin = 8",)
    low_mass = pythia(
        13,
        *("WeakBosonAndParton:qqbar2gmZg = on", "WeakBosonAndParton:qg2gmZq = on"),
        *(*hard, *drell_yan(2.4, 3.8)),
    )
    beauty = pythia(14, "HardQCD:hardbbbar = on", *hard)
    charm = pythia(15, "HardQCD:hardccbar = on", *hard)
    return [
        (34_000, True, jpsi(11)),
        (4_000, False, resonance(low_mass)),
        (22_000, False, mixed([beauty, charm], rng, pool=3000, pt_min=2.8)),
    ]


def z_sources(rng: np.random.Generator) -> list[Source]:
    """Return what goes into `dimuon-z.root`."""
    z = pythia(21, "WeakSingleBoson:ffbar2gmZ = on", *drell_yan(40, 200))
    top = pythia(
        22,
        *("Top:gg2ttbar = on", "Top:qqbar2ttbar = on", "HadronLevel:all = off"),
        *("24:onMode = off", "24:onIfAny = 13"),
    )
    beauty = pythia(23, "HardQCD:hardbbbar = on", "PhaseSpace:pTHatMin = 50")
    return [
        (36_800, True, resonance(z)),
        (1_200, False, resonance(top)),
        (2_000, False, mixed([beauty], rng, pool=1000, pt_min=18)),
    ]


def simulate(sources: list[Source], rng: np.random.Generator, cuts: Cuts) -> np.ndarray:
    """Return the table of all sources, shuffled."""
    tables = []
    for number, is_signal, pairs in sources:
        start, kept = time.process_time(), []
        while sum(map(len, kept)) < number:
            kept.append(reconstruct(next(pairs), rng, cuts, is_signal=is_signal))
        tables.append(np.concatenate(kept)[:number])
        print(f"  {number} events in {time.process_time() - start:.0f} s", flush=True)
    return rng.permutation(np.concatenate(tables))


def write(path: Path, table: np.ndarray) -> None:
    """Write the TTree `Events`, and say what is in it."""
    columns = {name: np.ascontiguousarray(table[name]) for name in table.dtype.names}
    with uproot.recreate(path, compression=uproot.ZSTD(9)) as file:
        types = {name: column.dtype for name, column in columns.items()}
        file.mktree("Events", types, title="Simulated dimuon events")
        file["Events"].extend(columns)
    opposite = np.sum(table["Muon1_charge"] * table["Muon2_charge"] < 0)
    digest = hashlib.sha256(b"".join(c.tobytes() for c in columns.values())).hexdigest()
    print(f"{path}: {path.stat().st_size / 1e6:.2f} MB, {len(table)} pairs,")
    print(f"  {table['is_signal'].sum()} of signal, {opposite} of opposite charge")
    print(f"  sha256 of the columns, one after the other: {digest}")


def main() -> None:
    """Make both files."""
    parser = argparse.ArgumentParser(description="Simulate the bundled dimuon events.")
    parser.add_argument("--out", type=Path, default=BUNDLED)
    out = parser.parse_args().out
    for name, seed, sources, cuts in (
        ("jpsi", 1, jpsi_sources, (3.0, 8.0, 2.6, 3.5)),
        ("z", 2, z_sources, (20.0, 0.0, 60.0, 120.0)),
    ):
        rng = np.random.default_rng(seed)
        print(f"dimuon-{name}", flush=True)
        write(out / f"dimuon-{name}.root", simulate(sources(rng), rng, cuts))


if __name__ == "__main__":
    main()
