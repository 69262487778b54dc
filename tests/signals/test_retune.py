"""A quarter's feedback becomes weights: proposed once, looked at, accepted whole or in part, declined, reverted."""

from __future__ import annotations

import threading
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
from django.db import connection

from abmops.lib.choices import Role, Side
from abmops.lib.errors import Conflict, Refused
from abmops.work import services as work
from abmops.work.models import WorkItem
from accounts.models import Account, ListMembership, User
from accounts.services.apikey import create_key
from plays.models import Notice
from signals.domain.retune import quarter_of
from signals.models import Retune, SignalType, Source, Threshold
from signals.services import retune
from signals.services.definitions import put_signal_type, put_source, put_threshold
from signals.services.feedback import say
from tests.accounts import make as people
from tests.signals import make
from tests.signals.test_feedback import crossing, signal

pytestmark = pytest.mark.django_db
QUARTER = date(2026, 7, 1)
IN_IT = datetime(2026, 8, 12, 9, tzinfo=UTC)
AFTER = datetime(2026, 10, 1, 5, tzinfo=UTC)
DAY = timedelta(days=1)


@pytest.fixture
def ruth(site: make.Site) -> User:
    """RevOps."""
    return people.user(Role.REVOPS, name="Ruth")


@pytest.fixture
def acme(site: make.Site) -> Account:
    """An account on the list."""
    row = people.account()
    ListMembership.objects.create(
        account=row, tier=1, valid_from=IN_IT - 300 * DAY, side=Side.REVOPS, reason="A test."
    )
    return row


def tags(account: Account, verdict: str, n: int, *, of: str = "pricing-page", at: datetime = IN_IT) -> None:
    """So many words on as many signals of a type."""
    user = people.user(Role.REP)
    for _ in range(n):
        say(user=user, verdict=verdict, signal=signal(account, of, at=at - DAY).pk, now=at)


def proposed(now: datetime = AFTER) -> Retune:
    """The proposal of the quarter, with its effect worked out."""
    row = retune.propose(quarter=QUARTER, by=None, now=now)
    retune.work_out(list(WorkItem.objects.filter(kind=retune.KIND)), now)
    row.refresh_from_db()
    return row


def weights() -> dict[str, float]:
    """What weighs what."""
    return dict(Source.objects.values_list("slug", "weight")) | dict(
        SignalType.objects.values_list("slug", "confidence")
    )


def test_the_quarter_proposes_once_and_tells_revops(acme: Account, ruth: User) -> None:
    create_key(name="etl", role=Role.REVOPS, now=IN_IT)
    tags(acme, "noise", 11)
    tags(acme, "good", 3, of="webinar")
    tags(acme, "good", 5, of="webinar", at=AFTER)
    row = retune.propose_quarterly(now=AFTER + 3 * DAY)
    assert row is not None
    assert (row.quarter, row.status) == (QUARTER, "proposed")
    lines = {
        retune.key_of(line): (line["good"], line["noise"], line["before"], line["after"])
        for line in row.changes
    }
    assert lines == {
        "source:site": (3, 11, 1.0, 0.619),
        "type:pricing-page": (0, 11, 1.0, 0.5),
    }
    assert retune.propose_quarterly(now=AFTER + 4 * DAY) is None
    assert [(one.user, one.url) for one in Notice.objects.all()] == [(ruth, f"/signals/retunes/{row.pk}/")]
    assert weights()["site"] == 1.0


def test_nothing_said_proposes_nothing(acme: Account, ruth: User) -> None:
    tags(acme, "neutral", 4)
    assert retune.propose_quarterly(now=AFTER) is None
    with pytest.raises(Refused, match="nobody has said good or noise"):
        retune.propose(quarter=QUARTER, by=ruth, now=AFTER)
    assert not Retune.objects.exists()


def test_an_open_proposal_is_made_anew(acme: Account, ruth: User) -> None:
    tags(acme, "noise", 2)
    first = retune.propose(quarter=QUARTER, by=ruth, now=IN_IT + DAY)
    tags(acme, "noise", 2, at=IN_IT + 2 * DAY)
    second = retune.propose(quarter=QUARTER, by=ruth, now=IN_IT + 3 * DAY)
    assert first.pk == second.pk
    assert {line["noise"] for line in second.changes} == {4}


