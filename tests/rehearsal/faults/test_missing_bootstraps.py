"""Accounts that are not bootstrapped, or not for this pipeline: the real bootstrap template, the real command line."""

from __future__ import annotations

import json
import subprocess
from pathlib import Path
from typing import Any

import pytest

from rehearsal.environment import clean_environment
from rehearsal.local_cloud import LocalCloud
from tests.rehearsal.acting import Account
from tests.rehearsal.conftest import ROOT
from tests.rehearsal.faults.fault import CDK, Fault, fault, faults
from tests.rehearsal.piping import TEMPLATE, Piping, action

CLI = str(ROOT / "node_modules/.bin/cdk")
ENVIRONMENTS = CDK + "bootstrapping-env.html"


@pytest.fixture(scope="module")
def bootstrap(tmp_path_factory: pytest.TempPathFactory) -> str:
    """The template that `cdk bootstrap` deploys."""
    home = tmp_path_factory.mktemp("home")
    command = [CLI, "bootstrap", "--show-template", "--no-notices"]
    environment = clean_environment() | {"HOME": str(home), "CDK_HOME": str(home)}
    return subprocess.run(command, env=environment, cwd=home, check=True, capture_output=True, text=True).stdout


@pytest.fixture
def other(account: Account, cloud: LocalCloud) -> Account:
    """The account of a stage, beside the pipeline's."""
    return Account(cloud, f"6{account.id[1:]}")


def deploy_role(account: Account) -> str:
    return f"arn:aws:iam::{account.id}:role/cdk-hnb659fds-deploy-role-{account.id}-us-east-1"


def bootstrapped(account: Account, template: str, **parameters: str) -> None:
    given = [{"ParameterKey": name, "ParameterValue": value} for name, value in parameters.items()]
    account.cloudformation.create_stack(
        StackName="CDKToolkit", TemplateBody=template, Parameters=given, Capabilities=["CAPABILITY_NAMED_IAM"]
    )
    stack = account.stack("CDKToolkit")
    assert stack.status == "CREATE_COMPLETE", stack.failures


def deployment_to(account: Account, piping: Piping) -> dict[str, Any]:
    """The action that deploys to a stage's account, as a CDK pipeline has it."""
    return action(
        "CloudFormation",
        "Deploy",
        inputs=["Src"],
        roleArn=deploy_role(account),
        ActionMode="CREATE_UPDATE",
        StackName="stage",
        TemplatePath="Src::template.json",
        RoleArn=piping.deployer,
    )


REFUSED = "The provided role cannot be assumed: …is not authorized to perform: sts:AssumeRole on resource: "


@faults(
    {
        Fault(
            "An account of a stage without a bootstrap",
            "Deploy…, Prepare",
            REFUSED + "…role/cdk-hnb659fds-deploy-role-",
            "there is no role for the action to assume; it is Failed",
            ENVIRONMENTS,
        ): None,
        Fault(
            "An account of a stage that was bootstrapped without --trust",
            "Deploy…, Prepare",
            REFUSED
            + "…role/cdk-hnb659fds-deploy-role-…because no resource-based policy allows the sts:AssumeRole action",
            "the bootstrap's deploy role trusts its own account only; the action is Failed",
            ENVIRONMENTS,
        ): "",
    },
    "trusted",
)
def test_a_stage_that_the_pipeline_may_not_deploy(
    account: Account, other: Account, bootstrap: str, fault: Fault, trusted: str | None
):
    if trusted is not None:
        bootstrapped(other, bootstrap)
    piping = Piping(account, {"template.json": TEMPLATE})
    assert piping.wait(piping.create(Deploy=[deployment_to(other, piping)])) == "Failed"
    fault.is_named_in(piping.error("Deploy"))
    assert not other.exists("stage")


def test_with_trust_the_role_is_assumed(account: Account, other: Account, bootstrap: str):
    """Not a fault: it shows that the two above fail for want of the trust, and of nothing else."""
    policy = "arn:aws:iam::aws:policy/AdministratorAccess"
    bootstrapped(other, bootstrap, TrustedAccounts=account.id, CloudFormationExecutionPolicies=policy)
    piping = Piping(account, {"template.json": TEMPLATE})
    assert piping.wait(piping.create(Deploy=[deployment_to(other, piping)])) == "Failed"
    assert "sts:AssumeRole" not in piping.error("Deploy"), "what fails now is the artifact of another account"


@fault(
    "A pipeline's account without a bootstrap",
    where="Setup, PipelineStack",
    says="SSM parameter /cdk-bootstrap/hnb659fds/version not found…Has the environment been bootstrapped?",
    aws="`cdk deploy` ends before it uploads anything",
    page=CDK + "bootstrapping-troubleshoot.html",
)
def test_a_deployment_to_an_account_without_bootstrap(account: Account, tmp_path: Path, assembly_of: Any, fault: Fault):
    assembly = assembly_of("Pipeline", account.id, {"Resources": {"Topic": {"Type": "AWS::SNS::Topic"}}})
    manifest = json.loads((assembly / "manifest.json").read_text())
    manifest["artifacts"]["Pipeline"]["properties"] |= {
        "requiresBootstrapStackVersion": 6,
        "bootstrapStackVersionSsmParameter": "/cdk-bootstrap/hnb659fds/version",
    }
    (assembly / "manifest.json").write_text(json.dumps(manifest))
    environment = account.cloud.environment(account.cloud.credentials(account.id), "us-east-1")
    ended = subprocess.run(
        [CLI, "deploy", "--app", str(assembly), "--require-approval", "never", "--no-notices"],
        env=environment | {"HOME": str(tmp_path), "CDK_HOME": str(tmp_path)},
        cwd=tmp_path,
        capture_output=True,
        text=True,
        check=False,
    )
    assert ended.returncode == 1
    fault.is_named_in(ended.stdout + ended.stderr)
    assert not account.exists("Pipeline")
