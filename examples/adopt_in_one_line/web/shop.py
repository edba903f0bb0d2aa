"""The shop's web application, which counts its requests and tells CloudWatch and Pulse about them."""

from __future__ import annotations

import os

import uvicorn
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse
from starlette.routing import Route

from fastscale.meter import CloudWatchSink, Meter, MeterMiddleware


async def greet(_request: Request) -> JSONResponse:
    """What the shop's customers come for."""
    return JSONResponse({"shop": "open"})


async def health(_request: Request) -> JSONResponse:
    """Whether this task can serve, and nothing else: the load balancer asks."""
    return JSONResponse({"status": "ok"})


app = Starlette(routes=[Route("/", greet), Route("/health", health)])
app.add_middleware(MeterMiddleware, meter=Meter(CloudWatchSink()), prometheus_path="/metrics")

if __name__ == "__main__":
    # Every address of the task's own network interface.
    uvicorn.run(app, host=os.environ.get("HOST", "0.0.0.0"), port=int(os.environ.get("PORT", "8080")))  # noqa: S104
