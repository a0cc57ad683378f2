"""``python -m rehearsal``: play the whole pipeline on this machine, without an AWS account."""

from __future__ import annotations

import argparse
import os
import signal
import sys
from pathlib import Path
from types import FrameType

from rehearsal.approval import decided_by_environment
from rehearsal.build_folder import build_folder
from rehearsal.data import objects_in
from rehearsal.databases import tables_in
from rehearsal.errors import RehearsalError
from rehearsal.play import Play
from rehearsal.programs import Programs
from rehearsal.report import PAGE
from rehearsal.shell import work_in_the_cloud
from rehearsal.summary import show_summary, shown
from rehearsal.terminal import Terminal

ROOT = Path(__file__).resolve().parent.parent

_INTERRUPTED = 130
_IN_PART = 3


def main(arguments: list[str] | None = None) -> int:
    """Rehearse.

    Parameters
    ----------
    arguments
        The command line's; those of this process by default.

    Returns
    -------
    int
        Exit status: 0 if the whole pipeline went through, 1 if not, 130 if it was interrupted; 3 if it went through
        but for runs that could not be rehearsed on this machine.
    """
    given = sys.argv[1:] if arguments is None else arguments
    signal.signal(signal.SIGTERM, _interrupt)
    if given[:1] in (["shell"], ["exec"]):
        return work_in_the_cloud(ROOT, given)
    options = _parser().parse_args(given)
    terminal = Terminal()
    os.environ.update(NO_PROXY="127.0.0.1", no_proxy="127.0.0.1")  # the local cloud is not behind the developer's proxy
    try:
        decided_by_environment()  # a wrong word is to be refused now, not at the approval
        if options.data:
            objects_in(options.data)
        if options.databases:
            tables_in(options.databases)
        with build_folder(options.build) as build:
            play = Play(
                ROOT,
                build,
                terminal,
                Programs(),
                config=options.config,
                data=options.data,
                tables=options.databases,
                build_tests=options.tests,
            )
            return _play(terminal, play)
    except RehearsalError as error:
        terminal.say(f"error: {error}", "red")
        return 1


def _play(terminal: Terminal, play: Play) -> int:
    path = play.build / "report.json"
    try:
        with play.console:
            terminal.say(f"Watch it at {play.console.address}")
            play.run()
    except RehearsalError:
        show_summary(terminal, play.report, play.build)
        return 1
    except KeyboardInterrupt:
        terminal.say("interrupted: the local cloud, its runs and the CDK are stopped", "red")
        terminal.say(f"report: {shown(play.build / PAGE)}")
        return _INTERRUPTED
    finally:
        play.report.write(path)
    show_summary(terminal, play.report, play.build)
    return _IN_PART if play.report.left_out else 0


def _interrupt(signum: int, frame: FrameType | None) -> None:
    raise KeyboardInterrupt


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="python -m rehearsal",
        description="Deploy the pipeline with the real CDK to a local cloud, which executes it, on real Spark; report.",
        epilog="APPROVE=yes or APPROVE=no decides the approval, APPROVE=page leaves it to the page; else a terminal "
        "and the page are asked, and without a terminal it is given.",
    )
    parser.add_argument("--data", type=Path, help="folder laid out as <bucket>/<key>, laid over the sample data")
    parser.add_argument("--databases", type=Path, help="folder of tables: <host>/<database>.sql or <database>.sql")
    parser.add_argument("--config", help="config file of the app, if it is not default-config.yaml")
    parser.add_argument(
        "--with-unit-tests",
        dest="tests",
        action="store_true",
        help="run the unit and image tests in the Build stage too: some minutes more (make test runs the same tests)",
    )
    parser.add_argument(
        "--build",
        type=Path,
        default=ROOT / "build" / "rehearsal",
        help="folder for results, emptied at the start (default: build/rehearsal)",
    )
    return parser


if __name__ == "__main__":
    sys.exit(main())
