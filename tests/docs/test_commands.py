"""Every command in the documentation is typed: in one folder, against one local cloud, page by page.

What takes minutes, or needs a network, is tried as far as a test can: its options are parsed, its extra looked up, its
recipe printed. The test that runs the whole of it is named beside it.
"""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterator
from importlib.metadata import metadata
from pathlib import Path

import pytest

from tests.docs.commands import PAGES, ROOT, Command, commands
from tests.localcloud.server.process import free_port

BIN = Path(sys.executable).parent

#: Commands that take minutes or change an AWS account, and the tests that run all of them.
LONG = {
    "fastscale demo": "tests/cli/test_demo_end_to_end.py",
    "fastscale deploy": "tests/cli/test_stacks.py",
    "fastscale destroy": "tests/cli/test_stacks.py",
    "fastscale load": "tests/cli/test_load.py",
    "fastscale build": "tests/cli/test_image.py",
    "fastscale push": "tests/cli/test_image.py",
    "fastscale pulse run": "tests/pulse/test_main.py",
    "fastscale pulse dry-run": "tests/pulse/test_dry_run.py",
    "fastscale pulse explain": "tests/cli/test_pulse.py",
    "fastscale tune": "tests/simulate/test_commands.py",
    "fastscale sidecar": "tests/cli/test_sidecar.py",
}
#: `local up` and `local down` are what the cloud of this test is started and ended with.
LOCAL = ("fastscale local up", "fastscale local down")
#: Exit code 1 says here that something was found, not that the command failed.
MAY_FIND = ("fastscale doctor", "fastscale inspect")


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


class Reader:
    """Someone who types what the pages say, in a folder with the files that they speak of."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.port, self.alb_port = free_port(), free_port()
        self._environment = {
            **os.environ,
            "PATH": f"{BIN}{os.pathsep}{os.environ['PATH']}",
            "PYTHONPATH": str(ROOT),
            "COLUMNS": "120",
        }

    def start_cloud(self) -> None:
        ports = f"--port {self.port} --alb-port {self.alb_port} --startup 1"
        self.must(f"{LOCAL[0]} {ports}")
        self._environment |= {
            "AWS_ENDPOINT_URL": f"http://localhost:{self.port}",
            "AWS_DEFAULT_REGION": "ap-northeast-2",
            "AWS_ACCESS_KEY_ID": "local",
            "AWS_SECRET_ACCESS_KEY": "local",
        }

    def end_cloud(self) -> None:
        self.must(LOCAL[1])

    def must(self, text: str, codes: tuple[int, ...] = (0,)) -> str:
        line = text.replace("localhost:4566", f"localhost:{self.port}").replace(
            "localhost:8000", f"localhost:{self.alb_port}"
        )
        done = subprocess.run(
            ["/bin/bash", "-c", line],
            cwd=self.folder,
            env=self._environment,
            capture_output=True,
            text=True,
            timeout=120,
            check=False,
        )
        assert done.returncode in codes, f"{line}\n{done.stdout}\n{done.stderr}"
        return done.stdout


@pytest.fixture(scope="module")
def reader(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Reader]:
    """In a folder with some traffic, a template, and a running cloud."""
    folder = tmp_path_factory.mktemp("reader")
    lay_out_traffic(folder)
    (folder / "template.yaml").write_text(TEMPLATE)
    one = Reader(folder)
    one.start_cloud()
    one.must("fastscale synth")
    one.must("fastscale init")
    yield one
    one.end_cloud()


def lay_out_traffic(folder: Path) -> None:
    """Twenty minutes of traffic a file, and a folder of access logs."""
    for name in ("day", "monday", "friday"):
        rows = (f"2026-01-05T10:{minute:02}:00Z,{600 + 300 * (minute % 7)}\n" for minute in range(20))
        (folder / f"{name}.csv").write_text("timestamp,value\n" + "".join(rows))
    (folder / "logs").mkdir()
    entries = (LOG_ENTRY.format(at=f"2026-01-05T10:{second // 60:02}:{second % 60:02}.5Z") for second in range(300))
    (folder / "logs" / "shop.log").write_text("".join(entries))


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))
def test_what_a_page_tells_to_type_works(reader: Reader, page: Path) -> None:
    for command in commands(page):
        exercise(reader, command)


def exercise(reader: Reader, command: Command) -> None:
    """Type a command, or as much of it as a test can."""
    text = command.text.replace(".venv/bin/", "")
    word = next((known for known in (*LONG, *LOCAL) if text.startswith(known)), "")
    if word in LOCAL or text.startswith("export "):
        return  # done when the cloud was started
    if word:
        assert (ROOT / LONG[word]).is_file()
        reader.must(f"{text} --help")  # an unknown option is an error even so
    elif text.startswith("make "):
        reader.must(text.replace("make ", f"make --directory={ROOT} --dry-run ", 1))
    elif text.startswith("pip install "):
        assert_extra_exists(text)
    else:
        if text == "fastscale init":  # it overwrites nothing
            (reader.folder / "fastscale.toml").unlink()
        reader.must(text, (0, 1) if text.startswith(MAY_FIND) else (0,))


def assert_extra_exists(text: str) -> None:
    """Every extra that is named in ``pip install "fastscale[…]"`` is one of the package's."""
    extras = text.partition("[")[2].partition("]")[0].split(",")
    assert set(extras) <= set(metadata("fastscale").get_all("Provides-Extra") or ()), text


def test_pages_have_commands_at_all() -> None:
    assert sum(len(commands(page)) for page in PAGES) > 40
