"""What policies say of requests, case by case as AWS's user guide has it."""

from __future__ import annotations

import json

import pytest

from rehearsal.cloud.permissions.decision import Caller, ResourcePolicy, decide
from rehearsal.cloud.permissions.policy import Request, Statement, statements_of

ROLE = "arn:aws:iam::111111111111:role/job"
SESSION = "arn:aws:sts::111111111111:assumed-role/job/run"
OBJECT = "arn:aws:s3:::lake/bronze/a.json"
ALL = {"Effect": "Allow", "Action": "*", "Resource": "*"}


def statements(*given) -> tuple[Statement, ...]:
    return statements_of(json.dumps({"Version": "2012-10-17", "Statement": list(given)}))


def caller(*given, bounds=()) -> Caller:
    return Caller(SESSION, ROLE, "111111111111", statements(*given), tuple(statements(*bound) for bound in bounds))


def allow(action="s3:GetObject", resource="*", **more):
    return {"Effect": "Allow", "Action": action, "Resource": resource, **more}


def allowed(statement, action="s3:GetObject", resource=OBJECT, **context) -> bool:
    return decide(caller(statement), Request(action, resource, context)) is None


@pytest.mark.parametrize(
    ("statement", "expected"),
    [
        (allow("s3:GetObject"), True),
        (allow("s3:getobject"), True),
        (allow("s3:Get*"), True),
        (allow("s3:Ge?Object"), True),
        (allow(["s3:PutObject", "s3:*"]), True),
        (allow("s3:PutObject"), False),
        (allow("glue:*"), False),
        (allow("s3:GetObjectVersion"), False),
        ({"Effect": "Allow", "NotAction": "iam:*", "Resource": "*"}, True),
        ({"Effect": "Allow", "NotAction": ["s3:Get*"], "Resource": "*"}, False),
        (allow(resource="arn:aws:s3:::lake/*"), True),
        (allow(resource="arn:aws:s3:::lake/bronze/?.json"), True),
        (allow(resource=["arn:aws:s3:::other/*", OBJECT]), True),
        (allow(resource="arn:aws:s3:::lake"), False),
        (allow(resource="arn:aws:s3:::lake/Bronze/*"), False),
        (allow(resource="arn:aws:s3:::lake/b.onze/*"), False),
        ({"Effect": "Allow", "Action": "*", "NotResource": "arn:aws:s3:::lake/*"}, False),
        ({"Effect": "Allow", "Action": "*", "NotResource": "arn:aws:s3:::secret/*"}, True),
    ],
)
def test_actions_and_resources(statement, expected):
    assert allowed(statement) is expected


@pytest.mark.parametrize(
    ("condition", "value", "expected"),
    [
        ({"StringEquals": {"k": "a"}}, "a", True),
        ({"StringEquals": {"k": ["b", "a"]}}, "a", True),
        ({"StringEquals": {"k": "A"}}, "a", False),
        ({"StringEquals": {"K": "a"}}, "a", True),
        ({"StringEqualsIgnoreCase": {"k": "A"}}, "a", True),
        ({"StringEquals": {"k": "a*"}}, "ab", False),
        ({"StringEquals": {"k": "a"}}, None, False),
        ({"StringEqualsIfExists": {"k": "a"}}, None, True),
        ({"StringEqualsIfExists": {"k": "a"}}, "b", False),
        ({"StringLike": {"k": "bronze/*"}}, "bronze/", True),
        ({"StringLike": {"k": ["bronze", "bronze/*"]}}, "bronzes", False),
        ({"StringNotEquals": {"k": ["a", "b"]}}, "b", False),
        ({"StringNotEquals": {"k": "a"}}, None, True),
        ({"StringNotLike": {"k": "a*"}}, "b", True),
        ({"ArnLike": {"k": "arn:aws:iam::*:role/x"}}, "arn:aws:iam::1:role/x", True),
        ({"ArnNotEquals": {"k": "arn:aws:iam::*:role/x"}}, "arn:aws:iam::1:role/x", False),
        ({"Bool": {"k": True}}, "true", True),
        ({"Bool": {"k": "false"}}, "true", False),
        ({"Null": {"k": "true"}}, None, True),
        ({"Null": {"k": False}}, None, False),
        ({"Null": {"k": "false"}}, "a", True),
        ({"ForAllValues:StringEquals": {"k": ["a", "b"]}}, ["a"], True),
        ({"ForAllValues:StringEquals": {"k": ["a", "b"]}}, ["a", "c"], False),
        ({"ForAllValues:StringEquals": {"k": ["a"]}}, None, True),
        ({"ForAnyValue:StringEquals": {"k": ["a"]}}, ["a", "c"], True),
        ({"ForAnyValue:StringEquals": {"k": ["a"]}}, None, False),
        ({"StringEquals": {"k": "a"}, "Bool": {"k": "true"}}, "a", False),
    ],
)
def test_conditions(condition, value, expected):
    assert allowed(allow(Condition=condition), k=value) is expected


