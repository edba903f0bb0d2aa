"""`fastscale build` and `push` with programs on PATH that behave as container engines, and the local cloud's ECR."""

from __future__ import annotations

import json
import os
import re
import shutil
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
import typer
from click.testing import Result
from typer.testing import CliRunner

from fastscale.cli import image
from fastscale.errors import FastscaleError, InputError, MissingPartError
from tests.localcloud.server.process import REGION, Server

SCRIPT = Path(__file__).with_name("engine_script.py")


@pytest.fixture(scope="module")
def api(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    started = Server(tmp_path_factory.mktemp("ecr") / "state").start()
    yield started
    started.end()


@dataclass
class Machine:
    """A machine with some engines on PATH, and a folder with an application."""

    folder: Path
    monkeypatch: pytest.MonkeyPatch

    def has(self, *engines: str, buildx: bool = False, down: str = "", fail: str = "") -> None:
        programs = self.folder / "bin"
        programs.mkdir()
        for engine in engines:
            program = programs / engine
            program.write_text(f"#!{sys.executable} -S\n{SCRIPT.read_text()}")
            program.chmod(0o755)
        told = {"FAKE_NOTES": self.folder / "notes", "FAKE_DOWN": down, "FAKE_FAIL": fail, "PATH": programs}
        for key, value in told.items():
            self.monkeypatch.setenv(key, str(value))
        if buildx:
            self.monkeypatch.setenv("FAKE_BUILDX", "1")

    def types(self, command: str, *words: str) -> Result:
        app = typer.Typer()
        app.command()(image.build)
        app.command()(image.push)
        result = CliRunner().invoke(app, [command, *words])
        if isinstance(result.exception, FastscaleError):
            raise result.exception
        return result

    def told(self) -> list[dict[str, object]]:
        notes = self.folder / "notes"
        return [json.loads(line) for line in notes.read_text().splitlines()] if notes.exists() else []

    def words(self) -> list[str]:
        return [" ".join(map(str, note["words"])) for note in self.told()]


@pytest.fixture
def machine(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, api: Server) -> Machine:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "app").mkdir()
    (tmp_path / "app" / "Dockerfile").write_text("FROM scratch\n")
    aws = {"AWS_ENDPOINT_URL": api.url, "AWS_REGION": REGION, "AWS_ACCESS_KEY_ID": "k", "AWS_SECRET_ACCESS_KEY": "s"}
    for key, value in aws.items():
        monkeypatch.setenv(key, value)
    return Machine(tmp_path, monkeypatch)


def test_docker_with_buildx_builds_for_the_processors_of_the_plan(machine: Machine) -> None:
    machine.has("docker", buildx=True)
    result = machine.types("build", "--tag", "v1")
    assert "Image: fast-scaling-app:v1" in result.output
    assert machine.words() == [
        "buildx build --load --platform linux/amd64 --file app/Dockerfile --tag fast-scaling-app:v1 ."
    ]


def test_arm_is_built_for_a_plan_on_arm(machine: Machine) -> None:
    machine.has("docker")
    Path("fastscale.toml").write_text('profile = "default"\n[task]\narchitecture = "arm64"\n')
    assert machine.types("build", "--plan", "fastscale.toml").exit_code == 0
    assert machine.words() == ["build --platform linux/arm64 --file app/Dockerfile --tag fast-scaling-app:latest ."]


def test_the_first_engine_that_answers_is_taken(machine: Machine) -> None:
    machine.has("docker", "nerdctl", down="docker")
    machine.types("build")
    assert [note["engine"] for note in machine.told()] == ["nerdctl"]


@pytest.mark.parametrize(
    ("engine", "buildx", "compression", "pushes"),
    [
        ("docker", True, "zstd", "buildx build --provenance=false --output type=image,name="),
        ("docker", False, "gzip", "push "),
        ("podman", False, "zstd", "push --compression-format zstd --force-compression "),
        ("finch", False, "gzip", "push "),
        ("buildah", False, "zstd", "push --compression-format zstd "),
    ],
)
def test_what_was_pushed_is_read_from_the_repository(
    machine: Machine, engine: str, buildx: bool, compression: str, pushes: str
) -> None:
    machine.has(engine, buildx=buildx)
    repository = f"shop-{engine}-{compression}"
    result = machine.types("push", "--repository", repository, "--tag", "v1", "--yes")
    assert f"Pushed: 32.5 MB of {compression} layers" in result.output
    assert re.search(
        rf'image = "\d{{12}}\.dkr\.ecr\.{REGION}\.amazonaws\.com/{repository}@sha256:\w{{64}}"', result.output
    )
    assert machine.words()[-1].startswith(pushes)


