"""Stacks and what belongs to them in the shapes of the CloudFormation API."""

from __future__ import annotations

import json

from fastscale.localcloud.server.cloudformation.change_sets import ChangeSet
from fastscale.localcloud.server.cloudformation.stack import Stack, StackResource
from fastscale.localcloud.server.cloudformation.template import Template
from fastscale.localcloud.server.shapes import Shape


def stack_shape(stack: Stack) -> Shape:
    """The Stack structure of DescribeStacks."""
    return {
        "StackId": stack.stack_id,
        "StackName": stack.name,
        "ChangeSetId": stack.change_set_id,
        "Description": stack.template.description,
        "Parameters": _parameters(stack.parameters, stack.template),
        "CreationTime": stack.created_at,
        "LastUpdatedTime": stack.updated_at,
        "DeletionTime": stack.deleted_at,
        "RollbackConfiguration": {},
        "StackStatus": stack.status,
        "StackStatusReason": stack.reason,
        "DisableRollback": stack.on_failure == "DO_NOTHING",
        "NotificationARNs": [],
        "Capabilities": stack.capabilities,
        "Outputs": [
            {
                "OutputKey": output.key,
                "OutputValue": output.value,
                "Description": output.description,
                "ExportName": output.export,
            }
            for output in stack.outputs
        ],
        "Tags": tag_shapes(stack.tags),
        "EnableTerminationProtection": stack.termination_protection,
        "DriftInformation": {"StackDriftStatus": "NOT_CHECKED"},
    }


def summary_shape(stack: Stack) -> Shape:
    """The StackSummary structure of ListStacks."""
    return {
        "StackId": stack.stack_id,
        "StackName": stack.name,
        "TemplateDescription": stack.template.description,
        "CreationTime": stack.created_at,
        "LastUpdatedTime": stack.updated_at,
        "DeletionTime": stack.deleted_at,
        "StackStatus": stack.status,
        "StackStatusReason": stack.reason,
        "DriftInformation": {"StackDriftStatus": "NOT_CHECKED"},
    }


def resource_shape(stack: Stack, resource: StackResource) -> Shape:
    """A resource with all the members that the three operations show, each under the names they use."""
    return {
        "StackName": stack.name,
        "StackId": stack.stack_id,
        "LogicalResourceId": resource.logical_id,
        "PhysicalResourceId": resource.physical_id,
        "ResourceType": resource.type,
        "Timestamp": resource.updated_at,
        "LastUpdatedTimestamp": resource.updated_at,
        "ResourceStatus": resource.status,
        "ResourceStatusReason": resource.reason,
        "DriftInformation": {"StackResourceDriftStatus": "NOT_CHECKED"},
    }


def event_shape(event: Shape) -> Shape:
    """The StackEvent structure."""
    properties = event["ResourceProperties"]
    return event | {"ResourceProperties": json.dumps(properties) if properties is not None else None}


def change_set_shape(change_set: ChangeSet) -> Shape:
    """The members of DescribeChangeSet and ListChangeSets."""
    request = change_set.request
    return {
        "ChangeSetName": change_set.name,
        "ChangeSetId": change_set.change_set_id,
        "StackId": change_set.stack.stack_id,
        "StackName": change_set.stack.name,
        "Description": change_set.description,
        "Parameters": request.parameters,
        "CreationTime": change_set.created_at,
        "ExecutionStatus": change_set.execution_status,
        "Status": change_set.status,
        "StatusReason": change_set.reason,
        "Capabilities": request.capabilities,
        "Tags": tag_shapes(request.tags or {}),
        "Changes": change_set.changes,
    }


def template_parameter_shapes(template: Template) -> list[Shape]:
    """What GetTemplateSummary and ValidateTemplate say of a template's parameters."""
    return [
        {
            "ParameterKey": name,
            "DefaultValue": declaration.get("Default"),
            "ParameterType": declaration.get("Type", "String"),
            "NoEcho": _hidden(declaration),
            "Description": declaration.get("Description"),
        }
        for name, declaration in template.parameters.items()
    ]


def tag_shapes(tags: dict[str, str]) -> list[Shape]:
    """Tags as a list of structures."""
    return [{"Key": key, "Value": value} for key, value in tags.items()]


def _parameters(values: dict[str, str], template: Template) -> list[Shape]:
    return [
        {"ParameterKey": key, "ParameterValue": "****" if _hidden(template.parameters[key]) else value}
        for key, value in values.items()
    ]


def _hidden(declaration: Shape) -> bool:
    """Templates say true and "true"."""
    return str(declaration.get("NoEcho", False)).lower() == "true"
