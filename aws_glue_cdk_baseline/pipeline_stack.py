"""PipelineStack: the CI/CD pipeline in the pipeline account, from source to prod."""

import json
import tempfile
from collections.abc import Mapping
from pathlib import Path
from typing import Any, TypedDict

from aws_cdk import CfnOutput, Duration, RemovalPolicy, Stack, pipelines
from aws_cdk import aws_codebuild as codebuild
from aws_cdk import aws_codecommit as codecommit
from aws_cdk import aws_codepipeline as codepipeline
from aws_cdk import aws_iam as iam
from aws_cdk import aws_kms as kms
from aws_cdk import aws_s3 as s3
from aws_cdk import aws_s3_assets as s3_assets
from constructs import Construct

from aws_glue_cdk_baseline.catalog import ROOT, JobDefinition, load_catalog
from aws_glue_cdk_baseline.config import Config, Stage, parse_config
from aws_glue_cdk_baseline.data_lake import KEEP
from aws_glue_cdk_baseline.glue_app_stage import GlueAppStage
from aws_glue_cdk_baseline.integration_test import build_role_name, integration_test_role_arn
from aws_glue_cdk_baseline.source_archive import write_source_archive
from aws_glue_cdk_baseline.workflow_definition import WorkflowDefinition, load_workflows

GLUE_IMAGE = "public.ecr.aws/glue/aws-glue-libs:5"
_BUILD_IMAGE = codebuild.LinuxBuildImage.STANDARD_7_0
_RUNTIMES = {"python": "3.11", "nodejs": "22"}
_REPORTS = "build/reports"
_INTEGRATION_TEST_LIMIT = Duration.hours(2)


class _Reporting(TypedDict):
    """What a build step needs to send test reports."""

    partial_build_spec: codebuild.BuildSpec
    role_policy_statements: list[iam.PolicyStatement]


