"""Simulate the Higgs bosons bundled with the study `higgs-categories`.

    python tools/make_higgs_categories.py [--out DIR]     # or: make sample

These are SIMULATED events, not collision data: H -> ZZ* -> 4 leptons (e, mu) with two
or more jets, in proton-proton collisions at 13 TeV, m_H = 125 GeV, with no background.
Pythia 8.317 (arXiv:2203.11601), leading order and parton shower, without multiparton
interactions and pile-up, makes four processes, in the order of the column `process`:
    0  ggH   g g -> H through the top loop; every jet is radiation of the shower
    1  VBF   f f -> H f f by fusion of two W or two Z, with dipole recoil in the shower
             (arXiv:1710.00391)
    2  WH    f f' -> W H, the W decays freely
    3  ttH   g g, q qbar -> t tbar H, the tops decay freely
As many events of each are written; `weight` makes of a sum over events the number
expected in 139 / fb, cross section times branching ratio times the part selected.

Response, Gaussian, to a momentum of transverse component pt and energy E, in GeV; it
scales the four-momentum, and directions are exact ((+): in quadrature)
    muon        sigma(pt) / pt = 0.01 (+) 1e-4 pt
    electron    sigma(E) / E = 0.12 / sqrt(E) (+) 0.01
    jet         sigma(pt) / pt = 4 / pt (+) 0.8 / sqrt(pt) (+) 0.04
    missing pt  that of the neutrinos, less what leptons and jets are wrong by; and 8
                GeV more on each of its two components
Leptons     electron pt > 7, muon pt > 5, |eta| < 2.5, photons within 0.1 added; within
            0.3 less than 0.35 pt of other visible particles; efficiency 0.90 for
            electrons, 0.97 for muons
Jets        anti-kt, R = 0.4 (fastjet, arXiv:1111.6097), of what is visible within
            |eta| < 5 and is no such lepton; pt > 30, |eta| < 4.7, at least 0.4 from
            every lepton
b tag       jets of |eta| < 2.5: probability 0.77 within 0.4 of a b hadron of pt > 5, or
            else 0.17 of a c hadron, or else 0.008
Selection   two jets; two Z of `four_lepton_variables.choose`; of the four leptons the
            first pt > 20 and the second > 10; 105 < m4l < 140
Columns: README.md beside the data. The columns in float32 are rounded to 13 significant
bits, 1 part in 16,000, for a smaller file. Same seeds and versions, same arrays; the
bytes differ, because a ROOT file holds the time of its writing.
"""

import argparse
import hashlib
import time
from collections.abc import Callable
from pathlib import Path

import awkward as ak
import fastjet
import numpy as np
import pythia8mc as pythia8
import uproot
from four_lepton_variables import LEPTONS, VARIABLES, choose, mass, pt, variables
from numpy.random import Generator

Columns = dict[str, np.ndarray]
BUNDLED = Path(__file__).parents[1] / "src" / "likely" / "studies" / "bundled"
BATCH = 2000
EVENTS = 6000  # of each process
LUMINOSITY = 139_000  # 1 / pb
# H -> 4 leptons (e, mu), and cross sections in pb, for 125 GeV and 13 TeV: LHC Higgs
# Cross Section Working Group 2016 (arXiv:1610.07922), appendices A and B.
BRANCHING = 1.240e-4
PROCESSES = {
    "ggH": (48.58, ("HiggsSM:gg2H = on",)),
    "VBF": (
        3.782,
        (
            *("HiggsSM:ff2Hff(t:ZZ) = on", "HiggsSM:ff2Hff(t:WW) = on"),
            "SpaceShower:dipoleRecoil = on",
        ),
    ),
    "WH": (1.373, ("HiggsSM:ffbar2HW = on",)),
    "ttH": (0.5071, ("HiggsSM:gg2Httbar = on", "HiggsSM:qqbar2Httbar = on")),
}
DECAY = (
    *("25:m0 = 125", "25:onMode = off", "25:onIfMatch = 23 23"),
    *("23:onMode = off", "23:onIfAny = 11 13"),
)


