import subprocess
import sys

import pytest

from app.settings import Settings
from fastscale.errors import InputError
from tests.app.running import ROOT


def test_the_defaults_serve_100_requests_a_second() -> None:
    settings = Settings.from_environment({})
    assert settings == Settings()
    assert settings.workers / settings.service_seconds == 100
    assert (settings.host, settings.port, settings.meter_interval_seconds) == ("127.0.0.1", 8080, 5)


def test_the_environment_wins() -> None:
    settings = Settings.from_environment(
        {
            "HOST": "127.0.0.2",
            "PORT": "9000",
            "APP_SERVICE_SECONDS": "0.02",
            "APP_LOAD_ENABLED": "0",
            "METER_ROUTE": "emf",
        }
    )
    assert (settings.host, settings.port, settings.service_seconds) == ("127.0.0.2", 9000, 0.02)
    assert (settings.load_enabled, settings.memory_enabled, settings.meter_route) == (False, True, "emf")


@pytest.mark.parametrize(
    ("key", "value", "fix"),
    [
        ("PORT", "http", "a whole number between 1 and 65535"),
        ("PORT", "0", "a whole number between 1 and 65535"),
        ("APP_WORKERS", "2.5", "a whole number"),
        ("APP_SERVICE_SECONDS", "nan", "a number between 0 and 60"),
        ("APP_LOAD_ENABLED", "yes", "one of 0, 1"),
        ("METER_ROUTE", "statsd", "one of cloudwatch, emf, off"),
        ("METER_INTERVAL_SECONDS", "0.5", "a number between 1 and 60"),
    ],
)
def test_a_wrong_value_is_named_with_its_fix(key: str, value: str, fix: str) -> None:
    with pytest.raises(InputError, match=f"{key}='{value}': give {fix}"):
        Settings.from_environment({key: value})


def test_the_program_says_it_in_one_line_and_exits_with_2() -> None:
    ended = subprocess.run(
        [sys.executable, "-m", "app"], cwd=ROOT, env={"PORT": "high"}, capture_output=True, text=True, check=False
    )
    assert ended.returncode == 2
    assert ended.stderr == "PORT='high': give a whole number between 1 and 65535\n"
