"""The page of re-tier proposals: what it shows, who may answer, and that rows cost no queries."""

import re
from datetime import timedelta
from html import unescape

import pytest
from django.core.cache import cache
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from abmops.lib.choices import Role
from abmops.work.schedule import find
from accounts.models import Account, ListMembership, TierPolicy, TierProposal, User
from signals.services.tiering import propose_tiers
from tests.accounts import make
from tests.signals.test_tiering import hot

pytestmark = pytest.mark.django_db
PAGE = "/list/proposals/"


def browser(role: Role = Role.REVOPS) -> tuple[Client, User]:
    """Somebody signed in who has seen the tour."""
    cache.clear()
    user, client = make.user(role, toured_at=timezone.now()), Client()
    client.force_login(user)
    return client, user


def proposed(*names: str) -> list[TierProposal]:
    """Open proposals for accounts of these names, from tier 3 to tier 2."""
    now = timezone.now()
    for name in names:
        hot(name, tier=3, now=now)
    propose_tiers(now=now)
    return list(TierProposal.objects.order_by("account__name"))


def test_it_shows_each_wish_with_its_evidence_and_finds_by_every_filter() -> None:
    proposed("Alpha", "Beta")
    client, user = browser()
    Account.objects.filter(name="Beta").update(owner=user)
    body = client.get(PAGE).content.decode()
    assert "Alpha" in body
    assert "2 kinds of qualifying signal came in the last 30 days." in body
    for query, shown in (
        ("q=alp", {"Alpha"}), ("mine=1", {"Beta"}), ("move=up", {"Alpha", "Beta"}), ("move=down", set()),
        ("tier=3", {"Alpha", "Beta"}), ("tier=1", set()), ("state=accepted", set()),
    ):  # fmt: skip
        body = client.get(f"{PAGE}?{query}").content.decode()
        assert {name for name in ("Alpha", "Beta") if f">{name}</a>" in body} == shown, query


@pytest.mark.parametrize("sort", ["strength", "-strength", "name", "-at", "from", "to", "nonsense"])
def test_every_heading_sorts(sort: str) -> None:
    proposed("Alpha", "Beta")
    client, _ = browser()
    assert client.get(f"{PAGE}?sort={sort}").status_code == 200


def test_the_csv_holds_what_is_narrowed() -> None:
    proposed("Alpha", "=Beta")
    client, _ = browser()
    text = b"".join(client.get(f"{PAGE}proposals.csv?q=beta")).decode()
    assert "'=Beta" in text
    assert "Alpha" not in text
    assert "tier 3,tier 2" in text


def test_many_are_accepted_at_once_after_asking() -> None:
    rows = proposed("Alpha", "Beta")
    client, user = browser()
    picked = "".join(f"&pick={row.pk}" for row in rows)
    asked = client.get(f"{PAGE}decide/?do=accept{picked}")
    assert b"Accept 2 proposals" in asked.content
    said = {"do": "accept", "pick": [row.pk for row in rows], "words": "Agreed."}
    assert client.post(f"{PAGE}decide/", said).status_code == 302
    assert set(Account.objects.values_list("tier", flat=True)) == {2}
    changes = ListMembership.objects.filter(valid_to=None)
    assert {row.by for row in changes} == {user}
    assert all(row.reason.startswith("Agreed. Proposed by the figures:") for row in changes)


def test_a_rejection_wants_words_and_can_be_taken_back() -> None:
    (row,) = proposed("Alpha")
    client, _ = browser()
    said = {"do": "reject", "pick": [row.pk]}
    assert client.post(f"{PAGE}decide/", said).status_code == 422
    assert client.post(f"{PAGE}decide/", said | {"words": "Too small."}).status_code == 302
    row.refresh_from_db()
    assert row.state == "rejected"
    undo(client)
    row.refresh_from_db()
    assert (row.state, row.decided_at) == ("open", None)


def test_an_acceptance_is_taken_back_whole() -> None:
    rows = proposed("Alpha", "Beta")
    client, _ = browser()
    client.post(f"{PAGE}decide/", {"do": "accept", "pick": [row.pk for row in rows]})
    undo(client)
    assert set(Account.objects.values_list("tier", flat=True)) == {3}
    assert TierProposal.objects.filter(state="open").count() == 2


def undo(client: Client) -> None:
    """Press Undo in the toast of the next page."""
    address = re.search(r'action="(/list/undo/[^"]+)"', client.get(PAGE).content.decode())
    assert address is not None
    assert client.post(unescape(address[1]), follow=True).redirect_chain == [(PAGE, 302)]


def test_a_full_tier_asks_for_a_reason_of_its_own() -> None:
    TierPolicy.objects.update_or_create(tier=2, defaults={"least": 0, "most": 0, "most_per_owner": None})
    (row,) = proposed("Alpha")
    client, _ = browser()
    said = {"do": "accept", "pick": [row.pk]}
    answer = client.post(f"{PAGE}decide/", said)
    assert answer.status_code == 422
    assert Account.objects.get().tier == 3
    assert client.post(f"{PAGE}decide/", said | {"override": "The board wants it."}).status_code == 302
    assert Account.objects.get().tier == 2


@pytest.mark.parametrize("role", [Role.MARKETER, Role.REP, Role.EXECUTIVE])
@pytest.mark.parametrize("act", ["run", "decide"])
def test_only_revops_answers(role: Role, act: str) -> None:
    client, _ = browser(role)
    assert client.get(PAGE).status_code == 200
    assert client.post(f"{PAGE}{act}/").status_code == 403


def test_the_button_works_them_out_now() -> None:
    hot("Alpha", tier=3, now=timezone.now())
    client, _ = browser()
    assert "waits" not in client.get(PAGE).content.decode()
    assert client.post(f"{PAGE}run/").status_code == 302
    assert b"1 new, 0 changed, 0 no longer so" in client.get(PAGE).content


def test_nothing_to_propose_says_so() -> None:
    client, _ = browser()
    assert b"Every account stands where its figures say." in client.get(PAGE).content
    assert b"No proposal is like that" in client.get(f"{PAGE}?q=x").content


def test_rows_cost_no_queries() -> None:
    client, _ = browser()

    def asked() -> int:
        client.get(PAGE)
        with CaptureQueriesContext(connection) as queries:
            client.get(PAGE)
        return len(queries)

    proposed("Alpha")
    few = asked()
    proposed(*(f"More{number}" for number in range(20)))
    assert asked() == few


def test_the_night_proposes() -> None:
    found = find("signals.propose_tiers")
    assert found is not None
    assert found.every == timedelta(days=1)
    hot("Alpha", tier=3, now=timezone.now())
    found.handler(timezone.now())
    assert TierProposal.objects.count() == 1
