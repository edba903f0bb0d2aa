"""`fastscale simulate`, `compare` and `tune`: what a plan would do, before anything is deployed."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from fastscale.cli.options import PlanFile, Profile
from fastscale.cli.plan_choice import load_plan
from fastscale.errors import InputError

if TYPE_CHECKING:
    from collections.abc import Sequence

    from rich.console import Console

    from fastscale.simulate.outcome import Outcome
    from fastscale.simulate.settings import WorldSettings
    from fastscale.simulate.traffic.trace import Trace
    from fastscale.simulate.tune.tuning import Tuned

TRACE_HELP = "A traffic file, a folder of ALB access logs, or a shape such as step:base=60,peak=600."
Scale = Annotated[float, typer.Option(help="Multiply all traffic by this.")]
First = Annotated[int, typer.Option("--from", help="Second of the trace to begin at.")]
Length = Annotated[int | None, typer.Option("--for", help="Seconds of the trace to simulate; default: all.")]
Splice = Annotated[
    str | None, typer.Option(metavar="TRACE@SECOND", help="Add other traffic on top, from that second on.")
]
Resample = Annotated[int, typer.Option(min=1, help="Show the traffic as data of this many seconds would.")]
Burstiness = Annotated[
    float,
    typer.Option(
        min=1,
        max=100,
        help="Variance over mean of the seconds that are drawn: of shapes, and of data by the minute; 1 is Poisson.",
    ),
]
World = Annotated[
    list[str] | None,
    typer.Option(metavar="KEY=VALUE", help="What the service is like, such as service_ms=40; may be repeated."),
]
Seed = Annotated[int, typer.Option(min=0, max=2**32 - 1, help="Seed of everything that is random.")]
Slo = Annotated[float, typer.Option(help="Latency that counts as good, in ms.")]
Exact = Annotated[bool, typer.Option("--exact", help="Simulate every request: slower, for short traces.")]
Out = Annotated[Path | None, typer.Option(help="Folder for report.html, report.json and report.csv.")]
Json = Annotated[bool, typer.Option("--json", help="Print everything as JSON on standard output.")]
Processes = Annotated[int | None, typer.Option(min=1, help="Processes at a time; default: one a core.")]


def simulate(
    trace: Annotated[str, typer.Argument(help=TRACE_HELP)] = "step",
    profile: Profile = None,
    plan: PlanFile = None,
    template: Annotated[
        Path | None, typer.Option(help="CloudFormation template or cloud assembly (cdk.out); wins over --plan.")
    ] = None,
    parameter: Annotated[
        list[str] | None, typer.Option(metavar="KEY=VALUE", help="Value of a template parameter; may be repeated.")
    ] = None,
    service: Annotated[str | None, typer.Option(help="Which service of the template, by name or logical id.")] = None,
    scale: Scale = 1.0,
    first: First = 0,
    length: Length = None,
    splice: Splice = None,
    resample: Resample = 1,
    burstiness: Burstiness = 1.0,
    world: World = None,
    seed: Seed = 1,
    slo_ms: Slo = 500.0,
    exact: Exact = False,
    out: Out = None,
    as_json: Json = False,
) -> None:
    """Say how fast a plan reacts to traffic, what users feel, and what it costs."""
    from rich.console import Console

    from fastscale.simulate.compare import compare as run_all
    from fastscale.simulate.templates import plan_of_template

    console = Console(stderr=as_json)
    if template is None:
        loaded = load_plan(profile, plan)
    else:
        loaded, left_out = plan_of_template(template, service, parameter or ())
        for problem in left_out:
            console.print(f"[yellow]not modelled:[/yellow] {problem}", highlight=False)
    settings = _settings(seed=seed, slo_ms=slo_ms, exact=exact, world=world)
    traffic = _Traffic(
        first=first,
        length=length,
        scale=scale,
        splice=splice,
        resample=resample,
        seed=seed,
        burstiness=burstiness,
    )
    outcomes = run_all([traffic.load(trace)], loaded, ["plan"], settings, processes=1)
    _show(console, outcomes, settings, out=out, as_json=as_json)


def compare(
    traces: Annotated[list[str], typer.Argument(help=TRACE_HELP)],
    strategy: Annotated[
        list[str] | None, typer.Option(help="A strategy, or `plan` for the plan itself; may be repeated; default: all.")
    ] = None,
    profile: Profile = None,
    plan: PlanFile = None,
    scale: Scale = 1.0,
    first: First = 0,
    length: Length = None,
    splice: Splice = None,
    resample: Resample = 1,
    burstiness: Burstiness = 1.0,
    world: World = None,
    seed: Seed = 1,
    slo_ms: Slo = 500.0,
    exact: Exact = False,
    processes: Processes = None,
    out: Out = Path("out/compare"),
    as_json: Json = False,
) -> None:
    """Run all strategies over all traces, and say which is fast, which is cheap, and which is neither."""
    from rich.console import Console

    from fastscale.cli.progress import bar
    from fastscale.simulate.compare import compare as run_all
    from fastscale.simulate.peers.catalogue import choose

    console = Console(stderr=as_json)
    names = [peer.name for peer in choose(strategy or ())]
    scaling = load_plan(profile, plan)
    traffic = _Traffic(
        first=first,
        length=length,
        scale=scale,
        splice=splice,
        resample=resample,
        seed=seed,
        burstiness=burstiness,
    )
    loaded = [traffic.load(text) for text in traces]
    settings = _settings(seed=seed, slo_ms=slo_ms, exact=exact, world=world)
    with bar(console, "Simulating", len(names) * len(loaded)) as advance:
        outcomes = run_all(loaded, scaling, names, settings, processes=processes, on_done=lambda _outcome: advance())
    _show(console, outcomes, settings, out=out, as_json=as_json)


def tune(
    traces: Annotated[list[str], typer.Argument(help=f"Traffic to tune on. {TRACE_HELP}")],
    held_out: Annotated[
        list[str] | None,
        typer.Option(help="Traffic to judge by, not tuned on; may be repeated; default: the last third of each trace."),
    ] = None,
    missed: Annotated[
        float, typer.Option(min=0, max=100, help="Percent of the requests that may fail or be over the SLO.")
    ] = 1.0,
    trials: Annotated[int, typer.Option(min=1, help="Settings to try.")] = 60,
    profile: Profile = None,
    plan: PlanFile = None,
    scale: Scale = 1.0,
    first: First = 0,
    length: Length = None,
    splice: Splice = None,
    resample: Resample = 1,
    burstiness: Burstiness = 1.0,
    world: World = None,
    seed: Seed = 1,
    slo_ms: Slo = 500.0,
    write: Annotated[Path, typer.Option(help="Where to write the tuned plan.")] = Path("fastscale.tuned.toml"),
) -> None:
    """Search thresholds, steps and cooldowns for the cheapest plan that keeps a goal, and write it as a plan file."""
    from rich.console import Console

    from fastscale import plan_file
    from fastscale.cli.progress import bar
    from fastscale.files import write_whole
    from fastscale.simulate.tune.tuning import split
    from fastscale.simulate.tune.tuning import tune as search

    console = Console()
    scaling = load_plan(profile, plan)
    traffic = _Traffic(
        first=first,
        length=length,
        scale=scale,
        splice=splice,
        resample=resample,
        seed=seed,
        burstiness=burstiness,
    )
    loaded = [traffic.load(text) for text in traces]
    judges = [_Traffic(scale=scale, seed=seed, burstiness=burstiness).load(text) for text in held_out or ()]
    if not judges:
        loaded, judges = (list(part) for part in zip(*map(split, loaded), strict=True))
    with bar(console, "Tuning", trials) as advance:
        tuned = search(
            scaling,
            loaded,
            judges,
            _settings(seed=seed, slo_ms=slo_ms, exact=False, world=world),
            missed_share=missed / 100,
            trials=trials,
            on_trial=advance,
        )
    _tell(console, tuned, missed)
    write_whole(write, plan_file.dump(tuned.plan))
    console.print(f"Plan: {write}", highlight=False)


def _tell(console: Console, tuned: Tuned, missed: float) -> None:
    """What tuning made better, and by which settings; ``missed`` is the goal in percent."""
    from fastscale.simulate.report.table import tables

    for title, outcomes in (("Before", tuned.before), ("After", tuned.after)):
        console.print(f"{title}, on traffic that was not tuned on:")
        for table in tables(outcomes):
            console.print(table)
    console.print("\n".join(f"{name} = {value:g}" for name, value in vars(tuned.knobs).items()), highlight=False)
    if not tuned.goal_met:
        console.print(f"[yellow]The goal of {missed:g} % missed requests is not met.[/yellow]")


@dataclass(frozen=True, kw_only=True)
class _Traffic:
    """What to make of the traffic that is named on the command line, in this order: part, scale, splice, resample.

    ``first`` and ``length`` are seconds, and so is ``resample``.
    """

    first: int = 0
    length: int | None = None
    scale: float
    splice: str | None = None
    resample: int = 1
    seed: int
    burstiness: float

    def load(self, text: str) -> Trace:
        """The traffic called ``text``."""
        trace = self._read(text).sliced(self.first, self.length).scaled(self.scale)
        if self.splice is not None:
            other, at, second = self.splice.rpartition("@")
            if not at or not (second.isascii() and second.isdigit()):
                raise InputError(f"--splice {self.splice!r}: write TRACE@SECOND, such as spike@3600")
            trace = trace.spliced(self._read(other), int(second))
        return trace.resampled(self.resample) if self.resample > 1 else trace

    def _read(self, text: str) -> Trace:
        from fastscale.simulate.traffic.source import load

        return load(text, seed=self.seed, burstiness=self.burstiness)


def _settings(*, seed: int, slo_ms: float, exact: bool, world: list[str] | None) -> WorldSettings:
    from fastscale.simulate.ranges import range_of
    from fastscale.simulate.settings import WorldSettings
    from fastscale.simulate.world import with_words

    range_of(WorldSettings, "slo_seconds").in_thousandths.require(f"--slo-ms {slo_ms:g}", slo_ms)
    return with_words(WorldSettings(seed=seed, slo_seconds=slo_ms / 1000, exact=exact), world or ())


def _show(
    console: Console, outcomes: Sequence[Outcome], settings: WorldSettings, *, out: Path | None, as_json: bool
) -> None:
    from fastscale.files import write_whole
    from fastscale.simulate.report import data, page
    from fastscale.simulate.report.table import legend, tables

    for table in tables(outcomes):
        console.print(table)
        console.print()
    console.print(legend(settings), style="dim", highlight=False)
    for note in data.notes(outcomes):
        console.print(f"[yellow]note:[/yellow] {note}", highlight=False)
    if as_json:
        print(data.to_json(outcomes))
    if out is not None:
        write_whole(out / "report.json", data.to_json(outcomes) + "\n")
        write_whole(out / "report.csv", data.to_csv(outcomes))
        write_whole(out / "report.html", page.render(outcomes, settings))
        console.print(f"Report: {out / 'report.html'}", highlight=False)
