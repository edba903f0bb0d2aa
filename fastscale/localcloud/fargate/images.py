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

#: What a task gets of the supervisor's own environment: enough to find programs, nothing secret and nothing of AWS.
INHERITED = ("PATH", "HOME", "LANG", "LC_ALL", "TMPDIR", "TZ")


@dataclass(frozen=True)
class LocalImage:
    """How to run an image's code: ``{host}`` and ``{port}`` in ``argv`` become the task's address.

    ``niceness`` (0 to 19) lowers the priority of its processes: many tasks that start at once on few cores must not
    hold up the cloud that runs them, as tasks on Fargate, with their own CPUs, do not hold up AWS.
    """

    argv: tuple[str, ...]
    cwd: Path | None = None
    niceness: int = 0

    def command(self, host: str, port: int) -> list[str]:
        """The command line of one task."""
        return [part.format(host=host, port=port) for part in self.argv]


class LocalImages:
    """Local images by patterns of image names, such as ``{"*": image}``; the first pattern that fits counts."""

    def __init__(self, patterns: Mapping[str, LocalImage]) -> None:
        self._patterns = dict(patterns)

    def find(self, image: str) -> LocalImage:
        """The local image for ``image``. Raises LocalCloudError when there is none."""
        for pattern, local in self._patterns.items():
            if fnmatchcase(image, pattern):
                return local
        raise LocalCloudError(
            f"CannotPullContainerError: no local command stands for image {image!r}; known: {', '.join(self._patterns)}"
        )


def base_environment() -> dict[str, str]:
    """The part of a task's environment that does not come from its task definition."""
    return {name: os.environ[name] for name in INHERITED if name in os.environ} | {"PYTHONUNBUFFERED": "1"}
