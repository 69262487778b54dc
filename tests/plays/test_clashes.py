"""What clashes on the calendar: a table of cases, each with what it says and what it advises."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from plays.domain.calendar import Entry
from plays.domain.clashes import KINDS, Away, Clash, Surroundings, clashes
from plays.domain.guardrails import Policy
from plays.domain.hours import Calendar

DAY = date(2026, 12, 3)
"""A Thursday."""
FRIDAY, SATURDAY, MONDAY = (DAY + timedelta(days=n) for n in (1, 2, 4))
BERLIN = ZoneInfo("Europe/Berlin")
SAM, MAYA = 7, 8


def entry(kind: str = "task", pk: int = 1, **fields: Any) -> Entry:
    base = Entry(
        kind=kind,  # type: ignore[arg-type]
        pk=pk,
        title="First call",
        first=DAY,
        last=DAY,
        account_ids=frozenset({1}),
        account="Acme",
        channel="call",
        side="sales",
        owner_id=SAM,
        owner="Sam",
    )
    return replace(base, **fields)


def on(day: date, kind: str = "task", pk: int = 1, **fields: Any) -> Entry:
    return entry(kind, pk, first=day, last=day, **fields)


def sent(at: datetime, **fields: Any) -> Entry:
    """An e-mail that goes out by itself."""
    given: dict[str, Any] = {
        "title": "Invitation",
        "channel": "email",
        "by_itself": True,
        "at": at,
        "owner_id": None,
        "owner": "",
    }
    return on(at.date(), "step", **given | fields)


def around(**fields: Any) -> Surroundings:
    """Sam works in Berlin from Monday to Friday; Friday the fourth is a holiday of his territory."""
    holidays: dict[int | None, dict[date, str]] = {5: {FRIDAY: "Saint Barbara"}}
    week = Calendar(BERLIN, holidays=frozenset({FRIDAY}))
    return replace(Surroundings(weeks={SAM: week}, holidays=holidays), **fields)


BURST: dict[str, Any] = {
    "channel": "ad",
    "side": "marketing",
    "account": "2 accounts",
    "account_ids": frozenset({1, 2}),
}
A: dict[str, Any] = {"title": "A", **BURST}
B: dict[str, Any] = {"title": "B", **BURST}


@pytest.mark.parametrize(
    ("entries", "surroundings", "said"),
    [
        pytest.param([entry()], Surroundings(), [], id="one call is no clash"),
        pytest.param(
            [entry(), entry(pk=2, channel="email", owner="Maya")],
            Surroundings(),
            [
                (
                    "same_day",
                    "Acme hears from us twice on 3 December: call by Sam and email by Maya.",
                    "Move one of them to another day, or agree who goes first.",
                )
            ],
            id="two of us on one day",
        ),
        pytest.param([entry(), on(FRIDAY, pk=2)], Surroundings(), [], id="on two days"),
        pytest.param(
            [entry(), entry(pk=2, account_ids=frozenset({2}))], Surroundings(), [], id="on two accounts"
        ),
        pytest.param([entry(), entry(pk=2, channel="ad")], Surroundings(), [], id="an ad calls nobody"),
        pytest.param(
            [entry(), entry("meeting", 9, channel="meeting")],
            Surroundings(),
            [
                (
                    "same_day",
                    "Acme hears from us twice on 3 December: call by Sam and meeting by Sam.",
                    "Move one of them to another day, or agree who goes first.",
                )
            ],
            id="a call on the day of a meeting",
        ),
        pytest.param(
            [entry(), entry("meeting", 9, channel="meeting", is_cancelled=True)],
            Surroundings(),
            [],
            id="a meeting that was called off clashes with nothing",
        ),
        pytest.param(
            [entry("burst", 1, **A), entry("burst", 2, **B)],
            Surroundings(),
            [
                (
                    "same_channel",
                    "“A” and “B” run at once on 2 accounts, both by ad.",
                    "Start “B” on 4 December or later.",
                )
            ],
            id="two flights of ads at once",
        ),
        pytest.param(
            [entry("burst", 1, **A), entry("burst", 2, **B | {"channel": "web"})],
            Surroundings(),
            [],
            id="two channels go together",
        ),
        pytest.param(
            [entry()],
            around(away={SAM: [Away(DAY, DAY)]}),
            [
                (
                    "away",
                    "Sam is away on 3 December: First call (Acme).",
                    "Hand it on, or move it to 7 December.",
                )
            ],
            id="its owner is away; the next day is a holiday, then comes the weekend",
        ),
        pytest.param(
            [entry()],
            Surroundings(away={SAM: [Away(DAY - timedelta(days=2), FRIDAY, "Maya")]}),
            [
                (
                    "away",
                    "Sam is away on 3 December: First call (Acme).",
                    "Maya stands in: hand it on to them, or move it to 7 December.",
                )
            ],
            id="somebody stands in",
        ),
        pytest.param(
            [entry()], Surroundings(away={SAM: [Away(FRIDAY, FRIDAY)]}), [], id="away the day after"
        ),
        pytest.param([entry()], Surroundings(away={MAYA: [Away(DAY, DAY)]}), [], id="somebody else is away"),
        pytest.param(
            [on(FRIDAY)],
            around(),
            [("holiday", "4 December is a holiday for Sam: First call (Acme).", "Move it to 7 December.")],
            id="a holiday of its owner",
        ),
        pytest.param(
            [on(FRIDAY, territory_id=5)],
            around(weeks={SAM: Calendar(BERLIN)}),
            [
                (
                    "holiday",
                    "4 December is a holiday (Saint Barbara) at Acme: First call (Acme).",
                    "Move it to 7 December.",
                )
            ],
            id="a holiday where the account is",
        ),
        pytest.param(
            [on(FRIDAY, territory_id=5, channel="ad")],
            around(weeks={SAM: Calendar(BERLIN)}),
            [],
            id="their holiday does not keep an ad from its day",
        ),
        pytest.param(
            [on(FRIDAY, owner_id=None, owner="")],
            around(holidays={None: {FRIDAY: "Saint Barbara"}}),
            [
                (
                    "holiday",
                    "4 December is a holiday (Saint Barbara) at Acme: First call (Acme).",
                    "Move it to 7 December.",
                )
            ],
            id="a holiday everywhere",
        ),
        pytest.param(
            [on(SATURDAY)],
            around(),
            [
                (
                    "off_day",
                    "Sam does not work on Saturdays: First call (Acme) on 5 December.",
                    "Move it to 7 December, or hand it on.",
                )
            ],
            id="a task on a day off",
        ),
        pytest.param(
            [on(SATURDAY, "step")], around(), [], id="a step may open on a day off: it is due afterwards"
        ),
        pytest.param(
            [sent(datetime(2026, 12, 5, 9, tzinfo=UTC), country="DE")],
            around(),
            [
                (
                    "quiet",
                    (
                        "The email to Acme falls into quiet hours: Saturday 5 December, 10:00 there. "
                        "It goes out on Monday 7 December, 08:00."
                    ),
                    "Move it to a working day between 08:00 and 20:00 there if that is too late.",
                )
            ],
            id="a weekend",
        ),
        pytest.param(
            [sent(datetime(2026, 12, 3, 5, tzinfo=UTC), country="DE")],
            around(policy=Policy(day_opens=9)),
            [
                (
                    "quiet",
                    (
                        "The email to Acme falls into quiet hours: Thursday 3 December, 06:00 there. "
                        "It goes out on Thursday 3 December, 09:00."
                    ),
                    "Move it to a working day between 09:00 and 20:00 there if that is too late.",
                )
            ],
            id="before their day begins, by the numbers in force",
        ),
        pytest.param(
            [sent(datetime(2026, 12, 4, 10, tzinfo=UTC), account_owner_id=SAM)],
            around(),
            [
                (
                    "quiet",
                    (
                        "The email to Acme falls into quiet hours: Friday 4 December, 11:00 there. "
                        "It goes out on Monday 7 December, 08:00."
                    ),
                    "Move it to a working day between 08:00 and 20:00 there if that is too late.",
                )
            ],
            id="a holiday, by the owner where the country is not known",
        ),
        pytest.param(
            [sent(datetime(2026, 12, 3, 10, tzinfo=UTC), country="DE")], around(), [], id="by day it goes out"
        ),
        pytest.param(
            [sent(datetime(2026, 12, 5, 9, tzinfo=UTC), country="DE", channel="ad")],
            around(),
            [],
            id="an ad wakes nobody",
        ),
        pytest.param(
            [on(SATURDAY, "burst", **A | {"channel": "email", "owner_id": SAM})],
            around(),
            [
                (
                    "quiet",
                    "“A” goes out by email on Saturday 5 December, when nobody who runs it is at work.",
                    "Start it on Monday 7 December.",
                )
            ],
            id="a burst of e-mails that begins on a Saturday",
        ),
        pytest.param([on(SATURDAY, "burst", **A)], around(), [], id="ads may begin on a Saturday"),
        pytest.param(
            [entry("mail", follow_up_on=MONDAY - timedelta(days=2), last=SATURDAY)],
            Surroundings(),
            [],
            id="followed up on the last day of the window",
        ),
        pytest.param(
            [entry("mail", follow_up_on=MONDAY, last=SATURDAY)],
            Surroundings(),
            [
                (
                    "mail",
                    (
                        "The mailing to Acme lands about 3 December, but its follow-up is on 7 December: "
                        "they belong within 2 days of each other."
                    ),
                    "Move the follow-up to 3 December to 5 December, or the mailing with it.",
                )
            ],
            id="followed up too late",
        ),
        pytest.param(
            [on(DAY + timedelta(days=n), pk=n, channel="other", owner_id=None) for n in range(6)],
            Surroundings(),
            [
                (
                    "account_cap",
                    "6 touches on Acme fall into the 7 days from 3 December; the weekly cap is 5.",
                    "Move 1 of them to 10 December or later; else the guardrail holds the last ones back.",
                )
            ],
            id="more than the weekly cap",
        ),
        pytest.param(
            [on(DAY + timedelta(days=2 * n), pk=n, channel="other", owner_id=None) for n in range(6)],
            Surroundings(),
            [],
            id="spread over two weeks",
        ),
        pytest.param(
            [on(DAY + timedelta(days=n), pk=n, channel="other", owner_id=None) for n in range(3)],
            Surroundings(made={1: [DAY - timedelta(days=n) for n in (1, 2, 3)]}),
            [
                (
                    "account_cap",
                    "6 touches on Acme fall into the 7 days from 30 November (3 made, 3 planned); the weekly cap is 5.",
                    "Move 1 of them to 7 December or later; else the guardrail holds the last ones back.",
                )
            ],
            id="what was made counts with what is planned",
        ),
        pytest.param(
            [entry(channel="other", owner_id=None)],
            Surroundings(made={1: [DAY - timedelta(days=7)] * 9}),
            [],
            id="what was made seven days before has passed",
        ),
        pytest.param(
            [
                *(on(DAY + timedelta(days=n), pk=n, channel="other", owner_id=None) for n in range(2)),
                entry("burst", 1, **A),
                entry("burst", 2, **B | {"channel": "web"}),
            ],
            Surroundings(policy=Policy(touches_per_week=3, touches_per_contact=1)),
            [
                (
                    "account_cap",
                    "4 touches on Acme fall into the 7 days from 3 December; the weekly cap is 3.",
                    "Move 1 of them to 10 December or later; else the guardrail holds the last ones back.",
                )
            ],
            id="bursts count once each",
        ),
        pytest.param(
            [
                on(DAY + timedelta(days=n), pk=n, contact_id=3, contact="Ines", owner_id=None)
                for n in range(3)
            ],
            Surroundings(made_to={3: [DAY]}),
            [
                (
                    "contact_cap",
                    (
                        "Ines at Acme is to hear from us 4 times in the 7 days from 3 December (1 made, 3 planned); "
                        "the cap a person is 3."
                    ),
                    "Go to somebody else there, or move 1 to 10 December or later.",
                )
            ],
            id="too much for one person",
        ),
        pytest.param(
            [
                on(DAY + timedelta(days=n), pk=n, contact_id=n, contact="Ines", owner_id=None)
                for n in range(4)
            ],
            Surroundings(),
            [],
            id="four people once each",
        ),
        pytest.param(
            [entry(), entry(pk=2, channel="email")],
            Surroundings(today=FRIDAY),
            [],
            id="nobody helps what has been",
        ),
        pytest.param(
            [entry("mail", follow_up_on=MONDAY, last=SATURDAY)],
            Surroundings(today=SATURDAY),
            [
                (
                    "mail",
                    (
                        "The mailing to Acme lands about 3 December, but its follow-up is on 7 December: "
                        "they belong within 2 days of each other."
                    ),
                    "Move the follow-up to 3 December to 5 December, or the mailing with it.",
                )
            ],
            id="the mailing has landed, its follow-up is to come",
        ),
        pytest.param(
            [entry("mail", follow_up_on=MONDAY, last=SATURDAY)],
            Surroundings(today=MONDAY + timedelta(days=1)),
            [],
            id="both have been",
        ),
        pytest.param(
            [on(DAY, pk=1, channel="other", owner_id=None), entry("burst", 1, **A)],
            Surroundings(
                policy=Policy(touches_per_week=2, touches_per_contact=1), today=DAY, made={1: [DAY]}
            ),
            [],
            id="a burst that has begun is made, and counts once",
        ),
        pytest.param(
            [on(DAY + timedelta(days=n), pk=n, channel="other", owner_id=None) for n in range(6)],
            Surroundings(today=DAY + timedelta(days=3)),
            [
                (
                    "account_cap",
                    "6 touches on Acme fall into the 7 days from 3 December; the weekly cap is 5.",
                    "Move 1 of them to 10 December or later; else the guardrail holds the last ones back.",
                )
            ],
            id="what is owed late counts, what is to come can be moved",
        ),
    ],
)
def test_what_clashes(
    entries: list[Entry], surroundings: Surroundings, said: list[tuple[str, str, str]]
) -> None:
    found = clashes(entries, surroundings)
    assert [(clash.kind, clash.sentence, clash.advice) for clash in found] == said
    assert {clash.kind for clash in found} <= KINDS.keys()


def test_a_clash_names_what_is_in_it() -> None:
    (clash,) = clashes([entry(), entry(pk=2)])
    assert clash == Clash(DAY, "same_day", clash.sentence, clash.advice, ("task:1", "task:2"))
