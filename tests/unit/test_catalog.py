"""The catalog: jobs.csv, default_configs.yaml, custom_configs.yaml of each layer."""

import pytest

from aws_glue_cdk_baseline.catalog import integration_test_settings, load_catalog
from aws_glue_cdk_baseline.errors import InvalidFilesError

HEADER = "JobName,Classification,Category,ConnectionName\n"
LOADING = "aws_glue_cdk_baseline/job_scripts/loading"


@pytest.fixture
def problems(checkout):
    def problems():
        with pytest.raises(InvalidFilesError) as raised:
            load_catalog(checkout.job_scripts)
        return [str(problem) for problem in raised.value.problems]

    return problems


@pytest.fixture
def orders(checkout):
    """Adds a job LoadOrders to the layer `loading`."""

    def orders(classification="default", custom="", name="LoadOrders", connection=""):
        checkout.write("loading/jobs.csv", f"{HEADER}{name},{classification},Loading,{connection}\n")
        checkout.write("loading/custom_configs.yaml", custom)
        checkout.write("loading/load_orders.py", "print('orders')\n")
        return lambda: load_catalog(checkout.job_scripts)[name]

    return orders


def test_jobs_are_in_the_order_of_layers_and_rows(checkout):
    assert list(load_catalog(checkout.job_scripts)) == ["ProcessLegislators", "JoinLegislators", "DimCustomers"]


def test_a_layer_has_as_many_jobs_as_a_stack_can_hold(checkout):
    checkout.write("lib/any.py", "")
    checkout.write("loading/default_configs.yaml", "Script: ../lib/any.py")
    rows = [f"Load{number},default,,\n" for number in range(481)]
    checkout.write("loading/jobs.csv", "".join(["JobName,Classification,Category,ConnectionName\n", *rows]))
    assert [problem for problem in checkout.problems() if "481 jobs" in problem] == [
        "aws_glue_cdk_baseline/job_scripts/loading/jobs.csv:482: the layer loading has 481 jobs: "
        "its stack can hold 480, move some to another layer"
    ]


@pytest.mark.parametrize("name", ["LoadOrders", "load-orders", "load_orders"])
def test_a_script_is_the_jobs_name_in_snake_case(orders, name):
    job = orders(name=name)()
    assert job.script(job.settings().script).name == "load_orders.py"


def test_script_names_another_file(checkout, orders):
    checkout.write("lib/shared_job.py", "print('shared')\n")
    job = orders("custom", "LoadOrders: {Script: ../lib/shared_job.py}")()
    assert job.script(job.settings().script).resolve() == checkout.path("lib/shared_job.py").resolve()


def test_a_row_says_category_and_connection(orders):
    job = orders(connection="redshift-conn")()
    assert (job.category, job.connection_name, job.layer.zone) == ("Loading", "redshift-conn", "loading")


def test_a_row_may_leave_category_and_connection_empty_and_classify_in_capitals(checkout, orders):
    orders()
    checkout.write("loading/jobs.csv", "Classification, JobName\n\n Default , LoadOrders \n,\n")
    job = load_catalog(checkout.job_scripts)["LoadOrders"]
    assert (job.category, job.connection_name) == (None, None)


def test_a_default_job_has_the_settings_of_its_layer(checkout, orders):
    checkout.replace("loading/default_configs.yaml", "NumberOfWorkers: 2", "NumberOfWorkers: 4")
    assert orders()().settings().number_of_workers == 4


def test_a_custom_job_has_its_own_above_those_of_its_layer(orders):
    custom = "LoadOrders: {NumberOfWorkers: 8, DefaultArguments: {--enable-metrics: false, --limit: 5}}"
    settings = orders("custom", custom)().settings()
    assert (settings.number_of_workers, settings.worker_type) == (8, "G.1X")
    assert settings.default_arguments["--enable-metrics"] == "false"
    assert settings.default_arguments["--enable-job-insights"] == "true"
    assert settings.default_arguments["--limit"] == "5"


def test_one_jobs_overrides_do_not_reach_the_next(checkout):
    rows = "".join(f"Job{n},custom,,\n" for n in range(3))
    checkout.write("loading/jobs.csv", f"{HEADER}{rows}Last,default,,\n")
    for name in ("job0", "job1", "job2", "last"):
        checkout.write(f"loading/{name}.py", "")
    blocks = "".join(f"Job{n}: {{NumberOfWorkers: {n + 5}, DefaultArguments: {{--of{n}: x}}}}\n" for n in range(3))
    checkout.write("loading/custom_configs.yaml", blocks)
    jobs = load_catalog(checkout.job_scripts)
    for n in range(3):
        own = jobs[f"Job{n}"].settings()
        assert own.number_of_workers == n + 5
        assert [name for name in own.default_arguments if name.startswith("--of")] == [f"--of{n}"]
    assert jobs["Last"].settings().number_of_workers == 2
    assert not [name for name in jobs["Last"].settings().default_arguments if name.startswith("--of")]


