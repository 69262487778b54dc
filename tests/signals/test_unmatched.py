"""Signals without an account: grouped, given to an account, ignored, and taken back."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from abmops.lib.choices import Role
from abmops.lib.errors import AbmopsError
from abmops.work import services as work
from accounts.models import Account, AccountExternalId, Contact, User
from signals.models import (
    AccountMemory,
    AccountState,
    Crossing,
    IgnoredKey,
    Resolution,
    Signal,
    UnmatchedSignal,
)
from signals.selectors import unmatched as waiting
from signals.services import detect, ingest, unmatched
from signals.services.recompute import recompute
from tests.accounts import make as accounts
from tests.signals import make

pytestmark = pytest.mark.django_db


@pytest.fixture
def keeper(db: None) -> User:
    return accounts.user(Role.MARKETER)


def send(site: make.Site, moment: datetime, *records: dict[str, Any]) -> None:
    rows = [(site.source.pk, make.without(one, "source")) for one in records]
    ingest.accept_records(records=rows, now=moment)
    work.drain_all()


def visits(
    moment: datetime, count: int, domain: str = "newco.example", **fields: Any
) -> list[dict[str, Any]]:
    """Visits of the pricing page by a company that is no account yet."""
    return [
        make.record(
            moment,
            **(
                {
                    "type": "pricing-page",
                    "message_id": f"{domain}:{number}",
                    "account_domain": domain,
                    "occurred_at": (moment - timedelta(hours=number + 1)).isoformat(),
                }
                | fields
            ),
        )
        for number in range(count)
    ]


def since(moment: datetime) -> datetime:
    return moment - timedelta(days=90)


def found(moment: datetime) -> dict[str, int]:
    rows = waiting.groups(waiting.waiting(since=since(moment)))
    return {row["group"]: row["n"] for row in rows}


def test_what_waits_is_grouped_by_what_would_place_it(site: make.Site, moment: datetime) -> None:
    send(
        site,
        moment,
        *visits(moment, 3),
        *visits(moment, 1, contact_email="jo@newco.example", message_id="mail"),
        make.record(moment, message_id="x", account_domain=None, account_external_id="4711"),
        make.record(moment, message_id="g1", account_domain=None, contact_email="a@gmail.com"),
        make.record(moment, message_id="g2", account_domain=None, contact_email="b@gmail.com"),
    )
    assert found(moment) == {"domain:newco.example": 4, "external:4711": 1, "mail:gmail.com": 2}
    rows = waiting.groups(waiting.waiting(since=since(moment))).order_by("-n")
    first, second, _ = waiting.described(rows, since=since(moment))
    assert (first.name, first.signals, first.sources) == ("newco.example", 4, ("Website",))
    assert (first.types, first.people) == ((("pricing-page", 4),), ("jo@newco.example",))
    assert (second.name, set(second.people)) == ("gmail.com mailboxes", {"a@gmail.com", "b@gmail.com"})


def test_an_account_of_the_same_name_elsewhere_is_suggested(site: make.Site, moment: datetime) -> None:
    other = accounts.account("Newco", "newco.test")
    send(site, moment, *visits(moment, 1))
    (group,) = waiting.groups_of(["domain:newco.example"], since=since(moment))
    assert [(one.account_id, one.why) for one in group.suggestions] == [(other.pk, "it has newco.test")]


def test_an_account_is_made_and_its_signals_placed_at_once(
    site: make.Site, keeper: User, moment: datetime
) -> None:
    send(site, moment, *visits(moment, 4))
    done = unmatched.make_account(
        groups=["domain:newco.example"],
        record={"name": "Newco", "domain": "newco.example"},
        by=keeper,
        now=timezone.now(),
    )
    assert done.said == "4 signals placed at Newco; one threshold crossed: three-pricing."
    assert AccountState.objects.get(account=done.account).signals_seen == 4
    assert not UnmatchedSignal.objects.exists()
    work.drain_all()
    assert Crossing.objects.count() == 1
    assert recompute(now=timezone.now(), check=True).agrees


def test_a_domain_is_added_to_an_account_and_taken_back_with_its_signals(
    site: make.Site, keeper: User, moment: datetime
) -> None:
    acme = accounts.account()
    send(site, moment, *visits(moment, 2), *visits(moment, 2, "acme.example"))
    send(site, moment, *visits(moment, 1, contact_email="jo@newco.example", message_id="jo"))
    before = sorted(
        UnmatchedSignal.objects.values_list("signal_id", "keys", "domain", "source_id", "received_at")
    )
    state = bytes(AccountMemory.objects.get(account=acme).state)
    done = unmatched.add_domains(groups=["domain:newco.example"], account=acme, by=keeper, now=timezone.now())
    assert (done.resolution.signals, done.account, done.crossed) == (3, acme, ("three-pricing",))
    assert set(Signal.objects.values_list("account", flat=True)) == {acme.pk}
    assert Contact.objects.get().email == "jo@newco.example"
    work.drain_all()
    unmatched.take_back(resolution=done.resolution.pk, by=keeper, now=timezone.now())
    after = sorted(
        UnmatchedSignal.objects.values_list("signal_id", "keys", "domain", "source_id", "received_at")
    )
    assert after == before
    assert list(acme.domains.values_list("domain", flat=True)) == ["acme.example"]
    assert not Contact.objects.exists()
    work.drain_all()
    assert AccountState.objects.get(account=acme).signals_seen == 2
    assert bytes(AccountMemory.objects.get(account=acme).state) == state
    with pytest.raises(AbmopsError, match="already"):
        unmatched.take_back(resolution=done.resolution.pk, by=keeper, now=timezone.now())


def test_an_account_made_by_mistake_goes_again(site: make.Site, keeper: User, moment: datetime) -> None:
    send(site, moment, *visits(moment, 2))
    done = unmatched.make_account(
        groups=["domain:newco.example"],
        record={"name": "N", "domain": "newco.example"},
        by=keeper,
        now=timezone.now(),
    )
    work.drain_all()
    unmatched.take_back(resolution=done.resolution.pk, by=keeper, now=timezone.now())
    work.drain_all()
    assert not Account.objects.exists()
    assert found(moment) == {"domain:newco.example": 2}


def test_an_external_id_is_an_accounts_in_its_system(site: make.Site, keeper: User, moment: datetime) -> None:
    acme = accounts.account()
    send(site, moment, make.record(moment, message_id="x", account_domain=None, account_external_id="4711"))
    done = unmatched.add_external_id(
        group="external:4711", system=" Salesforce ", account=acme, by=keeper, now=timezone.now()
    )
    assert done.resolution.signals == 1
    assert AccountExternalId.objects.get().system == "salesforce"


def test_a_mailbox_is_a_person_of_an_account(site: make.Site, keeper: User, moment: datetime) -> None:
    acme = accounts.account()
    for name in ("jo", "al"):
        send(
            site,
            moment,
            make.record(moment, message_id=name, account_domain=None, contact_email=f"{name}@gmail.com"),
        )
    done = unmatched.add_person(email="jo@gmail.com", account=acme, by=keeper, now=timezone.now())
    assert done.resolution.signals == 1
    assert Signal.objects.get(message_id="jo").contact == Contact.objects.get(email="jo@gmail.com")
    assert found(moment) == {"mail:gmail.com": 1}


def test_what_is_ignored_is_stored_and_not_shown_until_restored(
    site: make.Site, keeper: User, moment: datetime
) -> None:
    send(site, moment, *visits(moment, 1), *visits(moment, 1, "isp.example"))
    assert unmatched.ignore(groups=["domain:isp.example"], reason="A provider.", by=keeper, now=moment) == [
        "domain:isp.example"
    ]
    assert unmatched.ignore(groups=["domain:isp.example"], reason="Again.", by=keeper, now=moment) == []
    send(site, moment, *visits(moment, 1, "isp.example", message_id="later"))
    assert found(moment) == {"domain:newco.example": 1}
    assert UnmatchedSignal.objects.count() == 3
    # By now the company is somebody's account: what comes is placed, and so is what waited.
    accounts.account("ISP", "isp.example")
    unmatched.restore(groups=["domain:isp.example"], by=keeper, now=timezone.now())
    work.drain_all()
    assert not IgnoredKey.objects.exists()
    assert Signal.objects.filter(account__name="ISP").count() == 2


@pytest.mark.parametrize(
    ("role", "act", "said"),
    [
        pytest.param(Role.REP, "make", "Marketing and RevOps make accounts", id="a rep makes no account"),
        pytest.param(Role.EXECUTIVE, "add", "You may not change", id="an executive changes no account"),
        pytest.param(Role.REP, "add", "You may not change", id="a rep changes only their own accounts"),
        pytest.param(Role.REP, "ignore", "decide what is ignored", id="a rep ignores nothing"),
        pytest.param(Role.MARKETER, "theirs", "belongs to Beta", id="a domain of somebody else"),
    ],
)
def test_a_decision_is_refused(site: make.Site, moment: datetime, role: Role, act: str, said: str) -> None:
    acme, by = accounts.account(), accounts.user(role)
    accounts.account("Beta", "beta.example")
    send(site, moment, *visits(moment, 1))
    acts: dict[str, Callable[[], object]] = {
        "make": lambda: unmatched.make_account(
            groups=["domain:newco.example"], record={"domain": "newco.example"}, by=by, now=moment
        ),
        "add": lambda: unmatched.add_domains(
            groups=["domain:newco.example"], account=acme, by=by, now=moment
        ),
        "theirs": lambda: unmatched.add_domains(
            groups=["domain:beta.example"], account=acme, by=by, now=moment
        ),
        "ignore": lambda: unmatched.ignore(groups=["domain:newco.example"], reason="", by=by, now=moment),
    }
    with pytest.raises(AbmopsError, match=said):
        acts[act]()
    assert not Resolution.objects.exists()
    assert not IgnoredKey.objects.exists()


def test_many_are_left_to_a_worker_who_places_all_of_them(
    site: make.Site, keeper: User, moment: datetime, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("signals.services.unmatched.AT_ONCE", 3)
    monkeypatch.setattr("signals.services.detect.resolving.AT_ONCE", 3)
    acme = accounts.account()
    send(site, moment, *visits(moment, 8))
    done = unmatched.add_domains(groups=["domain:newco.example"], account=acme, by=keeper, now=timezone.now())
    assert done.said.startswith("8 signals are being placed at Acme")
    work.drain_all()
    assert Signal.objects.filter(account=acme).count() == 8
    assert AccountState.objects.get(account=acme).signals_seen == 8


def test_what_can_never_be_placed_stands_before_nobody(
    site: make.Site, moment: datetime, monkeypatch: pytest.MonkeyPatch
) -> None:
    """One external id in two systems says nothing; a hundred such signals must not starve the one behind them."""
    monkeypatch.setattr("signals.services.detect.sweeping.LOOKED_AT", 10)
    monkeypatch.setattr("signals.services.detect.sweeping.TRIED", 5)
    past = moment - timedelta(days=3)
    for name, system in (("Acme", "crm"), ("Beta", "erp")):
        row = accounts.account(name, f"{name.lower()}.example")
        AccountExternalId.objects.create(account=row, system=system, value="4711")
    unsure = [
        make.record(past, message_id=f"u{n}", account_domain=None, account_external_id="4711")
        for n in range(25)
    ]
    send(site, past, *unsure)
    send(site, past + timedelta(seconds=1), *visits(past, 1))
    accounts.account("Newco", "newco.example")  # by hand: nothing announces it
    for _ in range(4):
        detect.sweep_unmatched(moment)
    assert Signal.objects.exclude(account=None).count() == 1
    assert UnmatchedSignal.objects.count() == 25


def test_even_what_is_tried_in_vain_has_its_turn_only(
    site: make.Site, moment: datetime, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("signals.services.detect.sweeping.LOOKED_AT", 6)
    monkeypatch.setattr("signals.services.detect.sweeping.TRIED", 2)
    past = moment - timedelta(days=3)
    send(site, past, *[one for n in range(9) for one in visits(past, 1, f"c{n}.example")])
    for n in range(9):
        accounts.account(f"C{n}", f"c{n}.example")
    for _ in range(6):
        detect.sweep_unmatched(moment)
    assert not UnmatchedSignal.objects.exists()


def test_the_number_of_queries_does_not_grow_with_the_groups(site: make.Site, moment: datetime) -> None:
    counts = []
    for size in (2, 20):
        send(site, moment, *[one for n in range(size) for one in visits(moment, 2, f"c{size}-{n}.example")])
        with CaptureQueriesContext(connection) as queries:
            waiting.described(waiting.groups(waiting.waiting(since=since(moment))), since=since(moment))
        counts.append(len(queries))
    assert counts[0] == counts[1]
