"""The same objects in moto's S3 and in the directories that Spark sees behind ``s3://``.

S3 is the truth. Each run has directories of its own, which are taken into S3 before every request that could tell the
difference and at the end of the run; what a request or another run changed is laid out again, so that Spark and the S3
API see one state.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from moto.core.responses import BaseResponse
from moto.glue.responses import GlueResponse
from moto.s3.models import s3_backends
from moto.s3.responses import S3Response

from rehearsal.cloud.permissions.enforcement import answer_denied
from rehearsal.cloud.views import Access, View


class ObjectStore:
    """Buckets as directories of runs, kept in step with moto's S3.

    Parameters
    ----------
    folder
        Absolute path below which the directories are.
    """

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self._views: list[View] = []
        self._lock = threading.RLock()

    @contextmanager
    def opened(self, name: str, access: Access) -> Iterator[View]:
        """Lay every bucket out for a run, and take in what the run wrote when it ends.

        Parameters
        ----------
        name
            Of the run's directory.
        access
            What the run may do.

        Yields
        ------
        View
            The run's directories.
        """
        view = View(self.folder / "views" / name, self.folder / "pool", access)
        with self._lock:
            for bucket in sorted(s3_backends.bucket_accounts):
                view.lay_out(bucket)
            self._views.append(view)
        try:
            yield view
        finally:
            with self._lock:
                for bucket in sorted(view.buckets):
                    self.take_in(bucket)
                view.check_reads()
                self._views.remove(view)
                view.remove()

    def take_in(self, bucket: str) -> None:
        """Take what the runs wrote into a bucket, and let all of them see it."""
        with self._lock:
            if bucket in s3_backends.bucket_accounts:
                changed = [view.take_in(bucket) for view in self._views if bucket in view.buckets]
                if any(changed) and len(self._views) > 1:
                    self.lay_out(bucket)

    def lay_out(self, bucket: str) -> None:
        """Lay a bucket out again for the runs that are under way."""
        with self._lock:
            for view in self._views:
                if bucket in s3_backends.bucket_accounts:
                    view.lay_out(bucket)

    def refused(self, access_key: str) -> str | None:
        """Take everything in, and say what the run of an access key read or wrote although it may not."""
        with self._lock:
            for bucket in sorted({bucket for view in self._views for bucket in view.buckets}):
                self.take_in(bucket)
            views = [view for view in self._views if view.access_key == access_key]
            for view in views:
                view.check_reads()
            return next((denial for view in views for denial in view.refused.values()), None)


def install(store: ObjectStore) -> None:
    """Let every S3 request see, and be seen by, the jobs that run.

    Parameters
    ----------
    store
        The directories that jobs work in.
    """

    def in_step(answer: Callable[..., Any]) -> Callable[..., Any]:
        def respond(self: S3Response, request: Any, full_url: str) -> Any:
            store.take_in(self.bucket_name)
            response = answer(self, request, full_url)
            if request.method not in ("GET", "HEAD"):
                store.lay_out(self.bucket_name)
            return response

        return respond

    def call_action(self: GlueResponse) -> Any:
        # a table must not come to point at files that could not have been written
        changes = not str(self._get_action()).startswith(("Get", "List", "BatchGet", "Search"))
        denial = store.refused(self.access_key) if changes else None
        return answer_denied(self, denial) if denial else BaseResponse.call_action(self)

    S3Response._bucket_response = in_step(S3Response._bucket_response)  # type: ignore[method-assign]
    S3Response._key_response = in_step(S3Response._key_response)  # type: ignore[method-assign]
    GlueResponse.call_action = call_action  # type: ignore[method-assign, assignment]
