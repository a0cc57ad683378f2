"""default-config.yaml: accounts, source, stages."""

from pathlib import Path

import pytest
import yaml

from aws_glue_cdk_baseline.config import load_config, parse_config, parse_stage
from aws_glue_cdk_baseline.errors import InvalidFilesError
from tests.conftest import SAMPLE
from tests.unit.checkout import CONFIG
from tests.unit.mistakes import problems_of


def account(region="us-east-1", number="123456789102"):
    return {"awsAccountId": number, "awsRegion": region}


def test_the_default_config_is_valid():
    config = load_config(SAMPLE / CONFIG)
    assert [stage.pipeline_name for stage in config.stages] == ["DeployDev", "DeployProd"]
    assert config.pipeline_account.aws_account_id == "123456789101"
    assert config.source.provider == "codecommit"


def test_a_plain_dict_is_the_same_config_as_its_file(config):
    from_file, from_dict = load_config(SAMPLE / CONFIG), parse_config(config)
    assert from_dict.pipeline_account == from_file.pipeline_account
    assert [stage.account for stage in from_dict.stages] == [stage.account for stage in from_file.stages]
    assert [stage.jobs for stage in from_dict.stages] == [stage.jobs for stage in from_file.stages]


@pytest.mark.parametrize(
    ("written", "arrives"),
    [
        ('"123456789101"', "123456789101"),
        ("123456789101", "123456789101"),
        ("012345670123", "012345670123"),
        ("'012345670123'", "012345670123"),
        ("000000000001", "000000000001"),
    ],
)
def test_an_account_id_arrives_as_it_was_written(checkout, written, arrives):
    checkout.replace(CONFIG, '"123456789101"', written)
    assert load_config(Path(CONFIG)).pipeline_account.aws_account_id == arrives


def test_an_account_id_that_yaml_has_read_as_octal_is_refused_with_the_reason(config):
    config["pipelineAccount"] = yaml.safe_load("{awsAccountId: 012345670123, awsRegion: us-east-1}")
    [found] = problems_of(config)
    assert "found 1402433619; if it was written 012345670123, without quotes, YAML has read it as an octal" in found


@pytest.mark.parametrize(
    ("number", "found"),
    [
        (12345, "12345"),
        ("12345678910", "'12345678910'"),
        ("1234567891011", "'1234567891011'"),
        ("1234-5678-9101", "'1234-5678-9101'"),
        ("١٢٣٤٥٦٧٨٩١٠١", "'١٢٣٤٥٦٧٨٩١٠١'"),
        (1.2e11, "120000000000.0"),
        (True, "true"),
        (None, "nothing"),
        ([], "a list"),
    ],
)
def test_what_is_no_account_id_is_refused(config, number, found):
    config["devAccount"]["awsAccountId"] = number
    rule = "should be twelve digits, like '012345678901', found"
    assert problems_of(config) == [f"devAccount.awsAccountId: {rule} {found}"]


@pytest.mark.parametrize(
    ("region", "partition"),
    [
        ("us-east-1", "aws"),
        ("ap-southeast-5", "aws"),
        ("il-central-1", "aws"),
        ("mx-central-1", "aws"),
        ("cn-northwest-1", "aws-cn"),
        ("us-gov-west-1", "aws-us-gov"),
        ("us-iso-east-1", "aws-iso"),
        ("us-isob-east-1", "aws-iso-b"),
        ("eusc-de-east-1", "aws-eusc"),
    ],
)
def test_a_region_tells_its_partition(config, region, partition):
    for key in ("pipelineAccount", "devAccount", "prodAccount"):
        config[key]["awsRegion"] = region
    config["dev"]["connections"]["CustomerDatabase"]["network"]["availabilityZone"] = f"{region}a"
    assert parse_config(config).pipeline_account.partition == partition


@pytest.mark.parametrize("region", ["us-eats-1", "useast1", "US-EAST-1", "us-east-1a", "us-east", "Ireland"])
def test_what_is_no_region_is_refused(config, region):
    config["devAccount"]["awsRegion"] = region
    assert problems_of(config) == [f"devAccount.awsRegion: should be a Region, like us-east-1, found {region!r}"]


def test_a_stage_in_another_partition_is_refused(config):
    config["prodAccount"]["awsRegion"] = "cn-north-1"
    [found] = problems_of(config)
    assert found.startswith("prodAccount.awsRegion cn-north-1 is in the partition aws-cn, the pipeline in aws")


def test_stages_are_deployed_in_the_order_of_the_file():
    config = parse_config(
        {
            "qaAccount": account(),
            "pipelineAccount": account(),
            "devAccount": account(),
            "preProdAccount": account(),
            "dev": {"jobs": {}},
        }
    )
    assert [stage.pipeline_name for stage in config.stages] == ["DeployQa", "DeployDev", "DeployPreProd"]


@pytest.mark.parametrize("names", [["prod"], ["dev", "prod"], ["dev", "qa", "staging", "prod"]])
def test_the_last_stage_waits_for_an_approval_and_the_others_are_tested(names):
    config = parse_config({"pipelineAccount": account()} | {f"{name}Account": account() for name in names})
    assert [stage.approval for stage in config.stages] == [*[False] * (len(names) - 1), True]
    assert [stage.integration_test for stage in config.stages] == [*[True] * (len(names) - 1), False]


def test_a_stage_says_itself_whether_it_is_approved_and_tested(config):
    config["dev"] |= {"approval": True, "integrationTest": False}
    config["prod"] |= {"approval": False, "integrationTest": "yes"}
    dev, prod = parse_config(config).stages
    assert (dev.approval, dev.integration_test) == (True, False)
    assert (prod.approval, prod.integration_test) == (False, True)


