"""`fastscale init`: a plan file to begin with."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from fastscale.cli.plan_choice import DEFAULT_PROFILE, PLAN_FILE

HEADER = """\
# A plan of fastscale: what the service is and how it scales, complete. It was written from the profile `{profile}`.
# Change what differs for your service; a value that AWS would refuse is named when the file is read.
#
#   fastscale inspect {path}            what it does, and what in it cannot work as meant
#   fastscale demo --plan {path}        a surge meets it on this machine
#   fastscale cost --plan {path}        what it costs a month

"""


def init(
    path: Annotated[Path, typer.Argument(help="The file to write.")] = PLAN_FILE,
    profile: Annotated[str, typer.Option(help="Plan to start from: default or reference.")] = DEFAULT_PROFILE,
    force: Annotated[bool, typer.Option("--force", help="Overwrite the file when it is there.")] = False,
) -> None:
    """Write a commented plan file to begin with. Exits 2 when the file is there already."""
    from fastscale import plan_file, profiles

    text = HEADER.format(profile=profile, path=path) + plan_file.dump(profiles.profile(profile))
    _write(path, text, force=force)
    typer.echo(f"Wrote {path} from the profile {profile}. Next: fastscale inspect {path}")


def _write(path: Path, text: str, *, force: bool) -> None:
    """Raises InputError in one line; without ``force`` a file that is there is never touched, not even in a race."""
    from fastscale.errors import InputError

    try:
        with path.open("w" if force else "x", encoding="utf-8") as file:
            file.write(text)
    except FileExistsError as error:
        raise InputError(f"{path} is there already: --force overwrites it, or name another file") from error
    except OSError as error:
        raise InputError(f"{path} cannot be written: {error.strerror}") from error
