"""Someone who types what the pages say, in a folder with the files that they speak of, against one local cloud."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from dataclasses import dataclass, field
from pathlib import Path

from tests.docs.commands import ROOT, Command
from tests.free_ports import free_port

BIN = Path(sys.executable).parent
ENGINE = ROOT / "tests" / "cli" / "engine_script.py"

#: What asks AWS, or the local cloud where AWS_ENDPOINT_URL says so.
ASKS_AWS = ("aws ", *(f"fastscale {word}" for word in ("doctor", "diff", "deploy", "destroy", "push", "load", "pulse")))

#: Somebody else's stack.
TEMPLATE = """
Parameters: {Environment: {Type: String}}
Resources:
  Busy:
    Type: AWS::CloudWatch::Alarm
    Properties:
      AlarmName: !Sub "busy-${Environment}"
      Namespace: Shop
      MetricName: RequestsPerSecond
      Statistic: Average
      Period: 60
      EvaluationPeriods: 1
      Threshold: 100
      ComparisonOperator: GreaterThanThreshold
"""
#: One entry of an access log (Elastic Load Balancing user guide, "Access logs for your Application Load Balancer").
LOG_ENTRY = (
    "http {at} app/shop/50dc6c495c0c9188 192.0.2.7:2817 10.0.0.1:8080 0.000 0.001 0.000 200 200 34 366 "
    '"GET http://shop.example:80/ HTTP/1.1" "curl/8" - - arn:aws:elasticloadbalancing:us-east-1:123456789012:'
    'targetgroup/shop/73e2d6bc24d8a067 "-" "-" "-" 0 {at} "forward" "-" "-" "10.0.0.1:8080" "200" "-" "-"\n'
)
DECISION = {"event": "decision", "service": "service/c/s", "move": "up", "at": 1.0, "reason": "a surge", "wanted": 9}


class Reader:
    """The folder, the local cloud, and what is typed."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.port = free_port()
        self.alb_port = next(port for port in iter(free_port, None) if port != self.port)
        programs = folder / "programs"
        lay_out_files(folder, programs)
        clean = {key: value for key, value in os.environ.items() if not key.startswith("AWS_")}
        self._environment = clean | {
            "PATH": os.pathsep.join([str(programs), str(BIN), os.environ["PATH"]]),
            "PYTHONPATH": str(ROOT),
            "COLUMNS": "120",
            "AWS_EC2_METADATA_DISABLED": "true",
            "FAKE_NOTES": str(folder / "engine.notes"),
            "FAKE_BUILDX": "1",
        }

    def start_cloud(self) -> None:
        self.must(f"fastscale local up --port {self.port} --alb-port {self.alb_port} --startup 1")

    def end_cloud(self) -> None:
        self.must("fastscale local down")

    def must(self, text: str, codes: tuple[int, ...] = (0,), variables: dict[str, str] | None = None) -> str:
        line = self.here(text)
        done = subprocess.run(
            ["/bin/bash", "-c", line],
            cwd=self.folder,
            env=self._environment | (variables or {}),
            capture_output=True,
            text=True,
            timeout=120,
            check=False,
        )
        assert done.returncode in codes, f"{line}\n{done.stdout}\n{done.stderr}"
        return done.stdout

    def here(self, text: str) -> str:
        """The line with the ports that this cloud has."""
        return text.replace("localhost:4566", f"localhost:{self.port}").replace(
            "localhost:8000", f"localhost:{self.alb_port}"
        )


@dataclass
class Shell:
    """What the reader's shell holds on a page: exported variables, and whether the local cloud runs by then."""

    cloud: bool
    variables: dict[str, str] = field(default_factory=dict)

    def export(self, text: str) -> None:
        self.variables |= dict(word.split("=", 1) for word in text.split()[1:])

    def unset(self, text: str) -> None:
        for name in text.split()[1:]:
            del self.variables[name]  # one that was never exported is a mistake of the page

    def allows(self, command: Command, text: str) -> None:
        """Fail when the command would ask a local cloud that does not run at this point of the page."""
        local = "--local" in text or "localhost:" in text or text.startswith("fastscale local status")
        asks = text.startswith(ASKS_AWS) and "AWS_ENDPOINT_URL" in self.variables
        assert self.cloud or not (local or asks), f"{command}: no local cloud runs at this point of the page"


def lay_out_files(folder: Path, programs: Path) -> None:
    """Twenty minutes of traffic a file, access logs, a template, Pulse's log, a Dockerfile and a container engine."""
    for name in ("day", "monday", "friday"):
        rows = (f"2026-01-05T10:{minute:02}:00Z,{600 + 300 * (minute % 7)}\n" for minute in range(20))
        (folder / f"{name}.csv").write_text("timestamp,value\n" + "".join(rows))
    (folder / "logs").mkdir()
    entries = (LOG_ENTRY.format(at=f"2026-01-05T10:{second // 60:02}:{second % 60:02}.5Z") for second in range(300))
    (folder / "logs" / "shop.log").write_text("".join(entries))
    (folder / "template.yaml").write_text(TEMPLATE)
    (folder / "pulse.log").write_text(json.dumps(DECISION) + "\n")
    (folder / "app").mkdir()
    (folder / "app" / "Dockerfile").write_text("FROM scratch\n")
    programs.mkdir()
    docker = programs / "docker"
    docker.write_text(f"#!{sys.executable} -S\n{ENGINE.read_text()}")
    docker.chmod(0o755)
