"""The API server as its users have it: a process of its own on a free port."""

from __future__ import annotations

import json
import signal
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Callable
from pathlib import Path
from typing import Any

from botocore.exceptions import ClientError

from fastscale.aws.session import local_client
from tests.free_ports import free_port

REGION = "ap-northeast-2"
ALB_PORT = 8123
#: Short, so that tests need not wait for what they have just sent.
VISIBILITY_SECONDS = 0.2


class Server:
    """One server process; starting it again on the same port and state directory is a restart."""

    def __init__(self, state_dir: Path, port: int | None = None) -> None:
        self.state_dir = state_dir
        self.port = port or free_port()
        self.url = f"http://127.0.0.1:{self.port}"
        self.log = state_dir.parent / f"{state_dir.name}.log"
        self._process: subprocess.Popen[bytes] | None = None
        self._clients: dict[str, Any] = {}

    def command(self) -> list[str]:
        options = {
            "--port": self.port,
            "--state-dir": self.state_dir,
            "--alb-port": ALB_PORT,
            "--region": REGION,
            "--visibility-seconds": VISIBILITY_SECONDS,
        }
        words = [str(word) for option in options.items() for word in option]
        return [sys.executable, "-m", "fastscale.localcloud.server", *words]

    def start(self, *, wait: bool = True) -> Server:
        with self.log.open("ab") as log:
            self._process = subprocess.Popen(self.command(), stdout=log, stderr=log)
        if wait:
            assert eventually(self.ready, seconds=60), self.log.read_text()
        return self

    def end(self, number: int = signal.SIGTERM) -> int:
        assert self._process is not None
        self._process.send_signal(number)
        return self._process.wait(timeout=10)

    def ready(self) -> bool:
        assert self._process is not None
        assert self._process.poll() is None, self.log.read_text()
        try:
            return bool(self.get("/health")["ready"])
        except (urllib.error.URLError, ConnectionError):
            return False

    def client(self, service: str) -> Any:
        if service not in self._clients:
            self._clients[service] = local_client(service, endpoint_url=self.url, region=REGION)
        return self._clients[service]

    def get(self, path: str) -> Any:
        return self._call(urllib.request.Request(f"{self.url}/_fastscale{path}"))

    def post(self, path: str, body: object) -> Any:
        content, headers = json.dumps(body).encode(), {"Content-Type": "application/json"}
        return self._call(urllib.request.Request(f"{self.url}/_fastscale{path}", content, headers))

    def _call(self, request: urllib.request.Request) -> Any:
        with urllib.request.urlopen(request, timeout=10) as answer:
            return json.load(answer)

    def deploy(self, name: str, template: dict[str, Any], **options: Any) -> dict[str, Any]:
        """Create the stack, or update it when it is there; the stack when the operation has ended."""
        cloudformation = self.client("cloudformation")
        request = {"StackName": name, "TemplateBody": json.dumps(template), **options}
        if self.stack(name) is None:
            cloudformation.create_stack(**request)
        else:
            cloudformation.update_stack(**request)
        return self.settled(name)

    def stack(self, name: str) -> dict[str, Any] | None:
        try:
            return self.client("cloudformation").describe_stacks(StackName=name)["Stacks"][0]
        except ClientError:
            return None

    def settled(self, name: str) -> dict[str, Any]:
        """The stack as it is when nothing is under way any more; empty when it is gone."""
        assert eventually(lambda: not self._status(name).endswith("_IN_PROGRESS"), seconds=30)
        return self.stack(name) or {}

    def delete(self, name: str) -> dict[str, Any]:
        self.client("cloudformation").delete_stack(StackName=name)
        return self.settled(name)

    def events(self, name: str) -> list[tuple[str, str]]:
        """(logical id, status), oldest first."""
        events = self.client("cloudformation").describe_stack_events(StackName=name)["StackEvents"]
        return [(event["LogicalResourceId"], event["ResourceStatus"]) for event in reversed(events)]

    def _status(self, name: str) -> str:
        return (self.stack(name) or {"StackStatus": "gone"})["StackStatus"]


def eventually(condition: Callable[[], bool], seconds: float = 5.0) -> bool:
    deadline = time.monotonic() + seconds
    while not condition():
        if time.monotonic() > deadline:
            return False
        time.sleep(0.02)
    return True


def wait_until_visible() -> None:
    """Until queries see what was just put."""
    time.sleep(VISIBILITY_SECONDS + 0.02)
