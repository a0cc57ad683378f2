"""What can go wrong in a rehearsal, said so that the reader knows what to do; shown without a traceback."""

from __future__ import annotations


class RehearsalError(Exception):
    """Base of every error that a rehearsal reports to its user."""


class BuildFolderInUseError(RehearsalError):
    """Another rehearsal holds the build folder."""


class CloudStartError(RehearsalError):
    """The local cloud did not come up."""


class AssemblyError(RehearsalError):
    """The cloud assembly does not hold what a pipeline's assembly holds."""


class SampleDataError(RehearsalError):
    """A folder of data is not laid out as ``<bucket>/<key>``."""


class StepFailedError(RehearsalError):
    """An action of the pipeline failed; the text is the reason that the report carries."""


class DatabaseServerError(RehearsalError):
    """The private database server is not installed, or did not start."""
