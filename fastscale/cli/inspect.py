"""`fastscale inspect`: what a template, an assembly, a plan file or a profile does, and what cannot work as meant."""

from __future__ import annotations

from typing import Annotated

import typer


def inspect(
    source: Annotated[
        str,
        typer.Argument(
            metavar="PATH",
            help="A CloudFormation template, a cloud assembly (cdk.out), a plan file, or a profile's name.",
        ),
    ],
    parameter: Annotated[
        list[str] | None, typer.Option(metavar="KEY=VALUE", help="Value of a template parameter; may be repeated.")
    ] = None,
    surge: Annotated[
        str | None,
        typer.Option(
            metavar="10x|RATE", help="Ask whether the first step answers this surge: a factor, or requests/s."
        ),
    ] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print one JSON document instead of tables.")] = False,
    strict: Annotated[bool, typer.Option("--strict", help="Exit with 1 when there are warnings.")] = False,
) -> None:
    """Show services, alarms, policies and schedules, and warn about designs that cannot work as meant.

    Exits 2 when PATH or an option cannot be used.
    """
    from fastscale.inspect import Surge, findings, open_design
    from fastscale.template import parse_options

    asked = Surge.parse(surge) if surge else None
    design = open_design(source, parse_options(parameter or []))
    found = findings(design, asked)
    if as_json:
        import json

        from fastscale.inspect.document import document

        typer.echo(json.dumps(document(design, found), indent=2))
    else:
        from rich.console import Console

        from fastscale.inspect.report import show

        show(Console(soft_wrap=False), design, found)
    if strict and found:
        raise typer.Exit(1)
