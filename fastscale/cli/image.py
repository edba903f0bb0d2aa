"""`fastscale build` and `push`: the container image of the application, for the plan's processors."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from fastscale.cli.options import PlanFile, Profile, Region
from fastscale.image.packing import SOCI_PAYS_ABOVE_BYTES, Compression

if TYPE_CHECKING:
    from fastscale.image.recipe import Recipe
    from fastscale.image.repository import Pushed
    from fastscale.plan import Plan

File = Annotated[Path, typer.Option("--file", help="Dockerfile.")]
Context = Annotated[Path, typer.Option(help="Folder that the Dockerfile may copy from.")]
Tag = Annotated[str, typer.Option(help="Tag of the image.")]
EngineName = Annotated[
    str | None,
    typer.Option("--engine", help="docker, podman, finch, nerdctl or buildah; default: the first that answers."),
]
DOCKERFILE = Path("app/Dockerfile")


def build(
    profile: Profile = None,
    plan: PlanFile = None,
    file: File = DOCKERFILE,
    context: Context = Path(),
    tag: Tag = "latest",
    engine: EngineName = None,
) -> None:
    """Build the image, by whichever container engine is there, for the processors that the plan names."""
    from fastscale.cli.plan_choice import load_plan
    from fastscale.image import engine as engines

    loaded = load_plan(profile, plan)
    recipe, name = _recipe(loaded, file, context), f"{loaded.task.family}:{tag}"
    recipe.build(engines.find(engine), name)
    typer.echo(f"Image: {name}")
    typer.echo("Next: `fastscale push` puts it into Amazon ECR.")


def push(
    profile: Profile = None,
    plan: PlanFile = None,
    file: File = DOCKERFILE,
    context: Context = Path(),
    tag: Tag = "latest",
    engine: EngineName = None,
    repository: Annotated[
        str | None, typer.Option(help="Repository in Amazon ECR; default: the task family of the plan.")
    ] = None,
    region: Region = None,
    compression: Annotated[
        Compression, typer.Option(help="Of the layers, where the engine can choose. A SOCI index needs gzip.")
    ] = Compression.ZSTD,
    yes: Annotated[bool, typer.Option("--yes", "-y", help="Create the repository without asking.")] = False,
) -> None:
    """Build the image and push it to Amazon ECR, compressed by zstd where the engine can: tasks start sooner."""
    from fastscale.aws.session import environment_clients
    from fastscale.cli.agreement import ask
    from fastscale.cli.plan_choice import load_plan
    from fastscale.image import engine as engines
    from fastscale.image.repository import Repository

    loaded = load_plan(profile, plan)
    recipe = _recipe(loaded, file, context)
    found = engines.find(engine)
    ecr = environment_clients(region, default_region=loaded.region)("ecr")
    target = Repository(ecr, repository or loaded.task.family)
    uri = target.uri()
    if uri is None:
        ask(f"Create the repository {target.name} in Amazon ECR ({ecr.meta.region_name})?", yes=yes)
        uri = target.create()
    target.log_in(found, uri)
    recipe.push(found, f"{uri}:{tag}", compression)
    pushed = target.pushed(uri, tag)
    typer.echo(f"Pushed: {pushed.bytes_compressed / 1e6:,.1f} MB of {' and '.join(pushed.compressions)} layers")
    if pushed.bytes_compressed > SOCI_PAYS_ABOVE_BYTES:
        typer.echo(_index(pushed, f"{uri}:{tag}"))
    typer.echo(f'Next: put  image = "{pushed.uri}"  below [task] in the plan file, then `fastscale deploy`.')


def _index(pushed: Pushed, image: str) -> str:
    """How a large image gets the index with which tasks start before it is complete."""
    size = f"Tasks start sooner from an image of more than {SOCI_PAYS_ABOVE_BYTES / 1e6:.0f} MB with a SOCI index"
    if pushed.compressions != (Compression.GZIP.value,):
        return f"{size}, which needs gzip: push again with --compression gzip"
    return f"{size}:\n  nerdctl pull {image} && soci convert {image} {image}-soci && nerdctl push {image}-soci"


def _recipe(plan: Plan, file: Path, context: Path) -> Recipe:
    from fastscale.image.recipe import Recipe

    return Recipe(dockerfile=file, context=context, architecture=plan.task.architecture)
