"""A browser, and a page that shows whatever a test says."""

from __future__ import annotations

import copy
import os
import shutil
from collections.abc import Iterator
from typing import Any

import pytest

from rehearsal.console.feed import Feed
from rehearsal.console.page import live_page
from rehearsal.console.server import PageServer, Site
from tests.rehearsal.conftest import ROOT
from tests.rehearsal.console.snapshots import LOGS, a_snapshot

AXE = ROOT / "node_modules" / "axe-core" / "axe.min.js"

SIZES = {"desktop": (1280, 900), "phone": (360, 740)}


class Told:
    """Snapshots as a test tells them."""

    def __init__(self) -> None:
        self.now = a_snapshot()

    def take(self, **_: bool) -> dict[str, Any]:
        return copy.deepcopy(self.now)

    def log(self, name: str) -> str | None:
        return LOGS.get(name)


class Stage:
    """A page on a server of its own, and what was asked of it."""

    def __init__(self) -> None:
        self.told = Told()
        self.asked: list[tuple[str, dict[str, str]]] = []
        feed = Feed(self.told)  # type: ignore[arg-type]
        changes = {
            "/approval": lambda given: self.asked.append(("/approval", given)),
            "/retry": lambda given: self.asked.append(("/retry", given)),
        }
        self.server = PageServer(Site(live_page, feed.next, self.told.log, changes))
        self.address = self.server.address


@pytest.fixture
def stage() -> Iterator[Stage]:
    made = Stage()
    with made.server:
        yield made


@pytest.fixture(scope="session")
def browser() -> Iterator[Any]:
    """Headless Chromium, as Debian packages it."""
    chromium = shutil.which("chromium")
    if chromium is None:
        pytest.skip("there is no chromium on PATH (Debian: apt-get install chromium)")
    from playwright.sync_api import sync_playwright

    sandbox = ["--no-sandbox"] if os.geteuid() == 0 else []
    with sync_playwright() as playwright:
        started = playwright.chromium.launch(executable_path=chromium, args=sandbox)
        yield started
        started.close()


@pytest.fixture
def open_page(browser: Any) -> Iterator[Any]:
    """Open a page; at the end of the test nothing that it should not say is on the browser's console."""
    contexts, said = [], []

    def opened(address: str, size: str = "desktop", scheme: str = "light", **more: Any) -> Any:
        width, height = SIZES[size]
        context = browser.new_context(
            viewport={"width": width, "height": height}, color_scheme=scheme, reduced_motion="reduce", **more
        )
        contexts.append(context)
        page = context.new_page()
        page.set_default_timeout(15_000)
        page.on("pageerror", lambda error: said.append(str(error)))
        page.on("console", lambda message: said.append(message.text))
        page.goto(address)
        return page

    yield opened
    for context in contexts:
        context.close()
    assert [each for each in said if "ERR_CONNECTION_REFUSED" not in each] == []


def violations(page: Any) -> list[str]:
    """What axe finds wrong with a page: the rule, and where."""
    page.evaluate(AXE.read_text())
    found = page.evaluate("() => axe.run(document)")["violations"]
    return [f"{each['id']}: {node['target']} {node['failureSummary']}" for each in found for node in each["nodes"]]
