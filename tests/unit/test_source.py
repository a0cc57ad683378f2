"""The source of the pipeline: a CodeCommit repository, or one of a connection."""

import pytest

from aws_glue_cdk_baseline.config import parse_config
from tests.unit.mistakes import problems_of


@pytest.mark.parametrize(
    ("source", "found"),
    [
        ({"provider": "github"}, "source.provider: should be 'codecommit' or 'connection', found 'github'"),
        ({"repository": "a/b"}, "source.repository: a CodeCommit repository's name may have letters, digits, '.', '_' "
                                "and '-', at most 100, and not end with .git, found 'a/b'"),
        ({"repository": "jobs.git"}, "not end with .git, found 'jobs.git'"),
        ({"branch": "a b"}, "source.branch: should be a branch's name, found 'a b'"),
        ({"branch": 7}, "source.branch: should be text: put it in quotes, found 7"),
        ({"brunch": "main"}, "source.brunch is not known (did you mean 'branch'?)"),
        ({"connectionArn": "arn:aws:codeconnections:us-east-1:123456789101:connection/x"},
         "source.connectionArn is for provider connection: remove it, or set the provider"),
        ({"provider": "connection", "repository": "a/b"},
         "source.connectionArn is missing: provider connection needs it"),
        ({"provider": "connection", "repository": "b",
          "connectionArn": "arn:aws:codeconnections:us-east-1:123456789101:connection/x"},
         "source.repository should be owner/name for a connection, found 'b'"),
        ({"provider": "connection", "repository": "a/b", "connectionArn": "arn:aws:s3:::bucket"},
         "source.connectionArn: should be the ARN of a CodeConnections connection, found 'arn:aws:s3:::bucket'"),
        ({"provider": "connection", "repository": "a/b", "create": False,
          "connectionArn": "arn:aws:codeconnections:us-east-1:123456789101:connection/x"},
         "source.create is for provider codecommit: remove it"),
    ],
)  # fmt: skip
def test_a_source_that_cannot_work_is_refused(config, source, found):
    config["source"] = source
    [message] = problems_of(config)
    assert message.endswith(found)


def test_a_connection_is_a_source(config):
    arn = "arn:aws-cn:codeconnections:cn-north-1:123456789101:connection/x"
    config["source"] = {"provider": "connection", "repository": "group/sub/name", "connectionArn": arn}
    assert parse_config(config).source.connection_arn == arn
