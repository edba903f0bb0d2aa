"""What one local cloud is told: ports, region, state directory and the environment of its tasks."""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass, field
from pathlib import Path

from fastscale import aws_facts, names

HOST = "127.0.0.1"


@dataclass(frozen=True, kw_only=True)
class CloudSettings:
    """Everything that the supervisor of a local cloud needs; times in seconds.

    ``load_balancer`` names what sends traffic to tasks, ``pulse`` the ECS service that Pulse runs as, if it is to run;
    it is only shown, since all services run. ``task_environment`` is added to every task's environment, over
    what its task definition says. ``visibility_seconds`` is how long a datapoint takes from PutMetricData until alarms
    see it. ``task_niceness`` (0 to 19) is how far the tasks' priority is below
    that of the cloud itself.
    """

    state_dir: Path = Path(".fastscale")
    port: int = 4566
    alb_port: int = 8000
    region: str = names.REGION
    load_balancer: str = names.LOAD_BALANCER
    pulse: str | None = None
    startup_seconds: float = aws_facts.TASK_STARTUP_SECONDS
    visibility_seconds: float = aws_facts.METRIC_VISIBILITY_SECONDS
    task_niceness: int = 10
    task_environment: dict[str, str] = field(default_factory=dict)

    @property
    def endpoint_url(self) -> str:
        """Where the AWS API answers. By name, because the CDK CLI addresses S3 buckets as subdomains."""
        return f"http://localhost:{self.port}"

    @property
    def alb_url(self) -> str:
        """Where the load balancer answers."""
        return f"http://localhost:{self.alb_port}"

    @property
    def api_state_dir(self) -> Path:
        """What the API server keeps to survive its own restart; emptied when a new cloud starts."""
        return self.state_dir / "api"

    @property
    def events_path(self) -> Path:
        """The log of what happened, a line each, for people."""
        return self.state_dir / "events.log"

    def write(self) -> Path:
        """Save as JSON in the state directory; returns the file's path."""
        path = self.state_dir / "settings.json"
        path.write_text(json.dumps(asdict(self) | {"state_dir": str(self.state_dir)}, indent=1) + "\n")
        return path

    @classmethod
    def read(cls, path: Path) -> CloudSettings:
        """Load what :meth:`write` saved."""
        values = json.loads(path.read_text())
        return cls(**values | {"state_dir": Path(values["state_dir"])})
