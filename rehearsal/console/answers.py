"""What a person on the page may change: answer an approval, try a failed stage again."""

from __future__ import annotations

from typing import Any

from botocore.exceptions import ClientError

from rehearsal.console.pipeline import PipelineView
from rehearsal.console.watched import Watched

LONGEST_COMMENT = 400
"""Characters; AWS takes 512 with what stands before it."""


class AnswerError(Exception):
    """The answer could not be given; the text is for the person who gave it."""


class Answers:
    """Gives answers by the ordinary API: who answers first, here or elsewhere, has answered.

    Parameters
    ----------
    watched
        The rehearsal.
    """

    def __init__(self, watched: Watched) -> None:
        self._watched = watched

    def approval(self, id_: str, status: str, comment: str) -> None:
        """Answer an approval.

        Parameters
        ----------
        id_
            ID of the run of the action that waits.
        status
            ``Approved`` or ``Rejected``.
        comment
            What the person says to it; may be empty.

        Raises
        ------
        AnswerError
            If it does not wait, or what is asked is not an answer.
        """
        if status not in ("Approved", "Rejected"):
            raise AnswerError("An approval is Approved or Rejected.")
        if len(comment) > LONGEST_COMMENT:
            raise AnswerError(f"A comment has {LONGEST_COMMENT} characters at most.")
        api, name = self._pipeline()
        for stage in api.get_pipeline_state(name=name)["stageStates"]:
            for action in stage["actionStates"]:
                run = action.get("latestExecution", {})
                if run.get("actionExecutionId") == id_ and run.get("token"):
                    rejected = f"{stage['stageName']} was rejected on the page"
                    said = "approved on the page" if status == "Approved" else rejected
                    self._call(
                        api.put_approval_result,
                        pipelineName=name,
                        stageName=stage["stageName"],
                        actionName=action["actionName"],
                        result={"status": status, "summary": f"{said}: {comment}" if comment else said},
                        token=run["token"],
                    )
                    return
        raise AnswerError("This approval no longer waits for an answer.")

    def retry(self, stage: str, execution: str) -> None:
        """Run the failed actions of a stage again.

        Parameters
        ----------
        stage
            Its name.
        execution
            ID of the execution that failed there.

        Raises
        ------
        AnswerError
            If nobody waits for what would come of it, or the stage cannot be tried again.
        """
        if not self._watched.retries:
            raise AnswerError("This rehearsal ends with its first failure; `python -m rehearsal shell` goes on.")
        api, name = self._pipeline()
        self._call(
            api.retry_stage_execution,
            pipelineName=name,
            stageName=stage,
            pipelineExecutionId=execution,
            retryMode="FAILED_ACTIONS",
        )

    def _pipeline(self) -> tuple[Any, str]:
        if self._watched.cloud is None or self._watched.assembly is None:
            raise AnswerError("There is no pipeline yet.")
        view = PipelineView(self._watched)
        if not view.name:
            raise AnswerError("There is no pipeline yet.")
        return self._watched.client("codepipeline", view.where.account, view.where.region), view.name

    @staticmethod
    def _call(operation: Any, **parameters: Any) -> None:
        try:
            operation(**parameters)
        except ClientError as error:
            raise AnswerError(error.response["Error"]["Message"]) from error
