"""Evidence in words: what a rep reads of who did what, and why it counts."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from signals.domain import starter, telling
from signals.domain.telling import Person, Seen

NOW = datetime(2026, 11, 22, 12, 0, tzinfo=UTC)  # a Sunday
BERLIN = ZoneInfo("Europe/Berlin")
JANE = Person(1, "Jane Doe", title="Head of Sales", role="Champion")
TOM = Person(2, "Tom Ott")


def seen(
    number: int,
    slug: str = "pricing-page",
    who: Person | None = JANE,
    *,
    days: float = 1,
    about: str = "",
    intent: str = "",
) -> Seen:
    name = slug.replace("-", " ").capitalize()
    return Seen(str(number), NOW - timedelta(days=days), slug, name, intent, about, "Website", who)


@pytest.mark.parametrize(
    ("at", "said"),
    [
        pytest.param(datetime(2026, 11, 22, 5, 5, tzinfo=UTC), "today 06:05", id="today"),
        pytest.param(
            datetime(2026, 11, 21, 23, 30, tzinfo=UTC), "today 00:30", id="today in the reader's zone only"
        ),
        pytest.param(datetime(2026, 11, 21, 13, 5, tzinfo=UTC), "yesterday 14:05", id="yesterday"),
        pytest.param(datetime(2026, 11, 19, 13, 5, tzinfo=UTC), "on Thursday 14:05", id="this week"),
        pytest.param(
            datetime(2026, 11, 15, 13, 5, tzinfo=UTC), "on 15 November 14:05", id="a week ago: not a weekday"
        ),
        pytest.param(datetime(2025, 11, 20, 13, 5, tzinfo=UTC), "on 20 November 2025", id="another year"),
    ],
)
def test_moments(at: datetime, said: str) -> None:
    assert telling.moment(at, now=NOW, zone=BERLIN) == said


@pytest.mark.parametrize(
    ("same", "said"),
    [
        pytest.param([seen(1, days=3)], "looked at the pricing page on Thursday 13:00", id="once"),
        pytest.param(
            [seen(1), seen(2, days=2)], "looked at the pricing page twice, last yesterday 13:00", id="twice"
        ),
        pytest.param(
            [seen(n, days=n) for n in (1, 2, 3)], "looked at the pricing page 3 times, last yesterday 13:00", id="often"
        ),
        pytest.param(
            [seen(1, about="/pricing")], "looked at the pricing page yesterday 13:00", id="its address adds nothing"),
        pytest.param(
            [seen(1, "webinar-registration", about="ABM in May")],
            "signed up for a webinar (“ABM in May”) yesterday 13:00", id="what about",
        ),
        pytest.param(
            [seen(n, "topic-surge", about=topic) for n, topic in enumerate(("CRM", "ABM", "Ads", "CRM"), 1)],
            "read about our topics elsewhere more than usual (“CRM”, “ABM” and one more) 4 times, last yesterday 13:00",
            id="about many things",
        ),
        pytest.param([seen(1, "roi-calculator")], "made a signal “Roi calculator” yesterday 13:00", id="a new type"),
        pytest.param(
            [seen(1, "security-page", intent="product")], "looked at “Security page” yesterday 13:00", id="a new page"
        ),
    ],
)  # fmt: skip
def test_deeds(same: list[Seen], said: str) -> None:
    assert telling.did(same, now=NOW, zone=BERLIN) == said


@pytest.mark.parametrize(
    ("independent", "said"),
    [
        pytest.param([], "", id="nothing had to be"),
        pytest.param([seen(1)], "", id="one alone"),
        pytest.param([seen(1), seen(2, who=TOM)], "two people did the same", id="two people"),
        pytest.param([seen(1), seen(2, "demo-page")], "two kinds of interest", id="two kinds by one"),
        pytest.param(
            [seen(1), seen(2, "demo-page", TOM)], "two kinds of interest, from two people", id="both"
        ),
        pytest.param(
            [seen(1, who=None), seen(2, "demo-page", None)],
            "two kinds of interest, though one person may be behind them", id="nobody known",
        ),
        pytest.param([seen(1), seen(2)], "", id="never claimed of the same by the same"),
    ],
)  # fmt: skip
def test_why_it_counts(independent: list[Seen], said: str) -> None:
    assert telling.why(independent) == (f"They count as independent: {said}." if said else "")


def test_the_whole_is_told_by_person_the_needed_first() -> None:
    signals = [
        seen(1, days=1),
        seen(2, days=2),
        seen(3, "webinar-registration", TOM, days=4, about="ABM"),
        seen(4, "ad-click", None, days=0.1),
    ]
    told = telling.account(signals, needed={"1", "3"}, independent={"1", "3"}, now=NOW, zone=BERLIN)
    assert [(part.name, [deed.sentence for deed in part.deeds]) for part in told.parts] == [
        (
            "Jane Doe",
            ["Looked at the pricing page yesterday 13:00", "Looked at the pricing page on Friday 13:00"],
        ),
        ("Tom Ott", ["Signed up for a webinar (“ABM”) on Wednesday 13:00"]),
        ("Nobody known by name", ["Clicked on an ad today 10:36"]),
    ]
    assert [[deed.standing for deed in part.deeds] for part in told.parts] == [
        ["needed", "supporting"], ["needed"], ["supporting"],
    ]  # fmt: skip
    assert told.parts[0].person is not None
    assert told.parts[0].person.standing == "Champion, Head of Sales"
    assert told.why == "They count as independent: two kinds of interest, from two people."
    assert told.line == (
        "Jane Doe looked at the pricing page yesterday 13:00; "
        "Tom Ott signed up for a webinar (“ABM”) on Wednesday 13:00; "
        "somebody clicked on an ad today 10:36"
    )
    assert sorted(pk for part in told.parts for deed in part.deeds for pk in deed.ids) == ["1", "2", "3", "4"]


def test_no_evidence_tells_nothing() -> None:
    assert telling.account([], now=NOW, zone=UTC) == telling.Account((), "", "")


@pytest.mark.parametrize("slug", [str(one["slug"]) for one in starter.TYPES])
def test_what_a_starter_type_says_is_said_in_words_of_its_own(slug: str) -> None:
    assert not telling.did([seen(1, slug)], now=NOW, zone=UTC).startswith("made a signal")
