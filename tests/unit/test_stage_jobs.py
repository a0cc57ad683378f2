"""The jobs of a stage: the catalog's, with the stage's parameters and settings, as the scripts need them."""

import pytest

from tests.unit.checkout import CONFIG

JOIN = "aws_glue_cdk_baseline/job_scripts/transformation/join_legislators.py"
PROCESS = "aws_glue_cdk_baseline/job_scripts/ingestion/process_legislators.py"
UNUSED = f"ProcessLegislators: {PROCESS} does not use the parameter"
INPUT = "inputLocation: s3://awsglue-datasets/examples/us-legislators/all/persons.json"


@pytest.fixture
def job(checkout):
    def job(name, stage="dev"):
        return next(job for job in checkout.check().jobs[stage] if job.name == name)

    return job


@pytest.fixture
def in_dev(checkout):
    """Writes lines under dev's ProcessLegislators, in place of its input, and returns the problems."""

    def in_dev(*lines):
        checkout.replace(CONFIG, f"      {INPUT}\n", "".join(f"      {line}\n" for line in lines))
        return checkout.problems()

    return in_dev


def at(checkout, text, message):
    return f"{checkout.where(CONFIG, text)}: {message}"


def test_parameters_reach_a_job_as_arguments_in_snake_case(job):
    assert job("JoinLegislators").parameters == {
        f"input_location_{name}": f"s3://awsglue-datasets/examples/us-legislators/all/{file}.json"
        for name, file in [("orgs", "organizations"), ("persons", "persons"), ("memberships", "memberships")]
    }


def test_every_job_of_the_catalog_is_in_every_stage(checkout):
    names = {stage: [job.name for job in jobs] for stage, jobs in checkout.check().jobs.items()}
    assert names == {stage: ["ProcessLegislators", "JoinLegislators", "DimCustomers"] for stage in ("dev", "prod")}


def test_false_leaves_a_job_out_of_a_stage(checkout):
    text = checkout.path(CONFIG).read_text()
    block = text[text.index("    DimCustomers:") : text.index("  connections:")]
    checkout.replace(CONFIG, block, "    DimCustomers: false\n")
    names = {stage: [job.name for job in jobs] for stage, jobs in checkout.check().jobs.items()}
    assert names["dev"] == ["ProcessLegislators", "JoinLegislators"]
    assert names["prod"] == ["ProcessLegislators", "JoinLegislators", "DimCustomers"]


def test_a_stage_overrides_a_jobs_settings_and_no_other_stages(checkout, job):
    checkout.replace(CONFIG, "prod:\n  jobs:\n    ProcessLegislators:\n", "prod:\n  jobs:\n    ProcessLegislators:\n"
                     "      NumberOfWorkers: 10\n      DefaultArguments: {--enable-metrics: false}\n")  # fmt: skip
    in_prod, in_dev = job("ProcessLegislators", "prod").settings, job("ProcessLegislators", "dev").settings
    assert (in_prod.number_of_workers, in_dev.number_of_workers) == (10, 2)
    assert in_prod.default_arguments["--enable-metrics"] == "false"
    assert in_dev.default_arguments["--enable-metrics"] == "true"
    assert job("JoinLegislators", "prod").settings.number_of_workers == 2


@pytest.mark.parametrize(
    ("line", "text"),
    [("limit: 5", "5"), ("limit: true", "true"), ("limit: 0.50", "0.50"), ("limit: 007", "007"), ("limit: ''", ""),
     ('limit: "a\\tb"', "a\tb")],
)  # fmt: skip
def test_a_parameter_is_text_as_it_was_written(checkout, job, in_dev, line, text):
    checkout.replace(
        "ingestion/process_legislators.py", 'glue_job("input_location")', 'glue_job("input_location", limit="")'
    )
    assert in_dev(INPUT, line) == []
    assert job("ProcessLegislators").parameters["limit"] == text


def test_a_parameter_may_list_locations(job, in_dev):
    assert in_dev("inputLocation: s3://one/a/, s3://two") == []
    assert job("ProcessLegislators").s3_locations == ("s3://one/a/", "s3://two")


def test_a_file_of_the_repository_is_a_parameter(job):
    assert job("DimCustomers").parameters["input_location"].startswith("./")
    assert job("DimCustomers").s3_locations == ()


def test_a_missing_parameter_is_named_with_the_script_that_needs_it(checkout):
    checkout.replace(
        CONFIG, "      inputLocationOrgs: s3://awsglue-datasets/examples/us-legislators/all/organizations.json\n", ""
    )
    assert checkout.problems() == [
        at(
            checkout,
            "JoinLegislators:",
            f"dev.jobs.JoinLegislators.inputLocationOrgs is missing: {JOIN} needs --input_location_orgs",
        )
    ]


