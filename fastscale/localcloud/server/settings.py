"""What one server process was started with.

moto creates a back end on first use and passes it only a region and an account, so the rest is kept here, once a
process.
"""

from __future__ import annotations

import uuid
from dataclasses import dataclass

from fastscale.aws_facts import METRIC_VISIBILITY_SECONDS

#: The account that moto answers for when the caller's credentials are not known to it (any dummy key will do).
ACCOUNT_ID = "123456789012"

#: Another id with every start of the process. The server's own requests carry it in their user agent.
BOOT = uuid.uuid4().hex


@dataclass(frozen=True)
class Settings:
    """Options of the server; see ``python -m fastscale.localcloud.server --help``.

    ``visibility_seconds`` is the time from PutMetricData until a query sees the datapoint. With ``load_services`` the
    services are loaded before the server is ready, which takes some seconds, and not at their first requests.
    """

    host: str = "127.0.0.1"
    port: int = 4566
    region: str = "ap-northeast-2"
    alb_port: int = 8000
    visibility_seconds: float = METRIC_VISIBILITY_SECONDS
    load_services: bool = False

    @property
    def endpoint_url(self) -> str:
        """Where this server answers."""
        return f"http://{self.host}:{self.port}"

    @property
    def alb_dns_name(self) -> str:
        """The DNS name of every load balancer, with the port: ``http://<DNS name>/`` reaches the proxy."""
        return f"localhost:{self.alb_port}"


class _Process:
    settings = Settings()


def activate(settings: Settings) -> None:
    """Make ``settings`` those of this process; call once, before the first request."""
    _Process.settings = settings


def active() -> Settings:
    """The settings of this process."""
    return _Process.settings
