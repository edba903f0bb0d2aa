"""A design and its findings, as tables for people."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence

from rich.console import Console
from rich.table import Table
from rich.text import Text

from fastscale.inspect import words
from fastscale.inspect.finding import Finding
from fastscale.plan import Alarm, Plan, StepPolicy
from fastscale.template import Design, ServiceDesign

#: More steps than this are shortened to the first ones and the last.
STEPS_SHOWN = 6

Row = Sequence[str]


def show(console: Console, design: Design, found: Sequence[Finding]) -> None:
    """Print services, alarms, policies, schedules, what is not modelled, and the findings."""
    plans = [(service.name, service.plan) for service in design.services if service.plan]
    if not design.services:
        console.print(Text("It holds no ECS service.\n"))
    _table(console, "Services", ("service", "cluster", "tasks", "task", "found at"), map(_service, design.services))
    for title, columns, rows in (
        ("Alarms", ("alarm", "watches", "fires when", "missing data", "then"), _alarms(plans, design.alarms)),
        ("Policies", ("policy", "does", "cooldown"), _policies(plans)),
        ("Schedules", ("schedule", "when", "sets"), _schedules(plans)),
    ):
        if len(design.services) > 1:
            _table(console, title, ("service", *columns), rows)
        else:
            _table(console, title, columns, (row[1:] for row in rows))
    unmodelled = ((one.where, one.kind, one.reason) for one in design.not_modelled)
    _table(console, "Not modelled", ("resource", "type", "why"), unmodelled)
    if design.others:
        others = ", ".join(f"{len(ids)} {kind}" for kind, ids in design.others.items())
        console.print(Text(f"No part in scaling: {others}\n"))
    _show_findings(console, found)


def _table(console: Console, title: str, columns: Row, rows: Iterable[Row]) -> None:
    table = Table(title=title, title_justify="left", title_style="bold", box=None, padding=(0, 2, 0, 0))
    for column in columns:
        table.add_column(column, overflow="fold")
    for row in rows:
        table.add_row(*map(Text, row))
    if table.row_count:
        console.print(table)
        console.print()


def _service(service: ServiceDesign) -> Row:
    plan = service.plan
    if plan is None:
        return service.name, service.cluster, "nothing scales it", "", service.where
    tasks = f"{plan.scaling.min_capacity} to {plan.scaling.max_capacity}, {plan.service.desired_count} at first"
    return service.name, service.cluster, tasks, f"{plan.task.cpu} CPU, {plan.task.memory} MiB", service.where


def _alarms(plans: Iterable[tuple[str, Plan]], others: Iterable[Alarm]) -> Iterator[Row]:
    """The alarms of each service, then those that belong to none."""
    for service, plan in plans:
        for alarm in plan.alarms:
            yield _alarm(service, alarm)
    for alarm in others:
        yield _alarm("", alarm)


def _alarm(service: str, alarm: Alarm) -> Row:
    actions = [*alarm.policies, *(["notify"] if alarm.notify else [])]
    return (
        service,
        alarm.name,
        words.metric(alarm),
        words.rule(alarm),
        alarm.missing_data.value,
        "\n".join(actions) or "nothing",
    )


def _policies(plans: Iterable[tuple[str, Plan]]) -> Iterator[Row]:
    for service, plan in plans:
        for policy in plan.scaling.step_policies:
            does = "\n".join(_shortened(words.steps(policy, _threshold(plan, policy))))
            yield service, policy.name, does, f"{policy.cooldown_seconds} s"
        for tracking in plan.scaling.target_policies:
            cooldown = f"out {tracking.scale_out_cooldown_seconds} s, in {tracking.scale_in_cooldown_seconds} s"
            yield service, tracking.name, words.target(tracking), cooldown


def _threshold(plan: Plan, policy: StepPolicy) -> float | None:
    """The threshold that the policy's steps are offsets from; None when its alarms have different ones."""
    thresholds = {alarm.threshold for alarm in plan.alarms if policy.name in alarm.policies}
    return thresholds.pop() if len(thresholds) == 1 else None


def _shortened(steps: list[str]) -> list[str]:
    if len(steps) <= STEPS_SHOWN:
        return steps
    shown = STEPS_SHOWN - 2
    return [*steps[:shown], f"... {len(steps) - shown - 1} more ...", steps[-1]]


def _schedules(plans: Iterable[tuple[str, Plan]]) -> Iterator[Row]:
    for service, plan in plans:
        for schedule in plan.scaling.schedules:
            yield service, schedule.name, f"{schedule.expression} {schedule.time_zone}", words.limits(schedule)


def _show_findings(console: Console, found: Sequence[Finding]) -> None:
    if not found:
        console.print(Text("No warnings.", style="green"))
        return
    console.print(Text(f"{len(found)} {'warning' if len(found) == 1 else 'warnings'}", style="bold yellow"))
    for one in found:  # one line each, however long: people search and count them
        console.print(Text.assemble((one.code, "bold yellow"), f" {one.subject}: {one.what}"), soft_wrap=True)
        console.print(Text(f"      why: {one.why}"), soft_wrap=True)
        console.print(Text(f"      fix: {one.fix}"), soft_wrap=True)
