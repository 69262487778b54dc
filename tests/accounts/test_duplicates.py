"""Looking for duplicates: what is suggested and why, what is never suggested again; the pages of it."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from abmops.lib.choices import Role
from abmops.lib.errors import NotKnown, Refused
from accounts.models import (
    Account,
    AccountDomain,
    AccountExternalId,
    DuplicatePair,
    DuplicateScan,
    Merge,
    User,
)
from accounts.services import duplicates
from accounts.services.duplicates import look_for_duplicates, propose, reopen, say_different
from accounts.services.merging import merge_accounts, undo_merge
from tests.accounts import make

NOW = datetime(2026, 11, 18, 10, 0, tzinfo=UTC)
pytestmark = pytest.mark.django_db


@pytest.fixture
def revops() -> User:
    """Who decides."""
    return make.user(Role.REVOPS)


def suggested() -> dict[frozenset[str], float]:
    """The open suggestions by the names of their accounts."""
    rows = DuplicatePair.objects.filter(state="open").select_related("first", "second")
    return {frozenset((row.first.name, row.second.name)): row.likeness for row in rows}


def test_names_that_are_one_or_alike_are_suggested_with_reasons() -> None:
    make.account("Acme GmbH", "acme.example", country="DE")
    make.account("ACME", "acme-de.example", country="DE")
    make.account("Acme Inc", "acme.test", country="US")
    make.account("Nordwind Software", "nordwind.example")
    make.account("Nordwnid Software", "nordwind-software.example")
    make.account("Studio 54", "studio54.example")
    make.account("Studio 55", "studio55.example")
    make.account("Group", "group.example")
    make.account("The Group", "thegroup.example")
    look_for_duplicates(now=NOW)
    scan = DuplicateScan.objects.get()
    assert (scan.accounts, scan.pairs) == (9, 4)
    assert suggested()[frozenset(("Acme GmbH", "ACME"))] == 1.0
    assert frozenset(("Nordwind Software", "Nordwnid Software")) in suggested()
    assert frozenset(("Studio 54", "Studio 55")) not in suggested()
    abroad = DuplicatePair.objects.get(first__name="Acme GmbH", second__name="Acme Inc")
    assert abroad.likeness < 1
    assert "They are in different countries: DE and US." in abroad.why


def test_what_else_they_share_adds_to_the_likeness() -> None:
    one = make.account("Fabrikam Gears", "fabrikam.example")
    other = make.account("Fabrikam Werke", "fabrikam.test")
    propose([one.pk], now=NOW)
    [pair] = DuplicatePair.objects.all()
    assert "Their domains are fabrikam under different endings." in pair.why
    before = pair.likeness
    make.contact(one, "jane@fabrikam.test")
    AccountExternalId.objects.create(account=one, system="crm", value="0012345")
    AccountExternalId.objects.create(account=other, system="erp", value="0012345")
    propose([other.pk], now=NOW)
    pair.refresh_from_db()
    assert pair.likeness > before
    assert any("e-mail address at fabrikam.test" in sentence for sentence in pair.why)
    assert any("the same id 0012345" in sentence for sentence in pair.why)


def test_a_subsidiary_is_no_duplicate_of_its_parent() -> None:
    parent = make.account("Acme", "acme.example")
    make.account("Acme", "acme.test", parent=parent)
    look_for_duplicates(now=NOW)
    assert suggested() == {}


def test_what_was_decided_is_never_suggested_again(revops: User) -> None:
    make.account("Acme", "acme.example")
    make.account("ACME", "acme.test")
    look_for_duplicates(now=NOW)
    [pair] = DuplicatePair.objects.all()
    assert say_different(pairs=[pair.pk], by=revops, now=NOW) == 1
    Account.objects.update(updated_at=NOW + timedelta(days=1))
    look_for_duplicates(now=NOW + timedelta(days=1))
    assert suggested() == {}
    assert reopen(pairs=[pair.pk], by=revops) == 1
    assert len(suggested()) == 1
    with pytest.raises(NotKnown):
        say_different(pairs=[10**9], by=revops, now=NOW)
    with pytest.raises(Refused):
        say_different(pairs=[pair.pk], by=make.user(Role.REP), now=NOW)


def test_a_suggestion_that_no_longer_holds_is_taken_back() -> None:
    make.account("Acme", "acme.example")
    other = make.account("ACME", "acme.test")
    look_for_duplicates(now=NOW)
    assert len(suggested()) == 1
    other.name, other.domain = "Zenith", "zenith.test"
    other.save()
    AccountDomain.objects.filter(account=other).update(domain="zenith.test")
    look_for_duplicates(now=NOW)
    assert suggested() == {}


def test_each_look_goes_on_where_the_last_one_ended(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(duplicates, "CHUNK", 2)
    for number in range(5):
        make.account(f"Company {'abcde'[number] * 5}", f"c{number}.example")
    look_for_duplicates(now=NOW)
    assert DuplicateScan.objects.get().accounts == 5, "one look, however many steps"
    look_for_duplicates(now=NOW)
    assert DuplicateScan.objects.get().accounts == 5, "nothing new: the last look stands"
    make.account("Company zzzzz", "z.example")
    look_for_duplicates(now=NOW)
    assert list(DuplicateScan.objects.values_list("accounts", flat=True)) == [1, 5]


def test_a_step_of_a_look_costs_the_same_however_many_accounts(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(duplicates, "CHUNK", 20)

    def cost(count: int) -> int:
        start = Account.objects.count()
        for number in range(count):
            make.account(f"Nordwind Werk{'abcdefghij'[number]}", f"w{start + number}.example")
        with CaptureQueriesContext(
            connection,
        ) as queries:
            look_for_duplicates(now=NOW)
        return len(queries)

    first = cost(3)
    assert cost(9) <= first


@pytest.fixture
def browser(revops: User) -> Client:
    """RevOps at a browser."""
    client = Client()
    client.force_login(revops, backend="django.contrib.auth.backends.ModelBackend")
    return client


def test_the_page_shows_both_sides_and_decides(browser: Client) -> None:
    assert "Nobody has looked yet" in browser.get("/duplicates/").content.decode()
    one = make.account("Acme GmbH", "acme.example", country="DE")
    other = make.account("ACME", "acme.test", country="DE")
    look_for_duplicates(now=NOW)
    [pair] = DuplicatePair.objects.all()
    shown = browser.get("/duplicates/?same=on&q=acme").content.decode()
    assert "Acme GmbH" in shown
    assert "acme.test" in shown
    assert "Both are in DE." in shown
    assert f"winner={one.pk}&amp;loser={other.pk}" in shown
    answer = browser.post("/duplicates/decide/", {"pick": [pair.pk], "do": "different"}, follow=True)
    assert "never suggested again" in answer.content.decode()
    assert "No two accounts look like one company" in answer.content.decode()
    assert "ACME" in browser.get("/duplicates/?state=different").content.decode()
    csv = b"".join(browser.get("/duplicates/duplicates.csv?state=different")).decode()
    assert "Acme GmbH,acme.example,DE,,ACME,acme.test,DE" in csv
    browser.post("/duplicates/decide/", {"pick": [pair.pk], "do": "reopen"})
    assert DuplicatePair.objects.get().state == "open"
    answer = browser.post("/duplicates/decide/", {"pick": ["x"], "do": "different"}, follow=True)
    assert "Choose at least one pair" in answer.content.decode()


def test_the_page_costs_the_same_however_many_pairs(browser: Client) -> None:
    def cost() -> int:
        with CaptureQueriesContext(connection) as queries:
            browser.get("/duplicates/")
        return len(queries)

    for number in range(2):
        make.account(f"Acme {'abc'[number]}cme", f"a{number}.example")
        make.account(f"Acme {'abc'[number]}cme", f"b{number}.example")
    look_for_duplicates(now=NOW)
    browser.get("/duplicates/")
    few = cost()
    for number in range(10):
        make.account(f"Nordwind {'klmnopqrst'[number] * 4}", f"n{number}.example")
        make.account(f"Nordwind {'klmnopqrst'[number] * 4}", f"m{number}.example")
    look_for_duplicates(now=NOW)
    assert DuplicatePair.objects.count() >= 12
    assert cost() <= few


def test_merging_by_page_and_undoing_it(browser: Client, revops: User) -> None:
    ours = make.account("Acme GmbH", "acme.example", country="DE", industry="Steel", owner=revops)
    theirs = make.account("ACME Inc", "acme.test", country="US", industry="Iron")
    make.contact(theirs, "joe@acme.test")
    found = browser.get(f"/duplicates/merge/?winner={ours.pk}&q=acme").content.decode()
    assert f"winner={ours.pk}&amp;loser={theirs.pk}" in found
    shown = browser.get(f"/duplicates/merge/?winner={ours.pk}&loser={theirs.pk}").content.decode()
    assert "1 contact" in shown
    assert "never merged on their names alone" in shown
    fields = {"winner": ours.pk, "loser": theirs.pk, "industry": "loser"}
    assert browser.post("/duplicates/merge/", fields).status_code == 422
    answer = browser.post("/duplicates/merge/", fields | {"reason": "One board."}, follow=True)
    assert "ACME Inc is part of Acme GmbH now." in answer.content.decode()
    assert Account.objects.get().industry == "Iron"
    assert browser.get(f"/accounts/{theirs.pk}/").headers["Location"] == f"/accounts/{ours.pk}/"
    assert browser.get(f"/accounts/{theirs.pk}/peek/").headers["Location"] == f"/accounts/{ours.pk}/peek/"
    history = browser.get("/duplicates/merges/?q=acme&standing=on").content.decode()
    assert "One board." in history
    assert "Industry: Iron, not Steel" in history
    assert "One board." in b"".join(browser.get("/duplicates/merges.csv")).decode()
    merge = Merge.objects.get()
    answer = browser.post(f"/duplicates/merges/{merge.pk}/undo/", follow=True)
    assert "ACME Inc is an account of its own again." in answer.content.decode()
    assert Account.objects.get(pk=ours.pk).industry == "Steel"
    assert "Undone" in browser.get("/duplicates/merges/").content.decode()
    answer = browser.post(f"/duplicates/merges/{merge.pk}/undo/", follow=True)
    assert "was undone already" in answer.content.decode()
    for address in ("winner=x", f"winner={ours.pk}&loser=0", "winner=" + "9" * 30):
        assert browser.get(f"/duplicates/merge/?{address}").status_code == 404


def test_executives_look_and_change_nothing() -> None:
    client = Client()
    client.force_login(make.user(Role.EXECUTIVE), backend="django.contrib.auth.backends.ModelBackend")
    assert client.get("/duplicates/").status_code == 200
    for path in ("/duplicates/decide/", "/duplicates/merge/", "/duplicates/merges/1/undo/"):
        assert client.post(path).status_code == 403


def test_suggestions_of_a_merged_account_come_back_with_its_undo(revops: User) -> None:
    one, other = make.account("Acme", "acme.example"), make.account("ACME", "acme.test")
    third = make.account("Acme Inc", "acme-inc.example")
    look_for_duplicates(now=NOW)
    before = suggested()
    assert len(before) == 3
    merge = merge_accounts(winner=one.pk, loser=other.pk, by=revops, now=NOW)
    assert set(suggested()) == {frozenset(("Acme", third.name))}
    undo_merge(merge=merge.pk, by=revops, now=NOW)
    assert suggested() == before
