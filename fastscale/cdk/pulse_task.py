"""What one task of Pulse is: its size, its container, its logs."""

from __future__ import annotations

from collections.abc import Mapping
from typing import cast

from aws_cdk import Duration, RemovalPolicy
from aws_cdk import aws_ecs as ecs
from aws_cdk import aws_logs as logs
from constructs import Construct

from fastscale import names
from fastscale.cdk.processors import runtime_platform
from fastscale.plan import Architecture, PulsePolicy

#: Python's own client, because the image has no curl. An answer of 400 and more raises, so the exit code is 1.
HEALTH_COMMAND = (
    "python",
    "-c",
    f"import urllib.request; urllib.request.urlopen('http://127.0.0.1:{names.PULSE_PORT}/health', timeout=3)",
)
LOG_RETENTION_DAYS = 7
#: As in the image; stated here too, so that another image does not run as root either.
USER = "10001:10001"


class PulseTask(Construct):
    """A Fargate task definition with Pulse's container, replaced by ECS when it stops answering its health check."""

    def __init__(
        self,
        scope: Construct,
        id_: str,
        *,
        pulse: PulsePolicy,
        architecture: Architecture,
        image: ecs.ContainerImage,
        environment: Mapping[str, str],
    ) -> None:
        super().__init__(scope, id_)
        self.definition = ecs.FargateTaskDefinition(
            self,
            "Definition",
            family=pulse.cluster_service,
            cpu=pulse.cpu,
            memory_limit_mib=pulse.memory,
            runtime_platform=runtime_platform(architecture),
        )
        self.definition.add_container(
            "Container",
            container_name=names.PULSE_CONTAINER,
            image=image,
            command=["python", "-m", "fastscale.pulse"],
            environment=dict(environment),
            user=USER,
            readonly_root_filesystem=True,
            health_check=_health_check(),
            logging=ecs.LogDrivers.aws_logs(
                stream_prefix=names.PULSE_CONTAINER,
                log_group=self._log_group(pulse.log_group),
                mode=ecs.AwsLogDriverMode.NON_BLOCKING,  # no decision waits for a log service that is slow
            ),
        )

    def _log_group(self, name: str) -> logs.LogGroup:
        group = logs.LogGroup(self, "Logs", log_group_name=name, removal_policy=RemovalPolicy.DESTROY)
        # The high-level construct takes an enumeration of periods; the resource takes days.
        cast(logs.CfnLogGroup, group.node.default_child).retention_in_days = LOG_RETENTION_DAYS
        return group


def _health_check() -> ecs.HealthCheck:
    """A hung controller is replaced after 45 s; the alarms and policies scale the service meanwhile."""
    return ecs.HealthCheck(
        command=["CMD", *HEALTH_COMMAND],
        interval=Duration.seconds(15),
        timeout=Duration.seconds(5),
        retries=3,
        start_period=Duration.seconds(30),
    )
