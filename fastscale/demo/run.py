"""A demonstration from the first healthy task to the report, against a cloud that is already up."""

from __future__ import annotations

import time

from rich.console import Console

from fastscale.demo import page, report
from fastscale.demo.ledger import local_ledger
from fastscale.demo.ready import Watch, wait_until_ready
from fastscale.demo.recorder import Recorder
from fastscale.demo.records import Recording
from fastscale.demo.report import Machine, Report
from fastscale.demo.screen import Screen, screen_for
from fastscale.demo.settings import CloudAddress, DemoSettings, ServiceNames
from fastscale.demo.summary import show_summary
from fastscale.demo.watch import Watcher
from fastscale.errors import FastscaleError
from fastscale.load.driver import LoadDriver
from fastscale.load.settings import LoadSettings
from fastscale.plan import Plan

#: How often the screen is drawn anew.
FRAME_SECONDS = 0.25
#: What the generator may need beyond the load itself and the last time-out.
SPARE_SECONDS = 30.0
#: Target health and alarm history arrive after the fact: look once more after the load.
AFTERMATH_SECONDS = 1.0


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
    wait_until_ready(watch, console, min_tasks=settings.min_tasks, ready_seconds=settings.ready_seconds)
    recording = _record(watch, settings, alb_url, plan, console)
    result = report.build(recording, settings, plan, Machine.here())
    _publish(result, other, settings, console)
    return 0 if result.verdict.ok else 1


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
    if other is not None:
        console.print(f"Beside it: {other.profile}, from {settings.compare}", highlight=False, soft_wrap=True)
    show_summary(console, result, other)
    console.print(f"Report: {html} (data: {data})", highlight=False, soft_wrap=True)
    if settings.json_output:
        print(result.model_dump_json(indent=1))