def pythia(seed: int, settings: tuple[str, ...]) -> pythia8.Pythia:
    """Return a generator of pp collisions at 13 TeV, quiet and without MPI."""
    generator = pythia8.Pythia("", printBanner=False)
    common = ("Print:quiet = on", "Random:setSeed = on", f"Random:seed = {seed}")
    # A neutral pion is one visible particle: its two photons would only cost time.
    beams = ("Beams:eCM = 13000", "PartonLevel:MPI = off", "111:mayDecay = off")
    for line in (*common, *beams, *DECAY, *settings):
        if not generator.readString(line):
            raise ValueError(f"Pythia does not know the setting `{line}`.")
    if not generator.init():
        raise RuntimeError(f"Pythia did not start with {settings}.")
    return generator


def particles(pdg: ak.Array, p: tuple[ak.Array, ...]) -> ak.Array:
    """Return particles, by event, of a PDG number and px, py, pz, E in GeV."""
    px, py, pz, energy = p
    transverse = np.hypot(px, py)
    # What goes straight down the beam has no pt at all.
    polar = {
        "eta": np.arcsinh(pz / np.maximum(transverse, 1e-9)),
        "phi": np.arctan2(py, px),
        "pt": transverse,
    }
    return ak.zip({"id": pdg, "px": px, "py": py, "pz": pz, "E": energy, **polar})


def momentum(particle: ak.Array) -> tuple[ak.Array, ...]:
    """Return px, py, pz, E in GeV."""
    return tuple(particle[name] for name in ("px", "py", "pz", "E"))


def generated(record: ak.Array) -> ak.Array:
    """Return particles of Pythia's event record."""
    p = record.p
    return particles(record.id, (p.px, p.py, p.pz, p.e))


def distance(one: ak.Array, other: ak.Array) -> ak.Array:
    """Return the distance in (eta, phi) of each of `one` to each of `other`."""
    a, b = ak.unzip(ak.cartesian([one, other], nested=True))
    turn = (a.phi - b.phi + np.pi) % (2 * np.pi) - np.pi
    return np.hypot(a.eta - b.eta, turn)


def like(column: ak.Array, numbers: Callable[[int], np.ndarray]) -> ak.Array:
    """Return random numbers in the lists of a column."""
    return ak.unflatten(numbers(ak.count(column)), ak.num(column))


def scaled(particle: ak.Array, resolution: ak.Array, rng: Generator) -> ak.Array:
    """Return particles as measured, by falling pt; dx, dy: what px, py are wrong by."""
    # The bound: no momentum turns round.
    factor = np.maximum(1 + resolution * like(resolution, rng.standard_normal), 0.1)
    found = particles(particle.id, tuple(factor * p for p in momentum(particle)))
    found["dx"], found["dy"] = found.px - particle.px, found.py - particle.py
    return found[ak.argsort(found.pt, ascending=False)]


def isolated(visible: ak.Array) -> tuple[ak.Array, ak.Array]:
    """Return the isolated leptons with their photons, and the rest of the event."""
    kind = abs(visible.id)
    is_lepton = ((kind == 11) | (kind == 13)) & (visible.pt > 3)
    lepton, rest = visible[is_lepton], visible[~is_lepton]
    apart = distance(lepton, rest)
    dressing = (apart < 0.1) & (rest.id == 22)[:, None]
    around = ak.sum(rest.pt[:, None] * ((apart < 0.3) & ~dressing), axis=-1)
    dressed = particles(
        lepton.id,
        tuple(
            own + ak.sum(p[:, None] * dressing, axis=-1)
            for own, p in zip(momentum(lepton), momentum(rest), strict=True)
        ),
    )
    good = around < 0.35 * dressed.pt
    used = ak.any(dressing & good[:, :, None], axis=1)
    return dressed[good], ak.concatenate([rest[~used], lepton[~good]], axis=1)


