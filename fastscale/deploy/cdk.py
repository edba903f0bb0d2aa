"""The CDK command line: found on PATH, or brought through npm into a cache folder."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from fastscale.errors import DeployError, MissingPartError

#: The version that the tests ran. A newer one on PATH is taken as it is: it reads what older libraries synthesize.
VERSION = "2.1148.1"
PACKAGE = f"aws-cdk@{VERSION}"
NPM_TIMEOUT_SECONDS = 300
OUTPUTS = "outputs.json"
#: Of a Node.js installation: the program of npm, from the folder above that of ``node``.
NPM_PROGRAM = Path("lib/node_modules/npm/bin/npm-cli.js")


@dataclass(frozen=True)
class Cdk:
    """A CDK command line: the words that start it."""

    words: tuple[str, ...]

    def deploy(self, assembly: Path, stacks: Sequence[str]) -> dict[str, dict[str, str]]:
        """Deploy ``stacks`` and those that they need; the outputs by stack. The user was asked before."""
        outputs = assembly / OUTPUTS
        outputs.unlink(missing_ok=True)
        self._run(assembly, ["deploy", *stacks, "--require-approval", "never", "--outputs-file", str(outputs)])
        read: dict[str, dict[str, str]] = json.loads(outputs.read_text()) if outputs.is_file() else {}
        return read

    def diff(self, assembly: Path, stacks: Sequence[str]) -> None:
        """Show what a deployment would change."""
        self._run(assembly, ["diff", *stacks])

    def destroy(self, assembly: Path, stacks: Sequence[str]) -> None:
        """Delete ``stacks`` and those that need them. The user was asked before."""
        self._run(assembly, ["destroy", *stacks, "--force"])

    def _run(self, assembly: Path, words: Sequence[str]) -> None:
        """Run with the terminal's own streams: its progress is the best there is. Raises DeployError when it fails."""
        done = subprocess.run([*self.words, "--app", str(assembly), *words], check=False)
        if done.returncode:
            raise DeployError(f"cdk {words[0]} ended with exit code {done.returncode}: its last lines above say why")


def cache_dir() -> Path:
    """Where the CDK command line that we brought is kept, for all projects of this user; each version has its own."""
    base = os.environ.get("XDG_CACHE_HOME")
    return (Path(base) if base else Path.home() / ".cache") / "fastscale" / f"cdk-{VERSION}"


def find(node: Path | None) -> Cdk | None:
    """The CDK command line on PATH, else the one that was brought before, run by ``node``; None without either."""
    if found := shutil.which("cdk"):
        return Cdk((found,))
    brought = cache_dir() / "node_modules" / "aws-cdk" / "bin" / "cdk"
    return Cdk((str(node), str(brought))) if node is not None and brought.exists() else None


def bring(node: Path | None) -> Cdk:
    """Install the CDK command line into the cache folder. Raises MissingPartError with the way out."""
    npm = _npm(node)
    if npm is None:
        raise MissingPartError("the CDK command line needs Node.js with npm: install both, or put `cdk` on PATH")
    command = [*npm, "install", "--prefix", str(cache_dir()), "--no-audit", "--no-fund", PACKAGE]
    try:
        done = subprocess.run(command, capture_output=True, text=True, timeout=NPM_TIMEOUT_SECONDS, check=False)
    except subprocess.TimeoutExpired as error:
        raise MissingPartError(f"npm did not bring {PACKAGE} within {NPM_TIMEOUT_SECONDS} s") from error
    found = find(node)
    if done.returncode or found is None:
        raise MissingPartError(f"npm could not bring {PACKAGE}: {_last_line(done.stderr)}")
    return found


def _npm(node: Path | None) -> list[str] | None:
    """The user's own npm, else the one that came with ``node``."""
    if own := shutil.which("npm"):
        return [own]
    program = node.resolve().parent.parent / NPM_PROGRAM if node is not None else None
    return [str(node), str(program)] if program is not None and program.is_file() else None


def _last_line(text: str) -> str:
    lines = text.strip().splitlines()
    return lines[-1] if lines else "it said nothing"
