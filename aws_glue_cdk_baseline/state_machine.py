"""A workflow as a definition in Amazon States Language: jobs in series and side by side, retries, what a failure does.

A job that fails is reported to the stage's topic at once. What depends on it is not started; what does not depend on it
runs to its end, since a run that is stopped in the middle helps nobody. Then the execution fails and names that job.
"""

import json
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from aws_glue_cdk_baseline.account import Account
from aws_glue_cdk_baseline.job_order import Parallel, Part, Series, arrange

if TYPE_CHECKING:
    from aws_glue_cdk_baseline.stage_workflows import StageWorkflow, WorkflowTask

# https://docs.aws.amazon.com/step-functions/latest/dg/service-quotas.html
_LARGEST_DEFINITION = 1_000_000  # bytes; of the service 1 MB, and a template may not be larger either
_MOST_EVENTS = 25_000

# What goes by itself: other runs of the job or of the account end. From half a minute to ten, for about an hour.
_CAPACITY = {
    "ErrorEquals": ["Glue.ConcurrentRunsExceededException", "Glue.ResourceNumberLimitExceededException"],
    "IntervalSeconds": 30,
    "BackoffRate": 2,
    "MaxDelaySeconds": 600,
    "MaxAttempts": 10,
    "JitterStrategy": "FULL",
}
# Glue.AWSGlueException is how Step Functions names what StartJobRun does not declare, throttling above all.
_SERVICE = {
    "ErrorEquals": [
        "Glue.ThrottlingException",
        "Glue.AWSGlueException",
        "Glue.InternalServiceException",
        "Glue.OperationTimeoutException",
        "Glue.SdkClientException",
    ],
    "IntervalSeconds": 5,
    "BackoffRate": 2,
    "MaxDelaySeconds": 120,
    "MaxAttempts": 6,
    "JitterStrategy": "FULL",
}
_ATTEMPTS = 1 + 10 + 6
_EVENTS_OF_AN_ATTEMPT = 4
_OTHER_EVENTS_OF_A_JOB = 30


def definition(workflow: "StageWorkflow", *, stage: str, account: Account, topic_arn: str) -> dict[str, Any]:
    """Write the definition of a workflow.

    Parameters
    ----------
    workflow
        The workflow.
    stage
        The word that names the stage.
    account
        The account and Region that it is deployed to.
    topic_arn
        The topic that learns of failures.
    """
    return _Compiler(workflow, stage, account, topic_arn).definition()


def limit_mistake(workflow: "StageWorkflow") -> str | None:
    """Say which limit of Step Functions a workflow would not keep; None if it keeps them all."""
    account = Account.model_validate({"awsAccountId": "0" * 12, "awsRegion": "us-gov-east-1"})
    written = definition(workflow, stage="s" * 20, account=account, topic_arn="x" * 100)
    size, most = len(json.dumps(written).encode()), _LARGEST_DEFINITION
    if size > most:
        return f"its definition has {size:,} bytes, Step Functions takes {most:,}: divide it"
    events = sum(_OTHER_EVENTS_OF_A_JOB + (_ATTEMPTS + task.retries) * _EVENTS_OF_AN_ATTEMPT for task in workflow.tasks)
    if events > _MOST_EVENTS:
        text = f"with every retry, its {len(workflow.tasks)} jobs could come to {events:,} events"
        return f"{text}, and an execution may have {_MOST_EVENTS:,}: divide it"
    return None


