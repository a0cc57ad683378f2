"""What a CDK pipeline's own stack consists of: repository, build projects, report groups, pipeline."""

from __future__ import annotations

from typing import Any

from botocore.exceptions import ClientError
from moto.cloudformation.exceptions import ValidationError

from rehearsal.cloud import codepipeline
from rehearsal.cloud.cloudformation.resource import Resource
from rehearsal.cloud.codecommit import repositories


class Repository(Resource):
    """AWS::CodeCommit::Repository, seeded with the archive that ``Code`` names."""

    TYPE = "AWS::CodeCommit::Repository"
    NAME_PROPERTY = "RepositoryName"
    ATTRIBUTES = ("Arn", "CloneUrlHttp", "CloneUrlSsh", "Name")

    def create(self) -> None:
        """Create the repository; Ref gives its ID."""
        made = self.api("codecommit").create_repository(
            repositoryName=self.name, repositoryDescription=self.properties.get("RepositoryDescription", "")
        )["repositoryMetadata"]
        self.name = made["repositoryId"]
        self.attributes = {
            "Arn": made["Arn"],
            "CloneUrlHttp": made["cloneUrlHttp"],
            "CloneUrlSsh": made["cloneUrlSsh"],
            "Name": made["repositoryName"],
        }
        if "Code" in self.properties:
            self._seed(self.properties["Code"])

    def change(self, previous: Repository) -> None:
        """Leave it: a seed is used once, description and triggers are read by nothing here."""

    def remove(self) -> None:
        """Delete the repository."""
        self.api("codecommit").delete_repository(repositoryName=self.attributes["Name"])

    def _seed(self, code: dict[str, Any]) -> None:
        """Make the first commit; a seed that fails leaves no repository behind."""
        place = code["S3"]
        parameters = {"Bucket": place["Bucket"], "Key": place["Key"]}
        if "ObjectVersion" in place:
            parameters["VersionId"] = place["ObjectVersion"]
        try:
            archive = self.api("s3").get_object(**parameters)["Body"].read()
            repository = repositories.find(self.account, self.region, self.attributes["Name"])
            assert repository is not None  # noqa: S101 - it was made a moment ago
            repository.seed(archive, code.get("BranchName", "main"))
        except (ClientError, ValueError) as error:
            self.remove()
            message = f"Failed to seed the repository from s3://{place['Bucket']}/{place['Key']}: {error}"
            raise ValidationError(message=message) from error


class Project(Resource):
    """AWS::CodeBuild::Project."""

    TYPE = "AWS::CodeBuild::Project"
    NAME_PROPERTY = "Name"
    ATTRIBUTES = ("Arn",)

    NOT_IN_API = ("Triggers", "Visibility", "ResourceAccessRole")
    """Properties that CloudFormation sets by further calls, which nothing here makes."""

    def create(self) -> None:
        """Create the project."""
        given = {name: value for name, value in self.properties.items() if name not in self.NOT_IN_API}
        given["Name"] = self.name
        parameters = self.api_parameters("codebuild", "CreateProject", given)
        # moto asks for a location where AWS forbids one
        for part in ("source", "artifacts"):
            if parameters[part].get("type") == "CODEPIPELINE":
                parameters[part] = {**parameters[part], "location": "CODEPIPELINE"}
        if parameters["source"].get("type") == "NO_SOURCE":
            parameters["source"] = {**parameters["source"], "location": "NO_SOURCE"}
        self.attributes["Arn"] = self.api("codebuild").create_project(**parameters)["project"]["arn"]

    def remove(self) -> None:
        """Delete the project."""
        self.api("codebuild").delete_project(name=self.name)


class ReportGroup(Resource):
    """AWS::CodeBuild::ReportGroup."""

    TYPE = "AWS::CodeBuild::ReportGroup"
    NAME_PROPERTY = "Name"
    ATTRIBUTES = ("Arn",)

    def create(self) -> None:
        """Create the group; Ref gives its ARN."""
        given: dict[str, Any] = {"Name": self.name}
        given |= {name: self.properties[name] for name in ("Type", "ExportConfig") if name in self.properties}
        parameters = self.api_parameters("codebuild", "CreateReportGroup", given)
        self.name = self.api("codebuild").create_report_group(**parameters)["reportGroup"]["arn"]
        self.attributes["Arn"] = self.name

    def change(self, previous: ReportGroup) -> None:
        """Leave it: nothing is exported."""

    def remove(self) -> None:
        """Delete the group."""
        self.api("codebuild").delete_report_group(arn=self.name, deleteReports=True)


class Pipeline(Resource):
    """AWS::CodePipeline::Pipeline."""

    TYPE = "AWS::CodePipeline::Pipeline"
    NAME_PROPERTY = "Name"
    ATTRIBUTES = ("Version",)

    OF_THE_PIPELINE = (
        "ArtifactStore",
        "ArtifactStores",
        "ExecutionMode",
        "PipelineType",
        "RoleArn",
        "Stages",
        "Triggers",
        "Variables",
    )

    def create(self) -> None:
        """Create the pipeline."""
        self.api("codepipeline").create_pipeline(pipeline=self._declaration())
        self._set_transitions({})
        self.attributes["Version"] = "1"

    def change(self, previous: Pipeline) -> None:
        """Update the pipeline in place."""
        made = self.api("codepipeline").update_pipeline(pipeline=self._declaration())
        self._set_transitions(previous.closed)
        self.attributes["Version"] = str(made["pipeline"].get("version", "1"))
        if str(self.properties.get("RestartExecutionOnUpdate", "")).lower() == "true":
            codepipeline.restart(self.account, self.region, self.name)

    def remove(self) -> None:
        """Delete the pipeline."""
        self.api("codepipeline").delete_pipeline(name=self.name)

    @property
    def closed(self) -> dict[str, str]:
        """The stages that nothing may enter, and why."""
        given = self.properties.get("DisableInboundStageTransitions", ())
        return {each["StageName"]: each["Reason"] for each in given}

    def _set_transitions(self, before: dict[str, str]) -> None:
        """Close and open the ways into stages, as far as that differs from before."""
        api = self.api("codepipeline")
        stages = [stage["Name"] for stage in self.properties["Stages"]]
        for stage, reason in self.closed.items():
            if before.get(stage) != reason:
                which = {"pipelineName": self.name, "stageName": stage, "transitionType": "Inbound"}
                api.disable_stage_transition(**which, reason=reason)
        for stage in set(before) - set(self.closed):
            if stage in stages:
                api.enable_stage_transition(pipelineName=self.name, stageName=stage, transitionType="Inbound")

    def _declaration(self) -> dict[str, Any]:
        given = {name: self.properties[name] for name in self.OF_THE_PIPELINE if name in self.properties}
        given["Name"] = self.name
        if isinstance(given.get("ArtifactStores"), list):  # a list here, a map by Region in the API
            given["ArtifactStores"] = {store["Region"]: store["ArtifactStore"] for store in given["ArtifactStores"]}
        declaration: dict[str, Any] = self.api_parameters("codepipeline", "CreatePipeline", {"pipeline": given})
        return dict(declaration["pipeline"])


TYPES = (Repository, Project, ReportGroup, Pipeline)
