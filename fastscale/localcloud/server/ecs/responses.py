"""The ECS API: moto's for clusters and task definitions, ours for services and tasks."""

from __future__ import annotations

import re
import time
from typing import cast

from moto.core.responses import ActionResult
from moto.ecs.exceptions import EcsClientException, InvalidParameterException
from moto.ecs.responses import EC2ContainerServiceResponse

from fastscale.localcloud.server.ecs import services
from fastscale.localcloud.server.ecs.models import EcsBackend
from fastscale.localcloud.server.ecs.services import Service
from fastscale.localcloud.server.shapes import Shape, page

_APPLICATION_ID = re.compile(r"(?:^| )app/(\S+)")
_NO_LONE_TASKS = "The local cloud runs the tasks of services only: create a service, or raise its desired count."


class EcsResponse(EC2ContainerServiceResponse):
    """One request to ECS; each public method is the action of that name."""

    @property
    def own(self) -> EcsBackend:
        """The back end of the request's region."""
        return cast(EcsBackend, self.ecs_backend)

    def create_service(self) -> ActionResult:
        """CreateService."""
        return ActionResult({"service": self.own.create_own_service(self.params)})

    def update_service(self) -> ActionResult:
        """UpdateService."""
        return ActionResult({"service": self.own.update_own_service(self.params, by=self._client_name())})

    def delete_service(self) -> ActionResult:
        """DeleteService."""
        return ActionResult({"service": self.own.delete_own_service(self.params)})

    def list_services(self) -> ActionResult:
        """ListServices: the ARNs of the services that are not deleted."""
        wanted = {key: self.params[key] for key in ("launchType", "schedulingStrategy") if key in self.params}
        found = [
            service.description["serviceArn"]
            for service in self.own.services_of(self.params.get("cluster"))
            if service.status != "INACTIVE" and all(service.description[key] == wanted[key] for key in wanted)
        ]
        return self._arns("serviceArns", sorted(found), default_size=10)

    def list_tasks(self) -> ActionResult:
        """ListTasks; without ``desiredStatus`` it lists the tasks that should run, as AWS does."""
        status = self.params.get("desiredStatus") or "RUNNING"
        found = [
            arn
            for service in self._services_asked_for()
            for arn, task in service.tasks.items()
            if task["desiredStatus"] == status and self._matches(task)
        ]
        return self._arns("taskArns", found, default_size=100)

    def describe_tasks(self) -> ActionResult:
        """DescribeTasks, with a failure for each task that is not known."""
        cluster = self.params.get("cluster")
        asked: list[str] = self.params.get("tasks", [])
        if not asked:
            raise InvalidParameterException("Tasks cannot be empty.")
        found = [(name, self.own.find_task(cluster, name)) for name in asked]
        return ActionResult(
            {
                "tasks": [match[1] for _, match in found if match is not None],
                "failures": [{"arn": name, "reason": "MISSING"} for name, match in found if match is None],
            }
        )

    def stop_task(self) -> ActionResult:
        """StopTask: a wish that the part which runs the tasks learns with its next report."""
        found = self.own.find_task(self.params.get("cluster"), self.params["task"])
        if found is None:
            raise InvalidParameterException("The referenced task was not found.")
        service, task = found
        reason = self.params.get("reason") or "Task stopped by user"
        with self.own.lock:
            stopped = services.request_stop(service, task["taskArn"], reason)
            task_id = task["taskArn"].rsplit("/", 1)[-1]
            service.add_event(
                f"(service {service.name}) has begun stopping (task {task_id}) on request.", now=time.time()
            )
        return ActionResult({"task": stopped})

    def run_task(self) -> ActionResult:
        """RunTask: refused, because nothing here would run the task."""
        raise EcsClientException(_NO_LONE_TASKS)

    def start_task(self) -> ActionResult:
        """StartTask: refused, because nothing here would run the task."""
        raise EcsClientException(_NO_LONE_TASKS)

    def _client_name(self) -> str:
        """The application id in the User-Agent header, which an SDK takes from AWS_SDK_UA_APP_ID; empty without one.

        https://docs.aws.amazon.com/sdkref/latest/guide/feature-appid.html
        """
        found = _APPLICATION_ID.search(self.headers.get("User-Agent", ""))
        return found[1] if found else ""

    def _services_asked_for(self) -> list[Service]:
        cluster, name = self.params.get("cluster"), self.params.get("serviceName")
        return [self.own.own_service(cluster, name)] if name else self.own.services_of(cluster)

    def _matches(self, task: Shape) -> bool:
        family, started_by = self.params.get("family"), self.params.get("startedBy")
        launch_type = self.params.get("launchType")
        of_family = f":task-definition/{family}:" in task["taskDefinitionArn"]
        return (
            (family is None or of_family)
            and (started_by is None or task.get("startedBy") == started_by)
            and (launch_type is None or task["launchType"] == launch_type)
        )

    def _arns(self, key: str, arns: list[str], *, default_size: int) -> ActionResult:
        size = self.params.get("maxResults") or default_size
        shown, token = page([{"arn": arn} for arn in arns], self.params.get("nextToken"), size)
        return ActionResult({key: [item["arn"] for item in shown], "nextToken": token})
