"""The CloudFormation API."""

from __future__ import annotations

from typing import cast
from urllib.parse import unquote, urlsplit

from moto.cloudformation.models import cloudformation_backends
from moto.core.responses import ActionResult, BaseResponse, EmptyResult

from fastscale.localcloud.server.cloudformation.errors import ValidationError
from fastscale.localcloud.server.cloudformation.models import CloudFormationBackend
from fastscale.localcloud.server.cloudformation.request import StackRequest
from fastscale.localcloud.server.cloudformation.shapes import (
    change_set_shape,
    event_shape,
    resource_shape,
    stack_shape,
    summary_shape,
    template_parameter_shapes,
)
from fastscale.localcloud.server.cloudformation.stack import Stack
from fastscale.localcloud.server.cloudformation.template import Template, parse
from fastscale.localcloud.server.shapes import page


class CloudFormationResponse(BaseResponse):
    """One request to CloudFormation; each public method is the action of that name."""

    def __init__(self) -> None:
        super().__init__(service_name="cloudformation")
        self.automated_parameter_parsing = True

    @property
    def own(self) -> CloudFormationBackend:
        """The back end of the request's region."""
        return cast(CloudFormationBackend, cloudformation_backends[self.current_account][self.region])

    # -- operations on stacks ------------------------------------------------------------------------------------

    def create_stack(self) -> ActionResult:
        """CreateStack."""
        return ActionResult({"StackId": self.own.create(self._request(None)).stack_id})

    def update_stack(self) -> ActionResult:
        """UpdateStack."""
        stack = self.own.find(self.params["StackName"])
        return ActionResult({"StackId": self.own.update(self._request(stack)).stack_id})

    def delete_stack(self) -> ActionResult:
        """DeleteStack."""
        self.own.delete(self.params["StackName"])
        return EmptyResult()

    def update_termination_protection(self) -> ActionResult:
        """UpdateTerminationProtection."""
        stack = self.own.find(self.params["StackName"])
        stack.termination_protection = self.params["EnableTerminationProtection"]
        return ActionResult({"StackId": stack.stack_id})

    # -- stacks as they are --------------------------------------------------------------------------------------

    def describe_stacks(self) -> ActionResult:
        """DescribeStacks."""
        name = self.params.get("StackName")
        stacks = [self.own.find(name)] if name else list(self.own.stacks.values())
        return ActionResult({"Stacks": [stack_shape(stack) for stack in stacks]})

    def list_stacks(self) -> ActionResult:
        """ListStacks, deleted ones included."""
        wanted = self.params.get("StackStatusFilter")
        stacks = [*self.own.stacks.values(), *self.own.deleted]
        found = [summary_shape(stack) for stack in stacks if not wanted or stack.status in wanted]
        return ActionResult({"StackSummaries": found})

    def describe_stack_events(self) -> ActionResult:
        """DescribeStackEvents, newest first."""
        stack = self.own.find(self.params["StackName"])
        events = [event_shape(event) for event in reversed(stack.events)]
        shown, token = page(events, self.params.get("NextToken"), 100)
        return ActionResult({"StackEvents": shown, "NextToken": token})

    def describe_stack_resources(self) -> ActionResult:
        """DescribeStackResources: of a stack, or of the one that a physical id belongs to."""
        stack, wanted = self._stack(), self.params.get("LogicalResourceId")
        found = [
            resource_shape(stack, resource)
            for resource in list(stack.resources.values())
            if wanted in (None, resource.logical_id)
        ]
        return ActionResult({"StackResources": found})

    def describe_stack_resource(self) -> ActionResult:
        """DescribeStackResource."""
        stack, name = self.own.find(self.params["StackName"]), self.params["LogicalResourceId"]
        if name not in stack.resources:
            raise ValidationError(f"Resource {name} does not exist for stack {stack.name}")
        return ActionResult({"StackResourceDetail": resource_shape(stack, stack.resources[name])})

    def list_stack_resources(self) -> ActionResult:
        """ListStackResources."""
        stack = self.own.find(self.params["StackName"])
        found = [resource_shape(stack, resource) for resource in list(stack.resources.values())]
        return ActionResult({"StackResourceSummaries": found})

    def get_template(self) -> ActionResult:
        """GetTemplate: the text as it was sent."""
        text = self.own.find(self.params["StackName"]).template.text
        return ActionResult({"TemplateBody": text, "StagesAvailable": ["Original", "Processed"]})

    def get_template_summary(self) -> ActionResult:
        """GetTemplateSummary of a stack or a template."""
        name = self.params.get("StackName")
        template = self.own.find(name).template if name else self._template(None)
        return ActionResult(
            {
                "Parameters": template_parameter_shapes(template),
                "Description": template.description,
                "ResourceTypes": sorted({resource["Type"] for resource in template.resources.values()}),
                "Capabilities": [],
            }
        )

    def validate_template(self) -> ActionResult:
        """ValidateTemplate: whether it can be read as a template."""
        template = self._template(None)
        parameters = template_parameter_shapes(template)
        return ActionResult({"Parameters": parameters, "Description": template.description, "Capabilities": []})

    # -- exports -------------------------------------------------------------------------------------------------

    def list_exports(self) -> ActionResult:
        """ListExports."""
        found = [
            {"ExportingStackId": stack.stack_id, "Name": name, "Value": value}
            for stack in list(self.own.stacks.values())
            for name, value in stack.exports.items()
        ]
        shown, token = page(found, self.params.get("NextToken"), 100)
        return ActionResult({"Exports": shown, "NextToken": token})

    def list_imports(self) -> ActionResult:
        """ListImports: the stacks that use an export."""
        name = self.params["ExportName"]
        users = self.own.importers(name)
        if not users:
            raise ValidationError(f"Export '{name}' is not imported by any stack.")
        return ActionResult({"Imports": users})

    # -- change sets ---------------------------------------------------------------------------------------------

    def create_change_set(self) -> ActionResult:
        """CreateChangeSet."""
        kind = self.params.get("ChangeSetType", "UPDATE")
        stack = self.own.find(self.params["StackName"]) if kind == "UPDATE" else None
        with self.own.lock:
            change_set = self.own.change_sets.create(
                self.params["ChangeSetName"], kind, self._request(stack), self.params.get("Description")
            )
        return ActionResult({"Id": change_set.change_set_id, "StackId": change_set.stack.stack_id})

    def describe_change_set(self) -> ActionResult:
        """DescribeChangeSet."""
        found = self.own.change_sets.find(self.params["ChangeSetName"], self.params.get("StackName"))
        return ActionResult(change_set_shape(found))

    def list_change_sets(self) -> ActionResult:
        """ListChangeSets of a stack."""
        stack = self.own.find(self.params["StackName"])
        return ActionResult({"Summaries": [change_set_shape(item) for item in self.own.change_sets.of(stack)]})

    def execute_change_set(self) -> ActionResult:
        """ExecuteChangeSet."""
        self.own.change_sets.execute(self.params["ChangeSetName"], self.params.get("StackName"))
        return ActionResult({})

    def delete_change_set(self) -> ActionResult:
        """DeleteChangeSet."""
        self.own.change_sets.delete(self.params["ChangeSetName"], self.params.get("StackName"))
        return ActionResult({})

    # -- helpers -------------------------------------------------------------------------------------------------

    def _stack(self) -> Stack:
        """The stack that is named, or the one that holds the resource with the physical id."""
        physical = self.params.get("PhysicalResourceId")
        if physical is None:
            return self.own.find(self.params["StackName"])
        for stack in list(self.own.stacks.values()):
            if any(resource.physical_id == physical for resource in list(stack.resources.values())):
                return stack
        raise ValidationError(f"Stack for {physical} does not exist")

    def _request(self, present: Stack | None) -> StackRequest:
        params = self.params
        failure = "DO_NOTHING" if params.get("DisableRollback") else params.get("OnFailure", "ROLLBACK")
        return StackRequest(
            name=present.name if present is not None else params["StackName"],
            template=self._template(present),
            parameters=params.get("Parameters", []),
            tags={tag["Key"]: tag["Value"] for tag in params["Tags"]} if "Tags" in params else None,
            capabilities=params.get("Capabilities", []),
            termination_protection=bool(params.get("EnableTerminationProtection", False)),
            on_failure=params.get("OnStackFailure", failure),
        )

    def _template(self, present: Stack | None) -> Template:
        if self.params.get("UsePreviousTemplate") and present is not None:
            return present.template
        if "TemplateBody" in self.params:
            return parse(self.params["TemplateBody"])
        if "TemplateURL" in self.params:
            return parse(self._fetch(self.params["TemplateURL"]))
        raise ValidationError("Either Template URL or Template Body must be specified.")

    def _fetch(self, url: str) -> str:
        """A template that the CDK or the AWS CLI uploaded to a bucket first; the bucket is this server's own."""
        address = urlsplit(url)
        host, path = address.hostname or "", unquote(address.path).lstrip("/")
        bucket, key = (host.split(".")[0], path) if _names_bucket(host) else path.split("/", 1)
        return self.own.read_object(bucket, key)


def _names_bucket(host: str) -> bool:
    """Whether a URL's host starts with the bucket's name (``bucket.s3…`` or ``bucket.localhost``)."""
    first, _, rest = host.partition(".")
    return bool(rest) and not first.startswith("s3") and not first.isdigit()
