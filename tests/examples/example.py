"""One example application, synthesized as it is."""

import json
from contextlib import suppress
from importlib.util import module_from_spec, spec_from_file_location
from pathlib import Path
from typing import Any

import aws_cdk as cdk
from aws_cdk.assertions import Template

from fastscale.cdk import nag

EXAMPLES = Path(__file__).parents[2] / "examples"
#: Names that are one namespace for the whole account and Region.
ACCOUNT_WIDE = ("AlarmName", "DashboardName", "LogGroupName", "TableName", "TopicName", "Family")

#: The constructs of the examples.
ADDED = ("FastScaling", "Web", "Search")


class Example:
    """One application, synthesized with cdk-nag looking on."""

    def __init__(self, folder: str, stack: str, name: str, out: Path) -> None:
        spec = spec_from_file_location(f"examples.{folder}", EXAMPLES / folder / "app.py")
        module = module_from_spec(spec)
        spec.loader.exec_module(module)
        self.directory, self.name = out, name
        app = cdk.App(outdir=str(out), analytics_reporting=False)
        getattr(module, stack)(app, name)
        nag.check(app)
        with suppress(RuntimeError):  # the application's own findings are its owner's matter
            app.synth()
        self.text = (out / f"{name}.template.json").read_text()
        self.template = Template.from_json(json.loads(self.text))

    def findings(self) -> list[str]:
        """Where cdk-nag found something, by the path of the resource."""
        reports = json.loads((self.directory / "validation-report.json").read_text())["pluginReports"]
        return [
            resource["constructPath"]
            for report in reports
            for violation in report["violations"]
            for resource in violation["violatingConstructs"]
        ]

    def added(self) -> dict[str, dict[str, Any]]:
        """The properties of what fast scaling added, by logical id."""
        resources = json.loads(self.text)["Resources"]
        return {id_: entry.get("Properties", {}) for id_, entry in resources.items() if id_.startswith(ADDED)}

    def named(self) -> list[tuple[str, str]]:
        """(what kind of name, name) for every name of it that has to be unique in the account."""
        return [
            (key, properties[key]) for properties in self.added().values() for key in ACCOUNT_WIDE if key in properties
        ]
