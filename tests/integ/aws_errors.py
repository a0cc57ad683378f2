"""What the errors of AWS mean for the test."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from botocore.exceptions import BotoCoreError, ClientError

_LIMITS = frozenset(
    {"ConcurrentRunsExceededException", "ResourceNumberLimitExceededException", "ExecutionLimitExceeded"}
)
_THROTTLED = frozenset(
    {"ThrottlingException", "Throttling", "TooManyRequestsException", "RequestLimitExceeded", "ThrottledException"}
)
_UNCLEAR = frozenset({"InternalServiceException", "OperationTimeoutException", "ServiceUnavailable"})
_SERVER_FAULT = 500


class NotNowError(Exception):
    """AWS refused for now and did nothing: a limit, or throttling. Ask again later."""


class UnclearError(Exception):
    """No answer, or a fault of the service: nobody knows whether it did what was asked."""


class RefusedError(Exception):
    """AWS refused, and would again."""


@contextmanager
def sorted_errors() -> Iterator[None]:
    """Turn the errors of AWS into the three that matter here."""
    try:
        yield
    except ClientError as error:
        code, message = error.response["Error"]["Code"], error.response["Error"].get("Message", "")
        text = f"{code}: {message}"
        if code in _LIMITS | _THROTTLED:
            raise NotNowError(text) from None
        if code in _UNCLEAR or error.response["ResponseMetadata"]["HTTPStatusCode"] >= _SERVER_FAULT:
            raise UnclearError(text) from None
        raise RefusedError(text) from None
    except BotoCoreError as error:
        raise UnclearError(str(error)) from None
