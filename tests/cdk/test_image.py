"""The image holds what the application needs, and nothing that would roll out a new one for no reason."""

import subprocess
import sys
from pathlib import Path

import pytest

DOCKERFILE = Path(__file__).parents[2] / "app" / "Dockerfile"


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
    assert package == {"fastscale/__init__.py", "fastscale/errors.py", "fastscale/names.py"}


def instructions(name):
    lines = DOCKERFILE.read_text().splitlines()
    return [line.removeprefix(f"{name} ") for line in lines if line.startswith(f"{name} ")]


def test_the_container_runs_the_application_without_privileges():
    user, _, group = instructions("USER")[-1].partition(":")
    assert int(user) > 0
    assert int(group) > 0
    assert instructions("CMD") == ['["python", "-m", "app"]']


def test_the_image_is_slim():
    assert all(image.split()[0].endswith("-slim") for image in instructions("FROM"))
    assert "curl" not in DOCKERFILE.read_text()
    assert "apt-get" not in DOCKERFILE.read_text()
