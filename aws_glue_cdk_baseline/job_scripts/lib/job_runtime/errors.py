"""What a job can fail of. Glue shows a run's first line of error text, so the first line says what to do."""


class JobError(RuntimeError):
    """The base of every error that this library raises."""


class ArgumentError(JobError):
    """An argument is missing, ambiguous, or not what its job declared."""


class InputError(JobError):
    """An input is missing, or holds records that cannot be used."""


class TableError(JobError):
    """A table of the lake cannot be read or published."""


class DatabaseConnectionError(JobError):
    """A connection of the stage, or its secret, cannot be used."""
