"""Sessions of roles, as AWS's services obtain them: what a service does for a user, it does with these."""

from __future__ import annotations

import threading
from dataclasses import dataclass, field
from functools import cache
from typing import Any

import boto3
from botocore.config import Config

from rehearsal.cloud import clients
from rehearsal.cloud.assume_role import SERVICE_HEADER

_making = threading.Lock()


@dataclass(frozen=True)
class Session:
    """A session of a role.

    Parameters
    ----------
    role_arn
        The role.
    region
        Where it acts unless told otherwise.
    access_key_id, secret_access_key, session_token
        Its credentials.
    """

    role_arn: str
    region: str
    access_key_id: str
    secret_access_key: str = field(repr=False)
    session_token: str = field(repr=False)

    def environment(self) -> dict[str, str]:
        """Return the variables of a program that works as the role in the local cloud."""
        return {
            "AWS_ACCESS_KEY_ID": self.access_key_id,
            "AWS_SECRET_ACCESS_KEY": self.secret_access_key,
            "AWS_SESSION_TOKEN": self.session_token,
            "AWS_ENDPOINT_URL": clients.endpoint(),
            "AWS_REGION": self.region,
            "AWS_DEFAULT_REGION": self.region,
        }

    def client(self, service: str, region: str | None = None) -> Any:
        """Return a client that acts as the role.

        Parameters
        ----------
        service
            Name of the service as boto3 knows it.
        region
            The session's own by default.
        """
        return _client(service, region or self.region, self)

    def fresh_client(self, service: str, region: str) -> Any:
        """Return a client that no other caller has, to be given event handlers of its own."""
        return _made(service, region, clients.endpoint(), self._secrets)

    @property
    def _secrets(self) -> tuple[str, str, str]:
        return self.access_key_id, self.secret_access_key, self.session_token

    def assume(self, role_arn: str, name: str) -> Session:
        """Return a session of another role, which must trust this one.

        Parameters
        ----------
        role_arn
            The other role.
        name
            Name of the session.

        Raises
        ------
        botocore.exceptions.ClientError
            If the role does not exist or does not trust this one.
        """
        return _assumed(self.client("sts"), role_arn, self.region, name)


def assume_as_service(service: str, role_arn: str, region: str, name: str) -> Session:
    """Return a session of a role that a service works with.

    Parameters
    ----------
    service
        For example ``codebuild.amazonaws.com``; the role must trust it.
    role_arn
        The role.
    region
        Where it acts.
    name
        Name of the session.

    Raises
    ------
    botocore.exceptions.ClientError
        If the role does not exist or does not trust the service.
    """
    account = role_arn.split(":")[4] if role_arn.count(":") >= 5 else ""
    return _assumed(_service_client(service, account, region, clients.endpoint()), role_arn, region, name)


def _assumed(sts: Any, role_arn: str, region: str, name: str) -> Session:
    made = sts.assume_role(RoleArn=role_arn, RoleSessionName=name[:64])["Credentials"]
    return Session(role_arn, region, made["AccessKeyId"], made["SecretAccessKey"], made["SessionToken"])


@cache
def _session() -> Any:
    return boto3.session.Session()


@cache
def _service_client(service: str, account: str, region: str, endpoint: str) -> Any:
    made = _made("sts", region, endpoint, ("rehearsal", "rehearsal", None))

    def act_as_service(request: Any, **_: Any) -> None:
        request.headers["x-moto-account-id"] = account
        request.headers[SERVICE_HEADER] = service

    made.meta.events.register("before-sign.sts.*", act_as_service)
    return made


@cache
def _client(service: str, region: str, session: Session) -> Any:
    return _made(service, region, clients.endpoint(), session._secrets)


def _made(service: str, region: str, endpoint: str, secrets: tuple[str, str, str | None]) -> Any:
    config = Config(retries={"total_max_attempts": 1}, s3={"addressing_style": "path"}, read_timeout=900)
    with _making:  # building a client is not thread-safe
        return _session().client(
            service,
            region_name=region,
            endpoint_url=endpoint,
            config=config,
            aws_access_key_id=secrets[0],
            aws_secret_access_key=secrets[1],
            aws_session_token=secrets[2],
        )
