"""The sample application from the image's own files, as the image's user, until its first healthy answer."""

from __future__ import annotations

import shlex
import socket
import subprocess
import time
import urllib.request
from collections.abc import Iterator
from pathlib import Path

from benchmarks.image_parts.buildah import Buildah, Image, Settings

PATIENCE_SECONDS = 30.0


def starts(buildah: Buildah, image: Image, count: int) -> Iterator[float]:
    """Seconds of each start."""
    with buildah.files(image) as (root, settings):
        for _ in range(count):
            yield _start(root, settings)


def _start(root: Path, settings: Settings) -> float:
    """In namespaces of its own with /proc, and on a file system that nobody can write to, as on Fargate."""
    port = _free_port()
    environment = [*settings["Env"], "HOST=127.0.0.1", f"PORT={port}", "METER_ROUTE=off"]
    inside = f"cd {settings['WorkingDir']} && exec {shlex.join(settings['Cmd'])}"
    clean = ["/usr/bin/env", "-i", *environment, "/bin/sh", "-c", inside]
    chroot = ["chroot", f"--userspec={settings['User']}", ".", *clean]
    prepare = "mount --bind . . && cd . && mount -t proc proc proc && mount -o remount,bind,ro ."
    command = ["unshare", "--mount", "/bin/sh", "-c", f"cd {root} && {prepare} && exec {shlex.join(chroot)}"]
    began = time.perf_counter()
    process = subprocess.Popen(command, stdout=subprocess.DEVNULL)
    try:
        while not _healthy(port):
            if time.perf_counter() - began > PATIENCE_SECONDS or process.poll() is not None:
                raise SystemExit("error: the image's application does not answer: its output above says why")
            time.sleep(0.005)
        return time.perf_counter() - began
    finally:
        process.terminate()
        process.wait()


def _healthy(port: int) -> bool:
    try:
        with urllib.request.urlopen(f"http://127.0.0.1:{port}/health", timeout=1) as answer:
            return bool(answer.status == 200)
    except OSError:
        return False


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port
