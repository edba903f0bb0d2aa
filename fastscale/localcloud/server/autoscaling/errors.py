"""Errors of the Application Auto Scaling API, with AWS's codes."""

from moto.core.exceptions import ServiceException


class ValidationException(ServiceException):
    """A parameter is wrong."""

    code = "ValidationException"


class ObjectNotFoundException(ServiceException):
    """A target, policy or scheduled action is not there."""

    code = "ObjectNotFoundException"
