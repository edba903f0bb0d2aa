"""The public entrance: an Application Load Balancer, its listeners and the target group of the tasks."""

from __future__ import annotations

from aws_cdk import Duration
from aws_cdk import aws_ec2 as ec2
from aws_cdk import aws_elasticloadbalancingv2 as elbv2
from constructs import Construct

from fastscale.cdk import nag
from fastscale.plan import Algorithm, HealthCheck, LoadBalancer, TlsPolicy

HTTP = 80
HTTPS = 443

_Algorithm = elbv2.TargetGroupLoadBalancingAlgorithmType
ALGORITHMS = {
    Algorithm.ROUND_ROBIN: _Algorithm.ROUND_ROBIN,
    Algorithm.LEAST_OUTSTANDING: _Algorithm.LEAST_OUTSTANDING_REQUESTS,
    Algorithm.WEIGHTED_RANDOM: _Algorithm.WEIGHTED_RANDOM,
}
TLS_POLICIES = {
    TlsPolicy.TLS_1_2: elbv2.SslPolicy.RECOMMENDED_TLS,
    TlsPolicy.TLS_1_2_RESTRICTED: elbv2.SslPolicy.TLS13_RES,
    TlsPolicy.TLS_1_2_RESTRICTED_PQ: elbv2.SslPolicy.TLS13_12_RES_PQ,
    TlsPolicy.TLS_1_3: elbv2.SslPolicy.TLS13_13,
    TlsPolicy.TLS_1_3_PQ: elbv2.SslPolicy.TLS13_13_PQ,
}


class PublicLoadBalancer(Construct):
    """An internet-facing load balancer that forwards to the tasks' port.

    With a certificate in the plan it serves HTTPS and redirects HTTP to it; without one it serves HTTP.
    """

    def __init__(
        self, scope: Construct, id_: str, *, vpc: ec2.IVpc, load_balancer: LoadBalancer, task_port: int
    ) -> None:
        super().__init__(scope, id_)
        ports = [HTTP, HTTPS] if load_balancer.certificate_arn else [HTTP]
        self.security_group = self._security_group(vpc, ports, task_port)
        self.balancer = elbv2.ApplicationLoadBalancer(
            self,
            "LoadBalancer",
            load_balancer_name=load_balancer.name,
            vpc=vpc,
            internet_facing=True,
            security_group=self.security_group,
            drop_invalid_header_fields=True,
        )
        self.target_group = self._target_group(vpc, load_balancer, task_port)
        self._listen(load_balancer)

    def _security_group(self, vpc: ec2.IVpc, ports: list[int], task_port: int) -> ec2.SecurityGroup:
        group = ec2.SecurityGroup(
            self,
            "SecurityGroup",
            vpc=vpc,
            description="Load balancer: the world in, tasks out",
            allow_all_outbound=False,
        )
        for port in ports:
            group.add_ingress_rule(ec2.Peer.any_ipv4(), ec2.Port.tcp(port), f"Clients on port {port}")
        group.add_egress_rule(ec2.Peer.ipv4(vpc.vpc_cidr_block), ec2.Port.tcp(task_port), "Tasks in the VPC")
        nag.accept(group, "EC23", "A public load balancer is open to the world, on its listeners' ports alone.")
        return group

    def _target_group(self, vpc: ec2.IVpc, load_balancer: LoadBalancer, task_port: int) -> elbv2.ApplicationTargetGroup:
        return elbv2.ApplicationTargetGroup(
            self,
            "TargetGroup",
            target_group_name=load_balancer.target_group,
            vpc=vpc,
            protocol=elbv2.ApplicationProtocol.HTTP,
            port=task_port,
            target_type=elbv2.TargetType.IP,
            health_check=_health_check(load_balancer.health_check),
            load_balancing_algorithm_type=ALGORITHMS[load_balancer.algorithm],
            deregistration_delay=Duration.seconds(load_balancer.deregistration_delay_seconds),
        )

    def _listen(self, load_balancer: LoadBalancer) -> None:
        if load_balancer.certificate_arn is None:
            self._listener("Http", HTTP, elbv2.ListenerAction.forward([self.target_group]))
            return
        self.balancer.add_listener(
            "Https",
            port=HTTPS,
            open=False,
            certificates=[elbv2.ListenerCertificate.from_arn(load_balancer.certificate_arn)],
            ssl_policy=TLS_POLICIES[load_balancer.tls_policy],
            default_action=elbv2.ListenerAction.forward([self.target_group]),
        )
        redirect = elbv2.ListenerAction.redirect(protocol="HTTPS", port=str(HTTPS), permanent=True)
        self._listener("Http", HTTP, redirect)

    def _listener(self, id_: str, port: int, action: elbv2.ListenerAction) -> None:
        """``open=False``: the security group above already says who may come in."""
        self.balancer.add_listener(
            id_, port=port, protocol=elbv2.ApplicationProtocol.HTTP, open=False, default_action=action
        )


def _health_check(check: HealthCheck) -> elbv2.HealthCheck:
    return elbv2.HealthCheck(
        path=check.path,
        interval=Duration.seconds(check.interval_seconds),
        timeout=Duration.seconds(check.timeout_seconds),
        healthy_threshold_count=check.healthy_threshold,
        unhealthy_threshold_count=check.unhealthy_threshold,
        healthy_http_codes=check.success_codes,
    )
