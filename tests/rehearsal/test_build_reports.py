"""What else a build leaves and shows: test reports, further artifacts, a log to read while it runs, another try."""

from __future__ import annotations

import json
import time
from pathlib import Path
from typing import Any

import pytest
from botocore.exceptions import ClientError

from tests.rehearsal.acting import Account
from tests.rehearsal.building import Projects, buildspec, failure, trust
from tests.rehearsal.piping import Piping, action
from tests.rehearsal.test_codebuild import kept_in

JUNIT = """<testsuites><testsuite name="pytest">
<testcase classname="tests.test_a" name="test_one" time="0.25"/>
<testcase classname="tests.test_a" name="test_two" time="1.5"><failure message="assert 1 == 2">:3</failure></testcase>
<testcase classname="tests.test_a" name="test_three"><skipped message="no Docker"/></testcase>
<testcase classname="tests.test_a" name="test_four"><error>broken fixture</error></testcase>
</testsuite></testsuites>"""

REPORTS = {"unit": {"files": ["*.xml"], "base-directory": "out"}}


@pytest.fixture
def projects(account: Account) -> Projects:
    return Projects(account)


def reporting(text: str, *more: str, reports: dict[str, Any] = REPORTS, **given: Any) -> str:
    return buildspec("mkdir out", f"cat > out/a.xml <<'END'\n{text}\nEND", *more, reports=reports, **given)


def test_junit_results_are_a_report_of_the_projects_group_also_when_the_build_fails(
    account: Account, projects: Projects
):
    projects.make(reporting(JUNIT, "false"))
    build = projects.run()
    assert build["buildStatus"] == "FAILED"
    api, (arn,) = projects.codebuild, build["reportArns"]
    (report,) = api.batch_get_reports(reportArns=[arn])["reports"]
    group = f"arn:aws:codebuild:us-east-1:{account.id}:report-group/build-unit"
    assert (report["reportGroupArn"], report["executionId"], report["status"]) == (group, build["arn"], "FAILED")
    counts = {"SUCCEEDED": 1, "FAILED": 1, "ERROR": 1, "SKIPPED": 1, "UNKNOWN": 0}
    assert report["testSummary"] == {"total": 4, "statusCounts": counts, "durationInNanoSeconds": 1_750_000_000}
    cases = api.describe_test_cases(reportArn=arn)["testCases"]
    told = [(each["name"], each["status"], each["message"]) for each in cases]
    assert told == [
        ("test_one", "SUCCEEDED", ""),
        ("test_two", "FAILED", "assert 1 == 2"),
        ("test_three", "SKIPPED", "no Docker"),
        ("test_four", "ERROR", "broken fixture"),
    ]
    assert (cases[0]["testSuiteName"], cases[0]["prefix"], cases[0]["testRawDataPath"]) == (
        "pytest",
        "tests.test_a",
        "a.xml",
    )
    narrow = api.describe_test_cases(reportArn=arn, filter={"status": "FAILED"})["testCases"]
    assert [each["name"] for each in narrow] == ["test_two"]
    assert api.list_report_groups()["reportGroups"] == [group]
    assert api.batch_get_report_groups(reportGroupArns=[group])["reportGroups"][0]["name"] == "build-unit"
    again = projects.run()["reportArns"]
    assert api.list_reports_for_report_group(reportGroupArn=group)["reports"] == [*again, arn]
    assert (projects.folder(build) / "reports/build-unit/a.xml").exists()


def test_a_group_of_a_template_gets_the_report(account: Account, projects: Projects):
    properties = {"Name": "given", "Type": "TEST", "ExportConfig": {"ExportConfigType": "NO_EXPORT"}}
    resource = {"Type": "AWS::CodeBuild::ReportGroup", "Properties": properties}
    group = account.deploy("s", {"G": resource}, {"Arn": {"Value": {"Ref": "G"}}}).outputs["Arn"]
    projects.make(reporting("<testsuite name='s'><testcase name='t'/></testsuite>", reports={group: REPORTS["unit"]}))
    build = projects.run()
    assert build["buildStatus"] == "SUCCEEDED", projects.log(build)
    assert projects.codebuild.list_reports_for_report_group(reportGroupArn=group)["reports"] == build["reportArns"]
    account.cloudformation.delete_stack(StackName="s")
    assert projects.codebuild.list_report_groups()["reportGroups"] == []
    build = projects.run()
    assert f"report group {group} does not exist" in failure(build)[2]


@pytest.mark.parametrize(
    ("spec", "words"),
    [
        (buildspec("true", reports=REPORTS), "[unit: [report files not found in build]]"),
        (reporting("<testsuite>"), "[unit: [a.xml is not JUnit XML: "),
    ],
)
def test_a_report_that_cannot_be_made_fails_the_build(projects: Projects, spec: str, words: str):
    projects.make(spec)
    phase, code, message = failure(projects.run())
    assert (phase, code) == ("UPLOAD_ARTIFACTS", "CLIENT_ERROR")
    assert f"Error in UPLOAD_ARTIFACTS phase: {words}" in message


def test_a_report_of_a_command_that_the_rehearsal_leaves_out_is_not_missed(projects: Projects):
    projects.make(buildspec("make skipped", reports=REPORTS))
    build = projects.run()
    assert (build["buildStatus"], build["reportArns"]) == ("SUCCEEDED", [])


