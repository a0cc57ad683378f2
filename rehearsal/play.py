"""Plays the pipeline: sets a local cloud up, deploys the pipeline, follows what the cloud then makes of it."""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from botocore.exceptions import BotoCoreError, ClientError

from rehearsal.assembly import Assembly, PipelineStage, read_assembly
from rehearsal.cdk import Cdk
from rehearsal.checkout import lay_source
from rehearsal.console.console import Console
from rehearsal.console.watched import Watched
from rehearsal.data import lay
from rehearsal.databases import connections_of, databases
from rehearsal.errors import RehearsalError, StepFailedError
from rehearsal.execution import Follower
from rehearsal.local_cloud import LocalCloud
from rehearsal.networks import lay_networks
from rehearsal.programs import Programs
from rehearsal.report import ActionReport, Report
from rehearsal.stage_jobs import StageJobs
from rehearsal.tables import tables_written
from rehearsal.terminal import Step, Terminal

_SETUP = "Setup"
_TAKE_MINUTES = ("make test-unit", "make test-glue-image")
"""Commands of builds that are left out, and said to be, unless they are asked for: ``make test`` runs them too."""


@dataclass
class Play:
    """One rehearsal of one repository.

    Parameters
    ----------
    root
        The repository.
    build
        Folder that this rehearsal holds.
    terminal
        Where it shows its progress.
    programs
        What starts its programs.
    config
        The app's config file, if it is not the default.
    data
        The user's data, laid over the samples.
    tables
        The user's tables of the databases that connections name, in the place of the samples.
    build_tests
        Whether builds run the tests that take minutes and that ``make test`` runs too.
    retries
        Whether the page offers to try a failed stage again.

    Attributes
    ----------
    console
        The page; who plays opens it and ends it with the play.
    """

    root: Path
    build: Path
    terminal: Terminal
    programs: Programs
    config: str | None = None
    data: Path | None = None
    tables: Path | None = None
    build_tests: bool = False
    report: Report = field(default_factory=Report)
    retries: bool = False
    console: Console = field(init=False)

    def __post_init__(self) -> None:
        self.console = Console(Watched(self.root, self.build, self.terminal, self.report, self.retries))

    def run(self) -> None:
        """Play everything; what happened is in ``report``, also when an action fails.

        Raises
        ------
        RehearsalError
            If an action failed; no later one was played.
        """
        with self._cloud() as cloud, ExitStack() as servers:
            cdk, assembly = self._set_up(cloud, servers)
            try:
                self._deploy_pipeline(cdk, cloud, assembly)
                self._follow(cloud, assembly)
            finally:
                self._collect(cloud, assembly)

    @contextmanager
    def opened(self) -> Iterator[tuple[LocalCloud, Assembly]]:
        """Set everything up and deploy the pipeline, for somebody else to work with.

        Yields
        ------
        LocalCloud
            The local cloud, which ends afterwards.
        Assembly
            What was synthesized.
        """
        with self._cloud() as cloud, ExitStack() as servers:
            cdk, assembly = self._set_up(cloud, servers)
            self._deploy_pipeline(cdk, cloud, assembly)
            yield cloud, assembly

    @contextmanager
    def _cloud(self) -> Iterator[LocalCloud]:
        cloud = LocalCloud(
            self.build,
            spark_archives=self.root / "build" / "spark",
            modules=self.root / "build" / "modules",
            skipped_commands=() if self.build_tests else _TAKE_MINUTES,
        )
        with self._action(_SETUP, "LocalCloud") as step:
            cloud.__enter__()
            step.message = cloud.endpoint
        self.console.show(cloud)
        try:
            yield cloud
        finally:
            try:
                self.programs.end_all()
                self.console.keep()
            finally:
                cloud.__exit__(None, None, None)

    def _set_up(self, cloud: LocalCloud, servers: ExitStack) -> tuple[Cdk, Assembly]:
        cdk = Cdk(self.root, self.build, self.programs)
        with self._action(_SETUP, "Synth") as step:
            cdk.synth(step, self.config)
            assembly = read_assembly(cdk.assembly)
            self.console.show(assembly=assembly)
            step.message = ", ".join(stage.name for stage in assembly.stages)
        with self._action(_SETUP, "Bootstrap") as step:
            self._bootstrap(step, cdk, cloud, assembly)
        with self._action(_SETUP, "Data") as step:
            laid = [lay(cloud, assembly.stages[0].environment.region, self.data), lay_networks(cloud, assembly)]
            step.message = "; ".join(filter(None, laid))
        if connections_of(assembly):
            with self._action(_SETUP, "Databases") as step:
                step.message = servers.enter_context(databases(cloud, assembly, self.root, self.tables))
        for source in assembly.sources:
            with self._action(_SETUP, "Source") as step:
                step.message = lay_source(cloud, assembly.pipeline.environment, source, self.root)
        return cdk, assembly

    def _deploy_pipeline(self, cdk: Cdk, cloud: LocalCloud, assembly: Assembly) -> None:
        with self._action(_SETUP, assembly.pipeline.name) as step:
            cdk.deploy(step, cloud, assembly.pipeline)

    def _bootstrap(self, step: Step, cdk: Cdk, cloud: LocalCloud, assembly: Assembly) -> None:
        pipeline = assembly.pipeline.environment.account
        environments = assembly.environments
        step.message = ", ".join(map(str, environments))
        with ThreadPoolExecutor(len(environments)) as pool:
            tasks = [
                pool.submit(cdk.bootstrap, step, cloud, environment, pipeline, _partition(environment.region))
                for environment in environments
            ]
            try:
                for task in tasks:
                    task.result()
            except BaseException:
                self.programs.end_all()  # the pool would wait for the others' end
                raise

    def _follow(self, cloud: LocalCloud, assembly: Assembly) -> None:
        """Let the pipeline do the rest, then run the jobs that it does not run itself."""
        Follower(cloud, assembly.pipeline, self.terminal, self.report, self.console.what_would_change).follow()
        for stage in assembly.stages:
            if not stage.tested:
                with self._action(stage.name, "RunJobs") as step:
                    self._run_jobs(step, cloud, stage)

    def _run_jobs(self, step: Step, cloud: LocalCloud, stage: PipelineStage) -> None:
        """Run the jobs of a stage whose jobs the pipeline does not run, to see that they would."""
        jobs = StageJobs(cloud, stage)
        if not jobs.names():
            raise StepFailedError(f"no job carries the tag stage={stage.name}")
        failed = jobs.run_all(step)
        if failed:
            raise StepFailedError("; ".join(failed))

    def _collect(self, cloud: LocalCloud, assembly: Assembly) -> None:
        try:
            self.report.runs = [run for stage in assembly.stages for run in StageJobs(cloud, stage).runs()]
            environments = [stage.environment for stage in assembly.stages]
            self.report.tables = tables_written(cloud, environments, self.report.runs)
        except (BotoCoreError, ClientError) as error:
            self.terminal.say(f"the runs could not be collected: {error}", "red")

    @contextmanager
    def _action(self, stage: str, action: str) -> Iterator[Step]:
        step: Step | None = None
        try:
            with self.terminal.step(stage, action) as step:
                try:
                    yield step
                except (BotoCoreError, ClientError) as error:
                    raise StepFailedError(str(error)) from error
        except BaseException as error:
            message = _reason(error)
            self.report.pipeline.append(ActionReport(stage, action, "Failed", _seconds(step), message))
            raise
        self.report.pipeline.append(ActionReport(stage, action, "Succeeded", _seconds(step), step.message))


def _seconds(step: Step | None) -> float:
    return round(step.seconds, 1) if step else 0.0


def _reason(error: BaseException) -> str:
    if isinstance(error, KeyboardInterrupt):
        return "interrupted"
    return str(error) if isinstance(error, RehearsalError) else f"{type(error).__name__}: {error}".rstrip(": ")


def _partition(region: str) -> str:
    return {"cn": "aws-cn", "us-gov": "aws-us-gov"}.get(region.rsplit("-", 2)[0], "aws")
