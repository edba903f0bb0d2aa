import math
import shutil
import subprocess
import threading
import time
from collections.abc import Iterator
from http.client import HTTPConnection
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest
from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, generate_latest

from fastscale.errors import InputError
from fastscale.meter.sidecar import ENVOY, PrometheusNames, Reading, Sidecar, SourceError, envoy, nginx, prometheus
from fastscale.meter.sidecar.reading import between
from fastscale.meter.sidecar.sources import parse
from tests.meter.sinks import ListSink
from tests.meter.test_processes import free_port

NGINX_CONFIG = """
daemon off; pid {folder}/pid; error_log {folder}/error.log; worker_processes 2;
events {{ worker_connections 256; }}
http {{
  access_log off;
  client_body_temp_path {folder}/body; proxy_temp_path {folder}/proxy; fastcgi_temp_path {folder}/fastcgi;
  uwsgi_temp_path {folder}/uwsgi; scgi_temp_path {folder}/scgi;
  server {{
    listen 127.0.0.1:{port};
    location / {{ return 200 "hello"; }}
    location /stub_status {{ stub_status; }}
  }}
}}
"""

ENVOY_TEXT = """
# TYPE envoy_http_downstream_rq_total counter
envoy_http_downstream_rq_total{envoy_http_conn_manager_prefix="admin"} 7
envoy_http_downstream_rq_total{envoy_http_conn_manager_prefix="ingress_http"} 120
# TYPE envoy_http_downstream_rq_xx counter
envoy_http_downstream_rq_xx{envoy_response_code_class="2",envoy_http_conn_manager_prefix="ingress_http"} 110
envoy_http_downstream_rq_xx{envoy_response_code_class="4",envoy_http_conn_manager_prefix="ingress_http"} 6
envoy_http_downstream_rq_xx{envoy_response_code_class="5",envoy_http_conn_manager_prefix="ingress_http"} 4
envoy_http_downstream_rq_xx{envoy_response_code_class="4",envoy_http_conn_manager_prefix="admin"} 3
# TYPE envoy_http_downstream_rq_active gauge
envoy_http_downstream_rq_active{envoy_http_conn_manager_prefix="ingress_http"} 5
# TYPE envoy_http_downstream_rq_time histogram
envoy_http_downstream_rq_time_bucket{envoy_http_conn_manager_prefix="ingress_http",le="5"} 60
envoy_http_downstream_rq_time_bucket{envoy_http_conn_manager_prefix="ingress_http",le="10"} 100
envoy_http_downstream_rq_time_bucket{envoy_http_conn_manager_prefix="ingress_http",le="+Inf"} 120
envoy_http_downstream_rq_time_sum{envoy_http_conn_manager_prefix="ingress_http"} 1200
envoy_http_downstream_rq_time_count{envoy_http_conn_manager_prefix="ingress_http"} 120
"""


class TestReading:
    def test_what_happened_between_two_looks(self) -> None:
        before = Reading(requests=100, active=9, client_errors=1, responses=90, response_seconds=9)
        after = Reading(requests=150, active=4, client_errors=3, server_errors=1, responses=140, response_seconds=19)
        seen = between(before, after, end=1000, seconds=5)
        assert (seen.end, seen.seconds, seen.arrived, seen.active) == (1000, 5, 50, 4)
        assert (seen.client_errors, seen.server_errors) == (2, 1)
        assert (seen.responses.count, seen.responses.average) == (50, 0.2)

    def test_a_restarted_service_counts_from_zero(self) -> None:
        assert between(Reading(requests=1000), Reading(requests=30), end=0, seconds=5).arrived == 30

    def test_quantiles_are_as_fine_as_the_buckets(self) -> None:
        before = Reading(requests=0, buckets={0.1: 5, 1.0: 5, math.inf: 5}, responses=5)
        after = Reading(requests=100, buckets={0.1: 95, 1.0: 104, math.inf: 105}, responses=105, response_seconds=20)
        times = between(before, after, end=0, seconds=5).responses
        assert times.quantiles(0.5, 0.95, 1.0) == pytest.approx([0.05, 0.55, 1.0], rel=0.01)
        assert (times.count, times.total_seconds) == (100, 20)


class TestPrometheus:
    def scrape(self, registry: CollectorRegistry, **names: object) -> Reading:
        return parse(generate_latest(registry).decode(), PrometheusNames(**names))

    def test_text_written_by_prometheus_own_client(self) -> None:
        registry = CollectorRegistry()
        requests = Counter("http_requests", "Requests", ["status", "handler"], registry=registry)
        times = Histogram("http_request_duration_seconds", "Times", buckets=[0.1, 1], registry=registry)
        Gauge("in_progress", "Now", registry=registry).set(3)
        for status, handler, count in (("200", "/", 10), ("404", "/", 2), ("503", "/", 1), ("200", "/metrics", 99)):
            requests.labels(status, handler).inc(count)
        for seconds in (0.05, 0.5, 5):
            times.observe(seconds)

        seen = self.scrape(registry, active="in_progress", exclude={"handler": "/metrics"})
        assert (seen.requests, seen.active, seen.client_errors, seen.server_errors) == (13, 3, 2, 1)
        assert (seen.responses, seen.response_seconds) == (3, 5.55)
        assert seen.buckets == {0.1: 1, 1.0: 2, math.inf: 3}
        assert self.scrape(registry, match={"handler": "/metrics"}).requests == 99

    def test_names_and_unit_can_be_chosen(self) -> None:
        registry = CollectorRegistry()
        Counter("hits", "Requests", registry=registry).inc(5)
        Histogram("took_ms", "Times", buckets=[100], registry=registry).observe(50)
        seen = self.scrape(registry, requests="hits_total", durations="took_ms", seconds_per_unit=0.001)
        assert (seen.requests, seen.response_seconds, seen.buckets) == (5, 0.05, {0.1: 1, math.inf: 1})

    def test_a_counter_that_is_not_there_is_named(self) -> None:
        with pytest.raises(SourceError, match="no counter 'http_requests_total'"):
            parse("up 1\n", PrometheusNames())

    def test_envoys_statistics_without_its_admin_interface(self) -> None:
        seen = parse(ENVOY_TEXT, ENVOY)
        assert (seen.requests, seen.active, seen.client_errors, seen.server_errors) == (120, 5, 6, 4)
        assert (seen.responses, seen.response_seconds) == (120, pytest.approx(1.2))
        assert seen.buckets == {0.005: 60, 0.01: 100, math.inf: 120}


