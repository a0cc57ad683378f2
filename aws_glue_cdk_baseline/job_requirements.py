"""What a job's requirements file becomes: the arguments by which Glue installs packages before the script starts."""

import hashlib
from pathlib import Path

from constructs import Construct

from aws_glue_cdk_baseline.named_asset import NamedAsset
from aws_glue_cdk_baseline.wheel_bundle import SUFFIX, bundle_wheels


class JobRequirements(Construct):
    """The packages of a job, deployed as a requirements file or as the wheels themselves.

    Parameters
    ----------
    file
        The requirements file.
    glue_version
        The version of Glue that the job runs on.
    bundled
        Whether the wheels are deployed, so that a run needs no package index.

    Raises
    ------
    InvalidFilesError
        If wheels that are to be deployed cannot be had.
    """

    def __init__(self, scope: Construct, id_: str, *, file: Path, glue_version: str, bundled: bool) -> None:
        super().__init__(scope, id_)
        path = bundle_wheels(file, glue_version) if bundled else file
        self.content_hash = hashlib.sha256(path.read_bytes()).hexdigest()
        # the ends of the names are Glue's: ...requirements.txt, ....gluewheels.zip
        stem = f"{self.content_hash}{SUFFIX.removesuffix('.zip')}" if bundled else f"{self.content_hash}-requirements"
        url = NamedAsset(self, "File", path=path, stem=stem).url
        self.arguments = {
            "--additional-python-modules": url,
            "--python-modules-installer-option": "--no-index" if bundled else "-r",
        }
