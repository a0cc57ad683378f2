"""The source action of CodeCommit: the files of the branch's commit become an artifact."""

from __future__ import annotations

from botocore.exceptions import ClientError

from rehearsal.cloud.codecommit import repositories
from rehearsal.cloud.codecommit.repositories import Commit, Repository
from rehearsal.cloud.codepipeline.action import ActionError, Context, Outcome
from rehearsal.cloud.codepipeline.record import Revision
from rehearsal.cloud.sessions import Session


def fetch(context: Context) -> Outcome:
    """Fetch the commit, as the action's role."""
    refuse_others(context, "RepositoryName", "PollForSourceChanges")
    name, branch = context.setting("RepositoryName"), context.setting("BranchName")
    session = context.session()
    codecommit = session.client("codecommit", context.where)
    try:
        id_ = (
            revision_wanted(context)
            or codecommit.get_branch(repositoryName=name, branchName=branch)["branch"]["commitId"]
        )
        commit = codecommit.get_commit(repositoryName=name, commitId=id_)["commit"]
        repository = repositories.find(context.account, context.where, name)
        assert repository is not None  # noqa: S101 - the API has just read it
        found = repository.commit(commit["commitId"])
        assert found is not None  # noqa: S101 - the same
        revision = hand_on(context, session, repository, found)
    except ClientError as error:
        raise ActionError(f"{error} (repository {name}, branch {branch})", "ConfigurationError") from error
    variables = {
        "RepositoryName": name,
        "BranchName": branch,
        "CommitId": commit["commitId"],
        "CommitMessage": revision.summary,
        "AuthorDate": commit["author"]["date"],
        "AuthorDisplayName": commit["author"]["name"],
        "AuthorEmail": commit["author"]["email"],
        "CommitterDate": commit["committer"]["date"],
    }
    return Outcome(variables, revision.summary.partition("\n")[0], revision)


def refuse_others(context: Context, *known: str) -> None:
    """Raise ActionError for a configuration value that no source action of the rehearsal acts on."""
    context.refuse_others("BranchName", "OutputArtifactFormat", *known)
    if context.configuration.get("OutputArtifactFormat", "CODE_ZIP") != "CODE_ZIP":
        raise ActionError("The rehearsal hands sources on as CODE_ZIP only", "ConfigurationError")


def revision_wanted(context: Context) -> str | None:
    """Return the commit that whoever started the execution named for the action, or None."""
    return context.execution.revisions_wanted.get(context.record.action.name)


def hand_on(context: Context, session: Session, repository: Repository, commit: Commit) -> Revision:
    """Make a commit's files the action's artifact.

    Parameters
    ----------
    context
        Of the action.
    session
        Of its role, which must be allowed to write the artifact.
    repository, commit
        What was fetched.
    """
    artifact = context.record.action.outputs[0]
    place = context.place_for(artifact)
    session.client("s3", context.where).put_object(
        Bucket=place.bucket, Key=place.key, Body=repository.archive(commit.id)
    )
    context.record.made[artifact] = place
    context.record.external_id = commit.id
    return Revision(context.record.action.name, artifact, commit.id, commit.message.strip())
