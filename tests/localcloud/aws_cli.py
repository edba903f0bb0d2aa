"""The real AWS CLI, as users have it. Version 1 comes with the test extra; a version 2 on PATH is preferred."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any


@dataclass(frozen=True)
class AwsCli:
    """An installed ``aws``."""

    path: str
    major: int

    def __call__(self, endpoint_url: str, region: str, *words: str) -> str:
        """What the command prints, without any configuration of the machine's own but the endpoint's variable."""
        environment = {
            "PATH": os.environ["PATH"],
            "AWS_ENDPOINT_URL": endpoint_url,
            "AWS_ACCESS_KEY_ID": "local",
            "AWS_SECRET_ACCESS_KEY": "local",
            "AWS_DEFAULT_REGION": region,
            "AWS_CONFIG_FILE": os.devnull,
            "AWS_PAGER": "",
        }
        ended = subprocess.run(
            [self.path, *words], env=environment, capture_output=True, text=True, timeout=60, check=False
        )
        assert ended.returncode == 0, ended.stderr
        return ended.stdout

    def answer(self, endpoint_url: str, region: str, *words: str) -> Any:
        """What it prints, as a value."""
        return json.loads(self(endpoint_url, region, *words, "--output", "json"))


@cache
def installed() -> tuple[AwsCli, ...]:
    """Those on PATH and beside the interpreter that know AWS_ENDPOINT_URL, version 2 first."""
    folders = [*os.environ["PATH"].split(os.pathsep), str(Path(sys.executable).parent)]
    paths = dict.fromkeys(filter(None, (shutil.which("aws", path=folder) for folder in folders)))
    found = [AwsCli(path, version[0]) for path in paths if (version := _version(path)) >= (1, 29)]
    return tuple(sorted(found, key=lambda cli: -cli.major))


def _version(path: str) -> tuple[int, int]:
    """(0, 0) for what is no AWS CLI, or none that runs; 2.0 to 2.12 do not know the variable and count as such."""
    said = subprocess.run([path, "--version"], capture_output=True, text=True, check=False).stdout
    if not said.startswith("aws-cli/"):
        return 0, 0
    major, minor = (int(part) for part in said.removeprefix("aws-cli/").split(".")[:2])
    return (0, 0) if (2, 0) <= (major, minor) < (2, 13) else (major, minor)
