"""The escalation register over REST."""

from datetime import timedelta
from typing import Any

import pytest
from django.utils import timezone

from abmops.lib.choices import Role
from accounts.models import User
from accounts.services.apikey import create_key
from governance.models import Escalation
from tests.accounts import make
from tests.api.caller import Caller
from tests.governance.test_escalation import OUTCOME, opened

pytestmark = pytest.mark.django_db


def caller(role: Role) -> Caller:
    _, key = create_key(name=f"test {role}", role=role, scopes=("read", "write"), now=timezone.now())
    return Caller(key)


def record(people: list[User], **changes: Any) -> dict[str, Any]:
    return {
        "title": "Retire the tier 3 ads",
        "why": "The budget for December is booked on Tuesday.",
        "deadline": (timezone.now() + timedelta(days=2)).date().isoformat(),
        "deciders": [person.email for person in people],
    } | changes


def test_opened_read_commented_and_resolved() -> None:
    people, account, api = [make.user() for _ in range(3)], make.account(), caller(Role.REVOPS)
    body = record(people, links=[{"type": "account", "id": account.pk}])
    made = api.post("escalations/", body)
    assert made.status_code == 201, made.content
    answer = made.json()
    assert answer["deciders"] == [person.email for person in people]
    assert answer["links"] == [{"type": "account", "id": account.pk, "label": "Acme"}]
    path = f"escalations/{answer['id']}/"
    assert api.post(f"{path}comments/", {"text": "Numbers are on the board."}).status_code == 201
    done = api.post(f"{path}resolve/", {"outcome": OUTCOME})
    assert (done.status_code, done.json()["state"]) == (200, "resolved")
    assert [event["kind"] for event in api.get(path).json()["events"]] == ["opened", "comment", "resolved"]
    again = api.post(f"{path}withdraw/", {"reason": "No."})
    assert (again.status_code, again.json()["code"]) == (409, "conflict")


@pytest.mark.parametrize(
    ("changes", "pointer"),
    [
        pytest.param({"deadline": "soon"}, "/deadline", id="no day"),
        pytest.param({"deadline": "2020-01-01"}, "/deadline", id="a day that has passed"),
        pytest.param({"deciders": ["nobody@x.example"]}, "/deciders/0", id="no such person"),
        pytest.param({"deciders": []}, "/deciders", id="nobody"),
        pytest.param({"links": [{"type": "planet", "id": 1}]}, "/links/0/type", id="no such kind"),
        pytest.param({"links": [{"type": "account", "id": 999999}]}, "/links/0/id", id="no such account"),
        pytest.param({"why": "Soon."}, "/why", id="no reason"),
        pytest.param({"colour": "red"}, "/colour", id="no such field"),
    ],
)
def test_what_is_wrong_is_named(changes: dict[str, Any], pointer: str) -> None:
    answer = caller(Role.REVOPS).post("escalations/", record([make.user() for _ in range(3)], **changes))
    assert answer.status_code == 400, answer.content
    assert pointer in [error["pointer"] for error in answer.json()["errors"]]
    assert not Escalation.objects.exists()


def test_a_short_outcome_is_refused() -> None:
    escalation = opened(timezone.now())
    answer = caller(Role.REVOPS).post(f"escalations/{escalation.pk}/resolve/", {"outcome": "Done."})
    assert (answer.status_code, answer.json()["errors"][0]["pointer"]) == (400, "/outcome")


def test_who_decides_nothing_is_refused() -> None:
    escalation = opened(timezone.now())
    answer = caller(Role.REP).post(f"escalations/{escalation.pk}/resolve/", {"outcome": OUTCOME})
    assert (answer.status_code, answer.json()["code"]) == (422, "not_a_decider")


def test_integrations_read_and_do_not_write() -> None:
    opened(timezone.now())
    api = caller(Role.INTEGRATION)
    assert len(api.get("escalations/").json()["results"]) == 1
    assert api.post("escalations/", record([make.user() for _ in range(3)])).status_code == 403


def test_lists_are_filtered() -> None:
    account, now = make.account(), timezone.now()
    about = opened(now)
    about.links.create(kind="account", target_id=account.pk)
    opened(now)
    api = caller(Role.INTEGRATION)
    found = api.get("escalations/?account_domain=acme.example").json()["results"]
    assert [row["id"] for row in found] == [about.pk]
    assert api.get("escalations/?state=resolved").json()["results"] == []
    assert api.get("escalations/?state=asleep").status_code == 400
