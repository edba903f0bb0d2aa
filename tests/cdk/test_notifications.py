"""Who hears of alarms, and who may speak."""

from aws_cdk.assertions import Template

from fastscale import names
from fastscale.cdk.notifications import AlertTopic
from fastscale.plan import Notifications

STACK = names.STACK_MONITORING


def test_the_topic_has_its_published_name_and_no_subscriber_by_default(reference):
    reference.template(STACK).has_resource_properties("AWS::SNS::Topic", {"TopicName": "fast-scaling-alerts"})
    reference.template(STACK).resource_count_is("AWS::SNS::Subscription", 0)


def test_the_accounts_alarms_may_publish_and_nobody_without_tls(reference):
    policy = reference.only(STACK, "AWS::SNS::TopicPolicy")["PolicyDocument"]["Statement"]
    (grant,) = [statement for statement in policy if statement["Effect"] == "Allow"]
    assert grant["Principal"] == {"Service": "cloudwatch.amazonaws.com"}
    assert grant["Condition"] == {"StringEquals": {"aws:SourceAccount": {"Ref": "AWS::AccountId"}}}
    (refusal,) = [statement for statement in policy if statement["Effect"] == "Deny"]
    assert refusal["Condition"] == {"Bool": {"aws:SecureTransport": "false"}}


def test_an_address_in_the_plan_is_subscribed(stack):
    AlertTopic(stack, "Alerts", notifications=Notifications(email="ops@example.com"))
    Template.from_stack(stack).has_resource_properties(
        "AWS::SNS::Subscription", {"Protocol": "email", "Endpoint": "ops@example.com"}
    )
