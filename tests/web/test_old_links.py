"""Addresses that outlived what they led to: a merged account leads to the one that stayed."""

from __future__ import annotations

import pytest
from django.urls import reverse
from django.utils import timezone

from abmops.lib.choices import Role
from accounts.models import Account, Touch
from accounts.services.merging import merge_accounts
from plays.models import Pause
from tests.accounts import make
from tests.api.conftest import caller_of
from tests.api.test_access import TABLE
from tests.plays.make import a_contact, a_crossing, a_signal, an_account
from tests.web.conftest import SignIn
from tests.web.test_routes import ALL

pytestmark = pytest.mark.django_db

OF_AN_ACCOUNT = [
    (name, reverse(name, args=[7]))
    for name, kinds in ALL
    if kinds == ["int"] and "accounts/7/" in reverse(name, args=[7])
]
"""Every page of one account, and every part of one."""


@pytest.fixture
def merged(db: None) -> tuple[Account, int]:
    """An account and the id of another one that became part of it."""
    winner, loser = an_account(), an_account()
    a_contact(loser)
    a_crossing(loser, evidence=[a_signal(loser)])
    gone = loser.pk
    merge_accounts(winner=winner.pk, loser=gone, by=make.user(Role.REVOPS), now=timezone.now())
    return winner, gone


def test_every_page_of_a_merged_account_leads_to_the_one_that_stayed(
    sign_in: SignIn, merged: tuple[Account, int]
) -> None:
    (winner, gone), browser = merged, sign_in(Role.REVOPS)
    assert len(OF_AN_ACCOUNT) > 20
    for name, _ in OF_AN_ACCOUNT:
        now = browser.get(reverse(name, args=[winner.pk]), {"only": "sales"})
        old = browser.get(reverse(name, args=[gone]), {"only": "sales"})
        if now.status_code == 405:
            assert old.status_code == 405, name
        else:
            assert old.status_code == 302, name
            assert old.headers["Location"] == f"{reverse(name, args=[winner.pk])}?only=sales", name


def test_a_form_that_was_open_while_its_account_was_merged_is_kept(
    sign_in: SignIn, merged: tuple[Account, int]
) -> None:
    (winner, gone), browser = merged, sign_in(Role.REVOPS)
    said = {"side": "sales", "channel": "call", "direction": "outbound", "occurred_at": "2026-11-18T10:00"}
    answer = browser.post(reverse("accounts:touch", args=[gone]), said, follow=True)
    assert answer.status_code == 200, answer
    assert Touch.objects.get().account == winner


def test_nothing_is_found_under_an_id_that_nobody_ever_had(sign_in: SignIn, db: None) -> None:
    browser = sign_in(Role.REVOPS)
    for name, _ in OF_AN_ACCOUNT:
        assert browser.get(reverse(name, args=[10**17])).status_code in (404, 405), name


def test_the_api_knows_a_merged_account_by_its_old_id(merged: tuple[Account, int]) -> None:
    (winner, gone), caller = merged, caller_of(Role.REVOPS)
    for method, address in TABLE:
        if method == "GET" and address.startswith("accounts/{pk}/"):
            now, old = caller.get(address.format(pk=winner.pk)), caller.get(address.format(pk=gone))
            assert (old.status_code, now.status_code) == (200, 200), address
    for rows in ("contacts/", "crossings/", "signals/"):
        assert len(caller.get(f"{rows}?account={gone}").json()["results"]) == 1, rows


def test_no_form_that_was_open_meanwhile_ends_in_nothing(
    sign_in: SignIn, merged: tuple[Account, int]
) -> None:
    (winner, gone), browser = merged, sign_in(Role.REVOPS)
    for name, _ in OF_AN_ACCOUNT:
        now, old = (browser.post(reverse(name, args=[pk])) for pk in (winner.pk, gone))
        assert (old.status_code, name) == (now.status_code, name)


@pytest.mark.parametrize("role", [Role.REVOPS, Role.REP])
def test_a_pause_that_was_being_written_meanwhile_is_one_of_the_account_that_stayed(
    sign_in: SignIn, merged: tuple[Account, int], role: Role
) -> None:
    (winner, gone), browser = merged, sign_in(role)
    Account.objects.update(owner=browser.session["_auth_user_id"])
    address = reverse("plays:pause", args=["account", gone])
    assert browser.post(address, {"reason": ""}).status_code == 422
    answer = browser.post(address, {"reason": "They move."}, follow=True)
    assert answer.redirect_chain[0] == (reverse("accounts:account", args=[winner.pk]), 302)
    assert Pause.objects.get().account == winner
    assert "is paused. Its clocks stand." in answer.content.decode()
    unknown = reverse("plays:pause", args=["account", 10**17])
    assert browser.post(unknown, {"reason": "They move."}).status_code == 404


def test_whoever_merges_the_same_two_after_somebody_else_is_told(
    sign_in: SignIn, merged: tuple[Account, int]
) -> None:
    (winner, gone), browser = merged, sign_in(Role.REVOPS)
    said = {"winner": str(winner.pk), "loser": str(gone), "reason": "Twice."}
    answer = browser.post(reverse("duplicates:merge"), said, follow=True)
    assert answer.redirect_chain[0] == (reverse("accounts:account", args=[winner.pk]), 302)
    assert "These two are one account already" in answer.content.decode()


def test_a_change_of_tier_that_a_merge_has_rewritten_is_not_taken_back_and_said_so(
    sign_in: SignIn, merged: tuple[Account, int]
) -> None:
    (winner, gone), browser = merged, sign_in(Role.REVOPS)
    answer = browser.post(reverse("accounts:tier_undo", args=[gone, 10**17]), follow=True)
    assert answer.redirect_chain[0] == (reverse("accounts:account", args=[winner.pk]), 302)
    assert "nothing was taken back" in answer.content.decode()
