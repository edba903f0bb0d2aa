"""Break one thing on a real API server; the examination names it, and only it."""

from __future__ import annotations

import json
import time

import boto3
import pytest

from fastscale import names
from fastscale.doctor.examination import examine
from fastscale.doctor.finding import Level
from tests.doctor.deployed import COOLDOWN_SECONDS, EXECUTION_POLICY, POLICY, TOPIC, Deployed, small_plan
from tests.free_ports import free_port
from tests.localcloud.server.process import REGION, Server
from tests.localcloud.server.templates import alarm, topic


def text(deployed: Deployed, subject: str) -> str:
    return " | ".join(finding.text for finding in deployed.examine() if finding.subject == subject)


def test_a_healthy_service_has_no_problem_and_every_subject_is_told(deployed: Deployed) -> None:
    findings = deployed.examine()
    assert [finding for finding in findings if finding.level is Level.PROBLEM] == []
    subjects = {"credentials", "stack", "service", "deployment", "events", "tasks", "targets", "metrics", "alarm"}
    assert {finding.subject for finding in findings} == subjects | {"scaling", "activities", "permissions"}


def test_a_stack_that_is_missing_or_failed(server: Server) -> None:
    for stack in (names.STACK_NETWORK, names.STACK_AUTO_SCALING, names.STACK_MONITORING):
        server.deploy(stack, {"Resources": {"Topic": topic(stack)}})
    reference = Deployed(server, "reference", stack=names.STACK_ECS).deploy()
    name = names.STACK_MONITORING
    assert text(reference, "stack").count("_COMPLETE") == len(names.STACKS)
    server.delete(name)
    assert reference.problem("stack").text == f"{name} is not deployed"
    server.deploy(name, {"Resources": {"Bad": alarm(name, Period=15)}})
    found = reference.problem("stack")
    assert found.text.startswith(f"{name} ROLLBACK_COMPLETE")
    assert found.fix.startswith("delete it")


def test_a_service_that_adopted_fast_scaling_has_stacks_of_its_own(deployed: Deployed, server: Server) -> None:
    assert text(deployed, "stack") == f"{deployed.name} CREATE_COMPLETE"
    client = server.client("cloudwatch")
    client.delete_alarms(AlarmNames=deployed.alarms[:1])
    scaling = f"{deployed.name}-scaling"
    server.deploy(scaling, {"Resources": {"Alarm": alarm(deployed.alarms[0])}})
    assert text(deployed, "stack") == f"{deployed.name} CREATE_COMPLETE | {scaling} CREATE_COMPLETE"
    server.deploy(scaling, {"Resources": {"Alarm": alarm(deployed.alarms[0]), "Bad": alarm(scaling, Period=15)}})
    (failed,) = [one for one in deployed.examine() if one.subject == "stack" and one.level is Level.PROBLEM]
    assert failed.text.startswith(f"{scaling} UPDATE_ROLLBACK_COMPLETE")
    assert failed.fix == (
        f"its events name the resource: aws cloudformation describe-stack-events --stack-name {scaling}"
    )


def test_a_service_that_no_stack_made(deployed: Deployed, server: Server) -> None:
    name = f"{deployed.name}-by-hand"
    server.client("ecs").create_service(
        cluster=deployed.name, serviceName=name, taskDefinition=f"{deployed.name}:1", desiredCount=0
    )
    service = deployed.plan.service.model_copy(update={"name": name})
    deployed.plan = deployed.plan.model_copy(update={"service": service})
    assert text(deployed, "stack") == "the service was made outside of CloudFormation"


def test_a_bootstrap_that_is_missing_or_old(deployed: Deployed, server: Server) -> None:
    def told() -> list[str]:
        return [finding.text for finding in deployed.examine(local=False) if finding.subject == "bootstrap"]

    parameter = {"Name": "/cdk-bootstrap/hnb659fds/version", "Type": "String", "Overwrite": True}
    client = server.client("ssm")
    if client.describe_parameters()["Parameters"]:
        client.delete_parameter(Name=parameter["Name"])
    assert told() == ["this account and Region are not bootstrapped"]
    client.put_parameter(**parameter, Value="5")
    assert told() == ["version 5 is older than 6"]
    client.put_parameter(**parameter, Value="27")
    assert told() == ["version 27"]


