"""The VPC, and the load balancer in it."""

from __future__ import annotations

import re
from enum import StrEnum
from ipaddress import IPv4Network
from typing import Self

from pydantic import Field, field_validator, model_validator

from fastscale import names
from fastscale.plan.model import Model

#: Of ACM, or uploaded to IAM.
_CERTIFICATE = re.compile(r"arn:aws[a-z-]*:(acm|iam):[a-z0-9-]*:\d{12}:(server-)?certificate/.+")

#: HTTP statuses from 200 to 499, and ranges of them, in a list.
_STATUSES = re.compile(r"[2-4]\d\d(-[2-4]\d\d)?(,[2-4]\d\d(-[2-4]\d\d)?)*")


class HealthCheck(Model):
    """The target group's health check; times in seconds, thresholds in consecutive checks.

    ``success_codes`` are HTTP statuses from 200 to 499: one, several such as 200,202, or a range such as 200-299
    (Elastic Load Balancing API reference, Matcher).
    """

    path: str = Field(default="/health", pattern=r"^/\S*$", max_length=1024)
    interval_seconds: int = Field(default=5, ge=5, le=300)
    timeout_seconds: int = Field(default=4, ge=2, le=120)
    healthy_threshold: int = Field(default=2, ge=2, le=10)
    unhealthy_threshold: int = Field(default=2, ge=2, le=10)
    success_codes: str = "200"

    @field_validator("success_codes")
    @classmethod
    def _statuses(cls, value: str) -> str:
        if not _STATUSES.fullmatch(value):
            raise ValueError("is not a status from 200 to 499, such as 200, 200,202 or 200-299")
        return value

    @model_validator(mode="after")
    def _timeout_fits(self) -> Self:
        if self.timeout_seconds >= self.interval_seconds:
            raise ValueError(
                f"timeout_seconds {self.timeout_seconds} must be below interval_seconds {self.interval_seconds}"
            )
        return self


class Algorithm(StrEnum):
    """How the load balancer chooses a target (ELB user guide, "Routing algorithms")."""

    ROUND_ROBIN = "round_robin"
    LEAST_OUTSTANDING = "least_outstanding_requests"
    WEIGHTED_RANDOM = "weighted_random"


class TlsPolicy(StrEnum):
    """The protocols and ciphers of the HTTPS listener: of AWS's predefined policies those without TLS 1.0 and 1.1.

    Source: ELB user guide, "Security policies for your Application Load Balancer". PQ stands for key exchange that also
    withstands quantum computers.
    """

    TLS_1_2 = "ELBSecurityPolicy-TLS13-1-2-2021-06"
    TLS_1_2_RESTRICTED = "ELBSecurityPolicy-TLS13-1-2-Res-2021-06"
    TLS_1_2_RESTRICTED_PQ = "ELBSecurityPolicy-TLS13-1-2-Res-PQ-2025-09"
    TLS_1_3 = "ELBSecurityPolicy-TLS13-1-3-2021-06"
    TLS_1_3_PQ = "ELBSecurityPolicy-TLS13-1-3-PQ-2025-09"


class LoadBalancer(Model):
    """The ALB and its target group.

    With ``certificate_arn`` it serves HTTPS by ``tls_policy`` and redirects HTTP to it. ``algorithm`` is the target
    group's. A target that leaves may finish its requests for ``deregistration_delay_seconds``.
    """

    name: str = names.LOAD_BALANCER
    target_group: str = names.TARGET_GROUP
    health_check: HealthCheck = HealthCheck()
    algorithm: Algorithm = Algorithm.ROUND_ROBIN
    deregistration_delay_seconds: int = Field(default=10, ge=0, le=3600)
    access_log_days: int = Field(default=30, ge=1)
    certificate_arn: str | None = None
    tls_policy: TlsPolicy = TlsPolicy.TLS_1_2

    @field_validator("certificate_arn")
    @classmethod
    def _a_certificate(cls, value: str | None) -> str | None:
        if value is not None and not _CERTIFICATE.match(value):
            raise ValueError("is not a certificate's ARN, such as arn:aws:acm:us-east-1:111122223333:certificate/id")
        return value


class Egress(StrEnum):
    """How tasks, which have no public address, reach AWS's APIs."""

    NAT = "nat"
    ENDPOINTS = "endpoints"


class Network(Model):
    """The VPC, with a public and a private /24 subnet in each availability zone.

    With ``egress`` nat, tasks reach the internet through ``nat_gateways``; with endpoints, they reach the AWS services
    that they use through interface endpoints in each zone, and nothing else.
    """

    cidr: str = "10.0.0.0/16"
    max_azs: int = Field(default=3, ge=2, le=3)
    egress: Egress = Egress.NAT
    nat_gateways: int = Field(default=1, ge=1, le=3)

    @model_validator(mode="after")
    def _subnets_fit(self) -> Self:
        block = _network(self.cidr)
        needed = 2 * self.max_azs
        if block.num_addresses < needed * 256 or block.prefixlen < 16:
            raise ValueError(
                f"cidr {self.cidr} is not a VPC for {needed} subnets of /24: give a block between /16 and "
                f"/{24 - (needed - 1).bit_length()}"
            )
        if self.nat_gateways > self.max_azs:
            raise ValueError(f"nat_gateways {self.nat_gateways} is more than max_azs {self.max_azs}")
        return self


def _network(cidr: str) -> IPv4Network:
    try:
        return IPv4Network(cidr)
    except ValueError as error:
        raise ValueError(f"cidr {cidr!r} is not an IPv4 block such as 10.0.0.0/16: {error}") from error
