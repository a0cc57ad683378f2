"""What a pipeline's own stack consists of, made and changed together."""

from __future__ import annotations

import json

from tests.rehearsal.acting import TRUST_GLUE, Account
from tests.rehearsal.piping import Piping, action, with_capitals
from tests.rehearsal.test_resource_types import project

TRUST_PIPELINE = json.loads(json.dumps(TRUST_GLUE).replace("glue.", "codepipeline."))


def test_a_pipeline_with_its_repository_projects_and_report_groups(account: Account):
    def pipeline(branch):
        source = {"Category": "Source", "Owner": "AWS", "Provider": "CodeCommit", "Version": "1"}
        build = {"Category": "Build", "Owner": "AWS", "Provider": "CodeBuild", "Version": "1"}
        read = {
            "Name": "Read",
            "ActionTypeId": source,
            "Configuration": {"RepositoryName": {"Fn::GetAtt": ["Repository", "Name"]}, "BranchName": branch},
            "OutputArtifacts": [{"Name": "a"}],
            "RunOrder": 1,
        }
        make = {
            "Name": "Make",
            "ActionTypeId": build,
            "Configuration": {"ProjectName": {"Ref": "Project"}},
            "InputArtifacts": [{"Name": "a"}],
        }
        properties = {
            "Name": "p",
            "PipelineType": "V2",
            "RoleArn": {"Fn::GetAtt": ["Role", "Arn"]},
            "RestartExecutionOnUpdate": True,
            "ArtifactStore": {"Type": "S3", "Location": "artifacts"},
            "Stages": [{"Name": "Source", "Actions": [read]}, {"Name": "Build", "Actions": [make]}],
        }
        return {
            "Repository": {"Type": "AWS::CodeCommit::Repository", "Properties": {"RepositoryName": "r"}},
            "Role": {"Type": "AWS::IAM::Role", "Properties": {"AssumeRolePolicyDocument": TRUST_PIPELINE}},
            "Project": {"Type": "AWS::CodeBuild::Project", "Properties": project(account, "d")},
            "Reports": {
                "Type": "AWS::CodeBuild::ReportGroup",
                "Properties": {"Type": "TEST", "ExportConfig": {"ExportConfigType": "NO_EXPORT"}},
            },
            "Pipeline": {"Type": "AWS::CodePipeline::Pipeline", "Properties": properties},
            "Metadata": {"Type": "AWS::CDK::Metadata", "Properties": {"Analytics": "v2"}},
        }

    arn = {"Reports": {"Value": {"Fn::GetAtt": ["Reports", "Arn"]}}}
    deployed = account.deploy("s", pipeline("main"), arn)
    assert deployed.status == "CREATE_COMPLETE", deployed.failures
    assert ":report-group/" in deployed.outputs["Reports"]
    deployed = account.deploy("s", pipeline("other"), arn)
    assert deployed.status == "UPDATE_COMPLETE", deployed.failures
    declared = account.client("codepipeline").get_pipeline(name="p")["pipeline"]
    assert declared["stages"][0]["actions"][0]["configuration"] == {"RepositoryName": "r", "BranchName": "other"}
    assert declared["stages"][1]["actions"][0]["configuration"] == {"ProjectName": "build"}


def test_a_way_into_a_stage_is_closed_and_opened_by_the_template(account: Account):
    piping = Piping(account)

    def deploy(**more: object) -> None:
        declared = with_capitals(piping.declaration(Ask=[action("Manual", "Ask")]))
        resource = {"Type": "AWS::CodePipeline::Pipeline", "Properties": {**declared, **more}}
        deployed = account.deploy("s", {"Pipeline": resource})
        assert deployed.status.endswith("_COMPLETE"), deployed.failures

    deploy(DisableInboundStageTransitions=[{"StageName": "Ask", "Reason": "not yet"}])
    piping.until(lambda: piping.stage("Ask").get("inboundExecution"), "the execution to wait")
    assert piping.stage("Ask")["inboundTransitionState"]["disabledReason"] == "not yet"
    deploy()
    assert piping.stage("Ask")["inboundTransitionState"] == {"enabled": True}
