"""How well supply followed demand: the elasticity metrics of the SPEC Research Group.

Herbst and others, "Ready for Rain? A View from SPEC Research on the Future of Cloud Metrics", SPEC-RG-2016-01,
section 3.3. All are percentages; 0 is best.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from fastscale.simulate.ledger import Numbers

#: Instability compares the directions of supply and demand over steps of this many seconds: from second to second
#: demand always moves.
INSTABILITY_SECONDS = 60


@dataclass(frozen=True)
class Elasticity:
    """Accuracy (theta), time share (tau) of under- and over-provisioning, and instability (upsilon), all in percent."""

    theta_under: float
    theta_over: float
    tau_under: float
    tau_over: float
    upsilon: float


def elasticity(demand: Numbers, supply: Numbers) -> Elasticity:
    """Of ``demand`` (at least 1) and ``supply``, both in tasks and for each second."""
    under, over = np.maximum(demand - supply, 0), np.maximum(supply - demand, 0)
    return Elasticity(
        theta_under=float(100 * (under / demand).mean()),
        theta_over=float(100 * (over / demand).mean()),
        tau_under=float(100 * (under > 0).mean()),
        tau_over=float(100 * (over > 0).mean()),
        upsilon=_instability(demand, supply),
    )


def _instability(demand: Numbers, supply: Numbers) -> float:
    """Share of steps in which supply and demand did not move the same way."""
    moves = [np.sign(np.diff(series[::INSTABILITY_SECONDS])) for series in (demand, supply)]
    return float(100 * (moves[0] != moves[1]).mean()) if moves[0].size else 0.0
