"""A file in the bootstrap bucket under a name of its own: pip and Glue read what a file is from its name."""

from pathlib import Path
from typing import Any

from aws_cdk import AssetStaging, DefaultStackSynthesizer, FileAssetPackaging, Stack
from aws_cdk import aws_glue as glue
from aws_cdk import aws_s3 as s3
from constructs import Construct


class StackWithNamedAssets(Stack):
    """A stack that may have assets under names of their own.

    Parameters
    ----------
    synthesizer
        Says where assets go; it is this stack's alone.
    **kwargs
        Properties of `aws_cdk.Stack`.
    """

    def __init__(self, scope: Construct, id_: str, *, synthesizer: DefaultStackSynthesizer, **kwargs: Any) -> None:
        super().__init__(scope, id_, synthesizer=synthesizer, **kwargs)
        # The stack works with a bound copy that Python never sees (jsii takes both for one object, and warns if it is
        # asked for the stack's); the copy shares its list of assets with this one, which can be used once it is bound.
        synthesizer.bind(self)
        self.named_assets = synthesizer


class NamedAsset(Construct):
    """An asset of a `StackWithNamedAssets` whose object's key ends with a name that is given.

    An `s3_assets.Asset` would be called by its hash. Objects are never overwritten and never removed, so a name has to
    carry the hash of its content: then a change is always picked up, and a run that is under way never loses its file.

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
        if not isinstance(stack, StackWithNamedAssets):
            raise TypeError(f"{stack.node.path} is no StackWithNamedAssets: it gives its assets no names")
        staging = AssetStaging(self, "Stage", source_path=str(path))
        self._location = stack.named_assets.add_file_asset(
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
