"""Two people save one threshold: one is told, neither overwrites the other unseen, and versions stay in line."""

from __future__ import annotations

from functools import partial

import pytest
from django.db import DatabaseError, transaction

from abmops.lib.choices import Role
from abmops.lib.errors import Conflict
from accounts.models import User
from signals.models import SignalType, Threshold, ThresholdEdit, ThresholdMove
from signals.services import definitions
from signals.services.definitions import Overtaken
from tests.accounts import make
from tests.api.conftest import caller_of
from tests.plays.test_races import at_once

CONDITION = {"count": {"types": ["pricing-page"], "at_least": 3, "days": 14}}


def written(slug: str = "visits", **fields: object) -> Threshold:
    SignalType.objects.get_or_create(
        slug="pricing-page", defaults={"name": "Pricing page", "kind": "first_party"}
    )
    return definitions.put_threshold(
        slug=slug, fields={"name": "Visits", "condition": CONDITION} | fields, by=None
    ).row


def saved(slug: str, seen: str, by: User, **fields: object) -> Threshold:
    return definitions.edit_threshold(slug=slug, fields=fields, reason="So.", seen=seen, by=by).row


@pytest.mark.django_db(transaction=True)
def test_of_many_savers_at_once_one_wins_and_the_others_are_told() -> None:
    row, by = written(), make.user(Role.REVOPS)
    seen = definitions.mark_of(row)
    errors = at_once([partial(saved, "visits", seen, by, rearm_days=days) for days in range(30, 36)])
    assert [type(error) for error in errors] == [Overtaken] * 5
    row.refresh_from_db()
    assert list(row.versions.values_list("number", flat=True)) == [2, 1]
    assert row.current is not None
    assert (row.current.number, row.current.reason, row.current.created_by) == (2, "So.", by)


@pytest.mark.django_db(transaction=True)
def test_of_many_who_make_one_of_a_name_nobody_changes_anothers() -> None:
    by = make.user(Role.REVOPS)
    written("other")

    def made(days: int) -> None:
        definitions.make_threshold(
            fields={"name": "Visits", "condition": CONDITION, "rearm_days": days}, reason="", by=by
        )

    errors = at_once([partial(made, days) for days in range(30, 36)])
    assert all(isinstance(error, Conflict) for error in errors)
    rows = Threshold.objects.exclude(slug="other").prefetch_related("versions")
    assert len(rows) == 6 - len(errors)
    assert all(len(row.versions.all()) == 1 for row in rows)


@pytest.mark.django_db
@pytest.mark.parametrize(
    "fields",
    [
        {"name": "Other"},
        {"rationale": "Why"},
        {"status": "active"},
        {"rearm_days": 3},
        {"tiers": [1]},
        {"urgency": "hot"},
    ],
)
def test_whatever_changed_the_mark_is_another(fields: dict[str, object]) -> None:
    row = written()
    before = definitions.mark_of(row)
    assert before == definitions.mark_of(Threshold.objects.get(pk=row.pk))
    after = definitions.put_threshold(slug="visits", fields=fields, by=None).row
    assert definitions.mark_of(after) != before


@pytest.mark.django_db
def test_the_same_again_makes_no_version_and_no_record() -> None:
    row, by = written(status="active"), make.user(Role.REVOPS)
    again = saved("visits", definitions.mark_of(row), by, status="active", condition=CONDITION)
    assert again.versions.count() == 1
    assert not ThresholdMove.objects.exists()


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("name", "slug"),
    [
        ("New", "new-2"),
        ("Visits", "visits-2"),
        ("Größe & Wahl", "groe-wahl"),
        ("价格", "threshold"),
        ("x" * 90, "x" * 44),
    ],
)
def test_an_address_is_made_of_the_name(name: str, slug: str) -> None:
    written()
    made = definitions.make_threshold(
        fields={"name": name, "condition": CONDITION}, reason="", by=make.user(Role.REVOPS)
    )
    assert made.row.slug == slug


