r"""Template fits that know how many simulated events their templates are made of.

The expectation of a bin, $\mu = \sum_k c_k t_k$, has itself the variance
$\sum_k c_k^2 v_k$ from the finite size of the templates. One factor $\beta$ a bin,
known to be one within $\sqrt{v}$, $v = \sum_k c_k^2 v_k/\mu^2$, multiplies $\mu$ and is
eliminated in closed form.
"""

from typing import Any, final

import equinox as eqx
import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, Float

from ..core import AbstractTemplate, LikelyError, resolve
from ..data import Binned
from .bin_costs import AbstractBinCost, Bins, count_times_log
from .binned_expectation import Parts, expected, over_axes
from .bins_of import scales_of
from .separable import separable

TEMPLATES = ("exact", "barlow_beeston", "dembinski_abdelmotteleb")


@final
class TemplateCost(AbstractBinCost):
    r"""Poisson cost of $\beta\mu$ and cost of $\beta$, at the best $\beta$ of each bin.

    In units of the mean weight, $n, \mu \to n/s, \mu/s$. Barlow and Beeston's, light:

    $$\mu\beta - n\log(\mu\beta) + (\beta - 1)^2/(2v), \qquad
      \beta^2 + (\mu v - 1)\beta - n v = 0,$$

    and of Dembinski and Abdelmotteleb, a Poisson count of $k = 1/v$ effective events,

    $$\mu\beta - n\log(\mu\beta) + k(\beta - 1 - \log\beta), \qquad
      \beta = (n + k)/(\mu + k).$$

    Args:
        counts: $n$.
        scales: $s$, one for counts of events.
        spreads: $v_k$ of each term, None for one that is no template.
        simulated: $t_k^2/v_k$, the effective events that a template has in each bin,
            zero where it is empty or exactly known; None likewise.
        method: One of `TEMPLATES`.
        ratios: Contents of each template relative to its own, where they were drawn
            anew; None for the templates of the model.

    References:
        J. S. Conway, PHYSTAT 2011, arXiv:1103.0354. H. Dembinski, A. Abdelmotteleb,
        Eur. Phys. J. C 82 (2022) 1043, arXiv:2206.12346.
    """

    counts: Bins
    scales: Bins
    spreads: tuple[Bins | None, ...]
    simulated: tuple[Bins | None, ...]
    method: str = eqx.field(static=True)
    ratios: Float[Array, "templates bins"] | None = None

    def of_drawn(self, ratios: Float[Array, "templates bins"]) -> "TemplateCost":
        """Return the cost with templates drawn anew, of these relative contents."""
        return eqx.tree_at(
            lambda c: c.ratios, self, ratios, is_leaf=lambda leaf: leaf is None
        )

    def __call__(self, parts: Parts) -> Float[Array, ""]:
        s, spreads = jnp.asarray(self.scales), self.spreads
        if self.ratios is not None:
            parts, spreads = _drawn_anew(parts, spreads, self.ratios)
        n, mu = jnp.asarray(self.counts) / s, expected(parts) / s
        variance = jnp.zeros_like(mu)
        for (c, _), spread in zip(parts, spreads, strict=True):
            if spread is not None:
                variance = variance + c * c * jnp.asarray(spread) / (s * s)
        uncertain = (variance > 0) & (mu > 0)
        v = jnp.where(uncertain, variance, 1.0) / jnp.where(uncertain, mu, 1.0) ** 2
        if self.method == "barlow_beeston":
            beta = _root(n, mu, v)
            price = (beta - 1.0) ** 2 / (2.0 * v)
        else:
            beta = (n * v + 1.0) / (mu * v + 1.0)
            # k (x - log(1 + x)) keeps its digits where v and with it x is small.
            x = v * (n - mu) / (mu * v + 1.0)
            price = (x - jnp.log1p(x)) / v
        scaled = mu * jnp.where(uncertain, beta, 1.0)
        price = jnp.where(uncertain, price, 0.0)
        return jnp.sum(scaled - count_times_log(n, scaled) + price)


