"""The data lake of a stage: its key, buckets, Glue databases by layer, the encryption of its job runs, its topic."""

from collections.abc import Sequence
from typing import Any

from aws_cdk import Duration, RemovalPolicy, Stack
from aws_cdk import aws_glue as glue
from aws_cdk import aws_iam as iam
from aws_cdk import aws_kms as kms
from aws_cdk import aws_s3 as s3
from constructs import Construct

from aws_glue_cdk_baseline.catalog import LAYERS, Layer
from aws_glue_cdk_baseline.notifications import Notifications

# A stack that is destroyed keeps the data; one whose first deployment fails leaves nothing behind.
KEEP = RemovalPolicy.RETAIN_ON_UPDATE_OR_DELETE
SPARK_UI_PREFIX = "spark-ui"
WORKFLOW_LOGS = "/aws/vendedlogs/states"
_KEEP_LOGS = Duration.days(365)
_KEEP_OVERWRITTEN = Duration.days(30)


class DataLake(Construct):
    """Where a stage's data lives.

    Parameters
    ----------
    stage_name
        The word that names the stage; names of databases begin with it.
    notify
        E-mail addresses that the stage's topic writes to.
    """

    def __init__(self, scope: Construct, id_: str, *, stage_name: str, notify: Sequence[str] = ()) -> None:
        super().__init__(scope, id_)
        # access logs by bucket policy instead of ACL, whatever flags the app has
        self.node.set_context("@aws-cdk/aws-s3:serverAccessLogsUseBucketPolicy", True)
        self._stage_name = stage_name
        self.key = kms.Key(
            self,
            "Key",
            description=f"Data, logs and bookmarks of the Glue jobs of {stage_name}",
            enable_key_rotation=True,
            removal_policy=KEEP,
        )
        self._let_logs_use_the_key()
        self.log_bucket = s3.Bucket(
            self,
            "Logs",
            encryption=s3.BucketEncryption.S3_MANAGED,  # S3 delivers access logs to no other encryption
            block_public_access=s3.BlockPublicAccess.BLOCK_ALL,
            enforce_ssl=True,
            object_ownership=s3.ObjectOwnership.BUCKET_OWNER_ENFORCED,
            lifecycle_rules=[s3.LifecycleRule(expiration=_KEEP_LOGS)],
            removal_policy=KEEP,
        )
        self.bucket = s3.Bucket(
            self,
            "Lake",
            encryption=s3.BucketEncryption.KMS,
            encryption_key=self.key,
            bucket_key_enabled=True,
            block_public_access=s3.BlockPublicAccess.BLOCK_ALL,
            enforce_ssl=True,
            object_ownership=s3.ObjectOwnership.BUCKET_OWNER_ENFORCED,
            versioned=True,
            lifecycle_rules=[
                s3.LifecycleRule(
                    noncurrent_version_expiration=_KEEP_OVERWRITTEN,
                    abort_incomplete_multipart_upload_after=Duration.days(7),
                )
            ],
            server_access_logs_bucket=self.log_bucket,
            server_access_logs_prefix="lake-access/",
            removal_policy=KEEP,
        )
        for layer in LAYERS:
            glue.Database(
                self,
                layer.name.capitalize(),
                database_name=self.database_name(layer),
                description=f"Tables of the {layer.name} jobs of {stage_name}",
                location_uri=f"{self.location}/{self.database_name(layer)}",
            ).apply_removal_policy(KEEP)
        self.security_configuration = glue.SecurityConfiguration(
            self,
            "Encryption",
            s3_encryption=glue.S3Encryption.kms(self.key),
            cloud_watch_encryption=glue.CloudWatchEncryption.kms(self.key),
            job_bookmarks_encryption=glue.JobBookmarksEncryption.client_side_kms(self.key),
        )
        self.notifications = Notifications(self, "Notifications", stage_name=stage_name, key=self.key, emails=notify)

    @property
    def location(self) -> str:
        """The `s3://` URL of the lake, without a slash at its end."""
        return f"s3://{self.bucket.bucket_name}"

    def database_name(self, layer: Layer) -> str:
        """Return the name of a layer's database, which is also its prefix in the lake."""
        return f"{self._stage_name.lower()}_{layer.zone}"

    def _let_logs_use_the_key(self) -> None:
        """Allow CloudWatch Logs to encrypt the log groups of Glue and of this stage's workflows, and no others.

        Follows https://docs.aws.amazon.com/AmazonCloudWatch/latest/logs/encrypt-log-data-kms.html
        """
        stack = Stack.of(self)
        names = ["/aws-glue/*", f"{WORKFLOW_LOGS}/{self._stage_name}-*"]
        groups = [stack.format_arn(service="logs", resource=f"log-group:{name}") for name in names]
        self.key.add_to_resource_policy(
            iam.PolicyStatement(
                sid="GlueLogs",
                principals=[iam.ServicePrincipal(f"logs.{stack.region}.{stack.url_suffix}")],
                actions=["kms:Encrypt", "kms:Decrypt", "kms:ReEncrypt*", "kms:GenerateDataKey*", "kms:DescribeKey"],
                resources=["*"],  # in a key's policy: the key itself
                conditions={"ArnLike": {"kms:EncryptionContext:aws:logs:arn": groups}},
            )
        )


class DataLakeStack(Stack):
    """The data lake of a stage, which its layers' stacks share."""

    def __init__(
        self, scope: Construct, id_: str, *, stage_name: str, notify: Sequence[str] = (), **kwargs: Any
    ) -> None:
        super().__init__(scope, id_, **kwargs)
        self.data_lake = DataLake(self, "DataLake", stage_name=stage_name, notify=notify)
