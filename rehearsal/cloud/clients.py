"""boto3 clients with which the local cloud's own parts act in an account, as AWS's services do."""

from __future__ import annotations

import threading
from functools import cache
from typing import Any

import boto3
from botocore.config import Config

_lock = threading.Lock()
_endpoint = ""


def use_endpoint(endpoint: str) -> None:
    """Remember where this process serves.

    Parameters
    ----------
    endpoint
        URL of the server, for example ``http://127.0.0.1:5111``.
    """
    global _endpoint  # noqa: PLW0603 - one server per process, known only once it listens
    _endpoint = endpoint


def endpoint() -> str:
    """Return the URL of this process's server."""
    return _endpoint


def client(service: str, account: str, region: str) -> Any:
    """Return a client that acts inside one account and Region.

    Parameters
    ----------
    service
        Name of the service as boto3 knows it.
    account, region
        Where the client acts.

    Returns
    -------
    Any
        A boto3 client, shared by all callers; botocore's clients may be used from several threads.
    """
    with _lock:  # building a client is not thread-safe
        return _client(service, account, region, _endpoint)


@cache
def _session() -> Any:
    return boto3.session.Session(aws_access_key_id="rehearsal", aws_secret_access_key="rehearsal")  # noqa: S106


@cache
def _client(service: str, account: str, region: str, url: str) -> Any:
    config = Config(retries={"total_max_attempts": 1}, s3={"addressing_style": "path"}, max_pool_connections=50)
    made = _session().client(service, region_name=region, endpoint_url=url, config=config)

    def act_in_account(request: Any, **_: Any) -> None:
        # the header by which moto lets a caller name the account that it acts in
        request.headers["x-moto-account-id"] = account

    made.meta.events.register(f"before-sign.{service}.*", act_in_account)
    return made
