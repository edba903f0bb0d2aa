"""One call of an AWS API at its pace, with one kind of failure."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from typing import Any

from botocore.exceptions import BotoCoreError, ClientError
from botocore.parsers import ResponseParserError

from fastscale.aws.pace import Pace
from fastscale.errors import FastscaleError
from fastscale.ports import Clock

#: Who waits for its turn looks again after so many seconds …
TURN_SECONDS = 0.05
#: … and gives up after so many.
LONGEST_TURN_SECONDS = 30.0
#: What a client raises when AWS did not answer, or something else did, such as a proxy: that error is no BotoCoreError.
NO_ANSWER = (BotoCoreError, ResponseParserError)
#: What the codes of throttling have in them (ThrottlingException, RequestLimitExceeded, TooManyRequestsException …).
_OVERLOAD = ("Throttl", "LimitExceeded", "TooManyRequests", "SlowDown")


class ApiError(FastscaleError):
    """AWS did not answer, or said no; the line names the operation and the cause. ``code`` is AWS's, if it gave one.

    ``lasting`` marks a no to the request itself, such as for missing rights: the same again is likely to be refused.
    """

    def __init__(self, text: str, code: str = "", *, lasting: bool = False) -> None:
        super().__init__(text)
        self.code = code
        self.lasting = lasting


class NotNowError(ApiError):
    """The call was not made: its share of the quota is used up, or the API refused lately."""


class Calls:
    """Makes calls for one or more threads; the clients are told not to retry, because a pace does."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock

    def make(self, pace: Pace, operation: Callable[..., Any], **arguments: Any) -> Any:
        """The answer of ``operation``. Raises ApiError, and NotNowError when the pace allows no call now."""
        if not pace.take(self._clock.monotonic()):
            raise NotNowError(f"{_name(operation)}: its share of the quota is used up, or it refused lately")
        return self._call(pace, operation, arguments)

    def make_in_turn(self, pace: Pace, operation: Callable[..., Any], **arguments: Any) -> Any:
        """The same, but waits for its turn: for an answer of many pages, which would never be whole otherwise."""
        give_up_at = self._clock.monotonic() + LONGEST_TURN_SECONDS
        while not pace.take(self._clock.monotonic()):
            if self._clock.monotonic() >= give_up_at:
                raise NotNowError(f"{_name(operation)}: no turn in {LONGEST_TURN_SECONDS:g} s")
            time.sleep(TURN_SECONDS)
        return self._call(pace, operation, arguments)

    def _call(self, pace: Pace, operation: Callable[..., Any], arguments: Mapping[str, Any]) -> Any:
        try:
            answer = operation(**arguments)
        except ClientError as error:
            overload = is_overload(error)
            if overload:
                pace.refused(self._clock.monotonic())
            raise ApiError(f"{_name(operation)}: {error}", _code(error), lasting=not overload) from error
        except NO_ANSWER as error:
            pace.refused(self._clock.monotonic())
            raise ApiError(f"{_name(operation)}: {cause(error)}") from error
        if isinstance(answer, Mapping) and not answer.keys() - {"ResponseMetadata"}:
            # No API that we call answers so: botocore makes nothing of what is no JSON, a proxy's page for example.
            pace.refused(self._clock.monotonic())
            raise ApiError(f"{_name(operation)}: the answer is not AWS's")
        pace.worked()
        return answer


def cause(error: Exception) -> str:
    """What ``error`` says, in a line: of a page that is no answer of AWS, botocore adds the whole text."""
    return str(error).partition("\n")[0]


def is_overload(error: ClientError) -> bool:
    """Whether AWS refused because of too many calls or a fault of its own: then nobody should ask for a while."""
    status = int(error.response.get("ResponseMetadata", {}).get("HTTPStatusCode", 0))
    return status >= 500 or any(word in _code(error) for word in _OVERLOAD)


def _code(error: ClientError) -> str:
    return str(error.response.get("Error", {}).get("Code", ""))


def _name(operation: Callable[..., Any]) -> str:
    return getattr(operation, "__name__", "an AWS call")
