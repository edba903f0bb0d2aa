"""From a container image to the command that runs the same code on this machine.

The local cloud has no container engine: it runs the code that an image was built from, as a process. This is the only
place that knows which command stands for which image.
"""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass
from fnmatch import fnmatchcase
from pathlib import Path

from fastscale.errors import LocalCloudError
from fastscale.localcloud.fargate.definitions import TaskDefinition

#: What a task gets of the supervisor's own environment: enough to find programs, nothing secret and nothing of AWS.
INHERITED = ("PATH", "HOME", "LANG", "LC_ALL", "TMPDIR", "TZ")


@dataclass(frozen=True)
class LocalImage:
    """How to run an image's code, which finds its address in the environment variables HOST and PORT.

    ``niceness`` (0 to 19) lowers the priority of its processes: many tasks that start at once on few cores must not
    hold up the cloud that runs them, as tasks on Fargate, with their own CPUs, do not hold up AWS.
    """

    argv: tuple[str, ...]
    cwd: Path | None = None
    niceness: int = 0


class LocalImages:
    """Local images by the name of the container, else by patterns of image names, the first of which that fits counts.

    The container's name goes first because image names may tell nothing: all images that CDK builds are in one
    repository, and their tags are hashes.
    """

    def __init__(
        self, patterns: Mapping[str, LocalImage], *, containers: Mapping[str, LocalImage] | None = None
    ) -> None:
        self._patterns = dict(patterns)
        self._containers = dict(containers or {})

    def find(self, definition: TaskDefinition) -> LocalImage:
        """The local image for the container of ``definition``. Raises LocalCloudError when there is none."""
        by_name = self._containers.get(definition.container)
        if by_name is not None:
            return by_name
        for pattern, local in self._patterns.items():
            if fnmatchcase(definition.image, pattern):
                return local
        known = ", ".join([*self._containers, *self._patterns])
        raise LocalCloudError(
            f"CannotPullContainerError: no local command stands for image {definition.image!r}; known: {known}"
        )


def base_environment() -> dict[str, str]:
    """The part of a task's environment that does not come from its task definition."""
    return {name: os.environ[name] for name in INHERITED if name in os.environ} | {"PYTHONUNBUFFERED": "1"}
