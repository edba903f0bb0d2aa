"""Every error that fastscale raises on purpose.

::

    FastscaleError                 one clear line for a person; the CLI prints it and exits with `exit_code`
    ├── InputError                 what the user gave is wrong (exit code 2)
    │   ├── PlanError              a plan, plan file or template says something impossible
    │   ├── TraceError             a traffic file cannot be read as traffic
    │   └── ExpressionError        a metric math or schedule expression cannot be understood
    ├── PortInUseError             a port that we need is taken (exit code 2)
    ├── MissingPartError           an optional part is not installed, or a program is missing (exit code 2)
    ├── ImageError                 a container image could not be built or pushed
    ├── DeployError                a stack could not be deployed
    ├── ActionError                a service's desired count could not be set
    ├── StoreError                 a document that outlives the process could not be read or written
    └── LocalCloudError            a part of the local cloud failed and could not be brought back
"""

from __future__ import annotations


class FastscaleError(Exception):
    """Base of all errors meant for a person: its text is one line that names the thing and the fix."""

    exit_code = 1


class InputError(FastscaleError):
    """What the user gave cannot be used: the line names the key, the value and what would be right."""

    exit_code = 2


class PlanError(InputError):
    """A plan, plan file or template says something impossible."""


class TraceError(InputError):
    """A traffic file cannot be read as traffic."""


class ExpressionError(InputError):
    """A metric math or schedule expression cannot be understood."""


class PortInUseError(FastscaleError):
    """A port that we need is taken by another process."""

    exit_code = 2


class MissingPartError(FastscaleError):
    """An optional part of fastscale, or a program it drives, is not installed."""

    exit_code = 2


class ImageError(FastscaleError):
    """A container image could not be built or pushed; the line names the engine or the repository, and why."""


class DeployError(FastscaleError):
    """A stack could not be deployed; the line names stack, logical id and reason."""


class ActionError(FastscaleError):
    """A service's desired count could not be set; the line names the service and the reason."""


class StoreError(FastscaleError):
    """A document that outlives the process could not be read or written."""


class LocalCloudError(FastscaleError):
    """A part of the local cloud failed and could not be brought back."""
