"""Errors of the CloudWatch API, with AWS's codes."""

from moto.core.exceptions import ServiceException


class ValidationError(ServiceException):
    """A parameter does not satisfy the API's constraints."""

    code = "ValidationError"


class InvalidParameterValue(ServiceException):
    """A parameter has a bad value."""

    code = "InvalidParameterValue"


class InvalidParameterCombination(ServiceException):
    """Parameters that exclude each other were given together."""

    code = "InvalidParameterCombination"


class InvalidFormat(ServiceException):
    """Data was not in the format that the API wants."""

    code = "InvalidFormat"


class ResourceNotFound(ServiceException):
    """The alarm is not there."""

    code = "ResourceNotFound"
