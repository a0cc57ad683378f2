"""Gets a run ready: role, script, libraries, arguments, environment."""

from __future__ import annotations

import json
import os
import shlex
from pathlib import Path
from typing import Any

from botocore.exceptions import ClientError
from moto.utilities.utils import get_partition

from rehearsal.cloud import clients
from rehearsal.cloud.assume_role import trusts
from rehearsal.cloud.glue import spark
from rehearsal.cloud.glue.archive import SparkArchive, spark_environment
from rehearsal.cloud.glue.jobs import JobRun
from rehearsal.cloud.glue.modules import (
    ARGUMENT,
    FAILED,
    OPTIONS,
    Modules,
    ModulesNotInstalledError,
    install_modules,
)
from rehearsal.cloud.glue.process import Inputs
from rehearsal.cloud.glue.provided import site_folder
from rehearsal.cloud.permissions.buckets import denied_object
from rehearsal.cloud.permissions.callers import caller_in_role
from rehearsal.cloud.permissions.decision import Caller
from rehearsal.cloud.permissions.of_runs import denied_connection
from rehearsal.cloud.settings import Settings
from rehearsal.cloud.views import View

_SESSION = "GlueJobRunnerSession"


class LaunchError(Exception):
    """A run could not be started; the text is the ErrorMessage that Glue gives."""


def folder_of(settings: Settings, run: JobRun) -> Path:
    """Return the folder that keeps a run's input and output."""
    stage = run.arguments.get("--stage", "")
    name = run.job.name
    return settings.runs / (
        f"{name}-{run.id}" if name.startswith(f"{stage}-") or not stage else f"{stage}-{name}-{run.id}"
    )


def role_of(run: JobRun) -> str:
    """Return the ARN of a run's role, which a job may also give by its name."""
    backend, role = run.job.backend, str(run.definition["Role"])
    if role.startswith("arn:"):
        return role
    return f"arn:{get_partition(backend.region_name)}:iam::{backend.account_id}:role/{role}"


def caller_of_run(run: JobRun) -> Caller:
    """Return whom a run's calls come from: the session of its role."""
    return caller_in_role(role_of(run), _SESSION)


def is_run(caller: Caller | None) -> bool:
    """Say whether a call comes from a job run."""
    return caller is not None and caller.arn.endswith(f"/{_SESSION}")


def prepare(settings: Settings, run: JobRun, view: View | None, archive: SparkArchive | None) -> Inputs:
    """Fetch what a run needs and say how its process is to be started.

    Parameters
    ----------
    settings
        Where the cloud keeps what it makes.
    run
        The run.
    view
        The directories that are laid out for it, if it uses Spark.
    archive
        The class archive, if runs use one.

    Returns
    -------
    Inputs
        What the process gets.

    Raises
    ------
    LaunchError
        If the role cannot be assumed, or an object, connection or security configuration is missing.
    """
    folder = folder_of(settings, run)
    (folder / "tmp").mkdir(parents=True)
    arguments = run.arguments
    _refuse_other_runtimes(run)
    credentials = _credentials(run)
    _refuse_missing_parts(run)
    script = _fetch(run, run.definition["Command"]["ScriptLocation"], folder)
    libraries = [_fetch(run, url, folder / "libraries") for url in _listed(arguments, "--extra-py-files")]
    libraries = _installed(settings, run, libraries, folder)
    for url in _listed(arguments, "--extra-files"):
        _fetch(run, url, folder / "work")
    backend = run.job.backend
    conf = archive.conf if archive else folder / "empty-conf"
    conf.mkdir(exist_ok=True)
    bookmarks = settings.folder / "bookmarks" / backend.account_id / backend.region_name
    environment = spark_environment(conf) | {
        "AWS_ACCESS_KEY_ID": credentials["AccessKeyId"],
        "AWS_SECRET_ACCESS_KEY": credentials["SecretAccessKey"],
        "AWS_SESSION_TOKEN": credentials["SessionToken"],
        "AWS_CONFIG_FILE": os.devnull,
        "AWS_SHARED_CREDENTIALS_FILE": os.devnull,
        "AWS_EC2_METADATA_DISABLED": "true",
        "AWS_ENDPOINT_URL": clients.endpoint(),
        "AWS_REGION": backend.region_name,
        "AWS_DEFAULT_REGION": backend.region_name,
        "HOME": str(folder / "work"),
        "TMPDIR": str(folder / "tmp"),
        "JOB_BOOKMARKS_DIR": str(bookmarks),
        # a zip or a wheel is itself a place to import from, a module's folder is
        "PYTHONPATH": os.pathsep.join(str(path.parent if path.suffix == ".py" else path) for path in libraries),
        "PYTHONUNBUFFERED": "1",
    }
    if view:
        site = str(site_folder(settings.folder))
        environment["PYTHONPATH"] = os.pathsep.join(filter(None, [site, environment["PYTHONPATH"]]))
        view.access_key = credentials["AccessKeyId"]
        jars = [_fetch(run, url, folder / "jars") for url in _listed(arguments, "--extra-jars")]
        java = archive.java_options if archive else []
        found = spark.properties(
            view.folder, sorted(view.buckets), folder, java_options=java, conf=arguments.get("--conf", ""), jars=jars
        )
        environment["PYSPARK_SUBMIT_ARGS"] = spark.write_settings(folder, found)
    given = [part for name, value in arguments.items() for part in (name, value)]
    given += ["--JOB_NAME", run.job.name, "--JOB_ID", run.job.id, "--JOB_RUN_ID", run.id]
    (folder / "arguments.json").write_text(json.dumps(given, indent=1) + "\n")
    return Inputs(folder, script, given, environment)


