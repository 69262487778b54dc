"""What the people who decide have left in the sample: escalations, ratings, and the numbers of past days."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta

from abmops.lib.choices import Role
from accounts.models import Account, User
from governance.services.escalation import Subject, comment, open_escalation, resolve_escalation
from governance.services.rating import rate_component
from scoreboard.services.snapshots import days_between, write_day

DAY = timedelta(days=1)
RATINGS = {
    1: (2, "One record per company; 250 accounts, no duplicate domain."),
    2: (2, "Fit and intent in one score, explained on every account page."),
    3: (1, "Owners and pool work; absences are still told by mail."),
    4: (2, "Marketing, sales and signals on one timeline."),
    5: (1, "Target against the rest is read weekly; no matched control yet."),
    6: (0, "Reps do not tag signals yet."),
    7: (1, "Thresholds and plays are versioned; the quarterly audit is still to come."),
}


def write(staff: Mapping[str, User], *, live: datetime, end: datetime) -> None:
    """One escalation that is open, two that were resolved, seven ratings, and the quarter's daily numbers."""
    people = sorted(staff.values(), key=lambda user: user.email)
    revops = next(user for user in people if user.role == Role.REVOPS)
    executive = next(user for user in people if user.role == Role.EXECUTIVE)
    marketer = next(user for user in people if user.role == Role.MARKETER)
    seller = next(user for user in people if user.job == "ae")
    deciders = [revops, executive, marketer, seller]
    for component, (rating, evidence) in RATINGS.items():
        rate_component(component=component, rating=rating, evidence=evidence, by=revops, now=live + 20 * DAY)
    _resolved(deciders, live + 26 * DAY)
    _open(deciders, end)
    for day in days_between((live + DAY).date(), (end - DAY).date()):
        # Weekly for the trends, daily for the last two weeks.
        if day.weekday() == 4 or day > (end - 15 * DAY).date():
            write_day(day=day, now=end)


def _resolved(deciders: list[User], at: datetime) -> None:
    first = open_escalation(
        title="Surge threshold: keep third-party intent alone as a trigger?",
        why="It fired on 30 accounts in its first week and the SDRs cannot answer so many within a day.",
        deadline=(at + 5 * DAY).date(),
        deciders=deciders,
        by=deciders[0],
        now=at,
    )
    comment(
        escalation=first,
        text="Half of the first twenty had no other sign of life.",
        by=deciders[3],
        now=at + DAY,
    )
    resolve_escalation(
        escalation=first,
        outcome=(
            "Third-party intent alone goes to marketing. Sales acts once a second, first-party signal has come; "
            "looked at again at the quarterly review."
        ),
        by=deciders[1],
        now=at + 3 * DAY,
    )
    second = open_escalation(
        title="Who owns accounts with plants in two territories?",
        why="Two account executives called the same plant in one week; the customer asked which of them is ours.",
        deadline=(at + 16 * DAY).date(),
        deciders=deciders[:3],
        by=deciders[3],
        now=at + 11 * DAY,
    )
    resolve_escalation(
        escalation=second,
        outcome="The head office's territory owns the account; the other is told of every meeting and may ask for it.",
        by=deciders[0],
        now=at + 15 * DAY,
    )


def _open(deciders: list[User], end: datetime) -> None:
    account = Account.objects.filter(tier=1).order_by("-state__score").first()
    at = end - timedelta(days=2, hours=3)
    escalation = open_escalation(
        title="Move two account executives to the hot tier 1 accounts for four weeks?",
        why="Hot signals in tier 1 wait longer than a day for their first call, and three accounts are choosing now.",
        deadline=(end + 4 * DAY).date(),
        deciders=deciders,
        by=deciders[3],
        now=at,
        subjects=[Subject("account", account.pk)] if account else [],
    )
    comment(
        escalation=escalation,
        text="Marketing can hold the next burst back for two weeks.",
        by=deciders[2],
        now=at + DAY,
    )
