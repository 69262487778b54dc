"""The pages of what waits for an account, of what could not be used, and of removals."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any
from urllib.parse import quote
from uuid import UUID

import msgspec
import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from abmops.lib.choices import Role
from abmops.work import services as work
from accounts.models import Account
from signals.models import (
    AccountState,
    Crossing,
    IgnoredKey,
    RejectedEvent,
    RemovalRun,
    Signal,
    SignalType,
    UnmatchedSignal,
)
from signals.services import ingest
from tests.accounts import make as accounts
from tests.signals import make
from tests.web.conftest import SignIn

pytestmark = pytest.mark.django_db

PEOPLE = [Role.MARKETER, Role.REP, Role.REVOPS, Role.EXECUTIVE]


@pytest.fixture
def site(db: None) -> make.Site:
    return make.site()


def send(site: make.Site, *records: dict[str, Any]) -> None:
    now = timezone.now()
    ingest.accept_records(records=[(site.source.pk, make.without(one, "source")) for one in records], now=now)
    work.drain_all()


def visits(domain: str, count: int = 1, **fields: Any) -> list[dict[str, Any]]:
    now = timezone.now()
    return [
        make.record(
            now,
            **(
                {"type": "pricing-page", "message_id": f"{domain}{n}", "account_domain": domain}
                | {"occurred_at": (now - timedelta(hours=n + 1)).isoformat()}
                | fields
            ),
        )
        for n in range(count)
    ]


def shown(client: Client, path: str) -> str:
    answer = client.get(path)
    assert answer.status_code == 200, answer.status_code
    return answer.content.decode()


def said(client: Client, path: str, data: dict[str, Any]) -> str:
    answer = client.post(path, data, follow=True)
    assert answer.status_code == 200, answer.status_code
    return answer.content.decode()


def test_groups_are_narrowed_sorted_and_exported(site: make.Site, sign_in: SignIn) -> None:
    send(site, *visits("newco.example", 3), *visits("other.example", 1, contact_email="jo@other.example"))
    client = sign_in(Role.MARKETER)
    page = shown(client, "/signals/unmatched/")
    assert page.index("newco.example") < page.index("other.example")
    assert "jo@other.example" in page
    assert "pricing-page" in page
    for query, wanted in {
        "?q=NEWCO": {"newco.example"},
        "?kind=domain": {"newco.example", "other.example"},
        "?kind=mail": set(),
        f"?source={site.source.pk}": {"newco.example", "other.example"},
        "?source=0": set(),
        "?sort=group&days=30": {"newco.example", "other.example"},
        "?sort=x&kind=x&days=x&source=x": {"newco.example", "other.example"},
    }.items():
        page = shown(client, f"/signals/unmatched/{query}")
        answer = client.get(f"/signals/unmatched/unmatched.csv{query}")
        text = b"".join(answer.streaming_content).decode()  # type: ignore[attr-defined]
        for name in ("newco.example", "other.example"):
            assert (f"Choose {name}" in page) is (name in wanted), (query, name)
            assert (name in text) is (name in wanted), (query, name)


def test_an_account_is_made_from_the_page(site: make.Site, sign_in: SignIn) -> None:
    send(site, *visits("blue-ridge.example", 4))
    client = sign_in(Role.MARKETER)
    form = shown(client, "/signals/unmatched/answer/?do=account&pick=domain:blue-ridge.example")
    assert 'value="Blue Ridge"' in form
    data = {"do": "account", "pick": "domain:blue-ridge.example", "name": "Blue Ridge", "country": "Germany"}
    page = said(client, "/signals/unmatched/answer/", data)
    assert "4 signals placed at Blue Ridge; one threshold crossed: three-pricing." in page
    account = Account.objects.get()
    assert (account.domain, account.country) == ("blue-ridge.example", "DE")
    assert "Every signal of the last 90 days has found its account." in page


def test_a_country_that_is_none_comes_back_with_the_form(site: make.Site, sign_in: SignIn) -> None:
    send(site, *visits("newco.example"))
    data = {"do": "account", "pick": "domain:newco.example", "name": "N", "country": "Atlantis"}
    answer = sign_in(Role.REVOPS).post("/signals/unmatched/answer/", data)
    assert answer.status_code == 422
    assert "This is no country that we know" in answer.content.decode()


def test_several_accounts_are_made_at_once(site: make.Site, sign_in: SignIn) -> None:
    send(site, *visits("a.example", 2), *visits("b.example", 1))
    keys = ["domain:a.example", "domain:b.example"]
    client = sign_in(Role.REVOPS)
    form = shown(client, f"/signals/unmatched/answer/?do=account&pick={keys[0]}&pick={keys[1]}")
    assert "Make 2 accounts" in form
    data = {"do": "account", "pick": keys, "name_0": "A", "name_1": "B"}
    assert "2 accounts made; 3 signals placed, no threshold crossed." in said(
        client, "/signals/unmatched/answer/", data
    )


def test_groups_are_given_to_an_account_that_is_searched_for_and_taken_back(
    site: make.Site, sign_in: SignIn
) -> None:
    acme = accounts.account()
    send(site, *visits("a.example", 2), *visits("b.example", 1))
    client, picks = sign_in(Role.MARKETER), "pick=domain:a.example&pick=domain:b.example"
    assert "Acme" not in shown(client, f"/signals/unmatched/answer/?do=alias&{picks}")
    assert "Acme" in shown(client, f"/signals/unmatched/answer/?do=alias&{picks}&q=acm")
    data = {"do": "alias", "pick": ["domain:a.example", "domain:b.example"], "account": acme.pk}
    page = said(client, "/signals/unmatched/answer/", data)
    assert "3 signals placed at Acme" in page
    undo = page.partition('action="/signals/unmatched/')[2].partition('"')[0]
    assert undo.endswith("/undo/")
    assert "3 signals wait again" in said(client, f"/signals/unmatched/{undo}", {})
    assert UnmatchedSignal.objects.count() == 3


def test_no_account_chosen_and_somebody_elses_domain_are_said(site: make.Site, sign_in: SignIn) -> None:
    acme = accounts.account()
    send(site, *visits("a.example"))
    client, data = sign_in(Role.REP), {"do": "alias", "pick": "domain:a.example", "q": "acme"}
    answer = client.post("/signals/unmatched/answer/", data)
    assert (answer.status_code, "Choose the account." in answer.content.decode()) == (422, True)
    answer = client.post("/signals/unmatched/answer/", data | {"account": acme.pk})
    assert (answer.status_code, "You may not change Acme" in answer.content.decode()) == (422, True)


def test_a_suggestion_is_taken_with_one_click(site: make.Site, sign_in: SignIn) -> None:
    other = accounts.account("Newco", "newco.test")
    send(site, *visits("newco.example"))
    client = sign_in(Role.MARKETER)
    assert f'value="{other.pk} domain:newco.example"' in shown(client, "/signals/unmatched/")
    page = said(client, "/signals/unmatched/give/", {"give": f"{other.pk} domain:newco.example"})
    assert "1 signal placed at Newco" in page


def test_an_external_id_asks_for_its_system(site: make.Site, sign_in: SignIn) -> None:
    acme = accounts.account()
    send(site, *visits("x", 1, account_domain=None, account_external_id="00Q/1 2"))
    client, key = sign_in(Role.REVOPS), "external:00Q/1 2"
    assert quote(key, safe="") in shown(client, "/signals/unmatched/")
    assert "System that calls it so" in shown(
        client, f"/signals/unmatched/answer/?do=alias&pick={quote(key, safe='')}&q=acme"
    )
    data = {"do": "alias", "pick": key, "account": acme.pk, "system": "salesforce", "q": "acme"}
    assert "1 signal placed at Acme" in said(client, "/signals/unmatched/answer/", data)


def test_whose_mailbox_it_is(site: make.Site, sign_in: SignIn) -> None:
    acme = accounts.account()
    send(site, *visits("x", 1, account_domain=None, contact_email="jo@gmail.com"))
    client = sign_in(Role.MARKETER)
    assert "jo@gmail.com" in shown(client, "/signals/unmatched/group/?key=mail:gmail.com")
    data = {"do": "person", "pick": "mail:gmail.com", "email": "jo@gmail.com", "account": acme.pk}
    assert "1 signal placed at Acme" in said(client, "/signals/unmatched/answer/", data)


def test_ignoring_and_showing_again(site: make.Site, sign_in: SignIn) -> None:
    send(site, *visits("isp.example", 2))
    client = sign_in(Role.MARKETER)
    page = said(client, "/signals/unmatched/ignore/", {"pick": "domain:isp.example"})
    assert "isp.example shown no more" in page
    assert "pick=domain%3Aisp.example" in page  # the undo
    assert "Choose isp.example" not in page
    listed = shown(client, "/signals/unmatched/ignored/")
    assert "isp.example" in listed
    assert "Show again" in shown(client, "/signals/unmatched/group/?key=domain:isp.example")
    said(client, "/signals/unmatched/restore/?pick=domain%3Aisp.example", {})
    assert not IgnoredKey.objects.exists()
    data = {"do": "ignore", "pick": "domain:isp.example", "reason": "Our own provider."}
    said(client, "/signals/unmatched/answer/", data)
    assert "Our own provider." in shown(client, "/signals/unmatched/ignored/?q=provider")


@pytest.mark.parametrize("key", ["", "x", "domain:", "people:x", "nothing:1"])
def test_a_group_that_cannot_be_is_not_found(sign_in: SignIn, key: str) -> None:
    assert sign_in(Role.REP).get(f"/signals/unmatched/group/?key={key}").status_code == 404


@pytest.mark.parametrize(
    "data", [{}, {"do": "alias"}, {"do": "x", "pick": "domain:a"}, {"do": "ignore", "pick": "y"}]
)
def test_an_answer_about_nothing_says_so(sign_in: SignIn, data: dict[str, str]) -> None:
    assert "Choose groups" in said(sign_in(Role.REVOPS), "/signals/unmatched/answer/", data)


def unmapped(site: make.Site, name: str = "Cart Emptied", **event: Any) -> RejectedEvent:
    said_then = {"type": "track", "messageId": f"m-{name}", "userId": "u1", "event": name} | event
    return RejectedEvent.objects.create(
        source=site.source,
        code="unmapped",
        reason=f"No signal type has a rule for the track event “{name}”.",
        excerpt=msgspec.json.encode(said_then)[:2048].decode(),
        dedup_key=f"unmapped:{name}",
        received_at=timezone.now() - timedelta(hours=5),
    )


def test_an_event_without_a_rule_goes_in_once_there_is_one(site: make.Site, sign_in: SignIn) -> None:
    accounts.account()
    row = unmapped(site, context={"groupId": "acme.example"}, timestamp="2026-11-20T10:00:00Z")
    client = sign_in(Role.REVOPS)
    page = shown(client, "/signals/unmatched/rejected/")
    assert "Cart Emptied" in page
    opened = shown(client, f"/signals/unmatched/rejected/{row.pk}/")
    assert "&quot;messageId&quot;: &quot;m-Cart Emptied&quot;" in opened
    assert "add the rule first" in said(client, "/signals/unmatched/rejected/again/", {"pick": row.pk})
    SignalType.objects.filter(slug="webinar").update(rules=[{"event": "Cart Emptied"}])
    assert "1 event sent again" in said(client, "/signals/unmatched/rejected/again/", {"pick": row.pk})
    assert "Choose events" in said(client, "/signals/unmatched/rejected/again/", {"pick": row.pk})
    work.drain_all()
    signal = Signal.objects.get()
    assert (signal.type.slug, signal.received_at) == ("webinar", row.received_at)
    assert signal.account == Account.objects.get()
    assert not RejectedEvent.objects.exists()


def test_an_event_that_was_cut_says_that_it_cannot_be_sent_again(site: make.Site, sign_in: SignIn) -> None:
    row = unmapped(site, properties={"long": "x" * 3000})
    client = sign_in(Role.REVOPS)
    assert "the rest is not kept" in shown(client, f"/signals/unmatched/rejected/{row.pk}/")
    assert "longer than the 2 KB" in said(client, "/signals/unmatched/rejected/again/", {"pick": row.pk})
    assert RejectedEvent.objects.count() == 1


def test_rejected_events_narrow_on_the_page_and_in_the_csv(site: make.Site, sign_in: SignIn) -> None:
    unmapped(site)
    RejectedEvent.objects.create(
        source=site.source, code="invalid", reason="=BAD()", dedup_key="i", received_at=timezone.now()
    )
    client = sign_in(Role.EXECUTIVE)
    for query, wanted in {"": 2, "?code=invalid": 1, "?q=cart": 1, "?source=0": 0, "?code=x": 2}.items():
        page = shown(client, f"/signals/unmatched/rejected/{query}")
        assert ("Cart Emptied" in page) + ("=BAD()" in page) == wanted, query
        answer = client.get(f"/signals/unmatched/rejected/rejected.csv{query}")
        text = b"".join(answer.streaming_content).decode()  # type: ignore[attr-defined]
        assert ("'=BAD()" in text) is ("=BAD()" in page)


def test_removing_asks_shows_and_does(site: make.Site, sign_in: SignIn) -> None:
    acme = accounts.account()
    send(site, *visits("acme.example", 4))
    client, crossing = sign_in(Role.REVOPS), Crossing.objects.get()
    assert "Take the chosen out" in shown(client, f"/signals/accounts/{acme.pk}/")
    ids = [str(pk) for pk in crossing.evidence[:3]]
    picks = "&".join(f"pick={pk}" for pk in ids)
    page = shown(client, f"/signals/removals/new/?{picks}")
    assert "3 signals of 1 account" in page
    assert "1 crossing rests on them" in page
    answer = client.post("/signals/removals/new/", {"pick": ids, "kind": "bot", "reason": ""})
    assert (answer.status_code, Signal.objects.count()) == (422, 4)
    page = said(client, "/signals/removals/new/", {"pick": ids, "kind": "bot", "reason": "A crawler."})
    assert "3 signals taken out" in page
    assert (Signal.objects.count(), AccountState.objects.get().signals_seen) == (1, 1)
    assert "A crawler." in shown(client, "/signals/removals/?q=crawler&kind=bot")
    assert "3 taken out again" in shown(client, f"/signals/accounts/{acme.pk}/")
    assert "lost 3 of its" in page
    told = shown(sign_in(Role.REP), f"/signals/crossings/{crossing.pk}/")
    lost, every = len(set(crossing.evidence) & {UUID(pk) for pk in ids}), len(crossing.evidence)
    assert f"{lost} of its {every} signals were removed later as a machine" in told
    assert "A crawler." in told


@pytest.mark.parametrize(
    ("query", "wanted"),
    [
        pytest.param("account=acme.example", "4 signals of 1 account", id="an account by its domain"),
        pytest.param("account=acme.example&type={type}", "4 signals of 1 account", id="and a type"),
        pytest.param("source={source}", "5 signals of 2 accounts", id="a source"),
        pytest.param("source={source}&until=2020-01-01", "0 signals of 0 accounts", id="and a time"),
        pytest.param("since=2020-01-01", "choose an account", id="a time alone"),
        pytest.param("account=nobody.example", "No account has this domain", id="nobody"),
        pytest.param(
            "account=acme.example&contact=x@y.example", "Nobody has this address", id="no such person"
        ),
    ],
)
def test_a_selection_shows_what_would_go(site: make.Site, sign_in: SignIn, query: str, wanted: str) -> None:
    accounts.account()
    accounts.account("Beta", "beta.example")
    send(site, *visits("acme.example", 4), *visits("beta.example"))
    query = query.format(source=site.source.pk, type=SignalType.objects.get(slug="pricing-page").pk)
    assert wanted in shown(sign_in(Role.REVOPS), f"/signals/removals/new/?{query}")


@pytest.mark.parametrize("at_once", [1_000, 0])
@pytest.mark.parametrize(
    ("chosen", "left", "told"),
    [
        pytest.param({"account": "acme.example"}, 1, "Acme", id="an account"),
        pytest.param({"source": "{source}"}, 0, "Website", id="a source"),
        pytest.param({"type": "{type}", "account": "beta.example"}, 4, "Beta", id="a type of an account"),
        pytest.param(
            {"type": "{type}", "since": "2020-01-01T08:00"}, 0, "2020-01-01", id="a type and a time"
        ),
    ],
)
def test_what_was_chosen_is_taken_out_at_once_or_by_a_worker(
    site: make.Site,
    sign_in: SignIn,
    monkeypatch: pytest.MonkeyPatch,
    at_once: int,
    chosen: dict[str, str],
    left: int,
    told: str,
) -> None:
    accounts.account()
    accounts.account("Beta", "beta.example")
    client = sign_in(Role.REVOPS)
    ids = {"source": site.source.pk, "type": SignalType.objects.get(slug="pricing-page").pk}
    asked = {name: value.format(**ids) for name, value in chosen.items()}
    send(site, *visits("acme.example", 4), *visits("beta.example"))
    monkeypatch.setattr("signals.services.removing.asking.AT_ONCE", at_once)
    page = said(client, "/signals/removals/new/", {**asked, "kind": "bot", "reason": "A crawler."})
    assert told in page
    assert ("The signals are being counted" in page) is (at_once == 0)
    work.drain_all()
    assert Signal.objects.count() == left
    page = shown(client, f"/signals/removals/{RemovalRun.objects.get().pk}/")
    assert 'id="progress"' not in page
    assert "Done" in page


@pytest.mark.parametrize("role", PEOPLE)
@pytest.mark.parametrize(
    "path", ["/signals/removals/", "/signals/removals/new/", "/signals/removals/removals.csv"]
)
def test_removals_are_of_revops(sign_in: SignIn, role: Role, path: str) -> None:
    assert sign_in(role).get(path).status_code == (200 if role == Role.REVOPS else 403)


@pytest.mark.parametrize("role", PEOPLE)
@pytest.mark.parametrize(
    ("path", "roles"),
    [
        ("/signals/unmatched/give/", {Role.MARKETER, Role.REP, Role.REVOPS}),
        ("/signals/unmatched/answer/", {Role.MARKETER, Role.REP, Role.REVOPS}),
        ("/signals/unmatched/ignore/", {Role.MARKETER, Role.REVOPS}),
        ("/signals/unmatched/restore/", {Role.MARKETER, Role.REVOPS}),
        ("/signals/unmatched/rejected/again/", {Role.REVOPS}),
        ("/signals/removals/new/", {Role.REVOPS}),
    ],
)
def test_who_may_decide(sign_in: SignIn, role: Role, path: str, roles: set[Role]) -> None:
    assert (sign_in(role).post(path).status_code != 403) is (role in roles)


@pytest.mark.parametrize(
    ("path", "words"),
    [
        ("/signals/unmatched/", "Every signal of the last 90 days has found its account."),
        ("/signals/unmatched/ignored/", "Nothing is ignored."),
        ("/signals/unmatched/rejected/", "Every event that came could be read and mapped."),
        ("/signals/unmatched/held/", "No event from the future is waiting"),
        ("/signals/removals/", "Nothing was ever taken out."),
    ],
)
def test_an_empty_page_says_what_to_do(sign_in: SignIn, path: str, words: str) -> None:
    assert words in shown(sign_in(Role.REVOPS), path)


def test_the_number_of_queries_does_not_grow_with_rows(site: make.Site, sign_in: SignIn) -> None:
    client, counts = sign_in(Role.REVOPS), []
    paths = [
        "/signals/unmatched/", "/signals/unmatched/ignored/", "/signals/unmatched/rejected/",
        "/signals/unmatched/group/?key=domain:c0.example", "/signals/removals/",
    ]  # fmt: skip
    start = 0
    for size in (2, 12):
        for n in range(start, start + size):
            send(site, *visits(f"c{n}.example", 2), *visits("c0.example", 1, message_id=f"more{n}"))
            unmapped(site, f"Event {n}")
            IgnoredKey.objects.create(key=f"domain:i{n}.example", ignored_at=timezone.now())
            RemovalRun.objects.create(
                id=f"0198c0de-0000-7000-8000-{n:012d}", kind="bot", reason="Why.", asked_at=timezone.now()
            )
        start += size
        for path in paths:
            shown(client, path)
        with CaptureQueriesContext(connection) as queries:
            for path in paths:
                shown(client, path)
        counts.append(len(queries))
    assert counts[0] == counts[1]


def test_a_moment_of_receipt_is_the_readers(sign_in: SignIn, now: datetime) -> None:
    run = RemovalRun.objects.create(
        id="0198c0de-0000-7000-8000-000000000001",
        kind="mistake",
        reason="A test of the site.",
        selection={"ids": 3, "since": now.isoformat()},
        asked_at=now,
        finished_at=now,
    )
    page = shown(sign_in(Role.REVOPS), f"/signals/removals/{run.pk}/")
    assert "Chosen one by one" in page
    assert "Received from" in page
