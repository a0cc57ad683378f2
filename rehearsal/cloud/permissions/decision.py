"""Whether a caller may do what it asks for, and in AWS's words why not.

Follows https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_evaluation-logic.html
"""

from __future__ import annotations

from dataclasses import dataclass

from rehearsal.cloud.permissions.policy import Request, Statement, Verdict, judge, principals_of


@dataclass(frozen=True)
class Caller:
    """A session of a role.

    Parameters
    ----------
    arn
        ``arn:aws:sts::<account>:assumed-role/<role>/<session>``.
    role_arn, account
        The role and its account.
    identity
        Statements of the role's own policies.
    boundaries
        Statements of each policy that bounds them: permissions boundary, session policy.
    tags
        Names and values of the role's tags.
    """

    arn: str
    role_arn: str
    account: str
    identity: tuple[Statement, ...]
    boundaries: tuple[tuple[Statement, ...], ...] = ()
    tags: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True)
class ResourcePolicy:
    """The policy on a resource itself.

    Parameters
    ----------
    account
        The account that owns the resource.
    statements
        What its policy says.
    decides
        Whether nobody may do anything that it does not let them, as with keys and the trust of roles; the policy of a
        bucket only adds to what its own account's identities may do.
    """

    account: str
    statements: tuple[Statement, ...] = ()
    decides: bool = False


@dataclass(frozen=True)
class Denial:
    """A request that is denied.

    Parameters
    ----------
    caller
        ARN of who asked.
    request
        What was asked for.
    reason
        The end of AWS's sentence.
    """

    caller: str
    request: Request
    reason: str

    def __str__(self) -> str:
        resource = self.request.resource or "*"
        shown = f'"{resource}"' if self.request.action.startswith("s3:") else resource  # S3 quotes it
        return f"{self.caller} is not authorized to perform: {self.request.action} on resource: {shown} {self.reason}"


def decide(caller: Caller, request: Request, resource: ResourcePolicy | None = None) -> Denial | None:
    """Decide on a request.

    Parameters
    ----------
    caller
        Who asks.
    request
        What for.
    resource
        The policy of the resource, or None for resources that have none; they belong to the caller's account.

    Returns
    -------
    Denial or None
        None if the request is allowed.
    """
    identity = judge(caller.identity, request)
    bounds = [judge(boundary, request) for boundary in caller.boundaries]
    direct, delegated = _granted(resource, caller, request)
    same = resource is None or resource.account == caller.account
    answers = [("an identity-based policy", identity), ("a resource-based policy", _both(direct, delegated))]
    for kind, verdict in [*answers, *(("a permissions boundary", bound) for bound in bounds)]:
        if verdict.denied:
            return Denial(caller.arn, request, _noted(f"with an explicit deny in {kind}", verdict))
    for bound in bounds:
        if not bound.allowed:
            return Denial(caller.arn, request, _noted(_missing("permissions boundary", request), bound))
    if direct.allowed and same:
        return None
    granted = direct.allowed or delegated.allowed
    if not granted and (not same or (resource is not None and resource.decides)):
        if identity.allowed:
            return Denial(caller.arn, request, _noted(_missing("resource-based policy", request), direct))
    elif identity.allowed:
        return None
    return Denial(caller.arn, request, _noted(_missing("identity-based policy", request), identity))


def _granted(resource: ResourcePolicy | None, caller: Caller, request: Request) -> tuple[Verdict, Verdict]:
    """Return what the resource's policy says to the caller itself, and what to the caller's account."""
    statements = resource.statements if resource else ()
    partition = caller.role_arn.split(":")[1]
    itself = {"*", caller.arn, caller.role_arn}
    account = {caller.account, f"arn:{partition}:iam::{caller.account}:root"}
    named = [(statement, set(principals_of(statement, "AWS"))) for statement in statements]
    # whom NotPrincipal leaves out is not looked at: AWS advises against it, and a Deny with it then holds for all
    others = [statement for statement in statements if "NotPrincipal" in statement.elements]
    denying = [statement for statement in others if statement.effect == "Deny"]
    direct = [statement for statement, names in named if names & itself]
    delegated = [statement for statement, names in named if names & account and not names & itself]
    return judge([*direct, *denying], request), judge(delegated, request)


def _both(one: Verdict, other: Verdict) -> Verdict:
    return Verdict(one.denied or other.denied, one.allowed or other.allowed, one.unknown or other.unknown)


def _missing(kind: str, request: Request) -> str:
    return f"because no {kind} allows the {request.action} action"


def _noted(reason: str, verdict: Verdict) -> str:
    return f"{reason} ({verdict.unknown})" if verdict.unknown else reason
