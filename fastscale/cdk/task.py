"""What one task is: its size, its container, its logs and what it may do."""

from __future__ import annotations

from collections.abc import Mapping
from typing import cast

from aws_cdk import Duration, RemovalPolicy, Stack
from aws_cdk import aws_ecs as ecs
from aws_cdk import aws_iam as iam
from aws_cdk import aws_logs as logs
from constructs import Construct

from fastscale.cdk import nag
from fastscale.cdk.access import publish_metrics
from fastscale.cdk.processors import runtime_platform
from fastscale.plan import Task

#: What ECS tags tasks with when the service has managed tags (ECS developer guide, "Tagging Amazon ECS resources").
#: Nobody can set a tag that begins with `aws:` by hand.
SERVICE_TAG = "aws:ecs:serviceName"

#: Where the agent behind ECS Exec writes: volumes, because the root file system is read-only. AWS does not publish the
#: paths; users found them (github.com/aws/containers-roadmap, issue 1359).
EXEC_AGENT_DIRECTORIES = {
    "exec-agent": "/managed-agents",
    "exec-state": "/var/lib/amazon/ssm",
    "exec-logs": "/var/log/amazon/ssm",
}


class AppTask(Construct):
    """A Fargate task definition with one container, which may do nothing but write its logs until it is allowed to."""

    def __init__(
        self,
        scope: Construct,
        id_: str,
        *,
        task: Task,
        image: ecs.ContainerImage,
        environment: Mapping[str, str],
    ) -> None:
        super().__init__(scope, id_)
        self.definition = self._definition(task)
        self.container = self.definition.add_container(
            "Container",
            container_name=task.container,
            image=image,
            environment=dict(environment),
            port_mappings=[ecs.PortMapping(container_port=task.port)],
            readonly_root_filesystem=True,
            stop_timeout=Duration.seconds(task.stop_timeout_seconds),
            logging=ecs.LogDrivers.aws_logs(
                stream_prefix=task.container,
                log_group=self._log_group(task),
                mode=ecs.AwsLogDriverMode.NON_BLOCKING,  # requests do not wait for a log service that is slow
            ),
        )
        self._accept_findings()

    def allow_metrics(self, namespace: str) -> None:
        """Let the task publish metrics into ``namespace`` and no other."""
        self.definition.add_to_task_role_policy(publish_metrics(namespace))

    def allow_protection(self, cluster: str, service: str) -> None:
        """Let a task of ``service`` protect itself from scale-in while it does work that must not be cut short.

        The application asks for it, at its agent's endpoint (ECS developer guide, "Task scale-in protection endpoint").
        Tasks are named by their cluster and an id that is made up when they start; which service they are of is in a
        tag, which the action knows as a condition (Service Authorization Reference). The service has to have ECS's
        managed tags.
        """
        tasks = Stack.of(self).format_arn(service="ecs", resource="task", resource_name=f"{cluster}/*")
        self.definition.add_to_task_role_policy(
            iam.PolicyStatement(
                sid="ProtectItself",
                actions=["ecs:GetTaskProtection", "ecs:UpdateTaskProtection"],
                resources=[tasks],
                conditions={"StringEquals": {f"aws:ResourceTag/{SERVICE_TAG}": service}},
            )
        )
        nag.accept_wildcard(
            self.definition,
            service="ecs",
            resource=f"task/{cluster}/*",
            reason="The id of a task is made up when it starts; cluster and condition hold it to the service.",
        )

    def allow_exec(self) -> None:
        """Give the agent behind ECS Exec room to write. The service that enables ECS Exec adds the permission."""
        for name, path in EXEC_AGENT_DIRECTORIES.items():
            self.definition.add_volume(name=name)
            self.container.add_mount_points(ecs.MountPoint(source_volume=name, container_path=path, read_only=False))

    def _definition(self, task: Task) -> ecs.FargateTaskDefinition:
        return ecs.FargateTaskDefinition(
            self,
            "Definition",
            family=task.family,
            cpu=task.cpu,
            memory_limit_mib=task.memory,
            runtime_platform=runtime_platform(task.architecture),
        )

    def _log_group(self, task: Task) -> logs.LogGroup:
        group = logs.LogGroup(self, "Logs", log_group_name=task.log_group, removal_policy=RemovalPolicy.DESTROY)
        # The high-level construct takes an enumeration of periods; the resource takes days, as the plan does.
        cast(logs.CfnLogGroup, group.node.default_child).retention_in_days = task.log_retention_days
        return group

    def _accept_findings(self) -> None:
        nag.accept(self.definition, "ECS2", "The variables are a port, names and intervals; none of them is a secret.")
        nag.accept(
            self.definition,
            "IAM5[Resource::*]",
            "PutMetricData (limited to one namespace), ECR's GetAuthorizationToken and ECS Exec's channels know no "
            "resources.",
        )
