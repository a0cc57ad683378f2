"""The page on a pipeline that the local cloud really executes: followed, approved, rejected, kept as one file."""

from __future__ import annotations

import json
import re
import time
from pathlib import Path
from typing import Any

import pytest

from tests.rehearsal.acting import Account
from tests.rehearsal.console.snapshots import NASTY, a_run, step, waiting
from tests.rehearsal.console.watching import Rehearsed, jobs_template

SECRET = "correct-horse-battery"
FAILS = f"import sys\nprint('{SECRET}')\nraise {NASTY.partition(':')[0]}({NASTY.partition(': ')[2][1:-1]!r})"


@pytest.fixture(autouse=True)
def left_to_the_page(monkeypatch):
    monkeypatch.setenv("APPROVE", "page")


@pytest.fixture
def rehearsed(account: Account, tmp_path: Path) -> Rehearsed:
    prod = jobs_template(account.job_role, account.put("scripts/p.py", ""), prod_Orders=5, prod_Persons=9)
    return Rehearsed(account, tmp_path, prod, FAILS)


def kept(rehearsed: Rehearsed) -> tuple[str, dict[str, Any]]:
    html = (rehearsed.folder / "report.html").read_text()
    found = re.search(r'id="data">(.*?)</script>', html, re.DOTALL)
    assert found
    return html, json.loads(found[1])


def test_a_run_is_followed_approved_and_kept(rehearsed: Rehearsed, open_page):
    go_on = rehearsed.folder / "go-on"
    rehearsed.deploy(f"echo building; while [ ! -f {go_on} ]; do sleep 0.1; done; echo built")
    with rehearsed.followed() as address:
        page = open_page(address)
        page.evaluate("window.mark = 'still the same page'")
        page.locator("#stage-Build .title", has_text="Make").click()
        page.locator(".log", has_text="building").wait_for()
        go_on.touch()
        page.locator(".log", has_text="built").wait_for()
        page.get_by_role("heading", name="DeployProd waits for your approval").wait_for(timeout=60_000)
        page.get_by_text("It is the first deployment to DeployProd").wait_for()
        page.get_by_text("adds 2 Glue jobs (prod-Orders, prod-Persons)").wait_for()
        page.get_by_label("Comment").fill("fine <b>by</b> me")
        page.get_by_role("button", name="Approve").click()
        page.locator("#stage-DeployProd .stage-head .state", has_text="Succeeded").wait_for()
    assert [each.message for each in rehearsed.report.pipeline if each.action == "Approve-prod"] == [
        "approved on the page: fine <b>by</b> me"
    ]
    # the server has gone; the page knows the end and has every output
    page.locator("#verdict", has_text="Succeeded").wait_for()
    page.locator("#stage-DeployProd .stage-head").click()
    page.locator("#stage-DeployProd .title", has_text="Jobs.Deploy").click()
    page.locator("#stage-DeployProd .log", has_text="CREATE_COMPLETE").wait_for()
    assert page.evaluate("window.mark") == "still the same page"

    page = open_page((rehearsed.folder / "report.html").as_uri())
    page.locator(".approval .told", has_text="Approved on the page: fine <b>by</b> me").wait_for()
    assert page.locator("#stages .stage").count() == 4
    assert kept(rehearsed)[1]["rehearsal"]["state"] == "Succeeded"


def test_a_rejection_ends_the_run_and_names_itself(rehearsed: Rehearsed, open_page):
    rehearsed.deploy("true")
    with rehearsed.followed() as address:
        page = open_page(address, "phone", "dark")
        page.get_by_label("Comment").fill("not on a Friday")
        page.get_by_role("button", name="Reject").click()
        page.get_by_role("heading", name="Failed in DeployProd, action Approve-prod").wait_for()
    assert "DeployProd waits for its answer on the page (APPROVE=page)" in rehearsed.said.getvalue()
    failed = rehearsed.report.failed
    assert failed is not None
    assert failed.message == "DeployProd was rejected on the page: not on a Friday"
    page.locator("#verdict", has_text="Failed").wait_for()
    assert not rehearsed.account.exists("DeployProd-Jobs")


