"""The approval: who decides it, and a question on a terminal that ends when somebody else has answered."""

from __future__ import annotations

import io
import os
import pty
import subprocess
import sys
import threading
import time
from pathlib import Path

import pytest

from rehearsal.approval import Answer, answer
from rehearsal.errors import RehearsalError
from tests.rehearsal.conftest import ROOT

ASK = """
import sys, pathlib
from rehearsal.approval import answer
gone = pathlib.Path(sys.argv[1])
print("RESULT", answer("DeployProd", lambda: not gone.exists()), flush=True)
print("NEXT", sys.stdin.readline().strip(), flush=True)
"""


@pytest.fixture(autouse=True)
def undecided(monkeypatch):
    monkeypatch.delenv("APPROVE", raising=False)


class Asked:
    """A process that asks on a terminal of its own."""

    def __init__(self, gone: Path) -> None:
        self.keyboard, terminal = pty.openpty()
        environment = {name: value for name, value in os.environ.items() if name != "APPROVE"}
        self.process = subprocess.Popen(
            [sys.executable, "-c", ASK, str(gone)], cwd=ROOT, stdin=terminal, stdout=terminal, env=environment
        )
        os.close(terminal)
        self.said = ""
        threading.Thread(target=self._listen, daemon=True).start()

    def _listen(self) -> None:
        while True:
            try:
                self.said += os.read(self.keyboard, 4096).decode()
            except OSError:  # the process has ended
                return

    def until(self, text: str) -> None:
        deadline = time.monotonic() + 30
        while text not in self.said:
            assert time.monotonic() < deadline, f"waited for {text!r}: {self.said!r}"
            time.sleep(0.02)

    def type(self, text: str) -> None:
        os.write(self.keyboard, text.encode())


@pytest.fixture
def asked(tmp_path: Path):
    found = Asked(tmp_path / "gone")
    yield found
    found.process.kill()
    found.process.wait()
    os.close(found.keyboard)


def test_without_a_terminal_the_approval_is_given_and_said(monkeypatch):
    monkeypatch.setattr(sys, "stdin", io.StringIO())
    given = answer("DeployProd", lambda: True)
    assert given == Answer(True, "approved by the rehearsal itself: there is no terminal to ask on")


@pytest.mark.parametrize(
    ("word", "approved"), [("yes", True), ("YES", True), ("no", False), ("NO", False), ("false", False)]
)
def test_the_variable_decides(monkeypatch, word, approved):
    monkeypatch.setenv("APPROVE", word)
    given = answer("DeployProd", lambda: True)
    said = "approved" if approved else "DeployProd was rejected"
    assert given == Answer(approved, f"{said} by APPROVE={word}")


def test_the_variable_may_leave_it_to_the_page(monkeypatch):
    monkeypatch.setenv("APPROVE", "page")
    looks = iter([True, True, False])
    assert answer("DeployProd", lambda: next(looks)) is None


def test_another_word_is_refused(monkeypatch):
    monkeypatch.setenv("APPROVE", "perhaps")
    with pytest.raises(RehearsalError, match="neither yes nor no nor page"):
        answer("DeployProd", lambda: True)


@pytest.mark.parametrize(
    ("typed", "approved"),
    [("y\n", True), ("Yes\n", True), ("\n", False), ("n\n", False), ("yess\n", False), ("\x04", False)],
)
def test_a_terminal_is_asked(asked: Asked, typed, approved):
    asked.until("[y/N] ")
    asked.type(typed)
    asked.until("RESULT")
    said = "approved" if approved else "DeployProd was rejected"
    asked.until(f"Answer(approved={approved}, summary='{said} on the terminal')")


def test_the_question_ends_when_the_page_answers_and_half_a_line_is_forgotten(asked: Asked, tmp_path: Path):
    asked.until("[y/N] ")
    asked.type("ye")  # no end of line
    (tmp_path / "gone").touch()
    asked.until("answered elsewhere")
    asked.until("RESULT None")
    asked.type("something else\n")
    asked.until("NEXT something else")


def test_what_was_typed_before_the_question_does_not_answer_it(asked: Asked):
    asked.type("y\n")  # long before Python is up
    asked.until("[y/N] ")
    time.sleep(0.5)
    assert "RESULT" not in asked.said
