"""``npm`` of a build: tools that are pinned and here are linked instead of fetched, everything else is npm's own.

Runs as a program: ``python -P npm.py ARGUMENTS``, with the variables REHEARSAL_NODE_MODULES and REHEARSAL_BIN.
"""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path


def main(arguments: list[str]) -> int:
    """Install what is here, or hand the call on."""
    words = [word for word in arguments if not word.startswith("-")]
    flags = {word for word in arguments if word.startswith("-")}
    installs = words[:1] in (["install"], ["i"], ["add"])
    if installs and flags & {"-g", "--global"}:
        return max((_link(spec) for spec in words[1:]), default=0)
    if (installs and not words[1:]) or words[:1] == ["ci"]:
        return _as_in_the_checkout()
    return _real(arguments)


def _link(spec: str) -> int:
    name, at, version = spec.rpartition("@") if "@" in spec[1:] else (spec, "", "")
    package = Path(os.environ["REHEARSAL_NODE_MODULES"]) / name
    try:
        described = json.loads((package / "package.json").read_text())
    except FileNotFoundError:
        return _fail(f"{spec} is not among the packages of the rehearsal's checkout, and the rehearsal fetches nothing")
    if at and version != described["version"]:
        here = described["version"]
        return _fail(f"{spec} is asked for and {name}@{here} is here: pin one version in package.json, then `npm ci`")
    programs = described.get("bin", {})
    named = {name.rsplit("/", 1)[-1]: programs} if isinstance(programs, str) else programs
    for program, path in named.items():
        link = Path(os.environ["REHEARSAL_BIN"]) / program
        link.unlink(missing_ok=True)
        link.symlink_to((package / path).resolve())
    _say(f"rehearsal: {name}@{described['version']} is that of the checkout's node_modules")
    return 0


def _as_in_the_checkout() -> int:
    if not Path("node_modules/.installed").exists():
        return _fail("the rehearsal's checkout has no node_modules: call `make setup` there")
    _say("rehearsal: node_modules is that of the checkout, from the same package-lock.json")
    return 0


def _real(arguments: list[str]) -> int:
    here = os.environ["REHEARSAL_BIN"]
    path = os.pathsep.join(part for part in os.environ["PATH"].split(os.pathsep) if part != here)
    program = shutil.which("npm", path=path)
    if program is None:
        return _fail("npm is not installed")
    return subprocess.call([program, *arguments])


def _say(text: str) -> None:
    sys.stdout.write(text + "\n")


def _fail(text: str) -> int:
    sys.stderr.write(f"rehearsal: {text}\n")
    return 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
