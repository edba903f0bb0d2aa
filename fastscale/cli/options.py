"""Options that several commands have, each declared once."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

#: Where a local cloud keeps its state, and the stacks' templates are, unless told otherwise.
STATE_DIR = Path(".fastscale")
ASSEMBLY = Path("cdk.out")

Profile = Annotated[str | None, typer.Option(help="Plan: default or reference.")]
PlanFile = Annotated[
    Path | None,
    typer.Option(
        "--plan", help="Plan file; wins over --profile. Without either: fastscale.toml, when this folder has one."
    ),
]
PulseChoice = Annotated[
    bool | None, typer.Option("--pulse/--no-pulse", help="Run Pulse too; default: as the plan says.")
]
Region = Annotated[
    str | None,
    # boto3 itself reads AWS_DEFAULT_REGION and the AWS configuration
    typer.Option(
        envvar="AWS_REGION",
        show_envvar=False,
        help="AWS Region; default: AWS_REGION, then the AWS configuration's, then the plan's.",
    ),
]
StateDir = Annotated[Path, typer.Option(help="Where the local cloud keeps its state and logs.")]
Port = Annotated[int, typer.Option(help="Port of the local AWS API.")]
AlbPort = Annotated[int, typer.Option(help="Port of the load balancer.")]
Startup = Annotated[float | None, typer.Option(help="Seconds a task needs to RUNNING; default: the plan's.")]
TaskCapacity = Annotated[float, typer.Option(help="Requests/s that one task can serve.")]
CalmRate = Annotated[float, typer.Option(help="Requests/s before the surge.")]
SurgeRate = Annotated[float, typer.Option(help="Requests/s during the surge.")]
Calm = Annotated[float, typer.Option(help="Seconds of calm traffic first.")]
Duration = Annotated[
    float | None, typer.Option(help="Seconds of surge; default: 80, and more where tasks start slowly.")
]
Seed = Annotated[int, typer.Option("--seed", help="Seed of the arrivals.")]
ReportFolder = Annotated[Path, typer.Option("--out", help="Folder of report.json and report.html.")]
Compare = Annotated[Path | None, typer.Option(help="report.json of an earlier run to put beside this one.")]
RunFolder = Annotated[
    Path | None,
    typer.Option(
        "--out", help="Folder of report.json and report.html; default: out/demo, or out/reference for that profile."
    ),
]
CompareLast = Annotated[
    Path | None,
    typer.Option(
        "--compare",
        help="report.json of an earlier run to put beside this one; default: the other profile's last, if its traffic "
        "was the same.",
    ),
]
JsonReport = Annotated[bool, typer.Option("--json", help="Print the report as JSON on standard output.")]
Yes = Annotated[bool, typer.Option("--yes", "-y", help="Do not ask.")]