def test_accepted_weights_are_in_force_and_revert_exactly(acme: Account, ruth: User) -> None:
    put_source(slug="site", fields={"weight": 0.7})
    tags(acme, "noise", 10)
    before = weights()
    row = proposed()
    assert row.effect["thresholds"] == []
    assert set(row.effect["unaffected"]) == set(make.THRESHOLDS)
    retune.accept(retune=row.pk, by=ruth, now=AFTER, reason="As said.")
    assert weights() == before | {"site": 0.35, "pricing-page": 0.5}
    row.refresh_from_db()
    assert (row.status, row.decided_by, row.decided_at) == ("accepted", ruth, AFTER)
    assert all(line["accepted"] for line in row.changes)
    assert WorkItem.objects.filter(kind="rescore").exists()
    retune.revert(retune=row.pk, by=ruth, now=AFTER + DAY)
    assert weights() == before
    row.refresh_from_db()
    assert (row.status, row.reverted_by) == ("reverted", ruth)
    with pytest.raises(Conflict):
        retune.revert(retune=row.pk, by=ruth, now=AFTER + DAY)
    with pytest.raises(Conflict):
        retune.accept(retune=row.pk, by=ruth, now=AFTER + DAY)


def test_chosen_lines_alone(acme: Account, ruth: User) -> None:
    tags(acme, "noise", 10)
    row = proposed()
    with pytest.raises(Refused, match="at least one"):
        retune.accept(retune=row.pk, lines={"type:none"}, by=ruth, now=AFTER)
    row = retune.accept(retune=row.pk, lines={"type:pricing-page"}, by=ruth, now=AFTER)
    assert (weights()["site"], weights()["pricing-page"]) == (1.0, 0.5)
    assert [line["accepted"] for line in row.changes] == [False, True]
    put_source(slug="site", fields={"weight": 0.3})
    retune.revert(retune=row.pk, by=ruth, now=AFTER)
    assert (weights()["site"], weights()["pricing-page"]) == (0.3, 1.0)


def test_a_weight_that_moved_stops_the_whole(acme: Account, ruth: User) -> None:
    tags(acme, "noise", 10)
    row = proposed()
    put_signal_type(slug="pricing-page", fields={"confidence": 0.9})
    with pytest.raises(
        Conflict, match=r"“pricing-page” weighs 0.9 and not 1 any more since this was proposed"
    ):
        retune.accept(retune=row.pk, by=ruth, now=AFTER)
    assert weights()["site"] == 1.0
    assert Retune.objects.get().status == "proposed"


def test_what_is_newer_stands(acme: Account, ruth: User) -> None:
    tags(acme, "noise", 10)
    row = proposed()
    retune.accept(retune=row.pk, by=ruth, now=AFTER)
    put_source(slug="site", fields={"weight": 0.8})
    with pytest.raises(
        Refused, match=r"“Website” weighs 0\.8 and not 0\.5 any more since\. What is newer stands"
    ):
        retune.revert(retune=row.pk, by=ruth, now=AFTER)
    assert (weights()["site"], weights()["pricing-page"]) == (0.8, 0.5)


def test_the_effect_is_looked_at_first(acme: Account, ruth: User) -> None:
    tags(acme, "noise", 3)
    row = retune.propose(quarter=QUARTER, by=ruth, now=AFTER)
    with pytest.raises(Refused, match="still being worked out"):
        retune.accept(retune=row.pk, by=ruth, now=AFTER)


def test_a_decline_wants_a_reason(acme: Account, ruth: User) -> None:
    tags(acme, "noise", 3)
    row = proposed()
    with pytest.raises(Refused, match="Say why"):
        retune.decline(retune=row.pk, reason=" ", by=ruth, now=AFTER)
    assert retune.decline(retune=row.pk, reason="One rep only.", by=ruth, now=AFTER).status == "declined"
    assert weights()["site"] == 1.0
    assert retune.propose_quarterly(now=AFTER + DAY) is None


def test_feedback_counts_once(acme: Account, ruth: User) -> None:
    tags(acme, "noise", 10)
    row = proposed(IN_IT + DAY)
    retune.accept(retune=row.pk, by=ruth, now=IN_IT + DAY)
    with pytest.raises(Refused, match="since the last retune was accepted"):
        retune.propose(quarter=QUARTER, by=ruth, now=AFTER)
    tags(acme, "noise", 1, at=IN_IT + 2 * DAY)
    again = retune.propose(quarter=QUARTER, by=ruth, now=AFTER)
    assert {line["noise"] for line in again.changes} == {1}


