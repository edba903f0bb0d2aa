"""What `fastscale local up` tells to type next."""

from __future__ import annotations

from fastscale.cli.local import _next_steps
from fastscale.localcloud.settings import CloudSettings
from fastscale.plan import Service


def test_the_next_steps_name_the_plans_own_cluster_service_and_ports() -> None:
    told = _next_steps(Service(cluster="shop", name="web"), CloudSettings(port=4600, alb_port=4700, region="eu-west-1"))
    assert "export AWS_ENDPOINT_URL=http://localhost:4600 AWS_DEFAULT_REGION=eu-west-1" in told
    assert "aws ecs describe-services --cluster shop --services web" in told
    assert "curl http://localhost:4700/health" in told