def test_parameters_missing_because_the_stage_has_no_block_are_placed_at_its_account(checkout):
    checkout.replace(
        CONFIG, "devAccount:", "qaAccount: {awsAccountId: 123456789102, awsRegion: us-east-1}\ndevAccount:"
    )
    found = checkout.problems()
    place = checkout.where(CONFIG, "qaAccount")
    assert len(found) == 5
    assert f"{place}: qa.jobs.ProcessLegislators.inputLocation is missing: {PROCESS} needs --input_location" in found


def test_an_argument_may_be_given_by_the_catalog_instead(checkout, in_dev):
    checkout.append("ingestion/default_configs.yaml", "  --input_location: s3://bucket/persons.json\n")
    assert in_dev() == []


def test_an_argument_that_no_parameter_can_be_is_asked_of_the_catalog(checkout):
    checkout.replace(
        "ingestion/process_legislators.py",
        'glue_job("input_location")',
        'glue_job("input_location", "S3_PATH", "part_2")',
    )
    found = "\n".join(checkout.problems())
    assert f"dev.jobs.ProcessLegislators.DefaultArguments.--S3_PATH is missing: {PROCESS} needs --S3_PATH" in found
    assert f"dev.jobs.ProcessLegislators.part_2 is missing: {PROCESS} needs --part_2" in found


@pytest.mark.parametrize(
    ("line", "found"),
    [
        ("inputLocaton: s3://bucket", f"{UNUSED} inputLocaton (did you mean 'inputLocation'?)"),
        ("numberOfWorkers: 5", f"{UNUSED} numberOfWorkers (did you mean 'NumberOfWorkers'?)"),
        ("x: 5", f"{UNUSED} x (known: inputLocation)"),
        ("OutputLocation: s3://bucket", "ProcessLegislators: OutputLocation is no setting of a job: "
                                          "a parameter begins with a small letter (outputLocation)"),
        ("NumberOfWorker: 5", "ProcessLegislators: NumberOfWorker is no setting of a job "
                              "(did you mean 'NumberOfWorkers'?)"),
        ("Role: x", "Role cannot be set: the role follows from the layer and what its jobs read and write"),
        ("IntegrationTest: false", "ProcessLegislators: IntegrationTest stands in the catalog; "
                                      "a stage as a whole has integrationTest: true or false"),
        ("NumberOfWorkers: 1", "NumberOfWorkers should be 2 or more, found 1"),
        ("input_location: s3://bucket", "ProcessLegislators: input_location is given twice: "
                                          "inputLocation is --input_location too"),
        ("stage: dev", "ProcessLegislators: stage is given by the stack: remove it"),
        ("lakeLocation: s3://lake", "ProcessLegislators: lakeLocation is given by the stack: remove it"),
        ("database: x", "ProcessLegislators: database is given by the stack: remove it"),
        ("mode: fast", "ProcessLegislators: --mode is an argument of Glue's own: "
                          "choose another name for the parameter mode"),
        ("--input: x", "ProcessLegislators: a parameter's name has letters and digits, like inputLocation, "
                          "found '--input'"),
    ],
)  # fmt: skip
def test_what_a_stage_says_of_a_job_wrongly_is_refused_with_its_line(checkout, in_dev, line, found):
    assert in_dev(INPUT, line) == [at(checkout, line, found)]


@pytest.mark.parametrize(
    ("value", "found"),
    [
        ("s3a://bucket/key", "inputLocation should begin with s3://, found 's3a://bucket/key'"),
        ("s3n://bucket/key", "inputLocation should begin with s3://, found 's3n://bucket/key'"),
        ("S3://bucket/key", "inputLocation should begin with s3://, found 'S3://bucket/key'"),
        ("s3://", "inputLocation: 's3://' is no location of a bucket, like s3://bucket/folder/"),
        ("s3://Bucket/key", "inputLocation: 's3://Bucket/key' is no location of a bucket, like s3://bucket/folder/"),
        ("s3://one/a,two/b", "inputLocation: 'two/b' is no location of a bucket, like s3://bucket/folder/"),
        ("./nowhere.csv", "inputLocation: there is no file ./nowhere.csv in this repository"),
        ("./aws_glue_cdk_baseline", "inputLocation: there is no file ./aws_glue_cdk_baseline in this repository"),
        ("./../outside.csv", "inputLocation: there is no file ./../outside.csv in this repository"),
        (f"./{'x' * 400}", f"inputLocation: there is no file ./{'x' * 400} in this repository"),
        ('"a\\nb"', "inputLocation should be one line without control characters, found 'a\\nb'"),
        ("[s3://a]", "inputLocation should be text, a number, true or false, found a list"),
        ("", "inputLocation should be text, a number, true or false, found nothing"),
    ],
)
def test_a_value_that_is_no_argument_is_refused(checkout, in_dev, value, found):
    (checkout.folder.parent / "outside.csv").write_text("")
    problems = in_dev(f"inputLocation: {value}")
    assert problems == [at(checkout, f"inputLocation: {value}", f"ProcessLegislators: {found}")]


