"""The questions to the AWS API, one a method. Answers are AWS's own shapes; what does not exist is None."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

from botocore.exceptions import ClientError

from fastscale import names
from fastscale.aws.session import MakeClient
from fastscale.plan import Plan

Shape = Mapping[str, Any]

#: Where `cdk bootstrap` leaves its version (AWS CDK developer guide, "Bootstrapping", with the default qualifier).
BOOTSTRAP_PARAMETER = "/cdk-bootstrap/hnb659fds/version"
#: As Service Quotas calls it (Amazon ECS developer guide, "Service quotas", Fargate).
VCPU_QUOTA = "Fargate On-Demand vCPU resource count"
#: Datapoints are looked for this far back, in seconds, at this period.
METRIC_WINDOW_SECONDS = 900
METRIC_PERIOD_SECONDS = 10
#: DescribeTasks takes so many tasks a call (ECS API reference, DescribeTasks).
TASKS_A_CALL = 100


class Reader:
    """Asks about the service of ``plan``. Methods raise botocore's errors when the API refuses to answer."""

    def __init__(self, plan: Plan, client: MakeClient) -> None:
        self._plan = plan
        self._client = client

    def identity(self) -> str:
        """The ARN that the credentials stand for."""
        return str(self._client("sts").get_caller_identity()["Arn"])

    def bootstrap_version(self) -> int | None:
        """The version of the CDK bootstrap stack."""
        try:
            parameter = self._client("ssm").get_parameter(Name=BOOTSTRAP_PARAMETER)["Parameter"]
        except ClientError as error:
            if error.response["Error"]["Code"] == "ParameterNotFound":
                return None
            raise
        return int(parameter["Value"])

    def stacks(self) -> dict[str, Shape]:
        """Every stack of the Region by its name."""
        pages = self._client("cloudformation").get_paginator("describe_stacks").paginate()
        return {stack["StackName"]: stack for page in pages for stack in page["Stacks"]}

    def vcpu_quota(self) -> float | None:
        """How many vCPUs Fargate may run at once in this account and Region."""
        pages = self._client("service-quotas").get_paginator("list_service_quotas").paginate(ServiceCode="fargate")
        quotas = [quota for page in pages for quota in page["Quotas"] if quota["QuotaName"] == VCPU_QUOTA]
        return float(quotas[0]["Value"]) if quotas else None

    def service(self) -> Shape | None:
        """The ECS service; one that was deleted is None."""
        ecs, wanted = self._client("ecs"), self._plan.service
        try:
            found = ecs.describe_services(cluster=wanted.cluster, services=[wanted.name])["services"]
        except ClientError as error:
            if error.response["Error"]["Code"] == "ClusterNotFoundException":
                return None
            raise
        return next((service for service in found if service["status"] != "INACTIVE"), None)

    def stopped_tasks(self) -> list[Shape]:
        """Tasks of the service that stopped lately; ECS keeps them for about an hour."""
        ecs, wanted = self._client("ecs"), self._plan.service
        arns = ecs.list_tasks(cluster=wanted.cluster, serviceName=wanted.name, desiredStatus="STOPPED")["taskArns"]
        if not arns:
            return []
        tasks: list[Shape] = ecs.describe_tasks(cluster=wanted.cluster, tasks=arns[:TASKS_A_CALL])["tasks"]
        return tasks

    def targets(self) -> list[Shape]:
        """The health of each target of the target group."""
        elb = self._client("elbv2")
        group = elb.describe_target_groups(Names=[self._plan.load_balancer.target_group])["TargetGroups"][0]
        health: list[Shape] = elb.describe_target_health(TargetGroupArn=group["TargetGroupArn"])[
            "TargetHealthDescriptions"
        ]
        return health

    def scalable_target(self) -> Shape | None:
        """The service as Application Auto Scaling knows it."""
        answer = self._client("application-autoscaling").describe_scalable_targets(
            ServiceNamespace=names.SERVICE_NAMESPACE_ECS, ResourceIds=[self._resource_id()]
        )
        return next(iter(answer["ScalableTargets"]), None)

    def activities(self) -> list[Shape]:
        """Scaling activities, newest first, with those that were decided against."""
        answer = self._client("application-autoscaling").describe_scaling_activities(
            ServiceNamespace=names.SERVICE_NAMESPACE_ECS,
            ResourceId=self._resource_id(),
            IncludeNotScaledActivities=True,
        )
        found: list[Shape] = answer["ScalingActivities"]
        return found

    def alarms(self) -> dict[str, Shape]:
        """The alarms of the Region by their names."""
        pages = self._client("cloudwatch").get_paginator("describe_alarms").paginate()
        return {alarm["AlarmName"]: alarm for page in pages for alarm in page["MetricAlarms"]}

    def newest_datapoint(self, alarm: Shape, now: float) -> float | None:
        """When the newest period with data of the alarm's metric began, as an epoch second."""
        end = (now // METRIC_PERIOD_SECONDS + 1) * METRIC_PERIOD_SECONDS
        answer = self._client("cloudwatch").get_metric_statistics(
            Namespace=alarm["Namespace"],
            MetricName=alarm["MetricName"],
            Dimensions=alarm.get("Dimensions", []),
            StartTime=datetime.fromtimestamp(end - METRIC_WINDOW_SECONDS, UTC),
            EndTime=datetime.fromtimestamp(end, UTC),
            Period=METRIC_PERIOD_SECONDS,
            Statistics=["SampleCount"],
        )
        return max((float(point["Timestamp"].timestamp()) for point in answer["Datapoints"]), default=None)

    def _resource_id(self) -> str:
        return f"service/{self._plan.service.cluster}/{self._plan.service.name}"
