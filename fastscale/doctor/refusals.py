"""Why a question got no answer, and what helps: credentials, permissions, or the way to AWS."""

from __future__ import annotations

import botocore.exceptions
from botocore.exceptions import (
    BotoCoreError,
    ClientError,
    CredentialRetrievalError,
    NoCredentialsError,
    PartialCredentialsError,
    SSOError,
    TokenRetrievalError,
)
from botocore.parsers import ResponseParserError

from fastscale.aws.calls import cause
from fastscale.doctor.finding import Finding, problem

#: Codes with which AWS services say that a permission is missing.
DENIED = frozenset(
    {"AccessDenied", "AccessDeniedException", "UnauthorizedOperation", "UnauthorizedException", "AuthorizationError"}
)
#: Codes with which they refuse credentials that have ended or never were (AWS General Reference, "Common errors").
REFUSED = frozenset(
    {
        "ExpiredToken",
        "ExpiredTokenException",
        "InvalidAccessKeyId",
        "InvalidClientTokenId",
        "InvalidToken",
        "UnrecognizedClientException",
        "AuthFailure",
    }
)
#: Codes for a secret that does not belong to its key, or a clock that is minutes off.
MISSIGNED = frozenset({"SignatureDoesNotMatch", "InvalidSignatureException", "RequestExpired", "RequestTimeTooSkewed"})
THROTTLED = frozenset({"Throttling", "ThrottlingException", "RequestLimitExceeded", "TooManyRequestsException"})

_NONE = (NoCredentialsError, PartialCredentialsError)
#: The session of `aws login` is unknown to older versions of botocore.
_ENDED = (SSOError, TokenRetrievalError, CredentialRetrievalError, getattr(botocore.exceptions, "LoginError", SSOError))
_LOG_IN = "log in again: these credentials have expired or are not valid"


def unanswered(subject: str, error: BotoCoreError | ClientError | ResponseParserError) -> Finding:
    """The problem that ``error`` is, about ``subject``."""
    if isinstance(error, ClientError):
        return _refused(subject, error)
    if isinstance(error, _NONE):
        return problem(subject, str(error), fix="aws configure, or set AWS_PROFILE or AWS_ACCESS_KEY_ID")
    if isinstance(error, _ENDED):
        return problem(subject, str(error), fix=_LOG_IN)
    return problem(subject, cause(error), fix="check the network, the Region and AWS_ENDPOINT_URL")


def _refused(subject: str, error: ClientError) -> Finding:
    code, message = error.response["Error"]["Code"], error.response["Error"]["Message"]
    return problem(subject, f"{error.operation_name}: {code}: {message}", fix=_fix(code, error.operation_name))


def _fix(code: str, action: str) -> str:
    if code in DENIED:
        return f"allow the action {action} to these credentials"
    if code in REFUSED:
        return _LOG_IN
    if code in MISSIGNED:
        return "check that the secret belongs to the key, and that this machine's clock is right"
    if code in THROTTLED:
        return "ask again in a minute: other callers use up this API's quota"
    return "deploy the stacks, then ask again"
