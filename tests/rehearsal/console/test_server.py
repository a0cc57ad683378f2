"""The page's server answers to its own page and to nobody else, and leaves nothing behind."""

from __future__ import annotations

import http.client
import json
import re
import socket
import threading
import time
from typing import Any

import pytest

from rehearsal.console.server import TOKEN_HEADER
from tests.rehearsal.console.conftest import Stage

ANSWER = {"id": "approval-1", "status": "Approved", "comment": ""}


def ask(stage: Stage, method: str, path: str, headers: dict[str, str], body: str | None = None) -> tuple[int, str, Any]:
    host, port = stage.address.removeprefix("http://").split(":")
    connection = http.client.HTTPConnection(host, int(port), timeout=10)
    connection.putrequest(method, path, skip_host=True)
    for name, value in headers.items():
        connection.putheader(name, value)
    connection.endheaders(body.encode() if body is not None else None)
    answer = connection.getresponse()
    found = answer.status, answer.read().decode(), answer.headers
    connection.close()
    return found


def get(stage: Stage, path: str, **headers: str) -> tuple[int, str, Any]:
    return ask(stage, "GET", path, {"Host": stage.address.removeprefix("http://")} | headers)


def token_of(stage: Stage) -> str:
    found = re.search(r'name="token" content="([^"]+)"', get(stage, "/")[1])
    assert found
    return found[1]


def post(
    stage: Stage, path: str = "/approval", body: str = json.dumps(ANSWER), **headers: str | None
) -> tuple[int, str, Any]:
    """Send what the page sends; a header of None is left out."""
    good = {
        "Host": stage.address.removeprefix("http://"),
        "Origin": stage.address,
        "Content-Type": "application/json",
        "Content-Length": str(len(body.encode())),
        TOKEN_HEADER: token_of(stage),
    }
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    sent = {name: value for name, value in (good | named).items() if value is not None}
    return ask(stage, "POST", path, sent, body)


def test_our_page_is_served_and_heard(stage: Stage):
    assert post(stage)[0] == 200
    assert stage.asked == [("/approval", ANSWER)]


def test_the_page_may_also_be_called_localhost(stage: Stage):
    port = stage.address.rpartition(":")[2]
    assert get(stage, "/", Host=f"localhost:{port}")[0] == 200
    assert post(stage, Host=f"localhost:{port}", Origin=f"http://localhost:{port}")[0] == 200


@pytest.mark.parametrize("host", ["evil.example", "evil.example:{port}", "127.0.0.1", "127.0.0.1:1", ""])
@pytest.mark.parametrize("path", ["/", "/snapshot", "/log?name=action:build"])
def test_a_name_that_was_rebound_to_this_machine_reads_nothing(stage: Stage, host, path):
    status, text, _ = get(stage, path, Host=host.format(port=stage.address.rpartition(":")[2]))
    assert (status, text) == (403, "This server answers to its own address only.")


@pytest.mark.parametrize(
    ("headers", "status", "why"),
    [
        ({"Host": "evil.example"}, 403, "own address"),
        ({"Origin": "http://evil.example"}, 403, "own page"),
        ({"Origin": "null"}, 403, "own page"),
        ({"Origin": None}, 403, "own page"),
        ({"Origin": "https://127.0.0.1"}, 403, "own page"),
        ({"X_Rehearsal_Token": None}, 403, "token"),
        ({"X_Rehearsal_Token": "guess"}, 403, "token"),
        ({"X_Rehearsal_Token": "ä"}, 403, "token"),
        ({"Content_Type": "text/plain"}, 415, "JSON"),
        ({"Content_Type": None}, 415, "JSON"),
        ({"Content_Length": "20000"}, 413, "10 kB"),
        ({"Content_Length": None}, 413, "10 kB"),
        ({"Content_Length": "-1"}, 413, "10 kB"),
    ],
)
def test_a_request_that_is_not_our_page_s_changes_nothing(stage: Stage, headers, status, why):
    answered, text, _ = post(stage, **headers)
    assert answered == status
    assert why in text
    assert stage.asked == []


@pytest.mark.parametrize("body", ["", "[]", "{", '{"id": 1}', '"text"', "\xff"])
def test_what_is_not_an_object_of_texts_is_refused(stage: Stage, body):
    assert post(stage, body=body)[0] == 400
    assert stage.asked == []


@pytest.mark.parametrize("path", ["/approval", "/retry"])
def test_nothing_is_changed_by_a_get(stage: Stage, path):
    assert get(stage, path)[0] == 404
    assert stage.asked == []


def test_there_is_nothing_else(stage: Stage):
    assert get(stage, "/../../etc/passwd")[0] == 404
    assert get(stage, "/log?name=../../etc/passwd")[0] == 404
    assert post(stage, "/snapshot")[0] == 404
    assert ask(stage, "DELETE", "/", {"Host": stage.address.removeprefix("http://")})[0] == 501


def test_the_answers_forbid_framing_sniffing_and_keeping(stage: Stage):
    for path in ("/", "/snapshot", "/log?name=action:build"):
        headers = get(stage, path)[2]
        assert headers["X-Content-Type-Options"] == "nosniff"
        assert headers["X-Frame-Options"] == "DENY"
        assert headers["Cache-Control"] == "no-store"
        assert headers["Cross-Origin-Resource-Policy"] == "same-origin"
        assert "Access-Control-Allow-Origin" not in headers
    assert "frame-ancestors 'none'" in get(stage, "/")[2]["Content-Security-Policy"]


def test_a_snapshot_that_the_page_has_is_waited_for(stage: Stage):
    tag = get(stage, "/snapshot")[2]["X-Tag"]
    stage.told.now["pipeline"]["name"] = "Another"
    status, text, headers = get(stage, f"/snapshot?after={tag}")
    assert status == 200
    assert headers["X-Tag"] != tag
    assert json.loads(text)["pipeline"]["name"] == "Another"


def test_two_servers_have_two_tokens():
    with (one := Stage()).server, (other := Stage()).server:
        assert token_of(one) != token_of(other)
        assert post(one, X_Rehearsal_Token=token_of(other))[0] == 403


def test_the_end_leaves_no_thread_and_no_port_even_with_idle_connections():
    before = set(threading.enumerate())
    made = Stage()
    host, port = made.address.removeprefix("http://").split(":")
    with made.server:
        idle = socket.create_connection((host, int(port)))
        tag = get(made, "/snapshot")[2]["X-Tag"]
        waiting = threading.Thread(target=get, args=(made, f"/snapshot?after={tag}"))
        waiting.start()
        time.sleep(0.2)
        began = time.monotonic()
    assert time.monotonic() - began < 15  # either would hold it for longer
    waiting.join()
    assert set(threading.enumerate()) <= before
    idle.close()
    with pytest.raises(ConnectionRefusedError):
        socket.create_connection((host, int(port)))
