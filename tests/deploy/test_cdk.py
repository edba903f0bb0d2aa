"""Where the CDK command line comes from on a machine that has none."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from fastscale.deploy.cdk import NPM_PROGRAM, PACKAGE, VERSION, Cdk, bring, find
from fastscale.errors import MissingPartError

#: Plays npm when it is asked to run it: installs the package into the folder that follows --prefix.
NODE = f"""#!/bin/sh
[ "$2 $3 $7" = "install --prefix {PACKAGE}" ] || exit 1
/bin/mkdir -p "$4/node_modules/aws-cdk/bin" && : > "$4/node_modules/aws-cdk/bin/cdk"
"""


@pytest.fixture
def node(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A Node.js with its own npm, on a machine with nothing on PATH."""
    (tmp_path / "bin").mkdir()
    program = tmp_path / "bin" / "node"
    program.write_text(NODE)
    program.chmod(0o755)
    npm = tmp_path / NPM_PROGRAM
    npm.parent.mkdir(parents=True)
    npm.touch()
    monkeypatch.setenv("PATH", str(tmp_path / "empty"))
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    return program


def test_the_npm_beside_node_brings_it_and_node_runs_it(node: Path, tmp_path: Path) -> None:
    assert find(node) is None
    brought = tmp_path / f"cache/fastscale/cdk-{VERSION}/node_modules/aws-cdk/bin/cdk"
    assert bring(node) == find(node) == Cdk((str(node), str(brought)))


def test_what_is_brought_is_one_version(node: Path) -> None:
    """A range would be another program on another day."""
    assert re.fullmatch(r"aws-cdk@2\.\d+\.\d+", PACKAGE)


def test_one_on_path_wins(node: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    bring(node)
    own = tmp_path / "own" / "cdk"
    own.parent.mkdir()
    own.touch(mode=0o755)
    monkeypatch.setenv("PATH", str(own.parent))
    assert find(node) == Cdk((str(own),))


def test_without_npm_the_way_out_is_named(node: Path, tmp_path: Path) -> None:
    (tmp_path / NPM_PROGRAM).unlink()
    for without in (node, None):
        with pytest.raises(MissingPartError, match="install both, or put `cdk` on PATH"):
            bring(without)
