"""The CodeCommit operations: moto's, on real repositories, and those that it lacks."""

from __future__ import annotations

import json
from typing import Any

from moto.codecommit.exceptions import RepositoryDoesNotExistException
from moto.codecommit.models import CodeCommitBackend
from moto.codecommit.responses import CodeCommitResponse
from moto.core.exceptions import JsonRESTError

from rehearsal.cloud.codecommit import repositories
from rehearsal.cloud.codecommit.repositories import Person, Repository


def install() -> None:
    """Put our operations in the place of moto's."""
    backend = CodeCommitBackend
    create, delete = backend.create_repository, backend.delete_repository

    def create_repository(self: CodeCommitBackend, repository_name: str, repository_description: str) -> dict[str, str]:
        made = create(self, repository_name, repository_description)
        repositories.create(self.account_id, self.region_name, repository_name)
        return made

    def delete_repository(self: CodeCommitBackend, repository_name: str) -> str | None:
        repositories.remove(self.account_id, self.region_name, repository_name)
        return delete(self, repository_name)

    backend.create_repository = create_repository  # type: ignore[method-assign]
    backend.delete_repository = delete_repository  # type: ignore[method-assign]
    get = CodeCommitResponse.get_repository

    def get_repository(self: CodeCommitResponse) -> str:
        told: dict[str, Any] = json.loads(get(self))
        branch = _repository(self).default_branch()
        if branch:
            told["repositoryMetadata"]["defaultBranch"] = branch
        return json.dumps(told)

    for name, operation in {
        "get_repository": get_repository,
        "list_repositories": list_repositories,
        "get_branch": get_branch,
        "list_branches": list_branches,
        "get_commit": get_commit,
    }.items():
        setattr(CodeCommitResponse, name, operation)


def list_repositories(self: CodeCommitResponse) -> str:
    """List the repositories of the account and Region."""
    made = [each.repository_metadata for each in self.codecommit_backend.repositories.values()]
    listed = [{key: each[key] for key in ("repositoryName", "repositoryId")} for each in made]
    return json.dumps({"repositories": sorted(listed, key=lambda each: each["repositoryName"])})


def get_branch(self: CodeCommitResponse) -> str:
    """Return the commit that a branch is at."""
    name = self._get_param("branchName")
    commit = _repository(self).branches().get(name)
    if commit is None:
        raise JsonRESTError("BranchDoesNotExistException", f"The specified branch does not exist: {name}")
    return json.dumps({"branch": {"branchName": name, "commitId": commit}})


def list_branches(self: CodeCommitResponse) -> str:
    """List the names of the branches."""
    return json.dumps({"branches": sorted(_repository(self).branches())})


def get_commit(self: CodeCommitResponse) -> str:
    """Describe a commit."""
    id_ = self._get_param("commitId")
    found = _repository(self).commit(id_)
    if found is None:
        raise JsonRESTError("CommitIdDoesNotExistException", f"The specified commit ID does not exist: {id_}")
    told = {
        "commitId": found.id,
        "treeId": found.tree,
        "parents": list(found.parents),
        "message": found.message,
        "author": _person(found.author),
        "committer": _person(found.committer),
        "additionalData": "",
    }
    return json.dumps({"commit": told})


def _repository(self: CodeCommitResponse) -> Repository:
    name = self._get_param("repositoryName")
    found = repositories.find(self.current_account, self.region, name)
    if found is None:
        raise RepositoryDoesNotExistException(name)
    return found


def _person(person: Person) -> dict[str, str]:
    return {"name": person.name, "email": person.email, "date": person.date}
