"""Schedules as EventBridge Scheduler takes them: `cron(...)` and `rate(...)`, and the time zone that they are meant in.

Follows https://docs.aws.amazon.com/scheduler/latest/UserGuide/schedule-types.html
"""

import re
from dataclasses import dataclass
from zoneinfo import available_timezones

from aws_glue_cdk_baseline.errors import nearest

_FORM = re.compile(r"(cron|rate)\((.*)\)", re.DOTALL)
_RATE = re.compile(r"([1-9][0-9]{0,5}) (minute|hour|day)s?", re.ASCII)
_ZONE = re.compile(r"[A-Za-z][A-Za-z0-9_+-]*(/[A-Za-z0-9_+-]+)*")
_MONTHS = ("JAN", "FEB", "MAR", "APR", "MAY", "JUN", "JUL", "AUG", "SEP", "OCT", "NOV", "DEC")
_DAYS = ("SUN", "MON", "TUE", "WED", "THU", "FRI", "SAT")


@dataclass(frozen=True)
class _Field:
    name: str
    lowest: int
    highest: int
    words: tuple[str, ...] = ()
    special: str = r"(?!)"  # matches nothing

    def mistake(self, text: str) -> str | None:
        """Say what is wrong with the field's text."""
        for item in text.split(","):
            if item == "*" or re.fullmatch(self.special, item, re.IGNORECASE):
                continue
            span, slash, step = item.partition("/")
            first, dash, last = span.partition("-")
            ends = [self._number(first)] if not dash else [self._number(first), self._number(last)]
            if span == "*" and slash:
                ends = [self.lowest]
            if slash and not re.fullmatch(r"[1-9][0-9]?", step, re.ASCII):
                ends = [None]
            if None in ends:
                known = f", {self.words[0]} to {self.words[-1]}" if self.words else ""
                return f"{self.name} should be {self.lowest} to {self.highest}{known}, found {item!r}"
        return None

    def _number(self, text: str) -> int | None:
        if text.upper() in self.words:
            return self.words.index(text.upper()) + 1
        number = int(text) if re.fullmatch(r"[0-9]{1,4}", text, re.ASCII) else -1
        return number if self.lowest <= number <= self.highest else None


_FIELDS = (
    _Field("minutes", 0, 59),
    _Field("hours", 0, 23),
    _Field("day of month", 1, 31, special=r"\?|L|LW|([1-9]|[12][0-9]|3[01])W"),
    _Field("month", 1, 12, _MONTHS),
    _Field("day of week", 1, 7, _DAYS, special=rf"\?|L|([1-7]|{'|'.join(_DAYS)})(L|#[1-5])"),
    _Field("year", 1970, 2199),
)


def schedule_mistake(text: str) -> str | None:
    """Say what is wrong with a schedule; None if nothing is."""
    form = _FORM.fullmatch(text)
    if not form:
        return f"should be cron(0 6 * * ? *) or rate(6 hours), found {text!r}"
    if form[1] == "rate":
        right = _RATE.fullmatch(form[2])
        return None if right else f"should be a number of minutes, hours or days, like rate(6 hours), found {text!r}"
    fields = form[2].split()
    if len(fields) != len(_FIELDS):
        names = ", ".join(field.name for field in _FIELDS)
        return f"cron has six fields ({names}), found {len(fields)} in {text!r}"
    for field, value in zip(_FIELDS, fields, strict=True):
        if mistake := field.mistake(value):
            return f"{mistake} in {text!r}"
    if (fields[2] == "?") == (fields[4] == "?"):
        return f"exactly one of day of month and day of week should be ?, found {text!r}"
    return None


def time_zone_mistake(name: str) -> str | None:
    """Say what is wrong with the name of a time zone; None if nothing is."""
    known = available_timezones()  # empty on a machine without a time zone database: then only the form is checked
    if _ZONE.fullmatch(name) and (name in known or not known):
        return None
    near = nearest(name, known)
    hint = near if "did you mean" in near else ", like Europe/Berlin"
    return f"should be a time zone{hint}, found {name!r}"
