"""The first event at which a likelihood is not finite, and the component to blame."""

from collections.abc import Callable, Mapping
from typing import Any, final

import equinox as eqx
import jax
import numpy as np
from jaxtyping import Array, Float

from ..core import AbstractDistribution, given_of, resolve

# Events whose density is computed at once.
STEP = 65_536


def offending_event(objective: Any, x: Float[np.ndarray, " free"]) -> str:
    """Return which event makes the likelihood infinite or undefined, in a sentence.

    An objective that knows answers by its method `offending_event(x)`; one that holds
    a model and its events, or parts that do, is looked through here. It is empty where
    the density is a finite number at every event.
    """
    own = getattr(objective, "offending_event", None)
    if own is not None:
        return own(x)
    values = {n: float(v) for n, v in objective.space.values(x).items()}
    parts = getattr(objective, "parts", None)
    if isinstance(parts, Mapping):
        for name, part in parts.items():
            local = np.array([values[p.name] for p in part.space.free])
            told = offending_event(part, local)
            if told:
                return f"In `{name}`: {told[0].lower()}{told[1:]}"
        return ""
    events = getattr(objective, "events", None)
    if events is None or not isinstance(objective.model, AbstractDistribution):
        return ""
    return Search(objective.model, values).through(events)


@final
class Search:
    """Looks through events, in order, for those where a model's density is no number.

    Args:
        model: With parameters.
        values: Of the parameters.
    """

    def __init__(self, model: AbstractDistribution, values: Mapping[str, float]):
        self.model = resolve(model, values)
        self.seen, self.bad = 0, 0
        self.first: tuple[int, Float[np.ndarray, " dim"]] | None = None

    def look(self, events: Float[np.ndarray, "dim events"]) -> None:
        """Count the bad ones among further events, and remember the first of all."""
        for begin in range(0, events.shape[1], STEP):
            few = events[:, begin : begin + STEP]
            n = few.shape[1]
            # Of one shape, so that one program serves all.
            padding = np.broadcast_to(few[:, :1], (len(few), STEP - n))
            log_p = _log_probs(self.model, np.concatenate([few, padding], axis=1).T)
            bad = np.flatnonzero(~np.isfinite(np.asarray(log_p)[:n]))
            if len(bad) and self.first is None:
                self.first = self.seen + int(bad[0]), few[:, bad[0]].copy()
            self.bad += len(bad)
            self.seen += n

    def through(self, events: Float[np.ndarray, "dim events"]) -> str:
        """Return what was found, after a look at all events."""
        self.look(np.asarray(events))
        return self.told()

    def told(self) -> str:
        """Return what was found in a sentence, empty if nothing."""
        if self.first is None:
            return ""
        row, event = self.first
        many = "every event" if self.bad == self.seen else f"{self.bad} events"
        which = f"event {row}" if self.bad == 1 else f"{many}, the first in event {row}"
        return (
            f"The density is zero or undefined at {which} of the {self.seen} used, "
            f"counted from 0 ({self._place(event)}): {self._blame(event)}."
        )

    def _place(self, event: Float[np.ndarray, " dim"]) -> str:
        names = [(o.name, o.unit) for o in self.model.observables]
        names += [(name, "") for name in given_of(self.model)]
        pairs = zip(names, event, strict=True)
        return ", ".join(f"{n} = {v:.6g} {u}".strip() for (n, u), v in pairs)

    def _blame(self, event: Float[np.ndarray, " dim"]) -> str:
        model: Any = self.model
        log_p = float(_log_probs(model, event[None])[0])
        whole = f"the density is {_word(log_p)}"
        components = getattr(model, "components", None)
        if not isinstance(components, Mapping):
            return whole
        names = [*(o.name for o in model.observables), *given_of(model)]
        words = {}
        for name, density in components.items():
            own = [*(o.name for o in density.observables), *given_of(density)]
            places = [names.index(n) for n in own]
            value = float(_log_probs(density, event[None, places])[0])
            if not np.isfinite(value):
                words[name] = _word(value)
        if not words:
            return "the components add up to nothing or less there"
        return ", ".join(f"`{name}` is {word}" for name, word in words.items())


@eqx.filter_jit
def _log_probs(
    model: AbstractDistribution, x: Float[Array | np.ndarray, "events dim"]
) -> Float[Array, " events"]:
    log_prob: Callable[..., Any] = model.log_prob
    return jax.vmap(log_prob)(x)


def _word(log_p: float) -> str:
    return "undefined (NaN)" if np.isnan(log_p) else "zero" if log_p < 0 else "infinite"
