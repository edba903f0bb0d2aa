"""Controllers on the AWS environment: credentials, Region and AWS_ENDPOINT_URL as every AWS client finds them."""

from __future__ import annotations

import time
from threading import Event, Thread

from fastscale import names
from fastscale.aws.session import controller_clients
from fastscale.pulse.dry_run import Activities, Listener, Tell
from fastscale.pulse.program import Program
from fastscale.pulse.scrape import Scraper
from fastscale.pulse.settings import PulseSettings


def environment_program(settings: PulseSettings, *, region: str | None) -> Program:
    """A controller for ``settings``. Raises InputError when the environment cannot be used."""
    clients = controller_clients(region, default_region=names.REGION)
    return Program(settings, clients=clients, load=Scraper())


def dry_run(settings: PulseSettings, *, region: str | None, tell: Tell) -> None:
    """Run a controller that changes and publishes nothing, and tell what it would do and what others did."""
    clients = controller_clients(region, default_region=names.REGION)
    program = Program(settings, clients=clients, load=Scraper(), publish=False, wrap=lambda sink: Listener(sink, tell))
    stop = Event()
    services = [one.watched.service for one in settings.services]
    activities = Activities(clients("application-autoscaling"), services, since=time.time(), tell=tell)
    looker = Thread(target=activities.run, args=(stop,), daemon=True)
    looker.start()
    try:
        program.run()
    finally:
        stop.set()
        looker.join(1.0)
