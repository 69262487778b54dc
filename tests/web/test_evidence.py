"""A crossing's evidence on its pages: who did what, what was needed, why it counts, in the reader's time."""

from datetime import UTC, datetime, timedelta

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from abmops.lib.choices import CommitteeRole
from abmops.lib.ids import uuid7
from accounts.models import Account, User
from signals.models import Crossing, Signal, SignalType, Source
from signals.selectors.evidence import told_by_id, told_of
from signals.services import definitions
from tests.accounts import make
from tests.signals import make as signals
from tests.web import forms

pytestmark = pytest.mark.django_db

TWO = {"distinct_signals": {"types": ["pricing-page", "webinar"], "at_least": 2, "days": 30}}


@pytest.fixture
def acme() -> Account:
    """An account that two people have crossed “two-signals” for: pricing twice by one, a webinar by the other."""
    signals.site()
    SignalType.objects.filter(slug="webinar").update(slug="webinar-registration", name="Webinar registration")
    condition = {
        "distinct_signals": {**TWO["distinct_signals"], "types": ["pricing-page", "webinar-registration"]}
    }
    definitions.put_threshold(
        slug="two-signals",
        fields={"name": "Two signals", "status": "active", "condition": condition},
        by=None,
    )
    return make.account()


def crossed(account: Account, moment: datetime, *, slug: str = "two-signals") -> Crossing:
    """A crossing with its three signals."""
    jane = account.contacts.filter(name="Jane Doe").first() or make.contact(
        account,
        name="Jane Doe",
        email=f"jane@{account.domain}",
        role=CommitteeRole.CHAMPION,
        title="Head of Sales",
    )
    tom = account.contacts.filter(name="Tom Ott").first() or make.contact(
        account, name="Tom Ott", email=f"tom@{account.domain}"
    )
    source = Source.objects.get(slug="site")
    rows = []
    for hours, who, kind in (
        (1, jane, "pricing-page"),
        (26, tom, "webinar-registration"),
        (50, jane, "pricing-page"),
    ):
        at, of_type = moment - timedelta(hours=hours), SignalType.objects.get(slug=kind)
        rows.append(
            Signal.objects.create(
                id=uuid7(at), account=account, contact=who, source=source, type=of_type,
                points=10, occurred_at=at, received_at=at, message_id=str(uuid7(at)),
                properties={"title": "ABM in May"},
            )
        )  # fmt: skip
    threshold = definitions.put_threshold(slug=slug, fields={}, by=None).row
    assert threshold.current is not None
    return Crossing.objects.create(
        threshold=threshold,
        version=threshold.current,
        account=account,
        sequence=1,
        crossed_at=moment,
        evidence=[row.pk for row in rows],
        score=61.2,
    )


def test_the_crossing_reads_as_a_rep_wants_it(as_rep: Client, acme: Account) -> None:
    now = timezone.now()
    crossing = crossed(acme, now)
    text = forms.text_of(as_rep.get(f"/signals/crossings/{crossing.pk}/").content.decode())
    assert "Jane Doe Champion, Head of Sales" in text
    assert "Looked at the pricing page " in text
    assert "Signed up for a webinar (“ABM in May”) " in text
    assert "Supports it" in text
    assert "They count as independent: two kinds of interest, from two people." in text
    assert "3 signals, 2 of them needed" in text
    assert "There are at least 2 independent “pricing-page” or “Webinar registration” signals" in text


def test_the_version_of_that_day_is_told(as_rep: Client, acme: Account) -> None:
    crossing = crossed(acme, timezone.now())
    url = f"/signals/crossings/{crossing.pk}/"
    assert "another one is in force now" not in as_rep.get(url).content.decode()
    definitions.put_threshold(slug="two-signals", fields={"condition": {"fit": {"at_least": 9}}}, by=None)
    text = forms.text_of(as_rep.get(url).content.decode())
    assert "another one is in force now" in text
    assert "They count as independent" in text


def test_a_later_turn_is_counted_as_people_count(as_rep: Client, acme: Account) -> None:
    crossing = crossed(acme, timezone.now())
    Crossing.objects.filter(pk=crossing.pk).update(sequence=2)
    text = forms.text_of(as_rep.get(f"/signals/crossings/{crossing.pk}/").content.decode())
    assert "the 2nd time." in text


def test_what_was_removed_since_is_said(as_rep: Client, acme: Account) -> None:
    crossing = crossed(acme, timezone.now())
    Signal.objects.filter(pk=crossing.evidence[0]).delete()
    text = forms.text_of(as_rep.get(f"/signals/crossings/{crossing.pk}/").content.decode())
    assert "1 more signal proved it then; it has been removed since." in text
    SignalType.objects.filter(slug="pricing-page").update(recency_days=1)
    assert as_rep.get(f"/signals/crossings/{crossing.pk}/").status_code == 200


@pytest.mark.parametrize(
    ("query", "count"),
    [("", 1), ("?q=acme", 1), ("?q=nobody", 0), ("?tier=2", 0), ("?mine=on", 0), ("?version=999", 0),
     ("?version=x", 0)],
)  # fmt: skip
def test_the_list_narrows(as_rep: Client, acme: Account, query: str, count: int) -> None:
    crossed(acme, timezone.now())
    page = as_rep.get(f"/signals/crossings/{query}").content.decode()
    assert page.count('class="crossing"') == count
    assert ("Jane Doe looked at the pricing page" in page) is bool(count)
    assert ("No crossing is like that" in page) is not bool(count)
    answer = as_rep.get(f"/signals/crossings/all.csv{query}")
    lines = b"".join(answer.streaming_content).decode().splitlines()  # type: ignore[attr-defined]
    assert len(lines) == 1 + count
    assert ("two kinds of interest, from two people" in "".join(lines)) is bool(count)


def test_the_account_tells_it_too(as_rep: Client, acme: Account) -> None:
    crossed(acme, timezone.now())
    page = as_rep.get(f"/signals/accounts/{acme.pk}/trend/").content.decode()
    assert "Jane Doe looked at the pricing page" in page


def test_times_are_the_readers(acme: Account, rep: User) -> None:
    crossing = crossed(acme, datetime(2026, 11, 20, 23, 30, tzinfo=UTC))
    [told] = told_of([crossing], now=crossing.crossed_at, zone=UTC).values()
    assert told.line.startswith("Jane Doe looked at the pricing page today 22:30; Tom Ott signed up")


def test_nothing_is_asked_for_nothing() -> None:
    with CaptureQueriesContext(connection) as queries:
        assert told_by_id([], now=timezone.now(), zone=UTC) == {}
    assert len(queries) == 0


def test_the_number_of_queries_does_not_grow(acme: Account) -> None:
    now = timezone.now()
    first = crossed(acme, now)

    def count(ids: list[int]) -> int:
        with CaptureQueriesContext(connection) as queries:
            assert len(told_by_id(ids, now=now, zone=UTC)) == len(ids)
        return len(queries)

    few = count([first.pk])
    others = [crossed(make.account(f"Other {n}", f"other{n}.example"), now).pk for n in range(4)]
    assert count([first.pk, *others]) == few
