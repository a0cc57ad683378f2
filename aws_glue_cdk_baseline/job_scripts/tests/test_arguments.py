"""A job's arguments: AWS's contract, our errors."""

import itertools
import random

import pytest
from job_runtime.arguments import STANDARD, Arguments, resolve
from job_runtime.errors import ArgumentError

_NAMES = ["JOB_NAME", "input_location", "input_location_orgs", "since"]
# Pieces of command lines: names whole, abbreviated and unknown, with and without `=`, values that look like options
_TOKENS = [
    "--since",
    "--since=2026",
    "--si=a=b",
    "--input",
    "--input_location",
    "--input_location_o",
    "--JOB",
    "--JOB_RUN_ID",
    "--job-bookmark-option",
    "--job-bookmark-o=job-bookmark-pause",
    "--continuation-option=continuation-readonly",
    "--job-bookmark-from=jr_1",
    "--TempDir=s3://t/",
    "--enable-metrics",
    "--encryption-type",
    "--",
    "-s",
    "-1",
    "-",
    "",
    "a b",
    "--two words",
    "job-bookmark-enable",
]
_COMPLETE = ["--JOB_NAME", "j", "--input_location", "i", "--input_location_orgs", "o"]


def _outcome(resolver, *arguments):
    try:
        return resolver(*arguments)
    except (Exception, SystemExit) as error:
        return "exit" if isinstance(error, SystemExit) else "refused"


def _command_lines():
    """Every sequence of two pieces, and a thousand longer ones, always the same."""
    chance = random.Random(0)
    longer = (chance.choices(_TOKENS, k=chance.randint(3, 6)) for _ in range(1000))
    for pieces in itertools.chain(itertools.product(_TOKENS, repeat=2), longer):
        for tail in ([], ["--since", "x"]):
            yield ["script.py", *_COMPLETE, *pieces, *tail]


def test_resolves_every_shape_of_command_line_as_awsglue_does():
    utils = pytest.importorskip("awsglue.utils", reason="AWSGlueDataplanePython is an optional development dependency")
    outcomes = []
    for argv in _command_lines():
        theirs, ours = _outcome(utils.getResolvedOptions, argv, _NAMES), _outcome(resolve, argv, _NAMES)
        assert ours == theirs, f"{argv}: awsglue gives {theirs}, we give {ours}"
        outcomes.append(theirs)
    assert 500 < outcomes.count("refused") < len(outcomes) - 500, "nearly all fine or all refused compares nothing"


@pytest.mark.parametrize(
    "argv",
    [
        [],
        ["--JOB_NAME", "j"],
        ["--since", "s", *_COMPLETE],
        ["--since", "s", *_COMPLETE, "--since", "t", "--JOB_NAME=k"],
        ["positional", *_COMPLETE, "--since=s", "another"],
        [*_COMPLETE, "--since", "--input_location", "x"],
        [*_COMPLETE, "--since", "s", "--RedshiftTempDir", "s3://r/"],
        [*_COMPLETE, "--since", "s", "--job-bookmark-option", "job-bookmark-sometimes"],
        [*_COMPLETE, "--since", "s", "--job-bookmark-option=job-bookmark-pause", "--job-bookmark-to=b"],
        [
            *_COMPLETE,
            "--since=s",
            "--job-bookmark-option=job-bookmark-pause",
            "--job-bookmark-from=a",
            "--job-bookmark-to=b",
        ],
        [*_COMPLETE, "--since=s", "--job-bookmark-from=a", "--job-bookmark-to=b"],
        [
            *_COMPLETE,
            "--since=s",
            "--job-bookmark-option=job-bookmark-enable",
            "--continuation-option=continuation-ignore",
        ],
        [*_COMPLETE, "--since=s", "--help"],
    ],
    ids=" ".join,
)
def test_resolves_orders_repeats_and_bookmarks_as_awsglue_does(argv, capsys):
    utils = pytest.importorskip("awsglue.utils", reason="AWSGlueDataplanePython is an optional development dependency")
    argv = ["script.py", *argv]
    assert _outcome(resolve, argv, _NAMES) == _outcome(utils.getResolvedOptions, argv, _NAMES)


@pytest.mark.parametrize("name", ["JOB_ID", "job-bookmark-option", "continuation-option", "TempDir", "encryption-type"])
def test_a_reserved_name_is_refused_where_awsglue_refuses_it(name):
    utils = pytest.importorskip("awsglue.utils", reason="AWSGlueDataplanePython is an optional development dependency")
    argv = ["script.py", f"--{name}", "x"]
    assert _outcome(resolve, argv, [name]) == _outcome(utils.getResolvedOptions, argv, [name])


def test_a_missing_argument_is_named_with_its_job_and_its_place_in_the_config():
    argv = ["s.py", "--JOB_NAME", "dev-JoinLegislators", "--stage", "dev", "--lake_location", "l", "--database", "d"]
    with pytest.raises(ArgumentError) as caught:
        resolve(argv, [*STANDARD, "input_location_orgs", "since"])
    assert str(caught.value) == (
        "dev-JoinLegislators needs --input_location_orgs, --since: the config should hold "
        "dev.jobs.JoinLegislators.inputLocationOrgs, dev.jobs.JoinLegislators.since"
    )


def test_a_missing_standard_argument_is_the_stacks_business():
    with pytest.raises(
        ArgumentError, match=r"^this job needs --JOB_NAME, --stage, .*: a deployed job gets --JOB_NAME, "
    ):
        resolve(["s.py"], STANDARD)


def test_a_value_that_is_missing_is_said_with_the_argument():
    with pytest.raises(ArgumentError, match=r"^arguments of s.py: argument --since: expected one argument$"):
        resolve(["s.py", "--since"], ["since"])


def test_an_optional_argument_has_its_default_until_it_is_given():
    assert resolve(["s.py"], [], {"since": "2026"})["since"] == "2026"
    assert resolve(["s.py", "--since", "2025"], [], {"since": "2026"})["since"] == "2025"


def test_reading_an_argument_that_was_not_declared_says_how_to_declare_it():
    with pytest.raises(ArgumentError, match=r'--until is not an argument of this job: declare it, glue_job\("until"'):
        Arguments(since="2026")["until"]
