"""``python -m fastscale.cdk``: synthesize the stacks. cdk.json names it, so the CDK command line runs it too.

The Region of the stacks is ``--region``, else ``AWS_REGION``, else ``AWS_DEFAULT_REGION``, else the plan's. The CDK
command line sets ``CDK_DEFAULT_REGION`` for the program that it runs, from its ``--profile`` or the AWS configuration.
That does not count, because it is never unset (it is us-east-1 at last): no plan's Region would ever be taken. The
account, which no plan has, is ``--account``, else ``CDK_DEFAULT_ACCOUNT``, else any.
"""

from __future__ import annotations

import argparse
import os
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from fastscale.cdk.node import require_node
from fastscale.errors import FastscaleError, MissingPartError, PlanError

if TYPE_CHECKING:
    from aws_cdk import App

    from fastscale.plan import Plan

STDIN = "-"
DEFAULT_PROFILE = "default"
DEFAULT_OUT = "cdk.out"
#: Set by the CDK command line, which chooses the output directory itself.
CDK_OUTDIR = "CDK_OUTDIR"


def main(arguments: Sequence[str] | None = None) -> int:
    """Synthesize, and return the exit code: 2 with one line on stderr when the input is wrong."""
    options = _parser().parse_args(arguments)
    try:
        _synthesize(options)
    except FastscaleError as error:
        print(f"error: {error}", file=sys.stderr)
        return error.exit_code
    return 0


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m fastscale.cdk", description="Synthesize the stacks of a plan.")
    source = parser.add_mutually_exclusive_group()
    source.add_argument(
        "--profile", help="a plan that comes with fastscale (default: CDK context `profile`, then default)"
    )
    source.add_argument(
        "--plan", metavar="FILE", help="a plan file (default: CDK context `plan`); - reads JSON from stdin"
    )
    parser.add_argument("--out", type=Path, metavar="DIR", help=f"where the templates go (default: {DEFAULT_OUT})")
    parser.add_argument(
        "--account",
        default=os.environ.get("CDK_DEFAULT_ACCOUNT"),
        help="default: CDK_DEFAULT_ACCOUNT, then any account",
    )
    parser.add_argument(
        "--region",
        default=os.environ.get("AWS_REGION") or os.environ.get("AWS_DEFAULT_REGION"),
        help="default: AWS_REGION, then AWS_DEFAULT_REGION, then the plan's region; the AWS configuration and "
        "CDK_DEFAULT_REGION, which the CDK command line makes of it, do not count",
    )
    return parser


def _synthesize(options: argparse.Namespace) -> None:
    require_node()
    try:
        from fastscale.cdk.app import add_stacks, new_app
    except ModuleNotFoundError as error:
        raise MissingPartError(f'{error.name} is not installed: pip install "fastscale[cdk]"') from error

    app = new_app(options.out or Path(os.environ.get(CDK_OUTDIR, DEFAULT_OUT)))
    plan = _plan(options, app)
    try:
        add_stacks(app, plan, region=options.region or plan.region, account=options.account)
        app.synth()
    except RuntimeError as error:  # jsii's name for whatever the CDK's engine refuses; it has printed the details
        raise PlanError(f"the CDK refused the stacks: {str(error).splitlines()[0]}") from error


def _plan(options: argparse.Namespace, app: App) -> Plan:
    if options.profile:
        return _shipped(options.profile)
    if options.plan == STDIN:
        return _from_json(sys.stdin.read())
    file = options.plan or app.node.try_get_context("plan")
    if file is None:
        return _shipped(app.node.try_get_context("profile") or DEFAULT_PROFILE)
    from fastscale import plan_file

    return plan_file.load(Path(file))


def _shipped(profile: str) -> Plan:
    from fastscale import profiles

    return profiles.profile(profile)


def _from_json(text: str) -> Plan:
    """A whole plan: here `profile` is the plan's name, and nothing to start from."""
    import json

    from pydantic import ValidationError

    from fastscale.plan import Plan
    from fastscale.plan_file.problem import first_problem

    try:
        return Plan.model_validate_json(text)
    except ValidationError as error:
        (first, *_) = error.errors(include_url=False)
        if first["type"] == "json_invalid":
            raise PlanError(f"the plan on standard input: {first['msg']}") from error
        line = first_problem(error, json.loads(text))
        raise PlanError(line.replace('profile = "default"', "--profile default")) from error


if __name__ == "__main__":
    raise SystemExit(main())
