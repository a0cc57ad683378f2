"""moto's interpreter of the Amazon States Language, with what it lacks put in its place."""

from __future__ import annotations

import sys

# the factory imports every kind of task
from moto.stepfunctions.parser.asl.component.state.exec.state_task.service import state_task_service_factory

from rehearsal.cloud.stepfunctions import glue_task, interruption, names, paths, retries, role_clients


def mend() -> None:
    """Put our parts in the place of moto's; each has a test that fails where moto changes under it."""
    root = state_task_service_factory.__name__.partition(".asl.")[0]
    modules = [module for name, module in list(sys.modules.items()) if name.startswith(root)]
    interruption.install()
    retries.install()
    names.install()
    paths.install(modules)
    role_clients.install(modules)
    glue_task.install()
