"""moto's interpreter of the Amazon States Language, with what it lacks put in its place.

Importing the interpreter takes a second: only a cloud that has a state machine pays it.
"""

from __future__ import annotations

import sys
import threading
from functools import cache

_loading = threading.Lock()


def load() -> None:
    """Load the interpreter once and mend it."""
    with _loading:
        _mend()


@cache
def _mend() -> None:
    # the factory imports every kind of task
    from moto.stepfunctions.parser.asl.component.state.exec.state_task.service import (  # noqa: PLC0415
        state_task_service_factory,
    )

    from rehearsal.cloud.stepfunctions import glue_task, interruption, retries, role_clients  # noqa: PLC0415

    interruption.install()
    retries.install()
    glue_task.install()
    root = state_task_service_factory.__name__.partition(".asl.")[0]
    role_clients.install(module for name, module in list(sys.modules.items()) if name.startswith(root))
