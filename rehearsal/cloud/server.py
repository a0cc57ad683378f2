"""The server process: moto, the additions, a lifeline to whoever started it, and a clean end."""

from __future__ import annotations

import json
import logging
import os
import signal
import sys
import threading
from types import FrameType

from rehearsal import stand_ins
from rehearsal.cloud import accounts, assume_role, clients
from rehearsal.cloud.permissions import enforcement
from rehearsal.cloud.settings import Settings


def serve(settings: Settings) -> None:
    """Serve until SIGTERM, SIGINT or the end of standard input, then stop every run.

    The first line on standard output says where the server listens. Standard input is the lifeline: when the starter
    ends in whatever way, the pipe closes and the server ends with it.

    Parameters
    ----------
    settings
        Where the cloud keeps what it makes, and how fast its minutes go.
    """
    for name in [name for name in os.environ if name.startswith(("AWS_", "MOTO_"))]:
        del os.environ[name]
    logging.basicConfig(level=logging.INFO, stream=sys.stderr, format="%(asctime)s %(levelname)s %(name)s %(message)s")
    logging.getLogger("werkzeug").setLevel(logging.WARNING)
    settings.runs.mkdir(parents=True, exist_ok=True)
    settings.objects.mkdir(parents=True, exist_ok=True)

    # moto is imported only now: some of it reads the environment at import
    from moto.core.config import default_user_config  # noqa: PLC0415
    from moto.server import ThreadedMotoServer  # noqa: PLC0415

    from rehearsal.cloud import (  # noqa: PLC0415
        cloudformation,
        codebuild,
        codecommit,
        codepipeline,
        glue,
        networks,
        objects,
        stepfunctions,
    )
    from rehearsal.cloud.codecommit.events import Pushes  # noqa: PLC0415

    default_user_config["iam"] = {"load_aws_managed_policies": True}  # the bootstrap attaches AdministratorAccess
    store = objects.ObjectStore(settings.objects)
    objects.install(store)
    stand_ins.listen_in(settings.folder)
    cloudformation.install()
    networks.install()
    accounts.install()
    assume_role.install()
    enforcement.install()
    runner = glue.install(settings, store)
    executions = stepfunctions.install()
    builds = codebuild.install(settings)
    pipelines = codepipeline.install(builds)
    watch = codecommit.install(settings, Pushes(pipelines.start_by_event, pipelines.start_by_polling))

    server = ThreadedMotoServer("127.0.0.1", 0, verbose=False)
    server.start()
    host, port = server.get_host_and_port()
    clients.use_endpoint(f"http://{host}:{port}")

    ended = threading.Event()

    def end(signum: int, frame: FrameType | None) -> None:
        ended.set()

    signal.signal(signal.SIGTERM, end)
    signal.signal(signal.SIGINT, end)
    threading.Thread(target=_await_end_of_starter, args=(ended,), daemon=True).start()
    sys.stdout.write(json.dumps({"endpoint": clients.endpoint()}) + "\n")
    sys.stdout.flush()
    ended.wait()
    watch.shut_down()
    pipelines.shut_down()
    builds.shut_down()
    executions.shut_down()
    runner.shut_down()
    os._exit(0)  # requests still being answered must not hold the process


def _await_end_of_starter(ended: threading.Event) -> None:
    while sys.stdin.buffer.read(1024):
        pass
    ended.set()
