"""From a file to a template."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from fastscale import cloudformation_yaml
from fastscale.errors import PlanError

Template = dict[str, Any]


def read_template(path: Path) -> Template:
    """The template in the file at ``path``. Raises PlanError with one line that names the file and what is wrong."""
    document = read_document(path)
    if not isinstance(document.get("Resources"), dict):
        raise PlanError(f"{path}: is not a CloudFormation template: it has no Resources")
    return document


def read_document(path: Path) -> dict[str, Any]:
    """The JSON or YAML mapping in the file at ``path``, its keys as text. Raises PlanError with one line."""
    try:
        document = cloudformation_yaml.parse(path.read_text(encoding="utf-8-sig"))
    except FileNotFoundError as error:
        raise PlanError(f"{path}: there is no such file") from error
    except OSError as error:
        raise PlanError(f"{path}: cannot be read: {error.strerror}") from error
    except UnicodeDecodeError as error:
        raise PlanError(f"{path}: is not UTF-8 text") from error
    except RecursionError as error:
        raise PlanError(f"{path}: is nested too deeply for a template") from error
    except ValueError as error:
        raise PlanError(f"{path}: is neither JSON nor YAML: {error}") from error
    if not isinstance(document, dict):
        raise PlanError(f"{path}: is not a CloudFormation template: it holds no mapping")
    return document
