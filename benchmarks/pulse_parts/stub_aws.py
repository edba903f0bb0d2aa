"""AWS as a controller of many calm services meets it: real boto3 clients, whose requests never leave the process.

Answers have the shape and the size of AWS's own: DescribeServices tells the last hundred events of each service, and
DescribeTargetHealth has a block for each target. Parsing them is work that the controller's core has to do.
"""

from __future__ import annotations

import json
import time
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from typing import Any
from urllib.parse import parse_qs

from botocore.awsrequest import AWSResponse
from botocore.compat import HTTPHeaders

from fastscale import names
from fastscale.aws.service_shapes import ServiceId
from fastscale.aws.session import CONTROL_CONFIG, LOCAL_KEY, quick_session
from fastscale.ports import Target

REGION, ACCOUNT = names.REGION, "123456789012"
EVENTS = 100
_CBOR_EMPTY_MAP = b"\xa0"


class StubAws:
    """Services with as many tasks as they want, all healthy at ``targets``, by resource id. ``calls`` counts them."""

    def __init__(self, targets: Mapping[str, Sequence[Target]]) -> None:
        self._session = quick_session(aws_access_key_id=LOCAL_KEY, aws_secret_access_key=LOCAL_KEY, region_name=REGION)
        self.calls: Counter[str] = Counter()
        self._services = {service: json.dumps(_service(service, len(found))) for service, found in targets.items()}
        self._by_name = {ServiceId.of(service).name: service for service in targets}
        self._health = {target_group(service): _health(found) for service, found in targets.items()}
        self._counts = {service: len(found) for service, found in targets.items()}

    def client(self, service: str) -> Any:
        """A client whose calls are answered here."""
        client = self._session.client(service, config=CONTROL_CONFIG)
        client.meta.events.register("before-send", self._answer)
        return client

    def _answer(self, request: Any, event_name: str, **_: Any) -> AWSResponse:
        operation = event_name.rpartition(".")[2]
        self.calls[operation] += 1
        kind, body = {
            "DescribeServices": self._describe_services,
            "DescribeTargetHealth": self._describe_target_health,
            "DescribeScalableTargets": self._describe_scalable_targets,
            "PutMetricData": _put_metric_data,
        }[operation](request)
        headers = {"Content-Type": kind, "x-amzn-RequestId": "0"}
        if "cbor" in kind:
            headers["smithy-protocol"] = "rpc-v2-cbor"
        return AWSResponse(request.url, 200, HTTPHeaders.from_dict(headers), _Raw(body))

    def _describe_services(self, request: Any) -> tuple[str, bytes]:
        wanted = json.loads(request.body)["services"]
        found = ", ".join(self._services[self._by_name[name]] for name in wanted)
        return "application/x-amz-json-1.1", f'{{"services": [{found}], "failures": []}}'.encode()

    def _describe_target_health(self, request: Any) -> tuple[str, bytes]:
        body = request.body if isinstance(request.body, str) else request.body.decode()
        return "text/xml", self._health[parse_qs(body)["TargetGroupArn"][0]]

    def _describe_scalable_targets(self, request: Any) -> tuple[str, bytes]:
        found = [
            _scalable_target(service, self._counts[service]) for service in json.loads(request.body)["ResourceIds"]
        ]
        return "application/x-amz-json-1.1", json.dumps({"ScalableTargets": found}).encode()


def target_group(service: str) -> str:
    """The ARN of a service's target group."""
    name = ServiceId.of(service).name
    return f"arn:aws:elasticloadbalancing:{REGION}:{ACCOUNT}:targetgroup/{name}/0123456789abcdef"


class _Raw:
    """A body as urllib3 would stream it."""

    def __init__(self, body: bytes) -> None:
        self._body = body

    def stream(self, **_: Any) -> Iterator[bytes]:
        yield self._body


def _service(resource_id: str, tasks: int) -> dict[str, Any]:
    id_, now = ServiceId.of(resource_id), time.time()
    prefix = f"arn:aws:ecs:{REGION}:{ACCOUNT}"
    deployment = {
        "id": "ecs-svc/0123456789012345678",
        "status": "PRIMARY",
        "taskDefinition": f"{prefix}:task-definition/{id_.name}:7",
        "desiredCount": tasks,
        "pendingCount": 0,
        "runningCount": tasks,
        "failedTasks": 0,
        "createdAt": now - 86_400,
        "updatedAt": now - 80_000,
        "launchType": "FARGATE",
        "platformVersion": "1.4.0",
        "rolloutState": "COMPLETED",
        "rolloutStateReason": "ECS deployment ecs-svc/0123456789012345678 completed.",
    }
    events = [
        {
            "id": f"01234567-89ab-cdef-0123-{number:012x}",
            "createdAt": now - 21_600 * number,
            "message": f"(service {id_.name}) has reached a steady state.",
        }
        for number in range(EVENTS)
    ]
    return {
        "serviceArn": f"{prefix}:service/{id_.cluster}/{id_.name}",
        "serviceName": id_.name,
        "clusterArn": f"{prefix}:cluster/{id_.cluster}",
        "loadBalancers": [{"targetGroupArn": target_group(resource_id), "containerName": "app", "containerPort": 8080}],
        "status": "ACTIVE",
        "desiredCount": tasks,
        "runningCount": tasks,
        "pendingCount": 0,
        "launchType": "FARGATE",
        "taskDefinition": deployment["taskDefinition"],
        "deployments": [deployment],
        "events": events,
        "createdAt": now - 8_640_000,
    }


def _health(targets: Sequence[Target]) -> bytes:
    members = "".join(
        f"<member><HealthCheckPort>{target.port}</HealthCheckPort><Target><Id>{target.host}</Id>"
        f"<Port>{target.port}</Port><AvailabilityZone>{REGION}a</AvailabilityZone></Target>"
        "<TargetHealth><State>healthy</State></TargetHealth></member>"
        for target in targets
    )
    space = "http://elasticloadbalancing.amazonaws.com/doc/2015-12-01/"
    return (
        f'<DescribeTargetHealthResponse xmlns="{space}"><DescribeTargetHealthResult><TargetHealthDescriptions>{members}'
        "</TargetHealthDescriptions></DescribeTargetHealthResult>"
        "<ResponseMetadata><RequestId>0</RequestId></ResponseMetadata></DescribeTargetHealthResponse>"
    ).encode()


def _scalable_target(service: str, tasks: int) -> dict[str, Any]:
    return {
        "ServiceNamespace": names.SERVICE_NAMESPACE_ECS,
        "ResourceId": service,
        "ScalableDimension": names.SCALABLE_DIMENSION,
        "MinCapacity": 1,
        "MaxCapacity": 2 * tasks,
        "RoleARN": f"arn:aws:iam::{ACCOUNT}:role/scaling",
        "CreationTime": 1_700_000_000.0,
        "SuspendedState": {
            "DynamicScalingInSuspended": False,
            "DynamicScalingOutSuspended": False,
            "ScheduledScalingSuspended": False,
        },
    }


def _put_metric_data(request: Any) -> tuple[str, bytes]:
    kind = request.headers.get("Content-Type", b"")
    kind = kind.decode() if isinstance(kind, bytes) else kind
    return kind, _CBOR_EMPTY_MAP if "cbor" in kind else b"{}"
