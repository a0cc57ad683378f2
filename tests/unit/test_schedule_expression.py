"""Schedules and time zones: what EventBridge Scheduler takes, and what it would refuse."""

import pytest

from aws_glue_cdk_baseline import schedule_expression
from aws_glue_cdk_baseline.schedule_expression import schedule_mistake, time_zone_mistake


@pytest.mark.parametrize(
    "text",
    [
        "rate(1 minute)",
        "rate(6 hours)",
        "rate(7 days)",
        "cron(0 6 * * ? *)",
        "cron(15 10 ? * 6L 2026-2030)",
        "cron(0/15 8-17 ? * MON-FRI *)",
        "cron(*/5 0,12 LW jan,JUL ? *)",
        "cron(0 0 15W * ? *)",
        "cron(0 9 ? * TUE#2 *)",
        "cron(0 9  1  1/3  ?  *)",
        "cron(5/10,7 6 L * ? 2027)",
    ],
)
def test_what_the_service_takes_is_right(text):
    assert schedule_mistake(text) is None


@pytest.mark.parametrize(
    ("text", "mistake"),
    [
        ("0 6 * * *", "should be cron(0 6 * * ? *) or rate(6 hours), found '0 6 * * *'"),
        ("at(2026-11-21T06:00:00)", "should be cron("),
        ("rate(6hours)", "should be a number of minutes, hours or days, like rate(6 hours), found 'rate(6hours)'"),
        ("rate(0 hours)", "should be a number of minutes, hours or days"),
        ("rate(2 weeks)", "should be a number of minutes, hours or days"),
        ("cron(0 6 * * ?)", "cron has six fields (minutes, hours, day of month, month, day of week, year), found 5"),
        ("cron(60 6 * * ? *)", "minutes should be 0 to 59, found '60'"),
        ("cron(0 24 * * ? *)", "hours should be 0 to 23, found '24'"),
        ("cron(0 6 0 * ? *)", "day of month should be 1 to 31, found '0'"),
        ("cron(0 6 32W * ? *)", "day of month should be 1 to 31, found '32W'"),
        ("cron(0 6 * JNA ? *)", "month should be 1 to 12, JAN to DEC, found 'JNA'"),
        ("cron(0 6 ? * 8 *)", "day of week should be 1 to 7, SUN to SAT, found '8'"),
        ("cron(0 6 ? * MON#6 *)", "day of week should be 1 to 7, SUN to SAT, found 'MON#6'"),
        ("cron(0 6 * * ? 1969)", "year should be 1970 to 2199, found '1969'"),
        ("cron(0/0 6 * * ? *)", "minutes should be 0 to 59, found '0/0'"),
        ("cron(0, 6 * * ? *)", "minutes should be 0 to 59, found ''"),
        ("cron(? 6 * * ? *)", "minutes should be 0 to 59, found '?'"),
        ("cron(0 6 * * * *)", "exactly one of day of month and day of week should be ?"),
        ("cron(0 6 ? * ? *)", "exactly one of day of month and day of week should be ?"),
        ("cron(\u0660 6 * * ? *)", "minutes should be 0 to 59"),
    ],
)
def test_what_it_would_refuse_is_told_by_its_field(text, mistake):
    assert str(schedule_mistake(text)).startswith(mistake)


def test_time_zones():
    assert time_zone_mistake("Europe/Berlin") is None
    assert time_zone_mistake("UTC") is None
    assert time_zone_mistake("Europe/Berln") == (
        "should be a time zone (did you mean 'Europe/Berlin'?), found 'Europe/Berln'"
    )
    assert time_zone_mistake("CET+1; x") == "should be a time zone, like Europe/Berlin, found 'CET+1; x'"


def test_a_machine_without_a_database_of_time_zones_checks_their_form(monkeypatch):
    monkeypatch.setattr(schedule_expression, "available_timezones", set)
    assert time_zone_mistake("Europe/Berlin") is None
    assert time_zone_mistake("not a zone") is not None