@pytest.mark.parametrize("url", ["http://10.0.0.5/metrics", "http://example.com/metrics"])
def test_another_machine_is_read_only_when_allowed(url: str) -> None:
    with pytest.raises(InputError, match="not on this machine"):
        nginx(url)
    assert callable(envoy(url, allow_remote=True))


@pytest.mark.parametrize("url", ["127.0.0.1:80/metrics", "file:///etc/passwd", "metrics"])
def test_what_is_not_an_http_url_is_refused(url: str) -> None:
    with pytest.raises(InputError, match="not an http URL"):
        prometheus(url, PrometheusNames())


@pytest.fixture
def server() -> Iterator[ThreadingHTTPServer]:
    """A service that answers every request with ``server.text``."""

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self.send_response(200)
            self.end_headers()
            self.wfile.write(made.text.encode())

        def log_message(self, *args: object) -> None:
            pass

    class Service(ThreadingHTTPServer):
        text = ""

    made = Service(("127.0.0.1", 0), Handler)
    threading.Thread(target=made.serve_forever, args=(0.01,)).start()
    yield made
    made.shutdown()
    made.server_close()


def test_a_source_says_what_it_cannot_read(server: ThreadingHTTPServer) -> None:
    url = f"http://127.0.0.1:{server.server_port}/"
    with pytest.raises(SourceError, match="does not answer with nginx's stub_status"):
        nginx(url)()
    server.text = "a {b} c"
    with pytest.raises(SourceError, match="does not answer with Prometheus text"):
        envoy(url)()
    with pytest.raises(SourceError, match=r"cannot read http://127\.0\.0\.1:1/"):
        envoy("http://127.0.0.1:1/")()


def run_for(sidecar: Sidecar, seconds: float) -> None:
    stop = threading.Event()
    threading.Timer(seconds, stop.set).start()
    sidecar.run(stop)


def test_a_service_that_does_not_answer_has_an_unknown_load_and_not_none(caplog: pytest.LogCaptureFixture) -> None:
    answers = iter([Reading(requests=10), None, None, Reading(requests=40), Reading(requests=50)])

    def source() -> Reading:
        answer = next(answers, Reading(requests=50))
        if answer is None:
            raise SourceError("no answer")
        return answer

    sink = ListSink()
    run_for(Sidecar(source, sink, interval_seconds=1), 4.2)
    assert [interval.arrived for interval in sink.intervals][:2] == [30, 10]
    assert sink.intervals[0].seconds > 2
    assert caplog.text.count("no answer") == 1


def test_a_service_that_starts_after_the_sidecar_is_counted_from_its_first_request() -> None:
    answers = iter([None, Reading(requests=7)])

    def source() -> Reading:
        answer = next(answers, Reading(requests=7))
        if answer is None:
            raise SourceError("not yet")
        return answer

    sink = ListSink()
    run_for(Sidecar(source, sink, interval_seconds=1), 1.5)
    assert sink.total.arrived == 7


@pytest.fixture
def nginx_port(tmp_path: Path) -> Iterator[int]:
    program = shutil.which("nginx") or shutil.which("nginx", path="/usr/sbin")
    if not program:
        pytest.skip("nginx is not installed (apt-get install nginx-light): the test needs a real one")
    port = free_port()
    config = tmp_path / "nginx.conf"
    config.write_text(NGINX_CONFIG.format(folder=tmp_path, port=port))
    process = subprocess.Popen([program, "-c", str(config), "-p", str(tmp_path), "-e", str(tmp_path / "error.log")])
    deadline = time.monotonic() + 10
    while True:
        try:
            HTTPConnection("127.0.0.1", port, timeout=1).connect()
            break
        except OSError:
            assert process.poll() is None, (tmp_path / "error.log").read_text()
            assert time.monotonic() < deadline
            time.sleep(0.02)
    yield port
    process.terminate()
    process.wait(10)


def test_a_real_nginx_is_counted_to_the_request(nginx_port: int) -> None:
    sink, stop = ListSink(), threading.Event()
    sidecar = Sidecar(nginx(f"http://127.0.0.1:{nginx_port}/stub_status"), sink, interval_seconds=1)
    watching = threading.Thread(target=sidecar.run, args=(stop,))
    watching.start()
    time.sleep(0.2)

    def ask(requests: int) -> None:
        connection = HTTPConnection("127.0.0.1", nginx_port, timeout=5)
        for _ in range(requests):
            connection.request("GET", "/")
            connection.getresponse().read()
            time.sleep(0.001)
        connection.close()

    clients = [threading.Thread(target=ask, args=(500,)) for _ in range(4)]
    for client in clients:
        client.start()
    for client in clients:
        client.join()
    stop.set()
    watching.join()

    assert sink.total.arrived == 2000
    assert sink.intervals[-1].active == 0
    assert sink.total.responses.average is None  # nginx tells no times, and none are made up
