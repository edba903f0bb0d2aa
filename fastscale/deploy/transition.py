"""A deployment in two steps, where one would be refused.

A changed plan may drop a policy that an alarm of the next stack still acts through. CloudFormation deletes no export
that another stack imports, and updates the stack with the export first, so it refuses. What helps is a step before
(AWS CDK developer guide, "Resolve cross-stack reference errors"): the new templates, with the dropped exports and
what they speak of still in them. The other stacks let go of the exports then, and the real templates can follow.
"""

from __future__ import annotations

import hashlib
import json
import re
import shutil
from collections.abc import Collection, Iterator, Sequence
from pathlib import Path
from typing import Any

from fastscale.deploy.assembly import AssemblyStack
from fastscale.deploy.deployed import Deployed, Template
from fastscale.errors import DeployError

#: Sections whose entries the kept resources may refer to.
_REFERRED = ("Parameters", "Mappings", "Conditions")
_NAME = re.compile(r"\$\{([^!.}]+)[.}]")
_HASH = re.compile(r"[0-9a-f]{64}")


def first_step(assembly: Path, stacks: Sequence[AssemblyStack], deployed: Deployed, folder: Path) -> Path | None:
    """The assembly to deploy before ``assembly``, written to ``folder``; None when one step does.

    Raises DeployError when a stack that is not among ``stacks`` uses an export that is to go.
    """
    names = {stack.name for stack in stacks}
    changed: dict[str, Template] = {}
    for stack in stacks:
        before, after = deployed.template(stack.name), json.loads(stack.template)
        dropped = exports(before).keys() - exports(after).keys()
        used = {export for export in sorted(dropped) if _users(deployed, export, stack.name, names)}
        if used:
            changed[stack.name] = keeping(before, after, used)
    if not changed:
        return None
    return _write(assembly, changed, folder)


def exports(template: Template) -> dict[str, str]:
    """The key of the output behind each export whose name is given as it is."""
    named = {key: output.get("Export", {}).get("Name") for key, output in template.get("Outputs", {}).items()}
    return {name: key for key, name in named.items() if isinstance(name, str)}


def keeping(before: Template, after: Template, used: Collection[str]) -> Template:
    """``after`` with the exports of ``before`` that are still ``used``, and the resources that they speak of. Pure."""
    keys = {exports(before)[name] for name in used}
    outputs = {key: before["Outputs"][key] for key in keys}
    old = before.get("Resources", {})
    needed = _closure(outputs, old)
    merged = {name: {**before[name], **after.get(name, {})} for name in _REFERRED if name in before}
    return {
        **after,
        **merged,
        "Resources": {**{name: old[name] for name in sorted(needed)}, **after["Resources"]},
        "Outputs": {**outputs, **after.get("Outputs", {})},
    }


def _users(deployed: Deployed, export: str, stack: str, among: Collection[str]) -> list[str]:
    users = deployed.importers(export)
    others = [user for user in users if user not in among]
    if others:
        raise DeployError(
            f"{', '.join(others)} uses the export {export}, which {stack} is to lose: deploy both at once, or let "
            f"{others[0]} do without it first"
        )
    return users


def _closure(start: Any, resources: Template) -> set[str]:
    """The resources that ``start`` mentions, those that they mention, and so on."""
    found: set[str] = set()
    pending = set(_mentions(start)) & resources.keys()
    while pending:
        name = pending.pop()
        found.add(name)
        pending |= (set(_mentions(resources[name])) & resources.keys()) - found
    return found


def _mentions(value: Any) -> Iterator[str]:
    """Every name in a Ref, Fn::GetAtt, Fn::Sub or DependsOn below ``value``."""
    if isinstance(value, list):
        for item in value:
            yield from _mentions(item)
    if not isinstance(value, dict):
        return
    for key, member in value.items():
        if key in ("Ref", "DependsOn", "Fn::GetAtt"):
            yield from [member.split(".")[0]] if isinstance(member, str) else [str(name) for name in member]
        elif key == "Fn::Sub":
            yield from _NAME.findall(member if isinstance(member, str) else member[0])
        yield from _mentions(member)


def _write(assembly: Path, templates: dict[str, Template], folder: Path) -> Path:
    """A copy of the assembly with other ``templates``. Their files are published under the hash of their content."""
    shutil.copytree(assembly, folder, dirs_exist_ok=True)
    artifacts = json.loads((assembly / "manifest.json").read_text())["artifacts"]
    hashes: dict[str, str] = {}
    for artifact, made in artifacts.items():
        properties = made.get("properties", {})
        name = properties.get("stackName", artifact)
        if made["type"] != "aws:cloudformation:stack" or name not in templates:
            continue
        text = json.dumps(templates[name], indent=1)
        (folder / properties["templateFile"]).write_text(text)
        for published in _HASH.findall(properties.get("stackTemplateAssetObjectUrl", "")):
            hashes[published] = hashlib.sha256(text.encode()).hexdigest()
    for path in folder.glob("*.json"):
        if path.name == "manifest.json" or path.name.endswith(".assets.json"):
            path.write_text(_HASH.sub(lambda found: hashes.get(found[0], found[0]), path.read_text()))
    return folder
