"""The application: routes, and how meter and capacity are put around them."""

from __future__ import annotations

import logging
import os
import time
import uuid

import psutil
from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.middleware import Middleware
from starlette.requests import Request
from starlette.responses import JSONResponse
from starlette.routing import Route

import fastscale
from app.capacity import Capacity
from app.settings import Settings
from app.work import MAX_INTENSITY, HeldMemory, burn
from fastscale.meter import CloudWatchSink, EmfSink, Meter, MeterMiddleware, Sink

log = logging.getLogger("app")

#: Paths that answer even when the task is saturated.
FREE_PATHS = ("/health", "/metrics")


class Routes:
    """The handlers, with what they share."""

    def __init__(self, settings: Settings, meter: Meter) -> None:
        self._settings = settings
        self._meter = meter
        self._memory = HeldMemory(settings.memory_limit_mb, settings.memory_hold_seconds)
        self._process = psutil.Process()
        self._process.cpu_percent()  # begins the measurement: the next call tells the time since this one
        self._started = time.monotonic()

    async def root(self, request: Request) -> JSONResponse:
        """A greeting."""
        request_id = request.headers.get("x-request-id") or uuid.uuid4().hex
        body = {"message": "Hello from fastscale", "request_id": request_id}
        return JSONResponse(body, headers={"X-Request-Id": request_id})

    async def health(self, _request: Request) -> JSONResponse:
        """For the load balancer."""
        uptime = round(time.monotonic() - self._started, 3)
        return JSONResponse({"status": "healthy", "uptime_seconds": uptime, "version": fastscale.__version__})

    async def metrics(self, _request: Request) -> JSONResponse:
        """What the meter knows, and what the process uses. The rate is that of the interval closed last."""
        seen = self._meter.snapshot()
        average = seen.total.responses.average
        return JSONResponse(
            {
                "requests": seen.total.arrived,
                "rps": None if seen.last is None else round(seen.last.requests_per_second, 3),
                "average_response_time_ms": None if average is None else round(average * 1000, 3),
                "active_connections": seen.total.active,
                "memory_mb": round(self._process.memory_info().rss / 2**20, 1),
                "cpu_percent": self._process.cpu_percent(),
            }
        )

    async def load(self, request: Request) -> JSONResponse:
        """CPU work."""
        _require(self._settings.load_enabled, "/load is switched off (APP_LOAD_ENABLED=0)")
        intensity = _whole_number(request, "intensity", MAX_INTENSITY)
        started = time.perf_counter()
        await burn(intensity)
        elapsed_ms = round((time.perf_counter() - started) * 1000, 1)
        return JSONResponse({"intensity": intensity, "elapsed_ms": elapsed_ms})

    async def memory(self, request: Request) -> JSONResponse:
        """Memory held for a while."""
        _require(self._settings.memory_enabled, "/memory is switched off (APP_MEMORY_ENABLED=0)")
        mb = _whole_number(request, "mb", self._memory.limit_mb)
        if not self._memory.hold(mb):
            raise HTTPException(503, f"{self._memory.held_mb} of {self._memory.limit_mb} MB are held already")
        seconds = self._memory.hold_seconds
        return JSONResponse({"held_mb": mb, "total_held_mb": self._memory.held_mb, "hold_seconds": seconds})


def create_app(settings: Settings | None = None) -> Starlette:
    """The ASGI application; ``settings`` come from the environment unless given."""
    settings = settings or Settings.from_environment(os.environ)
    meter = Meter(_sink(settings), interval_seconds=settings.meter_interval_seconds, stand_by=True)
    routes = Routes(settings, meter)
    return Starlette(
        routes=[
            Route("/", routes.root),
            Route("/health", routes.health),
            Route("/metrics", routes.metrics),
            Route("/load/{intensity}", routes.load),
            Route("/memory/{mb}", routes.memory),
        ],
        middleware=[
            Middleware(MeterMiddleware, meter=meter, exclude=FREE_PATHS, prometheus_path="/metrics"),
            Middleware(
                Capacity,
                workers=settings.workers,
                service_seconds=settings.service_seconds,
                queue_limit=settings.queue_limit,
                free_paths=FREE_PATHS,
            ),
        ],
        exception_handlers={HTTPException: _http_error, Exception: _server_error},
    )


def _sink(settings: Settings) -> Sink | None:
    if settings.meter_route == "cloudwatch":
        return CloudWatchSink(namespace=settings.meter_namespace)
    if settings.meter_route == "emf":
        return EmfSink(namespace=settings.meter_namespace)
    return None


def _whole_number(request: Request, name: str, highest: int) -> int:
    text = request.path_params[name]
    if not text.isascii() or not text.isdigit() or not 1 <= int(text) <= highest:
        raise HTTPException(400, f"{name} {text!r} is not a whole number between 1 and {highest}")
    return int(text)


def _require(allowed: bool, otherwise: str) -> None:
    if not allowed:
        raise HTTPException(403, otherwise)


async def _http_error(request: Request, error: Exception) -> JSONResponse:
    if not isinstance(error, HTTPException):
        raise error
    body = {"error": error.detail, "status": error.status_code, "path": request.url.path}
    return JSONResponse(body, status_code=error.status_code, headers=error.headers)


async def _server_error(request: Request, _error: Exception) -> JSONResponse:
    # The server logs the traceback; the client learns nothing of our insides.
    return JSONResponse({"error": "Internal Server Error", "status": 500, "path": request.url.path}, status_code=500)
