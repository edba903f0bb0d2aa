"""What a design does, and what in it cannot work as meant.

:func:`open_design` reads a template, a cloud assembly, a plan file or a profile; :func:`findings` judges it.
"""

from __future__ import annotations

from fastscale.inspect.checks import findings
from fastscale.inspect.finding import CODES, Finding
from fastscale.inspect.source import of_plan, open_design
from fastscale.inspect.surge import Surge

__all__ = ["CODES", "Finding", "Surge", "findings", "of_plan", "open_design"]
