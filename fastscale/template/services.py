"""ECS services, with the task definition and the target group that belong to them."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any, TypeVar

from fastscale import names
from fastscale.plan import HealthCheck, LoadBalancer, Metering, Service, Task
from fastscale.template.attempt import attempt
from fastscale.template.design import NotModelled
from fastscale.template.identities import cluster_name
from fastscale.template.stack import Resource
from fastscale.template.values import as_text, items, mappings, placeholder

T = TypeVar("T")

TASK_DEFINITION = "AWS::ECS::TaskDefinition"
LOAD_BALANCER = "AWS::ElasticLoadBalancingV2::LoadBalancer"
TARGET_GROUP = "AWS::ElasticLoadBalancingV2::TargetGroup"

#: A size in words, which CloudFormation takes besides numbers: "0.5 vCPU", "1 GB".
_SIZE = re.compile(r"(\d*\.?\d+)\s*(vcpu|gb)", re.IGNORECASE)


@dataclass(frozen=True)
class ServicePart:
    """A service as yet without its scaling. A part that the template does not say, or no plan can hold, is None."""

    where: str
    service: Service
    task: Task | None = None
    load_balancer: LoadBalancer | None = None
    metering: Metering | None = None
    high_resolution: frozenset[str] = frozenset()
    not_modelled: tuple[NotModelled, ...] = ()


def read_service(resource: Resource, resources: Mapping[str, Resource]) -> ServicePart | NotModelled:
    """The service, or why it cannot be modelled. ``resources`` holds all resources by what Ref to them answers."""
    service = attempt(resource, lambda properties: _service(resource.where, properties))
    if isinstance(service, NotModelled):
        return service
    definition = _find(resources, resource.properties.get("TaskDefinition"), TASK_DEFINITION)
    group = _target_group(resource, resources)
    name = _balancer_name(resources)
    problems: list[NotModelled] = []
    return ServicePart(
        where=resource.where,
        service=service,
        task=_kept(_read_task(definition), problems) if definition else None,
        load_balancer=_kept(attempt(group, lambda given: _load_balancer(given, name)), problems) if group else None,
        metering=_kept(attempt(definition, _metering), problems) if definition else None,
        high_resolution=_high_resolution(resource.properties),
        not_modelled=tuple(problems),
    )


def _find(resources: Mapping[str, Resource], reference: Any, kind: str) -> Resource | None:
    found = resources.get(as_text(reference))
    return found if found and found.kind == kind else None


def _kept(part: T | NotModelled, problems: list[NotModelled]) -> T | None:
    if isinstance(part, NotModelled):
        problems.append(part)
        return None
    return part


def _service(where: str, properties: Mapping[str, Any]) -> Service:
    """Defaults are those of AWS::ECS::Service: one task, 100 % to 200 % during a deployment."""
    deployment = properties.get("DeploymentConfiguration") or {}
    cluster = properties.get("Cluster")
    return Service(
        cluster=cluster_name(None if cluster is None else as_text(cluster)),
        name=as_text(properties.get("ServiceName") or placeholder(f"{where}.Name")),
        desired_count=properties.get("DesiredCount", 1),
        minimum_healthy_percent=deployment.get("MinimumHealthyPercent", 100),
        maximum_percent=deployment.get("MaximumPercent", 200),
        enable_exec=properties.get("EnableExecuteCommand", False),
    )


def _high_resolution(properties: Mapping[str, Any]) -> frozenset[str]:
    """The metrics with ResolutionSeconds 20 (AWS::ECS::Service MonitoringConfiguration)."""
    monitoring = properties.get("Monitoring")
    configurations = monitoring.get("MetricConfigurations") if isinstance(monitoring, dict) else None
    return frozenset(
        as_text(name)
        for configuration in mappings(configurations)
        if as_text(configuration.get("ResolutionSeconds")) == "20"
        for name in items(configuration.get("MetricNames"))
    )


def _read_task(definition: Resource) -> Task | NotModelled:
    task = attempt(definition, _task)
    if isinstance(task, NotModelled) and "FARGATE" not in items(definition.properties.get("RequiresCompatibilities")):
        return replace(task, reason=f"is not for Fargate, whose tasks are modelled ({task.reason})", refused=False)
    return task


def _task(properties: Mapping[str, Any]) -> Task:
    container = _container(properties)
    return Task(
        family=as_text(properties.get("Family", "unnamed")),
        container=as_text(container["Name"]),
        cpu=_size(properties["Cpu"]),
        memory=_size(properties["Memory"]),
        port=_port(container),
        log_group=_log_group(container),
        stop_timeout_seconds=container.get("StopTimeout", 30),
    )


def _container(properties: Mapping[str, Any]) -> dict[str, Any]:
    """The container that takes the requests: the first with a port, else the first."""
    containers = mappings(properties["ContainerDefinitions"])
    return next((container for container in containers if container.get("PortMappings")), containers[0])


def _port(container: Mapping[str, Any]) -> int:
    mapped = mappings(container.get("PortMappings"))
    return int(mapped[0]["ContainerPort"]) if mapped else 8080


def _log_group(container: Mapping[str, Any]) -> str:
    options = (container.get("LogConfiguration") or {}).get("Options") or {}
    return as_text(options.get("awslogs-group", "none"))


def _size(value: Any) -> int:
    """CPU units or MiB."""
    words = _SIZE.fullmatch(as_text(value).strip())
    return int(float(words.group(1)) * 1024) if words else int(value)


def _metering(properties: Mapping[str, Any]) -> Metering | None:
    """How the meter publishes, if the task definition configures it as this project's application reads it."""
    environment: dict[str, Any] = {
        as_text(pair.get("Name")): pair.get("Value")
        for container in mappings(properties["ContainerDefinitions"])
        for pair in mappings(container.get("Environment"))
    }
    if names.METER_ENV_NAMESPACE not in environment:
        return None
    return Metering(
        namespace=environment[names.METER_ENV_NAMESPACE],
        interval_seconds=environment.get(names.METER_ENV_INTERVAL, 5),
    )


