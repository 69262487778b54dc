"""Nominations: both sides ask, the list's owner decides, and what is accepted stands on the list at once."""

from functools import partial

import pytest
from django.db import IntegrityError, transaction

from abmops.lib import notices
from abmops.lib.choices import Role
from abmops.lib.errors import Conflict, NotKnown, Refused
from accounts.models import Account, ListMembership, Nomination, Opportunity, User
from accounts.selectors.nominating import narrowed, nominations, with_evidence
from accounts.selectors.target_list import nominations_to_decide, waiting_nominations
from accounts.services.changes import acting
from accounts.services.target_list.nominations import accept, nominate, reject, withdraw
from accounts.services.target_list.rules import NeedsReason
from accounts.services.undoing import undo
from tests.accounts import make
from tests.accounts.listing import DAY, NOW, accounts, assert_whole, ceiling, place
from tests.accounts.racing import at_once


def wish(
    *rows: Account, side: str = "sales", tier: int = 1, by: User | None = None, reason: str = "Knows us"
) -> list[Nomination]:
    by = by or make.user(Role.REP)
    return nominate(accounts=[row.pk for row in rows], side=side, tier=tier, reason=reason, by=by, now=NOW)


def ids(rows: list[Nomination]) -> list[int]:
    return [row.pk for row in rows]


@pytest.mark.django_db
def test_several_at_once_and_one_open_an_account_and_side() -> None:
    rows = accounts(3)
    assert len(wish(*rows)) == 3
    with pytest.raises(Conflict, match="C000 and C001 are nominated by Sales already"):
        wish(*rows[:2])
    assert len(wish(*rows, side="marketing")) == 3
    assert Nomination.objects.count() == 6


@pytest.mark.django_db
def test_what_cannot_be_nominated() -> None:
    account, other = accounts(2)
    place(account, tier=2)
    with pytest.raises(Refused, match="C000 is in tier 2 already"):
        wish(account, other, tier=2)
    with pytest.raises(Refused, match="Say why"):
        wish(other, reason=" ")
    with pytest.raises(NotKnown, match="no account 987"):
        nominate(accounts=[987], side="sales", tier=1, reason="Up", by=make.user(), now=NOW)
    assert not Nomination.objects.exists()
    assert wish(account, tier=1)


@pytest.mark.django_db
def test_accepting_one_side_accepts_the_other_that_asks_for_the_same() -> None:
    by = make.user()
    both, differing = accounts(2)
    (first,) = wish(both, reason="The CFO asked")
    (second,) = wish(both, side="marketing", reason="Intent is up.")
    (third,) = wish(differing, tier=1)
    (fourth,) = wish(differing, side="marketing", tier=2)
    done = accept(nominations=[first.pk, third.pk], decision="Clear", by=by, now=NOW + DAY)
    assert sorted(ids(done)) == [first.pk, second.pk, third.pk]
    row = ListMembership.objects.get(account=both)
    assert (
        row.reason
        == "Sales nominated it: The CFO asked. Marketing nominated it: Intent is up. Accepted: Clear."
    )
    assert (row.tier, row.side, row.by, row.valid_from) == (1, "sales", by, NOW + DAY)
    assert {one.membership_id for one in row.nominations.all()} == {row.pk}
    fourth.refresh_from_db()
    assert fourth.state == "open"
    assert_whole([both, differing])


@pytest.mark.django_db
def test_two_tiers_for_one_account_want_a_word() -> None:
    (account,) = accounts(1)
    picked = [*wish(account, tier=1), *wish(account, side="marketing", tier=2)]
    with pytest.raises(Refused, match="different tiers"):
        accept(nominations=ids(picked), decision="Yes", by=make.user(), now=NOW)
    accept(nominations=ids(picked), decision="Yes", by=make.user(), now=NOW, tier=3)
    account.refresh_from_db()
    assert account.tier == 3
    assert set(Nomination.objects.values_list("state", flat=True)) == {"accepted"}


@pytest.mark.django_db
@pytest.mark.parametrize("role", [Role.MARKETER, Role.REP, Role.EXECUTIVE, Role.INTEGRATION])
def test_only_the_list_s_owner_decides(role: Role) -> None:
    rows = wish(*accounts(1))
    for decide in (accept, reject):
        with pytest.raises(Refused, match="Only RevOps"):
            decide(nominations=ids(rows), decision="Yes", by=make.user(role), now=NOW)


@pytest.mark.django_db
def test_a_decision_needs_words_and_is_made_once() -> None:
    by, rows = make.user(), wish(*accounts(1))
    with pytest.raises(Refused, match="Say why"):
        reject(nominations=ids(rows), decision="", by=by, now=NOW)
    reject(nominations=ids(rows), decision="Too small", by=by, now=NOW)
    with pytest.raises(Conflict, match="was rejected already"):
        accept(nominations=ids(rows), decision="After all", by=by, now=NOW)
    with pytest.raises(Conflict, match="was rejected already"):
        withdraw(nomination=rows[0], by=by, now=NOW)
    with pytest.raises(NotKnown):
        reject(nominations=[0], decision="No", by=by, now=NOW)
    assert wish(Account.objects.get())


