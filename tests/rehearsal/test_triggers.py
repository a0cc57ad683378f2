"""Triggers of a connection: which pushes start the pipeline, by branch, tag and changed file."""

from __future__ import annotations

import subprocess
from pathlib import Path
from typing import Any

import pytest

from rehearsal.assembly import Environment, Source
from rehearsal.checkout import lay_source
from rehearsal.cloud.codepipeline.triggers import Criteria
from rehearsal.git import hosted_folder
from tests.rehearsal.acting import REGION, Account
from tests.rehearsal.piping import Piping, action
from tests.rehearsal.test_codecommit import git
from tests.rehearsal.test_sources import connected


@pytest.mark.parametrize(
    ("criteria", "admitted", "refused"),
    [
        (Criteria(("main",)), "main", "mainly"),
        (Criteria(("feature/*",)), "feature/a", "feature/a/b"),
        (Criteria(("jobs/**",)), "jobs/a/b.py", "tests/jobs/a.py"),
        (Criteria(("**/*.py",)), "a/b.py", "a/b.pyc"),
        (Criteria(("*.{py,sql}",)), "a.sql", "a.md"),
        (Criteria(("v[0-9].?",)), "v1.2", "v1.22"),
        (Criteria(("release[!x]",)), "release1", "releasex"),
        (Criteria((), ("README.md", "docs/**")), "jobs/README.md", "docs/a/b.md"),
        (Criteria(("**",), ("*.md",)), "a.py", "a.md"),
    ],
)
def test_patterns_are_globs_and_what_is_excluded_is_so_although_it_is_included(
    criteria: Criteria, admitted: str, refused: str
):
    assert (criteria.admits(admitted), criteria.admits(refused)) == (True, False)


class Hosted:
    """A pipeline on a repository of another git host, and a clone of it."""

    def __init__(self, account: Account, folder: Path, push: list[dict[str, Any]] | None) -> None:
        (folder / "checkout/jobs").mkdir(parents=True)
        (folder / "checkout/jobs/one.py").write_text("print(1)\n")
        name = f"team-{account.id}/jobs"
        source = Source(name, "trunk", hosted=True)
        lay_source(account.cloud, Environment(account.id, REGION), source, folder / "checkout")
        self.piping = Piping(account)
        self.piping.source = connected(name, namespace="Commit")
        declared = self.piping.declaration(Next=[action("Manual", "Wait")])
        git_configuration = {"sourceActionName": "Read", **({} if push is None else {"push": push})}
        trigger = {"providerType": "CodeStarSourceConnection", "gitConfiguration": git_configuration}
        self.piping.codepipeline.create_pipeline(pipeline=declared | {"triggers": [trigger]})
        self.piping.token("Next", "Wait")
        self.clone = folder / "clone"
        subprocess.run(["git", "clone", "-q", hosted_folder(account.cloud.repositories, name), self.clone], check=True)

    def commit(self, file: str, branch: str = "trunk") -> str:
        git(self.clone, "checkout", "-q", "-B", branch)
        path = self.clone / file
        path.parent.mkdir(exist_ok=True)
        path.write_text(path.read_text() + "#\n" if path.exists() else "#\n")
        git(self.clone, "add", ".")
        git(self.clone, "commit", "-q", "-m", f"Change {file}")
        git(self.clone, "push", "-q", "origin", branch)
        return git(self.clone, "rev-parse", "HEAD")

    def started(self, count: int) -> list[dict[str, Any]]:
        """The executions that pushes started, the oldest first, once there are so many and their commit is read."""

        def all_there() -> list[dict[str, Any]]:
            pushed = self.piping.executions()[:-1][::-1]
            return pushed if len(pushed) == count and pushed[-1]["sourceRevisions"] else []

        found: list[dict[str, Any]] = self.piping.until(all_there, f"{count} pushes to start executions")
        return found


def test_a_change_of_the_readme_alone_starts_nothing_and_one_of_a_job_does(account: Account, tmp_path: Path):
    hosted = Hosted(account, tmp_path, [{"branches": {"includes": ["trunk"]}, "filePaths": {"excludes": ["*.md"]}}])
    hosted.commit("README.md")
    hosted.commit("jobs/one.py", branch="other")
    last = hosted.commit("jobs/one.py")
    (execution,) = hosted.started(1)
    assert execution["trigger"] == {"triggerType": "WebhookV2", "triggerDetail": "Read"}
    assert execution["sourceRevisions"][0]["revisionId"] == last


def test_another_branch_than_the_actions_own_is_read_where_the_trigger_names_it(account: Account, tmp_path: Path):
    hosted = Hosted(account, tmp_path, [{"branches": {"includes": ["feature/*"]}}, {"tags": {"includes": ["v*"]}}])
    hosted.commit("jobs/one.py")
    commit = hosted.commit("jobs/one.py", branch="feature/a")
    (execution,) = hosted.started(1)
    assert execution["sourceRevisions"][0]["revisionId"] == commit
    told = hosted.piping.detail("Read", execution["pipelineExecutionId"])["output"]["outputVariables"]
    assert (told["BranchName"], told["CommitId"]) == ("feature/a", commit)
    git(hosted.clone, "tag", "-a", "v1", "-m", "The first")
    git(hosted.clone, "tag", "w1")
    git(hosted.clone, "push", "-q", "origin", "w1", "v1")
    tagged = hosted.started(2)[-1]
    assert tagged["sourceRevisions"][0]["revisionId"] == commit, "of an annotated tag the commit counts"


def test_a_trigger_without_a_filter_is_for_the_actions_own_branch(account: Account, tmp_path: Path):
    hosted = Hosted(account, tmp_path, None)
    hosted.commit("jobs/one.py", branch="other")
    commit = hosted.commit("README.md", branch="trunk")
    assert [each["sourceRevisions"][0]["revisionId"] for each in hosted.started(1)] == [commit]