def test_a_python_shell_job_leaves_the_layers_settings_for_spark(orders):
    settings = orders("custom", "LoadOrders: {Command: {Name: pythonshell}, MaxCapacity: 1}")().settings()
    assert (settings.worker_type, settings.glue_version, settings.max_capacity) == (None, None, 1)
    assert "--enable-metrics" not in settings.arguments


def test_a_python_shell_job_that_wants_workers_itself_is_refused(orders, problems):
    orders("custom", "LoadOrders:\n  Command: {Name: pythonshell}\n  WorkerType: G.1X\n")
    assert problems() == [
        f"{LOADING}/custom_configs.yaml:3: "
        "WorkerType is for Spark jobs: a pythonshell job has MaxCapacity (0.0625 or 1)"
    ]


def test_the_integration_test_of_a_job_follows_from_its_catalog(checkout, orders):
    orders("custom", "LoadOrders: {IntegrationTest: false}")
    checkout.append("transformation/custom_configs.yaml", "  IntegrationTest: {MaxSeconds: 90}\n")
    found = integration_test_settings(checkout.job_scripts)
    assert not found["LoadOrders"].enabled
    assert (found["DimCustomers"].enabled, found["DimCustomers"].max_seconds) == (True, 90)
    assert (found["JoinLegislators"].enabled, found["JoinLegislators"].max_seconds) == (True, 600)


def test_a_streaming_job_is_not_integration_tested(orders, checkout):
    orders("custom", "LoadOrders: {Command: {Name: gluestreaming}}")
    assert not integration_test_settings(checkout.job_scripts)["LoadOrders"].enabled


@pytest.mark.parametrize(
    ("rows", "found"),
    [
        ("LoadOrders,default,Loading\n", "2: has 3 values, the header has 4 columns: "
                                         "an empty value needs its comma too"),
        ("LoadOrders,special,,\n", "2: Classification should be default or custom, found 'special'"),
        ("Load Orders,default,,\n", "2: the job name 'Load Orders' should begin with a letter and have at most 100 "
                                    "letters, digits, '-' and '_'"),
        (",default,,\n", "2: the job name '' should begin with a letter and have at most 100 letters, "
                             "digits, '-' and '_'"),
        ("\n\n1Load,default,,\n", "4: the job name '1Load' should begin with a letter and have at most 100 letters, "
                                  "digits, '-' and '_'"),
        ('"LoadOrders,default,,\n', "2: is not valid CSV: unexpected end of data (is a quotation mark left open?)"),
        (f"LoadOrders,default,,{'c' * 256}\n", "2: ConnectionName should be at most 255 characters on one line"),
    ],
)  # fmt: skip
def test_a_row_with_a_mistake_is_refused_with_its_line(checkout, problems, rows, found):
    checkout.write("loading/jobs.csv", HEADER + rows)
    [problem] = problems()
    assert problem.startswith(f"{LOADING}/jobs.csv:{found}")


@pytest.mark.parametrize(
    ("header", "found"),
    [
        ("JobName,Classifikation", "the column 'Classifikation' is not known (did you mean 'Classification'?)"),
        ("JobName", "the column Classification is missing: the first line should be "
                    "JobName,Classification,Category,ConnectionName"),
        ("JobName,Classification,JobName", "the column JobName stands twice"),
        ("JobName;Classification", "should separate its columns by commas: "
                                   "JobName,Classification,Category,ConnectionName"),
    ],
)  # fmt: skip
def test_a_header_with_a_mistake_is_refused(checkout, problems, header, found):
    checkout.write("loading/jobs.csv", f"{header}\nLoadOrders,default\n")
    assert f"{LOADING}/jobs.csv:1: {found}" in problems()


def test_line_numbers_do_not_shift_at_odd_white_space(checkout, problems):
    checkout.write("loading/jobs.csv", HEADER + "A,default,a\u2028b\x0cc,\nB,wrong,,\n")
    checkout.write("loading/a.py", "")
    assert [problem for problem in problems() if "jobs.csv:3: Classification" in problem]


@pytest.mark.parametrize("name", ["JoinLegislators", "join-legislators", "joinLegislators"])
def test_a_job_name_that_is_taken_is_refused_with_the_place_of_the_other(checkout, problems, name):
    checkout.write("loading/jobs.csv", f"{HEADER}{name},default,,\n")
    checkout.write("loading/join_legislators.py", "")
    other = checkout.where("transformation/jobs.csv", "JoinLegislators")
    assert problems() == [f"{LOADING}/jobs.csv:2: the job name {name} is already taken by JoinLegislators, {other}"]


def test_a_script_that_does_not_exist_is_refused_with_the_nearest_that_does(checkout, problems):
    checkout.path("transformation/dim_customers.py").rename(checkout.path("transformation/dim_customer.py"))
    [found] = problems()
    assert found.startswith(checkout.where("transformation/jobs.csv", "DimCustomers"))
    assert (
        "transformation/dim_customers.py does not exist in this repository (did you mean 'dim_customer.py'?)" in found
    )


