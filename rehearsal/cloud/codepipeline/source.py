"""The source action of CodeCommit: the files of the branch's commit become an artifact."""

from __future__ import annotations

from botocore.exceptions import ClientError

from rehearsal.cloud.codecommit import repositories
from rehearsal.cloud.codepipeline.action import ActionError, Context, Outcome
from rehearsal.cloud.codepipeline.record import Revision


def fetch(context: Context) -> Outcome:
    """Fetch the commit, as the action's role."""
    context.refuse_others("RepositoryName", "BranchName", "PollForSourceChanges", "OutputArtifactFormat")
    name, branch = context.setting("RepositoryName"), context.setting("BranchName")
    if context.configuration.get("OutputArtifactFormat", "CODE_ZIP") != "CODE_ZIP":
        raise ActionError("The rehearsal hands sources on as CODE_ZIP only", "ConfigurationError")
    session = context.session()
    codecommit = session.client("codecommit", context.where)
    try:
        wanted = context.execution.revisions_wanted.get(context.record.action.name)
        id_ = wanted or codecommit.get_branch(repositoryName=name, branchName=branch)["branch"]["commitId"]
        commit = codecommit.get_commit(repositoryName=name, commitId=id_)["commit"]
        repository = repositories.find(context.account, context.where, name)
        assert repository is not None  # noqa: S101 - the API has just read it
        artifact = context.record.action.outputs[0]
        place = context.place_for(artifact)
        session.client("s3", context.where).put_object(
            Bucket=place.bucket, Key=place.key, Body=repository.archive(commit["commitId"])
        )
    except ClientError as error:
        raise ActionError(f"{error} (repository {name}, branch {branch})", "ConfigurationError") from error
    context.record.made[artifact] = place
    context.record.external_id = commit["commitId"]
    message = commit["message"].strip()
    variables = {
        "RepositoryName": name,
        "BranchName": branch,
        "CommitId": commit["commitId"],
        "CommitMessage": message,
        "AuthorDate": commit["author"]["date"],
        "AuthorDisplayName": commit["author"]["name"],
        "AuthorEmail": commit["author"]["email"],
        "CommitterDate": commit["committer"]["date"],
    }
    revision = Revision(context.record.action.name, artifact, commit["commitId"], message)
    return Outcome(variables, message.partition("\n")[0], revision)
