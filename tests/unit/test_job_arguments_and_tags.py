"""The arguments and tags that a job cannot have."""

import pytest

from aws_glue_cdk_baseline.job_rules import STACK_TAGS
from tests.unit.mistakes import mistakes


@pytest.mark.parametrize("block", ["DefaultArguments", "NonOverridableArguments"])
@pytest.mark.parametrize(
    ("name", "found"),
    [
        ("--JOB_NAME", "--JOB_NAME is Glue's own argument: remove it"),
        ("--debug", "--debug is Glue's own argument: remove it"),
        ("--endpoint", "--endpoint is Glue's own argument: remove it"),
        ("--mode", "--mode is Glue's own argument: remove it"),
        ("--job-language", "--job-language is Glue's own argument: remove it"),
        ("--stage", "--stage is given by the stack: remove it"),
        ("--lake_location", "--lake_location is given by the stack: remove it"),
        ("--database", "--database is given by the stack: remove it"),
        ("--spark-event-logs-path", "--spark-event-logs-path is the stage's log bucket: only set --enable-spark-ui"),
        ("input", "an argument's name begins with two dashes: --input, found input"),
        ("-input", "an argument's name begins with two dashes: --input, found -input"),
        ("--", "an argument's name begins with two dashes: --name, found --"),
        ("--in put", "an argument's name has neither spaces nor '=', found '--in put'"),
        ("--in=put", "an argument's name has neither spaces nor '=', found '--in=put'"),
    ],
)
def test_an_argument_that_a_job_cannot_have_is_refused(block, name, found):
    assert mistakes(**{block: {name: "x"}}) == [found]


@pytest.mark.parametrize(
    ("arguments", "found"),
    [
        ({"--enable-metrics": "ture"}, "--enable-metrics should be \"true\" or \"false\", found 'ture'"),
        ({"--job-bookmark-option": "enable"},
         "--job-bookmark-option should be job-bookmark-enable, job-bookmark-disable or "
         "job-bookmark-pause, found 'enable'"),
        ({"--extra-jars": "s3://bucket"},
         "--extra-jars: 's3://bucket' is no file in a bucket, like s3://bucket/folder/file.zip"),
    ],
)  # fmt: skip
def test_a_value_that_glue_would_not_understand_is_refused(arguments, found):
    assert mistakes(DefaultArguments=arguments) == [found]


@pytest.mark.parametrize("name", ["--extra-py-files", "--extra-jars", "--extra-files"])
def test_files_that_a_run_cannot_override_would_displace_the_library(name):
    [found] = mistakes(NonOverridableArguments={name: "s3://bucket/a.zip"})
    assert found.startswith(f"{name} belongs to DefaultArguments")


def test_tags_leave_room_for_those_of_the_stack():
    assert mistakes(Tags={f"tag{n}": "x" for n in range(43)}) == []
    for count in (44, 60):
        [found] = mistakes(Tags={f"tag{n}": "x" for n in range(count)})
        assert found == f"at most 43 tags (50 less 7 of the stack's own), found {count}"


@pytest.mark.parametrize("tag", sorted(STACK_TAGS))
def test_a_tag_of_the_stack_is_refused(tag):
    assert mistakes(Tags={tag: "x"}) == [f"the tag {tag} is given by the stack: remove it"]


@pytest.mark.parametrize(
    ("tags", "found"),
    [
        ({"aws:owner": "x"}, "the tag aws:owner should not begin with aws:, which is AWS's own"),
        ({"": "x"}, "a tag has a key of 1 to 128 and a value of at most 256 characters"),
        ({"k" * 129: "x"}, "a tag has a key of 1 to 128 and a value of at most 256 characters"),
        ({"k": "x" * 257}, "a tag has a key of 1 to 128 and a value of at most 256 characters"),
    ],
)
def test_a_tag_that_aws_refuses_is_refused(tags, found):
    assert mistakes(Tags=tags) == [found]
