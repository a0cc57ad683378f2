"""The manual approval: the action waits until PutApprovalResult answers it."""

from __future__ import annotations

import threading
import time
import uuid

from rehearsal.cloud.codepipeline.action import ActionError, Context, Outcome
from rehearsal.cloud.codepipeline.record import IN_PROGRESS, ActionExecution

_LOOK_SECONDS = 0.05

_answers: dict[str, tuple[str, str]] = {}
_answered = threading.Condition()


def await_approval(context: Context) -> Outcome:
    """Wait for the answer; raises ActionError if it is no, or if it does not come in time."""
    context.refuse_others("CustomData", "ExternalEntityLink", "NotificationArn")
    token = str(uuid.uuid4())
    minutes = context.record.action.minutes
    deadline = time.monotonic() + minutes * context.builds.minute_seconds
    context.record.token = token
    with _answered:
        while token not in _answers:
            if context.ended:
                raise ActionError("The approval was abandoned")
            if time.monotonic() > deadline:
                raise ActionError(f"Nobody has approved or rejected within {minutes} minutes")
            _answered.wait(_LOOK_SECONDS)
        status, summary = _answers.pop(token)
    if status != "Approved":
        raise ActionError(summary or "Rejected", "Rejected")
    return Outcome({"ApprovalSummary": summary}, summary)


def answer(record: ActionExecution, token: str, status: str, summary: str) -> bool:
    """Answer an approval.

    Parameters
    ----------
    record
        The run of the action.
    token
        The one that GetPipelineState shows for it.
    status
        ``Approved`` or ``Rejected``.
    summary
        What the approver says.

    Returns
    -------
    bool
        False if the approval no longer waits, or waits for another token.
    """
    with _answered:
        if record.status != IN_PROGRESS or not token or record.token != token or token in _answers:
            return False
        _answers[token] = (status, summary)
        _answered.notify_all()
    return True
