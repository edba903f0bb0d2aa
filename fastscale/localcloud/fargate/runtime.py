"""The data plane: one real process per task."""

from __future__ import annotations

import signal
import socket
from collections.abc import Callable, Mapping
from typing import Protocol

from fastscale.localcloud.fargate.definitions import TaskDefinition
from fastscale.localcloud.fargate.images import LocalImages, base_environment
from fastscale.localcloud.fargate.lifecycle import Action, Facts, Status, Task
from fastscale.localcloud.process_output import LineCallback
from fastscale.localcloud.processes import Child, Processes

#: A loopback connection is accepted or refused at once; only an overfull accept queue takes longer.
CONNECT_SECONDS = 0.1
#: The name that AWS clients in a task give themselves is that of its container, as far as SDKs take it
#: (https://docs.aws.amazon.com/sdkref/latest/guide/feature-appid.html): the API server notes who set a desired count.
APPLICATION_ID_CHARACTERS = 50


#: What a task definition cannot set: variables that tell the dynamic linker, the shell or Python to load code. In a
#: container they would load the container's own; here tasks share the machine, and only known images run.
LOADER_PREFIXES = ("LD_", "DYLD_", "PYTHON")
LOADER_NAMES = ("PATH", "ENV", "BASH_ENV")


class Output(Protocol):
    """Takes what tasks print; see :class:`fastscale.localcloud.fargate.logs.LogShipper`."""

    def lines_of(self, definition: TaskDefinition, task_id: str) -> LineCallback | None:
        """What takes the lines of a task; None drops them."""
        ...

    def forget(self, task_id: str) -> None:
        """The task has ended."""
        ...


class TaskProcesses:
    """Launches, watches and ends the processes of tasks.

    ``environment`` wins over the task definition's: it is what makes AWS clients in a task talk to the local cloud.
    Of the definition's own, variables that load code (:data:`LOADER_PREFIXES`) are left out.
    ``metadata_uri`` gives the task's ECS_CONTAINER_METADATA_URI_V4.
    """

    def __init__(
        self,
        *,
        processes: Processes,
        images: LocalImages,
        environment: Mapping[str, str],
        metadata_uri: Callable[[str], str],
        output: Output,
    ) -> None:
        self._processes = processes
        self._images = images
        self._environment = dict(environment)
        self._metadata_uri = metadata_uri
        self._output = output
        self._children: dict[str, Child] = {}
        self._listening: set[str] = set()

    def facts(self, task: Task) -> Facts:
        """What the task's process does now."""
        child = self._children.get(task.id)
        if child is None:
            return Facts()
        exit_code = child.poll()
        if exit_code is None and task.status is Status.ACTIVATING and task.id not in self._listening:
            self._probe(task)
        return Facts(launched=True, listening=task.id in self._listening, exit_code=exit_code)

    def act(self, task: Task, action: Action, definition: TaskDefinition) -> None:
        """Do what the life of the task asks for. Raises FastscaleError when its process cannot be launched."""
        if action is Action.LAUNCH:
            self._launch(task, definition)
            return
        child = self._children.get(task.id)
        if child is not None:
            child.signal(signal.SIGTERM if action is Action.TERMINATE else signal.SIGKILL)

    def pid(self, task_id: str) -> int | None:
        """Process id of a task that was launched and not forgotten."""
        child = self._children.get(task_id)
        return child.pid if child is not None else None

    def forget(self, task_id: str) -> None:
        """Drop what is known of a task whose process has ended."""
        self._children.pop(task_id, None)
        self._listening.discard(task_id)
        self._output.forget(task_id)

    def _launch(self, task: Task, definition: TaskDefinition) -> None:
        image = self._images.find(definition)
        self._children[task.id] = self._processes.spawn(
            image.argv,
            name=f"task-{task.id[:8]}",
            env=self._task_environment(task, definition),
            on_line=self._output.lines_of(definition, task.id),
            cwd=image.cwd,
            niceness=image.niceness,
        )

    def _task_environment(self, task: Task, definition: TaskDefinition) -> dict[str, str]:
        own = {
            "AWS_SDK_UA_APP_ID": definition.container[:APPLICATION_ID_CHARACTERS],
            "HOST": task.ip,
            "ECS_CONTAINER_METADATA_URI_V4": self._metadata_uri(task.id),
        }
        if task.port is not None:
            own["PORT"] = str(task.port)
        given = {key: value for key, value in definition.environment.items() if not _loads_code(key)}
        return base_environment() | given | own | self._environment

    def _probe(self, task: Task) -> None:
        """Note that the task listens, or has nothing to listen on."""
        try:
            if task.port is not None:
                socket.create_connection((task.ip, task.port), CONNECT_SECONDS).close()
        except OSError:
            return
        self._listening.add(task.id)


def _loads_code(variable: str) -> bool:
    return variable.startswith(LOADER_PREFIXES) or variable in LOADER_NAMES
