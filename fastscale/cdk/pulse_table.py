"""Where Pulse keeps its lease and what it has learnt."""

from __future__ import annotations

from aws_cdk import RemovalPolicy
from aws_cdk import aws_dynamodb as dynamodb
from constructs import Construct

from fastscale import names
from fastscale.plan import PulsePolicy


class PulseTable(Construct):
    """A table of a few small items, paid by request, encrypted, with recovery to any point in time.

    It goes with its stack: a lease means nothing without the controllers, and what was learnt is learnt again.
    """

    def __init__(self, scope: Construct, id_: str, *, name: str) -> None:
        super().__init__(scope, id_)
        self.table = dynamodb.Table(
            self,
            "Table",
            table_name=name,
            partition_key=dynamodb.Attribute(name="id", type=dynamodb.AttributeType.STRING),
            billing_mode=dynamodb.BillingMode.PAY_PER_REQUEST,
            encryption=dynamodb.TableEncryption.AWS_MANAGED,
            point_in_time_recovery_specification=dynamodb.PointInTimeRecoverySpecification(
                point_in_time_recovery_enabled=True
            ),
            time_to_live_attribute=names.PULSE_TABLE_EXPIRY,
            removal_policy=RemovalPolicy.DESTROY,
        )


def needs_table(pulse: PulsePolicy) -> bool:
    """Two replicas share a lease, and what is learnt has to outlive a task; one that does neither keeps nothing."""
    return pulse.learn or pulse.replicas > 1
