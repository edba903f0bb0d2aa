"""The two plans that fastscale ships, `reference` and `default`, scaled as AWS would scale them.

A profile brings its policies and alarms; the service itself, its limits and its schedules are those of the plan that is
compared.
"""

from __future__ import annotations

from fastscale import profiles
from fastscale.plan import Plan
from fastscale.simulate.peers.plan_scaler import PlanScaler
from fastscale.simulate.strategy import Peer, Situation


def _with_policies_of(plan: Plan, profile: Plan) -> Plan:
    scaling = profile.scaling.model_copy(
        update={
            "min_capacity": plan.scaling.min_capacity,
            "max_capacity": plan.scaling.max_capacity,
            "schedules": plan.scaling.schedules,
        }
    )
    return plan.model_copy(update={"scaling": scaling, "alarms": profile.alarms})


def _scaler(profile: str, situation: Situation) -> PlanScaler:
    plan = _with_policies_of(situation.plan, profiles.profile(profile))
    return PlanScaler(plan, situation.settings, start=situation.trace.start)


REFERENCE = Peer("reference", "reference profile: +1, +2, +4", lambda situation: _scaler("reference", situation))
DEFAULT = Peer(
    "default", "default profile: steps as large as the surge", lambda situation: _scaler("default", situation)
)
PLAN = Peer(
    "plan",
    "the plan as it is",
    lambda situation: PlanScaler(situation.plan, situation.settings, start=situation.trace.start),
)
