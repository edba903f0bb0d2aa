"""Errors of the CloudFormation API, with AWS's codes."""

from moto.core.exceptions import ServiceException


class ValidationError(ServiceException):
    """A request, a template or a parameter is wrong."""

    code = "ValidationError"


class AlreadyExistsException(ServiceException):
    """There is a stack of that name."""

    code = "AlreadyExistsException"


class ChangeSetNotFoundException(ServiceException):
    """There is no change set of that name."""

    code = "ChangeSetNotFound"
