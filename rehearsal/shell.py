"""``python -m rehearsal shell`` and ``exec``: a shell, or one command, that works in the local cloud."""

from __future__ import annotations

import argparse
import configparser
import os
import signal
import subprocess
from collections.abc import Mapping
from pathlib import Path

from rehearsal.assembly import Environment
from rehearsal.build_folder import build_folder
from rehearsal.errors import RehearsalError
from rehearsal.greeting import codecommit_address, greeting
from rehearsal.local_cloud import LocalCloud
from rehearsal.play import Play
from rehearsal.programs import Programs
from rehearsal.terminal import Terminal

_INTERRUPTED = 130


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
                pipeline = assembly.pipeline.environment
                where = Environment(options.account or pipeline.account, pipeline.region)
                profiles = {stage.name: stage.environment for stage in assembly.stages}
                if not command:
                    terminal.say(greeting(cloud, assembly, play.console.address))
                program = command or [os.environ.get("SHELL", "/bin/sh")]
                return _run(program, environment_in(root, cloud, where, {"pipeline": pipeline, **profiles}))
    except RehearsalError as error:
        terminal.say(f"error: {error}", "red")
        return 1
    except KeyboardInterrupt:
        terminal.say("interrupted: the local cloud and what ran in it are stopped", "red")
        return _INTERRUPTED


def environment_in(
    root: Path, cloud: LocalCloud, where: Environment, profiles: Mapping[str, Environment]
) -> dict[str, str]:
    """Return the environment of a program that is to work in the local cloud.

    Parameters
    ----------
    root
        The repository, whose CDK command line is found first.
    cloud
        The local cloud.
    where
        Account and Region to act in.
    profiles
        Other accounts to act in, by the names of their AWS profiles.

    Returns
    -------
    dict
        Variables for the CDK, the AWS CLI, boto3, and git by the addresses of CodeCommit.
    """
    found = cloud.environment(cloud.credentials(where.account), where.region)
    found["PATH"] = os.pathsep.join([str(root / "node_modules" / ".bin"), found["PATH"]])
    home = cloud.folder / "home"
    return found | {
        "CDK_HOME": str(home / ".cdk"),
        "AWS_CONFIG_FILE": str(_write_profiles(home / "aws-profiles", cloud, profiles)),
        "AWS_PAGER": "",
        "GIT_CONFIG_COUNT": "1",
        "GIT_CONFIG_KEY_0": f"url.{cloud.repositories / where.account / where.region}/.insteadOf",
        "GIT_CONFIG_VALUE_0": codecommit_address(where.region),
    }


def _write_profiles(path: Path, cloud: LocalCloud, profiles: Mapping[str, Environment]) -> Path:
    """Write an AWS config file; its keys are of no use to anybody when the local cloud has ended."""
    config = configparser.RawConfigParser()
    for name, where in profiles.items():
        given = cloud.credentials(where.account).environment()
        config[f"profile {name}"] = {key.lower(): value for key, value in given.items()} | {"region": where.region}
    path.parent.mkdir(parents=True, exist_ok=True)
    path.touch(mode=0o600)
    with path.open("w") as file:
        config.write(file)
    return path


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
