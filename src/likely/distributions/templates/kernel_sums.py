"""Sums of many Gaussian kernels on even knots, without a sum of all at each knot."""

from dataclasses import dataclass
from typing import final

import numpy as np
from jaxtyping import Float

# Cubic pieces of 1/14 of a standard deviation are good to 2e-7 of a kernel's peak.
KNOTS_PER_WIDTH = 14
# Beyond this many standard deviations a kernel is 1e-22 of its peak, and left out.
REACH = 10.0
# Six nodes in a cell of a quarter of a standard deviation: their kernels stand for
# those of all points in it to 1e-9 of the peak.
_NODES, _CELLS_PER_WIDTH = 6, 4

Points = Float[np.ndarray, " points"]
Nodes = Float[np.ndarray, " nodes"]
Knots = Float[np.ndarray, " knots"]
Fine = Float[np.ndarray, " fine"]


@final
@dataclass(frozen=True)
class Grid:
    """Even knots.

    Args:
        start: First knot.
        step: Distance of the knots.
        cells: One fewer than the knots.
    """

    start: float
    step: float
    cells: int

    @property
    def knots(self) -> Knots:
        """Return the knots."""
        return self.start + self.step * np.arange(self.cells + 1)

    @classmethod
    def over(cls, lower: float, upper: float, width: float) -> "Grid":
        """Return the grid on an interval for kernels of at least this width."""
        cells = np.ceil((upper - lower) * KNOTS_PER_WIDTH / width)
        # A multiple of 64, so that wide kernels have coarser grids with common knots.
        cells = 64 * int(max(np.ceil(cells / 64), 1))
        return cls(lower, (upper - lower) / cells, cells)


def kernel_sums(
    centres: Points, widths: Points, weights: Points, grid: Grid
) -> tuple[Knots, Knots]:
    r"""Return $\sum_i w_i\, G(x; c_i, h_i)$ and its slope at the knots of a grid.

    Kernels of more than two times the width that the grid is made for are summed on a
    grid of half as many knots, and interpolated.
    """
    values, slopes = np.zeros(grid.cells + 1), np.zeros(grid.cells + 1)
    wide = widths > 2 * KNOTS_PER_WIDTH * grid.step
    if grid.cells % 2 == 0 and wide.any():
        coarse = Grid(grid.start, 2 * grid.step, grid.cells // 2)
        above = kernel_sums(centres[wide], widths[wide], weights[wide], coarse)
        values, slopes = _refined(*above, coarse.step)
        centres, widths, weights = (a[~wide] for a in (centres, widths, weights))
    if not len(centres):
        return values, slopes
    nearest = np.rint((centres - grid.start) / grid.step).astype(int)
    reach = int(np.ceil(REACH * widths.max() / grid.step))
    heights = weights / (np.sqrt(2.0 * np.pi) * widths)
    for offset in range(-reach, reach + 1):
        knot = nearest + offset
        z = (grid.start + knot * grid.step - centres) / widths
        near = (knot >= 0) & (knot <= grid.cells) & (np.abs(z) < REACH)
        knot, z, width = knot[near], z[near], widths[near]
        kernel = heights[near] * np.exp(-0.5 * z * z)
        values += np.bincount(knot, kernel, grid.cells + 1)
        slopes += np.bincount(knot, -z / width * kernel, grid.cells + 1)
    return values, slopes


def condensed(points: Points, weights: Points, width: float) -> tuple[Nodes, Nodes]:
    r"""Return few weighted points whose kernels sum to those of many.

    Each point is shared between the nodes of its cell by the Lagrange polynomials
    there, $\sum_i w_i\,\varphi(x_i) \approx \sum_m W_m\,\varphi(y_m)$ for functions
    $\varphi$ that are smooth over `width`. Some weights are negative.
    """
    lower, size = points.min(), width / _CELLS_PER_WIDTH
    cells = int((points.max() - lower) / size) + 1
    if len(points) <= _NODES * cells:
        return points, weights
    at, share = np.polynomial.chebyshev.chebpts1(_NODES), []
    cell = ((points - lower) / size).astype(int)
    t = 2.0 * ((points - lower) / size - cell) - 1.0
    for m in range(_NODES):
        others = np.delete(at, m)
        lagrange = np.prod((t[None] - others[:, None]) / (at[m] - others)[:, None], 0)
        share.append(np.bincount(cell, weights * lagrange, cells))
    nodes = lower + size * (np.arange(cells) + 0.5 * (1.0 + at[:, None]))
    kept = np.array(share) != 0
    return nodes[kept], np.array(share)[kept]


def interpolated(
    x: Points, values: Knots, slopes: Knots, grid: Grid
) -> Float[np.ndarray, " points"]:
    """Return the piecewise cubic of values and slopes at some points of a grid."""
    u = np.clip((x - grid.start) / grid.step, 0, grid.cells)
    cell = np.minimum(u.astype(int), grid.cells - 1)
    t = u - cell
    s = 1.0 - t
    v_0, v_1 = values[cell], values[cell + 1]
    d_0, d_1 = grid.step * slopes[cell], grid.step * slopes[cell + 1]
    rising = t * t * (v_1 * (1.0 + 2.0 * s) - s * d_1)
    return s * s * (v_0 * (1.0 + 2.0 * t) + t * d_0) + rising


def _refined(values: Knots, slopes: Knots, step: float) -> tuple[Fine, Fine]:
    """Return values and slopes of a piecewise cubic at its knots and midway."""
    rise, change = np.diff(values), np.diff(slopes)
    fine = np.empty(2 * len(values) - 1), np.empty(2 * len(values) - 1)
    fine[0][::2], fine[1][::2] = values, slopes
    fine[0][1::2] = 0.5 * (values[:-1] + values[1:]) - step / 8.0 * change
    fine[1][1::2] = 1.5 * rise / step - 0.25 * (slopes[:-1] + slopes[1:])
    return fine
