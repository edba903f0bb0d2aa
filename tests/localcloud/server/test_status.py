"""`fastscale local status` on a running server: everything that it shows is asked of the AWS API."""

from __future__ import annotations

import io
import json
import time
from pathlib import Path

from rich.console import Console

from fastscale.cli.status import show_status
from fastscale.localcloud.settings import CloudSettings
from tests.localcloud.server.process import REGION, Server


def shown(server: Server, pulse: str | None = None) -> str:
    settings = CloudSettings(state_dir=Path("none"), port=server.port, region=REGION, pulse=pulse)
    console = Console(file=io.StringIO(), width=200)
    show_status(console, settings)
    assert isinstance(console.file, io.StringIO)
    return console.file.getvalue()


def test_all_services_of_all_clusters_are_shown(server: Server, service: str, name: str) -> None:
    ecs, other = server.client("ecs"), f"{name}-other"
    ecs.create_cluster(clusterName=other)
    ecs.create_service(cluster=other, serviceName="worker", taskDefinition=service, desiredCount=3)
    text = shown(server)
    assert f"{service} ACTIVE: desired 2, running 0, pending 0" in text
    assert "worker ACTIVE: desired 3, running 0, pending 0" in text
    assert f"{service} CREATE_COMPLETE" in text
    assert not any(line.startswith("Pulse") for line in text.splitlines()), "this cloud has none"
    ecs.delete_service(cluster=other, service="worker", force=True)


def test_the_newest_decision_of_pulse_is_shown_where_the_plan_has_one(server: Server, name: str) -> None:
    pulse = f"pulse-{name}"
    assert "no decision yet" in shown(server, pulse), "there is not even a log group"
    logs, stream = server.client("logs"), {"logGroupName": f"/ecs/{pulse}", "logStreamName": "one"}
    logs.create_log_group(logGroupName=f"/ecs/{pulse}")
    logs.create_log_stream(**stream)
    now = time.time()
    decision = {"service": "service/shop/web", "at": now, "move": "surge", "wanted": 7, "reason": "load 600/s"}
    lines = [{"message": "watching"}, {**decision, "at": now - 1, "move": "hold"}, decision]
    events = [{"timestamp": int(now * 1000), "message": json.dumps(line)} for line in lines]
    logs.put_log_events(**stream, logEvents=events)
    assert "surge: load 600/s" in shown(server, pulse)


def test_more_alarms_are_shown_than_one_answer_holds(server: Server, name: str) -> None:
    """DescribeAlarms answers with at most 50 unless asked for more."""
    cloudwatch, alarms = server.client("cloudwatch"), [f"{name}-{number}" for number in range(51)]
    for alarm in alarms:
        cloudwatch.put_metric_alarm(
            AlarmName=alarm,
            Namespace="Shop",
            MetricName="load",
            Statistic="Average",
            Period=60,
            EvaluationPeriods=1,
            Threshold=1,
            ComparisonOperator="GreaterThanThreshold",
        )
    text = shown(server)
    cloudwatch.delete_alarms(AlarmNames=alarms)
    assert [alarm for alarm in alarms if alarm not in text] == []