def test_a_service_that_is_gone(deployed: Deployed, server: Server) -> None:
    deployed.report_tasks()
    server.client("ecs").delete_service(cluster=deployed.name, service=deployed.name, force=True)
    deployed.report_tasks()
    found = [finding for finding in deployed.examine() if finding.subject == "service"]
    assert [finding.text for finding in found] == ["it does not exist"]


def test_tasks_that_are_missing_are_a_problem_once_they_had_time_to_start(deployed: Deployed) -> None:
    deployed.report_tasks(deployed.task(1), deployed.task(2, "PENDING"))
    deployed.publish(time.time() + 140)
    assert "running 1 of 2 tasks, 1 pending: they are starting" in text(deployed, "service")
    late = deployed.problem("service", at=time.time() + 150)
    assert late.text == "running 1 of 2 tasks, 1 pending"


def test_a_failed_deployment(deployed: Deployed, server: Server) -> None:
    change = {"rolloutState": "FAILED", "rolloutStateReason": "tasks failed to start"}
    server.post("/ecs/deployments", {"cluster": deployed.name, "service": deployed.name, **change})
    assert deployed.problem("deployment").text == "it failed: tasks failed to start"


def test_trouble_among_the_events_until_the_service_is_steady_again(deployed: Deployed) -> None:
    deployed.event(f"(service {deployed.name}) was unable to place a task.")
    assert "unable to place" in deployed.problem("events").text
    deployed.event(f"(service {deployed.name}) has reached a steady state.")
    assert text(deployed, "events") == "no trouble since the service was steady last"


def test_an_image_that_cannot_be_pulled(deployed: Deployed) -> None:
    reason = "CannotPullContainerError: pull image manifest has been retried 5 time(s): app:2: not found"
    gone = [deployed.task(number, "STOPPED", stoppedReason=reason, stopCode="TaskFailedToStart") for number in (3, 4)]
    deployed.report_tasks(deployed.task(1), deployed.task(2), *gone)
    found = deployed.problem("tasks")
    assert found.text == f"2 stopped: {reason}"
    assert "the image is in the repository" in found.fix


def test_tasks_that_were_scaled_in_are_nobodys_failure(deployed: Deployed) -> None:
    stopped = deployed.task(3, "STOPPED", stoppedReason="Scaling activity", stopCode="ServiceSchedulerInitiated")
    deployed.report_tasks(deployed.task(1), deployed.task(2), stopped)
    assert text(deployed, "tasks") == "none stopped by itself"


def test_targets_that_fail_their_check_or_have_none_to_serve(deployed: Deployed) -> None:
    deployed.report_targets("unhealthy", reason="Target.Timeout", description="Request timed out")
    assert deployed.problem("targets").text == "1 unhealthy: Request timed out"
    deployed.report_targets("initial")
    assert deployed.problem("targets").text == "1 initial"


def test_a_metric_that_stopped_or_never_came(deployed: Deployed, server: Server) -> None:
    found = deployed.problem("metrics", at=time.time() + 120)
    assert "the newest datapoint is 1" in found.text
    deployed.put_alarm(deployed.alarms[1], TOPIC, MetricName="Elsewhere")
    deployed.set_state(deployed.alarms[1], "OK", "no datapoints")
    assert f"{deployed.name} Elsewhere: nothing arrived in 15 minutes" in text(deployed, "metrics")


@pytest.mark.parametrize(
    ("break_it", "told"),
    [
        (lambda here, client: client.delete_alarms(AlarmNames=here.alarms[1:]), "-rate does not exist"),
        (lambda here, client: client.disable_alarm_actions(AlarmNames=here.alarms[:1]), "its actions are disabled"),
        (
            lambda here, client: (here.put_alarm(here.alarms[0]), here.set_state(here.alarms[0], "OK", "")),
            "it does not invoke the policy",
        ),
        (lambda here, _: here.set_state(here.alarms[0], "INSUFFICIENT_DATA", "no data"), "INSUFFICIENT_DATA: no data"),
        (lambda here, _: here.set_state(here.alarms[1], "ALARM", "1 datapoint"), "-rate ALARM: 1 datapoint"),
    ],
)
def test_an_alarm_that_cannot_do_its_work(deployed: Deployed, server: Server, break_it, told: str) -> None:
    break_it(deployed, server.client("cloudwatch"))
    assert told in deployed.problem("alarm").text