def test_a_failed_job_is_shown_and_the_report_keeps_no_secret(rehearsed: Rehearsed, open_page):
    account = rehearsed.account
    account.client("secretsmanager").create_secret(
        Name="dev/Source", SecretString=json.dumps({"username": "reader", "password": SECRET})
    )
    account.client("secretsmanager").create_secret(Name="dev/Empty")
    rehearsed.deploy("env")
    with rehearsed.followed() as address:
        page = open_page(address)
        page.get_by_role("heading", name="DeployProd waits").wait_for(timeout=60_000)
        account.start("dev-Orders")
        page.locator("#runs .state", has_text="Failed").wait_for(timeout=60_000)
        assert NASTY in page.locator("#runs .message").text_content()
        page.locator("#runs .log", has_text="line 3, in <module>").wait_for()
        assert page.locator("#runs img").count() == 0
        page.get_by_role("button", name="Approve").click()
        page.locator("#stage-DeployProd .stage-head .state", has_text="Succeeded").wait_for()
        token = page.locator('meta[name="token"]').get_attribute("content")
    html, data = kept(rehearsed)
    key = account.cloud.credentials(account.id)
    made = [SECRET, str(token), key.secret_access_key, key.access_key_id, str(rehearsed.folder), str(Path.home())]
    for private in made:
        assert private not in html
    assert "AWS_SECRET_ACCESS_KEY=***" in "".join(data["logs"].values())
    assert data["runs"][0]["error"] == NASTY
    assert "***" in data["logs"][data["runs"][0]["log"]]


def test_an_approval_that_was_answered_elsewhere_is_told_so(rehearsed: Rehearsed):
    from rehearsal.console.answers import AnswerError, Answers

    answers = Answers(rehearsed.watched)
    with pytest.raises(AnswerError, match="no pipeline yet"):
        answers.approval("x", "Approved", "")
    rehearsed.deploy("true")
    token = rehearsed.token()
    snapshot = rehearsed.snapshot()
    id_ = snapshot["approvals"][0]["id"]
    for status, comment, why in (("Perhaps", "", "Approved or Rejected"), ("Approved", "x" * 401, "400 characters")):
        with pytest.raises(AnswerError, match=why):
            answers.approval(id_, status, comment)
    with pytest.raises(AnswerError, match="no longer waits"):
        answers.approval("another", "Approved", "")
    assert rehearsed.token() == token
    answers.approval(id_, "Approved", "")
    deadline = time.monotonic() + 10
    while rehearsed.token(now=True) and time.monotonic() < deadline:
        time.sleep(0.05)
    with pytest.raises(AnswerError, match="no longer waits"):
        answers.approval(id_, "Rejected", "")
    with pytest.raises(AnswerError, match="ends with its first failure"):
        answers.retry("Build", "x")


def test_a_failed_stage_is_retried_in_a_shell(rehearsed: Rehearsed, tmp_path: Path):
    from rehearsal.console.answers import Answers

    rehearsed.watched.retries = True
    rehearsed.deploy(f"test -f {tmp_path}/mended")

    def state(*wanted: str) -> dict[str, Any]:
        deadline = time.monotonic() + 30
        while (snapshot := rehearsed.snapshot())["pipeline"]["stages"][1]["state"] not in wanted:
            assert time.monotonic() < deadline, snapshot["pipeline"]["stages"]
            time.sleep(0.1)
        return snapshot

    execution = state("Failed")["pipeline"]["execution"]["id"]
    (tmp_path / "mended").touch()
    Answers(rehearsed.watched).retry("Build", execution)
    assert state("Succeeded")["rehearsal"]["retries"]


def test_the_snapshots_of_the_browser_tests_look_like_the_real_ones(rehearsed: Rehearsed):
    rehearsed.deploy("true")
    rehearsed.token()
    rehearsed.account.run("dev-Orders")
    real, told = rehearsed.snapshot(), waiting()
    assert real.keys() == told.keys()
    assert real["rehearsal"].keys() == told["rehearsal"].keys()
    assert real["pipeline"].keys() == told["pipeline"].keys()
    assert real["pipeline"]["execution"].keys() == told["pipeline"]["execution"].keys()
    assert real["approvals"][0].keys() == told["approvals"][0].keys()
    assert real["approvals"][0]["changes"][0].keys() == told["approvals"][0]["changes"][0].keys()
    assert real["runs"][0].keys() == a_run("jr_1", "FAILED").keys()
    build = real["pipeline"]["stages"][1]["actions"][0]
    assert build.keys() == step("Make", "Succeeded", log="x").keys()
