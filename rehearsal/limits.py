"""What a rehearsal does not show, in one place: the terminal prints it at the end of each."""

from __future__ import annotations

NOT_COVERED = (
    ("Permissions", "enforced for sessions of roles (job runs, workflows, the test build and its test role, the CDK's "
     "roles), by identity, bucket, topic, key and trust policies, boundaries and conditions; not for services, users "
     "and what CloudFormation's execution role makes; no service control policies, Lake Formation or policies of "
     "secrets"),
    ("Files of Spark", "a run fails for what it read, wrote or deleted beyond its role when it ends or calls Glue, not "
     "before; reading is known by times of access (not with noatime); a prefix that it may list in part gives a part"),
    ("Resources in policies", "compared for S3, Glue, STS, Secrets Manager, CloudWatch Logs, Step Functions, SNS, SSM "
     "and the keys of buckets and topics; for other services the action alone is"),
    ("Encryption", "KMS keys and security configurations exist; nothing is encrypted with them"),
    ("Networks", "the VPCs, subnets and database groups that connections name are made beforehand, as if they were "
     "yours; security groups and routes exist, but nothing is held back by them"),
    ("Glue's runtime", "every Spark job runs on Spark 3.5.6 and Python 3.11 (Glue 5.1), whatever version it names"),
    ("Glue's own parts", "no awsglue jars: no GlueContext, DynamicFrame, Glue parquet writer; no Scala, Ray"),
    ("Data Catalog in Spark", "spark.sql does not see the catalog's tables; the Glue API does"),
    ("Bookmarks", "those of plain PySpark, kept in files; not Glue's service"),
    ("Workers", "two threads and 1 GB of Java heap on this machine, whatever their type; no auto-scaling, no Flex; "
     "a Python shell job has the memory of its MaxCapacity where the system can limit it (not on macOS)"),
    ("Modules", "installed by this machine's pip for its own platform; Spark jobs else find what Glue 5.1 has and this "
     "environment too, in this environment's versions; python shell jobs find all of this environment"),
    ("Amazon S3", "objects in memory and directories; not its latency, limits or events"),
    ("Metrics and events", "no job metrics, Spark UI or alarms; EventBridge rules deliver a push to its pipeline only"),
    ("Git hosts", "the repository of a connection, or one that must exist already, is made from this checkout; nobody "
     "opens pull requests"),
    ("Pipelines", "actions of CodeCommit, connections, CodeBuild, CloudFormation and manual approvals; rules of stage "
     "conditions are refused"),
    ("Builds", "tools of this machine, nothing installed, no containers; processes do not outlive their command; none "
     "waits in a queue; no batches, webhooks, caches or coverage reports; unit and image tests only with "
     "--with-unit-tests, the image's without it where there is no Docker daemon"),
    ("Workflows", "tasks of Glue (startJobRun), SNS, SQS, DynamoDB, Step Functions and the SDK are executed; other "
     "integrations, JSONata, distributed Map and EXPRESS machines are refused; no versions, aliases or redrive; roles "
     "need what log delivery needs, but no logs and traces are written, and X-Ray's permissions are not asked for"),
    ("Schedules", "checked and kept; nothing starts at its time"),
    ("CloudFormation", "quotas of accounts, the 51,200 bytes of a template not sent by S3, the number of a role's "
     "managed policies, a build project's missing role (its builds fail), timing, updates of earlier stacks, "
     "properties that moto accepts and does not act on"),
)  # fmt: skip
"""Pairs of a subject and what is not covered of it."""