def _drawn_anew(
    parts: Parts,
    spreads: tuple[Bins | None, ...],
    ratios: Float[Array, "templates bins"],
) -> tuple[Parts, tuple[Bins | None, ...]]:
    """Return the parts and spreads of templates of other contents.

    A template keeps its sum: its size is the coefficient's.
    """
    moved, found, rows = [], [], iter(ratios)
    for (c, P), spread in zip(parts, spreads, strict=True):
        if spread is None:
            moved.append((c, P))
            found.append(None)
            continue
        ratio = next(rows)
        scale = P[0].sum() / (P[0] * ratio).sum()
        moved.append((c, (P[0] * ratio * scale,)))
        found.append(spread * ratio * scale * scale)
    return tuple(moved), tuple(found)


def template_cost(model: Any, binned: Binned, method: str) -> TemplateCost:
    r"""Return the cost of a histogram in whose bins terms $k$ have $v_k = V_k/M_k^2$.

    $V_k$ is the variance of the template's contents and $M_k$ their sum in the range.

    Raises:
        LikelyError: If the model is not extended, has no template, or the bins of a
            template do not fit into those of the data.
    """
    if not getattr(model, "extended", False):
        raise LikelyError(
            "`Likelihood(templates=...)` needs a model with yields: give `Sum` "
            "`yields` instead of fractions."
        )
    terms = separable(resolve(model).terms(), len(model.observables))
    spreads, simulated = [], []
    for term in terms:
        chosen = [s for s in term.shapes if isinstance(s, AbstractTemplate)]
        if chosen and len(term.shapes) > 1:
            raise LikelyError(
                "`Likelihood(templates=...)`: a `HistogramShape` is multiplied by a "
                "density of another observable, so its bins are not independent; only "
                "`templates='exact'` can be used."
            )
        if not chosen:
            spreads.append(None)
            simulated.append(None)
            continue
        (t,) = term.probabilities(binned.edges)
        v = np.asarray(chosen[0].relative_variances(binned.edges[0]))
        spreads.append(v)
        simulated.append(np.where(v > 0, t * t / np.where(v > 0, v, 1.0), 0.0))
    if all(spread is None for spread in spreads):
        raise LikelyError(
            "`Likelihood(templates=...)`: no component of the model is a "
            "`HistogramShape`; leave `templates` out."
        )
    scales = scales_of(binned)
    return TemplateCost(binned.counts, scales, tuple(spreads), tuple(simulated), method)


def check_reachable(model: Any, binned: Binned) -> None:
    """Check that no bin with events is empty in all templates of a model.

    A model that is not made of templates alone passes: its densities may reach the bin
    at other values of their parameters.

    Raises:
        LikelyError: If there is such a bin.
    """
    terms = separable(resolve(model).terms(), len(model.observables))
    if not all(isinstance(s, AbstractTemplate) for t in terms for s in t.shapes):
        return
    reached = sum(np.asarray(over_axes(t.probabilities(binned.edges))) for t in terms)
    lost = np.argwhere((binned.counts > 0) & (reached == 0))
    if len(lost):
        pairs = zip(binned.edges, lost[0], strict=True)
        where = ", ".join(f"[{e[i]:g}, {e[i + 1]:g}]" for e, i in pairs)
        raise LikelyError(
            f"{len(lost)} bins hold events although every template is empty there, the "
            f"first {where}: the likelihood is zero. Take wider bins, or templates of "
            "more events."
        )


def _root(n: Array, mu: Array, v: Array) -> Array:
    """Return the positive root of the equation of beta."""
    p = 0.5 * (1.0 - mu * v)
    some = n > 0
    # Without events the roots are 2 p and zero, and the square root has no slope there.
    square = jnp.where(some, p * p + n * v, 1.0)
    root = jnp.sqrt(square)
    # The sum of p and the root would lose all digits for a p far below zero.
    below = jnp.where(p < 0, root - p, 1.0)
    beta = jnp.where(p < 0, n * v / below, p + root)
    return jnp.where(some, beta, jnp.maximum(2.0 * p, 0.0))
