"""Services and tasks: the server shows what is reported, and invents nothing."""

from __future__ import annotations

import time
import urllib.error

import pytest
from botocore.config import Config
from botocore.exceptions import ClientError

from fastscale.aws.session import local_client
from tests.localcloud.server.process import Server, eventually
from tests.localcloud.server.templates import service_template

PREFIX = "arn:aws:ecs:ap-northeast-2:123456789012"


def task(service: str, number: int, status: str, *, revision: int = 1, **members: object) -> dict:
    return {
        "taskArn": f"{PREFIX}:task/{service}/{number:032x}",
        "taskDefinitionArn": f"{PREFIX}:task-definition/{service}:{revision}",
        "lastStatus": status,
        "desiredStatus": "STOPPED" if status == "STOPPED" else "RUNNING",
        "createdAt": time.time(),
        "cpu": "256",
        "memory": "512",
        **members,
    }


def report(server: Server, service: str, *tasks: dict) -> list[str]:
    return server.post("/ecs/tasks", {"cluster": service, "service": service, "tasks": tasks})["stop"]


def describe(server: Server, service: str) -> dict:
    return server.client("ecs").describe_services(cluster=service, services=[service])["services"][0]


def counts(described: dict) -> tuple[int, int, int]:
    return described["desiredCount"], described["runningCount"], described["pendingCount"]


def test_counts_follow_the_reports_and_nothing_else(server: Server, service: str) -> None:
    assert counts(describe(server, service)) == (2, 0, 0)
    report(server, service, task(service, 1, "PROVISIONING"), task(service, 2, "PENDING"))
    assert counts(describe(server, service)) == (2, 0, 2)
    report(server, service, task(service, 1, "RUNNING"), task(service, 2, "ACTIVATING"))
    assert counts(describe(server, service)) == (2, 1, 1)
    server.client("ecs").update_service(cluster=service, service=service, desiredCount=9)
    assert counts(describe(server, service)) == (9, 1, 1)

    cluster = server.client("ecs").describe_clusters(clusters=[service])["clusters"][0]
    assert (cluster["runningTasksCount"], cluster["pendingTasksCount"], cluster["activeServicesCount"]) == (1, 1, 1)


def test_a_deployment_that_is_given_up_gives_way_to_the_last_completed_one(server: Server, service: str) -> None:
    ecs = server.client("ecs")
    ecs.update_service(
        cluster=service,
        service=service,
        deploymentConfiguration={"deploymentCircuitBreaker": {"enable": True, "rollback": True}},
    )
    old = [task(service, number, "RUNNING") for number in (1, 2)]
    report(server, service, *old)
    (first,) = describe(server, service)["deployments"]
    ecs.register_task_definition(family=service, containerDefinitions=[{"name": "app", "image": "broken", "memory": 9}])
    ecs.update_service(cluster=service, service=service, taskDefinition=service)
    broken = describe(server, service)["deployments"][0]
    new = task(service, 3, "PENDING", revision=2, startedBy=broken["id"])
    report(server, service, *old, new)

    names = {"cluster": service, "service": service}
    answer = server.post("/ecs/deployments/failed", {**names, "deployment": broken["id"]})

    assert answer == {"rolledBackTo": first["id"]}
    described = describe(server, service)
    back, failed = described["deployments"]
    assert described["taskDefinition"] == back["taskDefinition"] == first["taskDefinition"]
    assert (back["id"], back["status"], back["rolloutState"]) == (first["id"], "PRIMARY", "IN_PROGRESS")
    assert back["rolloutStateReason"] == (
        f"ECS deployment circuit breaker: rolling back to deploymentId {first['id']}."
    )
    assert (failed["status"], failed["rolloutState"], failed["desiredCount"]) == ("ACTIVE", "FAILED", 0)
    assert failed["rolloutStateReason"] == "ECS deployment circuit breaker: tasks failed to start."
    assert server.post("/ecs/deployments/failed", {**names, "deployment": broken["id"]}) == {"rolledBackTo": None}

    report(server, service, *old, {**new, "lastStatus": "STOPPED"})
    (deployment,) = describe(server, service)["deployments"]
    assert (deployment["id"], deployment["rolloutState"]) == (first["id"], "COMPLETED")


def test_a_first_deployment_that_is_given_up_has_nothing_to_go_back_to(server: Server, service: str) -> None:
    (only,) = describe(server, service)["deployments"]
    names = {"cluster": service, "service": service}
    answer = server.post("/ecs/deployments/failed", {**names, "deployment": only["id"]})
    assert answer == {"rolledBackTo": None}
    (deployment,) = describe(server, service)["deployments"]
    assert (deployment["status"], deployment["rolloutState"]) == ("PRIMARY", "FAILED")


