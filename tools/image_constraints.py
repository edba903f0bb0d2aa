"""Write what the images install, to the version: `python tools/image_constraints.py`.

Of constraints.txt, the versions that the tests ran with, an image gets those that it installs and no others: a new
version of a tool is no new image. Which those are is read from the packages that are installed here, so that the
environment must have the extras `app` and `plan`.
"""

from __future__ import annotations

import sys
from importlib.metadata import requires
from pathlib import Path

from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

ROOT = Path(__file__).resolve().parent.parent
HEADER = "# Written by tools/image_constraints.py: what this image installs, from the project's constraints.txt.\n"
#: From the file to what its image installs: names as pip takes them.
IMAGES = {
    ROOT / "app" / "constraints.txt": ["fastscale[app]"],
    ROOT / "fastscale" / "pulse" / "constraints.txt": (ROOT / "fastscale/pulse/requirements.txt").read_text().split(),
}


def main() -> int:
    """Write the files."""
    for path, wanted in IMAGES.items():
        path.write_text(constraints(wanted))
        print(path.relative_to(ROOT))
    return 0


def constraints(wanted: list[str]) -> str:
    """The lines of constraints.txt that are about ``wanted`` and about what these need."""
    needed: set[str] = set()
    pending = [Requirement(text) for text in wanted]
    while pending:
        requirement = pending.pop()
        name = canonicalize_name(requirement.name)
        key = f"{name}[{','.join(sorted(requirement.extras))}]"
        if key in needed:
            continue
        needed |= {name, key}
        pending += _needs(requirement)
    return HEADER + "".join(line for line in _pins() if canonicalize_name(line.partition("==")[0]) in needed)


def _needs(requirement: Requirement) -> list[Requirement]:
    """What a package asks for, with the extras that were asked of it."""
    found = [Requirement(text) for text in requires(requirement.name) or []]
    environments = [{"extra": extra} for extra in ("", *requirement.extras)]
    return [one for one in found if one.marker is None or any(map(one.marker.evaluate, environments))]


def _pins() -> list[str]:
    lines = (ROOT / "constraints.txt").read_text().splitlines(keepends=True)
    return [line for line in lines if "==" in line]


if __name__ == "__main__":
    sys.exit(main())
