"""How a job's settings are merged, and how its names are spelt."""

import copy

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from aws_glue_cdk_baseline.job_definition import merge, snake_case


@pytest.mark.parametrize(
    ("name", "snake"),
    [
        ("ProcessLegislators", "process_legislators"),
        ("process-legislators", "process_legislators"),
        ("Process-Legislators", "process_legislators"),
        ("process_legislators", "process_legislators"),
        ("inputLocation", "input_location"),
        ("inputS3Path", "input_s3_path"),
        ("S3ToRedshift", "s3_to_redshift"),
        ("HTTPServer", "http_server"),
        ("loadCSV", "load_csv"),
        ("load2Tables", "load2_tables"),
        ("Job1", "job1"),
        ("X", "x"),
    ],
)
def test_a_name_in_snake_case(name, snake):
    assert snake_case(name) == snake
    assert snake_case(snake) == snake


_SCALARS = st.none() | st.booleans() | st.integers() | st.text(max_size=3)
_MAPS = st.recursive(
    st.dictionaries(st.sampled_from("abc"), _SCALARS | st.lists(_SCALARS, max_size=2), max_size=3),
    lambda maps: st.dictionaries(st.sampled_from("abc"), _SCALARS | maps, max_size=3),
    max_leaves=8,
)


def containers(value):
    """Every map and list in a value, by identity."""
    below = value.values() if isinstance(value, dict) else value if isinstance(value, list) else []
    own = {id(value)} if isinstance(value, dict | list) else set()
    return own.union(*(containers(one) for one in below))


@settings(max_examples=150, deadline=None, derandomize=True, database=None)
@given(_MAPS, _MAPS)
def test_a_merge_changes_and_shares_nothing_of_its_inputs(base, override):
    before = copy.deepcopy((base, override))
    merged = merge(base, override)
    assert (base, override) == before
    assert not containers(merged) & (containers(base) | containers(override))


@settings(max_examples=150, deadline=None, derandomize=True, database=None)
@given(_MAPS, _MAPS)
def test_a_merge_has_what_the_override_says_and_else_what_the_base_says(base, override):
    merged = merge(base, override)
    for key in {*base, *override}:
        if key not in override:
            assert merged[key] == base[key]
        elif override[key] is None:
            assert key not in merged
        elif isinstance(override[key], dict):
            below = base.get(key)
            assert merged[key] == merge(below if isinstance(below, dict) else {}, override[key])
        else:
            assert merged[key] == override[key]
    assert merge(merged, override) == merged