def test_all_stages_may_share_the_account_and_region_of_the_pipeline(config):
    config["devAccount"] = config["prodAccount"] = config["pipelineAccount"]
    parsed = parse_config(config)
    assert {stage.target for stage in parsed.stages} == {parsed.pipeline_account}


@pytest.mark.parametrize("empty", [None, {}, {"jobs": None}])
def test_a_stage_without_anything_of_its_own_has_no_overrides(config, empty):
    config["dev"] = empty
    assert parse_config(config).stages[0].jobs == {}


def test_a_stage_block_is_not_needed(config):
    del config["dev"]
    assert parse_config(config).stage("dev").jobs == {}


@pytest.mark.parametrize(
    ("key", "found"),
    [
        ("pipelineAcount", "pipelineAcount is not known (did you mean 'pipelineAccount'?)"),
        ("sources", "sources is not known (did you mean 'source'?)"),
        ("prodd", "prodd is not known (did you mean 'prod'?)"),
        ("qa", "qa has no account: add qaAccount, or remove the block"),
        ("dev_account", "dev_account is not known (did you mean 'devAccount'?)"),
        ("not a stage", "not a stage is not known "
                        "(known: dev, devAccount, pipelineAccount, prod, prodAccount, source)"),
    ],
)  # fmt: skip
def test_an_unknown_key_is_refused_with_the_nearest_known_one(config, key, found):
    assert problems_of(config | {key: {}}) == [found]


def test_a_misspelt_account_is_known_by_its_stage(config):
    config["devAcount"] = config.pop("devAccount")
    assert problems_of(config) == [
        "dev has no account: add devAccount, or remove the block",
        "devAcount is not known (did you mean 'devAccount'?)",
    ]


@pytest.mark.parametrize("key", ["pipelineAccount", "devAccount"])
def test_an_account_needs_its_id_and_region_and_nothing_else(config, key):
    config[key] = {"awsAccountID": "123456789101"}
    assert problems_of(config) == [
        f"{key}.awsAccountID is not known (did you mean 'awsAccountId'?)",
        f"{key}.awsAccountId is missing",
        f"{key}.awsRegion is missing",
    ]


def test_missing_accounts_are_named():
    assert problems_of({}) == [
        "no stage: add an account for each, such as devAccount and prodAccount",
        "pipelineAccount is missing: give its awsAccountId and awsRegion",
    ]


@pytest.mark.parametrize("junk", ["text", 7, [], [1]])
@pytest.mark.parametrize("key", ["pipelineAccount", "devAccount", "prod", "source"])
def test_a_block_that_is_no_map_is_refused(config, key, junk):
    config[key] = junk
    [found] = problems_of(config)
    assert found.startswith(f"{key}: should be a map of `key: value`, found ")


@pytest.mark.parametrize("name", ["Dev", "1st", "pre-prod", "a" * 21, "", "dév"])
def test_a_stage_name_that_aws_names_cannot_hold_is_refused(config, name):
    config[f"{name}Account"] = account()
    assert f"the stage name {name!r} should begin with a small letter and have at most 20 letters and digits" in (
        problems_of(config)
    )


def test_stage_names_that_differ_only_by_capitals_are_refused(config):
    config["deVAccount"] = account()
    assert problems_of(config) == ["the stages dev and deV differ only by capital letters"]


def test_a_stage_cannot_take_the_name_of_the_source(config):
    config["sourceAccount"] = account()
    assert problems_of(config) == ["a stage cannot be called source: that word has another meaning here"]


def test_every_mistake_of_a_file_is_reported_at_once_with_its_line(checkout):
    checkout.replace(CONFIG, '"123456789102"', "98765")
    checkout.replace(CONFIG, "baseline, branch: main", "baseline, brunch: main")
    checkout.replace(CONFIG, "prod:\n  jobs:", "prod:\n  aproval: true\n  jobs:")
    checkout.replace(CONFIG, "    JoinLegislators:", "    JoinLegislator:")
    checkout.replace(CONFIG, "    DimCustomers:\n", "    DimCustomers:\n      DimCustomers: 1\n")
    checkout.append(CONFIG, "\nprod: {}\n")
    found = checkout.problems()
    expected = [
        ("98765", "devAccount.awsAccountId: should be twelve digits, like '012345678901', found 98765"),
        ("brunch", "source.brunch is not known (did you mean 'branch'?)"),
        ("aproval", "prod.aproval is not known (did you mean 'approval'?)"),
        ("JoinLegislator:", "JoinLegislator is in no layer's jobs.csv (did you mean 'JoinLegislators'?)"),
        ("DimCustomers: 1", "DimCustomers: DimCustomers is no setting of a job: a parameter begins"),
        ("prod: {}", "the key 'prod' stands here a second time"),
    ]  # fmt: skip
    places = [f"{checkout.where(CONFIG, file)}: {text}" for file, text in expected]
    assert [place for place in places if not any(one.startswith(place) for one in found)] == []


def test_a_stage_that_is_not_there_is_named_with_the_nearest(config):
    with pytest.raises(InvalidFilesError, match=r"there is no stage pord \(did you mean 'prod'\?\)"):
        parse_config(config).stage("pord")


def test_of_a_dict_a_stack_asks_only_for_the_pipelines_account_and_its_stage(config):
    pipeline, stage = parse_stage({"pipelineAccount": config["pipelineAccount"], "dev": config["dev"]}, "dev")
    assert pipeline.aws_account_id == "123456789101"
    assert stage.jobs == config["dev"]["jobs"]
    with pytest.raises(InvalidFilesError, match="devAccount is missing"):
        _ = stage.target


def test_a_dict_without_the_stage_is_refused(config):
    with pytest.raises(InvalidFilesError, match=r"deb is missing \(did you mean 'dev'\?\)"):
        parse_stage(config, "deb")
