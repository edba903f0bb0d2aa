"""Pulse beside a small service on the API server: what it leaves there, as if it ran."""

from __future__ import annotations

import json
import time
from typing import Any

from fastscale import names
from fastscale.plan import PulsePolicy
from tests.doctor.deployed import EXECUTION_POLICY, TRUST, Deployed
from tests.localcloud.server.process import wait_until_visible

REST = ["ecs:ListTasks", "ecs:DescribeTasks", "elasticloadbalancing:DescribeTargetHealth"]


class Controller:
    """Pulse of one service, with names that no other test uses."""

    def __init__(self, watched: Deployed) -> None:
        self.watched, self.name, self.alarm = watched, f"{watched.name}-pulse", f"{watched.name}-heartbeat"
        policy = PulsePolicy(enabled=True, cluster_service=self.name, heartbeat_alarm=self.alarm)
        watched.plan = watched.plan.model_copy(update={"pulse": policy})
        self._client = watched.server.client

    def run(self) -> Controller:
        """Everything in order: permissions, service, heartbeat, reads."""
        self.start()
        self.watched.report_tasks(self.watched.task(9), service=self.name)
        self.put_alarm()
        self.tell(time.time() - 5, failures=0, share=1)
        return self

    def start(self) -> None:
        """A service of one task that is not there yet."""
        self.allow()
        ecs = self._client("ecs")
        container = {"name": names.PULSE_CONTAINER, "image": "pulse:1", "memory": 512}
        roles = {f"{kind}RoleArn": self._role_arn(kind) for kind in ("task", "execution")}
        ecs.register_task_definition(family=self.name, containerDefinitions=[container], **roles)
        ecs.create_service(
            cluster=self.watched.name, serviceName=self.name, taskDefinition=f"{self.name}:1", desiredCount=1
        )
        self._client("logs").create_log_group(logGroupName=f"/ecs/{self.name}")

    def allow(self, *, without: str = "", service: str = "*", namespaces: tuple[str, ...] = ()) -> None:
        """Let the role do all that Pulse does but ``without``; UpdateService on ``service``."""
        spaces = {"StringEquals": {"cloudwatch:namespace": namespaces or (self.watched.name, names.NAMESPACE_PULSE)}}
        rest = [*REST, "ecs:DescribeServices", "application-autoscaling:DescribeScalableTargets", "dynamodb:*Item"]
        allowed: list[dict[str, Any]] = [
            {"Action": [action for action in rest if action != without], "Resource": "*"},
            {"Action": "ecs:UpdateService", "Resource": service},
            {"Action": "cloudwatch:PutMetricData", "Resource": "*", "Condition": spaces},
        ]
        document = {"Version": "2012-10-17", "Statement": [{"Effect": "Allow", **one} for one in allowed]}
        role = self._role_arn("task").rpartition("/")[2]
        self._client("iam").put_role_policy(RoleName=role, PolicyName="pulse", PolicyDocument=json.dumps(document))

    def _role_arn(self, kind: str) -> str:
        iam, name = self._client("iam"), f"{self.name}-{kind}"
        if name not in {role["RoleName"] for role in iam.list_roles(MaxItems=1000)["Roles"]}:
            trust = json.dumps({"Version": "2012-10-17", "Statement": [TRUST]})
            iam.create_role(RoleName=name, AssumeRolePolicyDocument=trust)
            if kind == "execution":
                iam.attach_role_policy(RoleName=name, PolicyArn=EXECUTION_POLICY)
        return str(iam.get_role(RoleName=name)["Role"]["Arn"])

    def put_alarm(self) -> None:
        self._client("cloudwatch").put_metric_alarm(
            AlarmName=self.alarm,
            Namespace=names.NAMESPACE_PULSE,
            MetricName=names.PULSE_HEARTBEAT,
            Dimensions=self._dimensions,
            Statistic="Sum",
            Period=60,
            EvaluationPeriods=2,
            Threshold=1,
            ComparisonOperator="LessThanThreshold",
            TreatMissingData="breaching",
        )

    def tell(self, at: float, *, failures: float | None = None, share: float | None = None) -> None:
        """A heartbeat, and how its reads of some seconds went."""
        told = {
            names.PULSE_HEARTBEAT: 1.0,
            names.PULSE_SCRAPE_FAILURES: failures,
            names.PULSE_SAMPLED_SHARE: share,
        }
        data = [
            {"MetricName": name, "Dimensions": self._dimensions, "Timestamp": at, "Values": [value], "Counts": [20.0]}
            for name, value in told.items()
            if value is not None
        ]
        self._client("cloudwatch").put_metric_data(Namespace=names.NAMESPACE_PULSE, MetricData=data)
        wait_until_visible()

    def log(self, event: str, at: float, **fields: object) -> None:
        """A line of its log, as it writes them."""
        line = {"event": event, "service": self.watched.key["ResourceId"], "move": "up", "at": at, **fields}
        group, logs = {"logGroupName": f"/ecs/{self.name}"}, self._client("logs")
        stream = {**group, "logStreamName": f"pulse/{event}/{at}"}
        logs.create_log_stream(**stream)
        logs.put_log_events(**stream, logEvents=[{"timestamp": int(at * 1000), "message": json.dumps(line)}])

    @property
    def _dimensions(self) -> list[dict[str, str]]:
        about = {names.DIMENSION_CLUSTER: self.watched.name, names.DIMENSION_SERVICE: self.watched.name}
        return [{"Name": key, "Value": value} for key, value in about.items()]
