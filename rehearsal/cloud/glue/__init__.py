"""Glue of the local cloud: StartJobRun runs the job's script, as a process of its own, on local Spark."""

from __future__ import annotations

from rehearsal.cloud.glue import api
from rehearsal.cloud.glue.archive import SparkArchive
from rehearsal.cloud.glue.runner import Runner
from rehearsal.cloud.objects import ObjectStore
from rehearsal.cloud.settings import Settings


def install(settings: Settings, store: ObjectStore) -> Runner:
    """Let moto's Glue run jobs.

    Parameters
    ----------
    settings
        Where runs are kept, and how fast minutes go.
    store
        The directories behind ``s3://``.

    Returns
    -------
    Runner
        What must be shut down before the server ends.
    """
    archive = SparkArchive(settings.spark_archives) if settings.spark_archives else None
    if archive:
        archive.build_in_background()
    runner = Runner(settings, store, archive)
    api.install(runner)
    return runner