@pytest.mark.django_db
def test_acceptance_keeps_the_list_s_rules_whole_or_not_at_all() -> None:
    ceiling(1, 1)
    free, held = accounts(2)
    Opportunity.objects.create(external_id="d", account=held, name="Big", opened_at=NOW - DAY)
    rows = wish(free, held)
    with pytest.raises(NeedsReason, match=r"C001 is held back .* Tier 1 would hold 2 of at most 1"):
        accept(nominations=ids(rows), decision="Yes", by=make.user(), now=NOW)
    assert not ListMembership.objects.exists()
    assert set(Nomination.objects.values_list("state", flat=True)) == {"open"}
    accept(nominations=ids(rows), decision="Yes", by=make.user(), now=NOW, override="Agreed on Monday")
    assert set(ListMembership.objects.values_list("override", flat=True)) == {"Agreed on Monday"}


@pytest.mark.django_db
def test_accepting_what_is_there_already_points_to_what_put_it_there() -> None:
    (account,) = accounts(1)
    (row,) = wish(account)
    (there,) = place(account, tier=1, now=NOW + DAY)
    accept(nominations=[row.pk], decision="Done", by=make.user(), now=NOW + 2 * DAY)
    row.refresh_from_db()
    assert (row.state, row.membership) == ("accepted", there)
    assert ListMembership.objects.count() == 1


@pytest.mark.django_db
def test_withdrawn_by_who_made_it_or_by_revops() -> None:
    by = make.user(Role.REP)
    first, second = wish(*accounts(2), by=by)
    with pytest.raises(Refused, match="Only the person"):
        withdraw(nomination=first, by=make.user(Role.REP), now=NOW)
    assert withdraw(nomination=first, by=by, now=NOW).state == "withdrawn"
    assert withdraw(nomination=second, by=make.user(), now=NOW).state == "withdrawn"


@pytest.mark.django_db
def test_an_acceptance_is_taken_back_whole() -> None:
    by, account = make.user(), accounts(1)[0]
    rows = wish(account)
    with acting(by=by, what="Accepted") as change_set:
        accept(nominations=ids(rows), decision="Yes", by=by, now=NOW + DAY)
    undo(change_set=change_set, by=by, now=NOW + 2 * DAY)
    row = Nomination.objects.get()
    assert (row.state, row.decision, row.decided_by, row.membership) == ("open", "", None, None)
    account.refresh_from_db()
    assert account.tier is None
    assert_whole([account])


@pytest.mark.django_db
def test_the_nominators_are_told_once_each(monkeypatch: pytest.MonkeyPatch) -> None:
    said: list[tuple[list[int], str]] = []
    monkeypatch.setattr(
        notices, "_deliveries", {"t": lambda people, what, now: said.append((list(people), what.text))}
    )
    rep, revops = make.user(Role.REP), make.user()
    first, second = accounts(2)
    rows = [*wish(first, by=rep), *wish(second, by=revops)]
    accept(nominations=ids(rows), decision="Strong fit.", by=revops, now=NOW)
    assert said == [([rep.pk], "C000: your nomination was accepted. Strong fit.")]


@pytest.mark.django_db
def test_what_waits_and_what_is_known() -> None:
    revops, rep = make.user(), make.user(Role.REP)
    both, one = accounts(2, fit=62.0)
    wish(both, one)
    wish(both, side="marketing")
    Opportunity.objects.create(external_id="d", account=one, name="Big", opened_at=NOW - DAY)
    waiting = waiting_nominations()
    assert (waiting.open, waiting.agreed) == (3, 1)
    assert (nominations_to_decide(revops, NOW), nominations_to_decide(rep, NOW)) == (3, 0)
    rows = with_evidence(list(nominations(revops).order_by("account", "side")), now=NOW)
    assert [(row.is_agreed, bool(row.held)) for row in rows] == [(True, False), (True, False), (False, True)]
    assert rows[0].figures[0][1].text == "62"
    assert narrowed(nominations(revops), agreed=True).count() == 2
    assert narrowed(nominations(revops), sides=["sales"], q="c1.exa").count() == 1


@pytest.mark.django_db
@pytest.mark.parametrize(("fields", "name"), [
    ({}, "one_open_nomination_per_account_and_side"),
    ({"side": "marketing", "tier": 4}, "nominated_tier_is_1_2_or_3"),
    ({"side": "marketing", "reason": ""}, "nomination_has_a_reason"),
])  # fmt: skip
def test_the_database_holds_it_too(fields: dict[str, object], name: str) -> None:
    (account,) = accounts(1)
    wish(account)
    values = {"account": account, "side": "sales", "tier": 1, "reason": "Up", "at": NOW} | fields
    with pytest.raises(IntegrityError, match=name), transaction.atomic():
        Nomination.objects.create(**values)


@pytest.mark.django_db(transaction=True)
def test_at_once_one_nominates_and_one_decides() -> None:
    (account,) = accounts(1)
    people = [make.user(Role.REP) for _ in range(6)]
    errors = at_once([partial(wish, account, by=by) for by in people])
    assert len(errors) == 5
    assert all(isinstance(error, Conflict) for error in errors)
    pk, revops = Nomination.objects.get().pk, make.user()
    decide = [
        partial(act, nominations=[pk], decision="So", by=revops, now=NOW) for act in (accept, reject) * 3
    ]
    errors = at_once(decide)
    assert len(errors) == 5
    assert all(isinstance(error, Conflict) for error in errors)
    row = Nomination.objects.get()
    assert (row.state == "accepted") == ListMembership.objects.filter(account=account).exists()
    assert_whole([account])
