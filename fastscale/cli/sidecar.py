"""`fastscale sidecar URL`: publish the load of a service that keeps its own counters."""

from __future__ import annotations

from contextlib import suppress
from enum import StrEnum
from typing import TYPE_CHECKING, Annotated

import typer

from fastscale import names
from fastscale.errors import InputError

if TYPE_CHECKING:
    from fastscale.meter.dimensions import DimensionSource
    from fastscale.meter.sidecar.sources import Source
    from fastscale.meter.sink import Sink


class Kind(StrEnum):
    """What the service's counters look like."""

    PROMETHEUS = "prometheus"
    NGINX = "nginx"
    ENVOY = "envoy"


class Route(StrEnum):
    """How the metrics reach CloudWatch."""

    CLOUDWATCH = "cloudwatch"
    EMF = "emf"


class Unit(StrEnum):
    """The unit of a histogram's bounds."""

    SECONDS = "s"
    MILLISECONDS = "ms"


class Dimension(StrEnum):
    """What the metrics are told apart by. An alarm on the whole service needs those without dimensions."""

    NONE = "none"
    SERVICE = "service"
    TASK = "task"


def sidecar(
    url: Annotated[
        str, typer.Argument(help="Where the counters are, on loopback: http://127.0.0.1:9901/stats/prometheus")
    ],
    kind: Annotated[Kind, typer.Option(help="prometheus text, nginx stub_status, or Envoy's /stats/prometheus.")],
    route: Annotated[
        Route, typer.Option(help="PutMetricData calls, or log lines on standard output.")
    ] = Route.CLOUDWATCH,
    interval: Annotated[float, typer.Option(min=1, max=60, help="Seconds from one look to the next.")] = 5.0,
    namespace: Annotated[
        str, typer.Option(envvar=names.METER_ENV_NAMESPACE, help="CloudWatch namespace.")
    ] = names.NAMESPACE,
    detail: Annotated[bool, typer.Option(help="Publish percentiles and errors too.")] = False,
    requests: Annotated[str, typer.Option(help="Prometheus: counter of requests.")] = "http_requests_total",
    active: Annotated[str | None, typer.Option(help="Prometheus: gauge of requests in progress.")] = None,
    duration: Annotated[str, typer.Option(help="Prometheus: histogram of times.")] = "http_request_duration_seconds",
    duration_unit: Annotated[Unit, typer.Option(help="Prometheus: unit of that histogram.")] = Unit.SECONDS,
    match: Annotated[
        list[str] | None, typer.Option(metavar="LABEL=VALUE", help="Prometheus: count only samples with this label.")
    ] = None,
    exclude: Annotated[
        list[str] | None, typer.Option(metavar="LABEL=VALUE", help="Prometheus: leave out samples with this label.")
    ] = None,
    dimension: Annotated[Dimension, typer.Option(help="Dimensions, from the ECS task metadata.")] = Dimension.NONE,
    service: Annotated[str | None, typer.Option(help="ServiceName, where the task metadata lacks it.")] = None,
    allow_remote: Annotated[bool, typer.Option(help="Read from another machine too.")] = False,
) -> None:
    """Publish the load of a service in any language: reads its counters, every few seconds, until told to end."""
    from threading import Event

    from fastscale.meter.sidecar import PrometheusNames, Sidecar, envoy, nginx, prometheus

    source: Source
    if kind is Kind.NGINX:
        source = nginx(url, allow_remote=allow_remote)
    elif kind is Kind.ENVOY:
        source = envoy(url, match=_labels(match), allow_remote=allow_remote)
    else:
        chosen = PrometheusNames(
            requests=requests,
            active=active,
            durations=duration,
            seconds_per_unit=0.001 if duration_unit is Unit.MILLISECONDS else 1.0,
            match=_labels(match),
            exclude=_labels(exclude),
        )
        source = prometheus(url, chosen, allow_remote=allow_remote)
    dimensions = None if dimension is Dimension.NONE else _dimensions(service, with_task=dimension is Dimension.TASK)
    with suppress(KeyboardInterrupt):  # being told to end is how it ends
        Sidecar(source, _sink(route, namespace, dimensions, detail=detail), interval_seconds=interval).run(Event())


def _labels(given: list[str] | None) -> dict[str, str]:
    found = {}
    for pair in given or []:
        name, equals, value = pair.partition("=")
        if not (name and equals):
            raise InputError(f"{pair!r} is not a label: give LABEL=VALUE, such as handler=/metrics")
        found[name] = value
    return found


def _dimensions(service: str | None, *, with_task: bool) -> DimensionSource:
    from fastscale.meter import task_dimensions

    return task_dimensions(service=service, with_task=with_task)


def _sink(route: Route, namespace: str, dimensions: DimensionSource, *, detail: bool) -> Sink:
    from fastscale.meter import CloudWatchSink, EmfSink

    if route is Route.EMF:
        return EmfSink(namespace=namespace, dimensions=dimensions, detail=detail)
    return CloudWatchSink(namespace=namespace, dimensions=dimensions, detail=detail)
