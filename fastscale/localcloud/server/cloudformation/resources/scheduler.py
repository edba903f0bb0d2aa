"""Schedules of EventBridge Scheduler and their groups."""

from __future__ import annotations

from fastscale.localcloud.server.cloudformation.resources.arguments import arguments
from fastscale.localcloud.server.cloudformation.resources.base import Context, Physical, Properties, ResourceType


def _create_schedule(context: Context, properties: Properties) -> Physical:
    client = context.client("scheduler")
    named = {"Name": context.name(properties), **properties}
    arn = client.create_schedule(**arguments(client, "CreateSchedule", named))["ScheduleArn"]
    return Physical(named["Name"], {"Arn": arn})


def _update_schedule(context: Context, physical: Physical, _: Properties, new: Properties) -> Physical:
    client = context.client("scheduler")
    client.update_schedule(**arguments(client, "UpdateSchedule", {**new, "Name": physical.id}))
    return physical


def _delete_schedule(context: Context, physical: Physical, properties: Properties) -> None:
    group = properties.get("GroupName", "default")
    context.client("scheduler").delete_schedule(Name=physical.id, GroupName=group)


def _create_group(context: Context, properties: Properties) -> Physical:
    client = context.client("scheduler")
    name = properties.get("Name") or context.name(properties)
    made = client.create_schedule_group(Name=name, Tags=context.tag_list(properties))
    return Physical(name, {"Arn": made["ScheduleGroupArn"]})


def _delete_group(context: Context, physical: Physical, _: Properties) -> None:
    context.client("scheduler").delete_schedule_group(Name=physical.id)


TYPES = {
    "AWS::Scheduler::Schedule": ResourceType(
        _create_schedule, _delete_schedule, _update_schedule, frozenset({"Name", "GroupName"})
    ),
    "AWS::Scheduler::ScheduleGroup": ResourceType(_create_group, _delete_group),
}