def test_an_alarm_that_scales_out_is_at_work_and_no_problem(deployed: Deployed) -> None:
    deployed.set_state(deployed.alarms[0], "ALARM", "surge")
    assert f"{deployed.alarms[0]} ALARM: surge" in text(deployed, "alarm")
    assert all(finding.level is Level.OK for finding in deployed.examine())


def test_a_new_alarm_has_time_to_find_its_state(deployed: Deployed, server: Server) -> None:
    server.client("cloudwatch").delete_alarms(AlarmNames=deployed.alarms[1:])
    deployed.put_alarm(deployed.alarms[1], TOPIC)
    assert all(finding.level is Level.OK for finding in deployed.examine())
    deployed.publish(time.time() + 290)
    late = deployed.problem("alarm", at=time.time() + 300)
    assert "Initial alarm creation" in late.text


#: What somebody may change by hand in an alarm, and what is told of it.
BY_HAND: list[tuple[dict[str, object], str]] = [
    ({"Threshold": 250}, "its threshold is 250, the plan's is 100"),
    ({"MetricName": "Requests"}, "its metric is {name} Requests, the plan's is {name} RequestsPerSecond"),
    ({"Statistic": "Maximum"}, "its statistic is Maximum, the plan's is Average"),
    ({"Period": 60}, "its period is 60, the plan's is 10"),
    (
        {"EvaluationPeriods": 3, "DatapointsToAlarm": 1},
        "its number of evaluation periods is 3, the plan's is 1",
    ),
    (
        {"EvaluationPeriods": 2},
        "its number of evaluation periods is 2, the plan's is 1; "
        "its number of datapoints to alarm is 2, the plan's is 1",
    ),
    (
        {"ComparisonOperator": "LessThanThreshold"},
        "its comparison is LessThanThreshold, the plan's is GreaterThanThreshold",
    ),
    ({"TreatMissingData": "breaching"}, "its treatment of missing data is breaching, the plan's is missing"),
    ({"AlarmActions": []}, "it tells no topic"),
]


def test_an_alarm_that_somebody_changed_by_hand(deployed: Deployed) -> None:
    name = deployed.alarms[1]
    for changed, told in BY_HAND:
        deployed.put_alarm(name, TOPIC, **changed)
        deployed.set_state(name, "OK", "")
        found = [one.text for one in deployed.examine() if one.subject == "alarm" and one.level is Level.PROBLEM]
        assert found == [f"{name}: {told.format(name=deployed.name)}"]


def test_an_alarm_whose_policy_is_gone(deployed: Deployed, server: Server) -> None:
    server.client("application-autoscaling").delete_scaling_policy(**deployed.key, PolicyName=POLICY)
    found = deployed.problem("alarm")
    assert found.text == f"{deployed.alarms[0]}: the policy {POLICY} that it invokes does not exist"


def test_a_task_that_may_not_publish_its_metrics(deployed: Deployed, server: Server) -> None:
    iam, role = server.client("iam"), f"{deployed.name}-task"
    other = {
        "Effect": "Allow",
        "Action": "cloudwatch:PutMetricData",
        "Resource": "*",
        "Condition": {"StringEquals": {"cloudwatch:namespace": "Elsewhere"}},
    }
    document = json.dumps({"Version": "2012-10-17", "Statement": [other]})
    iam.put_role_policy(RoleName=role, PolicyName="publish", PolicyDocument=document)
    assert (
        deployed.problem("permissions").text
        == f"the task role, {role}, may not cloudwatch:PutMetricData for {deployed.name}"
    )


def test_an_execution_role_that_may_not_pull_or_is_gone(deployed: Deployed, server: Server) -> None:
    iam, role = server.client("iam"), f"{deployed.name}-execution"
    iam.detach_role_policy(RoleName=role, PolicyArn=EXECUTION_POLICY)
    found = deployed.problem("permissions")
    assert found.text.startswith(f"the execution role, {role}, may not logs:CreateLogStream, logs:PutLogEvents")
    iam.delete_role(RoleName=role)
    assert deployed.problem("permissions").text == f"the execution role, {role}, does not exist"