def test_who_set_the_desired_count_is_remembered_with_the_moment(server: Server, service: str) -> None:
    before = time.time()
    pulse = local_client(
        "ecs", endpoint_url=server.url, region="ap-northeast-2", config=Config(user_agent_appid="pulse")
    )
    pulse.update_service(cluster=service, service=service, desiredCount=7)
    pulse.update_service(cluster=service, service=service, desiredCount=7)
    server.client("ecs").update_service(cluster=service, service=service, desiredCount=5)
    first, second = server.get(f"/ecs/counts?cluster={service}&service={service}")
    assert (first["previous"], first["desired"], first["by"]) == (2, 7, "pulse")
    assert (second["previous"], second["desired"], second["by"]) == (7, 5, "")
    assert before <= first["at"] <= second["at"] <= time.time()


def test_a_deployment_is_complete_once_the_service_is_steady(server: Server, service: str) -> None:
    report(server, service, task(service, 1, "RUNNING"), task(service, 2, "PENDING"))
    assert describe(server, service)["deployments"][0]["rolloutState"] == "IN_PROGRESS"
    report(server, service, task(service, 1, "RUNNING"), task(service, 2, "RUNNING"))
    (deployment,) = describe(server, service)["deployments"]
    assert (deployment["rolloutState"], deployment["runningCount"]) == ("COMPLETED", 2)

    # Scaling is not a deployment: it stays complete, as on AWS.
    server.client("ecs").update_service(cluster=service, service=service, desiredCount=5)
    report(server, service, *(task(service, number, "RUNNING") for number in (1, 2)), task(service, 3, "PENDING"))
    (deployment,) = describe(server, service)["deployments"]
    assert (deployment["rolloutState"], deployment["desiredCount"]) == ("COMPLETED", 5)
    assert (deployment["runningCount"], deployment["pendingCount"]) == (2, 1)


def test_a_rolling_update_shows_both_deployments_until_the_old_tasks_are_gone(server: Server, service: str) -> None:
    old = [task(service, 1, "RUNNING"), task(service, 2, "RUNNING")]
    report(server, service, *old)
    server.deploy(service, service_template(service, image="app:2"))
    new = [task(service, number, "PENDING", revision=2) for number in (3, 4)]
    report(server, service, *old, *new)
    primary, active = describe(server, service)["deployments"]
    assert (primary["status"], primary["pendingCount"], primary["rolloutState"]) == ("PRIMARY", 2, "IN_PROGRESS")
    assert (active["status"], active["runningCount"], active["desiredCount"]) == ("ACTIVE", 2, 0)

    new = [task(service, number, "RUNNING", revision=2) for number in (3, 4)]
    report(server, service, *new, *(gone | {"lastStatus": "STOPPED"} for gone in old))
    (deployment,) = describe(server, service)["deployments"]
    assert (deployment["taskDefinition"][-2:], deployment["rolloutState"]) == (":2", "COMPLETED")


def test_a_forced_deployment_of_the_same_definition_tells_new_tasks_from_old(server: Server, service: str) -> None:
    old = [task(service, 1, "RUNNING"), task(service, 2, "RUNNING")]
    report(server, service, *old)
    server.client("ecs").update_service(cluster=service, service=service, forceNewDeployment=True)
    report(server, service, *old, task(service, 3, "RUNNING"))
    primary, active = describe(server, service)["deployments"]
    assert (primary["runningCount"], active["runningCount"]) == (1, 2)


def test_a_failing_deployment_is_told_by_a_report(server: Server, service: str) -> None:
    change = {"rolloutState": "FAILED", "rolloutStateReason": "tasks failed to start", "failedTasks": 3}
    server.post("/ecs/deployments", {"cluster": service, "service": service, **change})
    (deployment,) = describe(server, service)["deployments"]
    assert {key: deployment[key] for key in change} == change


def test_tasks_are_listed_by_what_they_should_be(server: Server, service: str) -> None:
    ecs = server.client("ecs")
    report(server, service, task(service, 1, "RUNNING"), task(service, 2, "STOPPED", stoppedReason="bye"))
    running, stopped = (f"{PREFIX}:task/{service}/{number:032x}" for number in (1, 2))
    assert ecs.list_tasks(cluster=service)["taskArns"] == [running]
    assert ecs.list_tasks(cluster=service, serviceName=service, family=service)["taskArns"] == [running]
    assert ecs.list_tasks(cluster=service, desiredStatus="STOPPED")["taskArns"] == [stopped]
    assert ecs.list_tasks(cluster=service, family="other")["taskArns"] == []
    with pytest.raises(ClientError, match="ServiceNotFoundException"):
        ecs.list_tasks(cluster=service, serviceName="other")


