"""``python -m rehearsal shell`` and ``exec``: a shell, or one command, that works in the local cloud."""

from __future__ import annotations

import argparse
import os
import signal
import subprocess
from pathlib import Path

from rehearsal.assembly import Assembly
from rehearsal.build_folder import build_folder
from rehearsal.errors import RehearsalError
from rehearsal.local_cloud import LocalCloud
from rehearsal.play import Play
from rehearsal.programs import Programs
from rehearsal.terminal import Terminal

_INTERRUPTED = 130

_GREETING = """
This shell works in the local cloud, in account {account}. The pipeline is deployed and has started. Try:

  git clone https://git-codecommit.{region}.amazonaws.com/v1/repos/REPOSITORY CLONE   # a push starts the pipeline
  aws codepipeline get-pipeline-state --name PipelineStack                            # with the AWS CLI installed
  cdk list

Watch the pipeline, approve and retry at {page}
The local cloud ends with this shell."""


def work_in_the_cloud(root: Path, arguments: list[str]) -> int:
    """Set the local cloud up with the pipeline in it and run a shell or a command there.

    Parameters
    ----------
    root
        The repository.
    arguments
        The command line's: ``shell``, or ``exec -- COMMAND``.

    Returns
    -------
    int
        The command's exit status; 1 if the local cloud could not be set up, 130 if it was interrupted.
    """
    options, command = _parsed(root, arguments)
    terminal = Terminal()
    os.environ.update(NO_PROXY="127.0.0.1", no_proxy="127.0.0.1")
    try:
        with build_folder(options.build) as build:
            play = Play(
                root, build, terminal, Programs(), options.config, options.data, options.databases, retries=True
            )
            with play.console, play.opened() as (cloud, assembly):
                environment = environment_in(root, cloud, assembly, options.account)
                if not command:
                    where = assembly.pipeline.environment
                    account = options.account or where.account
                    terminal.say(_GREETING.format(account=account, region=where.region, page=play.console.address))
                return _run(command or [os.environ.get("SHELL", "/bin/sh")], environment)
    except RehearsalError as error:
        terminal.say(f"error: {error}", "red")
        return 1
    except KeyboardInterrupt:
        terminal.say("interrupted: the local cloud and what ran in it are stopped", "red")
        return _INTERRUPTED


def environment_in(root: Path, cloud: LocalCloud, assembly: Assembly, account: str | None) -> dict[str, str]:
    """Return the environment of a program that is to work in the local cloud.

    Parameters
    ----------
    root
        The repository, whose CDK command line is found first.
    cloud
        The local cloud.
    assembly
        Says where the pipeline is.
    account
        Whom to act in; the pipeline's account by default.

    Returns
    -------
    dict
        Variables for the CDK, the AWS CLI, boto3, and git by the addresses of CodeCommit.
    """
    where = assembly.pipeline.environment
    account = account or where.account
    found = cloud.environment(cloud.credentials(account), where.region)
    found["PATH"] = os.pathsep.join([str(root / "node_modules" / ".bin"), found["PATH"]])
    repositories = cloud.repositories / account / where.region
    return found | {
        "CDK_HOME": str(cloud.folder / "home" / ".cdk"),
        "GIT_CONFIG_COUNT": "1",
        "GIT_CONFIG_KEY_0": f"url.{repositories}/.insteadOf",
        "GIT_CONFIG_VALUE_0": f"https://git-codecommit.{where.region}.amazonaws.com/v1/repos/",
    }


def _run(command: list[str], environment: dict[str, str]) -> int:
    # Ctrl-C is the command's own; a handler, unlike SIG_IGN, is not what the command starts with
    before = signal.signal(signal.SIGINT, lambda *_: None)
    try:
        return subprocess.call(command, env=environment)
    except FileNotFoundError as error:
        raise RehearsalError(f"{command[0]} is not installed") from error
    finally:
        signal.signal(signal.SIGINT, before)


def _parsed(root: Path, arguments: list[str]) -> tuple[argparse.Namespace, list[str]]:
    parser = argparse.ArgumentParser(prog="python -m rehearsal", description=__doc__)
    parser.add_argument("mode", choices=["shell", "exec"])
    parser.add_argument("--account", help="twelve digits; the pipeline's account by default")
    parser.add_argument("--data", type=Path, help="folder laid out as <bucket>/<key>, laid over the sample data")
    parser.add_argument("--databases", type=Path, help="folder of tables: <host>/<database>.sql or <database>.sql")
    parser.add_argument("--config", help="config file of the app, if it is not default-config.yaml")
    parser.add_argument("--build", type=Path, default=root / "build" / "rehearsal", help="folder for results")
    place = arguments.index("--") if "--" in arguments else len(arguments)
    options, rest = parser.parse_args(arguments[:place]), arguments[place + 1 :]
    if (options.mode == "exec") != bool(rest):
        parser.error("exec takes a command after --, shell takes none")
    return options, rest
