"""How Spark is set up for a run: s3:// as directories, little of everything, fast to start."""

from __future__ import annotations

import shlex
from collections.abc import Iterable
from pathlib import Path

FAST_START = ("-XX:TieredStopAtLevel=1", "-XX:+UseSerialGC")
"""A job on sample data ends before a better compiler or collector would have paid for itself."""

_QUIET = ("-Xlog:disable", "-Xlog:all=error:stderr")
"""Java's own warnings would stand in a job's output."""

_LOG4J = """rootLogger.level = warn
rootLogger.appenderRef.stderr.ref = stderr
appender.stderr.type = Console
appender.stderr.name = stderr
appender.stderr.target = SYSTEM_ERR
appender.stderr.layout.type = PatternLayout
appender.stderr.layout.pattern = %d{HH:mm:ss} %p %c{1}: %m%n%ex
logger.native.name = org.apache.hadoop.util.NativeCodeLoader
logger.native.level = error
logger.address.name = org.apache.spark.util.Utils
logger.address.level = error
logger.conf.name = org.apache.spark.SparkConf
logger.conf.level = error
"""


def properties(
    objects: Path,
    buckets: Iterable[str],
    folder: Path,
    *,
    java_options: Iterable[str] = (),
    conf: str = "",
    jars: Iterable[Path] = (),
) -> dict[str, str]:
    """Return the Spark properties of a run.

    Parameters
    ----------
    objects
        Folder with one directory per bucket.
    buckets
        The buckets that ``s3://`` reaches.
    folder
        The run's own folder, for what Spark keeps while it works.
    java_options
        Further options of Java.
    conf
        The job's ``--conf`` argument: ``a=b --conf c=d``. It has the last word.
    jars
        The job's ``--extra-jars``.

    Returns
    -------
    dict
        Values by the properties' names.
    """
    java = [*FAST_START, *_QUIET, *java_options, f'"-Dlog4j2.configurationFile={folder / "log4j2.properties"}"']
    found = {
        "spark.master": "local[2]",
        "spark.driver.bindAddress": "127.0.0.1",
        "spark.driver.host": "127.0.0.1",
        "spark.driver.extraJavaOptions": " ".join(java),
        "spark.local.dir": str(folder / "tmp"),
        "spark.sql.warehouse.dir": (folder / "warehouse").as_uri(),
        "spark.sql.catalogImplementation": "in-memory",
        "spark.sql.session.timeZone": "UTC",
        "spark.sql.shuffle.partitions": "4",
        "spark.ui.enabled": "false",
        "spark.ui.showConsoleProgress": "false",
        # an object written here must carry no checksum file of Hadoop's local file system beside it
        "spark.hadoop.fs.file.impl": "org.apache.hadoop.fs.RawLocalFileSystem",
    }
    for scheme in ("s3", "s3a"):
        found[f"spark.hadoop.fs.{scheme}.impl"] = "org.apache.hadoop.fs.viewfs.ViewFileSystemOverloadScheme"
        # it need not exist: the mounts below answer for every bucket
        target = f"spark.hadoop.fs.viewfs.overload.scheme.target.{scheme}.impl"
        found[target] = "org.apache.hadoop.fs.s3a.S3AFileSystem"
    for bucket in buckets:
        mount = f"spark.hadoop.fs.viewfs.mounttable.{bucket}.linkFallback"
        found[mount] = f"{(objects / bucket).as_uri()}/"
    listed = ",".join(str(jar) for jar in jars)
    if listed:
        found["spark.jars"] = listed
    for setting in conf.split(" --conf "):
        name, separator, value = setting.strip().partition("=")
        if separator:
            found[name.strip()] = value.strip()
    return found


def write_settings(folder: Path, found: dict[str, str]) -> str:
    """Write Spark's properties and log settings into a run's folder.

    Parameters
    ----------
    folder
        The run's folder.
    found
        The properties.

    Returns
    -------
    str
        The value of PYSPARK_SUBMIT_ARGS that makes Spark read them. SPARK_CONF_DIR must stay empty: Java refuses a
        class archive when a directory on the class path has files.
    """
    path = folder / "spark.properties"
    path.write_text("".join(f"{name} {_escaped(value)}\n" for name, value in found.items()))
    (folder / "log4j2.properties").write_text(_LOG4J)
    return f"--properties-file {shlex.quote(str(path))} pyspark-shell"


def _escaped(value: str) -> str:
    return value.replace("\\", "\\\\").replace("\n", "\\n")