def measured_leptons(lepton: ak.Array, rng: Generator) -> ak.Array:
    """Return the leptons as measured, and only those that are."""
    muon = np.hypot(0.01, 1e-4 * lepton.pt)
    electron = np.hypot(0.12 / np.sqrt(lepton.E), 0.01)
    found = scaled(lepton, ak.where(abs(lepton.id) == 13, muon, electron), rng)
    is_muon = abs(found.id) == 13
    seen = like(found.pt, rng.random) < ak.where(is_muon, 0.97, 0.90)
    return found[seen & (found.pt > ak.where(is_muon, 5, 7)) & (abs(found.eta) < 2.5)]


def clustered(visible: ak.Array) -> ak.Array:
    """Return the anti-kt jets of pt > 15 GeV as generated."""
    inside = visible[abs(visible.eta) < 5]
    parts = ak.zip(dict(zip(("px", "py", "pz", "E"), momentum(inside), strict=True)))
    definition = fastjet.JetDefinition(fastjet.antikt_algorithm, 0.4)
    jet = fastjet.ClusterSequence(parts, definition).inclusive_jets(15)
    return particles(ak.zeros_like(jet.px), momentum(jet))


def measured_jets(visible: ak.Array, rng: Generator) -> ak.Array:
    """Return the jets as measured."""
    jet = clustered(visible)
    stochastic = np.hypot(4 / jet.pt, 0.8 / np.sqrt(jet.pt))
    return scaled(jet, np.hypot(stochastic, 0.04), rng)


