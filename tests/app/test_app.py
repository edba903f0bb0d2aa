"""The sample application as a real process."""

import select
import signal
import threading
from collections.abc import Callable, Iterator
from http.client import HTTPConnection
from pathlib import Path

import pytest
from moto.server import ThreadedMotoServer

from fastscale import names
from tests.app.running import Answer, App
from tests.cloudwatch_sums import total_requests
from tests.waiting import eventually

Start = Callable[..., App]


@pytest.fixture(scope="module")
def app(tmp_path_factory: pytest.TempPathFactory) -> Iterator[App]:
    """One application for all tests that only ask."""
    app = App(tmp_path_factory.mktemp("app") / "log", APP_SERVICE_SECONDS="0.005", APP_MEMORY_HOLD_SECONDS="2")
    yield app
    app.kill()


@pytest.fixture
def start(tmp_path: Path) -> Iterator[Start]:
    apps: list[App] = []

    def start(**environment: str) -> App:
        apps.append(App(tmp_path / f"log{len(apps)}", **environment))
        return apps[-1]

    yield start
    for app in apps:
        app.kill()


def ask_together(app: App, count: int, path: str = "/") -> list[Answer]:
    answers: list[Answer] = []
    threads = [threading.Thread(target=lambda: answers.append(app.get(path))) for _ in range(count)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return answers


def ask(app: App, count: int) -> list[HTTPConnection]:
    """Asks for so many greetings, and returns while the application works on all of them."""
    active = app.active
    asking = [app.connect() for _ in range(count)]
    for connection in asking:
        connection.request("GET", "/")
    assert eventually(lambda: app.active == active + count)
    return asking


def answers_of(asking: list[HTTPConnection]) -> list[Answer]:
    answers = [Answer(connection.getresponse()) for connection in asking]
    for connection in asking:
        connection.close()
    return answers


def test_a_greeting_with_a_request_id(app: App) -> None:
    first, second = app.get("/"), app.get("/")
    assert first.status == 200
    assert first.json["request_id"] == first.headers["x-request-id"] != second.json["request_id"]
    assert app.get("/", **{"X-Request-Id": "abc"}).json["request_id"] == "abc"


def test_health(app: App) -> None:
    health = app.get("/health").json
    assert (health["status"], health["version"]) == ("healthy", "0.1.0")
    assert 0 < health["uptime_seconds"] < 600


def test_metrics_in_json(app: App) -> None:
    before = app.get("/metrics").json["requests"]
    app.get("/")
    app.get("/health")
    metrics = app.get("/metrics").json
    assert metrics["requests"] == before + 1
    assert metrics["average_response_time_ms"] > 5
    assert metrics["active_connections"] == 0
    assert metrics["memory_mb"] > 10
    assert set(metrics) >= {"rps", "cpu_percent"}


def test_metrics_as_prometheus_text_for_who_asks_for_it(app: App) -> None:
    answer = app.get("/metrics", Accept="text/plain;version=0.0.4")
    assert answer.headers["content-type"].startswith("text/plain; version=0.0.4")
    assert b"# TYPE fastscale_requests_total counter" in answer.body


def test_load_works_harder_with_more_intensity(app: App) -> None:
    assert app.get("/load/10").json["elapsed_ms"] > app.get("/load/1").json["elapsed_ms"] > 0


def test_memory_is_held_within_a_limit_and_given_back(app: App) -> None:
    before = app.memory_mb
    assert app.get("/memory/100").json["total_held_mb"] == 100
    assert app.memory_mb - before > 80
    assert app.get("/memory/100").status == 503
    assert eventually(lambda: app.memory_mb - before < 20)


@pytest.mark.parametrize(
    "path", ["/load/0", "/load/11", "/load/much", "/load/-1", "/load/1e1", "/memory/0", "/memory/129"]
)
def test_what_is_out_of_bounds_is_refused(app: App, path: str) -> None:
    answer = app.get(path)
    assert answer.status == 400
    assert "is not a whole number between 1 and" in answer.json["error"]


def test_not_found_and_wrong_method_in_json(app: App) -> None:
    assert app.get("/nope").json == {"error": "Not Found", "status": 404, "path": "/nope"}
    connection = app.connect()
    connection.request("POST", "/")
    assert Answer(connection.getresponse()).json["status"] == 405
    connection.close()


def test_load_and_memory_can_be_switched_off(start: Start) -> None:
    app = start(APP_LOAD_ENABLED="0", APP_MEMORY_ENABLED="0")
    assert (app.get("/load/1").status, app.get("/memory/1").status) == (403, 403)


def test_a_saturated_task_queues_then_sheds_and_stays_healthy(start: Start) -> None:
    app = start(APP_WORKERS="3", APP_SERVICE_SECONDS="1", APP_QUEUE_LIMIT="3")
    accepted = ask(app, 6)
    shed = ask_together(app, 4)
    assert app.get("/health").status == 200
    busy = app.get("/metrics").json
    assert busy["requests"] == 10
    assert busy["active_connections"] == 6  # so health waited for none of them

    assert [(answer.status, answer.headers["x-overload"]) for answer in shed] == [(503, "queue-full")] * 4
    assert [answer.status for answer in answers_of(accepted)] == [200] * 6
    assert sum("further ones are refused" in line.get("message", "") for line in app.lines) == 1


def test_a_client_that_goes_away_leaves_the_queue(start: Start) -> None:
    app = start(APP_WORKERS="1", APP_SERVICE_SECONDS="1.5", APP_QUEUE_LIMIT="1")
    first = ask(app, 1)
    (impatient,) = ask(app, 1)
    assert app.get("/").status == 503
    impatient.close()
    assert eventually(lambda: app.active == 1)
    assert not select.select([first[0].sock], [], [], 0)[0]  # it is the first that is left, not yet answered

    assert app.get("/").status == 200
    assert answers_of(first)[0].status == 200
    app.stop()
    assert app.lines[-1]["message"].startswith("Finished server process")


def test_sigterm_drains_and_flushes_the_last_metrics(start: Start) -> None:
    app = start(APP_SERVICE_SECONDS="1", METER_INTERVAL_SECONDS="60")
    asking = ask(app, 5)
    app.process.send_signal(signal.SIGTERM)
    assert [answer.status for answer in answers_of(asking)] == [200] * 5
    app.process.wait(20)  # not the interval's 60 s

    assert sum(app.published("TotalRequests")) == 5
    assert 990 <= app.published("AverageResponseTime")[-1] < 2000, "timers are a little off"


def test_a_broken_handler_answers_500_in_json_and_logs_the_traceback(start: Start) -> None:
    app = start(APP_MEMORY_LIMIT_MB="65536")
    limit_address_space(app.process.pid)
    answer = app.get("/memory/65536")
    assert (answer.status, answer.json["error"]) == (500, "Internal Server Error")
    assert app.get("/health").status == 200
    app.stop()
    assert any("MemoryError" in line.get("traceback", "") for line in app.lines)


def limit_address_space(pid: int) -> None:
    import resource

    resource.prlimit(pid, resource.RLIMIT_AS, (4 * 2**30, 4 * 2**30))


def test_boto3_publishes_what_the_clients_sent(start: Start) -> None:
    server = ThreadedMotoServer(ip_address="127.0.0.1", port=0)
    server.start()
    host, port = server.get_host_and_port()
    aws = {
        "AWS_ENDPOINT_URL": f"http://{host}:{port}",
        "AWS_ACCESS_KEY_ID": "test",
        "AWS_SECRET_ACCESS_KEY": "test",
        "AWS_DEFAULT_REGION": names.REGION,
    }
    app = start(METER_ROUTE="cloudwatch", APP_SERVICE_SECONDS="0.01", **aws)
    ask_together(app, 20)
    assert eventually(lambda: total_requests(aws["AWS_ENDPOINT_URL"]) == 20)
    ask_together(app, 40)
    app.stop()
    total = total_requests(aws["AWS_ENDPOINT_URL"])
    server.stop()
    assert total == 60
