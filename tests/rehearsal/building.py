"""What the tests of builds do: a project in an account, a source in its bucket, builds to their end."""

from __future__ import annotations

import json
import time
from pathlib import Path
from typing import Any

from tests.rehearsal.acting import Account
from tests.rehearsal.test_codecommit import zipped


def trust(service: str) -> str:
    statement = {"Effect": "Allow", "Action": "sts:AssumeRole", "Principal": {"Service": service}}
    return json.dumps({"Version": "2012-10-17", "Statement": [statement]})


def role(account: Account, name: str, service: str) -> str:
    made = account.client("iam").create_role(RoleName=name, AssumeRolePolicyDocument=trust(service))
    allowed = {"Effect": "Allow", "Action": "*", "Resource": "*"}
    policy = json.dumps({"Version": "2012-10-17", "Statement": [allowed]})
    account.client("iam").put_role_policy(RoleName=name, PolicyName="all", PolicyDocument=policy)
    return str(made["Role"]["Arn"])


def buildspec(*commands: str, **more: Any) -> str:
    return json.dumps({"version": "0.2", "phases": {"build": {"commands": list(commands)}}, **more})


class Projects:
    """Build projects of an account."""

    def __init__(self, account: Account) -> None:
        self.account = account
        self.codebuild = account.client("codebuild")
        self.role = role(account, "build", "codebuild.amazonaws.com")

    def make(self, spec: str, source: dict[str, str] | None = None, name: str = "build", **more: Any) -> str:
        given: dict[str, Any] = {"type": "NO_SOURCE", "location": "NO_SOURCE"}
        if source is not None:
            self.account.s3.put_object(Bucket=self.account.bucket, Key="source.zip", Body=zipped(source))
            given = {"type": "S3", "location": f"{self.account.bucket}/source.zip"}
        more.setdefault("artifacts", {"type": "NO_ARTIFACTS"})
        more.setdefault("serviceRole", self.role)
        environment = {
            "type": "LINUX_CONTAINER",
            "computeType": "BUILD_GENERAL1_SMALL",
            "image": "aws/codebuild/standard:7.0",
            **more.pop("environment", {}),
        }
        self.codebuild.create_project(name=name, source={**given, "buildspec": spec}, environment=environment, **more)
        return name

    def start(self, name: str = "build", **parameters: Any) -> str:
        return str(self.codebuild.start_build(projectName=name, **parameters)["build"]["id"])

    def wait(self, id_: str, seconds: float = 30) -> dict[str, Any]:
        deadline = time.monotonic() + seconds
        while True:
            build: dict[str, Any] = self.codebuild.batch_get_builds(ids=[id_])["builds"][0]
            if build["buildComplete"]:
                return build
            assert time.monotonic() < deadline, f"{id_} still runs:\n{self.log(build)}"
            time.sleep(0.05)

    def run(self, name: str = "build", **parameters: Any) -> dict[str, Any]:
        return self.wait(self.start(name, **parameters))

    def folder(self, build: dict[str, Any]) -> Path:
        name, _, uuid = build["id"].rpartition(":")
        return self.account.cloud.folder / "builds" / f"{name}-{uuid[:8]}"

    def log(self, build: dict[str, Any]) -> str:
        return (self.folder(build) / "build.log").read_text()


def phase(build: dict[str, Any], kind: str) -> dict[str, Any]:
    return next(each for each in build["phases"] if each["phaseType"] == kind)


def failure(build: dict[str, Any]) -> tuple[str, str, str]:
    """The phase that failed, its code and its message."""
    for each in build["phases"]:
        if each.get("phaseStatus", "SUCCEEDED") != "SUCCEEDED":
            context = each["contexts"][0]
            return each["phaseType"], context["statusCode"], context["message"]
    raise AssertionError("no phase failed")
