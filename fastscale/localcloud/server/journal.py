"""What survives the end of the server: the stacks, and the capacities that scaling has set since.

Two small JSON files in the state directory, each replaced as a whole, so that a crash leaves the old or the new one.
Everything else (alarm states, metrics, tasks, target health) is reported anew by the loops that own it.
"""

from __future__ import annotations

import json
import threading
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from fastscale.errors import LocalCloudError
from fastscale.files import replace_content
from fastscale.localcloud.server.cloudformation.stack import Stack
from fastscale.localcloud.server.shapes import Shape

#: Statuses of stacks whose template describes what exists.
_LASTING = ("CREATE_COMPLETE", "UPDATE_", "DELETE_FAILED")


class Journal:
    """The journal of one server, in ``state_dir``."""

    def __init__(self, state_dir: Path) -> None:
        state_dir.mkdir(parents=True, exist_ok=True)
        self._stacks_path = state_dir / "stacks.json"
        self._capacity_path = state_dir / "capacity.json"
        self._lock = threading.Lock()
        self._capacity: Shape = {}

    def stacks(self) -> list[Shape]:
        """The saved stacks in the order of their creation; raises LocalCloudError when the file is damaged."""
        return list(_read(self._stacks_path, []))

    def save_stacks(self, stacks: Iterable[Stack]) -> None:
        """Replace the saved stacks by those of ``stacks`` that are in place."""
        lasting = [_saved(stack) for stack in stacks if stack.status.startswith(_LASTING)]
        with self._lock:
            _write(self._stacks_path, lasting)

    def capacity(self) -> Shape:
        """What :meth:`save_capacity` saved last."""
        return dict(_read(self._capacity_path, {}))

    def save_capacity(self, capacity: Shape) -> None:
        """Replace the saved capacities: desired counts, scalable targets, revisions of task definitions."""
        with self._lock:
            if capacity != self._capacity:
                _write(self._capacity_path, capacity)
                self._capacity = capacity


def _saved(stack: Stack) -> Shape:
    return {
        "name": stack.name,
        "stackId": stack.stack_id,
        "template": stack.template.text,
        "parameters": stack.parameters,
        "tags": stack.tags,
        "capabilities": stack.capabilities,
        "terminationProtection": stack.termination_protection,
    }


def _read(path: Path, default: Any) -> Any:
    try:
        return json.loads(path.read_text())
    except FileNotFoundError:
        return default
    except ValueError as error:
        raise LocalCloudError(f"{path} is damaged ({error}); delete it to start with an empty cloud") from error


def _write(path: Path, content: Any) -> None:
    replace_content(path, json.dumps(content).encode(), durable=True)
