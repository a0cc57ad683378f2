"""The real CDK command line, set to work in the local cloud."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from rehearsal.assembly import Environment, StackArtifact
from rehearsal.environment import clean_environment
from rehearsal.errors import RehearsalError, StepFailedError
from rehearsal.local_cloud import LocalCloud
from rehearsal.programs import Programs
from rehearsal.terminal import Step

_FLAGS = ("--no-notices", "--no-color", "--ci")
_LINES_OF_AN_ERROR = 25


@dataclass(frozen=True)
class Cdk:
    """The CDK command line of a repository.

    Parameters
    ----------
    root
        The repository.
    build
        Folder of the rehearsal: the assembly and the logs go there.
    programs
        What starts it.
    """

    root: Path
    build: Path
    programs: Programs

    @property
    def assembly(self) -> Path:
        """Where the assembly is written."""
        return self.build / "cdk.out"

    def synth(self, step: Step, config: str | None) -> None:
        """Synthesize the app as cdk.json says.

        Parameters
        ----------
        step
            Told the news.
        config
            The app's config file, if it is not the default.
        """
        arguments = ["synth", "--quiet", "--output", str(self.assembly)]
        if config:
            arguments += ["-c", f"config={config}"]
        self._run(step, "synth", arguments, clean_environment() | {"CDK_HOME": str(self._home / ".cdk")}, self.root)

    def bootstrap(self, step: Step, cloud: LocalCloud, environment: Environment, trusted: str, partition: str) -> None:
        """Bootstrap an environment, so that the pipeline's account may deploy to it.

        Parameters
        ----------
        step
            Told the news.
        cloud
            Where.
        environment
            Account and Region.
        trusted
            The pipeline's account.
        partition
            The environment's partition.
        """
        policy = f"arn:{partition}:iam::aws:policy/AdministratorAccess"
        arguments = ["bootstrap", str(environment), "--cloudformation-execution-policies", policy]
        if trusted != environment.account:
            arguments += ["--trust", trusted]
        name = f"bootstrap-{environment.account}-{environment.region}"
        self._run(step, name, arguments, self._environment(cloud, environment), self.build)

    def deploy(self, step: Step, cloud: LocalCloud, stack: StackArtifact) -> None:
        """Deploy a stack of the assembly, as an administrator of its account.

        Parameters
        ----------
        step
            Told the news.
        cloud
            Where.
        stack
            The stack.
        """
        arguments = ["deploy", stack.path, "--app", str(self.assembly), "--require-approval", "never"]
        arguments += ["--progress", "events", "--exclusively"]
        self._run(step, f"deploy-{stack.name}", arguments, self._environment(cloud, stack.environment), self.build)

    def _environment(self, cloud: LocalCloud, environment: Environment) -> dict[str, str]:
        found = cloud.environment(cloud.credentials(environment.account), environment.region)
        return found | {"HOME": str(self._home), "CDK_HOME": str(self._home / ".cdk")}

    @property
    def _home(self) -> Path:
        """The CLI keeps caches, of accounts by their keys for one: not in the user's home."""
        home = self.build / "home"
        home.mkdir(exist_ok=True)
        return home

    def _run(self, step: Step, name: str, arguments: list[str], environment: dict[str, str], folder: Path) -> None:
        program = self.root / "node_modules" / ".bin" / "cdk"
        if not program.exists():
            raise RehearsalError(f"{program} is missing: `npm ci` installs the pinned CDK command line")
        log = self.build / "logs" / f"{name}.log"
        said: list[str] = []

        def hear(line: str) -> None:
            said.append(line)
            step.note(line)

        command = [str(program), *arguments, *_FLAGS]
        if self.programs.run(command, log=log, environment=environment, folder=folder, on_line=hear) != 0:
            raise StepFailedError(f"{_what_went_wrong(said)}\n(all of it: {log})")


def _what_went_wrong(lines: list[str]) -> str:
    """Return the failing resources and the CLI's own conclusion, without the progress around them."""
    failed = [line.strip() for line in lines if "_FAILED" in line and "ROLLBACK" not in line]
    last = [line for line in lines if line.strip()][-_LINES_OF_AN_ERROR:]
    if not failed:
        return "\n".join(last)
    concluded = [line for line in last if "failed" in line.lower() and "_FAILED" not in line]
    return "\n".join(dict.fromkeys([*failed, *concluded]))
