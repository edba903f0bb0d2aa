"""Buildah with a store of its own, which is gone afterwards: nothing of the machine's images is used or left behind."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Self, TypedDict


@dataclass(frozen=True)
class Image:
    """An image in the store."""

    name: str


class Settings(TypedDict):
    """What of an image's configuration a start needs, by the names that OCI gives it."""

    Env: list[str]
    User: str
    WorkingDir: str
    Cmd: list[str]


class Buildah:
    """A context manager. Builds without a daemon and without namespaces, so inside containers too; needs root."""

    def __init__(self) -> None:
        if os.geteuid():
            raise SystemExit("error: this benchmark changes root directories: run it as root")
        found = shutil.which("buildah")
        if found is None:
            raise SystemExit("error: buildah is not installed: apt-get install buildah")
        self._program = found
        self.folder = Path(tempfile.mkdtemp(prefix="fastscale-image-"))

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        shutil.rmtree(self.folder, ignore_errors=True)

    def run(self, *words: str) -> str:
        """What it prints. Ends the program with its own last line when it fails."""
        store = ["--root", str(self.folder / "store"), "--runroot", str(self.folder / "run"), "--storage-driver", "vfs"]
        done = subprocess.run(
            [self._program, *store, *words],
            env={**os.environ, "BUILDAH_ISOLATION": "chroot"},
            capture_output=True,
            text=True,
            check=False,
        )
        if done.returncode:
            lines = done.stderr.strip().splitlines() or ["no reason given"]
            raise SystemExit(f"error: buildah {words[0]}: {lines[-1]}")
        return done.stdout.strip()

    def build(self, dockerfile: str, context: str) -> Image:
        """The image of a Dockerfile."""
        name = f"localhost/{Path(dockerfile).parent.name}"
        self.run("build", "--network", "host", "--file", dockerfile, "--tag", name, context)
        return Image(name)

    def packed(self, image: Image, compression: str) -> list[int]:
        """Bytes of its layers as a registry holds them, the base first."""
        folder = self.folder / f"{image.name.rpartition('/')[2]}-{compression}"
        self.run("push", "--format", "oci", "--compression-format", compression, image.name, f"oci:{folder}:latest")
        (manifest,) = json.loads((folder / "index.json").read_text())["manifests"]
        blob = folder / "blobs" / str(manifest["digest"]).replace(":", "/")
        return [layer["size"] for layer in json.loads(blob.read_text())["layers"]]

    def commit(self, root: Path, name: str) -> None:
        """An image of one layer: the files below ``root``."""
        container = self.run("from", "scratch")
        self.run("add", container, str(root), "/")
        self.run("config", "--env", "PATH=/usr/local/bin:/usr/bin:/bin:/usr/sbin:/sbin", container)
        self.run("commit", container, name)
        self.run("rm", container)

    @contextmanager
    def files(self, image: Image) -> Iterator[tuple[Path, Settings]]:
        """The root directory of a container of the image, and the image's configuration."""
        container = self.run("from", "--pull-never", image.name)
        settings: Settings = json.loads(self.run("inspect", container))["OCIv1"]["config"]
        try:
            yield Path(self.run("mount", container)), settings
        finally:
            self.run("umount", container)
            self.run("rm", container)
