"""The ELBv2 back end: moto's load balancers, listeners and target groups, our own targets.

moto keys targets by address alone and calls each of them healthy; here a target is what the load balancer reports.
"""

from __future__ import annotations

import threading
import time
from typing import Any, cast

from moto.elbv2.exceptions import DuplicateLoadBalancerName, TargetGroupNotFoundError
from moto.elbv2.models import ELBv2Backend, FakeListener, FakeLoadBalancer, FakeTargetGroup, elbv2_backends

from fastscale.localcloud.server.elbv2.targets import TargetKey, TargetTable
from fastscale.localcloud.server.settings import ACCOUNT_ID, active
from fastscale.localcloud.server.shapes import Shape, stable_id

_DELAY = "deregistration_delay.timeout_seconds"


class Elbv2Backend(ELBv2Backend):
    """Elastic Load Balancing v2 of one region."""

    def __init__(self, region_name: str, account_id: str) -> None:
        super().__init__(region_name, account_id)
        self._lock = threading.RLock()
        self._tables: dict[str, TargetTable] = {}

    def create_load_balancer(self, name: str, *args: Any, **kwargs: Any) -> FakeLoadBalancer:
        """CreateLoadBalancer; the DNS name is where the local proxy listens."""
        if any(present.name == name for present in self.load_balancers.values()):
            raise DuplicateLoadBalancerName
        tags = kwargs.pop("tags", None)
        load_balancer = super().create_load_balancer(name, *args, **kwargs)
        del self.load_balancers[load_balancer.arn]
        load_balancer.arn = _lasting_arn(load_balancer.arn)
        load_balancer.dns_name = active().alb_dns_name
        self.load_balancers[load_balancer.arn] = load_balancer
        self.tagging_service.tag_resource(load_balancer.arn, tags)
        return load_balancer

    def create_listener(self, *args: Any, **kwargs: Any) -> FakeListener:
        """CreateListener; a certificate is taken at its word, because a local cloud has none of the account's."""
        certificate, kwargs["certificate"] = kwargs["certificate"], None
        listener = super().create_listener(*args, **kwargs)
        if certificate:
            listener.certificate, listener.certificates = certificate, [certificate]
        return listener

    def _certificate_exists(self, certificate_arn: str) -> bool:
        return bool(certificate_arn)

    def create_target_group(self, name: str, **kwargs: Any) -> FakeTargetGroup:
        """CreateTargetGroup."""
        tags = kwargs.pop("tags", None)
        group = super().create_target_group(name, **kwargs)
        del self.target_groups[group.arn]
        group.arn = _lasting_arn(group.arn)
        self.target_groups[group.arn] = group
        if tags:
            self.add_tags(resource_arns=[group.arn], tags=tags)
        return group

    def register_targets(self, target_group_arn: str, instances: list[Any]) -> None:
        """RegisterTargets."""
        group = self._group(target_group_arn)
        with self._lock:
            self._table(group).register([_key(target, group) for target in instances], now=time.time())

    def deregister_targets(self, target_group_arn: str, instances: list[dict[str, Any]]) -> None:
        """DeregisterTargets: they drain for the target group's deregistration delay."""
        group = self._group(target_group_arn)
        with self._lock:
            self._table(group).deregister([_key(target, group) for target in instances], now=time.time())

    def describe_target_health(self, target_group_arn: str, targets: list[dict[str, Any]]) -> list[Any]:
        """DescribeTargetHealth: all targets, or those asked for."""
        group = self._group(target_group_arn)
        with self._lock:
            table = self._table(group)
            keys = [_key(target, group) for target in targets]
            keys = keys or [(target.target_id, target.port) for target in table.listed()]
            in_use = bool(group.load_balancer_arns)
            return [
                {
                    "Target": {"Id": key[0], "Port": key[1]},
                    "HealthCheckPort": _health_check_port(group, key[1]),
                    "TargetHealth": table.health(key, in_use=in_use),
                }
                for key in keys
            ]

    def delete_target_group(self, target_group_arn: str) -> FakeTargetGroup:
        """DeleteTargetGroup, with its targets."""
        deleted = super().delete_target_group(target_group_arn)
        with self._lock:
            self._tables.pop(target_group_arn, None)
        return deleted

    def targets(self, target_group_arn: str) -> list[Shape]:
        """Registered and draining targets, for the private route; raises TargetGroupNotFoundError."""
        group = self._group(target_group_arn)
        with self._lock:
            return [target.as_json() for target in self._table(group).listed()]

    def report(self, target_group_arn: str, healths: list[Shape]) -> None:
        """Take over the load balancer's view of its targets; raises TargetGroupNotFoundError."""
        group = self._group(target_group_arn)
        with self._lock:
            self._table(group).report(healths)

    def _group(self, arn: str) -> FakeTargetGroup:
        group = self.target_groups.get(arn)
        if group is None:
            raise TargetGroupNotFoundError
        return group

    def _table(self, group: FakeTargetGroup) -> TargetTable:
        table = self._tables.setdefault(group.arn, TargetTable())
        table.expire(deregistration_delay_seconds=float(str(group.attributes[_DELAY])), now=time.time())
        return table


def _lasting_arn(arn: str) -> str:
    """The ARN with an id that follows from the name, so that it is the same after a restart of the server."""
    start, _, _ = arn.rpartition("/")
    return f"{start}/{stable_id(start).replace('-', '')[:16]}"


def _key(target: dict[str, Any], group: FakeTargetGroup) -> TargetKey:
    return str(target["Id"]), int(target.get("Port") or group.port)


def _health_check_port(group: FakeTargetGroup, target_port: int) -> str:
    port = group.health_check_port
    return str(target_port) if port in (None, "traffic-port") else str(port)


def backend() -> Elbv2Backend:
    """ELBv2 of the region that this server plays."""
    return cast(Elbv2Backend, elbv2_backends[ACCOUNT_ID][active().region])
