"""A service under Pulse as a timeline: set the load, step time, state the expectation."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from fastscale.decide.pulse.decision import decide
from fastscale.decide.pulse.memory import PulseMemory
from fastscale.decide.pulse.observation import (
    Forecast,
    LoadReading,
    PulseDecision,
    PulseSeen,
    ServiceReading,
)
from fastscale.plan import PulsePolicy

START = 1_767_571_200.0
STARTUP_SECONDS = 20.0


def reading(rate: float, *, tasks: int = 2, **settings: object) -> LoadReading:
    """A second in which every one of ``tasks`` answered."""
    fields = {"arrivals": rate, "seconds": 1.0, "tasks_read": tasks, "tasks_serving": tasks, "rate": rate} | settings
    return LoadReading(**fields)


def service(desired: int = 2, **settings: object) -> ServiceReading:
    """A service whose tasks all serve, between 2 and 100 of them."""
    fields = {"desired": desired, "running": desired, "serving": desired, "min_capacity": 2, "max_capacity": 100}
    return ServiceReading(**(fields | settings))


class Timeline:
    """Steps second by second and sets the desired count as decided; tasks that were added serve when they are ready."""

    def __init__(self, desired: int = 2, policy: PulsePolicy | None = None, seed: int = 1) -> None:
        self.policy = policy or PulsePolicy(stable_seconds=60)
        self.memory = PulseMemory()
        self.now = START
        self.service = service(desired)
        self.forecast: Forecast | None = None
        self.decisions: list[PulseDecision] = []
        self._launched: list[tuple[float, int]] = []
        self._chance = np.random.default_rng(seed)

    def run(self, seconds: int, rate: float | None, **load: object) -> PulseDecision:
        """Noisy traffic at ``rate`` (None: nobody answers) for so long; the last decision."""
        for _ in range(seconds):
            count = None if rate is None else float(self._chance.poisson(rate))
            self.step(None if count is None else reading(count, **({"tasks": self.service.serving} | load)))
        return self.decisions[-1]

    def step(self, load: LoadReading | None) -> PulseDecision:
        """One second."""
        self.now += 1
        self._serve()
        seen = PulseSeen(
            now=self.now,
            load=load,
            service=self.service,
            requests_per_task=100.0,
            startup_seconds=STARTUP_SECONDS,
            forecast=self.forecast,
        )
        decision, self.memory = decide(self.policy, seen, self.memory)
        self.decisions.append(decision)
        if decision.desired is not None:
            self.set(decision.desired)
        return decision

    def set(self, desired: int) -> None:
        """Somebody sets the desired count."""
        serving = min(self.service.serving, desired)
        if desired > self.service.desired:
            self._launched.append((self.now, desired - self.service.desired))
        self.service = replace(self.service, desired=desired, running=serving, serving=serving)

    def change(self, **settings: object) -> None:
        """Something else about the service changes."""
        self.service = replace(self.service, **settings)

    @property
    def desired(self) -> int:
        """The desired count."""
        return self.service.desired

    @property
    def acted(self) -> list[PulseDecision]:
        """The decisions that set a count."""
        return [decision for decision in self.decisions if decision.desired is not None]

    def _serve(self) -> None:
        ready = sum(tasks for at, tasks in self._launched if self.now - at >= STARTUP_SECONDS)
        self._launched = [(at, tasks) for at, tasks in self._launched if self.now - at < STARTUP_SECONDS]
        serving = min(self.service.desired, self.service.serving + ready)
        self.service = replace(self.service, running=serving, serving=serving)