def test_an_image_that_is_not_in_its_repository(deployed: Deployed, server: Server) -> None:
    def told() -> list[str]:
        return [finding.text for finding in deployed.examine(local=False) if finding.subject == "image"]

    assert told() == ["app:1 is not in Amazon ECR: its registry was not asked"]
    uri = f"123456789012.dkr.ecr.{REGION}.amazonaws.com/{deployed.name}:7"
    deployed.update(image=uri)
    assert told() == [f"{uri} is not there: no new task can start"]
    ecr = server.client("ecr")
    ecr.create_repository(repositoryName=deployed.name)
    assert told() == [f"{uri} is not there: no new task can start"]
    manifest = {"schemaVersion": 2, "mediaType": "application/vnd.docker.distribution.manifest.v2+json"}
    ecr.put_image(repositoryName=deployed.name, imageTag="7", imageManifest=json.dumps(manifest))
    assert told() == [f"{uri} is there"]


def test_a_quota_below_the_ceiling_until_it_is_raised(deployed: Deployed, server: Server) -> None:
    def problems() -> list[str]:
        found = deployed.examine(local=False)
        return [one.text for one in found if one.subject == "quota" and one.level is Level.PROBLEM]

    assert problems() == []
    scaling = deployed.plan.scaling.model_copy(update={"max_capacity": 1200})
    deployed.plan = deployed.plan.model_copy(update={"scaling": scaling})
    assert problems() == [
        "1200 tasks need 300, Fargate On-Demand vCPU resource count is 6",
        "1200 tasks need 1200, Targets per Application Load Balancer is 1000",
    ]
    quotas = server.client("service-quotas")
    quotas.request_service_quota_increase(ServiceCode="fargate", QuotaCode="L-3032A538", DesiredValue=300)
    (left,) = problems()
    assert "Targets per Application Load Balancer" in left
    quotas.request_service_quota_increase(ServiceCode="elasticloadbalancing", QuotaCode="L-7E6692B2", DesiredValue=1200)
    assert problems() == []


def test_scaling_that_is_suspended_or_was_never_registered(deployed: Deployed, server: Server) -> None:
    scaling = server.client("application-autoscaling")
    scaling.register_scalable_target(**deployed.key, SuspendedState={"DynamicScalingOutSuspended": True})
    found = deployed.problem("scaling")
    assert found.text.startswith("DynamicScalingOutSuspended")
    assert found.fix.endswith("--suspended-state DynamicScalingOutSuspended=false")
    scaling.deregister_scalable_target(**deployed.key)
    assert text(deployed, "scaling") == "the service is no scalable target"
    assert "-rps: the policy FastScaling-ScaleOut that it invokes does not exist" in text(deployed, "alarm")


def test_the_newest_activity_decides(deployed: Deployed) -> None:
    ended = time.time()
    deployed.activity(1, "Successful", EndTime=ended)
    assert f"(cooldown of {COOLDOWN_SECONDS} s: 50 s left)" in " ".join(
        finding.text for finding in deployed.examine(at=ended + 10) if finding.subject == "activities"
    )
    deployed.activity(2, "Failed", StatusMessage="Failed to set desired count")
    assert deployed.problem("activities").text == "the newest one is Failed: Failed to set desired count"
    at_max = [{"Code": "AlreadyAtMaxCapacity", "MaxCapacity": 10, "CurrentCapacity": 10}]
    deployed.activity(3, "Failed", NotScaledReasons=at_max)
    found = deployed.problem("activities")
    assert found.text.startswith("not scaled (AlreadyAtMaxCapacity): monitor alarm")
    assert "max_capacity" in found.fix


def test_an_api_that_does_not_answer_is_told_once() -> None:
    session = boto3.Session("key", "secret", region_name=REGION)
    url = f"http://127.0.0.1:{free_port()}"

    def client(name: str) -> object:
        from botocore.config import Config

        return session.client(name, endpoint_url=url, config=Config(retries={"total_max_attempts": 1}))

    (found,) = examine(small_plan("nobody"), client, time.time(), local=True)
    assert (found.level, found.subject) == (Level.PROBLEM, "credentials")
    assert url in found.text


def test_findings_can_be_told_of_a_service_that_was_never_deployed(server: Server) -> None:
    told = {finding.subject: finding for finding in examine(small_plan("ghost"), server.client, 0.0, local=True)}
    assert told["service"].text == "it does not exist"
    assert told["alarm"].text == "ghost-rate does not exist"
    assert told["scaling"].text == "the service is no scalable target"
    assert told["targets"].fix == "deploy the stacks, then ask again"
