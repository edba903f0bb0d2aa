"""The runbook of users, with the real AWS CLI, on a server that knows one task.

On a cloud with all of its parts: tests/cli/test_running_cloud.py.
"""

from __future__ import annotations

import time
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from fastscale import names, profiles
from fastscale.cdk.synthesis import synthesize
from fastscale.deploy.cloudformation import deploy
from tests import assemblies
from tests.localcloud.aws_cli import installed
from tests.localcloud.server.process import ALB_PORT, REGION, Server, wait_until_visible

CLUSTER, SERVICE = names.CLUSTER, names.SERVICE
TASK = f"arn:aws:ecs:{REGION}:123456789012:task/{CLUSTER}/{1:032x}"


CLI = next(iter(installed()), None)
needs_cli = pytest.mark.skipif(CLI is None, reason="no AWS CLI that knows AWS_ENDPOINT_URL is installed")
needs_cli_2 = pytest.mark.skipif(
    CLI is None or CLI.major < 2,
    reason="only the AWS CLI 2 has `logs tail`; it is not on PyPI (Debian: apt-get install awscli)",
)


@pytest.fixture(scope="module")
def assembly(tmp_path_factory) -> Path:
    """The stacks of the default profile, as the CDK synthesizes them."""
    return assemblies.assembly(profiles.default(), tmp_path_factory)


@pytest.fixture(scope="module")
def outputs(server: Server, assembly: Path) -> dict[str, dict[str, str]]:
    """Outputs of the stacks, deployed; one task runs, one request was logged and counted."""
    made = deploy(assembly, server.url, REGION, lambda _: None)
    definition = made[names.STACK_ECS]["TaskDefinitionArn"]
    running = {"taskArn": TASK, "taskDefinitionArn": definition, "lastStatus": "RUNNING", "createdAt": time.time()}
    server.post("/ecs/tasks", {"cluster": CLUSTER, "service": SERVICE, "tasks": [running]})
    logs = server.client("logs")
    logs.create_log_stream(logGroupName=names.LOG_GROUP, logStreamName="app/app/1")
    event = {"timestamp": int(time.time() * 1000), "message": "hello from the app"}
    logs.put_log_events(logGroupName=names.LOG_GROUP, logStreamName="app/app/1", logEvents=[event])
    datum = {"MetricName": names.REQUESTS_PER_SECOND, "Value": 42, "StorageResolution": 1}
    server.client("cloudwatch").put_metric_data(Namespace=names.NAMESPACE, MetricData=[datum])
    wait_until_visible()
    return made


def test_the_stacks_of_the_cdk_deploy_unmodified(server: Server, outputs: dict[str, dict[str, str]]) -> None:
    assert tuple(outputs) == (*names.STACKS, names.STACK_PULSE)
    assert outputs[names.STACK_NETWORK]["AlbDnsName"] == f"localhost:{ALB_PORT}"
    exported = {export["Name"] for export in server.client("cloudformation").list_exports()["Exports"]}
    keys = {key for made in outputs.values() for key in made if not key.startswith("ExportsOutput")}
    assert {f"{names.EXPORT_PREFIX}{key}" for key in keys} <= exported


def test_deploying_again_changes_nothing(server: Server, assembly: Path, outputs: dict) -> None:
    told: list[str] = []
    assert deploy(assembly, server.url, REGION, told.append) == outputs
    assert told == [f"{name}: no changes" for name in (*names.STACKS, names.STACK_PULSE)]


def test_a_changed_plan_updates_the_stacks_and_keeps_states_and_tasks(
    server: Server, outputs: dict, tmp_path: Path
) -> None:
    cloudwatch, ecs = server.client("cloudwatch"), server.client("ecs")
    cloudwatch.set_alarm_state(AlarmName=names.ALARM_RPS, StateValue="ALARM", StateReason="surge")
    ecs.update_service(cluster=CLUSTER, service=SERVICE, desiredCount=6)
    plan = profiles.profile("default")
    alarms = tuple(alarm.model_copy(update={"threshold": alarm.threshold + 7}) for alarm in plan.alarms)
    larger = plan.task.model_copy(update={"cpu": 512, "memory": 1024})
    synthesize(plan.model_copy(update={"alarms": alarms, "task": larger}), tmp_path)
    changed = deploy(tmp_path, server.url, REGION, lambda _: None)
    assert changed[names.STACK_NETWORK] == outputs[names.STACK_NETWORK]
    assert changed[names.STACK_AUTO_SCALING] == outputs[names.STACK_AUTO_SCALING]

    alarm = cloudwatch.describe_alarms(AlarmNames=[names.ALARM_RPS])["MetricAlarms"][0]
    assert (alarm["StateValue"], alarm["Threshold"]) == ("ALARM", plan.alarm(names.ALARM_RPS).threshold + 7)
    service = ecs.describe_services(cluster=CLUSTER, services=[SERVICE])["services"][0]
    assert (service["desiredCount"], service["runningCount"]) == (6, 1)
    assert service["taskDefinition"] == changed[names.STACK_ECS]["TaskDefinitionArn"]
    assert service["taskDefinition"] != outputs[names.STACK_ECS]["TaskDefinitionArn"]