class _Compiler:
    def __init__(self, workflow: "StageWorkflow", stage: str, account: Account, topic_arn: str) -> None:
        self._workflow, self._stage, self._account, self._topic_arn = workflow, stage, account, topic_arn
        self._tasks = {task.job: task for task in workflow.tasks}
        self._parallels = self._branches = 0

    def definition(self) -> dict[str, Any]:
        failed = {
            "Type": "Fail",
            "Error": "JobFailed",
            "CausePath": (
                "States.Format('{}: {}, run {}: {}', "
                "$.failed.job, $.failed.run.JobRunState, $.failed.run.Id, $.failed.run.ErrorMessage)"
            ),
        }
        return {
            **({"Comment": self._workflow.description} if self._workflow.description else {}),
            **self._chain(arrange(self._workflow.after), {"Failed": failed}, {"Succeeded": {"Type": "Succeed"}}),
            "TimeoutSeconds": self._workflow.minutes * 60,
        }

    def _chain(self, part: Part, failed: dict[str, Any], succeeded: dict[str, Any]) -> dict[str, Any]:
        """Write parts that follow each other, of the whole or of a branch.

        What leaves a chain that failed is `{"failed": {...}}`, the first failure in it, and any other output means
        success. `failed` and `succeeded` are the states in which it ends.
        """
        (when_failed,), (when_succeeded,) = failed, succeeded
        steps = part.parts if isinstance(part, Series) else (part,)
        names = [self._name(step) for step in steps]
        states: dict[str, Any] = {}
        for step, name, following in zip(steps, names, [*names[1:], when_succeeded], strict=True):
            if isinstance(step, Parallel):
                states |= self._parallel(step, name, following, when_failed)
            elif isinstance(step, str):
                states |= self._job(self._tasks[step], following, when_failed)
        return {"StartAt": names[0], "States": {**states, **succeeded, **failed}}

    def _name(self, part: Part) -> str:
        if isinstance(part, str):
            return part
        self._parallels += 1
        return f"Side by side {self._parallels}"

    def _parallel(self, part: Parallel, name: str, following: str, when_failed: str) -> dict[str, Any]:
        return {
            name: {
                "Type": "Parallel",
                "Branches": [self._branch(one) for one in part.parts],
                "ResultSelector": {"failures.$": "$[*].failed"},
                "Next": f"{name}: all well?",
            },
            f"{name}: all well?": {
                "Type": "Choice",
                "Choices": [{"Variable": "$.failures[0]", "IsPresent": True, "Next": f"{name}: first failure"}],
                "Default": following,
            },
            f"{name}: first failure": {
                "Type": "Pass",
                "Parameters": {"failed.$": "$.failures[0]"},
                "Next": when_failed,
            },
        }

    def _branch(self, part: Part) -> dict[str, Any]:
        self._branches += 1
        name = f"Branch {self._branches}"
        return self._chain(
            part, {f"{name} failed": {"Type": "Pass", "End": True}}, {f"{name} done": {"Type": "Succeed"}}
        )

    def _job(self, task: "WorkflowTask", following: str, when_failed: str) -> dict[str, Any]:
        job, name = task.job, f"{self._stage}-{task.job}"
        arguments = {
            **task.arguments,
            "--workflow": self._workflow.name,
            "--workflow_run_id.$": "$$.Execution.Name",
        }
        run_failed = {
            "And": [
                {"Variable": "$.failed.error", "StringEquals": "States.TaskFailed"},
                {"Variable": "$.failed.cause", "StringMatches": "{*"},
            ],
            "Next": f"Run of {job}",
        }
        return {
            job: {
                "Type": "Task",
                "Resource": f"arn:{self._account.partition}:states:::glue:startJobRun.sync",
                "Parameters": {"JobName": name, "Arguments": arguments},
                "ResultSelector": {"job.$": "$.JobName", "run.$": "$.Id"},
                "Retry": [_CAPACITY, _SERVICE, *_retries_of_a_failed_run(task.retries)],
                "Catch": [{"ErrorEquals": ["States.ALL"], "Next": f"{job} failed"}],
                "Next": following,
            },
            # what is reported if Glue took no run at all
            f"{job} failed": {
                "Type": "Pass",
                "Parameters": {
                    "failed": {
                        "job": name,
                        "error.$": "$.Error",
                        "cause.$": "$.Cause",
                        "run": {"Id": "none", "JobRunState.$": "$.Error", "ErrorMessage.$": "$.Cause"},
                        "untold": {"ErrorMessage": "Glue gives no error message"},
                    }
                },
                "Next": f"Did {job} run?",
            },
            f"Did {job} run?": {"Type": "Choice", "Choices": [run_failed], "Default": f"Report {job}"},
            # the cause of a failed run is the run itself, as GetJobRun tells it
            f"Run of {job}": {
                "Type": "Pass",
                "Parameters": {
                    "failed": {
                        "job": name,
                        "error.$": "$.failed.error",
                        "run.$": "States.JsonMerge($.failed.untold, States.StringToJson($.failed.cause), false)",
                    }
                },
                "Next": f"Report {job}",
            },
            f"Report {job}": self._report(name, when_failed),
        }

    def _report(self, job: str, following: str) -> dict[str, Any]:
        subject = f"{job} failed in the workflow {self._workflow.name}"
        console = self._account.console
        executions = f"{console}/states/home?region={self._account.aws_region}#/v2/executions/details"
        runs = f"{console}/gluestudio/home?region={self._account.aws_region}#/job/{job}/run"
        lines = [
            f"{job} failed in the workflow {self._workflow.name} of {self._stage}.",
            "",
            "State: {}",
            "Error: {}",
            "Run: {}",
            "",
            f"Run and logs: {runs}/{{}}",
            f"Execution: {executions}/{{}}",
        ]
        text = "\n".join(lines)
        fields = ["JobRunState", "ErrorMessage", "Id", "Id"]
        values = ", ".join([*(f"$.failed.run.{field}" for field in fields), "$$.Execution.Id"])
        return {
            "Type": "Task",
            "Resource": f"arn:{self._account.partition}:states:::sns:publish",
            "Parameters": {
                "TopicArn": self._topic_arn,
                "Subject": subject[:100],  # the most that SNS takes
                "Message.$": f"States.Format('{text}', {values})",
            },
            "ResultPath": None,
            "Retry": [{"ErrorEquals": ["States.ALL"], "IntervalSeconds": 2, "BackoffRate": 2, "MaxAttempts": 4}],
            # a report that cannot be sent hides nothing: the execution fails all the same
            "Catch": [{"ErrorEquals": ["States.ALL"], "ResultPath": "$.unreported", "Next": following}],
            "Next": following,
        }


def _retries_of_a_failed_run(times: int) -> list[Mapping[str, Any]]:
    """Try a failed run again, only where a workflow asks for it: most scripts fail again for the same reason."""
    if not times:
        return []
    retrier = {"ErrorEquals": ["States.TaskFailed"], "IntervalSeconds": 60, "BackoffRate": 2, "MaxAttempts": times}
    return [{**retrier, "MaxDelaySeconds": 900, "JitterStrategy": "FULL"}]