@pytest.mark.django_db
def test_over_rest_a_version_keeps_why_and_who() -> None:
    written(status="active")
    revops = caller_of(Role.REVOPS)
    answer = revops.patch("thresholds/visits/", {"rearm_days": 30, "reason": "Quieter."})
    assert answer.status_code == 200, answer.content
    assert [one["reason"] for one in answer.json()["versions"]] == ["Quieter.", ""]
    assert revops.send("DELETE", "thresholds/visits/").status_code == 204
    [move] = ThresholdMove.objects.all()
    assert (move.after, move.by is None) == ("retired", False)


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("fields", "told"),
    [
        pytest.param({"name": "Calls"}, [("name", "Visits", "Calls")], id="renamed"),
        pytest.param({"owner": "bo@ours.example"}, [("owner", "Ann", "Bo")], id="another owner"),
        pytest.param({"owner": None}, [("owner", "Ann", "")], id="nobody's"),
        pytest.param({"rationale": "They buy."}, [("rationale", "", "They buy.")], id="a reason"),
        pytest.param(
            {"name": "Calls", "owner": None}, [("name", "Visits", "Calls"), ("owner", "Ann", "")], id="two"
        ),
        pytest.param({"name": "Visits", "owner": "ann@ours.example"}, [], id="the same again"),
        pytest.param({"rearm_days": 30}, [], id="what makes a version"),
        pytest.param({"status": "paused"}, [], id="put off"),
    ],
)
def test_another_name_owner_or_reason_is_kept_with_who_and_why(
    fields: dict[str, object], told: list[tuple[str, str, str]]
) -> None:
    ann, _ = (
        make.user(Role.REVOPS, name=name, email=f"{name}@ours.example".lower()) for name in ("Ann", "Bo")
    )
    row = written(status="active", owner="ann@ours.example")
    definitions.put_threshold(slug="visits", fields=fields, by=ann, reason="Spring cleaning.")
    edits = ThresholdEdit.objects.filter(threshold=row).order_by("pk")
    assert list(edits.values_list("field", "before", "after")) == told
    assert {(edit.by, edit.reason) for edit in edits} == ({(ann, "Spring cleaning.")} if told else set())


@pytest.mark.django_db
def test_the_record_is_only_added_to() -> None:
    row = written()
    definitions.put_threshold(slug="visits", fields={"name": "Calls"}, by=None)
    for change in ({"field": "owner"}, {"at": row.created_at}):
        with pytest.raises(DatabaseError, match="only added to"), transaction.atomic():
            ThresholdEdit.objects.update(**change)


@pytest.mark.django_db
def test_handing_over_is_noted_of_each_that_changes_hands() -> None:
    ann, bo = (
        make.user(Role.REVOPS, name=name, email=f"{name}@ours.example".lower()) for name in ("Ann", "Bo")
    )
    row = written(owner="ann@ours.example")
    for count in (1, 0):
        handed = definitions.hand_thresholds(
            ids=[row.pk], whose=ann.pk, owner=bo, by=ann, reason="Ann leaves."
        )
        assert len(handed) == count
    edit = ThresholdEdit.objects.get()
    assert (edit.field, edit.before, edit.after, edit.by, edit.reason) == (
        "owner", "Ann", "Bo", ann, "Ann leaves.",
    )  # fmt: skip


@pytest.mark.django_db
def test_over_rest_the_record_stands_beside_the_versions() -> None:
    written(status="active")
    revops = caller_of(Role.REVOPS)
    body = {"name": "Calls", "status": "paused", "reason": "We call now."}
    changes = revops.patch("thresholds/visits/", body).json()["changes"]
    assert {(one["field"], one["before"], one["after"], one["reason"]) for one in changes} == {
        ("name", "Visits", "Calls", "We call now."),
        ("status", "active", "paused", "We call now."),
    }
    assert all(one["by"] for one in changes)