def test_a_task_is_described_as_it_was_reported(server: Server, service: str) -> None:
    started = time.time()
    running = task(service, 1, "RUNNING", privateIp="127.0.1.7", startedAt=started, healthStatus="HEALTHY")
    report(server, service, running)
    answer = server.client("ecs").describe_tasks(cluster=service, tasks=[running["taskArn"], "missing"])
    assert [failure["reason"] for failure in answer["failures"]] == ["MISSING"]
    (described,) = answer["tasks"]
    assert (described["group"], described["launchType"]) == (f"service:{service}", "FARGATE")
    assert described["startedAt"].timestamp() == pytest.approx(started, abs=0.01)
    (container,) = described["containers"]
    assert (container["name"], container["image"], container["lastStatus"]) == ("app", "app:1", "RUNNING")
    assert container["networkInterfaces"] == [{"privateIpv4Address": "127.0.1.7"}]
    assert {"name": "privateIPv4Address", "value": "127.0.1.7"} in described["attachments"][0]["details"]


def test_stopping_a_task_is_a_wish_that_the_next_report_learns(server: Server, service: str) -> None:
    running = task(service, 1, "RUNNING")
    report(server, service, running)
    stopped = server.client("ecs").stop_task(cluster=service, task=running["taskArn"], reason="enough")["task"]
    assert (stopped["lastStatus"], stopped["desiredStatus"]) == ("RUNNING", "STOPPED")
    assert (stopped["stopCode"], stopped["stoppedReason"]) == ("UserInitiated", "enough")

    assert report(server, service, running) == [running["taskArn"]]
    assert server.client("ecs").list_tasks(cluster=service)["taskArns"] == []
    assert report(server, service, task(service, 1, "STOPPED")) == []


def test_events_come_newest_first_and_are_bounded(server: Server, service: str) -> None:
    for number in range(105):
        server.post("/ecs/events", {"cluster": service, "service": service, "message": f"event {number}"})
    events = describe(server, service)["events"]
    assert (len(events), events[0]["message"], events[-1]["message"]) == (100, "event 104", "event 5")
    assert len({event["id"] for event in events}) == 100


def test_a_deleted_service_drains_until_its_tasks_have_stopped(server: Server, service: str) -> None:
    ecs = server.client("ecs")
    report(server, service, task(service, 1, "RUNNING"))
    with pytest.raises(ClientError, match="scaled above 0"):
        ecs.delete_service(cluster=service, service=service)
    ecs.delete_service(cluster=service, service=service, force=True)
    described = describe(server, service)
    assert (described["status"], described["desiredCount"]) == ("DRAINING", 0)
    with pytest.raises(ClientError, match="still Draining"):
        ecs.create_service(cluster=service, serviceName=service, taskDefinition=service, desiredCount=1)

    report(server, service, task(service, 1, "STOPPED"))
    assert describe(server, service)["status"] == "INACTIVE"
    assert ecs.list_services(cluster=service)["serviceArns"] == []


def test_deleting_a_stack_waits_for_its_tasks_to_stop(server: Server, service: str) -> None:
    report(server, service, task(service, 1, "RUNNING"))
    server.client("cloudformation").delete_stack(StackName=service)
    assert eventually(lambda: describe(server, service)["status"] == "DRAINING")
    assert server.stack(service)["StackStatus"] == "DELETE_IN_PROGRESS"
    report(server, service, task(service, 1, "STOPPED"))
    assert server.settled(service) == {}


def test_impossible_services_are_refused(server: Server, service: str) -> None:
    ecs = server.client("ecs")
    request = {"cluster": service, "serviceName": f"{service}-2", "taskDefinition": service, "desiredCount": 1}
    nowhere = "arn:aws:elasticloadbalancing:ap-northeast-2:123456789012:targetgroup/none/0"
    load_balancers = [{"targetGroupArn": nowhere, "containerName": "app", "containerPort": 1}]
    for changed, reason in [
        ({"cluster": "nowhere"}, "Cluster not found"),
        ({"serviceName": service}, "not idempotent"),
        ({"taskDefinition": "nothing"}, "Unable to describe task definition"),
        ({"loadBalancers": load_balancers}, "does not exist"),
    ]:
        with pytest.raises(ClientError, match=reason):
            ecs.create_service(**{**request, **changed})


def test_tasks_without_a_service_are_refused(server: Server, service: str) -> None:
    ecs = server.client("ecs")
    with pytest.raises(ClientError, match="tasks of services only"):
        ecs.run_task(cluster=service, taskDefinition=service)
    with pytest.raises(ClientError, match="tasks of services only"):
        ecs.start_task(cluster=service, taskDefinition=service, containerInstances=["one"])
    assert ecs.list_tasks(cluster=service)["taskArns"] == []


def test_a_service_that_is_not_there_is_a_failure(server: Server, service: str) -> None:
    answer = server.client("ecs").describe_services(cluster=service, services=["other"])
    assert [failure["reason"] for failure in answer["failures"]] == ["MISSING"]
    with pytest.raises(urllib.error.HTTPError, match="404"):
        server.post("/ecs/tasks", {"cluster": service, "service": "other", "tasks": []})
    with pytest.raises(urllib.error.HTTPError, match="400"):
        server.post("/ecs/tasks", {"cluster": service})
