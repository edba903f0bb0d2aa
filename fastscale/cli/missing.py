"""Optional parts that are not installed: which extra brings them."""

from __future__ import annotations

from importlib.util import find_spec

from fastscale.errors import MissingPartError

#: What is imported, or looked up as a distribution, and the extra of the package that has it.
EXTRAS = {
    **dict.fromkeys(("boto3", "botocore"), "aws"),
    **dict.fromkeys(("pydantic", "pydantic_core"), "plan"),
    **dict.fromkeys(("typer", "rich", "yaml"), "cli"),
    **dict.fromkeys(("aws_cdk", "aws-cdk-lib", "cdk_nag", "constructs"), "cdk"),
    **dict.fromkeys(("moto", "psutil", "werkzeug"), "local"),
    **dict.fromkeys(("gevent", "geventhttpclient", "locust"), "load"),
    **dict.fromkeys(("jinja2", "numpy", "optuna", "plotly"), "simulate"),
    "prometheus_client": "sidecar",
    "opentelemetry": "otel",
}
#: Brings everything that the commands need.
EVERYTHING = "demo"


def require(*modules: str) -> None:
    """Raise MissingPartError for the first that another process of ours would miss, before that is started."""
    for module in modules:
        if find_spec(module) is None:
            raise _missing(module)


def missing_part(error: ModuleNotFoundError) -> MissingPartError | None:
    """What to say to a person when an import failed; None when it is no optional part that is missing."""
    module = (error.name or "").partition(".")[0]
    return _missing(module) if module in EXTRAS else None


def _missing(module: str) -> MissingPartError:
    return MissingPartError(
        f"{module} is not installed, which this command needs: pip install 'fastscale[{EXTRAS[module]}]' brings it, "
        f"'fastscale[{EVERYTHING}]' all that commands need"
    )