def _refuse_other_runtimes(run: JobRun) -> None:
    if run.definition["Command"].get("Name") == "glueray":
        raise LaunchError("The rehearsal runs no Ray jobs")
    if run.arguments.get("--job-language") == "scala":
        raise LaunchError("The rehearsal runs no Scala jobs")


def _credentials(run: JobRun) -> dict[str, str]:
    backend, role = run.job.backend, role_of(run)
    if not trusts(role, service="glue.amazonaws.com"):
        raise LaunchError(
            f"JobName:{run.job.name} and JobRunId:{run.id} failed to execute with exception "
            f"Role {role} should be given assume role permissions for Glue Service."
        )
    # straight to the backend: the trust that the API would ask for was asked for above
    from moto.sts.models import sts_backends  # noqa: PLC0415

    assumed = sts_backends[backend.account_id][get_partition(backend.region_name)].assume_role(
        region_name=backend.region_name,
        role_session_name=_SESSION,
        role_arn=role,
        policy="",
        duration=3600,
        external_id="",
    )
    return {
        "AccessKeyId": assumed.access_key_id,
        "SecretAccessKey": assumed.secret_access_key,
        "SessionToken": assumed.session_token,
    }


def _refuse_missing_parts(run: JobRun) -> None:
    backend = run.job.backend
    for name in run.definition.get("Connections", {}).get("Connections", []):
        if name not in backend.connections:
            raise LaunchError(f"EntityNotFoundException: Connection {name} not found.")
        denial = denied_connection(caller_of_run(run), backend.region_name, name)
        if denial:
            raise LaunchError(f"AccessDeniedException: User: {denial}")
        _refuse_missing_network(run, backend.connections[name].connection_input)
    security = run.setting("SecurityConfiguration")
    if security and security not in backend.security_configurations:
        raise LaunchError(f"EntityNotFoundException: Security configuration {security} not found.")


def _installed(settings: Settings, run: JobRun, libraries: list[Path], folder: Path) -> list[Path]:
    """Install what the run asks for, and return it before its libraries; python shell installs wheels among those."""
    listed = _listed(run.arguments, ARGUMENT)
    fetched = [_fetch(run, one, folder / "modules") if one.startswith("s3://") else one for one in listed]
    wheels = [path for path in libraries if path.suffix == ".whl"] if not run.uses_spark else []
    asked = [
        Modules(tuple(fetched), tuple(shlex.split(run.arguments.get(OPTIONS, "")))),
        *(Modules((wheel,)) for wheel in wheels),
    ]
    found = []
    for modules in (one for one in asked if one.items):
        cache = settings.modules if modules.fixed and settings.modules else settings.folder / "modules"
        try:
            found.append(install_modules(modules, cache, folder / "stdout"))
        except ModulesNotInstalledError as error:
            with (folder / "stderr").open("a") as errors:
                errors.write(f"PythonModuleInstaller: {error}\n")
            raise LaunchError(f"{FAILED} ({error})") from error
    return [*found, *(path for path in libraries if path not in wheels)]


def _refuse_missing_network(run: JobRun, connection: dict[str, Any]) -> None:
    """Refuse a connection whose subnet or security groups are gone: Glue could attach no network interface."""
    place = connection.get("PhysicalConnectionRequirements") or {}
    ec2 = clients.client("ec2", run.job.backend.account_id, run.job.backend.region_name)
    try:
        if place.get("SubnetId"):
            ec2.describe_subnets(SubnetIds=[place["SubnetId"]])
        if place.get("SecurityGroupIdList"):
            ec2.describe_security_groups(GroupIds=place["SecurityGroupIdList"])
    except ClientError as error:
        told = f"{error.response['Error']['Code']}: {error.response['Error']['Message']}"
        raise LaunchError(f"The network of connection {connection['Name']} cannot be used. {told}") from error


def _fetch(run: JobRun, url: str, folder: Path) -> Path:
    scheme, _, place = url.partition("://")
    bucket, _, key = place.partition("/")
    name = key.rsplit("/", 1)[-1]
    if scheme not in ("s3", "s3a") or not bucket or name in ("", ".", ".."):
        raise LaunchError(f"LAUNCH ERROR | {url} is not an object of S3. Please refer logs for details.")
    denial = denied_object(caller_of_run(run), "s3:GetObject", bucket, key)
    if denial:
        raise LaunchError(
            f"LAUNCH ERROR | Error downloading from S3 for bucket: {bucket}, key: {key}. "
            f"Access Denied: {denial}. Please refer logs for details."
        )
    backend = run.job.backend
    s3: Any = clients.client("s3", backend.account_id, backend.region_name)
    try:
        body = s3.get_object(Bucket=bucket, Key=key)["Body"].read()
    except ClientError as error:
        raise LaunchError(
            f"LAUNCH ERROR | Error downloading from S3 for bucket: {bucket}, key: {key}. "
            f"{error.response['Error']['Message']} Please refer logs for details."
        ) from error
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / name
    path.write_bytes(body)
    return path


def _listed(arguments: dict[str, str], name: str) -> list[str]:
    return [url.strip() for url in arguments.get(name, "").split(",") if url.strip()]
