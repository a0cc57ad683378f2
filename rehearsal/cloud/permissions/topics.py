"""What publishing to a topic asks for: the topic's policy, and the key that encrypts it."""

from __future__ import annotations

from moto.kms.models import kms_backends
from moto.sns.models import Topic, sns_backends

from rehearsal.cloud.permissions.callers import parsed
from rehearsal.cloud.permissions.context import context_of
from rehearsal.cloud.permissions.decision import Caller, Denial, ResourcePolicy, decide
from rehearsal.cloud.permissions.policy import Request

_PUBLISHER_NEEDS = ("kms:GenerateDataKey", "kms:Decrypt")
"""See https://docs.aws.amazon.com/sns/latest/dg/sns-key-management.html"""


def policy_of_topic(arn: str | None) -> ResourcePolicy | None:
    """Return the policy of a topic.

    Parameters
    ----------
    arn
        ARN of a resource.

    Returns
    -------
    ResourcePolicy or None
        None for what is not an existing topic.
    """
    topic = _topic(arn)
    return ResourcePolicy(topic.account_id, parsed(topic.policy)) if topic else None


def denied_topic_key(caller: Caller, arn: str | None) -> Denial | None:
    """Decide on the use of the key of a topic by who publishes to it.

    Parameters
    ----------
    caller
        Who publishes.
    arn
        The topic.

    Returns
    -------
    Denial or None
        None if it is allowed, and for topics without a key of the customer's.
    """
    topic = _topic(arn)
    if topic is None or not topic.kms_master_key_id or topic.kms_master_key_id.endswith("alias/aws/sns"):
        return None
    named, region = topic.kms_master_key_id, topic.sns_backend.region_name
    region, account = (named.split(":")[3:5]) if named.startswith("arn:") else (region, topic.account_id)
    backend = kms_backends[account][region]
    key = backend.keys.get(backend.any_id_to_key_id(named))
    if key is None:
        return None
    # an alias stands for its key, whose policy decides
    policy = ResourcePolicy(account, parsed(key.policy), decides=True)
    context = context_of(caller, account, region) | {"kms:ViaService": f"sns.{region}.amazonaws.com"}
    denials = (decide(caller, Request(action, key.arn, context), policy) for action in _PUBLISHER_NEEDS)
    return next((denial for denial in denials if denial), None)


def _topic(arn: str | None) -> Topic | None:
    parts = (arn or "").split(":")
    if len(parts) != 6 or parts[2] != "sns":
        return None
    return sns_backends[parts[4]][parts[3]].topics.get(str(arn))
