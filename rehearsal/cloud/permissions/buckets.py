"""What reading and writing an object asks for: the bucket's policy, and the key that encrypts it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from moto.kms.models import kms_backends
from moto.s3.models import FakeBucket, s3_backends

from rehearsal.cloud.permissions.callers import parsed
from rehearsal.cloud.permissions.context import context_of
from rehearsal.cloud.permissions.decision import Caller, Denial, ResourcePolicy, decide
from rehearsal.cloud.permissions.policy import Request

_USES_KEY = {"s3:GetObject": "kms:Decrypt", "s3:GetObjectVersion": "kms:Decrypt", "s3:PutObject": "kms:GenerateDataKey"}


def denied_object(caller: Caller, action: str, bucket: str, key: str) -> Denial | None:
    """Decide on an action on an object, and on the use of the key that its bucket is encrypted with.

    Parameters
    ----------
    caller
        Who asks.
    action
        For example ``s3:GetObject``.
    bucket, key
        The object, which need not exist.

    Returns
    -------
    Denial or None
        None if it is allowed, and for buckets that do not exist.
    """
    return _denied(caller, action, bucket, key, {}) or _denied_key(caller, action, bucket)


def denied_bucket(
    caller: Caller, action: str, bucket: str, context: Mapping[str, str | None] | None = None
) -> Denial | None:
    """Decide on an action on a bucket.

    Parameters
    ----------
    caller
        Who asks.
    action
        For example ``s3:GetBucketLocation``.
    bucket
        The bucket.
    context
        Values of condition keys.
    """
    return _denied(caller, action, bucket, "", context or {})


def denied_list(caller: Caller, bucket: str, prefix: str | None, delimiter: str | None = None) -> Denial | None:
    """Decide on listing what begins with a prefix, as ListObjects does.

    Parameters
    ----------
    caller
        Who asks.
    bucket, prefix
        What is to be listed; None if the request has no prefix.
    delimiter
        The request's delimiter.
    """
    return _denied(caller, "s3:ListBucket", bucket, "", {"s3:prefix": prefix, "s3:delimiter": delimiter})


def _denied(caller: Caller, action: str, bucket: str, key: str, context: Mapping[str, str | None]) -> Denial | None:
    found = _bucket(bucket)
    account = found.account_id if found else caller.account
    policy = parsed(found.policy) if found and found.policy else ()
    partition = caller.role_arn.split(":")[1]
    arn = f"arn:{partition}:s3:::{bucket}" + (f"/{key}" if key else "")
    # a request for an object has neither prefix nor delimiter
    known = {"s3:ResourceAccount": account, "s3:prefix": None, "s3:delimiter": None, **context}
    request = Request(action, arn, context_of(caller, account) | known)
    return decide(caller, request, ResourcePolicy(account, policy))


def _denied_key(caller: Caller, action: str, bucket: str) -> Denial | None:
    found = _bucket(bucket)
    if found is None or action not in _USES_KEY or not found.encryption:
        return None
    default: dict[str, Any] = found.encryption["Rule"].get("ApplyServerSideEncryptionByDefault", {})
    named = default.get("KMSMasterKeyID")
    if not named or not str(default.get("SSEAlgorithm", "")).startswith("aws:kms"):
        return None
    region = named.split(":")[3] if named.startswith("arn:") else found.region_name
    account = named.split(":")[4] if named.startswith("arn:") else found.account_id
    backend = kms_backends[account][region]
    key = backend.keys.get(backend.get_key_id(named))
    if key is None:
        return None
    context = context_of(caller, account) | {"kms:ViaService": f"s3.{region}.amazonaws.com"}
    policy = ResourcePolicy(account, parsed(key.policy), decides=True)
    return decide(caller, Request(_USES_KEY[action], key.arn, context), policy)


def _bucket(name: str) -> FakeBucket | None:
    if name not in s3_backends.bucket_accounts:
        return None
    partition, account = s3_backends.bucket_accounts[name]
    return s3_backends[account][partition].buckets.get(name)
