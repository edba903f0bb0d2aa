"""The questions to the AWS API, one a method. Answers are AWS's own shapes; what does not exist is None."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime
from typing import Any

from botocore.exceptions import ClientError

from fastscale import names
from fastscale.aws.quotas import TASKS_A_CALL
from fastscale.aws.session import MakeClient
from fastscale.doctor.image import in_ecr
from fastscale.doctor.permissions import Document, Role, TaskRoles
from fastscale.plan import Plan

Shape = Mapping[str, Any]

#: Where `cdk bootstrap` leaves its version (AWS CDK developer guide, "Bootstrapping", with the default qualifier).
BOOTSTRAP_PARAMETER = "/cdk-bootstrap/hnb659fds/version"
#: Datapoints are looked for this far back, in seconds, at this period.
METRIC_WINDOW_SECONDS = 900
METRIC_PERIOD_SECONDS = 10
#: What Pulse publishes about itself is looked at over so many seconds, and its log over so many.
PULSE_WINDOW_SECONDS = 120
PULSE_LOG_SECONDS = 300
#: How its log calls a change that was made, and one that could not be.
CHANGES = ("change", "no change")


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

    def stack_of(self, physical_id: str) -> str | None:
        """The stack that made the resource with this physical id: an ARN of a service, a name of an alarm."""
        try:
            found = self._client("cloudformation").describe_stack_resources(PhysicalResourceId=physical_id)
        except ClientError as error:
            if error.response["Error"]["Code"] == "ValidationError":
                return None
            raise
        return str(found["StackResources"][0]["StackName"])

    def fargate_quotas(self) -> dict[str, float]:
        """The quotas of Fargate in this account and Region, by their names."""
        return self._quotas("fargate")

    def balancer_quotas(self) -> dict[str, float]:
        """The quotas of Elastic Load Balancing in this account and Region, by their names."""
        return self._quotas("elasticloadbalancing")

    def _quotas(self, service: str) -> dict[str, float]:
        """Some quotas have no applied value, only AWS's default (Service Quotas API reference, ListServiceQuotas)."""
        client = self._client("service-quotas")
        found: dict[str, float] = {}
        for listing in ("list_aws_default_service_quotas", "list_service_quotas"):
            for page in client.get_paginator(listing).paginate(ServiceCode=service):
                found |= {quota["QuotaName"]: float(quota["Value"]) for quota in page["Quotas"]}
        return found

    def service(self) -> Shape | None:
        """The ECS service; one that was deleted is None."""
        return self._service(self._plan.service.name)

    def controller(self) -> Shape | None:
        """The ECS service that Pulse runs as."""
        return self._service(self._plan.pulse.cluster_service)

    def _service(self, name: str) -> Shape | None:
        ecs, cluster = self._client("ecs"), self._plan.service.cluster
        try:
            found = ecs.describe_services(cluster=cluster, services=[name])["services"]
        except ClientError as error:
            if error.response["Error"]["Code"] == "ClusterNotFoundException":
                return None
            raise
        return next((service for service in found if service["status"] != "INACTIVE"), None)

    def roles(self) -> TaskRoles | None:
        """The roles of the tasks that are started now; None when there is no service."""
        return self._roles(self.service())

    def controller_roles(self) -> TaskRoles | None:
        """The roles that Pulse is started with; None when it has no service."""
        return self._roles(self.controller())

    def _roles(self, service: Shape | None) -> TaskRoles | None:
        definition = self._definition(service)
        if definition is None:
            return None
        return TaskRoles(
            self._role(definition.get("taskRoleArn")),
            self._role(definition.get("executionRoleArn")),
            from_ecr=any(in_ecr(made["image"]) for made in definition["containerDefinitions"]),
        )

    def image(self) -> tuple[str, bool | None] | None:
        """The image of the tasks that are started now, and whether its repository in ECR has it.

        It is None where the image lies elsewhere; all is None when there is no service.
        """
        definition = self._definition(self.service())
        if definition is None:
            return None
        container = self._plan.task.container
        named = {made["name"]: made["image"] for made in definition["containerDefinitions"]}
        uri = str(named.get(container) or next(iter(named.values())))
        return uri, self._has_image(uri)

    def _has_image(self, uri: str) -> bool | None:
        image = in_ecr(uri)
        if image is None:
            return None
        try:
            self._client("ecr").describe_images(
                registryId=image.account, repositoryName=image.repository, imageIds=[image.id]
            )
        except ClientError as error:
            if error.response["Error"]["Code"] in ("ImageNotFoundException", "RepositoryNotFoundException"):
                return False
            raise
        return True

    def _definition(self, service: Shape | None) -> Shape | None:
        if service is None:
            return None
        found: Shape = self._client("ecs").describe_task_definition(taskDefinition=service["taskDefinition"])[
            "taskDefinition"
        ]
        return found

    def _role(self, arn: str | None) -> Role | None:
        if arn is None:
            return None
        name = arn.rpartition("/")[2]
        try:
            return Role(name, list(self._documents(name)))
        except ClientError as error:
            if error.response["Error"]["Code"] == "NoSuchEntity":
                return Role(name, None)
            raise

    def _documents(self, role: str) -> Iterator[Document]:
        iam = self._client("iam")
        for page in iam.get_paginator("list_role_policies").paginate(RoleName=role):
            for policy in page["PolicyNames"]:
                yield iam.get_role_policy(RoleName=role, PolicyName=policy)["PolicyDocument"]
        for page in iam.get_paginator("list_attached_role_policies").paginate(RoleName=role):
            for attached in page["AttachedPolicies"]:
                arn = attached["PolicyArn"]
                version = iam.get_policy(PolicyArn=arn)["Policy"]["DefaultVersionId"]
                yield iam.get_policy_version(PolicyArn=arn, VersionId=version)["PolicyVersion"]["Document"]

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

    def policy_arns(self) -> set[str]:
        """The scaling policies that exist."""
        pages = self._client("application-autoscaling").get_paginator("describe_scaling_policies")
        found = pages.paginate(ServiceNamespace=names.SERVICE_NAMESPACE_ECS)
        return {policy["PolicyARN"] for page in found for policy in page["ScalingPolicies"]}

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

    def pulse_average(self, metric: str, now: float) -> float | None:
        """The average of one of Pulse's own metrics over the last minutes; None when there is none."""
        wanted = self._plan.service
        answer = self._client("cloudwatch").get_metric_statistics(
            Namespace=names.NAMESPACE_PULSE,
            MetricName=metric,
            Dimensions=[
                {"Name": names.DIMENSION_CLUSTER, "Value": wanted.cluster},
                {"Name": names.DIMENSION_SERVICE, "Value": wanted.name},
            ],
            StartTime=datetime.fromtimestamp(now - PULSE_WINDOW_SECONDS, UTC),
            EndTime=datetime.fromtimestamp(now, UTC),
            Period=60,
            Statistics=["Sum", "SampleCount"],
        )
        samples = sum(point["SampleCount"] for point in answer["Datapoints"])
        return float(sum(point["Sum"] for point in answer["Datapoints"]) / samples) if samples else None

    def newest_change(self, now: float) -> Shape | None:
        """What Pulse's log tells last of a change of the count, made or not, within some minutes."""
        pages = (
            self._client("logs")
            .get_paginator("filter_log_events")
            .paginate(
                logGroupName=self._plan.pulse.log_group,
                startTime=int((now - PULSE_LOG_SECONDS) * 1000),
                filterPattern='"change"',
            )
        )
        lines = (_json(event["message"]) for page in pages for event in page["events"])
        about = self._resource_id()
        changes = [line for line in lines if line.get("event") in CHANGES and line.get("service") == about]
        return max(changes, key=lambda change: float(change["at"]), default=None)

    def newest_datapoint(
        self, alarm: Shape, now: float, *, period_seconds: int = METRIC_PERIOD_SECONDS
    ) -> float | None:
        """When the newest period with data of the alarm's metric began, as an epoch second."""
        end = (now // period_seconds + 1) * period_seconds
        answer = self._client("cloudwatch").get_metric_statistics(
            Namespace=alarm["Namespace"],
            MetricName=alarm["MetricName"],
            Dimensions=alarm.get("Dimensions", []),
            StartTime=datetime.fromtimestamp(end - METRIC_WINDOW_SECONDS, UTC),
            EndTime=datetime.fromtimestamp(end, UTC),
            Period=period_seconds,
            Statistics=["SampleCount"],
        )
        return max((float(point["Timestamp"].timestamp()) for point in answer["Datapoints"]), default=None)

    def _resource_id(self) -> str:
        return f"service/{self._plan.service.cluster}/{self._plan.service.name}"


def _json(line: str) -> Shape:
    """The object of a line; empty when it holds none."""
    try:
        found = json.loads(line)
    except ValueError:
        return {}
    return found if isinstance(found, dict) else {}
