"""Glue's resource types, which moto's CloudFormation does not know."""

from __future__ import annotations

from moto.utilities.utils import get_partition

from rehearsal.cloud.cloudformation.resource import Resource


class Job(Resource):
    """AWS::Glue::Job; an update keeps the job's runs, as on AWS."""

    TYPE = "AWS::Glue::Job"
    NAME_PROPERTY = "Name"

    def create(self) -> None:
        """Create the job."""
        self.api("glue").create_job(**{**self.api_parameters("glue", "CreateJob"), "Name": self.name})

    def change(self, previous: Job) -> None:
        """Update the job and bring its tags in line."""
        glue = self.api("glue")
        wanted = self.api_parameters("glue", "CreateJob")
        update = {name: value for name, value in wanted.items() if name not in ("Name", "Tags")}
        glue.update_job(JobName=self.name, JobUpdate=update)
        arn = f"arn:{get_partition(self.region)}:glue:{self.region}:{self.account}:job/{self.name}"
        before, after = previous.properties.get("Tags", {}), self.properties.get("Tags", {})
        gone = sorted(set(before) - set(after))
        if gone:
            glue.untag_resource(ResourceArn=arn, TagsToRemove=gone)
        if after:
            glue.tag_resource(ResourceArn=arn, TagsToAdd=after)

    def remove(self) -> None:
        """Delete the job."""
        self.api("glue").delete_job(JobName=self.name)


class Database(Resource):
    """AWS::Glue::Database."""

    TYPE = "AWS::Glue::Database"
    REPLACED_BY = ("CatalogId", "DatabaseName")

    def create(self) -> None:
        """Create the database; its name is folded to lower case, as the catalog does."""
        given = self.properties["DatabaseInput"]
        self.name = str(given.get("Name") or self.properties.get("DatabaseName") or self.name).lower()
        parameters = self.api_parameters("glue", "CreateDatabase", {"DatabaseInput": {**given, "Name": self.name}})
        self.api("glue").create_database(**parameters)

    def change(self, previous: Database) -> None:
        """Update the database in place; its tables stay. A new name replaces it."""
        given = self.properties["DatabaseInput"]
        if str(given.get("Name", self.name)).lower() != previous.name:
            self.create()
            previous.remove()
            return
        parameters = self.api_parameters("glue", "UpdateDatabase", {"DatabaseInput": {**given, "Name": self.name}})
        self.api("glue").update_database(Name=self.name, **parameters)

    def remove(self) -> None:
        """Delete the database."""
        self.api("glue").delete_database(Name=self.name)


class Table(Resource):
    """AWS::Glue::Table."""

    TYPE = "AWS::Glue::Table"
    REPLACED_BY = ("CatalogId", "DatabaseName")

    def create(self) -> None:
        """Create the table."""
        given = self.properties["TableInput"]
        self.name = str(given.get("Name") or self.name).lower()
        self.api("glue").create_table(
            DatabaseName=self.properties["DatabaseName"],
            **self.api_parameters("glue", "CreateTable", {"TableInput": {**given, "Name": self.name}}),
        )

    def change(self, previous: Table) -> None:
        """Update the table in place."""
        given = {**self.properties["TableInput"], "Name": self.name}
        self.api("glue").update_table(
            DatabaseName=self.properties["DatabaseName"],
            **self.api_parameters("glue", "UpdateTable", {"TableInput": given}),
        )

    def remove(self) -> None:
        """Delete the table."""
        self.api("glue").delete_table(DatabaseName=self.properties["DatabaseName"], Name=self.name)


class Connection(Resource):
    """AWS::Glue::Connection."""

    TYPE = "AWS::Glue::Connection"
    REPLACED_BY = ("CatalogId",)

    def create(self) -> None:
        """Create the connection."""
        given = self.properties["ConnectionInput"]
        self.name = given.get("Name") or self.name
        parameters = self.api_parameters("glue", "CreateConnection", {"ConnectionInput": {**given, "Name": self.name}})
        self.api("glue").create_connection(**parameters)

    def remove(self) -> None:
        """Delete the connection."""
        self.api("glue").delete_connection(ConnectionName=self.name)


class SecurityConfiguration(Resource):
    """AWS::Glue::SecurityConfiguration; AWS replaces it on every change."""

    TYPE = "AWS::Glue::SecurityConfiguration"
    NAME_PROPERTY = "Name"

    def create(self) -> None:
        """Create the security configuration; the API calls S3Encryptions by its singular."""
        given = dict(self.properties["EncryptionConfiguration"])
        if "S3Encryptions" in given:
            given["S3Encryption"] = given.pop("S3Encryptions")
        self.api("glue").create_security_configuration(Name=self.name, EncryptionConfiguration=given)

    def remove(self) -> None:
        """Delete the security configuration."""
        self.api("glue").delete_security_configuration(Name=self.name)


TYPES = (Job, Database, Table, Connection, SecurityConfiguration)
