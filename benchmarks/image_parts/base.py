"""Stand-ins for the base images of the Dockerfiles, from Debian's packages: for machines that reach no Docker Hub.

The real ones are Debian too, with a Python that is built from its sources; what the Dockerfiles do runs on both.
"""

from __future__ import annotations

import shutil
import subprocess
from pathlib import Path

from benchmarks.image_parts.buildah import Buildah

#: Its Python is that of the Dockerfiles.
RELEASE = "trixie"
ARCHIVE = "http://deb.debian.org/debian"
SLIM = ("python3", "python3-pip", "python3-venv", "ca-certificates")
FULL = (*SLIM, "binutils")
#: What the real images have not, and the settings of this machine by which pip finds its index.
LEFT_OUT = ("usr/share/doc", "usr/share/man", "usr/share/locale", "var/cache/apt", "var/lib/apt/lists")
OF_THIS_MACHINE = ("etc/pip.conf", "etc/ssl/certs/ca-certificates.crt")


def make(buildah: Buildah) -> None:
    """Both, under the names by which the Dockerfiles know them."""
    for name, packages in (("python:3.13-slim", SLIM), ("python:3.13", FULL)):
        root = buildah.folder / name.replace(":", "-")
        _install(root, packages)
        buildah.commit(root, f"docker.io/library/{name}")
        shutil.rmtree(root)


def _install(root: Path, packages: tuple[str, ...]) -> None:
    program = shutil.which("debootstrap")
    if program is None:
        raise SystemExit("error: debootstrap is not installed: apt-get install debootstrap")
    command = [program, "--variant=minbase", f"--include={','.join(packages)}", RELEASE, str(root), ARCHIVE]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    if done.returncode:
        raise SystemExit(f"error: debootstrap: {(done.stdout.strip().splitlines() or ['no reason given'])[-1]}")
    for left_out in LEFT_OUT:
        shutil.rmtree(root / left_out, ignore_errors=True)
    for own in OF_THIS_MACHINE:
        if Path("/", own).is_file():
            shutil.copy(Path("/", own), root / own)
    (root / "usr/bin/python").symlink_to("python3")
    for marker in (root / "usr/lib").glob("python3*/EXTERNALLY-MANAGED"):  # the real images let pip install
        marker.unlink()
