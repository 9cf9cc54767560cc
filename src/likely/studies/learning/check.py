"""What a study of a training would run, without running it: no training, no JAX."""

from dataclasses import dataclass
from typing import final

import numpy as np

from ...data import Images, Inputs
from .events import LearningData, read_parts
from .schema import ClassifyStudy
from .study import LearningStudy


@final
@dataclass(frozen=True)
class LearningCheck:
    """A training that can be run, and the events that it would learn from.

    Args:
        study: Whose grammar, files and columns are right.
        data: Its events in parts.
    """

    study: LearningStudy
    data: LearningData

    def __str__(self) -> str:
        """Return what would run, as text."""
        study, data = self.study, self.data
        content, fit = study.content, study.content.fit
        head = [("study", f"{study.name} (kind {content.kind})")]
        for source in data.everything.sources:
            count = f"{source.events_read} events, {source.events_selected} selected"
            head.append(("data", f"{source.file}: {count}"))
        for name, part in data.parts.items():
            weights = f", sum of weights {part.sum_of_weights:.6g}"
            shown = weights if part.weights is not None else ""
            head.append((name, f"{len(part)} events{shown}{self._classes(name)}"))
        head.append(("inputs", _inputs(data.features)))
        net = content.model
        hidden = "" if net.channels is None else f", channels {net.channels}"
        hidden += "" if net.trees is None else f", trees of {net.leaves} leaves"
        hidden += "" if net.hidden is None else f", hidden layers {net.hidden}"
        several = max(fit.folds, fit.ensemble)
        kind = "folds" if fit.folds > 1 else "members of an ensemble"
        head.append(
            ("model", f"{net.net}{hidden}" + (f", {several} {kind}" * (several > 1)))
        )
        how = f"{fit.minimiser}, up to {fit.epochs} epochs, batches of {fit.batch}"
        if net.trees is not None:
            how = f"boosting, up to {net.trees} steps at the rate {fit.learning_rate:g}"
        head.append(("fit", how))
        if content.search is not None:
            search = content.search
            options = ", ".join(search.space)
            head.append(("search", f"{search.trials} trials of {options}"))
        if content.log:
            logs = (f"{log.to} {log.address or ''}".strip() for log in content.log)
            head.append(("log", ", ".join(logs)))
        return "\n".join(f"{key:<10} {value}" for key, value in head)

    def _classes(self, part: str) -> str:
        labels = self.data.labels
        if labels is None or not isinstance(self.study.content, ClassifyStudy):
            return ""
        codes = labels.codes(self.data.parts[part])
        counts = np.bincount(codes, minlength=len(labels.classes))
        pairs = zip(labels.classes, counts, strict=True)
        return ": " + ", ".join(f"{name} {count}" for name, count in pairs)


def check_learning(study: LearningStudy) -> LearningCheck:
    """Return what a loaded study would run.

    Raises:
        LikelyError: If its events cannot be read, or are not what it says.
    """
    return LearningCheck(study, read_parts(study))


def _inputs(features: Inputs) -> str:
    if isinstance(features, Images):
        size = " x ".join(str(n) for n in features.shape)
        return f"images `{features.column}` of {size} pixels"
    return f"{features.size}: {_few(features.names)}"


def _few(names: tuple[str, ...]) -> str:
    more = f", ... ({len(names)} in all)" if len(names) > 8 else ""
    return ", ".join(names[:8]) + more
