"""The suite keeps its word: every fault has a record, every record is compared, and README.md lists them all."""

from __future__ import annotations

import inspect

from tests.rehearsal.faults import catalogue
from tests.rehearsal.faults.fault import CDK, CLOUDFORMATION, CODEBUILD, CODEPIPELINE, GLUE, IAM

ALL = [each for _, module in catalogue.modules() for _, faults in catalogue.tests_of(module) for each in faults]
OTHER_GUIDES = ("AmazonS3/latest/userguide/", "kms/latest/developerguide/", "secretsmanager/latest/userguide/")


def test_the_suite_has_faults_enough_and_none_twice():
    assert len(ALL) >= 30
    names = [each.what for each in ALL]
    assert len(names) == len(set(names))


def test_every_fault_says_what_aws_does_and_where_that_is_documented():
    guides = (CDK, CLOUDFORMATION, CODEBUILD, CODEPIPELINE, GLUE, IAM, *OTHER_GUIDES)
    for each in ALL:
        assert each.where, each
        assert each.aws, each
        assert each.says, each
        assert each.page.startswith(guides), each
        assert each.page.endswith(".html"), each


def test_every_test_compares_what_is_said_with_its_record():
    for name, module in catalogue.modules():
        for test, faults in catalogue.tests_of(module):
            compares = "fault.is_named_in(" in inspect.getsource(test)
            assert compares is bool(faults), f"{name}.{test.__name__}"


def test_the_readme_lists_the_faults_as_they_are():
    told = "run `python -m tests.rehearsal.faults.catalogue`"
    assert catalogue.README.read_text(encoding="utf-8") == catalogue.readme(), told
