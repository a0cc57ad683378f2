"""What is said of a job's settings, and of a config."""

from collections.abc import Mapping
from typing import Any

import pytest

from aws_glue_cdk_baseline.config import parse_config
from aws_glue_cdk_baseline.documents import validate
from aws_glue_cdk_baseline.errors import InvalidFilesError
from aws_glue_cdk_baseline.job_rules import contradictions
from aws_glue_cdk_baseline.job_settings import JobSettings


def mistakes(**settings: Any) -> list[str]:
    """What is wrong with a job's settings: nothing, or one sentence each."""
    parsed, found = validate(JobSettings, settings)
    found += contradictions(parsed) if parsed else []
    return [sentence for _, sentence in found]


def problems_of(config: Mapping[str, Any]) -> list[str]:
    """What a config is refused with."""
    with pytest.raises(InvalidFilesError) as raised:
        parse_config(config)
    return [problem.message for problem in raised.value.problems]