def aws(server: Server, *words: str) -> str:
    assert CLI is not None
    return CLI(server.url, REGION, *words)


def answer(server: Server, *words: str) -> Any:
    assert CLI is not None
    return CLI.answer(server.url, REGION, *words)


@needs_cli
def test_runbook_ecs(server: Server, outputs: dict) -> None:
    described = answer(server, "ecs", "describe-services", "--cluster", CLUSTER, "--services", SERVICE)
    service = described["services"][0]
    assert (service["status"], service["runningCount"]) == ("ACTIVE", 1)
    assert answer(server, "ecs", "list-tasks", "--cluster", CLUSTER)["taskArns"] == [TASK]


@needs_cli
def test_runbook_load_balancer(server: Server, outputs: dict) -> None:
    described = answer(server, "elbv2", "describe-load-balancers", "--names", names.LOAD_BALANCER)
    assert described["LoadBalancers"][0]["DNSName"] == f"localhost:{ALB_PORT}"
    arn = outputs[names.STACK_NETWORK]["TargetGroupArn"]
    health = answer(server, "elbv2", "describe-target-health", "--target-group-arn", arn)
    assert health == {"TargetHealthDescriptions": []}


@needs_cli
def test_runbook_cloudwatch(server: Server, outputs: dict) -> None:
    described = answer(server, "cloudwatch", "describe-alarms", "--alarm-names", names.ALARM_RPS)
    assert described["MetricAlarms"][0]["MetricName"] == names.REQUESTS_PER_SECOND
    history = answer(server, "cloudwatch", "describe-alarm-history", "--alarm-name", names.ALARM_RPS)
    assert "ConfigurationUpdate" in {item["HistoryItemType"] for item in history["AlarmHistoryItems"]}
    start, end = (datetime.fromtimestamp(time.time() + offset, UTC).isoformat() for offset in (-300, 60))
    window = ["--start-time", start, "--end-time", end, "--period", "10"]
    metric = ["--namespace", names.NAMESPACE, "--metric-name", names.REQUESTS_PER_SECOND]
    statistics = answer(server, "cloudwatch", "get-metric-statistics", *metric, *window, "--statistics", "Average")
    assert [point["Average"] for point in statistics["Datapoints"]] == [42]
    percentile = ["--extended-statistics", "p99"]
    statistics = answer(server, "cloudwatch", "get-metric-statistics", *metric, *window, *percentile)
    assert statistics["Datapoints"][0]["ExtendedStatistics"] == {"p99": 42}


@needs_cli
def test_runbook_scaling(server: Server, outputs: dict) -> None:
    resource = ["--service-namespace", "ecs", "--resource-id", f"service/{CLUSTER}/{SERVICE}"]
    activities = answer(server, "application-autoscaling", "describe-scaling-activities", *resource)
    assert activities == {"ScalingActivities": []}
    policies = answer(server, "application-autoscaling", "describe-scaling-policies", *resource)["ScalingPolicies"]
    assert names.POLICY_SCALE_IN in {policy["PolicyName"] for policy in policies}


@needs_cli_2
def test_runbook_logs_tail(server: Server, outputs: dict) -> None:
    assert "hello from the app" in aws(server, "logs", "tail", names.LOG_GROUP, "--since", "10m")


@needs_cli
def test_runbook_cloudformation(server: Server, outputs: dict) -> None:
    described = answer(server, "cloudformation", "describe-stacks", "--stack-name", names.STACK_MONITORING)
    stack = described["Stacks"][0]
    assert stack["StackStatus"].endswith("_COMPLETE")
    assert names.DASHBOARD in str(stack["Outputs"])


@needs_cli
def test_the_cli_puts_metric_data_too(server: Server, name: str) -> None:
    command = ["cloudwatch", "put-metric-data", "--namespace", name, "--metric-name", "m", "--value", "1"]
    aws(server, *command, "--storage-resolution", "1", "--dimensions", "Service=web")
    listed = answer(server, "cloudwatch", "list-metrics", "--namespace", name)["Metrics"]
    assert [metric["Dimensions"] for metric in listed] == [[{"Name": "Service", "Value": "web"}]]
