"""The source action of a connection: a repository of GitHub, GitLab or Bitbucket, played by a local git repository.

Configuration and output variables:
https://docs.aws.amazon.com/codepipeline/latest/userguide/action-reference-CodestarConnectionSource.html
"""

from __future__ import annotations

from datetime import UTC, datetime

from botocore.exceptions import ClientError

from rehearsal.cloud.codecommit import repositories
from rehearsal.cloud.codepipeline.action import ActionError, Context, Outcome
from rehearsal.cloud.codepipeline.source import hand_on, refuse_others, revision_wanted
from rehearsal.cloud.permissions.callers import caller_of
from rehearsal.cloud.permissions.context import context_of
from rehearsal.cloud.permissions.decision import decide
from rehearsal.cloud.permissions.policy import Request
from rehearsal.cloud.sessions import Session

PROVIDER = "CodeStarSourceConnection"

_SERVICES = ("codestar-connections", "codeconnections")
"""The service was renamed; policies may use either name for its actions."""


def fetch(context: Context) -> Outcome:
    """Fetch the newest commit of the branch, as the action's role."""
    refuse_others(context, "ConnectionArn", "FullRepositoryId", "DetectChanges")
    name = context.setting("FullRepositoryId")
    branch = context.execution.branches_pushed.get(context.record.action.name) or context.setting("BranchName")
    session = context.session()
    _check_use(context, session, context.setting("ConnectionArn"))
    repository = repositories.hosted(name)
    id_ = revision_wanted(context) or (repository.branches().get(branch) if repository else None)
    commit = repository.commit(id_) if repository and id_ else None
    if repository is None or commit is None:
        what = f"no commit {id_}" if id_ else f"no branch {branch}"
        why = f"it has {what}" if repository else "the rehearsal has no such repository"
        raise ActionError(f"[Connection] Could not read {name}: {why}", "ConfigurationError")
    try:
        revision = hand_on(context, session, repository, commit)
    except ClientError as error:
        raise ActionError(str(error), "PermissionError") from error
    seconds = int(commit.author.date.partition(" ")[0])
    variables = {
        "AuthorDate": datetime.fromtimestamp(seconds, UTC).strftime("%Y-%m-%dT%H:%M:%SZ"),
        "AuthorDisplayName": commit.author.name,
        "AuthorEmail": commit.author.email,
        "AuthorId": commit.author.email,
        "BranchName": branch,
        "CommitId": commit.id,
        "CommitMessage": revision.summary,
        "ConnectionArn": context.setting("ConnectionArn"),
        "FullRepositoryName": name,
    }
    return Outcome(variables, revision.summary.partition("\n")[0], revision)


def _check_use(context: Context, session: Session, arn: str) -> None:
    """Raise ActionError unless the action's role may use the connection: no request to an API says so."""
    caller = caller_of(session.access_key_id, context.where)
    if caller is None:
        return
    known = context_of(caller, context.account, context.where)
    denials = [decide(caller, Request(f"{service}:UseConnection", arn, known)) for service in _SERVICES]
    if all(denials):
        raise ActionError(f"Unable to use Connection: {arn}. User: {denials[0]}", "PermissionError")
