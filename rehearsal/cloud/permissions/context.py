"""The condition keys that every request has."""

from __future__ import annotations

from collections.abc import Sequence

from rehearsal.cloud.permissions.decision import Caller


def context_of(caller: Caller, resource_account: str, region: str = "") -> dict[str, str | Sequence[str] | None]:
    """Return the values of the global condition keys.

    Parameters
    ----------
    caller
        Who asks.
    resource_account
        The account that owns the resource.
    region
        Where the request is made, if that is known.
    """
    found: dict[str, str | Sequence[str] | None] = {
        "aws:PrincipalArn": caller.role_arn,
        "aws:PrincipalAccount": caller.account,
        "aws:PrincipalType": "AssumedRole",
        "aws:PrincipalIsAWSService": "false",
        "aws:ViaAWSService": "false",
        "aws:ResourceAccount": resource_account,
        "aws:SecureTransport": "true",  # what goes to 127.0.0.1 here goes to AWS by TLS
        "aws:username": None,
        "aws:PrincipalTag/*": None,
    }
    if region:
        found["aws:RequestedRegion"] = region
    return found | {f"aws:PrincipalTag/{name}": value for name, value in caller.tags}
