"""Which files of the package the images are made of. Importing this module does not import the CDK."""

from __future__ import annotations

from pathlib import Path

PACKAGE = Path(__file__).resolve().parents[1]
PROJECT_ROOT = PACKAGE.parent

#: What Pulse imports and how its image is built, by patterns from the package's folder. A file that is not here can
#: change without a new image, so without a new start of the controller.
PULSE_SOURCES = (
    *(
        "__init__.py",
        "aws_facts.py",
        "backoff.py",
        "errors.py",
        "files.py",
        "intervals.py",
        "loops.py",
        "names.py",
        "pauses.py",
        "ports.py",
        "profiles.py",
        "series.py",
        "statistic.py",
    ),
    *("aws/**/*.py", "control/**/*.py", "decide/**/*.py", "plan/**/*.py", "plan_file/**/*.py", "pulse/**/*.py"),
    *("pulse/Dockerfile", "pulse/requirements.txt", "pulse/constraints.txt"),
)
#: Of these, what people see on their own machine (`fastscale forecast`): it needs libraries that the image has not.
PULSE_LEFT_OUT = ("pulse/forecast",)
