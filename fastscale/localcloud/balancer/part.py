"""Everything that ELB needs in a local cloud, built for one load balancer."""

from __future__ import annotations

from pathlib import Path

from fastscale.aws.session import local_client
from fastscale.localcloud.backstage import Backstage
from fastscale.localcloud.balancer.checks import Checker
from fastscale.localcloud.balancer.groups import BotoBalancerApi
from fastscale.localcloud.balancer.loop import BalancerLoop, Parts
from fastscale.localcloud.balancer.proxy import Proxy
from fastscale.localcloud.balancer.traffic import TrafficMeter
from fastscale.localcloud.cycle import Say
from fastscale.localcloud.processes import Processes
from fastscale.localcloud.put_metrics import BotoMetrics


def build(
    load_balancer: str, *, port: int, directory: Path, endpoint_url: str, region: str, processes: Processes, say: Say
) -> BalancerLoop:
    """The part for the load balancer of that name, which need not exist yet.

    The proxy listens on ``port`` of the loopback address and keeps its files in ``directory``.
    """
    elbv2 = local_client("elbv2", endpoint_url=endpoint_url, region=region)
    cloudwatch = local_client("cloudwatch", endpoint_url=endpoint_url, region=region)
    parts = Parts(
        api=BotoBalancerApi(elbv2=elbv2, backstage=Backstage(endpoint_url), name=load_balancer),
        metrics=BotoMetrics(cloudwatch),
        proxy=Proxy(processes=processes, directory=directory, port=port, say=say),
        checker=Checker(),
        traffic=TrafficMeter(),
    )
    return BalancerLoop(parts, say=say)
