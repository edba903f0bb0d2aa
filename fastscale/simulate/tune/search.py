"""Looks for the setting with the lowest cost: Optuna's TPE sampler if it is installed, else a grid."""

from __future__ import annotations

import itertools
from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING

from fastscale.simulate.tune.knobs import CHOICES, Knobs

if TYPE_CHECKING:
    from optuna import Trial

#: What a setting costs: lower is better.
Cost = Callable[[Knobs], float]

#: The grid's values: the ends and the middle of what matters most.
GRID = {
    "sensitivity": (0.6, 0.8, 1.0),
    "quiet_share": (0.4, 0.7),
    "scale_in_percent": (10, 30),
    "scale_in_cooldown_seconds": (60, 300),
    "quiet_minutes": (1, 3),
}


def search(cost: Cost, *, trials: int, seed: int) -> Knobs:
    """The best of at most ``trials`` settings, the plan's own among them."""
    try:
        import optuna
    except ModuleNotFoundError:
        return min(itertools.islice(grid(), trials), key=cost)
    optuna.logging.set_verbosity(optuna.logging.WARNING)
    study = optuna.create_study(sampler=optuna.samplers.TPESampler(seed=seed, multivariate=False))
    study.enqueue_trial({name: getattr(Knobs(), name) for name in CHOICES})
    study.optimize(lambda trial: cost(_suggested(trial)), n_trials=trials)
    return Knobs(**study.best_params)


def grid() -> Iterator[Knobs]:
    """The default setting first, then every combination, in an order that spreads early ones over the whole grid."""
    yield Knobs()
    combinations = list(itertools.product(*GRID.values()))
    stride = next(step for step in (29, 31, 37) if len(combinations) % step)
    for index in range(len(combinations)):
        values = combinations[index * stride % len(combinations)]
        yield Knobs(**dict(zip(GRID, values, strict=True)))  # type: ignore[arg-type]  # each value is of its knob's kind


def _suggested(trial: Trial) -> Knobs:
    chosen = {name: trial.suggest_categorical(name, choices) for name, choices in CHOICES.items()}
    return Knobs(**chosen)  # type: ignore[arg-type]  # each value is of its knob's kind
