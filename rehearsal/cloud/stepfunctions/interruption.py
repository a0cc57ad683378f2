"""An execution that is stopped, or a branch whose sibling failed, ends where it is: no retry, no Catch, no error."""

from __future__ import annotations

import time

from moto.stepfunctions.parser.asl.component.state.exec.execute_state import ExecutionState
from moto.stepfunctions.parser.asl.eval.environment import Environment

_LONGEST_LOOK_SECONDS = 1.0


class InterruptedTaskError(Exception):
    """A task gives up because its execution, its branch or its time is over."""


def install() -> None:
    """Let what a task raises after its execution was stopped be forgotten, as AWS does.

    moto would record a failure of the task, try it again, and call the execution FAILED instead of ABORTED.
    """
    evaluate = ExecutionState._evaluate_with_timeout

    def evaluate_with_timeout(self: ExecutionState, env: Environment) -> None:
        try:
            evaluate(self, env)
        except Exception:
            if env.is_running():
                raise

    ExecutionState._evaluate_with_timeout = evaluate_with_timeout  # type: ignore[method-assign]


def wait(env: Environment, seconds: float) -> None:
    """Wait, but no longer than the execution or the branch runs.

    Parameters
    ----------
    env
        The environment of the state that waits.
    seconds
        How long.
    """
    deadline = time.monotonic() + seconds
    while env.is_running() and (left := deadline - time.monotonic()) > 0:
        env.program_state_event.wait(min(left, _LONGEST_LOOK_SECONDS))