@pytest.mark.parametrize("role", [Role.MARKETER, Role.REP, Role.EXECUTIVE, Role.INTEGRATION])
def test_only_revops(acme: Account, role: Role) -> None:
    tags(acme, "noise", 3)
    row, by = proposed(), people.user(role)
    calls: list[Any] = [
        lambda: retune.propose(quarter=QUARTER, by=by, now=AFTER),
        lambda: retune.accept(retune=row.pk, by=by, now=AFTER),
        lambda: retune.decline(retune=row.pk, reason="No.", by=by, now=AFTER),
        lambda: retune.revert(retune=row.pk, by=by, now=AFTER),
    ]
    for call in calls:
        with pytest.raises(Refused, match="RevOps owns the catalogue"):
            call()


def test_the_effect_tells_what_is_kept_gained_and_lost(acme: Account, ruth: User) -> None:
    put_threshold(
        slug="warm",
        fields={"name": "Warm", "status": "active", "condition": {"intent": {"at_least": 30}}, "tiers": [1]},
        by=None,
    )
    other = people.account("Beta", "beta.example")
    ListMembership.objects.create(
        account=other, tier=1, valid_from=IN_IT - 300 * DAY, side=Side.REVOPS, reason="A test."
    )
    for _ in range(2):
        signal(acme, "pricing-page", at=IN_IT)  # 20 points: intent 39; at half the weight of both, 12
    for _ in range(2):
        signal(other, "demo-request", at=IN_IT)  # 100 points: crosses at half the source's weight, too
    tags(other, "noise", 10, of="app-opened", at=IN_IT + DAY)
    crossed = crossing(acme, [signal(acme, "pricing-page", at=IN_IT)], at=IN_IT)
    say(user=people.user(Role.REP), verdict="noise", crossing=crossed.pk, now=IN_IT)
    row = proposed()
    (line,) = row.effect["thresholds"]
    assert (line["name"], line["before"], line["after"]) == ("Warm", 2, 1)
    assert (line["kept"], line["gained"], line["lost"]) == (1, 0, 1)
    assert [account for account, _ in line["lost_on"]] == [acme.pk]
    retune.accept(retune=row.pk, by=ruth, now=AFTER)
    surveyed = WorkItem.objects.filter(kind="survey").values_list("subject_id", flat=True)
    assert Threshold.objects.get(slug="warm").pk in surveyed


@pytest.mark.django_db(transaction=True)
def test_two_decisions_at_once_are_one(acme: Account, ruth: User) -> None:
    tags(acme, "noise", 10)
    row = proposed()
    start, ends = threading.Barrier(2), []

    def decide(how: str) -> None:
        try:
            start.wait()
            if how == "accept":
                retune.accept(retune=row.pk, by=ruth, now=AFTER)
            else:
                retune.decline(retune=row.pk, reason="No.", by=ruth, now=AFTER)
            ends.append(how)
        except Conflict:
            ends.append("conflict")
        finally:
            connection.close()

    threads = [threading.Thread(target=decide, args=(how,)) for how in ("accept", "decline")]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    row.refresh_from_db()
    assert sorted(ends) == sorted(["conflict", {"accepted": "accept", "declined": "decline"}[row.status]])
    assert weights()["site"] == (0.5 if row.status == "accepted" else 1.0)


def test_new_scores_reach_everybody_at_once(acme: Account, ruth: User, revops: Any, moment: datetime) -> None:
    revops.bulk("signals", make.record(moment, type="demo-request", message_id="d1"))
    work.drain_all()
    intent = acme.state.intent
    assert intent > 60
    tags(acme, "noise", 10, of="demo-request", at=moment)
    row = retune.propose(quarter=quarter_of(moment), by=ruth, now=moment + timedelta(minutes=1))
    work.drain_all()
    retune.accept(retune=row.pk, by=ruth, now=moment + timedelta(minutes=2))
    work.drain_all()
    acme.state.refresh_from_db()
    assert acme.state.intent < intent / 2
