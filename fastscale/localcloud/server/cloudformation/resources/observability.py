"""Alarms, dashboards, log groups and notification topics."""

from __future__ import annotations

from typing import Any

from fastscale.localcloud.server.cloudformation.resources.arguments import arguments, only
from fastscale.localcloud.server.cloudformation.resources.base import Context, Physical, Properties, ResourceType


def _put_alarm(context: Context, properties: Properties, name: str) -> Physical:
    cloudwatch = context.client("cloudwatch")
    given = arguments(cloudwatch, "PutMetricAlarm", {**properties, "AlarmName": name})
    cloudwatch.put_metric_alarm(**given)
    arn = cloudwatch.describe_alarms(AlarmNames=[name])["MetricAlarms"][0]["AlarmArn"]
    return Physical(name, {"Arn": arn})


def _create_alarm(context: Context, properties: Properties) -> Physical:
    name = properties.get("AlarmName") or context.name(properties, max_length=255)
    return _put_alarm(context, properties, name)


def _update_alarm(context: Context, physical: Physical, _: Properties, new: Properties) -> Physical:
    return _put_alarm(context, new, physical.id)


def _delete_alarm(context: Context, physical: Physical, _: Properties) -> None:
    context.client("cloudwatch").delete_alarms(AlarmNames=[physical.id])


def _create_dashboard(context: Context, properties: Properties) -> Physical:
    cloudwatch = context.client("cloudwatch")
    named = {"DashboardName": context.name(properties, max_length=255), **properties}
    cloudwatch.put_dashboard(**arguments(cloudwatch, "PutDashboard", named))
    return Physical(named["DashboardName"])


def _update_dashboard(context: Context, physical: Physical, _: Properties, new: Properties) -> Physical:
    return _create_dashboard(context, {**new, "DashboardName": physical.id})


def _delete_dashboard(context: Context, physical: Physical, _: Properties) -> None:
    context.client("cloudwatch").delete_dashboards(DashboardNames=[physical.id])


def _create_log_group(context: Context, properties: Properties) -> Physical:
    logs = context.client("logs")
    name = properties.get("LogGroupName") or context.name(properties, max_length=512)
    tags = {tag["Key"]: tag["Value"] for tag in context.tag_list(properties)}
    given = arguments(logs, "CreateLogGroup", only(properties, "KmsKeyId", "LogGroupClass"))
    logs.create_log_group(logGroupName=name, **given, **({"tags": tags} if tags else {}))
    context.claim(Physical(name))
    _set_retention(logs, name, properties)
    arn = next(
        group["arn"]
        for group in logs.describe_log_groups(logGroupNamePrefix=name)["logGroups"]
        if group["logGroupName"] == name
    )
    return Physical(name, {"Arn": arn})


def _update_log_group(context: Context, physical: Physical, _: Properties, new: Properties) -> Physical:
    _set_retention(context.client("logs"), physical.id, new)
    return physical


def _set_retention(logs: Any, name: str, properties: Properties) -> None:
    if "RetentionInDays" in properties:
        logs.put_retention_policy(logGroupName=name, retentionInDays=int(properties["RetentionInDays"]))
    else:
        logs.delete_retention_policy(logGroupName=name)


def _delete_log_group(context: Context, physical: Physical, _: Properties) -> None:
    context.client("logs").delete_log_group(logGroupName=physical.id)


def _create_topic(context: Context, properties: Properties) -> Physical:
    sns = context.client("sns")
    name = properties.get("TopicName") or context.name(properties, max_length=256)
    arn = sns.create_topic(Name=name, Tags=context.tag_list(properties))["TopicArn"]
    context.claim(Physical(arn))
    _set_topic_attributes(sns, arn, properties)
    for subscription in properties.get("Subscription", []):
        sns.subscribe(TopicArn=arn, **only(subscription, "Protocol", "Endpoint"))
    return Physical(arn, {"TopicArn": arn, "TopicName": name})


def _update_topic(context: Context, physical: Physical, _: Properties, new: Properties) -> Physical:
    _set_topic_attributes(context.client("sns"), physical.id, new)
    return physical


def _set_topic_attributes(sns: Any, arn: str, properties: Properties) -> None:
    for name in ("DisplayName", "KmsMasterKeyId"):
        if name in properties:
            sns.set_topic_attributes(TopicArn=arn, AttributeName=name, AttributeValue=properties[name])


def _delete_topic(context: Context, physical: Physical, _: Properties) -> None:
    context.client("sns").delete_topic(TopicArn=physical.id)


def _create_topic_policy(context: Context, properties: Properties) -> Physical:
    sns = context.client("sns")
    policy = arguments(sns, "SetTopicAttributes", {"AttributeValue": properties["PolicyDocument"]})
    for topic in properties["Topics"]:
        sns.set_topic_attributes(TopicArn=topic, AttributeName="Policy", **policy)
    return Physical(context.name(properties))


def _update_topic_policy(context: Context, physical: Physical, _: Properties, new: Properties) -> Physical:
    _create_topic_policy(context, new)
    return physical


def _delete_topic_policy(context: Context, _: Physical, properties: Properties) -> None:
    for topic in properties["Topics"]:
        context.client("sns").set_topic_attributes(TopicArn=topic, AttributeName="Policy", AttributeValue="{}")


def _subscribe(context: Context, properties: Properties) -> Physical:
    sns = context.client("sns")
    given = arguments(sns, "Subscribe", only(properties, "TopicArn", "Protocol", "Endpoint"))
    arn = sns.subscribe(**given, ReturnSubscriptionArn=True)["SubscriptionArn"]
    return Physical(arn, {"Arn": arn})


def _unsubscribe(context: Context, physical: Physical, _: Properties) -> None:
    context.client("sns").unsubscribe(SubscriptionArn=physical.id)


TYPES = {
    "AWS::CloudWatch::Alarm": ResourceType(_create_alarm, _delete_alarm, _update_alarm, frozenset({"AlarmName"})),
    "AWS::CloudWatch::Dashboard": ResourceType(
        _create_dashboard, _delete_dashboard, _update_dashboard, frozenset({"DashboardName"})
    ),
    "AWS::Logs::LogGroup": ResourceType(
        _create_log_group, _delete_log_group, _update_log_group, frozenset({"LogGroupName", "LogGroupClass"})
    ),
    "AWS::SNS::Topic": ResourceType(_create_topic, _delete_topic, _update_topic, frozenset({"TopicName", "FifoTopic"})),
    "AWS::SNS::TopicPolicy": ResourceType(_create_topic_policy, _delete_topic_policy, _update_topic_policy),
    "AWS::SNS::Subscription": ResourceType(_subscribe, _unsubscribe),
}
