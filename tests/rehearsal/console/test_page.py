"""The page is one file that loads nothing, trusts no text, and keeps no secret of the machine that made it."""

from __future__ import annotations

import base64
import hashlib
import json
import re

from rehearsal.console.page import live_page, report_page
from tests.rehearsal.console.snapshots import NASTY, failed


def data_in(html: str) -> object:
    found = re.search(r'<script type="application/json" id="data">(.*?)</script>', html, re.DOTALL)
    assert found
    return json.loads(found[1])


def test_a_text_that_looks_like_html_ends_no_script_in_the_report():
    html = report_page(failed())
    assert NASTY not in html
    assert html.count("<script") == 2
    assert html.count("</script>") == 2
    found = data_in(html)
    assert isinstance(found, dict)
    assert found["runs"][1]["error"] == NASTY


def test_marks_of_the_skeleton_in_the_data_stay_data():
    snapshot = failed()
    snapshot["rehearsal"]["message"] = "%%script%% %%data%%"
    found = data_in(report_page(snapshot))
    assert isinstance(found, dict)
    assert found["rehearsal"]["message"] == "%%script%% %%data%%"


def test_the_policy_allows_the_page_s_own_style_and_script_and_nothing_else():
    html, policy = live_page("token")
    rules = dict(rule.strip().split(" ", 1) for rule in policy.split(";"))
    assert rules["default-src"] == "'none'"
    for kind, element in (("script-src", r"<script>(.*?)</script>"), ("style-src", r"<style>(.*?)</style>")):
        found = re.search(element, html, re.DOTALL)
        assert found
        hashed = base64.b64encode(hashlib.sha256(found[1].encode()).digest()).decode()
        assert rules[kind] == f"'sha256-{hashed}'"


def test_the_page_names_no_outside_resource():
    html = report_page(failed())
    assert not re.findall(r"""(?:src|href)\s*=\s*["'](?!data:|#)[^"']""", html)
    assert "@import" not in html
    assert "url(" not in html


def test_the_report_has_no_token_and_can_connect_to_nothing():
    html = report_page(failed())
    assert '<meta name="token"' not in html
    assert "connect-src &#x27;none&#x27;" in html


def test_a_token_is_escaped():
    assert "&quot;&gt;" in live_page('a">')[0]
