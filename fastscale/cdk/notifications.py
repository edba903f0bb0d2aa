"""Where people hear of alarms."""

from __future__ import annotations

from aws_cdk import Stack
from aws_cdk import aws_iam as iam
from aws_cdk import aws_sns as sns
from aws_cdk import aws_sns_subscriptions as subscriptions
from constructs import Construct

from fastscale.plan import Notifications


class AlertTopic(Construct):
    """A topic that this account's alarms may publish to, over TLS only; an e-mail address of the plan is subscribed.

    An existing topic that the plan names is taken as it is: its policy has to let CloudWatch publish.
    """

    def __init__(self, scope: Construct, id_: str, *, notifications: Notifications) -> None:
        super().__init__(scope, id_)
        if notifications.topic_arn:
            self.topic = sns.Topic.from_topic_arn(self, "Topic", notifications.topic_arn)
            return
        self.topic = sns.Topic(self, "Topic", topic_name=notifications.topic, enforce_ssl=True)
        self._grant_alarms()
        if notifications.email:
            self.topic.add_subscription(subscriptions.EmailSubscription(notifications.email))

    def _grant_alarms(self) -> None:
        """A topic with a policy of its own has to name CloudWatch (CloudWatch user guide, "Notify users of alarms")."""
        self.topic.add_to_resource_policy(
            iam.PolicyStatement(
                sid="AllowAlarms",
                principals=[iam.ServicePrincipal("cloudwatch.amazonaws.com")],
                actions=["sns:Publish"],
                resources=[self.topic.topic_arn],
                conditions={"StringEquals": {"aws:SourceAccount": Stack.of(self).account}},
            )
        )
