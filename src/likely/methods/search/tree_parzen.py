"""Options near those of good trials, chosen by Optuna; alone imports it."""

from collections.abc import Mapping, Sequence
from importlib.util import find_spec
from typing import Any, final

import numpy as np

from ...core.errors import LikelyError
from .sampler import AbstractSampler, RandomSampler
from .space import Choices, Range, Space
from .trial import Trial

# Trials that are chosen at random, as Optuna does: fewer tell nothing of good and bad.
START = 10


@final
class TreeParzenSampler(AbstractSampler):
    r"""Options where good trials are dense and others are not.

    After the first ten, which are points of a Sobol sequence, that of many candidates
    is taken whose ratio $l(x) / g(x)$ is largest, with the density $l$ of the options
    of the best tenth of the trials, and $g$ of the others.

    Args:
        space: What is searched.
        seed: Of the candidates.

    Raises:
        LikelyError: If Optuna is not installed.

    References:
        J. Bergstra et al. (2011), NeurIPS 24, section 4. S. Watanabe (2023),
        arXiv:2304.11127. T. Akiba et al. (2019), arXiv:1907.10902 (Optuna).
    """

    def __init__(self, space: Space, seed: int):
        self._space, self._seed = space, seed
        self._start = RandomSampler(space, seed)

    @property
    def learns_after(self) -> int | None:
        return START

    @property
    def size(self) -> int | None:
        return None

    def suggest(
        self, number: int, known: Sequence[Trial], others: Sequence[Mapping[str, Any]]
    ) -> dict[str, Any]:
        if number < START:
            return self._start.suggest(number, known, others)
        import optuna

        before = optuna.logging.get_verbosity()
        # It tells of every study that is made, and here one is made for each trial.
        optuna.logging.set_verbosity(optuna.logging.ERROR)
        try:
            return self._chosen(optuna, number, known, others)
        finally:
            optuna.logging.set_verbosity(before)

    def _chosen(
        self, optuna: Any, number: int, known: Any, others: Any
    ) -> dict[str, Any]:
        domains = self._space.domains
        seed = np.random.SeedSequence([self._seed, number]).generate_state(1)
        study = optuna.create_study(
            sampler=optuna.samplers.TPESampler(
                seed=int(seed[0]), n_startup_trials=1, multivariate=True
            )
        )
        kinds = {name: _distribution(optuna, d) for name, d in domains.items()}
        states = optuna.trial.TrialState
        for trial in known:
            if trial.state == "failed":
                continue
            told = [(e, x) for e, x in enumerate(trial.losses) if x is not None]
            found = optuna.create_trial(
                state=states.COMPLETE if trial.state == "complete" else states.PRUNED,
                value=trial.value,
                params=self._numbers(trial.parameters),
                distributions=kinds,
                intermediate_values=dict(told[-1:]),
            )
            study.add_trial(found)
        for options in others:
            # As bad as the worst, so that those made at the same time differ.
            running = optuna.create_trial(
                state=states.RUNNING,
                params=self._numbers(options),
                distributions=kinds,
            )
            study.add_trial(running)
        chosen = study.ask(kinds).params
        return {
            name: domain.options[chosen[name]]
            if isinstance(domain, Choices)
            else chosen[name]
            for name, domain in domains.items()
        }

    def _numbers(self, parameters: Mapping[str, Any]) -> dict[str, Any]:
        """Return options as Optuna has them: choices by their place."""
        return {
            name: domain.options.index(parameters[name])
            if isinstance(domain, Choices)
            else parameters[name]
            for name, domain in self._space.domains.items()
        }


def check_optuna(trials: int) -> None:
    """Check that a search of so many trials can be made.

    Raises:
        LikelyError: If Optuna is needed and not installed.
    """
    if trials > START and find_spec("optuna") is None:
        raise LikelyError(
            f'`sampler`: "tpe" takes Optuna for the trials after the first {START}; '
            '`pip install "likely[tune]"`, or take `sampler: random`.'
        )


def _distribution(optuna: Any, domain: Any) -> Any:
    kinds = optuna.distributions
    if isinstance(domain, Choices):
        return kinds.CategoricalDistribution(range(len(domain.options)))
    if isinstance(domain, Range) and domain.whole:
        return kinds.IntDistribution(int(domain.low), int(domain.high), log=domain.log)
    return kinds.FloatDistribution(domain.low, domain.high, log=domain.log)
