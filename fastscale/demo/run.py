"""A demonstration from the first healthy task to the report, against a cloud that is already up."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Protocol

from rich.console import Console

from fastscale.demo import page, report
from fastscale.demo.ledger import local_ledger
from fastscale.demo.recorder import Recorder
from fastscale.demo.records import Evidence, Recording, Sample
from fastscale.demo.report import Machine, Report
from fastscale.demo.screen import Screen, screen_for
from fastscale.demo.settings import CloudAddress, DemoSettings, ServiceNames
from fastscale.demo.summary import show_summary
from fastscale.demo.watch import Watcher
from fastscale.errors import FastscaleError, LocalCloudError
from fastscale.load.driver import LoadDriver
from fastscale.load.settings import LoadSettings
from fastscale.plan import Plan

#: How often the screen is drawn anew.
FRAME_SECONDS = 0.25
#: How often targets are looked at while waiting for the first ones.
LOOK_SECONDS = 0.5
#: How long (seconds) Pulse may take to run when the service's own tasks are healthy.
PULSE_SECONDS = 20.0
#: What the generator may need beyond the load itself and the last time-out.
SPARE_SECONDS = 30.0
#: Target health and alarm history arrive after the fact: look once more after the load.
AFTERMATH_SECONDS = 1.0


class Watch(Protocol):
    """How a service is looked at."""

    def sample(self, now: float) -> Sample:
        """The service at an epoch second."""

    def evidence(self, since: float) -> Evidence:
        """What is on record since an epoch second."""


def run_demo(settings: DemoSettings, cloud: CloudAddress, plan: Plan, console: Console) -> int:
    """Wait for healthy tasks, drive the load, watch, and write the reports.

    ``console`` gets the view; with ``json_output`` the report alone goes to standard output, so give a console on
    standard error then. Returns the exit code: 0 only if a scale-out was triggered and served traffic recovered.
    Raises FastscaleError when the service does not get ready or the load cannot be driven; KeyboardInterrupt passes,
    and in every case nothing that was started here goes on.
    """
    service = ServiceNames.of(plan)
    watcher = Watcher(cloud.client, service, local_ledger(cloud.endpoint_url, service))
    return demonstrate(settings, watcher, cloud.alb_url, plan, console)


def demonstrate(settings: DemoSettings, watch: Watch, alb_url: str, plan: Plan, console: Console) -> int:
    """The same for a service that is looked at through ``watch`` and answers at ``alb_url``."""
    other = report.read(settings.compare) if settings.compare else None
    _wait_until_ready(watch.sample, settings, console)
    recording = _record(watch, settings, alb_url, plan, console)
    result = report.build(recording, settings, plan, Machine.here())
    _publish(result, other, settings, console)
    return 0 if result.verdict.ok else 1


def _wait_until_ready(look: Callable[[float], Sample], settings: DemoSettings, console: Console) -> None:
    """Return when ``min_tasks`` targets are healthy. Raises LocalCloudError when that takes too long."""
    began = time.monotonic()
    with console.status("Waiting for healthy tasks …") as status:
        while True:
            sample = look(time.time())
            if (sample.healthy or 0) >= settings.min_tasks:
                break
            state = f"{sample.running or 0} running, {sample.healthy or 0} of {settings.min_tasks} healthy"
            if time.monotonic() - began > settings.ready_seconds:
                raise LocalCloudError(
                    f"the service is not ready after {settings.ready_seconds:g} s ({state}): its events may say why"
                )
            status.update(f"Waiting for healthy tasks … [dim]{state}[/]")
            time.sleep(LOOK_SECONDS)
    waited = time.monotonic() - began
    console.print(f"[green]✓[/] {sample.healthy} tasks are healthy [dim]{waited:.1f} s[/]", highlight=False)
    if sample.pulse_tasks is not None:
        _wait_for_pulse(look, console)


def _wait_for_pulse(look: Callable[[float], Sample], console: Console) -> None:
    """Return when Pulse runs, or has had :data:`PULSE_SECONDS` to: without it the alarms act alone."""
    deadline = time.monotonic() + PULSE_SECONDS
    with console.status("Waiting for Pulse …"):
        while not (runs := look(time.time()).pulse_tasks) and time.monotonic() < deadline:
            time.sleep(LOOK_SECONDS)
    line = "[green]✓[/] Pulse runs" if runs else "[red]✗[/] Pulse does not run: the alarms act alone"
    console.print(line, highlight=False)


def _record(watch: Watch, settings: DemoSettings, alb_url: str, plan: Plan, console: Console) -> Recording:
    load = LoadSettings(
        host=alb_url,
        shape=settings.shape(),
        path=settings.path,
        seed=settings.seed,
        spacing=settings.spacing,
        timeout_seconds=settings.timeout_seconds,
    )
    began = time.time()
    title = f"fastscale · {plan.profile} · {settings.calm_rate:g} → {settings.surge_rate:g} requests/s"
    with (
        Recorder(watch.sample, calm_seconds=settings.calm_seconds) as recorder,
        LoadDriver(load, recorder.hear) as driver,
        screen_for(console, settings, title) as screen,
    ):
        _show_until_over(driver, recorder, screen, load)
    recording = recorder.recording(watch.evidence(began))
    if recording is None:
        raise FastscaleError("the load generator ended before it offered anything")
    return recording


def _show_until_over(driver: LoadDriver, recorder: Recorder, screen: Screen, load: LoadSettings) -> None:
    deadline = time.monotonic() + load.shape.duration_seconds + load.timeout_seconds + SPARE_SECONDS
    while not driver.wait(FRAME_SECONDS):
        screen.show(recorder.snapshot())
        if time.monotonic() > deadline:
            raise FastscaleError("the load generator does not come to its end; is the machine overloaded?")
    time.sleep(AFTERMATH_SECONDS)
    screen.show(recorder.snapshot())


def _publish(result: Report, other: Report | None, settings: DemoSettings, console: Console) -> None:
    data = report.write_json(result, settings.out_dir)
    html = page.write_html(result, other, settings.out_dir)
    show_summary(console, result, other)
    console.print(f"Report: {html} (data: {data})", highlight=False, soft_wrap=True)
    if settings.json_output:
        print(result.model_dump_json(indent=1))