@pytest.mark.parametrize(
    ("statement", "unknown"),
    [
        (allow(Condition={"StringEquals": {"aws:unheard": "a"}}), "condition key aws:unheard"),
        (allow(Condition={"StringSounds": {"k": "a"}}), "condition operator StringSounds"),
        (allow(Condition={"StringEquals": {"k": "${aws:username}"}}), "policy variables"),
        (allow(resource="arn:aws:s3:::lake/${aws:username}/*"), "policy variables"),
    ],
)
def test_what_cannot_be_judged_is_a_denial_that_says_so(statement, unknown):
    request = Request("s3:GetObject", OBJECT, {"k": "a"})
    assert "the rehearsal does not know" in str(decide(caller(statement), request))
    assert unknown in str(decide(caller(statement), request))
    assert "explicit deny" in str(decide(caller(ALL, {**statement, "Effect": "Deny"}), request))
    assert decide(caller(ALL, statement), request) is None


def test_an_unknown_condition_of_a_statement_about_something_else_does_not_matter():
    other = {"Effect": "Deny", "Action": "iam:*", "Resource": "*", "Condition": {"Bool": {"aws:unheard": "true"}}}
    assert decide(caller(ALL, other), Request("s3:GetObject", OBJECT)) is None


def test_tags_that_a_resource_lacks_are_known_to_be_missing():
    statement = allow(Condition={"StringEquals": {"aws:ResourceTag/stage": "DeployDev"}})
    tags = {"aws:ResourceTag/*": None}
    assert not allowed(statement, **tags)
    assert allowed(statement, **tags, **{"aws:ResourceTag/stage": "DeployDev"})
    assert "does not know" not in str(decide(caller(statement), Request("s3:GetObject", OBJECT, tags)))


def test_a_denial_reads_as_aws_words_it():
    denial = decide(caller(), Request("glue:GetTable", "arn:aws:glue:us-east-1:111111111111:catalog"))
    assert str(denial) == (
        f"{SESSION} is not authorized to perform: glue:GetTable on resource: "
        "arn:aws:glue:us-east-1:111111111111:catalog because no identity-based policy allows the glue:GetTable action"
    )


def test_a_deny_outweighs_every_allow():
    denial = decide(caller(ALL, {**allow(), "Effect": "Deny"}), Request("s3:GetObject", OBJECT))
    assert str(denial).endswith("with an explicit deny in an identity-based policy")


def test_a_boundary_limits_what_the_role_has_and_gives_nothing():
    request = Request("s3:GetObject", OBJECT)
    assert "no permissions boundary allows" in str(decide(caller(ALL, bounds=[[allow("glue:*")]]), request))
    assert "no identity-based policy allows" in str(decide(caller(bounds=[[ALL]]), request))
    assert decide(caller(ALL, bounds=[[allow()]]), request) is None


SAME, OTHER = "111111111111", "222222222222"


@pytest.mark.parametrize(
    ("account", "decides", "principal", "identity", "expected"),
    [
        # a bucket of the role's own account: either policy suffices
        (SAME, False, None, True, True),
        (SAME, False, "*", False, True),
        (SAME, False, {"AWS": ROLE}, False, True),
        (SAME, False, {"AWS": SESSION}, False, True),
        (SAME, False, {"AWS": SAME}, False, False),
        (SAME, False, {"AWS": "arn:aws:iam::111111111111:role/other"}, False, False),
        # a bucket of another account: both must allow
        (OTHER, False, None, True, False),
        (OTHER, False, "*", False, False),
        (OTHER, False, "*", True, True),
        (OTHER, False, {"AWS": SAME}, True, True),
        (OTHER, False, {"AWS": OTHER}, True, False),
        (OTHER, False, {"Service": "glue.amazonaws.com"}, True, False),
        # a key or a role of the same account: its own policy must allow, or leave it to the account
        (SAME, True, None, True, False),
        (SAME, True, {"AWS": ROLE}, False, True),
        (SAME, True, {"AWS": "arn:aws:iam::111111111111:root"}, True, True),
        (SAME, True, {"AWS": "arn:aws:iam::111111111111:root"}, False, False),
        # and of another account: both again
        (OTHER, True, {"AWS": ROLE}, False, False),
        (OTHER, True, {"AWS": ROLE}, True, True),
    ],
)
def test_the_resource_s_own_policy_counts(account, decides, principal, identity, expected):
    policy = statements({**allow(), "Principal": principal}) if principal else ()
    who = caller(ALL) if identity else caller()
    denial = decide(who, Request("s3:GetObject", OBJECT), ResourcePolicy(account, policy, decides))
    assert (denial is None) is expected, denial


def test_a_deny_in_the_resource_s_policy_holds_for_its_principals():
    policy = statements({**allow(), "Effect": "Deny", "Principal": {"AWS": "*"}})
    denial = decide(caller(ALL), Request("s3:GetObject", OBJECT), ResourcePolicy(SAME, policy))
    assert "explicit deny in a resource-based policy" in str(denial)
    assert decide(caller(ALL), Request("s3:PutObject", OBJECT), ResourcePolicy(SAME, policy)) is None


def test_an_unknown_resource_is_denied_only_what_everything_is_denied():
    request = Request("cloudformation:DescribeStacks", None)
    some = {"Action": "cloudformation:*", "Resource": "arn:aws:cloudformation:*:*:stack/x/*"}
    assert decide(caller({"Effect": "Allow", **some}), request) is None
    assert decide(caller(ALL, {"Effect": "Deny", **some}), request) is None
    assert decide(caller(ALL, {"Effect": "Deny", **some, "Resource": "*"}), request) is not None


def test_what_a_template_leaves_out_of_a_policy_is_no_statement():
    assert len(statements_of(json.dumps({"Statement": [None, allow()]}))) == 1
