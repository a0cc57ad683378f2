"""The shared library of the job scripts, as the jobs of a stack get it."""

from functools import cache
from pathlib import Path

from aws_cdk import aws_glue as glue
from constructs import Construct

from aws_glue_cdk_baseline.catalog import LIBRARY, ROOT
from aws_glue_cdk_baseline.named_asset import NamedAsset
from aws_glue_cdk_baseline.wheel import Wheel, build_wheel

_BUILT = ROOT / "build" / "libraries"
_DISTRIBUTION = "job_scripts_lib"


class Library(Construct):
    """The wheel of the shared library, under the name that each kind of job needs.

    Python shell jobs install it by pip, which wants a wheel's name: `....whl`. Spark puts on its executors' path what
    ends in `.zip` (https://spark.apache.org/docs/3.5.6/api/python/user_guide/python_packaging.html) and a wheel of pure
    Python is a zip that can be imported from: the same bytes are `....whl.zip` for Spark.

    Parameters
    ----------
    folder
        Where the library is; the repository's own without.
    """

    def __init__(self, scope: Construct, id_: str, *, folder: Path = LIBRARY) -> None:
        super().__init__(scope, id_)
        self._wheel = _built(folder)
        self.content_hash = self._wheel.content_hash
        zipped = Wheel(f"{self._wheel.name}.zip", self.content_hash, self._wheel.data).write(_BUILT)
        self._for_spark = NamedAsset(self, "Zip", path=zipped, stem=self._wheel.name)
        self._for_python: NamedAsset | None = None

    @property
    def asset_folder(self) -> str:
        """The `s3://` URL of the prefix that the stack's assets are below."""
        return self._for_spark.folder

    def code(self, *, spark: bool) -> glue.Code:
        """Return the library for a job on Spark, or for a python shell job."""
        if spark:
            return self._for_spark.code()
        if not self._for_python:
            stem = self._wheel.name.removesuffix(".whl")
            self._for_python = NamedAsset(self, "Wheel", path=self._wheel.write(_BUILT), stem=stem)
        return self._for_python.code()


@cache
def _built(folder: Path) -> Wheel:
    return build_wheel(folder, _DISTRIBUTION)