def tagged(jet: ak.Array, event: ak.Array, rng: Generator) -> ak.Array:
    """Return which jets have a b tag, after the hadrons of the whole event record."""
    near = {}
    for quark in (5, 4):
        # PDG numbers of mesons: ..q. ., of baryons: .q...
        code = abs(event.id)
        digits = (code // 100 % 10 == quark) | (code // 1000 % 10 == quark)
        hadron = event[digits & (code < 100_000) & (event.pt > 5)]
        near[quark] = ak.any(distance(jet, hadron) < 0.4, axis=-1)
    chance = ak.where(near[5], 0.77, ak.where(near[4], 0.17, 0.008))
    return (like(jet.pt, rng.random) < chance) & (abs(jet.eta) < 2.5)


def padded(column: ak.Array, rows: int) -> np.ndarray:
    """Return (events, rows) of a column, with zeros where there are fewer."""
    return ak.to_numpy(ak.fill_none(ak.pad_none(column, rows, clip=True), 0))


def momenta(particle: ak.Array, rows: int) -> np.ndarray:
    """Return (events, rows, 4) of px, py, pz, E."""
    return np.stack([padded(p, rows) for p in momentum(particle)], axis=-1)


def four_leptons(lepton: ak.Array) -> tuple[np.ndarray, np.ndarray]:
    """Return l- and l+ of both Z, (events, 4, 4), and which events are selected."""
    code, p = padded(lepton.id, LEPTONS), momenta(lepton, LEPTONS)
    rows, found = choose(p, -np.sign(code), np.abs(code))
    four = np.take_along_axis(p, rows[:, :, None], axis=1)
    transverse = np.sort(pt(four), axis=1)
    m4l = mass(four.sum(axis=1))
    hard = (transverse[:, 3] > 20) & (transverse[:, 2] > 10)
    return four, found & hard & (m4l > 105) & (m4l < 140)


def reconstruct(record: ak.Array, rng: Generator) -> Columns:
    """Return the 27 variables of the events that are selected."""
    final = generated(record[record.status > 0])
    kind = abs(final.id)
    is_neutrino = (kind == 12) | (kind == 14) | (kind == 16)
    lepton, rest = isolated(final[~is_neutrino])
    lepton, jet = measured_leptons(lepton, rng), measured_jets(rest, rng)
    missing = [
        ak.sum(p[is_neutrino], axis=1)
        - ak.sum(lepton[d], axis=1)
        - ak.sum(jet[d], axis=1)
        for p, d in ((final.px, "dx"), (final.py, "dy"))
    ]
    noise = rng.normal(0, 8, (2, len(record)))
    met = np.hypot(*(ak.to_numpy(m) + n for m, n in zip(missing, noise, strict=True)))
    jet = jet[(jet.pt > 30) & (abs(jet.eta) < 4.7)]
    jet = jet[ak.all(distance(jet, lepton) > 0.4, axis=-1)]
    b_tag = tagged(jet, generated(record), rng)
    four, selected = four_leptons(lepton)
    keep = selected & ak.to_numpy(ak.num(jet) >= 2)
    counted = {
        "jets_ht": ak.sum(jet.pt, axis=1),
        "n_jets": ak.num(jet),
        "n_btags": ak.sum(b_tag, axis=1),
        "n_leptons": ak.num(lepton),
        "met": met,
    }
    columns = variables(four[keep], momenta(jet, 2)[keep])
    columns |= {name: ak.to_numpy(column)[keep] for name, column in counted.items()}
    return {name: rounded(columns[name]) for name in VARIABLES}


def rounded(column: np.ndarray) -> np.ndarray:
    """Return a column in float32 of 13 significant bits."""
    mantissa, exponent = np.frexp(column)
    return np.ldexp(np.round(mantissa * 2**13) / 2**13, exponent).astype(np.float32)


def simulate(number: int, rng: Generator) -> Columns:
    """Return `EVENTS` events of one process."""
    name = list(PROCESSES)[number]
    section, settings = PROCESSES[name]
    generator = pythia(41 + number, settings)
    start, parts, made, found = time.process_time(), [], 0, 0
    while found < EVENTS:
        record = generator.nextBatch(BATCH).prt
        parts.append(reconstruct(record, rng))
        made, found = made + len(record), found + len(parts[-1]["m4l"])
    expected = section * BRANCHING * LUMINOSITY * found / made
    print(
        f"  {name}: {found} of {made} in {time.process_time() - start:.0f} s,", end=""
    )
    print(f" {expected:.2f} expected", flush=True)
    columns = {n: np.concatenate([p[n] for p in parts])[:EVENTS] for n in VARIABLES}
    columns["process"] = np.full(EVENTS, number, np.int32)
    columns["weight"] = np.full(EVENTS, expected / EVENTS, np.float32)
    return columns


def write(path: Path, columns: Columns) -> None:
    """Write the TTree `events`, and say what is in it."""
    with uproot.recreate(path, compression=uproot.ZSTD(19)) as file:
        types = {name: column.dtype for name, column in columns.items()}
        file.mktree("events", types, title="Simulated Higgs bosons to four leptons")
        file["events"].extend(columns)
    digest = hashlib.sha256(b"".join(c.tobytes() for c in columns.values())).hexdigest()
    print(f"{path}: {path.stat().st_size / 1e6:.2f} MB, {len(columns['event'])} events")
    print(f"  sha256 of the columns, one after the other: {digest}")


def main() -> None:
    """Make the file."""
    parser = argparse.ArgumentParser(description="Simulate the bundled Higgs bosons.")
    parser.add_argument("--out", type=Path, default=BUNDLED)
    out = parser.parse_args().out
    parts = [
        simulate(number, np.random.default_rng([4, number]))
        for number in range(len(PROCESSES))
    ]
    order = np.random.default_rng(4).permutation(EVENTS * len(PROCESSES))
    columns = {
        name: np.concatenate([p[name] for p in parts])[order] for name in parts[0]
    }
    columns["event"] = np.arange(len(order), dtype=np.int64)
    write(out / "higgs-categories.root", columns)


if __name__ == "__main__":
    main()
