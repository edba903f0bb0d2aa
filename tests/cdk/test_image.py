"""The image holds what the application needs, and nothing that would roll out a new one for no reason."""

import shutil
import subprocess
import sys
from pathlib import Path

import botocore
import pytest

from tools.image_constraints import IMAGES, constraints

DOCKERFILE = Path(__file__).parents[2] / "app" / "Dockerfile"
#: Where the image has the dependencies.
SITE = "/venv/lib/python3.13/site-packages"


@pytest.fixture
def context(reference) -> Path:
    """What the image is built from: the files that the asset was made of."""
    (asset,) = reference.directory.glob("asset.*")
    return asset


def test_the_application_starts_from_the_images_files_alone(context):
    look = "import app.main, fastscale; print(app.__file__); print(fastscale.__file__)"
    done = subprocess.run(
        [sys.executable, "-c", look],
        cwd=context,
        env={"PYTHONPATH": str(context), "PYTHONDONTWRITEBYTECODE": "1"},
        capture_output=True,
        text=True,
        check=True,
    )
    assert done.stdout.split() == [str(context / name / "__init__.py") for name in ("app", "fastscale")]


def test_only_the_application_and_its_meter_are_in_the_image(context):
    parts = {path.relative_to(context).as_posix() for path in context.rglob("*.py")}
    package = {part for part in parts if part.startswith("fastscale/") and not part.startswith("fastscale/meter/")}
    assert package == {f"fastscale/{name}.py" for name in ("__init__", "backoff", "errors", "loops", "names")}


def instructions(name):
    lines = DOCKERFILE.read_text().splitlines()
    return [line.removeprefix(f"{name} ") for line in lines if line.startswith(f"{name} ")]


def test_the_container_runs_the_application_without_privileges():
    user, _, group = instructions("USER")[-1].partition(":")
    assert int(user) > 0
    assert int(group) > 0
    assert instructions("CMD") == ['["python", "-m", "app"]']


@pytest.mark.parametrize("path", IMAGES, ids=lambda path: path.parent.name)
def test_what_is_installed_is_pinned_to_what_the_tests_ran_with(path):
    """`python tools/image_constraints.py` writes the files anew."""
    assert path.read_text() == constraints(IMAGES[path])
    assert "--constraint constraints.txt" in (path.parent / "Dockerfile").read_text()


def test_the_constraints_come_along(context, pulse):
    assert (context / "app" / "constraints.txt").is_file()
    assert list(pulse.directory.glob("asset.*/pulse/constraints.txt"))


def test_the_image_is_slim():
    assert instructions("FROM")[-1].endswith("-slim")
    assert "curl" not in DOCKERFILE.read_text()
    assert "apt-get" not in DOCKERFILE.read_text()


def test_the_sdk_that_is_left_still_publishes(tmp_path):
    """Of the SDK's service descriptions the image keeps one: the call has to fail at the network and not before."""
    kept = tmp_path / "botocore"
    shutil.copytree(Path(botocore.__file__).parent, kept, ignore=shutil.ignore_patterns("__pycache__"))
    (trim,) = [line for line in instructions("RUN") if "botocore/data" in line]
    subprocess.run(["/bin/sh", "-c", trim.replace(f"{SITE}/botocore", str(kept))], check=True)
    assert [path.name for path in (kept / "data").iterdir() if path.is_dir()] == ["cloudwatch"]

    call = """
import boto3, botocore, sys
from botocore.config import Config
from botocore.exceptions import EndpointConnectionError
print(botocore.__file__)
once = Config(retries={"total_max_attempts": 1})
client = boto3.client("cloudwatch", endpoint_url="http://localhost:9", config=once)
try:
    client.put_metric_data(Namespace="Shop", MetricData=[{"MetricName": "Rps", "Value": 1.0, "StorageResolution": 1}])
except EndpointConnectionError:
    print("nobody there")
"""
    environment = {
        "PYTHONPATH": str(tmp_path),
        "AWS_DEFAULT_REGION": "ap-northeast-2",
        "AWS_ACCESS_KEY_ID": "any",
        "AWS_SECRET_ACCESS_KEY": "any",
    }
    done = subprocess.run([sys.executable, "-c", call], env=environment, capture_output=True, text=True, check=True)
    assert done.stdout.splitlines() == [str(kept / "__init__.py"), "nobody there"]
