"""What the sample's people know too little of: records of different age, and who was asked to look after some."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta

from django.db import connection

from abmops.lib.choices import Role
from accounts.models import User, Via
from accounts.selectors.gaps import Wanted, lines
from accounts.services.changes import acting
from accounts.services.gaps import assign_gaps

DAY = timedelta(days=1)


def write(staff: Mapping[str, User], *, end: datetime) -> None:
    """Most records were confirmed in the course of the year, one account in nine and one person in eleven were not;
    the SDRs were asked to fill what is missing of the six most valuable accounts."""
    _aged("accounts_account", end, every=9)
    _aged("accounts_contact", end, every=11)
    people = sorted(staff.values(), key=lambda one: one.email)
    revops = next(one for one in people if one.role == Role.REVOPS)
    asked = [one for one in people if one.job == "sdr"]
    found = lines(Wanted(), user=revops, now=end, limit=6)
    for number, line in enumerate(found):
        at = end - (number % 3 + 1) * DAY
        with acting(by=revops, via=Via.PAGE, at=at):
            assign_gaps(
                accounts=[line.account.pk],
                to=asked[number % len(asked)],
                by=revops,
                now=at,
                note="Before the quarterly review, please.",
            )


def _aged(table: str, end: datetime, *, every: int) -> None:
    """Between five days and nine and a half months old; every so many, older than a year."""
    with connection.cursor() as cursor:
        cursor.execute(
            f"UPDATE {table} SET updated_at = %s::timestamptz - make_interval(days => CASE WHEN id %% %s = 3 THEN 400 "  # noqa: S608
            "ELSE (5 + id * 37 %% 280)::int END)",
            [end, every],
        )
