"""Routes for the loops that play AWS's own back ends, which write states that have no public API.

All bodies are JSON, times are epoch seconds, and a report is the full state, so that sending it again changes nothing.

=======================================  ===========================================================================
``GET  /_fastscale/health``              ``{"boot": …, "ready": …}``; ``boot`` is new with every start of the server
``POST /_fastscale/ecs/tasks``           all tasks of a service; answers ``{"stop": [arn…]}``, what clients want stopped
``POST /_fastscale/ecs/events``          one more service event
``GET  /_fastscale/ecs/counts``          who set the desired count of a service when: the changes, oldest first
``POST /_fastscale/ecs/deployments``     how it goes: ``rolloutState``, ``rolloutStateReason``, ``failedTasks``
``POST /_fastscale/ecs/deployments/failed``  the circuit breaker's word; answers ``{"rolledBackTo": id or null}``
``GET  /_fastscale/elbv2/targets``       registered and draining targets of ``?targetGroupArn=``
``POST /_fastscale/elbv2/target-health`` the health of all targets of a target group
``POST /_fastscale/autoscaling/activities``  one scaling activity, new or changed
``POST /_fastscale/cloudwatch/history``  one alarm history item
=======================================  ===========================================================================
"""

from __future__ import annotations

import json
import logging
import time
from collections.abc import Callable
from typing import Any

from moto.core.exceptions import ServiceException
from werkzeug.wrappers import Request, Response

from fastscale.localcloud.backstage import PREFIX
from fastscale.localcloud.server.autoscaling import models as autoscaling
from fastscale.localcloud.server.cloudwatch import models as cloudwatch
from fastscale.localcloud.server.ecs import models as ecs
from fastscale.localcloud.server.ecs import services
from fastscale.localcloud.server.elbv2 import models as elbv2
from fastscale.localcloud.server.shapes import Shape, pick

logger = logging.getLogger(__name__)

Route = Callable[[Any], Any]


def answer(request: Request, health: Callable[[], Shape]) -> Response:
    """The response to a request whose path starts with :data:`PREFIX`; ``health`` says how the server is."""
    path = request.path.removeprefix(PREFIX)
    if request.method == "GET" and path == "/health":
        return _json(health())
    route = _ROUTES.get((request.method, path))
    if route is None:
        return _json({"error": f"no such route: {request.method} {request.path}"}, 404)
    try:
        return _json(route(dict(request.args) if request.method == "GET" else _body(request)))
    except ServiceException as error:
        return _json({"error": error.message, "code": error.code}, 404 if "NotFound" in error.code else 400)
    except KeyError as error:
        return _json({"error": f"the body lacks {error.args[0]!r}"}, 400)
    except (TypeError, ValueError) as error:
        return _json({"error": str(error)}, 400)


def _body(request: Request) -> Any:
    """The JSON that was sent as such: a web page may send any other type to any server without asking it first."""
    if request.mimetype != "application/json":
        raise ValueError(f"content type {request.mimetype!r}: send application/json")
    return json.loads(request.get_data())


def _report_tasks(body: Shape) -> Shape:
    return {"stop": ecs.backend().report(body["cluster"], body["service"], body["tasks"])}


def _add_event(body: Shape) -> Shape:
    service = ecs.backend().own_service(body["cluster"], body["service"])
    service.add_event(body["message"], now=time.time())
    return {}


def _count_changes(query: Shape) -> list[Shape]:
    return list(ecs.backend().own_service(query["cluster"], query["service"]).count_changes)


def _update_deployment(body: Shape) -> Shape:
    service = ecs.backend().own_service(body["cluster"], body["service"])
    changes = pick(body, ("rolloutState", "rolloutStateReason", "failedTasks"))
    services.update_deployment(service, body.get("deployment"), changes, now=time.time())
    return {}


def _fail_deployment(body: Shape) -> Shape:
    service = ecs.backend().own_service(body["cluster"], body["service"])
    return {"rolledBackTo": services.fail_deployment(service, body["deployment"], now=time.time())}


def _targets(query: Shape) -> list[Shape]:
    return elbv2.backend().targets(query["targetGroupArn"])


def _report_health(body: Shape) -> Shape:
    elbv2.backend().report(body["targetGroupArn"], body["targets"])
    return {}


def _record_activity(body: Shape) -> Shape:
    required = ("ActivityId", "ServiceNamespace", "ResourceId", "ScalableDimension", "StartTime", "StatusCode")
    autoscaling.backend().record_activity({name: body[name] for name in required} | body)
    return {}


def _record_history(body: Shape) -> Shape:
    required = ("AlarmName", "HistoryItemType", "HistorySummary", "Timestamp")
    cloudwatch.backend().alarm_book.record({name: body[name] for name in required} | body)
    return {}


_ROUTES: dict[tuple[str, str], Route] = {
    ("POST", "/ecs/tasks"): _report_tasks,
    ("POST", "/ecs/events"): _add_event,
    ("GET", "/ecs/counts"): _count_changes,
    ("POST", "/ecs/deployments"): _update_deployment,
    ("POST", "/ecs/deployments/failed"): _fail_deployment,
    ("GET", "/elbv2/targets"): _targets,
    ("POST", "/elbv2/target-health"): _report_health,
    ("POST", "/autoscaling/activities"): _record_activity,
    ("POST", "/cloudwatch/history"): _record_history,
}


def _json(content: object, status: int = 200) -> Response:
    return Response(json.dumps(content), status=status, content_type="application/json")
