"""Retry and Catch: which errors they take, and waiting that ends with the execution.

The names that stand for several are those of
https://docs.aws.amazon.com/step-functions/latest/dg/concepts-error-handling.html
"""

from __future__ import annotations

from moto.stepfunctions.parser.asl.component.common.error_name.error_equals_decl import ErrorEqualsDecl
from moto.stepfunctions.parser.asl.component.common.error_name.error_name import ErrorName
from moto.stepfunctions.parser.asl.component.common.retry.max_attempts_decl import MaxAttemptsOutcome
from moto.stepfunctions.parser.asl.component.common.retry.retrier_decl import RetrierDecl
from moto.stepfunctions.parser.asl.component.common.retry.retrier_outcome import RetrierOutcome
from moto.stepfunctions.parser.asl.component.state.exec.state_map.iteration import iteration_worker
from moto.stepfunctions.parser.asl.component.state.exec.state_parallel import branches_decl
from moto.stepfunctions.parser.asl.component.state.fail import state_fail
from moto.stepfunctions.parser.asl.eval.environment import Environment

from rehearsal.cloud.stepfunctions.interruption import wait

NOT_OF_ALL = ("States.Runtime", "States.DataLimitExceeded")
"""What ``States.ALL`` does not take: it always fails the execution."""

NOT_OF_TASK_FAILED = ("States.Timeout", *NOT_OF_ALL)
"""What ``States.TaskFailed`` does not take."""


def install() -> None:
    """Put our reading of Retry and ErrorEquals in the place of moto's."""
    for module in (branches_decl, iteration_worker, state_fail):
        # an error of a branch, an item or a Fail state may well be called States.TaskFailed: moto fails on that
        module.CustomErrorName = ErrorName  # type: ignore[attr-defined]
    ErrorEqualsDecl._eval_body = _take  # type: ignore[method-assign]
    RetrierDecl._eval_body = _retry  # type: ignore[method-assign]


def takes(wanted: list[str | None], error: str | None) -> bool:
    """Say whether an ErrorEquals takes an error.

    Parameters
    ----------
    wanted
        The names in ErrorEquals.
    error
        The error's name.

    Examples
    --------
    >>> takes(["States.TaskFailed"], "Glue.ConcurrentRunsExceededException")
    True
    >>> takes(["States.TaskFailed"], "States.Timeout")
    False
    >>> takes(["States.ALL"], "States.Runtime")
    False
    """
    return (
        error in wanted
        or ("States.ALL" in wanted and error not in NOT_OF_ALL)
        or ("States.TaskFailed" in wanted and error not in NOT_OF_TASK_FAILED)
    )


def _take(self: ErrorEqualsDecl, env: Environment) -> None:
    error = env.stack.pop()
    env.stack.append(takes([name.error_name for name in self.error_names], error.error_name))


def _retry(self: RetrierDecl, env: Environment) -> None:
    # as moto's, but for the waiting: that sleeps on when the execution is stopped
    self.error_equals.eval(env)
    if not env.stack.pop():
        env.stack.append(RetrierOutcome.Skipped)
        return
    self.max_attempts.eval(env=env)
    if env.stack.pop() == MaxAttemptsOutcome.EXHAUSTED:
        env.stack.append(RetrierOutcome.Failed)
        return
    for part in (self.interval_seconds, self.backoff_rate, self.max_delay_seconds, self.jitter_strategy):
        part.eval(env=env)
    wait(env, env.stack.pop())
    env.stack.append(RetrierOutcome.Executed)
