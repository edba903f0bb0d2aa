"""All that is checked of a design."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from fastscale.errors import InputError
from fastscale.inspect.checks import actions, coverage, datapoints, fights, limits, publishing, refused, surges
from fastscale.inspect.facts import Watched
from fastscale.inspect.finding import Finding
from fastscale.inspect.surge import Surge
from fastscale.inspect.words import number
from fastscale.plan import Plan
from fastscale.template import Design, ServiceDesign


def findings(design: Design, surge: Surge | None = None) -> list[Finding]:
    """What cannot work as meant, service by service and by code within each.

    Raises InputError when ``surge`` is a rate and no service tells what rate a task is meant to carry.
    """
    found = list(refused.check_design(design))
    for service in design.services:
        if service.plan:
            mine = list(_of_service(design, service, service.plan))
            found += [replace(one, service=service.name) for one in sorted(mine, key=lambda one: one.code)]
    for alarm in design.alarms:
        found += _of_alarm(Watched(alarm, design))
    return found + (_of_surge(design, surge) if surge else [])


def _of_service(design: Design, service: ServiceDesign, plan: Plan) -> Iterator[Finding]:
    alarms = [Watched(alarm, design, service) for alarm in plan.alarms]
    for watched in alarms:
        yield from _of_alarm(watched)
    yield from coverage.check(plan)
    yield from actions.check_policies(plan)
    yield from limits.check(plan)
    yield from publishing.check_tracking(design, service, plan)
    yield from refused.check_tracking(plan)
    yield from publishing.check_zero_floor(plan, alarms)
    yield from fights.check(plan)


def _of_alarm(watched: Watched) -> Iterator[Finding]:
    yield from actions.check_alarm(watched)
    yield from datapoints.check(watched)
    yield from publishing.check(watched)
    yield from refused.check_alarm(watched)


def _of_surge(design: Design, surge: Surge) -> list[Finding]:
    answers = [
        (service, surges.check(service.plan, surge, deployed=design.deployed))
        for service in design.services
        if service.plan
    ]
    if answers and all(found is None for _, found in answers):
        raise InputError(
            f"--surge {number(surge.requests_per_second or 0)}: no alarm tells how many requests/s a task carries; "
            "give a factor, such as 10x"
        )
    return [replace(one, service=service.name) for service, found in answers for one in found or ()]
