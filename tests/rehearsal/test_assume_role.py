"""AssumeRole: the role must exist and its trust policy must name who asks."""

from __future__ import annotations

import json

import pytest
from botocore.exceptions import ClientError

from tests.rehearsal.acting import Account


def make_role(account: Account, name: str, principal) -> str:
    statement = {"Effect": "Allow", "Action": "sts:AssumeRole", "Principal": principal}
    document = json.dumps({"Version": "2012-10-17", "Statement": [statement]})
    made = account.client("iam").create_role(RoleName=name, AssumeRolePolicyDocument=document)
    return str(made["Role"]["Arn"])


def assume(account: Account, role: str):
    return account.client("sts").assume_role(RoleArn=role, RoleSessionName="session")["Credentials"]


def test_a_role_that_does_not_exist_cannot_be_assumed(account: Account):
    with pytest.raises(ClientError, match="AccessDenied"):
        assume(account, f"arn:aws:iam::{account.id}:role/none")


def test_a_trusted_account_may_assume_a_role_and_then_acts_in_its_account(account: Account, cloud):
    other = Account(cloud, "200000008888")
    role = make_role(other, "open", {"AWS": f"arn:aws:iam::{account.id}:root"})
    credentials = assume(account, role)
    assert credentials["AccessKeyId"]
    with pytest.raises(ClientError, match="not authorized to perform: sts:AssumeRole"):
        assume(Account(cloud, "200000007777"), role)


def test_a_role_that_trusts_one_role_trusts_no_other_of_its_account(account: Account):
    build = make_role(account, "build", {"Service": "codebuild.amazonaws.com"})
    test = make_role(account, "test", {"AWS": build})
    with pytest.raises(ClientError, match="AccessDenied"):
        assume(account, test)
    credentials = account.cloud.credentials_of_role(build, "us-east-1", "codebuild.amazonaws.com")
    sts = account.cloud._client("sts", "us-east-1", credentials)
    assert sts.get_caller_identity()["Arn"].endswith("assumed-role/build/rehearsal")
    assert sts.assume_role(RoleArn=test, RoleSessionName="session")["Credentials"]


def test_a_service_gets_only_roles_that_trust_it(account: Account):
    role = make_role(account, "glue", {"Service": ["glue.amazonaws.com"]})
    with pytest.raises(ClientError, match=r"lambda.amazonaws.com is not authorized"):
        account.cloud.credentials_of_role(role, "us-east-1", "lambda.amazonaws.com")
