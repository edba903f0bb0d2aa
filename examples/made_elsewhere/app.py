"""Fast scaling for two services that another team's tools made: a stack of our own beside theirs.

pip install "fastscale[cdk]", put the names and ARNs of your services in place of these, then `cdk deploy` in this
folder. Each service gets metrics, alarms, policies, notifications, a dashboard and a controller of its own. The task
roles need cloudwatch:PutMetricData for the namespaces that the outputs name, and the tasks have to be told theirs.
"""

from __future__ import annotations

import aws_cdk as cdk
from aws_cdk import aws_ec2 as ec2
from constructs import Construct

from fastscale.cdk import FastScaling
from fastscale.plan import PulsePolicy, PulseScrape, Schedule, Task

BALANCING = "arn:aws:elasticloadbalancing:eu-central-1:111122223333"


class ScalingStack(cdk.Stack):
    """Two services of one cluster behind one load balancer."""

    def __init__(self, scope: Construct, id_: str) -> None:
        super().__init__(scope, id_)
        vpc = ec2.Vpc.from_vpc_attributes(
            self,
            "Vpc",
            vpc_id="vpc-0a1b2c3d4e5f60718",
            availability_zones=["eu-central-1a", "eu-central-1b"],
            private_subnet_ids=["subnet-0a1b2c3d4e5f60718", "subnet-1a2b3c4d5e6f70819"],
        )
        web = FastScaling.from_lookup(
            self,
            "Web",
            vpc=vpc,
            cluster_name="shop",
            service_name="web",
            target_group_arn=f"{BALANCING}:targetgroup/web/0123456789abcdef",
            load_balancer_arn=f"{BALANCING}:loadbalancer/app/shop/fedcba9876543210",
            task_security_group_id="sg-0a1b2c3d4e5f60718",
            requests_per_task=250,
            min_capacity=4,
            max_capacity=60,
            schedules=[
                Schedule(
                    name="BeforeWork", expression="cron(30 7 ? * MON-FRI *)", time_zone="Europe/Berlin", min_capacity=8
                ),
                Schedule(
                    name="AfterWork", expression="cron(0 19 ? * MON-FRI *)", time_zone="Europe/Berlin", min_capacity=4
                ),
            ],
        )
        # A service that speaks Prometheus by other names, watched for now without being touched.
        search = FastScaling.from_lookup(
            self,
            "Search",
            vpc=vpc,
            cluster_name="shop",
            service_name="search",
            target_group_arn=f"{BALANCING}:targetgroup/search/89abcdef01234567",
            load_balancer_arn=f"{BALANCING}:loadbalancer/app/shop/fedcba9876543210",
            task_security_group_id="sg-1a2b3c4d5e6f70819",
            requests_per_task=40,
            task=Task(port=9000, startup_seconds=45),
            pulse=PulsePolicy(
                enabled=True,
                dry_run=True,
                scrape=PulseScrape(port=9100, requests_metric="http_requests_total", active_metric=""),
            ),
        )
        for service, scaling in (("Web", web), ("Search", search)):
            cdk.CfnOutput(self, f"{service}Namespace", value=scaling.plan.metering.namespace)


if __name__ == "__main__":
    app = cdk.App()
    ScalingStack(app, "ShopScaling")
    app.synth()
