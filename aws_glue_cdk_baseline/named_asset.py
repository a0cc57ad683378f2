"""A file in the bootstrap bucket under a name of its own: pip and Glue read what a file is from its name."""

from pathlib import Path

from aws_cdk import AssetStaging, FileAssetPackaging, Stack
from aws_cdk import aws_glue as glue
from aws_cdk import aws_s3 as s3
from constructs import Construct


class NamedAsset(Construct):
    """An asset whose object's key ends with a name that is given; an `s3_assets.Asset` would be called by its hash.

    Objects are never overwritten and never removed, so a name has to carry the hash of its content: then a change is
    always picked up, and a run that is under way never loses its file.

    Parameters
    ----------
    path
        The file; its suffix is the object's.
    stem
        The object's name without that suffix.
    """

    def __init__(self, scope: Construct, id_: str, *, path: Path, stem: str) -> None:
        super().__init__(scope, id_)
        stack = Stack.of(self)
        staging = AssetStaging(self, "Stage", source_path=str(path))
        self._location = stack.synthesizer.add_file_asset(
            source_hash=stem,  # the synthesizer makes the key of it
            file_name=staging.relative_staged_path(stack),
            packaging=FileAssetPackaging.FILE,
            display_name=stem,
        )
        self._bucket = s3.Bucket.from_bucket_name(self, "Bucket", self._location.bucket_name)

    @property
    def url(self) -> str:
        """Its `s3://` URL."""
        return self._location.s3_object_url

    @property
    def folder(self) -> str:
        """The `s3://` URL of the prefix that the stack's assets are below, with a slash at its end."""
        return self.url.rpartition("/")[0] + "/"

    def code(self) -> glue.Code:
        """Return it as the L2 constructs want files."""
        return glue.Code.from_bucket(self._bucket, self._location.object_key)
