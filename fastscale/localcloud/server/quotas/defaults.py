"""What AWS gives a new account, of the services that this project scales.

Amazon ECS and Elastic Load Balancing in the AWS General Reference, "Endpoints and quotas"; the codes are the Service
Quotas console's.
"""

from __future__ import annotations

from fastscale.localcloud.server.shapes import Shape


def _quota(service: tuple[str, str], code: str, name: str, value: float) -> Shape:
    return {
        "ServiceCode": service[0],
        "ServiceName": service[1],
        "QuotaCode": code,
        "QuotaName": name,
        "Value": value,
        "Unit": "None",
        "Adjustable": True,
        "GlobalQuota": False,
    }


_FARGATE = ("fargate", "AWS Fargate")
_BALANCING = ("elasticloadbalancing", "Elastic Load Balancing (ELB)")

DEFAULTS: tuple[Shape, ...] = (
    _quota(_FARGATE, "L-3032A538", "Fargate On-Demand vCPU resource count", 6),
    _quota(_FARGATE, "L-36FBB829", "Fargate Spot vCPU resource count", 6),
    _quota(_BALANCING, "L-53DA6B97", "Application Load Balancers per Region", 50),
    _quota(_BALANCING, "L-7E6692B2", "Targets per Application Load Balancer", 1000),
)