def _target_group(service: Resource, resources: Mapping[str, Resource]) -> Resource | None:
    for balancer in mappings(service.properties.get("LoadBalancers")):
        group = _find(resources, balancer.get("TargetGroupArn"), TARGET_GROUP)
        if group and group.properties.get("Protocol", "HTTP") in ("HTTP", "HTTPS"):
            return group
    return None


def _balancer_name(resources: Mapping[str, Resource]) -> str:
    """The name of the load balancer, which a template with more than one does not tell without its rules."""
    found = [resource for resource in resources.values() if resource.kind == LOAD_BALANCER]
    return as_text(found[0].properties.get("Name", found[0].reference)) if len(found) == 1 else "unnamed"


def _load_balancer(properties: Mapping[str, Any], name: str) -> LoadBalancer:
    """Defaults are those of an HTTP target group (AWS::ElasticLoadBalancingV2::TargetGroup)."""
    attributes: dict[str, Any] = {
        as_text(pair.get("Key")): pair.get("Value") for pair in mappings(properties.get("TargetGroupAttributes"))
    }
    return LoadBalancer(
        name=name,
        target_group=as_text(properties.get("Name", "unnamed")),
        health_check=HealthCheck(
            path=properties.get("HealthCheckPath", "/"),
            interval_seconds=properties.get("HealthCheckIntervalSeconds", 30),
            timeout_seconds=properties.get("HealthCheckTimeoutSeconds", 5),
            healthy_threshold=properties.get("HealthyThresholdCount", 5),
            unhealthy_threshold=properties.get("UnhealthyThresholdCount", 2),
            success_codes=as_text((properties.get("Matcher") or {}).get("HttpCode", "200")),
        ),
        deregistration_delay_seconds=attributes.get("deregistration_delay.timeout_seconds", 300),
    )