class PipelineStack(Stack):
    """The pipeline: Source, Build, UpdatePipeline, Assets, and Deploy<Stage> for each stage in the config's order.

    Parameters
    ----------
    config
        The model, or the plain dict that a YAML parser gives.
    config_file
        The config's path relative to the repository, if it is not the default: the pipeline's own synth uses it too.
    catalog
        What `load_catalog` gives; it is read from this repository without, and so are the workflows.
    workflows
        What `load_workflows` gives.
    **kwargs
        Properties of `aws_cdk.Stack`.

    Raises
    ------
    InvalidFilesError
        If config or catalog have mistakes.
    """

    def __init__(
        self,
        scope: Construct,
        id_: str,
        *,
        config: Config | Mapping[str, Any],
        config_file: str | None = None,
        catalog: Mapping[str, JobDefinition] | None = None,
        workflows: Mapping[str, WorkflowDefinition] | None = None,
        **kwargs: Any,
    ) -> None:
        super().__init__(scope, id_, **kwargs)
        self._config = config if isinstance(config, Config) else parse_config(config)
        self._config_option = f" CONFIG={config_file}" if config_file else ""
        self._source = self._add_source()
        tests = self._glue_image_tests()
        synth = self._synth()
        synth.add_step_dependency(tests)
        pinned = _pinned_tools()
        if catalog is None:
            catalog, workflows = load_catalog(), load_workflows() if workflows is None else workflows
        pipeline = pipelines.CodePipeline(
            self,
            "Pipeline",
            synth=synth,
            pipeline_name=self.stack_name,
            pipeline_type=codepipeline.PipelineType.V2,
            artifact_bucket=self._artifact_bucket(),
            cross_account_keys=True,
            cli_version=pinned["aws-cdk"],
            cdk_assets_cli_version=pinned["cdk-assets"],
            publish_assets_in_parallel=False,
            code_build_defaults=self._build_defaults(),
        )
        for stage in self._config.stages:
            pipeline.add_stage(
                GlueAppStage(
                    self,
                    stage.pipeline_name,
                    config=self._config,
                    stage=stage.name,
                    catalog=catalog,
                    workflows=workflows or {},
                ),
                pre=[self._approval(stage)] if stage.approval else [],
                post=[self._integration_test(stage)] if stage.integration_test else [],
            )
        pipeline.build_pipeline()
        CfnOutput(self, "PipelineName", value=pipeline.pipeline.pipeline_name)

    def _add_source(self) -> pipelines.CodePipelineSource:
        source = self._config.source
        if source.provider == "connection":
            return pipelines.CodePipelineSource.connection(
                source.repository, source.branch, connection_arn=str(source.connection_arn)
            )
        repository: codecommit.IRepository
        if source.create:
            created = codecommit.Repository(
                self,
                "Repository",
                repository_name=source.repository,
                code=self._seed(source.branch),
            )
            created.apply_removal_policy(KEEP)
            CfnOutput(self, "RepositoryCloneUrl", value=created.repository_clone_url_http)
            repository = created
        else:
            repository = codecommit.Repository.from_repository_name(self, "Repository", source.repository)
        return pipelines.CodePipelineSource.code_commit(repository, source.branch, action_name=source.repository)

    def _seed(self, branch: str) -> codecommit.Code:
        with tempfile.TemporaryDirectory() as folder:
            archive = Path(folder) / "source.zip"
            write_source_archive(ROOT, archive)
            asset = s3_assets.Asset(self, "Source", path=str(archive))  # copied into the assembly at once
        return codecommit.Code.from_asset(asset, branch)

    def _artifact_bucket(self) -> s3.Bucket:
        """Return the bucket that hands artifacts from action to action, also across accounts; nothing in it is kept."""
        key = kms.Key(self, "ArtifactsKey", enable_key_rotation=True, removal_policy=RemovalPolicy.DESTROY)
        return s3.Bucket(
            self,
            "Artifacts",
            encryption=s3.BucketEncryption.KMS,
            encryption_key=key,
            bucket_key_enabled=True,
            block_public_access=s3.BlockPublicAccess.BLOCK_ALL,
            enforce_ssl=True,
            lifecycle_rules=[s3.LifecycleRule(expiration=Duration.days(90))],
            removal_policy=KEEP,
        )

    def _synth(self) -> pipelines.CodeBuildStep:
        return pipelines.CodeBuildStep(
            "Synth",
            input=self._source,
            commands=[
                f"make synth{self._config_option}",
                f"make test-unit REPORTS={_REPORTS}",
            ],
            primary_output_directory="cdk.out",
            **self._reports("UnitTests"),
        )

    def _glue_image_tests(self) -> pipelines.CodeBuildStep:
        """Test the job scripts in the Glue image; a build of its own, since only this one needs a Docker daemon."""
        return pipelines.CodeBuildStep(
            "GlueImageTests",
            input=self._source,
            commands=[f"make test-glue-image REPORTS={_REPORTS}"],
            build_environment=codebuild.BuildEnvironment(privileged=True),
            **self._reports("GlueImageTests"),
        )

    def _integration_test(self, stage: Stage) -> pipelines.CodeBuildStep:
        test_role = integration_test_role_arn(self._config, stage)
        role = iam.Role(
            self,
            f"{stage.pipeline_name}-TestBuild",
            role_name=build_role_name(self._config, stage),
            assumed_by=iam.ServicePrincipal("codebuild.amazonaws.com"),
            description=f"Builds the integration test of {stage.name}; it alone may assume that stage's test role",
        )
        role.add_to_policy(iam.PolicyStatement(actions=["sts:AssumeRole"], resources=[test_role]))
        return pipelines.CodeBuildStep(
            f"IntegrationTest-{stage.name}",
            input=self._source,
            commands=[f"make test-integration REPORTS={_REPORTS}"],
            env={
                "ACCOUNT": stage.target.aws_account_id,
                "REGION": stage.target.aws_region,
                "STAGE_NAME": stage.pipeline_name,
                "TEST_ROLE_ARN": test_role,
            },
            role=role,
            timeout=_INTEGRATION_TEST_LIMIT,
            **self._reports(f"IntegrationTest-{stage.name}"),
        )

    def _approval(self, stage: Stage) -> pipelines.ManualApprovalStep:
        region = self._config.pipeline_account.aws_region
        console = f"{self._config.pipeline_account.console}/codesuite"
        commit = self._source.source_attribute("CommitId")
        if self._config.source.provider == "codecommit":
            repository = self._config.source.repository
            url = f"{console}/codecommit/repositories/{repository}/commit/{commit}?region={region}"
        else:
            url = f"{console}/settings/connections/redirect?connectionArn={self._config.source.connection_arn}"
            url += f"&referenceType=COMMIT&FullRepositoryId={self._config.source.repository}&Commit={commit}"
        return _CommitApproval(
            f"Approve-{stage.name}",
            comment=f"Deploy this commit to {stage.name}? The link shows what it changes.",
            review_url=url,
        )

    def _build_defaults(self) -> pipelines.CodeBuildOptions:
        return pipelines.CodeBuildOptions(
            build_environment=codebuild.BuildEnvironment(
                build_image=_BUILD_IMAGE, compute_type=codebuild.ComputeType.SMALL
            ),
            partial_build_spec=codebuild.BuildSpec.from_object(
                {"version": "0.2", "phases": {"install": {"runtime-versions": _RUNTIMES}}}
            ),
        )

    def _reports(self, name: str) -> _Reporting:
        """Send the JUnit files of a build to a report group of its own; what CDK grants is for groups by name only."""
        group = codebuild.ReportGroup(self, f"{name}-Reports", removal_policy=RemovalPolicy.DESTROY)
        report = {"files": ["*.xml"], "base-directory": _REPORTS, "file-format": "JUNITXML"}
        actions = ["codebuild:CreateReport", "codebuild:UpdateReport", "codebuild:BatchPutTestCases"]
        return {
            "partial_build_spec": codebuild.BuildSpec.from_object(
                {"version": "0.2", "reports": {group.report_group_arn: report}}
            ),
            "role_policy_statements": [iam.PolicyStatement(actions=actions, resources=[group.report_group_arn])],
        }


class _CommitApproval(pipelines.ManualApprovalStep):
    """A manual approval whose link uses what the source action says of the commit."""

    def __init__(self, id_: str, *, comment: str, review_url: str) -> None:
        super().__init__(id_, comment=comment, review_url=review_url)
        self._discover_referenced_outputs({"review_url": review_url})


def _pinned_tools() -> dict[str, str]:
    """Return the versions of the CDK's command-line tools, which package.json pins."""
    dependencies: dict[str, str] = json.loads((ROOT / "package.json").read_text(encoding="utf-8"))["dependencies"]
    return dependencies
