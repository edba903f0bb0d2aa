"""What the image adds to its base: the application's dependencies and its code, as layers of gzip and of zstd.

There need not be a container engine: the same files are laid out in a folder, trimmed by the Dockerfile's own commands,
and packed as a layer is.
"""

from __future__ import annotations

import compileall
import re
import shutil
import subprocess
import tarfile
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from importlib.metadata import Distribution, distribution
from pathlib import Path

from packaging.requirements import Requirement

ROOT = Path(__file__).resolve().parents[2]
DOCKERFILE = ROOT / "app" / "Dockerfile"
#: Where the Dockerfile has the dependencies.
SITE = "/venv/lib/python3.13/site-packages"
#: As container engines compress by default, and as zstd is recommended for Fargate.
GZIP = ("gzip", "-6", "--stdout")
ZSTD = ("zstd", "-3", "--quiet", "--stdout")


@dataclass(frozen=True)
class Layers:
    """Megabytes: as files, and packed. None when there is no zstd on this machine."""

    files: float
    gzip: float
    zstd: float | None


def measure() -> tuple[Layers, Layers]:
    """What dependencies and code take as they are installed, and after the Dockerfile has trimmed them."""
    with tempfile.TemporaryDirectory() as folder:
        site = Path(folder) / "site-packages"
        lay_out(site)
        before = _layers(site)
        trim(site)
        return before, _layers(site)


def lay_out(site: Path) -> None:
    """Copy what ``pip install ".[app]"`` would install, from this environment, and compile it as pip does."""
    for found in _needed("fastscale", ("app",)):
        for file in found.files or ():
            source = Path(str(found.locate_file(file)))
            if ".." not in file.parts and source.is_file() and source.suffix != ".pyc":
                target = site / file
                target.parent.mkdir(parents=True, exist_ok=True)
                shutil.copyfile(source, target)
    shutil.copytree(ROOT / "fastscale" / "meter", site / "fastscale" / "meter", dirs_exist_ok=True)
    shutil.copytree(ROOT / "app", site / "app")
    compileall.compile_dir(site, quiet=2)


def trim(site: Path) -> None:
    """Run on ``site`` what the Dockerfile runs on the dependencies to make them small."""
    for command in trimming():
        subprocess.run(["/bin/sh", "-c", command.replace(SITE, str(site))], check=True)


def trimming() -> list[str]:
    """The commands of the Dockerfile that take something away."""
    text = DOCKERFILE.read_text().replace("\\\n", "")
    return [line.strip() for line in re.findall(r"^RUN (.*)$", text, re.M) if line.startswith(f"find {SITE}")]


def _needed(project: str, extras: tuple[str, ...]) -> Iterator[Distribution]:
    """The distributions that ``project`` needs with ``extras``, without itself."""
    found: dict[str, Distribution] = {}
    seen: set[tuple[str, tuple[str, ...]]] = set()
    waiting = [(project, extras)]
    while waiting:
        wanted, options = waiting.pop()
        if (wanted, options) in seen:
            continue
        seen.add((wanted, options))
        here = found[wanted.lower()] = distribution(wanted)
        for text in here.requires or ():
            needed = Requirement(text)
            if needed.marker is None or any(needed.marker.evaluate({"extra": extra}) for extra in (*options, "")):
                waiting.append((needed.name, tuple(needed.extras)))
    yield from (here for name, here in found.items() if name != project)


def _layers(site: Path) -> Layers:
    files = sum(path.stat().st_size for path in site.rglob("*") if path.is_file())
    with tempfile.NamedTemporaryFile(suffix=".tar") as packed:
        with tarfile.open(packed.name, "w") as archive:
            archive.add(site, arcname="site-packages")
        gzip = _packed(packed.name, GZIP)
        zstd = _packed(packed.name, ZSTD) if shutil.which(ZSTD[0]) else None
    return Layers(files / 1e6, gzip, zstd)


def _packed(path: str, command: tuple[str, ...]) -> float:
    return len(subprocess.run([*command, path], check=True, stdout=subprocess.PIPE).stdout) / 1e6
