"""Step Functions of the local cloud: an execution really runs, as its state machine's role, over the local Glue."""

from __future__ import annotations

from moto.core.config import default_user_config

from rehearsal.cloud.stepfunctions import api
from rehearsal.cloud.stepfunctions.executions import Executions


def install() -> Executions:
    """Let moto's Step Functions execute state machines.

    Returns
    -------
    Executions
        What must be shut down before the server ends.
    """
    default_user_config["stepfunctions"] = {"execute_state_machine": True}
    api.install()
    return Executions()
