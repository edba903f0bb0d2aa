"""`fastscale build` and `push` by a real engine to a real registry: Buildah, which needs no daemon, and Debian's."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
import urllib.error
import urllib.request
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.free_ports import free_port
from tests.localcloud.server.process import REGION, Server, eventually

BUILDAH, REGISTRY = shutil.which("buildah"), shutil.which("docker-registry")

pytestmark = [
    pytest.mark.skipif(not (BUILDAH and REGISTRY), reason="apt-get install buildah docker-registry: one is not here"),
    pytest.mark.skipif(os.geteuid() != 0, reason="building without namespaces needs root"),
]

ENGINE = Path(__file__).with_name("registry_engine.py")
#: Larger than what packing it adds, and different when packed by something else.
PAYLOAD = "To be served to whoever asks.\n" * 1000
ROOT = Path(__file__).parents[2]


@pytest.fixture
def registry(tmp_path: Path) -> Iterator[str]:
    """A registry's address."""
    address = f"127.0.0.1:{free_port()}"
    settings = {
        "version": 0.1,
        "storage": {"filesystem": {"rootdirectory": str(tmp_path / "registry")}},
        "http": {"addr": address},
    }
    (tmp_path / "registry.yml").write_text(json.dumps(settings))
    assert REGISTRY
    process = subprocess.Popen(
        [REGISTRY, "serve", str(tmp_path / "registry.yml")], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
    )
    assert eventually(lambda: answers(f"http://{address}/v2/"), seconds=10)
    yield address
    process.terminate()
    process.wait()


@pytest.fixture(scope="module")
def ecr(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    started = Server(tmp_path_factory.mktemp("ecr") / "state").start()
    yield started
    started.end()


@pytest.fixture
def machine(tmp_path: Path, registry: str, ecr: Server) -> dict[str, str]:
    """The environment of somebody whose only engine is Buildah."""
    programs = tmp_path / "bin"
    programs.mkdir()
    (programs / "buildah").write_text(f'#!/bin/sh\nexec {sys.executable} {ENGINE} "$@"\n')
    (programs / "buildah").chmod(0o755)
    assert BUILDAH
    storage = f'[storage]\ndriver = "vfs"\ngraphroot = "{tmp_path}/store"\nrunroot = "{tmp_path}/run"\n'
    (tmp_path / "storage.conf").write_text(storage)
    return {
        "PATH": f"{programs}:/usr/bin:/bin",
        "HOME": str(tmp_path),
        "PYTHONPATH": str(ROOT),
        "REAL_BUILDAH": BUILDAH,
        "REGISTRY": registry,
        "CONTAINERS_STORAGE_CONF": str(tmp_path / "storage.conf"),
        "BUILDAH_ISOLATION": "chroot",
        "AWS_ENDPOINT_URL": ecr.url,
        "AWS_DEFAULT_REGION": REGION,
        "AWS_ACCESS_KEY_ID": "local",
        "AWS_SECRET_ACCESS_KEY": "local",
    }


@pytest.mark.parametrize("compression", ["zstd", "gzip"])
def test_what_is_pushed_has_layers_of_the_wanted_compression_in_the_registry(
    tmp_path: Path, machine: dict[str, str], registry: str, compression: str
) -> None:
    (tmp_path / "Dockerfile").write_text('FROM scratch\nCOPY page.txt /\nUSER 10001:10001\nCMD ["/page.txt"]\n')
    (tmp_path / "page.txt").write_text(PAYLOAD)
    common = ("--file", "Dockerfile", "--context", ".", "--engine", "buildah", "--tag", "v1", "--profile", "default")
    assert "Image: fast-scaling-app:v1" in typed(tmp_path, machine, "build", *common)
    told = typed(tmp_path, machine, "push", *common, "--repository", "shop", "--compression", compression, "--yes")
    assert f"of {compression} layers" in told

    manifest = json.loads(get(f"http://{registry}/v2/shop/manifests/v1"))
    (layer,) = manifest["layers"]
    assert layer["mediaType"].endswith(f"tar+{compression}")
    assert layer["size"] < len(PAYLOAD)
    config = json.loads(get(f"http://{registry}/v2/shop/blobs/{manifest['config']['digest']}"))
    assert (config["architecture"], config["config"]["User"]) == ("amd64", "10001:10001")


def typed(folder: Path, environment: dict[str, str], *words: str) -> str:
    done = subprocess.run(
        [sys.executable, "-m", "fastscale", *words],
        cwd=folder,
        env=environment,
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        check=False,
        timeout=120,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


def get(url: str) -> bytes:
    request = urllib.request.Request(url, headers={"Accept": "application/vnd.oci.image.manifest.v1+json"})
    with urllib.request.urlopen(request, timeout=10) as answer:
        return bytes(answer.read())


def answers(url: str) -> bool:
    try:
        get(url)
    except (urllib.error.URLError, ConnectionError):
        return False
    return True
