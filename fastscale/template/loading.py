"""From a path to stacks: one template, or a CDK cloud assembly with its stages and nested stacks.

Source: the CDK's cloud assembly schema. ``manifest.json`` lists artifacts: a stack has a templateFile, a stage is a
directory with a manifest of its own, and a nested stack's template is an asset that its resource names in its metadata.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from fastscale.errors import PlanError
from fastscale.template import parameters
from fastscale.template.documents import read_document, read_template
from fastscale.template.stack import NESTED_STACK, Environment, Stack
from fastscale.template.values import as_text

MANIFEST = "manifest.json"
#: Where the CDK says which file holds the template of a nested stack.
ASSET_PATH = "aws:asset:path"
#: Deeper than any real nesting of stacks or stages; a stack that contains itself ends here.
MAX_DEPTH = 10


def load(path: Path, given: Mapping[str, str]) -> list[Stack]:
    """The stacks at ``path``, nested ones last; ``given`` are values of parameters.

    Raises PlanError with one line when the path holds neither template nor assembly, or a parameter is not right.
    """
    found = list(_assembly(path, 0)) if path.is_dir() else [_Found(path.stem, path)]
    if not found:
        raise PlanError(f"{path}: its {MANIFEST} holds no stacks")
    stacks: list[Stack] = []
    for one in found:
        prefix = f"{one.name}/" if len(found) > 1 else ""
        given_here = {**one.given, **given}
        stacks.append(Stack(one.name, read_template(one.path), given_here, one.environment, prefix, stacks))
    parameters.check_given(given, [stack.section("Parameters") for stack in stacks])
    nested = [child for stack, one in zip(stacks, found, strict=True) for child in _nested(stack, one.path.parent, 0)]
    stacks.extend(nested)
    return stacks


@dataclass(frozen=True)
class _Found:
    """A stack's template file, and what the assembly says about the stack."""

    name: str
    path: Path
    given: Mapping[str, str] = field(default_factory=dict)
    environment: Environment = field(default_factory=Environment)


def _assembly(directory: Path, depth: int) -> Iterator[_Found]:
    manifest = directory / MANIFEST
    if not manifest.is_file():
        raise PlanError(f"{directory}: is not a cloud assembly: it holds no {MANIFEST}; name a template file in it")
    artifacts = read_document(manifest).get("artifacts")
    for name, artifact in artifacts.items() if isinstance(artifacts, dict) else ():
        if not isinstance(artifact, dict) or not isinstance(artifact.get("properties", {}), dict):
            raise PlanError(f"{manifest}: artifact {name} is not written as one")
        properties = artifact.get("properties", {})
        if artifact.get("type") == "aws:cloudformation:stack":
            yield _found(directory, name, artifact, properties)
        if artifact.get("type") == "cdk:cloud-assembly" and depth < MAX_DEPTH:
            yield from _assembly(directory / str(properties.get("directoryName")), depth + 1)


def _found(directory: Path, name: str, artifact: Mapping[str, Any], properties: Mapping[str, Any]) -> _Found:
    given = properties.get("parameters")
    return _Found(
        name=str(properties.get("stackName", name)),
        path=directory / str(properties.get("templateFile", f"{name}.template.json")),
        given={key: str(value) for key, value in given.items()} if isinstance(given, dict) else {},
        environment=_environment(artifact.get("environment")),
    )


def _environment(text: Any) -> Environment:
    """``aws://account/region``, where either may be ``unknown-account`` or ``unknown-region``."""
    account, _, region = str(text or "").removeprefix("aws://").partition("/")
    return Environment(
        region=None if region in ("", "unknown-region") else region,
        account=None if account in ("", "unknown-account") else account,
    )


def _nested(parent: Stack, directory: Path, depth: int) -> Iterator[Stack]:
    """The nested stacks whose templates lie beside their parent's; they are entered in ``parent.children``."""
    if depth >= MAX_DEPTH:
        return
    for logical_id, body in parent.section("Resources").items():
        path = _nested_template(parent, logical_id, body, directory)
        if path is None:
            continue
        child = Stack(
            f"{parent.name}-{logical_id}",
            read_template(path),
            environment=parent.environment,
            prefix=f"{parent.prefix}{logical_id}/",
            siblings=parent.siblings,
            holder=(parent, logical_id),
        )
        parent.children[logical_id] = child
        yield child
        yield from _nested(child, path.parent, depth + 1)


def _nested_template(parent: Stack, logical_id: str, body: Any, directory: Path) -> Path | None:
    """The local file of a nested stack; None when the resource is none, or its template is elsewhere.

    The CDK's command line has it named in the metadata; otherwise the URL ends in the hash of an asset.
    """
    if not isinstance(body, dict) or body.get("Type") != NESTED_STACK:
        return None
    metadata = body.get("Metadata")
    url = as_text(parent.properties(logical_id).get("TemplateURL"))
    names = [metadata.get(ASSET_PATH) if isinstance(metadata, dict) else None, _asset(url, directory), url]
    paths = (directory / name for name in names if isinstance(name, str) and "://" not in name)
    return next((path for path in paths if _is_file(path)), None)


def _is_file(path: Path) -> bool:
    """Whether there is such a file; a name that no file can have, because it is too long, names none."""
    try:
        return path.is_file()
    except OSError:
        return False


def _asset(url: str, directory: Path) -> str | None:
    """The file of the asset that ``url`` ends in, by the assembly's lists of assets."""
    asset = url.rpartition("/")[2].partition(".")[0]
    for manifest in sorted(directory.glob("*.assets.json")):
        files = read_document(manifest).get("files")
        entry = files.get(asset) if isinstance(files, dict) else None
        source = entry.get("source") if isinstance(entry, dict) else None
        if isinstance(source, dict):
            return as_text(source.get("path"))
    return None
