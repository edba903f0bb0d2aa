"""Which task this is, from the ECS task metadata endpoint, version 4.

Source: https://docs.aws.amazon.com/AmazonECS/latest/developerguide/task-metadata-endpoint-v4-fargate.html
"""

from __future__ import annotations

import json
import os
from collections.abc import Callable, Mapping
from typing import Any

from fastscale import names
from fastscale.meter.group import METADATA_VARIABLE
from fastscale.meter.sink import SendError

_TIMEOUT_SECONDS = 2.0


def task_dimensions(
    *, service: str | None = None, with_task: bool = False, environment: Mapping[str, str] = os.environ
) -> Callable[[], dict[str, str]]:
    """A function that finds ClusterName and ServiceName, and TaskId when ``with_task``; for a sink's ``dimensions``.

    An alarm on the service's average needs metrics *without* dimensions: use these for metrics that people look at.
    Every task id makes new metrics, each at its price. Fargate does not always tell the service's name: then
    ``service`` gives it.
    """

    def find() -> dict[str, str]:
        task = _read_task_metadata(environment)
        service_name = service or task.get("ServiceName")
        if not service_name:
            raise SendError(
                "no-service-name", "the task metadata has no ServiceName: pass service=... to task_dimensions"
            )
        found = {
            names.DIMENSION_CLUSTER: str(task.get("Cluster", "")).rpartition("/")[2],
            names.DIMENSION_SERVICE: service_name,
        }
        if with_task:
            found[names.DIMENSION_TASK] = str(task.get("TaskARN", "")).rpartition("/")[2]
        return found

    return find


def _read_task_metadata(environment: Mapping[str, str]) -> dict[str, Any]:
    from urllib.request import urlopen

    base = environment.get(METADATA_VARIABLE)
    if not base:
        raise SendError("no-task-metadata", f"{METADATA_VARIABLE} is not set: this is not an ECS task")
    if not base.startswith("http://"):
        raise SendError("no-task-metadata", f"{METADATA_VARIABLE}={base!r} is not an http URL")
    try:
        with urlopen(f"{base}/task", timeout=_TIMEOUT_SECONDS) as answer:  # noqa: S310 - http, checked above
            found = json.load(answer)
    except (OSError, ValueError) as error:
        raise SendError("task-metadata", f"cannot read the task metadata at {base}/task: {error}") from error
    if not isinstance(found, dict):
        raise SendError("task-metadata", f"the task metadata at {base}/task is not an object")
    return found
