"""Somebody else's CloudFormation, read into plans.

:func:`read` takes a template or a CDK cloud assembly and returns a :class:`Design`: one plan per scalable ECS service,
and by logical id, with the reason, whatever bears on scaling and is in no plan. Values that only a deployment knows
stay as placeholders such as ``${Service.Name}``.
"""

from __future__ import annotations

from fastscale.template.design import Design, NotModelled, Publishers, ServiceDesign, metered
from fastscale.template.parameters import parse_options
from fastscale.template.reading import read

__all__ = ["Design", "NotModelled", "Publishers", "ServiceDesign", "metered", "parse_options", "read"]
