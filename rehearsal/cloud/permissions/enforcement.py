"""Denies, before a request is answered, what the policies of the caller's role do not allow.

moto can do so itself, but looks at neither resources nor conditions. Whoever calls by a role's session is held to its
policies; the rehearsal's own administrators are not.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any
from urllib.parse import unquote

from moto.core.exceptions import ServiceException
from moto.core.responses import ActionResult, BaseResponse
from moto.iam.access_control import PermissionResult
from moto.s3.exceptions import S3ClientError
from moto.s3.models import FakeBucket
from moto.s3.responses import S3Response

from rehearsal.cloud.permissions import objects
from rehearsal.cloud.permissions.buckets import denied_bucket, denied_list, denied_object
from rehearsal.cloud.permissions.callers import caller_of
from rehearsal.cloud.permissions.decision import Caller, Denial, decide
from rehearsal.cloud.permissions.objects import denied_news
from rehearsal.cloud.permissions.operations import ALWAYS_ALLOWED, action_of, requests_of
from rehearsal.cloud.permissions.topics import denied_topic_key, policy_of_topic

_BUCKET_ACTIONS = {"HeadBucket": "ListBucket"}
_CODES = {
    **dict.fromkeys(("sts", "cloudformation", "iam", "cloudwatch"), "AccessDenied"),
    "sns": "AuthorizationError",
}
"""What services call the error, where it is not AccessDeniedException."""


class _DeniedError(ServiceException):
    """An answer with AWS's words."""


class _S3DeniedError(S3ClientError):
    def __init__(self, denial: Denial) -> None:
        super().__init__("AccessDenied", f"User: {denial}")


def install() -> None:
    """Let every request be decided on first."""
    answer = BaseResponse.call_action

    def call_action(self: BaseResponse) -> Any:
        caller = None if isinstance(self, S3Response) else caller_of(self.access_key, self.region)
        denial = caller and _denied(self, caller)
        return answer(self) if not denial else answer_denied(self, str(denial), of=denial.request.action)

    BaseResponse.call_action = call_action  # type: ignore[method-assign]
    S3Response._authenticate_and_authorize_s3_action = _check_s3  # type: ignore[assignment, method-assign]
    objects.install()
    # moto's own look at bucket policies denies everything that a statement with a condition denies
    FakeBucket.get_permission = _no_opinion  # type: ignore[method-assign]


def answer_denied(response: BaseResponse, denial: str, *, of: str | None = None) -> Any:
    """Return the answer to a request that is denied.

    Parameters
    ----------
    response
        moto's answer to the request, not begun yet.
    denial
        The text of the denial.
    of
        The action that is denied, where it is another than the request's own: the use of a key.
    """
    service = action_of(response).partition(":")[0]
    code = _CODES.get(service, "AccessDeniedException")
    if service == "sns" and of and of.startswith("kms:"):
        code = "KMSAccessDenied"
    status, headers, body = response.serialized(ActionResult(_DeniedError(code, f"User: {denial}")))
    headers, body = response._enrich_response(headers, body)
    return status, headers, body


def _denied(response: BaseResponse, caller: Caller) -> Denial | None:
    action = action_of(response)
    # a role's trust policy has a say in AssumeRole, which is decided on where that is
    if action in ALWAYS_ALLOWED or action == "sts:AssumeRole":
        return None
    for request in requests_of(response, caller):
        denial = decide(caller, request, policy_of_topic(request.resource))
        if denial is None and action == "sns:Publish":
            denial = denied_topic_key(caller, request.resource)
        if denial:
            return denial
    return None


def _check_s3(self: S3Response, bucket_name: str | None = None, key_name: str | None = None) -> None:
    caller = caller_of(self.access_key, self.region)
    if caller is None or bucket_name is None:
        return
    action = self.data["Action"]
    action = f"s3:{_BUCKET_ACTIONS.get(action, action)}"
    for check in _checks(self, caller, action, bucket_name, key_name):
        denial = check()
        if denial:
            raise _S3DeniedError(denial)


def _checks(
    response: S3Response, caller: Caller, action: str, bucket: str, key: str | None
) -> list[Callable[[], Denial | None]]:
    if action == "s3:DeleteObject" and not key:
        return []  # DeleteObjects: its answer tells what was denied
    if key:
        checks = [lambda: denied_object(caller, action, bucket, key)]
        if action == "s3:GetObject" and "versionId" not in response.querystring:
            checks.append(lambda: denied_news(caller, bucket, key))
        source = unquote(response.headers.get("x-amz-copy-source", "")).partition("?")[0].lstrip("/")
        if source:
            from_bucket, _, from_key = source.partition("/")
            checks.append(lambda: denied_object(caller, "s3:GetObject", from_bucket, from_key))
            checks.append(lambda: denied_news(caller, from_bucket, from_key))
        return checks
    if action in ("s3:ListBucket", "s3:ListBucketVersions"):
        query = response.querystring
        context = {name: query.get(name.partition(":")[2], [None])[0] for name in ("s3:prefix", "s3:delimiter")}
        if action == "s3:ListBucket" and response.data["Action"] == "ListBucket":
            return [lambda: denied_list(caller, bucket, context["s3:prefix"], context["s3:delimiter"])]
        return [lambda: denied_bucket(caller, action, bucket, context)]
    return [lambda: denied_bucket(caller, action, bucket)]


def _no_opinion(self: FakeBucket, action: str, resource: str) -> PermissionResult:
    return PermissionResult.NEUTRAL
