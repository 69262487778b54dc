"""People who leave: everything of theirs is shared out, by rule or by hand, and comes back whole for a week."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import date
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from abmops.lib import owning
from abmops.lib.errors import AbmopsError, FieldErrors, Refused
from accounts.models import Absence, Account, GapAssignment, Opportunity, SavedView, Sidecar, User
from governance.models import Escalation
from plays.domain.dealing import Held, deal, spread
from plays.domain.staffing import Person
from plays.models import Burst, Departure, Endpoint, Enrollment, RoutingRule, Task
from plays.services.staff.leaving import leave, undo_departure
from plays.services.staff.sharing import EVENLY, WITH_ACCOUNT, Heirs, plan
from signals.models import Source, Threshold
from tests.plays.make import NOW, a_play, a_territory, a_threshold, a_user, an_account
from tests.plays.test_away import DAY, a_task, away

pytestmark = pytest.mark.django_db


@pytest.fixture
def maya() -> User:
    return a_user(name="Maya", time_zone="Europe/Berlin")


@pytest.fixture
def piet() -> User:
    return a_user(name="Piet", job="ae")


@pytest.fixture
def ruth() -> User:
    return a_user(name="Ruth", role="revops", job="")


@pytest.fixture
def world(maya: User, piet: User, ruth: User) -> dict[str, Any]:
    """Maya owns two accounts, a task on each, a play, a threshold, a rule, and stands in for Piet."""
    here = a_territory("here")
    sue = a_user(name="Sue", territory=here)
    accounts = [an_account(owner=maya, territory=here), an_account(owner=maya)]
    tasks = [a_task(maya, due=NOW + DAY, account=one) for one in accounts]
    play, threshold = a_play(), a_threshold()
    type(play).objects.filter(pk=play.pk).update(owner=maya)
    Threshold.objects.filter(pk=threshold.pk).update(owner=maya)
    rule = RoutingRule.objects.create(
        position=1, name="R", target="person", person=maya, reason="So.", changed_at=NOW
    )
    absence = away(piet, maya)
    return {"sue": sue, "accounts": accounts, "tasks": tasks, "play": play, "rule": rule, "absence": absence}


def test_a_plan_says_who_would_get_what_and_writes_nothing(
    world: dict[str, Any], maya: User, ruth: User
) -> None:
    found = plan(user=maya, heirs=Heirs(ruth), now=NOW)
    assert [(one.person, one.accounts, one.tasks, one.things) for one in found.shares] == [
        ("Sue", 2, 2, 0),
        ("Ruth", 0, 0, 4),
    ]
    assert Account.objects.filter(owner=maya).count() == 2
    assert Task.objects.filter(owner=maya).count() == 2


def test_leaving_hands_everything_over_at_once_and_comes_back_whole(
    world: dict[str, Any], maya: User, piet: User, ruth: User
) -> None:
    departure = leave(user=maya, heirs=Heirs(ruth), by=ruth, reason="Last day.", now=NOW)
    maya.refresh_from_db()
    assert not maya.is_active
    assert set(Account.objects.values_list("owner", flat=True)) == {world["sue"].pk}
    assert set(Task.objects.values_list("owner", flat=True)) == {world["sue"].pk}
    world["play"].refresh_from_db()
    assert (world["play"].owner, RoutingRule.objects.get().person) == (ruth, ruth)
    assert Absence.objects.get(pk=world["absence"].pk).stand_in == ruth
    undo_departure(departure=departure, by=ruth, now=NOW + 6 * DAY)
    maya.refresh_from_db()
    assert maya.is_active
    assert Account.objects.filter(owner=maya).count() == 2
    assert Task.objects.filter(owner=maya).count() == 2
    world["play"].refresh_from_db()
    assert (world["play"].owner, RoutingRule.objects.get().person) == (maya, maya)
    assert Absence.objects.get(pk=world["absence"].pk).stand_in == maya


def test_to_one_person(world: dict[str, Any], maya: User, piet: User, ruth: User) -> None:
    leave(
        user=maya,
        heirs=Heirs(ruth, among=(piet,), accounts="load", tasks=WITH_ACCOUNT),
        by=ruth,
        reason="Last day.",
        now=NOW,
    )
    assert set(Account.objects.values_list("owner", flat=True)) == {piet.pk}
    assert set(Task.objects.values_list("owner", flat=True)) == {piet.pk}


@pytest.mark.parametrize(
    ("days", "sentence"), [(8, "can be taken back for a week"), (0, "taken back already")]
)
def test_a_leaving_comes_back_once_and_for_a_week(
    world: dict[str, Any], maya: User, ruth: User, days: int, sentence: str
) -> None:
    departure = leave(user=maya, heirs=Heirs(ruth), by=ruth, reason="Last day.", now=NOW)
    if not days:
        undo_departure(departure=departure, by=ruth, now=NOW)
    with pytest.raises(AbmopsError, match=sentence):
        undo_departure(departure=departure, by=ruth, now=NOW + days * DAY)


def test_what_was_finished_or_moved_since_stays(
    world: dict[str, Any], maya: User, piet: User, ruth: User
) -> None:
    departure = leave(user=maya, heirs=Heirs(ruth), by=ruth, reason="Last day.", now=NOW)
    moved, kept = world["tasks"]
    Task.objects.filter(pk=moved.pk).update(owner=piet)
    undo_departure(departure=departure, by=ruth, now=NOW + DAY)
    assert Task.objects.get(pk=moved.pk).owner == piet
    assert Task.objects.get(pk=kept.pk).owner == maya
    assert Departure.objects.get().undone_by == ruth


def test_nobody_carries_out_their_own_leaving(ruth: User, piet: User) -> None:
    with pytest.raises(Refused, match="Somebody else of RevOps"):
        leave(user=ruth, heirs=Heirs(piet), by=ruth, reason="Off.", now=NOW)


def test_the_queries_of_a_leaving_do_not_grow(piet: User, ruth: User) -> None:
    def queries(n: int) -> int:
        leaver = a_user()
        for _ in range(n):
            a_task(leaver, due=NOW + DAY)
        with CaptureQueriesContext(connection) as captured:
            leave(user=leaver, heirs=Heirs(ruth, among=(piet,)), by=ruth, reason="Off.", now=NOW)
        return len(captured)

    assert queries(2) == queries(15)


def test_the_queries_of_a_preview_do_not_grow(maya: User, piet: User, ruth: User) -> None:
    client = Client()
    User.objects.filter(pk=ruth.pk).update(toured_at=NOW)
    client.force_login(ruth)
    said = {
        "accounts": "territory",
        "tasks": "load",
        "among": [piet.pk],
        "rest": "load",
        "things": ruth.pk,
        "do": "plan",
    }

    def queries(n: int) -> int:
        for _ in range(n):
            a_task(maya, due=NOW + DAY, account=an_account(owner=maya, territory=a_territory()))
            away(a_user(), maya)
            GapAssignment.objects.create(account=an_account(), field="industry", to=maya, at=NOW)
        with CaptureQueriesContext(connection) as captured:
            page = client.post(f"/settings/people/{maya.pk}/leaving/", said)
        assert page.status_code == 200
        assert "Who would get what" in page.content.decode()
        return len(captured)

    queries(1)
    assert queries(1) == queries(8)


# --- By rule --------------------------------------------------------------------------------------------------------

PEOPLE = {
    1: Person(1, "Leaver", "rep", "sdr"),
    2: Person(2, "North SDR", "rep", "sdr", territory_id=7),
    3: Person(3, "South SDR", "rep", "sdr", territory_id=8),
    4: Person(4, "North AE", "rep", "ae", territory_id=7),
    5: Person(5, "Ruth", "revops"),
}
HELD = [Held(11, 7, 1), Held(12, 7, 2), Held(13, 8, 1), Held(14, None, 2), Held(15, 9, None), Held(16, 7, 1)]


@pytest.mark.parametrize(
    ("said", "owned", "wanted"),
    [
        pytest.param({}, {}, {11: 2, 12: 2, 13: 3, 14: 3, 15: 3, 16: 2}, id="the seat in the territory, then evenly"),
        pytest.param({"rule": "load"}, {2: 9}, dict.fromkeys(range(11, 17), 3), id="the fewest, with what they have"),
        pytest.param(
            {"rule": "load", "among": (4, 5)}, {}, {11: 4, 13: 5, 16: 4, 12: 5, 14: 4, 15: 5}, id="among the chosen"
        ),
        pytest.param(
            {"rule": "territory", "among": (3, 4)}, {}, {11: 4, 16: 4, 12: 4, 13: 3, 14: 3, 15: 3},
            id="whoever covers the territory, of any seat",
        ),
        pytest.param(
            {"rule": "tier", "among": (2, 3)}, {2: 50}, {11: 3, 13: 2, 16: 3, 12: 3, 14: 2, 15: 3},
            id="each tier evenly, whatever they have",
        ),
        pytest.param(
            {"rule": "tier", "among": (2, 3), "tiers": {1: 4, 0: 5}}, {},
            {11: 4, 13: 4, 16: 4, 12: 2, 14: 3, 15: 5}, id="a tier to whom it is given",
        ),
        pytest.param(
            {"rule": "load", "among": (99,)}, {2: 9}, dict.fromkeys(range(11, 17), 3), id="who is not here is not asked"
        ),
    ],
)  # fmt: skip
def test_accounts_are_dealt_by_rule(
    said: Mapping[str, Any], owned: Mapping[int, int], wanted: Mapping[int, int]
) -> None:
    assert deal(HELD, PEOPLE[1], PEOPLE, owned, **said) == wanted


def test_without_a_rep_accounts_go_to_the_pool() -> None:
    assert deal(HELD[:1], PEOPLE[1], {5: PEOPLE[5]}, {}) == {11: None}


def test_things_go_round_evenly() -> None:
    things = [("plays", 1), ("plays", 2), ("rules", 1), ("rules", 2), ("rules", 3)]
    assert list(spread(things, [8, 4]).values()) == [4, 8, 4, 8, 4]


# --- Several heirs --------------------------------------------------------------------------------------------------


def test_tasks_are_shared_by_load_or_go_with_the_account(maya: User, piet: User, ruth: User) -> None:
    sue, accounts = a_user(name="Sue"), [an_account(owner=maya) for _ in range(4)]
    for one in accounts:
        a_task(maya, due=NOW + DAY, account=one)
    elsewhere = a_task(maya, due=NOW + DAY, account=an_account(owner=piet))
    a_task(sue, due=NOW + DAY)
    even = plan(user=maya, heirs=Heirs(ruth, among=(sue, piet), tasks=EVENLY), now=NOW)
    assert {one.person: one.tasks for one in even.shares if one.tasks} == {"Piet": 3, "Sue": 2}
    found = plan(
        user=maya, heirs=Heirs(ruth, among=(sue, piet), accounts="load", tasks=WITH_ACCOUNT), now=NOW
    )
    for passing in found.tasks:
        if passing.task.pk != elsewhere.pk:
            assert passing.to_id == found.accounts[passing.task.account_id]
        assert passing.reason
    assert {one.to_id for one in found.tasks} == {sue.pk, piet.pk}


def test_by_hand_comes_before_every_rule(world: dict[str, Any], maya: User, piet: User, ruth: User) -> None:
    first, second = world["accounts"]
    picks = {
        ("accounts", first.pk): piet.pk,
        ("tasks", world["tasks"][1].pk): ruth.pk,
        ("plays", world["play"].pk): piet.pk,
        ("rules", world["rule"].pk): world["sue"].pk,
        ("plays", 10**8): piet.pk,
    }
    departure = leave(user=maya, heirs=Heirs(ruth, picks=picks), by=ruth, reason="Last day.", now=NOW)
    assert dict(Account.objects.values_list("pk", "owner")) == {first.pk: piet.pk, second.pk: world["sue"].pk}
    assert Task.objects.get(pk=world["tasks"][1].pk).owner == ruth
    assert "chosen when Maya left" in Task.objects.get(pk=world["tasks"][1].pk).routed
    world["play"].refresh_from_db()
    assert (world["play"].owner, RoutingRule.objects.get().person) == (piet, world["sue"])
    assert Threshold.objects.get().owner == ruth
    undo_departure(departure=departure, by=ruth, now=NOW + DAY)
    world["play"].refresh_from_db()
    assert (world["play"].owner, RoutingRule.objects.get().person, Threshold.objects.get().owner) == (
        maya,
    ) * 3
    assert Account.objects.filter(owner=maya).count() == Task.objects.filter(owner=maya).count() == 2
    assert list(
        Threshold.objects.get().edits.order_by("pk").values_list("before", "after", "by", "reason")
    ) == [
        (maya.name, ruth.name, ruth.pk, "Maya has left."),
        (ruth.name, maya.name, ruth.pk, "The leaving of Maya was taken back."),
    ]


@pytest.mark.parametrize(
    ("said", "error", "sentence"),
    [
        ({"tasks": EVENLY}, FieldErrors, "Choose who shares."),
        ({"is_spread": True}, FieldErrors, "Choose who shares."),
        ({"accounts": "lots"}, FieldErrors, "There is no such rule."),
        ({"tasks": "lots"}, FieldErrors, "There is no such rule."),
        ({"picks": {("accounts", 1): 10**8}}, Refused, "Somebody can take nothing over"),
    ],
)
def test_what_cannot_be_shared_says_why(
    maya: User, ruth: User, said: dict[str, Any], error: type[AbmopsError], sentence: str
) -> None:
    with pytest.raises(error) as caught:
        plan(user=maya, heirs=Heirs(ruth, **said), now=NOW)
    shown = caught.value.errors[0].detail if isinstance(caught.value, FieldErrors) else caught.value.message
    assert sentence in shown


def test_nobody_who_has_gone_and_not_the_leaver_inherits(maya: User, piet: User, ruth: User) -> None:
    User.objects.filter(pk=piet.pk).update(is_active=False)
    for heirs in (
        Heirs(ruth, among=(piet,)),
        Heirs(maya),
        Heirs(ruth, tiers={1: piet}),
        Heirs(ruth, picks={("plays", 1): maya.pk}),
    ):
        with pytest.raises(Refused, match="can take nothing over"):
            plan(user=maya, heirs=heirs, now=NOW)


# --- Nothing is left without an owner -------------------------------------------------------------------------------

RECORDS = {
    "by_id", "adopted_by_id", "made_by_id", "decided_by_id", "undone_by_id", "lifted_by_id", "changed_by_id",
    "created_by_id", "edited_by_id", "submitted_by_id", "approved_by_id", "opened_by_id", "closed_by_id",
    "proposed_by_id", "reverted_by_id", "ignored_by_id", "asked_by_id", "removed_by_id", "ended_by_id",
    "dismissed_by_id",
}  # fmt: skip
"""Columns that only say who did it."""

THEIR_OWN = {
    ("accounts_apikey", "user_id"): "A key acts as its person and ends with them; the page says so first.",
    ("accounts_absence", "user_id"): "Their own days off.",
    ("accounts_defaultview", "user_id"): "Their own choice.",
    ("accounts_touch", "person_id"): "Who spoke to the account: history.",
    ("accounts_user_groups", "user_id"): "Follows the role.",
    ("accounts_user_user_permissions", "user_id"): "Nobody else's.",
    ("django_admin_log", "user_id"): "What they did in the admin.",
    ("plays_calendarfeed", "user_id"): "Closed while they are not active.",
    ("plays_delivery", "user_id"): "To them; not sent once they have gone.",
    ("plays_departure", "user_id"): "That they left.",
    ("plays_notice", "user_id"): "What they were told.",
    ("plays_noticewishes", "user_id"): "Their own choice.",
    ("plays_pause", "person_id"): "Their own rest.",
    ("plays_slabreach", "owner_id"): "Who was late: history.",
    ("plays_slabreach", "handed_to_id"): "Who took it over: history.",
    ("plays_task", "claimed_by_id"): "A lease of five minutes.",
    ("signals_feedback", "user_id"): "What they said of a signal.",
}

_COLUMNS = """
SELECT c.conrelid::regclass::text, a.attname
FROM pg_constraint c JOIN pg_attribute a ON a.attrelid = c.conrelid AND a.attnum = ANY(c.conkey)
WHERE c.contype = 'f' AND c.confrelid = 'accounts_user'::regclass
"""


def an_enrollment(**who: User) -> Enrollment:
    play = a_play()
    version = play.current
    assert version is not None
    return Enrollment.objects.create(
        account=an_account(), play=play, version=version, state="active", enrolled_at=NOW, **who
    )


def an_escalation(user: User) -> Escalation:
    row = Escalation.objects.create(
        title="Which?", why="It cannot wait.", deadline=date(2026, 12, 1), opened_at=NOW
    )
    row.deciders.set([user, a_user(), a_user()])
    return row


OWNED: Mapping[tuple[str, str], Callable[[User], Any]] = {
    ("accounts_account", "owner_id"): lambda user: an_account(owner=user),
    ("accounts_absence", "stand_in_id"): lambda user: away(a_user(), user),
    ("accounts_sidecar", "owner_id"): lambda user: Sidecar.objects.create(slug="x", name="HubSpot", owner=user),
    ("accounts_savedview", "owner_id"): lambda user: SavedView.objects.create(
        page="accounts:list", name="Hot", owner=user, is_shared=True, created_at=NOW
    ),
    ("accounts_gapassignment", "to_id"): lambda user: GapAssignment.objects.create(
        account=an_account(), field="industry", to=user, at=NOW
    ),
    ("accounts_opportunity", "owner_id"): lambda user: Opportunity.objects.create(
        account=an_account(), external_id="O1", name="Deal", owner=user, opened_at=NOW, stage="new"
    ),
    ("signals_source", "owner_id"): lambda user: Source.objects.create(
        slug="g2", name="G2", kind="third_party", owner=user
    ),
    ("signals_threshold", "owner_id"): lambda user: Threshold.objects.create(slug="t", name="T", owner=user),
    ("plays_play", "owner_id"): lambda user: type(a_play()).objects.update(owner=user),
    ("plays_endpoint", "owner_id"): lambda user: Endpoint.objects.create(
        slug="w", name="W", surface="webhook", owner=user, created_at=NOW, updated_at=NOW
    ),
    ("plays_routingrule", "person_id"): lambda user: RoutingRule.objects.create(
        position=1, name="R", target="person", person=user, reason="So.", changed_at=NOW
    ),
    ("plays_burst", "owner_id"): lambda user: Burst.objects.create(
        name="B", channel="ad", starts_on=date(2026, 11, 20), ends_on=date(2026, 11, 30), owner=user, created_at=NOW,
        updated_at=NOW,
    ),
    ("plays_task", "owner_id"): lambda user: a_task(user, due=NOW + DAY, account=an_account()),
    ("plays_enrollment", "owner_id"): lambda user: an_enrollment(owner=user),
    ("plays_enrollment", "handed_to_id"): lambda user: an_enrollment(handed_to=user),
    ("governance_escalation_deciders", "user_id"): an_escalation,
}  # fmt: skip
"""Columns that mean: this person answers for the row. Each with how to make one."""


def columns() -> set[tuple[str, str]]:
    """Every column of the database that names a person, partitions left out."""
    with connection.cursor() as cursor:
        cursor.execute(_COLUMNS)
        return {
            (table, column)
            for table, column in cursor.fetchall()
            if table in connection.introspection.table_names()
        }


def test_every_column_that_names_a_person_is_owned_a_record_or_their_own(db: None) -> None:
    known = OWNED.keys() | THEIR_OWN.keys()
    assert {one for one in columns() if one not in known and one[1] not in RECORDS} == set()
    assert known <= columns()


@pytest.mark.parametrize("column", sorted(OWNED), ids=".".join)
def test_nothing_is_left_with_who_has_gone_and_all_of_it_comes_back(
    maya: User, piet: User, ruth: User, column: tuple[str, str]
) -> None:
    def theirs() -> int:
        table, name = column
        with connection.cursor() as cursor:
            cursor.execute(f"SELECT count(*) FROM {table} WHERE {name} = %s", [maya.pk])
            return int(cursor.fetchone()[0])

    OWNED[column](maya)
    assert theirs() == 1
    if column[0] != "plays_enrollment":
        assert owning.owned_by(maya.pk, now=NOW)
    departure = leave(user=maya, heirs=Heirs(ruth), by=ruth, reason="Last day.", now=NOW)
    assert theirs() == 0
    assert not User.objects.get(pk=maya.pk).is_active
    undo_departure(departure=departure, by=ruth, now=NOW + 6 * DAY)
    assert theirs() == 1


def test_what_is_over_stays_as_it_was(maya: User, ruth: User) -> None:
    made = Burst.objects.create(
        name="B", channel="ad", starts_on=date(2026, 1, 1), ends_on=date(2026, 1, 9), owner=maya, created_at=NOW,
        updated_at=NOW,
    )  # fmt: skip
    leave(user=maya, heirs=Heirs(ruth), by=ruth, reason="Last day.", now=NOW)
    made.refresh_from_db()
    assert made.owner == maya


def test_a_shared_view_whose_name_the_heir_has_gets_a_number(maya: User, ruth: User) -> None:
    for owner in (maya, ruth):
        SavedView.objects.create(
            page="accounts:list", name="Hot", owner=owner, is_shared=True, created_at=NOW
        )
    SavedView.objects.create(page="accounts:list", name="Mine", owner=maya, created_at=NOW)
    departure = leave(user=maya, heirs=Heirs(ruth), by=ruth, reason="Last day.", now=NOW)
    assert sorted(SavedView.objects.filter(owner=ruth).values_list("name", flat=True)) == ["Hot", "Hot 2"]
    undo_departure(departure=departure, by=ruth, now=NOW)
    assert SavedView.objects.filter(owner=maya).count() == 2


def test_an_heir_who_decides_an_escalation_already_decides_it_once(maya: User, ruth: User) -> None:
    row = an_escalation(maya)
    row.deciders.add(ruth)
    departure = leave(user=maya, heirs=Heirs(ruth), by=ruth, reason="Last day.", now=NOW)
    assert (row.deciders.count(), row.deciders.filter(pk=ruth.pk).exists()) == (3, True)
    undo_departure(departure=departure, by=ruth, now=NOW)
    assert set(row.deciders.values_list("pk", flat=True)) >= {maya.pk, ruth.pk}
    assert row.deciders.count() == 4
