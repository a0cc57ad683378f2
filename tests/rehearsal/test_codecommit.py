"""CodeCommit's repositories are real git repositories."""

from __future__ import annotations

import io
import os
import subprocess
import zipfile
from pathlib import Path

import pytest

from tests.rehearsal.acting import REGION, Account

GIT = os.environ | {
    "GIT_CONFIG_GLOBAL": os.devnull,
    "GIT_AUTHOR_NAME": "Ann",
    "GIT_AUTHOR_EMAIL": "ann@example.com",
    "GIT_COMMITTER_NAME": "Ann",
    "GIT_COMMITTER_EMAIL": "ann@example.com",
}


def git(folder: Path, *arguments: str) -> str:
    return subprocess.run(
        ["git", *arguments], cwd=folder, env=GIT, check=True, capture_output=True, text=True
    ).stdout.strip()


def zipped(files: dict[str, str]) -> bytes:
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w") as archive:
        for name, text in files.items():
            entry = zipfile.ZipInfo(name)
            entry.external_attr = (0o755 if name.endswith(".sh") else 0o644) << 16
            archive.writestr(entry, text)
    return packed.getvalue()


def seeded(account: Account, files: dict[str, str], branch: str = "main", name: str = "code") -> Path:
    """A repository made by CloudFormation from an archive; returns where git finds it."""
    account.s3.put_object(Bucket=account.bucket, Key="seed.zip", Body=zipped(files))
    code = {"BranchName": branch, "S3": {"Bucket": account.bucket, "Key": "seed.zip"}}
    properties = {"RepositoryName": name, "Code": code}
    deployed = account.deploy(f"{name}-s", {"R": {"Type": "AWS::CodeCommit::Repository", "Properties": properties}})
    assert deployed.status == "CREATE_COMPLETE", deployed.failures
    return account.cloud.folder / "repositories" / account.id / REGION / name


def test_a_repository_is_seeded_cloned_and_pushed_to(account: Account, tmp_path: Path):
    remote = seeded(account, {"a.txt": "one\n", "bin/run.sh": "echo\n", ".gitignore": "*.log\n", "x.log": "kept"})
    git(tmp_path, "clone", "--quiet", str(remote), "clone")
    clone = tmp_path / "clone"
    assert (clone / "a.txt").read_text() == "one\n"
    assert (clone / "x.log").exists(), "a seed has all that its archive has"
    assert os.access(clone / "bin/run.sh", os.X_OK)

    codecommit = account.client("codecommit")
    assert codecommit.get_repository(repositoryName="code")["repositoryMetadata"]["defaultBranch"] == "main"
    first = codecommit.get_branch(repositoryName="code", branchName="main")["branch"]["commitId"]
    assert first == git(clone, "rev-parse", "HEAD")

    (clone / "a.txt").write_text("two\n")
    git(clone, "commit", "--quiet", "-am", "Change a\n\nBecause.")
    git(clone, "push", "--quiet", "origin", "main")
    second = codecommit.get_branch(repositoryName="code", branchName="main")["branch"]["commitId"]
    commit = codecommit.get_commit(repositoryName="code", commitId=second)["commit"]
    assert commit["parents"] == [first]
    assert commit["message"] == "Change a\n\nBecause.\n"
    assert (commit["author"]["name"], commit["author"]["email"]) == ("Ann", "ann@example.com")
    assert codecommit.list_branches(repositoryName="code")["branches"] == ["main"]
    assert [each["repositoryName"] for each in codecommit.list_repositories()["repositories"]] == ["code"]


def test_what_is_not_there_is_refused_by_name(account: Account):
    seeded(account, {"a": "b"}, branch="trunk")
    codecommit = account.client("codecommit")
    with pytest.raises(codecommit.exceptions.BranchDoesNotExistException, match="main"):
        codecommit.get_branch(repositoryName="code", branchName="main")
    with pytest.raises(codecommit.exceptions.CommitIdDoesNotExistException):
        codecommit.get_commit(repositoryName="code", commitId="0" * 40)
    with pytest.raises(codecommit.exceptions.RepositoryDoesNotExistException):
        codecommit.get_branch(repositoryName="other", branchName="main")


def test_a_seed_that_is_missing_fails_the_stack_and_leaves_no_repository(account: Account):
    code = {"S3": {"Bucket": account.bucket, "Key": "nothing.zip"}}
    resource = {"Type": "AWS::CodeCommit::Repository", "Properties": {"RepositoryName": "code", "Code": code}}
    deployed = account.deploy("s", {"R": resource})
    assert "nothing.zip" in deployed.reason_of("R")
    assert account.client("codecommit").list_repositories()["repositories"] == []


def test_a_deleted_repository_is_gone_from_the_disk(account: Account):
    remote = seeded(account, {"a": "b"})
    account.cloudformation.delete_stack(StackName="code-s")
    assert not remote.exists()