@pytest.mark.parametrize("script", ["../../../../outside.py", f"{'x' * 5000}.py"])
def test_a_script_that_the_pipeline_cannot_have_is_refused_where_it_is_named(checkout, orders, problems, script):
    (checkout.folder.parent / "outside.py").write_text("")
    orders("custom", f"LoadOrders:\n  Timeout: 5\n  Script: {script}\n")
    [found] = problems()
    assert found.startswith(f"{LOADING}/custom_configs.yaml:3: the script ")
    assert "does not exist in this repository" in found


def test_libraries_that_do_not_exist_are_all_refused(orders, problems):
    files = "--extra-py-files: 'a.zip, s3://bucket/b.zip, c.zip'"
    orders("custom", f"LoadOrders:\n  DefaultArguments:\n    {files}\n")
    assert problems() == [
        f"{LOADING}/custom_configs.yaml:3: --extra-py-files names {LOADING}/{name}.zip, "
        "which does not exist in this repository"
        for name in "ac"
    ]


def test_a_custom_job_without_a_block_is_refused(orders, problems):
    orders("custom", "LoadOrder: {Timeout: 5}")
    assert problems() == [
        f"{LOADING}/custom_configs.yaml:1: LoadOrder is no job of loading/jobs.csv (did you mean 'LoadOrders'?)",
        f"{LOADING}/jobs.csv:2: LoadOrders is custom, but loading/custom_configs.yaml has no block of that name "
        "(did you mean 'LoadOrder'?)",
    ]


def test_a_block_for_a_default_job_is_refused(orders, problems):
    orders("default", "\nLoadOrders: {Timeout: 5}")
    assert problems() == [
        f"{LOADING}/custom_configs.yaml:2: LoadOrders is classified default in jobs.csv: write custom there, "
        "or remove this block"
    ]


@pytest.mark.parametrize(("block", "found"), [("", "nothing"), (" 7", "a number"), (" [x]", "a list")])
def test_a_block_that_is_no_map_is_refused(orders, problems, block, found):
    orders("custom", f"LoadOrders:{block}")
    assert problems() == [f"{LOADING}/custom_configs.yaml:1: LoadOrders should be a map of settings, found {found}"]


@pytest.mark.parametrize(
    ("setting", "reason"),
    [
        ("Name: x", "Name cannot be set: the job's name comes from jobs.csv and the stage"),
        ("Role: x", "Role cannot be set: the role follows from the layer and what its jobs read and write"),
        (
            "AllocatedCapacity: 5",
            "AllocatedCapacity cannot be set: AWS has retired it: use WorkerType and NumberOfWorkers",
        ),
        (
            "Command: {ScriptLocation: s3://x/y.py}",
            "Command.ScriptLocation cannot be set: the script is deployed from this repository",
        ),
    ],
)
def test_a_property_that_the_stack_decides_is_refused_with_the_reason(orders, problems, setting, reason):
    orders("custom", f"LoadOrders:\n  {setting}\n")
    [found] = problems()
    assert found.startswith(f"{LOADING}/custom_configs.yaml:2: {reason}")


def test_a_mistake_in_the_defaults_is_told_once_where_it_stands(checkout, problems):
    checkout.append("transformation/default_configs.yaml", "Timout: 5\n")
    place = checkout.where("transformation/default_configs.yaml", "Timout")
    assert problems() == [f"{place}: Timout is not known (did you mean 'Timeout'?)"]


def test_a_mistake_in_the_defaults_of_a_layer_without_jobs_is_told_too(checkout, problems):
    checkout.append("loading/default_configs.yaml", "Timout: 5\n")
    assert [found for found in problems() if "Timout is not known (did you mean 'Timeout'?)" in found]


def test_a_default_that_clashes_with_a_jobs_own_setting_names_the_job(checkout, orders, problems):
    checkout.replace("loading/default_configs.yaml", "MaxRetries: 0", "MaxRetries: 2")
    orders("custom", "LoadOrders: {ExecutionClass: FLEX}")
    [found] = problems()
    assert found.startswith(f"{checkout.where('loading/default_configs.yaml', 'MaxRetries')}: MaxRetries should be 0")
    assert found.endswith("(job LoadOrders)")


def test_every_layers_mistakes_are_reported_at_once(checkout, problems):
    checkout.write("ingestion/jobs.csv", "JobName\n")
    checkout.append("transformation/default_configs.yaml", "Tags: [x]\nTags: {}\n")
    checkout.path("loading/custom_configs.yaml").unlink()
    found = "\n".join(problems())
    for part in ("the column Classification is missing", "Tags: should be a map", "the key 'Tags' stands here a second",
                 "loading/custom_configs.yaml: cannot be read: No such file or directory"):  # fmt: skip
        assert part in found


def test_a_folder_that_is_no_layer_is_refused(checkout, problems):
    checkout.write("transformations/jobs.csv", HEADER)
    assert problems() == [
        "aws_glue_cdk_baseline/job_scripts/transformations: is not a layer (did you mean 'transformation'?)"
    ]


def test_a_repository_may_lack_a_layer(checkout):
    checkout.path("loading").rename(checkout.folder / "elsewhere")
    assert len(load_catalog(checkout.job_scripts)) == 3