def poor_role(account: Account, *actions: str) -> str:
    iam = account.client("iam")
    made = iam.create_role(RoleName="poor", AssumeRolePolicyDocument=trust("codebuild.amazonaws.com"))
    allowed = {"Effect": "Allow", "Action": list(actions), "Resource": "*"}
    document = json.dumps({"Version": "2012-10-17", "Statement": [allowed]})
    iam.put_role_policy(RoleName="poor", PolicyName="p", PolicyDocument=document)
    return str(made["Role"]["Arn"])


def test_a_role_that_may_not_report_fails_the_build(account: Account, projects: Projects):
    projects.make(reporting(JUNIT), serviceRole=poor_role(account, "logs:*", "codebuild:CreateReportGroup"))
    phase, _, message = failure(projects.run())
    assert phase == "UPLOAD_ARTIFACTS"
    assert "codebuild:CreateReport on resource" in message


def test_a_role_that_may_not_write_the_log_fails_the_build_before_it_begins(account: Account, projects: Projects):
    role = poor_role(account, "s3:*")
    projects.make(buildspec("true"), serviceRole=role)
    phase, code, message = failure(projects.run())
    assert (phase, code) == ("PROVISIONING", "ACCESS_DENIED")
    assert "does not allow AWS CodeBuild to create Amazon CloudWatch Logs log streams" in message
    assert "logs:CreateLogStream on resource" in message
    off = {"cloudWatchLogs": {"status": "DISABLED"}}
    projects.make(buildspec("true"), serviceRole=role, name="quiet", logsConfig=off)
    assert projects.run("quiet")["buildStatus"] == "SUCCEEDED"
    assert account.client("logs").describe_log_groups()["logGroups"] == []


def test_the_log_is_read_while_the_build_runs(account: Account, projects: Projects, tmp_path: Path):
    marker = tmp_path / "go-on"
    projects.make(buildspec("echo now", f"while ! test -e {marker}; do sleep 0.1; done", "echo then"))
    id_ = projects.start()
    logs, stream = account.client("logs"), id_.rpartition(":")[2]
    where = {"logGroupName": "/aws/codebuild/build", "logStreamName": stream}

    def said() -> list[str]:
        try:
            return [each["message"] for each in logs.get_log_events(**where)["events"]]
        except ClientError:
            return []

    deadline = time.monotonic() + 30
    while "now" not in said():
        assert time.monotonic() < deadline
        time.sleep(0.1)
    assert projects.codebuild.batch_get_builds(ids=[id_])["builds"][0]["buildStatus"] == "IN_PROGRESS"
    marker.touch()
    build = projects.wait(id_)
    assert [line for line in said() if not line.startswith("[Container]")] == ["now", "then"]
    assert said() == projects.log(build).splitlines(), "every line once"


def test_a_build_is_tried_again_as_it_was_started_and_no_batch_is(projects: Projects):
    projects.make(buildspec('test "$A" = b'))
    first = projects.run(environmentVariablesOverride=[{"name": "A", "value": "b"}])
    again = projects.wait(projects.codebuild.retry_build(id=first["id"])["build"]["id"])
    assert (again["buildStatus"], again["buildNumber"]) == ("SUCCEEDED", 2)
    with pytest.raises(projects.codebuild.exceptions.InvalidInputException, match="no batch builds"):
        projects.codebuild.start_build_batch(projectName="build")


def test_a_pipelines_build_is_tried_again_by_its_pipeline(account: Account):
    piping = Piping(account)
    piping.project("make", "false")
    execution = piping.create(Build=[action("CodeBuild", "Make", inputs=["Src"], ProjectName="make")])
    assert piping.wait(execution) == "Failed"
    id_ = piping.detail("Make")["output"]["executionResult"]["externalExecutionId"]
    codebuild = account.client("codebuild")
    with pytest.raises(codebuild.exceptions.InvalidInputException, match="retrying the pipeline's stage"):
        codebuild.retry_build(id=id_)


def test_secondary_artifacts_and_files_that_are_not_zipped(account: Account, projects: Projects):
    target = {"type": "S3", "location": account.bucket}
    files = {"files": ["**/*"], "base-directory": "one"}
    artifacts = {**files, "secondary-artifacts": {"Two": {"files": ["b.txt"], "base-directory": "two"}}}
    projects.make(
        buildspec("mkdir -p one/deep two", "echo 1 > one/deep/a.txt", "echo 2 > two/b.txt", artifacts=artifacts),
        artifacts={**target, "packaging": "NONE", "path": "loose", "name": "/"},
        secondaryArtifacts=[{**target, "packaging": "ZIP", "name": "two.zip", "artifactIdentifier": "Two"}],
    )
    build = projects.run()
    assert build["buildStatus"] == "SUCCEEDED", projects.log(build)
    listed = [each["Key"] for each in account.s3.list_objects_v2(Bucket=account.bucket)["Contents"]]
    assert listed == ["loose/deep/a.txt", "two.zip"]
    assert kept_in(account, "two.zip") == {"b.txt": "2\n"}
    assert build["secondaryArtifacts"][0]["artifactIdentifier"] == "Two"
    build = projects.run(secondaryArtifactsOverride=[{**target, "artifactIdentifier": "Three"}])
    assert failure(build)[2] == "no definition of artifact identifier Three in the buildspec"