def test_a_large_image_is_told_of_the_index_that_starts_it_sooner(machine: Machine) -> None:
    machine.has("podman")
    machine.monkeypatch.setenv("FAKE_SIZE", "300_000_000")
    told = machine.types("push", "--repository", "large", "--yes").output
    assert "more than 250 MB with a SOCI index, which needs gzip: push again with --compression gzip" in told
    told = machine.types("push", "--repository", "large", "--tag", "v1", "--compression", "gzip").output
    assert re.search(r"soci convert (\S+/large:v1) \1-soci && nerdctl push \1-soci", told)


def test_a_small_image_needs_no_index(machine: Machine) -> None:
    machine.has("podman")
    assert "SOCI" not in machine.types("push", "--repository", "small", "--yes").output


def test_the_password_is_typed_and_never_an_argument(machine: Machine) -> None:
    machine.has("podman")
    machine.types("push", "--repository", "secret", "--yes")
    login = machine.told()[0]
    assert login["words"] == ["login", "--username", "AWS", "--password-stdin", _registry(machine)]
    assert login["typed"]
    assert not any(str(login["typed"]) in words for words in machine.words())


def _registry(machine: Machine) -> object:
    last = str(machine.told()[-1]["words"][-1])
    return last.partition("/")[0]


def test_a_repository_is_made_only_when_the_user_agrees(machine: Machine, api: Server) -> None:
    machine.has("docker")
    with pytest.raises(InputError, match="--yes agrees beforehand"):
        machine.types("push", "--repository", "unwanted")
    names = [one["repositoryName"] for one in api.client("ecr").describe_repositories()["repositories"]]
    assert "unwanted" not in names
    assert machine.told() == []


def test_a_repository_that_is_there_needs_no_agreement(machine: Machine, api: Server) -> None:
    machine.has("docker")
    api.client("ecr").create_repository(repositoryName="there")
    assert machine.types("push", "--repository", "there").exit_code == 0


def test_without_an_engine_one_line_says_what_is_wrong_with_each(machine: Machine) -> None:
    machine.has("docker", "finch", down="docker,finch")
    for command in ("build", "push"):
        with pytest.raises(MissingPartError) as error:
            machine.types(command)
        assert error.value.exit_code == 2
        assert str(error.value) == (
            "no container engine answers: "
            "docker is installed but does not work (ERROR: Cannot connect to the docker daemon. Is it running?); "
            "finch is installed but does not work (ERROR: Cannot connect to the finch daemon. Is it running?); "
            "podman, nerdctl and buildah are not installed. Start or install one"
        )


def test_an_engine_that_fails_is_one_line_below_its_own(machine: Machine) -> None:
    machine.has("docker", fail="build")
    with pytest.raises(FastscaleError, match="docker build failed with exit code 3") as error:
        machine.types("build")
    assert error.value.exit_code == 1


def test_an_api_that_refuses_is_one_line(machine: Machine) -> None:
    machine.has("docker")
    machine.monkeypatch.setenv("AWS_ENDPOINT_URL", "http://127.0.0.1:9")
    with pytest.raises(FastscaleError, match="Amazon ECR: Could not connect"):
        machine.types("push")


@pytest.mark.parametrize(
    ("words", "says"),
    [
        (["--file", "nothing"], "Dockerfile 'nothing' does not exist"),
        (["--context", "nowhere"], "build context 'nowhere' is not a folder"),
        (
            ["--engine", "rkt"],
            "container engine 'rkt' is not known: choose from docker, podman, finch, nerdctl, buildah",
        ),
    ],
)
def test_wrong_input_is_one_line_and_exit_code_2(machine: Machine, words: list[str], says: str) -> None:
    machine.has("docker")
    with pytest.raises(InputError, match=says):
        machine.types("build", *words)


def test_the_real_client_without_its_engine_says_so(machine: Machine) -> None:
    docker = shutil.which("docker", path=os.defpath + ":/usr/local/bin")
    if docker is None:
        pytest.skip("there is no docker client on this machine")
    machine.has()
    (machine.folder / "bin" / "docker").symlink_to(docker)
    machine.monkeypatch.setenv("DOCKER_HOST", "unix:///nowhere/docker.sock")
    with pytest.raises(MissingPartError, match=r"docker is installed but does not work \(.*nowhere"):
        machine.types("build")
