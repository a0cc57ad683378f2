"""The role of a layer's jobs: what it may read and write follows from catalog and config."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from aws_cdk import ArnFormat, Stack
from aws_cdk import aws_iam as iam
from constructs import Construct

from aws_glue_cdk_baseline.catalog import LAYERS, Layer
from aws_glue_cdk_baseline.connection_settings import ConnectionSettings, glue_name
from aws_glue_cdk_baseline.data_lake import SPARK_UI_PREFIX, DataLake


class LayerRole(Construct):
    """The role of those jobs of a layer that use the same connection, or none.

    Parameters
    ----------
    layer
        The layer: its jobs read the lake of this and the earlier layers and write its own part.
    lake
        The stage's data lake.
    s3_locations
        `s3://` locations that the jobs' parameters name, to be read.
    asset_locations
        `s3://` prefixes of scripts and libraries, to be read.
    stage_name
        The word that names the stage.
    connections
        The connections that the jobs use, by name: they may read these, with their secrets, and no others.
    """

    def __init__(
        self,
        scope: Construct,
        id_: str,
        *,
        layer: Layer,
        lake: DataLake,
        s3_locations: Iterable[str],
        asset_locations: Sequence[str],
        stage_name: str,
        connections: Mapping[str, ConnectionSettings],
    ) -> None:
        super().__init__(scope, id_)
        self._lake = lake
        self._stage_name = stage_name
        self.role = iam.Role(
            self,
            "Role",
            assumed_by=iam.ServicePrincipal("glue.amazonaws.com"),
            description=f"Runs the {layer.name} jobs" + (f" with {', '.join(connections)}" if connections else ""),
        )
        self._use_the_lake(layer)
        self._read(sorted({*s3_locations, *asset_locations}))
        self._report()
        for name, settings in connections.items():
            self._connect(name, settings)
        if any(settings.network for settings in connections.values()):
            self._attach_to_networks()

    def _use_the_lake(self, layer: Layer) -> None:
        lake = self._lake
        readable = [lake.database_name(one) for one in LAYERS[: LAYERS.index(layer) + 1]]
        own = lake.database_name(layer)
        bucket = lake.bucket.bucket_arn
        self._allow(["s3:GetObject"], [f"{bucket}/{name}/*" for name in readable])
        # <prefix>_$folder$ is how Glue's S3 file system marks a folder
        written = [f"{bucket}/{own}/*", f"{bucket}/{own}_$folder$"]
        self._allow(["s3:PutObject", "s3:DeleteObject", "s3:AbortMultipartUpload"], written)
        prefixes = [pattern for name in readable for pattern in (name, f"{name}/*")]
        self._allow(["s3:ListBucket"], [bucket], {"StringLike": {"s3:prefix": prefixes}})
        self._allow(["s3:GetBucketLocation"], [bucket])
        self._allow(["kms:Decrypt", "kms:Encrypt", "kms:GenerateDataKey"], [lake.key.key_arn])
        self._allow(
            ["glue:GetDatabase", "glue:GetTable", "glue:GetTables", "glue:GetPartition", "glue:GetPartitions"],
            [self._glue("catalog"), *(arn for name in readable for arn in self._database(name))],
        )
        self._allow(
            ["glue:CreateTable", "glue:UpdateTable", "glue:BatchCreatePartition", "glue:UpdatePartition"],
            [self._glue("catalog"), *self._database(own)],
        )

    def _read(self, locations: Sequence[str]) -> None:
        """Let the jobs read objects at, and below, each location; `*` in a location begins what it stands for."""
        patterns: dict[str, list[str]] = {}
        for location in locations:
            bucket, _, key = location.removeprefix("s3://").partition("/")
            plain, star, _ = key.partition("*")
            below = [f"{plain}*"] if star or not plain or plain.endswith("/") else [plain, f"{plain}/*"]
            patterns.setdefault(bucket, []).extend(below)
        for bucket, keys in patterns.items():
            arn = Stack.of(self).format_arn(service="s3", region="", account="", resource=bucket)
            self._allow(["s3:GetObject"], [f"{arn}/{key}" for key in keys])
            prefixes = sorted({variant for key in keys for variant in (key, key.removesuffix("/*"))})
            self._allow(["s3:ListBucket"], [arn], {"StringLike": {"s3:prefix": prefixes}})

    def _report(self) -> None:
        """Let the jobs write metrics, logs and Spark's event log."""
        # PutMetricData knows no resource, only a namespace
        self._allow(["cloudwatch:PutMetricData"], ["*"], {"StringEquals": {"cloudwatch:namespace": "Glue"}})
        # Glue names the groups: /aws-glue/jobs/..., with the security configuration's name; it encrypts them itself
        groups = Stack.of(self).format_arn(service="logs", resource="log-group:/aws-glue/*")
        self._allow(
            ["logs:CreateLogGroup", "logs:CreateLogStream", "logs:PutLogEvents", "logs:AssociateKmsKey"], [groups]
        )
        self._allow(["s3:PutObject"], [f"{self._lake.log_bucket.bucket_arn}/{SPARK_UI_PREFIX}/*"])

    def _connect(self, name: str, settings: ConnectionSettings) -> None:
        """Let the jobs read a connection and its secret."""
        title = glue_name(self._stage_name, name)
        self._allow(["glue:GetConnection"], [self._glue("catalog"), self._glue("connection", title)])
        secret = settings.secret_name(self._stage_name, name)
        if not secret.startswith("arn:"):
            # Secrets Manager ends an ARN by six characters of its own; ? stands for each
            secret = Stack.of(self).format_arn(
                service="secretsmanager",
                resource="secret",
                resource_name=f"{secret}-??????",
                arn_format=ArnFormat.COLON_RESOURCE_NAME,
            )
        self._allow(["secretsmanager:GetSecretValue"], [secret])
        if settings.secret_key:
            service = f"secretsmanager.{settings.secret_key.split(':')[3]}.{Stack.of(self).url_suffix}"
            self._allow(["kms:Decrypt"], [settings.secret_key], {"StringEquals": {"kms:ViaService": service}})

    def _attach_to_networks(self) -> None:
        """Let Glue attach network interfaces in the connections' networks.

        It is what https://docs.aws.amazon.com/glue/latest/dg/create-service-policy.html asks for.
        """
        self._allow(
            ["ec2:DescribeSubnets", "ec2:DescribeSecurityGroups", "ec2:DescribeVpcEndpoints",
             "ec2:DescribeRouteTables", "ec2:DescribeNetworkInterfaces", "ec2:DescribeVpcAttribute"],
            ["*"],  # these actions know no resource
        )  # fmt: skip
        ec2 = [
            Stack.of(self).format_arn(service="ec2", resource=kind, resource_name="*")
            for kind in ("network-interface", "subnet", "security-group")
        ]
        self._allow(["ec2:CreateNetworkInterface"], ec2)
        tagged = {"ForAllValues:StringEquals": {"aws:TagKeys": ["aws-glue-service-resource"]}}
        self._allow(["ec2:CreateTags", "ec2:DeleteTags"], ec2[:1], tagged)
        owned = {"Null": {"aws:ResourceTag/aws-glue-service-resource": "false"}}
        self._allow(["ec2:DeleteNetworkInterface"], ec2[:1], owned)

    def _allow(
        self, actions: Sequence[str], resources: Sequence[str], conditions: Mapping[str, Any] | None = None
    ) -> None:
        self.role.add_to_policy(
            iam.PolicyStatement(actions=list(actions), resources=list(resources), conditions=conditions)
        )

    def _database(self, name: str) -> list[str]:
        return [self._glue("database", name), self._glue("table", f"{name}/*")]

    def _glue(self, resource: str, name: str | None = None) -> str:
        return Stack.of(self).format_arn(service="glue", resource=resource, resource_name=name)