@pytest.mark.parametrize(
    ("block", "found"), [("7", "7"), ("yes please", "'yes please'"), ("[a]", "a list"), ("true", "true")]
)
def test_a_job_that_is_neither_parameters_nor_false_is_refused(checkout, block, found):
    checkout.replace(CONFIG, f"    ProcessLegislators:\n      {INPUT}", f"    ProcessLegislators: {block}")
    message = f"ProcessLegislators should be a map of parameters, or false, found {found}"
    assert checkout.problems() == [at(checkout, "ProcessLegislators:", message)]


def test_an_unknown_job_is_refused_with_the_nearest(checkout):
    checkout.replace(CONFIG, "    DimCustomers:", "    DimCostumers: false\n    DimCustomers:")
    message = "DimCostumers is in no layer's jobs.csv (did you mean 'DimCustomers'?)"
    assert checkout.problems() == [at(checkout, "DimCostumers", message)]


def test_all_mistakes_of_a_job_are_reported_at_once(checkout, in_dev):
    found = in_dev("NumberOfWorkers: 1", "Colour: red", "inputLocaton: s3a://bucket")
    missing = f"dev.jobs.ProcessLegislators.inputLocation is missing: {PROCESS} needs --input_location"
    no_setting = "ProcessLegislators: Colour is no setting of a job: a parameter begins with a small letter (colour)"
    s3a = "ProcessLegislators: inputLocaton should begin with s3://, found 's3a://bucket'"
    assert found == [
        at(checkout, "ProcessLegislators:", missing),
        at(checkout, "NumberOfWorkers: 1", "NumberOfWorkers should be 2 or more, found 1"),
        at(checkout, "Colour", no_setting),
        at(checkout, "inputLocaton", f"{UNUSED} inputLocaton (did you mean 'inputLocation'?)"),
        at(checkout, "inputLocaton", s3a),
    ]


def test_a_parameter_cannot_change_what_a_run_cannot_override(checkout):
    checkout.append("ingestion/default_configs.yaml", "NonOverridableArguments: {--input_location: s3://bucket/x}\n")
    message = "inputLocation cannot change --input_location, which is one of the job's NonOverridableArguments"
    assert at(checkout, INPUT, f"ProcessLegislators: {message}") in checkout.problems()


def test_files_that_a_stage_names_have_to_exist_too(checkout, in_dev):
    assert in_dev(INPUT, "DefaultArguments:", "  --extra-jars: a.jar", "Script: other.py") == [
        at(checkout, "--extra-jars", "--extra-jars names aws_glue_cdk_baseline/job_scripts/ingestion/a.jar, "
                                     "which does not exist in this repository"),
        at(checkout, "Script: other.py", "the script aws_glue_cdk_baseline/job_scripts/ingestion/other.py "
                                         "does not exist in this repository (known: process_legislators.py)"),
    ]  # fmt: skip


def test_a_mistake_in_a_jobs_row_does_not_make_it_an_unknown_job(checkout):
    checkout.replace("ingestion/jobs.csv", "default", "defualt")
    assert len(checkout.problems()) == 1


@pytest.mark.parametrize("script", ["def main(:\n", "x = 1\0\n", "(" * 300 + ")" * 300 + "\n", "-" * 100_000 + "1\n"])
def test_a_script_that_is_no_python_is_refused(checkout, script):
    checkout.write("ingestion/process_legislators.py", script)
    [found] = checkout.problems()
    assert found.startswith(PROCESS)
    assert "is not valid Python: " in found


def test_a_script_for_glue_6_may_have_syntax_that_this_python_lacks(checkout):
    checkout.write("ingestion/process_legislators.py", "type Newer[T] = list[T]\n")
    assert len(checkout.problems()) == 1
    checkout.replace("ingestion/default_configs.yaml", '"5.1"', '"6.0"')
    assert checkout.problems() == []


def test_any_parameter_may_go_to_a_script_whose_arguments_cannot_be_read(checkout, in_dev):
    checkout.write("ingestion/process_legislators.py", "import argparse\n")
    assert in_dev("anything: 5") == []
