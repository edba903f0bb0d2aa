"""What is deployed changes on purpose only: every template of the shipped profiles, as somebody last agreed to it.

A change of a template fails here with its difference. When it is meant, this writes the files anew, and the commit
shows what becomes of a deployment:

    RENEW_SNAPSHOTS=1 .venv/bin/pytest tests/cdk/test_snapshots.py
"""

from __future__ import annotations

import difflib
import json
import os
import re
from pathlib import Path
from typing import Any

import pytest
import yaml

from fastscale import names, profiles
from tests.cdk.rendered import Rendered

SNAPSHOTS = Path(__file__).with_name("snapshots")
RENEW = "RENEW_SNAPSHOTS"
#: Of an image's files: another one with every edit of the application, which is no change of the infrastructure.
ASSET = re.compile(r"\b[0-9a-f]{64}\b")
MASK = "<hash of the files>"
CASES = [(profile, stack) for profile in sorted(profiles.PROFILES) for stack in (*names.STACKS, names.STACK_PULSE)]


@pytest.mark.parametrize(("profile", "stack"), CASES)
def test_a_template_is_the_one_that_was_agreed_to(of_profile, profile: str, stack: str) -> None:
    path = SNAPSHOTS / profile / f"{stack}.yaml"
    rendered = of_profile(profile)
    now = written(rendered, stack)
    if os.environ.get(RENEW):
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(now) if now else path.unlink(missing_ok=True)
    then = path.read_text() if path.exists() else ""
    difference = "\n".join(difflib.unified_diff(then.splitlines(), now.splitlines(), "agreed", "now", lineterm=""))
    assert not difference, f"{stack} of {profile} changed; {RENEW}=1 writes {path} anew when it is meant\n{difference}"


def written(rendered: Rendered, stack: str) -> str:
    """The template as people read it; nothing for a stack that the profile has not."""
    if stack not in rendered.stacks:
        return ""
    text: str = yaml.dump(readable(rendered.json(stack)), Dumper=Plain, sort_keys=False, width=120)
    return ASSET.sub(MASK, text)


def readable(value: Any) -> Any:
    """The same with JSON that is kept in a text (a dashboard, a plan) laid out, where no reference cuts it."""
    if isinstance(value, dict):
        return {key: readable(member) for key, member in value.items()}
    if isinstance(value, list):
        return [readable(member) for member in value]
    if isinstance(value, str) and value.startswith("{") and value.endswith("}"):
        return {"(JSON)": json.loads(value)}
    return value


class Plain(yaml.SafeDumper):
    """Without anchors: equal parts are written twice."""

    def ignore_aliases(self, data: Any) -> bool:
        return True
