"""Which of Step Functions' two names a role trusts: the global one, or that of its Region."""

from __future__ import annotations

from rehearsal.cloud.assume_role import trusts

SERVICE = "states.amazonaws.com"


def service_of(role_arn: str, region: str) -> str:
    """Return the service principal by which Step Functions may assume a role.

    Parameters
    ----------
    role_arn
        The role.
    region
        Where the state machine is.

    Returns
    -------
    str
        The global name also where the role trusts neither: then AWS refuses it.
    """
    regional = f"states.{region}.amazonaws.com"
    return regional if not trusts(role_arn, service=SERVICE) and trusts(role_arn, service=regional) else SERVICE


def is_trusting(role_arn: str, region: str) -> bool:
    """Say whether Step Functions may assume a role."""
    return trusts(role_arn, service=service_of(role_arn, region))
