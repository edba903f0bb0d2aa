"""The supervisor of a local cloud: API server, Traefik and tasks as children, AWS's own back ends as threads."""

from __future__ import annotations

import sys
import time
from functools import partial
from pathlib import Path
from threading import Event, Thread
from typing import Any, Protocol

from botocore.config import Config

from fastscale import names
from fastscale.aws.session import LOCAL_KEY, LOOP_CONFIG, local_client
from fastscale.aws_facts import EVALUATION_MARGIN_SECONDS
from fastscale.localcloud.activities import Activities
from fastscale.localcloud.alarms import AlarmLoop
from fastscale.localcloud.api_server import ApiServer
from fastscale.localcloud.backstage import Backstage
from fastscale.localcloud.balancer import part as balancer
from fastscale.localcloud.bounds import BoundsLoop
from fastscale.localcloud.cycle import Say
from fastscale.localcloud.event_scheduler import EventSchedulerLoop
from fastscale.localcloud.events import EventLog
from fastscale.localcloud.fargate import part as fargate
from fastscale.localcloud.fargate.images import LocalImage, LocalImages
from fastscale.localcloud.processes import Processes
from fastscale.localcloud.scaling import ScalingLoop
from fastscale.localcloud.schedules import ScheduleLoop
from fastscale.localcloud.service import AUTO_SCALING_CLIENT
from fastscale.localcloud.settings import CloudSettings
from fastscale.pauses import set_aside_what_stays, take_short_turns

#: The sample application lies beside the package, in the same checkout.
CHECKOUT = Path(__file__).resolve().parents[2]


class Part(Protocol):
    """What the supervisor runs on a thread of its own until ``stop`` is set."""

    def run(self, stop: Event) -> None:
        """Work until ``stop`` is set, then return soon."""
        ...


class Cloud:
    """Everything that runs in one local cloud. ``run`` returns when ``stop`` is set and all children have ended."""

    def __init__(self, settings: CloudSettings, *, processes: Processes, log: EventLog) -> None:
        self._settings = settings
        self._processes = processes
        self._log = log

    def run(self, stop: Event) -> None:
        """Start all parts, and end them when ``stop`` is set."""
        take_short_turns()
        server = ApiServer(settings=self._settings, processes=self._processes, say=self._say("api"))
        server.start()
        server.wait_until_ready(stop)
        parts = {"api-server": server, **self._parts()}
        set_aside_what_stays()
        threads = [Thread(target=part.run, args=(stop,), name=name) for name, part in parts.items()]
        for thread in threads:
            thread.start()
        stop.wait()
        for thread in threads:
            thread.join()

    def _parts(self) -> dict[str, Part]:
        settings = self._settings
        backstage = Backstage(settings.endpoint_url)
        return {
            "alarms": AlarmLoop(
                cloudwatch=self._client("cloudwatch"),
                sns=self._client("sns"),
                backstage=backstage,
                say=self._say("alarms"),
                settle_seconds=settings.visibility_seconds + EVALUATION_MARGIN_SECONDS,
            ),
            **self._auto_scaling(Activities(backstage)),
            "events": EventSchedulerLoop(
                scheduler=self._client("scheduler"),
                clients={
                    "applicationautoscaling": self._client("application-autoscaling"),
                    "ecs": self._client("ecs"),
                },
                say=self._say("schedule"),
            ),
            "ecs": fargate.build(
                self._fargate_settings(),
                endpoint_url=settings.endpoint_url,
                region=settings.region,
                processes=self._processes,
                images=_images(settings.task_niceness),
                say=self._say("ecs"),
            ),
            "alb": balancer.build(
                settings.load_balancer,
                port=settings.alb_port,
                directory=settings.state_dir / "traefik",
                endpoint_url=settings.endpoint_url,
                region=settings.region,
                processes=self._processes,
                say=self._say("alb"),
            ),
        }

    def _auto_scaling(self, activities: Activities) -> dict[str, Part]:
        """Application Auto Scaling's loops, which ECS knows by one name and which write the same activities."""
        return {
            "scaling": ScalingLoop(
                autoscaling=self._client("application-autoscaling"),
                cloudwatch=self._client("cloudwatch"),
                ecs=self._client("ecs", named=AUTO_SCALING_CLIENT),
                activities=activities,
                since=time.time(),
                say=self._say("scaling"),
            ),
            "schedules": ScheduleLoop(
                autoscaling=self._client("application-autoscaling"),
                ecs=self._client("ecs", named=AUTO_SCALING_CLIENT),
                activities=activities,
                say=self._say("schedule"),
            ),
            "limits": BoundsLoop(
                autoscaling=self._client("application-autoscaling"),
                ecs=self._client("ecs", named=AUTO_SCALING_CLIENT),
                activities=activities,
                say=self._say("scaling"),
            ),
        }

    def _fargate_settings(self) -> fargate.FargateSettings:
        settings = self._settings
        scratch = settings.state_dir.resolve() / "tasks"
        scratch.mkdir(exist_ok=True)
        environment = {
            "TMPDIR": str(scratch),
            "AWS_ENDPOINT_URL": settings.endpoint_url,
            "AWS_REGION": settings.region,
            "AWS_DEFAULT_REGION": settings.region,  # Fargate sets both; boto3 reads this one, other SDKs the other
            "AWS_ACCESS_KEY_ID": LOCAL_KEY,
            "AWS_SECRET_ACCESS_KEY": LOCAL_KEY,
        }
        return fargate.FargateSettings(
            startup_seconds=settings.startup_seconds,
            task_environment=environment | settings.task_environment,
        )

    def _client(self, service: str, *, named: str | None = None) -> Any:
        """A client of the API server, which notes the name of a client that sets a desired count."""
        config = LOOP_CONFIG.merge(Config(user_agent_appid=named))  # type: ignore[call-arg]  # newer than its types
        return local_client(
            service, endpoint_url=self._settings.endpoint_url, region=self._settings.region, config=config
        )

    def _say(self, part: str) -> Say:
        return partial(self._log.say, part)


def _images(niceness: int) -> LocalImages:
    """What the local cloud can run: Pulse, by the name of its container, and the sample application for all others.

    Pulse keeps the cloud's own priority: it has to look once a second, however many tasks start beside it.
    """
    return LocalImages(
        {"*": LocalImage(argv=(sys.executable, "-m", "app"), cwd=CHECKOUT, niceness=niceness)},
        containers={names.PULSE_CONTAINER: LocalImage(argv=(sys.executable, "-m", "fastscale.pulse"), cwd=CHECKOUT)},
    )
