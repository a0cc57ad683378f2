"""The server of the page: on the loopback interface, for the one page that it gives out itself.

A page of somebody else in the same browser can send requests here too. So the Host header must name this server (a name
that was re-bound to 127.0.0.1 does not), and what changes something must come from our page's origin, with the
token that only our page knows, as JSON, which a foreign page cannot send without asking first.
"""

from __future__ import annotations

import json
import secrets
import socket
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs, urlsplit

from rehearsal.console.answers import AnswerError

TOKEN_HEADER = "X-Rehearsal-Token"  # noqa: S105 - the header's name

_POLL_SECONDS = 20.0
_WAIT_SECONDS = 0.5
_SOCKET_SECONDS = 30.0
_LONGEST_BODY = 10_000


@dataclass(frozen=True)
class Site:
    """What the server gives out and takes.

    Parameters
    ----------
    page
        The page and its Content-Security-Policy, from the token.
    snapshot
        Tag and JSON of the next snapshot, from the tag that the page has and the seconds to wait for another one.
    log
        An output by its name, or None.
    changes
        What changes something, by its path: takes the JSON object of the request, raises AnswerError.
    """

    page: Callable[[str], tuple[str, str]]
    snapshot: Callable[[str, float], tuple[str, bytes]]
    log: Callable[[str], str | None]
    changes: dict[str, Callable[[dict[str, str]], None]]


class PageServer:
    """Serves a site on a free port of 127.0.0.1; use it in a ``with``.

    Parameters
    ----------
    site
        What it serves.
    """

    def __init__(self, site: Site) -> None:
        self._server = _Server(site)
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.05,), name="console", daemon=True)
        self.address = f"http://127.0.0.1:{self._server.server_port}"

    def __enter__(self) -> PageServer:
        """Begin to serve."""
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        """End: no thread and no connection is left."""
        self._server.closing.set()
        self._server.shutdown()
        self._thread.join()
        self._server.hang_up()
        self._server.server_close()


class _Server(ThreadingHTTPServer):
    daemon_threads = False  # server_close waits for the answers that are on their way

    def __init__(self, site: Site) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.site = site
        self.token = secrets.token_urlsafe(32)
        self.closing = threading.Event()
        self._open: set[socket.socket] = set()
        self._lock = threading.Lock()

    @property
    def hosts(self) -> tuple[str, ...]:
        return f"127.0.0.1:{self.server_port}", f"localhost:{self.server_port}"

    def get_request(self) -> tuple[socket.socket, Any]:
        connection, address = super().get_request()
        with self._lock:
            self._open.add(connection)
        return connection, address

    def shutdown_request(self, request: Any) -> None:
        with self._lock:
            self._open.discard(request)
        super().shutdown_request(request)

    def hang_up(self) -> None:
        """Let go of connections that browsers open in advance and never use."""
        with self._lock:
            for connection in self._open:
                try:
                    connection.shutdown(socket.SHUT_RD)
                except OSError:  # it has gone by itself
                    continue

    def handle_error(self, *_: Any) -> None:
        """Say nothing: the terminal belongs to the rehearsal, and who hung up knows."""


class _Handler(BaseHTTPRequestHandler):
    server: _Server
    timeout = _SOCKET_SECONDS

    def do_GET(self) -> None:
        """Give the page, the next snapshot, or an output."""
        if self._refused_host():
            return
        url = urlsplit(self.path)
        asked = {name: values[-1] for name, values in parse_qs(url.query).items()}
        site = self.server.site
        if url.path == "/":
            html, policy = site.page(self.server.token)
            self._answer(200, html.encode(), "text/html", {"Content-Security-Policy": policy})
        elif url.path == "/snapshot":
            tag, body = self._next_snapshot(asked.get("after"))
            self._answer(200, body, "application/json", {"X-Tag": tag})
        elif url.path == "/log" and (text := site.log(asked.get("name", ""))) is not None:
            self._answer(200, text.encode(), "text/plain")
        else:
            self._say(404, "There is no such thing here.")

    def do_POST(self) -> None:
        """Change something, if our own page asks for it."""
        change = self.server.site.changes.get(self.path)
        if self._refused_host() or self._refused_sender():
            return
        if change is None:
            self._say(404, "There is no such thing here.")
            return
        given = self._json()
        if given is None:
            return
        try:
            change(given)
        except AnswerError as error:
            self._say(409, str(error))
        else:
            self._say(200, "Done.")

    def log_message(self, *_: Any) -> None:
        """Write no access log: the terminal belongs to the rehearsal."""

    def _next_snapshot(self, known: str | None) -> tuple[str, bytes]:
        """Wait for a snapshot that the page does not have, but not longer than the server is there."""
        deadline = time.monotonic() + _POLL_SECONDS
        while True:
            tag, body = self.server.site.snapshot(known or "", 0 if known is None else _WAIT_SECONDS)
            if tag != known or self.server.closing.is_set() or time.monotonic() > deadline:
                return tag, body

    def _refused_host(self) -> bool:
        if self.headers.get("Host") in self.server.hosts:
            return False
        self._say(403, "This server answers to its own address only.")
        return True

    def _refused_sender(self) -> bool:
        if self.headers.get("Origin") not in [f"http://{host}" for host in self.server.hosts]:
            self._say(403, "Only the rehearsal's own page may change something.")
        elif not secrets.compare_digest(self.headers.get(TOKEN_HEADER, "").encode(), self.server.token.encode()):
            self._say(403, "The page's token is missing or of another rehearsal: reload the page.")
        elif self.headers.get_content_type() != "application/json":
            self._say(415, "Send JSON.")
        else:
            return False
        return True

    def _json(self) -> dict[str, str] | None:
        length = self.headers.get("Content-Length", "")
        if not length.isdigit() or int(length) > _LONGEST_BODY:
            self._say(413, "Send at most 10 kB, and say how much.")
            return None
        try:
            given = json.loads(self.rfile.read(int(length)))
        except ValueError:
            given = None
        if not isinstance(given, dict) or not all(isinstance(value, str) for value in given.values()):
            self._say(400, "Send an object of texts.")
            return None
        return given

    def _say(self, status: int, text: str) -> None:
        self._answer(status, text.encode(), "text/plain")

    def _answer(self, status: int, body: bytes, kind: str, headers: dict[str, str] | None = None) -> None:
        self.send_response(status)
        for name, value in {
            "Content-Type": f"{kind}; charset=utf-8",
            "Content-Length": str(len(body)),
            "Cache-Control": "no-store",
            "X-Content-Type-Options": "nosniff",
            "Cross-Origin-Resource-Policy": "same-origin",
            "Referrer-Policy": "no-referrer",
            "X-Frame-Options": "DENY",
            **(headers or {}),
        }.items():
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(body)
