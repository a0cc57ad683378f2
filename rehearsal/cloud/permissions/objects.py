"""How S3 answers a session of a role about objects: in what it may not find out, and object by object in deletions."""

from __future__ import annotations

from typing import Any

import xmltodict
from moto.core.responses import ActionResult
from moto.s3.models import FakeDeleteMarker, s3_backends
from moto.s3.responses import S3Response

from rehearsal.cloud.permissions.buckets import denied_bucket, denied_object
from rehearsal.cloud.permissions.callers import caller_of
from rehearsal.cloud.permissions.decision import Caller, Denial


def install() -> None:
    """Let DeleteObjects answer for each object: those that are denied are errors in its answer, the others go."""
    answer = S3Response._bucket_response_delete_keys

    def delete_keys(self: S3Response, bucket_name: str, authenticated: bool = True) -> Any:
        caller = caller_of(self.access_key, self.region)
        document = xmltodict.parse(self.body, strip_whitespace=False)
        if caller is None or "Object" not in (document["Delete"] or {}):
            return answer(self, bucket_name, authenticated)
        denials = {}
        allowed = []
        for one in _listed(document["Delete"]["Object"]):
            action = "s3:DeleteObjectVersion" if one.get("VersionId") else "s3:DeleteObject"
            denial = denied_object(caller, action, bucket_name, one["Key"])
            if denial:
                denials[one["Key"]] = denial
            else:
                allowed.append(one)
        errors = [{"Key": key, "Code": "AccessDenied", "Message": f"User: {it}"} for key, it in denials.items()]
        if not allowed:
            self.data["Action"] = "DeleteObjects"
            return self.serialized(ActionResult({"Deleted": [], "Errors": errors}))
        document["Delete"]["Object"] = allowed
        self.body = xmltodict.unparse(document)
        serialize = self.serialized

        def with_errors(result: Any) -> Any:
            result.result["Errors"] = [*result.result["Errors"], *errors]
            return serialize(result)

        self.serialized = with_errors  # type: ignore[assignment, method-assign]
        return answer(self, bucket_name, authenticated)

    S3Response._bucket_response_delete_keys = delete_keys  # type: ignore[method-assign]


def denied_news(caller: Caller, bucket: str, key: str) -> Denial | None:
    """Decide whether somebody who may read an object may also learn that it does not exist.

    Without the permission to list the bucket S3 answers 403 in the place of 404:
    https://docs.aws.amazon.com/AmazonS3/latest/API/API_GetObject.html

    Parameters
    ----------
    caller
        Who asks.
    bucket, key
        The object.

    Returns
    -------
    Denial or None
        None for objects and buckets that may be known; a bucket that is missing is no secret.
    """
    if bucket not in s3_backends.bucket_accounts:
        return None
    partition, account = s3_backends.bucket_accounts[bucket]
    stored = s3_backends[account][partition].buckets[bucket].keys.get(key)
    if stored is not None and not isinstance(stored, FakeDeleteMarker):
        return None
    return denied_bucket(caller, "s3:ListBucket", bucket)


def _listed(objects: Any) -> list[dict[str, str]]:
    return objects if isinstance(objects, list) else [objects]
