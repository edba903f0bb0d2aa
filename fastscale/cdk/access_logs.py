"""The bucket that a load balancer writes its access logs to."""

from __future__ import annotations

from aws_cdk import Duration, RemovalPolicy, Stack
from aws_cdk import aws_elasticloadbalancingv2 as elbv2
from aws_cdk import aws_iam as iam
from aws_cdk import aws_s3 as s3
from constructs import Construct

from fastscale.cdk import nag

LOG_DELIVERY = "logdelivery.elasticloadbalancing.amazonaws.com"


class AccessLogs(Construct):
    """An encrypted private bucket whose objects expire, and the grant that lets load balancers of this account write.

    The bucket outlives its stack: it is never empty once a load balancer has logged, and CloudFormation deletes only
    empty buckets.
    """

    def __init__(self, scope: Construct, id_: str, *, keep_days: int) -> None:
        super().__init__(scope, id_)
        self.bucket = s3.Bucket(
            self,
            "Bucket",
            encryption=s3.BucketEncryption.S3_MANAGED,  # the only encryption that load balancers can write to
            block_public_access=s3.BlockPublicAccess.BLOCK_ALL,
            object_ownership=s3.ObjectOwnership.BUCKET_OWNER_ENFORCED,
            enforce_ssl=True,
            lifecycle_rules=[s3.LifecycleRule(expiration=Duration.days(keep_days))],
            removal_policy=RemovalPolicy.RETAIN,
        )
        self._grant_delivery()
        nag.accept(self.bucket, "S1", "This is the log bucket; logging its own writes would log without end.")

    def _grant_delivery(self) -> None:
        """ELB user guide, "Enable access logs for your Application Load Balancer", step 2."""
        stack = Stack.of(self)
        self.bucket.add_to_resource_policy(
            iam.PolicyStatement(
                principals=[iam.ServicePrincipal(LOG_DELIVERY)],
                actions=["s3:PutObject"],
                resources=[self.bucket.arn_for_objects(f"AWSLogs/{stack.account}/*")],
                conditions={
                    "ArnLike": {
                        "aws:SourceArn": stack.format_arn(
                            service="elasticloadbalancing", resource="loadbalancer", resource_name="*"
                        )
                    }
                },
            )
        )

    def collect(self, load_balancer: elbv2.ApplicationLoadBalancer) -> None:
        """Turn on the access logs of ``load_balancer``; it waits for the grant, which it tests when it is created."""
        load_balancer.set_attribute("access_logs.s3.enabled", "true")
        load_balancer.set_attribute("access_logs.s3.bucket", self.bucket.bucket_name)
        if self.bucket.policy is not None:
            load_balancer.node.add_dependency(self.bucket.policy)
