"""Plans that between them make every choice that the templates know, several at a time: each takes seconds to make."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime

from fastscale import plan_file
from fastscale.plan import Plan

START = datetime(2027, 3, 1, 9, 0, tzinfo=UTC).timestamp()
HOUR_SECONDS = 3600.0

CERTIFICATE = "arn:aws:acm:ap-northeast-2:111122223333:certificate/0f1e"
IMAGE = "111122223333.dkr.ecr.ap-northeast-2.amazonaws.com/shop/web:7"
TOPIC = "arn:aws:sns:ap-northeast-2:111122223333:on-call"


def frugal() -> Plan:
    """ARM, Spot, no NAT gateway, HTTPS, an image and a topic that exist, forecasts, 20 s metrics, a campaign, Pulse."""
    return plan_file.from_table(
        {
            "profile": "default",
            "network": {"egress": "endpoints", "max_azs": 2},
            "load_balancer": {
                "certificate_arn": CERTIFICATE,
                "tls_policy": "ELBSecurityPolicy-TLS13-1-2-Res-PQ-2025-09",
                "algorithm": "least_outstanding_requests",
            },
            "task": {"architecture": "arm64", "cpu": 512, "memory": 1024, "image": IMAGE},
            "service": {"spot_percent": 70, "task_protection": True},
            "pulse": {"enabled": True},
            "notifications": {"topic_arn": TOPIC},
            "scaling": {
                "target_policies": {
                    "FastScaling-CpuTarget": {"predefined": "ECSServiceAverageCPUUtilizationHighResolution"}
                },
                "predictive": {"target": 600, "metric": "ALBRequestCount", "mode": "ForecastAndScale"},
            },
            "events": [
                {
                    "name": "SpringSale",
                    "start": START,
                    "end": START + 8 * HOUR_SECONDS,
                    "min_capacity": 40,
                    "floor_after": 5,
                },
            ],
        }
    )


def generous() -> Plan:
    """A NAT gateway in each zone, shells in tasks, a public image, an address for alarms, memory on 20 s metrics."""
    return plan_file.from_table(
        {
            "profile": "reference",
            "network": {"nat_gateways": 3},
            "load_balancer": {"algorithm": "weighted_random"},
            "task": {"image": "public.ecr.aws/docker/library/httpd:2.4", "log_retention_days": 90},
            "service": {"spot_percent": 100, "enable_exec": True},
            "notifications": {"email": "team@example.com"},
            "scaling": {
                "target_policies": {
                    "MemoryTarget": {
                        "target": 70,
                        "predefined": "ECSServiceAverageMemoryUtilizationHighResolution",
                    }
                },
                "predictive": {"target": 50},
            },
        }
    )


VARIANTS: dict[str, Callable[[], Plan]] = {"frugal": frugal, "generous": generous}
