"""Bucket policies, secrets, keys and log groups: types that moto lacks, or cannot update."""

from __future__ import annotations

import json
import secrets
import string
from typing import Any

from moto.utilities.utils import get_partition

from rehearsal.cloud.cloudformation.resource import Resource
from rehearsal.stand_ins import told


class BucketPolicy(Resource):
    """AWS::S3::BucketPolicy."""

    TYPE = "AWS::S3::BucketPolicy"
    REPLACED_BY = ("Bucket",)

    def create(self) -> None:
        """Put the policy on its bucket."""
        self.name = self.properties["Bucket"]
        self.api("s3").put_bucket_policy(Bucket=self.name, Policy=json.dumps(self.properties["PolicyDocument"]))

    def remove(self) -> None:
        """Take the policy from its bucket."""
        self.api("s3").delete_bucket_policy(Bucket=self.name)


class Secret(Resource):
    """AWS::SecretsManager::Secret, with a generated value where the template asks for one, else without any."""

    TYPE = "AWS::SecretsManager::Secret"
    NAME_PROPERTY = "Name"
    ATTRIBUTES = ("Id",)

    def create(self) -> None:
        """Create the secret; Ref gives its ARN."""
        parameters = {
            "Name": self.name,
            "Description": self.properties.get("Description"),
            "KmsKeyId": self.properties.get("KmsKeyId"),
            "Tags": self.properties.get("Tags"),
            "SecretString": self._value(),
        }
        made = self.api("secretsmanager").create_secret(**{k: v for k, v in parameters.items() if v is not None})
        self.name = made["ARN"]
        self.attributes["Id"] = self.name

    def change(self, previous: Secret) -> None:
        """Update description and key; a generated value stays as long as the template's request for it does."""
        parameters: dict[str, Any] = {"SecretId": self.name}
        for name in ("Description", "KmsKeyId"):
            if self.properties.get(name) is not None:
                parameters[name] = self.properties[name]
        if any(self.properties.get(n) != previous.properties.get(n) for n in ("SecretString", "GenerateSecretString")):
            value = self._value()
            parameters |= {"SecretString": value} if value is not None else {}
        self.api("secretsmanager").update_secret(**parameters)

    def remove(self) -> None:
        """Delete the secret at once: no stack of a rehearsal waits for a recovery window."""
        self.api("secretsmanager").delete_secret(SecretId=self.name, ForceDeleteWithoutRecovery=True)

    def _value(self) -> str | None:
        if "SecretString" in self.properties:
            return str(self.properties["SecretString"])
        if "GenerateSecretString" not in self.properties:
            # for its owner to put in, whom the rehearsal plays
            return told().secrets.get(f"{self.account}/{self.region}/{self.name}")
        wanted = self.properties["GenerateSecretString"]
        letters = set(string.ascii_letters + string.digits) - set(wanted.get("ExcludeCharacters", ""))
        password = "".join(secrets.choice(sorted(letters)) for _ in range(int(wanted.get("PasswordLength", 32))))
        if "GenerateStringKey" not in wanted:
            return password
        return json.dumps({**json.loads(wanted["SecretStringTemplate"]), wanted["GenerateStringKey"]: password})


class Key(Resource):
    """AWS::KMS::Key: moto creates it, but loses every update and all properties but the policy."""

    TYPE = "AWS::KMS::Key"
    ATTRIBUTES = ("Arn", "KeyId")
    REPLACED_BY = ("KeySpec", "KeyUsage", "MultiRegion", "Origin")

    def create(self) -> None:
        """Create the key."""
        given = {
            "Policy": _document(self.properties.get("KeyPolicy")),
            "Description": self.properties.get("Description"),
            "KeySpec": self.properties.get("KeySpec"),
            "KeyUsage": self.properties.get("KeyUsage"),
            "MultiRegion": self.properties.get("MultiRegion"),
            "Tags": [{"TagKey": tag["Key"], "TagValue": tag["Value"]} for tag in self.properties.get("Tags", [])],
        }
        made = self.api("kms").create_key(**{name: value for name, value in given.items() if value})["KeyMetadata"]
        self.name = made["KeyId"]
        self.attributes = {"Arn": made["Arn"], "KeyId": made["KeyId"]}
        self._rotate()

    def change(self, previous: Key) -> None:
        """Update description, policy, rotation and tags in place."""
        kms = self.api("kms")
        kms.update_key_description(KeyId=self.name, Description=self.properties.get("Description", ""))
        policy = _document(self.properties.get("KeyPolicy"))
        if policy:
            kms.put_key_policy(KeyId=self.name, PolicyName="default", Policy=policy)
        self._rotate()
        gone = {tag["Key"] for tag in previous.properties.get("Tags", [])}
        if gone:
            kms.untag_resource(KeyId=self.name, TagKeys=sorted(gone))
        if self.properties.get("Tags"):
            tags = [{"TagKey": tag["Key"], "TagValue": tag["Value"]} for tag in self.properties["Tags"]]
            kms.tag_resource(KeyId=self.name, Tags=tags)

    def remove(self) -> None:
        """Schedule the deletion, as CloudFormation does."""
        window = int(self.properties.get("PendingWindowInDays", 30))
        self.api("kms").schedule_key_deletion(KeyId=self.name, PendingWindowInDays=window)

    def _rotate(self) -> None:
        if str(self.properties.get("EnableKeyRotation", False)).lower() == "true":
            self.api("kms").enable_key_rotation(KeyId=self.name)
        else:
            self.api("kms").disable_key_rotation(KeyId=self.name)


class LogGroup(Resource):
    """AWS::Logs::LogGroup: moto creates it, but loses every update."""

    TYPE = "AWS::Logs::LogGroup"
    NAME_PROPERTY = "LogGroupName"
    ATTRIBUTES = ("Arn",)

    def create(self) -> None:
        """Create the group with its retention."""
        parameters: dict[str, Any] = {"logGroupName": self.name}
        if self.properties.get("KmsKeyId"):
            parameters["kmsKeyId"] = self.properties["KmsKeyId"]
        if self.properties.get("Tags"):
            parameters["tags"] = {tag["Key"]: tag["Value"] for tag in self.properties["Tags"]}
        self.api("logs").create_log_group(**parameters)
        partition = get_partition(self.region)
        self.attributes["Arn"] = f"arn:{partition}:logs:{self.region}:{self.account}:log-group:{self.name}:*"
        self._retain()

    def change(self, previous: LogGroup) -> None:
        """Update the retention in place: the logs stay."""
        self._retain()

    def remove(self) -> None:
        """Delete the group."""
        self.api("logs").delete_log_group(logGroupName=self.name)

    def _retain(self) -> None:
        days = self.properties.get("RetentionInDays")
        if days is None:
            self.api("logs").delete_retention_policy(logGroupName=self.name)
        else:
            self.api("logs").put_retention_policy(logGroupName=self.name, retentionInDays=int(days))


def _document(policy: Any) -> str | None:
    return json.dumps(policy) if isinstance(policy, dict) else policy


TYPES = (BucketPolicy, Secret, Key, LogGroup)
