"""The page in a real browser: it follows, is accessible, works by keyboard and on a phone, and shows texts as texts."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from rehearsal.console.page import write_report
from tests.rehearsal.console.conftest import Stage, violations
from tests.rehearsal.console.snapshots import NASTY, a_run, a_snapshot, action_in, failed, waiting

LOOKS = [(size, scheme) for size in ("desktop", "phone") for scheme in ("light", "dark")]


def state_of(page: Any, stage: str) -> str:
    return str(page.locator(f"#stage-{stage} .stage-head .state").text_content())


def row(page: Any, name: str) -> Any:
    return page.locator(".rows > li").filter(has=page.locator(".title", has_text=name)).first


def test_state_changes_appear_without_a_reload(stage: Stage, open_page):
    page = open_page(stage.address)
    page.get_by_role("heading", name="PipelineStack").wait_for()
    page.evaluate("window.mark = 'still the same page'")
    assert state_of(page, "Build") == "In progress"
    stage.told.now = action_in(a_snapshot(), "Build", "Synth", "Succeeded")
    page.locator("#stage-Build .stage-head .state", has_text="Succeeded").wait_for()
    page.locator("#news", has_text="Build, Synth: Succeeded").wait_for(state="attached")
    stage.told.now["runs"] = [a_run("jr_1", "RUNNING")]
    row(page, "dev-Job1").wait_for()
    assert page.evaluate("window.mark") == "still the same page"


def test_the_time_of_what_goes_on_runs_on(stage: Stage, open_page):
    page = open_page(stage.address)
    clock = page.locator("#verdict .time")
    page.locator("#verdict .time", has_text="min").wait_for()
    before = clock.text_content()
    page.wait_for_timeout(2100)
    assert clock.text_content() != before


def test_the_commit_and_the_earlier_executions_are_named(stage: Stage, open_page):
    page = open_page(stage.address)
    page.get_by_text("Commit 01234567 · Add a job <i>of orders</i>").wait_for()
    page.get_by_text("Superseded: fedcba98 · before").wait_for()


def test_a_log_opens_below_its_action_and_grows(stage: Stage, open_page, monkeypatch):
    from tests.rehearsal.console import snapshots

    page = open_page(stage.address)
    row(page, "Synth").locator("summary").click()
    log = page.get_by_role("region", name="Output of Synth")
    log.get_by_text("Writing the templates").wait_for()
    monkeypatch.setitem(snapshots.LOGS, "action:build", "one line more")
    page.locator(".log", has_text="one line more").wait_for()


def test_an_approval_says_what_it_changes_and_is_given_by_keyboard_alone(stage: Stage, open_page):
    stage.told.now = waiting()
    page = open_page(stage.address)
    page.get_by_role("heading", name="DeployProd waits for your approval").wait_for()
    page.get_by_text("adds 1 Glue job (prod-Orders); changes 1 Glue job (prod-Persons)").wait_for()
    reached = []
    for _ in range(20):  # the skip link, the stages, then the approval
        page.keyboard.press("Tab")
        reached.append(page.evaluate("document.activeElement.textContent || document.activeElement.id"))
        outline = page.evaluate("getComputedStyle(document.activeElement).outlineStyle")
        assert outline != "none", f"no focus to be seen on {reached[-1]}"
        if reached[-1].startswith("DeployProd-Ingestion"):
            page.keyboard.press("Enter")
            page.get_by_text("Timeout: 60 → 120").wait_for()
        if reached[-1].endswith("-comment"):
            page.keyboard.type("go on")
        if reached[-1] == "Approve":
            break
    assert reached[0] == "Skip to the stages"
    assert reached.index("approval-approval-1-comment") == len(reached) - 2
    page.keyboard.press("Enter")
    page.locator(".answer p", has_text="").wait_for(state="attached")
    page.wait_for_timeout(300)
    given = {"id": "approval-1", "status": "Approved", "comment": "go on"}
    assert stage.asked == [("/approval", given)]
    stage.told.now["approvals"][0] |= {"state": "Succeeded", "summary": "approved on the page: go on"}
    page.get_by_role("heading", name="DeployProd was approved").wait_for()
    assert page.evaluate("document.activeElement.textContent") == "DeployProd was approved"
    assert not page.get_by_role("button", name="Approve").is_visible()


def test_a_rejection_is_sent_with_its_comment(stage: Stage, open_page):
    stage.told.now = waiting()
    page = open_page(stage.address)
    page.get_by_label("Comment").fill("too late")
    page.get_by_role("button", name="Reject").click()
    page.wait_for_timeout(300)
    assert stage.asked == [("/approval", {"id": "approval-1", "status": "Rejected", "comment": "too late"})]


def test_a_failed_stage_is_retried_where_somebody_waits_for_it(stage: Stage, open_page):
    stage.told.now = action_in(a_snapshot(), "Build", "Synth", "Failed", error="no")
    page = open_page(stage.address)
    page.get_by_role("heading", name="Failed in Build, action Synth").wait_for()
    assert not page.get_by_role("button", name="Retry Build").is_visible()
    stage.told.now["rehearsal"]["retries"] = True
    page.get_by_role("button", name="Retry Build").click()
    page.wait_for_timeout(300)
    execution = stage.told.now["pipeline"]["execution"]["id"]
    assert stage.asked == [("/retry", {"stage": "Build", "execution": execution})]


def test_a_failed_job_shows_its_error_as_text(tmp_path: Path, open_page):
    write_report(tmp_path / "report.html", failed())
    page = open_page((tmp_path / "report.html").as_uri())
    page.get_by_role("heading", name="Failed in DeployDev, action Test").wait_for()
    job = row(page, "dev-Job2")
    assert NASTY in job.locator(".message").text_content()
    page.get_by_role("region", name="Output of dev-Job2").wait_for()
    assert "Traceback" in page.get_by_role("region", name="Output of dev-Job2").text_content()
    assert "<b>not bold</b>" in page.get_by_role("region", name="Output of Test").text_content()
    assert page.title() == "Failed · PipelineStack"
    assert page.locator("img").count() == 0
    assert page.locator("main script").count() == 0


def test_the_report_of_a_rehearsal_that_waited_offers_no_answer(tmp_path: Path, open_page):
    snapshot = waiting()
    snapshot["rehearsal"] |= {"state": "Stopped", "seconds": 3, "message": "interrupted"}
    write_report(tmp_path / "report.html", snapshot | {"logs": {}})
    page = open_page((tmp_path / "report.html").as_uri())
    page.get_by_role("heading", name="Interrupted").wait_for()
    assert not page.get_by_role("button", name="Approve").is_visible()


def test_a_page_whose_rehearsal_has_gone_says_so(open_page):
    made = Stage()
    with made.server:
        page = open_page(made.address)
        page.get_by_role("heading", name="PipelineStack").wait_for()
    page.get_by_text("The rehearsal no longer answers").wait_for()


def test_a_stage_that_is_done_folds_unless_it_is_being_read(stage: Stage, open_page):
    page = open_page(stage.address)
    build = page.locator("#stage-Build > details")
    row(page, "Synth").wait_for()
    assert build.get_attribute("open") == ""
    stage.told.now = action_in(a_snapshot(), "Build", "Synth", "Succeeded", log="action:build")
    page.locator("#stage-Build > details:not([open])").wait_for(state="attached")
    stage.told.now = a_snapshot()
    page.locator("#stage-Build > details[open]").wait_for()
    row(page, "Synth").locator("summary").click()
    stage.told.now = action_in(a_snapshot(), "Build", "Synth", "Succeeded", log="action:build")
    page.locator("#stage-Build .stage-head .state", has_text="Succeeded").wait_for()
    assert build.get_attribute("open") == ""


@pytest.mark.parametrize(("size", "scheme"), LOOKS)
def test_the_live_page_is_accessible(stage: Stage, open_page, size, scheme):
    stage.told.now = waiting()
    page = open_page(stage.address, size, scheme)
    page.get_by_role("button", name="Approve").wait_for()
    page.evaluate("document.querySelectorAll('details').forEach((each) => { each.open = true; })")
    page.locator(".log:visible").first.wait_for()
    assert violations(page) == []
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")


@pytest.mark.parametrize(("size", "scheme"), LOOKS)
def test_the_report_is_accessible(tmp_path: Path, open_page, size, scheme):
    write_report(tmp_path / "report.html", failed())
    page = open_page((tmp_path / "report.html").as_uri(), size, scheme)
    page.evaluate("document.querySelectorAll('details').forEach((each) => { each.open = true; })")
    page.locator(".log:visible").first.wait_for()
    assert violations(page) == []
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")


def test_dark_is_dark(stage: Stage, open_page):
    grounds = [
        open_page(stage.address, scheme=scheme).evaluate("getComputedStyle(document.body).backgroundColor")
        for scheme in ("light", "dark")
    ]
    assert grounds == ["rgb(245, 246, 248)", "rgb(14, 19, 26)"]


def test_nothing_moves_for_who_wants_no_motion(stage: Stage, open_page):
    page = open_page(stage.address)
    page.locator(".icon.busy").first.wait_for()
    assert page.evaluate("getComputedStyle(document.querySelector('.icon.busy')).animationName") == "none"
