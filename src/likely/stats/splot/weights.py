"""sWeights of a fit: the events of one component, statistically."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import final

import numpy as np
from jaxtyping import Float

from ...core import LikelyError, Result, nearest, resolve
from ...fit import LikelihoodObjective
from .weight_functions import (
    WeightFunctions,
    inverse_overlaps,
    log_densities,
    log_mixture,
    mixture_of,
)

# In units of the yield's error: nobody would see it, and a minimum is as exact.
NEGLIGIBLE = 0.01


@final
@dataclass(frozen=True, repr=False)
class SWeights:
    r"""The weights of each component at the events of a fit.

    Args:
        result: The fit.
        functions: The weights as functions of an event.
        weights: For each component $w_i\,s_n(x_i)$, $w_i$ the event's own weight.
        yields: $N_k$; of a fit with fractions, the fraction of the sum of weights.
        covariance: $V$, in the order of the components.
        notes: What a careful reader wants to know.
    """

    result: Result = field(repr=False)
    functions: WeightFunctions
    weights: Mapping[str, Float[np.ndarray, " events"]]
    yields: Mapping[str, float]
    covariance: Float[np.ndarray, "n n"]
    notes: tuple[str, ...] = ()

    def __getitem__(self, component: str) -> Float[np.ndarray, " events"]:
        """Return the weights of a component.

        Raises:
            LikelyError: If there is none of that name.
        """
        if component not in self.weights:
            hint = nearest(component, self.weights)
            raise LikelyError(f"the fit has no component `{component}`: {hint}")
        return self.weights[component]

    @property
    def sums(self) -> dict[str, float]:
        """Return the sum of the weights of each component."""
        return {name: float(w.sum()) for name, w in self.weights.items()}

    @property
    def effective_events(self) -> dict[str, float]:
        r"""Return $(\sum_i w_i)^2 / \sum_i w_i^2$ of each component."""
        return {n: float(w.sum() ** 2 / (w @ w)) for n, w in self.weights.items()}

    def __str__(self) -> str:
        """Return sums, yields and effective events as a table, and the notes."""
        width = max(len("component"), *map(len, self.weights))
        head = f"{'component':<{width}} {'yield':>14} {'sum of weights':>14}"
        lines = [f"{head} {'effective events':>16}"]
        effective = self.effective_events
        for name, total in self.sums.items():
            numbers = f"{self.yields[name]:>14.6g} {total:>14.6g}"
            lines.append(f"{name:<{width}} {numbers} {effective[name]:>16.6g}")
        return "\n".join([*lines, *(f"note: {note}" for note in self.notes)])


def sweights(result: Result) -> SWeights:
    r"""Return the sWeights of a fit.

    $$s_n(x) = \frac{\sum_j V_{nj} f_j(x)}{\sum_k N_k f_k(x)}, \qquad
    (V^{-1})_{kl} = \sum_i w_i \frac{f_k(x_i) f_l(x_i)}{(\sum_m N_m f_m(x_i))^2}$$

    with the densities $f_k$ and the yields $N_k$ of the components. The weights of a
    component sum to its yield, and those of an event to one where all yields are free
    and at the maximum; a note says if they do not. A fit with fractions $c_k$ has
    $N_k = c_k \sum_i w_i$: the yields that the extended fit of these shapes would find.

    Weighted by $w_i s_n$, a variable has its distribution in component $n$, if in each
    component it is independent of the observables of the fit; see
    `factorisation_test`.

    Args:
        result: A fit of a `Sum`, extended or with fractions, of weighted events or not.

    Raises:
        LikelyError: If the fit did not converge or is read from a file, the model is
            no sum of two or more components, or these cannot be told apart; or if the
            fit was binned or streamed.

    References:
        M. Pivk, F. R. Le Diberder, Nucl. Instrum. Meth. A 555 (2005) 356,
        arXiv:physics/0402083.
    """
    if result.model is None or result.objective is None:
        raise LikelyError(
            "this result holds no model or no events, as one read from a file; "
            "`sweights` needs the result that `fit` returned."
        )
    model = resolve(mixture_of(result.model, "sweights"))
    if not result.status.ok:
        raise LikelyError(
            "`sweights` needs a fit that converged, for its weights hold at the maximum"
            f" only; this one says: {result.status.message}"
        )
    if not isinstance(result.objective, LikelihoodObjective):
        raise LikelyError(
            "`sweights` needs events in memory; this fit minimised a "
            f"{type(result.objective).__name__}. Fit the events themselves."
        )
    events, own = np.asarray(result.objective.events), result.objective.weights
    scale = 1.0 if model.extended else result.sum_of_weights
    N = scale * np.array([float(c) for c in model.coefficients()])
    logs = log_densities(model, events)
    ratios = np.exp(logs - log_mixture(N, logs))
    weighted = ratios if own is None else ratios * own
    V = inverse_overlaps(weighted @ ratios.T, model.names)
    shares = N / N.sum()
    functions = WeightFunctions(
        model, V / N.sum(), lambda logs, events: log_mixture(shares, logs)
    )
    found = dict(zip(model.names, V @ weighted, strict=True))
    yields = dict(zip(model.names, N.tolist(), strict=True))
    notes = _notes(yields, V, weighted.sum(axis=1))
    if not model.extended:
        shares_note = (
            "the fit has fractions; the yields are their shares of all events."
        )
        notes = (shares_note, *notes)
    return SWeights(result, functions, found, yields, V, notes)


def _notes(
    yields: Mapping[str, float],
    V: Float[np.ndarray, "n n"],
    slopes: Float[np.ndarray, " n"],
) -> tuple[str, ...]:
    r"""Return a sentence if the yields are not at the maximum.

    There, $\sum_i w_i f_k / \sum_m N_m f_m$ is 1; elsewhere $V$ times what it is more
    leads to the maximum.
    """
    steps = V @ (slopes - 1)
    told = [
        f"`{name}` to {yields[name] + step:.4g}"
        for name, step, variance in zip(yields, steps, np.diag(V), strict=True)
        if abs(step) > NEGLIGIBLE * np.sqrt(variance)
    ]
    if not told:
        return ()
    return (
        "the weights of an event do not sum to one, and those of a component may be "
        "biased: the yields are not at the maximum of these shapes, as when one is "
        f"fixed, constrained, shared or at a limit. Free, they would move "
        f"({', '.join(told)}); fit them free, the shapes fixed.",
    )
