"""Small templates with the resources of the four stacks."""

from __future__ import annotations

from typing import Any

Template = dict[str, Any]


def ref(name: str) -> Template:
    return {"Ref": name}


def att(resource: str, attribute: str) -> Template:
    return {"Fn::GetAtt": [resource, attribute]}


def network(name: str) -> Template:
    """A VPC with two subnets, a load balancer and a target group."""
    zones = {"Fn::GetAZs": ""}
    return {
        "Vpc": {"Type": "AWS::EC2::VPC", "Properties": {"CidrBlock": "10.0.0.0/16", "EnableDnsSupport": "true"}},
        "SubnetA": {
            "Type": "AWS::EC2::Subnet",
            "Properties": {
                "VpcId": ref("Vpc"),
                "CidrBlock": "10.0.0.0/24",
                "AvailabilityZone": {"Fn::Select": [0, zones]},
            },
        },
        "SubnetB": {
            "Type": "AWS::EC2::Subnet",
            "Properties": {
                "VpcId": ref("Vpc"),
                "CidrBlock": "10.0.1.0/24",
                "AvailabilityZone": {"Fn::Select": [1, zones]},
            },
        },
        "Group": {
            "Type": "AWS::EC2::SecurityGroup",
            "Properties": {"GroupDescription": name, "VpcId": ref("Vpc")},
        },
        "Balancer": {
            "Type": "AWS::ElasticLoadBalancingV2::LoadBalancer",
            "Properties": {
                "Name": name,
                "Scheme": "internet-facing",
                "Subnets": [ref("SubnetA"), ref("SubnetB")],
                "SecurityGroups": [att("Group", "GroupId")],
            },
        },
        "Targets": {
            "Type": "AWS::ElasticLoadBalancingV2::TargetGroup",
            "Properties": {
                "Name": name,
                "VpcId": ref("Vpc"),
                "Port": 8080,
                "Protocol": "HTTP",
                "TargetType": "ip",
                "HealthCheckIntervalSeconds": 5,
                "HealthCheckTimeoutSeconds": 4,
                "TargetGroupAttributes": [{"Key": "deregistration_delay.timeout_seconds", "Value": "1"}],
            },
        },
        "Listener": {
            "Type": "AWS::ElasticLoadBalancingV2::Listener",
            "Properties": {
                "LoadBalancerArn": ref("Balancer"),
                "Port": 80,
                "Protocol": "HTTP",
                "DefaultActions": [{"Type": "forward", "TargetGroupArn": ref("Targets")}],
            },
        },
    }


def service_template(name: str, *, image: str = "app:1", **properties: Any) -> Template:
    """A cluster with a service of 2 tasks behind a load balancer; ``properties`` go to the service."""
    resources = network(name) | {
        "Cluster": {"Type": "AWS::ECS::Cluster", "Properties": {"ClusterName": name}},
        "Logs": {"Type": "AWS::Logs::LogGroup", "Properties": {"LogGroupName": f"/ecs/{name}", "RetentionInDays": 7}},
        "Task": {
            "Type": "AWS::ECS::TaskDefinition",
            "Properties": {
                "Family": name,
                "Cpu": "256",
                "Memory": "512",
                "NetworkMode": "awsvpc",
                "RequiresCompatibilities": ["FARGATE"],
                "ContainerDefinitions": [
                    {
                        "Name": "app",
                        "Image": image,
                        "PortMappings": [{"ContainerPort": "8080"}],
                        "Environment": [{"Name": "PORT", "Value": "8080"}],
                        "LogConfiguration": {"LogDriver": "awslogs", "Options": {"awslogs-group": ref("Logs")}},
                    }
                ],
            },
        },
        "Service": {
            "Type": "AWS::ECS::Service",
            "DependsOn": ["Listener"],
            "Properties": {
                "ServiceName": name,
                "Cluster": ref("Cluster"),
                "TaskDefinition": ref("Task"),
                "DesiredCount": 2,
                "LaunchType": "FARGATE",
                "HealthCheckGracePeriodSeconds": 15,
                "EnableExecuteCommand": True,
                "DeploymentConfiguration": {
                    "MinimumHealthyPercent": 50,
                    "MaximumPercent": 200,
                    "DeploymentCircuitBreaker": {"Enable": True, "Rollback": True},
                },
                "LoadBalancers": [
                    {"ContainerName": "app", "ContainerPort": 8080, "TargetGroupArn": ref("Targets")},
                ],
                "NetworkConfiguration": {
                    "AwsvpcConfiguration": {
                        "Subnets": [ref("SubnetA")],
                        "SecurityGroups": [att("Group", "GroupId")],
                    }
                },
                **properties,
            },
        },
    }
    outputs = {
        "DnsName": {"Value": att("Balancer", "DNSName")},
        "TargetGroupArn": {"Value": ref("Targets")},
        "TargetGroupFullName": {"Value": att("Targets", "TargetGroupFullName")},
        "LoadBalancerFullName": {"Value": att("Balancer", "LoadBalancerFullName")},
        "TaskDefinitionArn": {"Value": ref("Task")},
    }
    return {"Resources": resources, "Outputs": outputs}


def alarm(name: str, **properties: Any) -> Template:
    """An alarm on a 10 s metric."""
    settings = {
        "AlarmName": name,
        "Namespace": "Test",
        "MetricName": "RequestsPerSecond",
        "Statistic": "Average",
        "Period": 10,
        "EvaluationPeriods": 1,
        "Threshold": 100,
        "ComparisonOperator": "GreaterThanThreshold",
    }
    return {"Type": "AWS::CloudWatch::Alarm", "Properties": {**settings, **properties}}


def topic(name: str) -> Template:
    return {"Type": "AWS::SNS::Topic", "Properties": {"TopicName": name}}
