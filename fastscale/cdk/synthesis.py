"""Templates for a plan, made by another process and kept until something they depend on changes.

The CDK takes half a gigabyte and some seconds; a program that runs for long pays neither. Importing this module does
not import the CDK.
"""

from __future__ import annotations

import hashlib
import json
import os
import subprocess
import sys
from importlib.metadata import version
from pathlib import Path

from fastscale.cdk.burners import burner_switches
from fastscale.cdk.sources import PROJECT_ROOT, PULSE_SOURCES
from fastscale.errors import FastscaleError, PlanError
from fastscale.plan import Plan

#: In the output directory: the fingerprint of what its templates were made from.
STAMP = "fastscale.fingerprint"
TIMEOUT_SECONDS = 180
#: Whatever shapes the templates, and then the images, by patterns from the project's root.
SOURCES = (
    *("fastscale/cdk/*.py", "fastscale/plan/*.py", "fastscale/names.py"),
    *("app/**/*", "fastscale/meter/**/*", "fastscale/__init__.py"),
    *("fastscale/backoff.py", "fastscale/errors.py", "fastscale/loops.py"),
    *("pyproject.toml", ".dockerignore"),
    *(f"fastscale/{pattern}" for pattern in PULSE_SOURCES),
)


def synthesize(plan: Plan, out_dir: Path) -> Path:
    """Make sure that ``out_dir`` holds the templates of ``plan``, for any account and the plan's region; return it.

    Raises PlanError when the CDK refuses the plan, InputError for a wrong switch in the environment, FastscaleError
    when it fails otherwise.
    """
    fingerprint = _fingerprint(plan)
    stamp = out_dir / STAMP
    if stamp.is_file() and stamp.read_text() == fingerprint:
        return out_dir
    stamp.unlink(missing_ok=True)
    _run(plan, out_dir)
    stamp.write_text(fingerprint)
    return out_dir


def _run(plan: Plan, out_dir: Path) -> None:
    command = [sys.executable, "-m", "fastscale.cdk", "--plan", "-", "--region", plan.region, "--out", str(out_dir)]
    try:
        done = subprocess.run(
            command,
            input=plan.model_dump_json(),
            capture_output=True,
            text=True,
            timeout=TIMEOUT_SECONDS,
            check=False,
        )
    except subprocess.TimeoutExpired as error:
        raise FastscaleError(f"the stacks were not synthesized within {TIMEOUT_SECONDS} s") from error
    if done.returncode == PlanError.exit_code:
        raise PlanError(_last_line(done.stderr))
    if done.returncode != 0:
        raise FastscaleError(f"the stacks could not be synthesized: {_last_line(done.stderr)}")


def _last_line(text: str) -> str:
    lines = text.strip().splitlines() or ["no output"]
    return lines[-1].removeprefix("error: ")


def _fingerprint(plan: Plan) -> str:
    digest = hashlib.sha256(plan.model_dump_json().encode())
    digest.update(version("aws-cdk-lib").encode())
    digest.update(json.dumps(burner_switches(os.environ)).encode())
    for path in _source_files():
        digest.update(path.relative_to(PROJECT_ROOT).as_posix().encode())
        digest.update(path.read_bytes())
    return digest.hexdigest()


def _source_files() -> list[Path]:
    found = {path for pattern in SOURCES for path in PROJECT_ROOT.glob(pattern)}
    return sorted(path for path in found if path.is_file() and path.suffix != ".pyc")
