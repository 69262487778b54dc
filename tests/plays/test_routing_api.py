"""The routing table and absences over the API."""

from __future__ import annotations

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from accounts.models import Absence, User
from plays.models import RoutingRule
from tests.plays.make import a_territory, a_user
from tests.plays.test_api import as_user, post

pytestmark = pytest.mark.django_db

RULE = {
    "name": "Nordics",
    "target": "territory",
    "seats": ["ae"],
    "territories": ["nordics"],
    "reason": "They know.",
}


@pytest.fixture
def revops() -> User:
    return a_user(role="revops", job="")


def test_a_rule_is_written_changed_and_removed(revops: User) -> None:
    a_territory("nordics")
    client, ada = as_user(revops), a_user(name="Ada")
    made = post(client, "routing-rules/", RULE | {"tiers": [1, 0], "countries": ["Norway"]})
    assert made.status_code == 201, made.json()
    said = made.json()
    assert (said["position"], said["territories"], said["countries"], said["person"]) == (
        1,
        ["nordics"],
        ["NO"],
        None,
    )
    address = f"/api/v1/routing-rules/{said['id']}/"
    changed = client.patch(
        address, {"target": "person", "person": ada.email}, content_type="application/json"
    )
    assert (changed.json()["person"], changed.json()["seats"]) == (ada.email, [])
    assert client.delete(address).status_code == 204
    assert not RoutingRule.objects.exists()


@pytest.mark.parametrize(
    ("wrong", "status", "sentence"),
    [
        ({"seats": []}, 400, "Choose at least one seat."),
        ({"target": "person"}, 400, "Choose who gets it: somebody who is here."),
        ({"territories": ["mars"]}, 404, "There is no territory mars."),
        ({"tiers": [4]}, 400, "/tiers/0"),
    ],
)
def test_what_makes_no_rule_says_why(
    revops: User, wrong: dict[str, object], status: int, sentence: str
) -> None:
    a_territory("nordics")
    answer = post(as_user(revops), "routing-rules/", RULE | wrong)
    assert answer.status_code == status
    assert sentence in answer.content.decode()


def test_absences_come_from_elsewhere_too(revops: User) -> None:
    client, maya, piet = as_user(revops), a_user(name="Maya"), a_user(name="Piet")
    said = {"user": maya.email, "starts_on": "2027-02-01", "ends_on": "2027-02-05", "stand_in": piet.email}
    made = post(client, "absences/", said)
    assert made.status_code == 201, made.json()
    assert made.json()["stand_in"] == piet.email
    assert post(client, "absences/", said).status_code == 422
    assert "Not a day." in post(client, "absences/", said | {"ends_on": "soon"}).content.decode()
    assert client.delete(f"/api/v1/absences/{made.json()['id']}/").status_code == 204
    assert not Absence.objects.exists()


def test_the_lists_ask_as_much_for_many_as_for_few(revops: User) -> None:
    client = as_user(revops)
    a_territory("nordics")

    def queries(address: str) -> int:
        with CaptureQueriesContext(connection) as captured:
            assert client.get(f"/api/v1/{address}/").status_code == 200
        return len(captured)

    def more() -> None:
        post(client, "routing-rules/", RULE)
        post(
            client, "absences/", {"user": a_user().email, "starts_on": "2027-02-01", "ends_on": "2027-02-05"}
        )

    more()
    few = [queries(address) for address in ("routing-rules", "absences")]
    for _ in range(4):
        more()
    assert [queries(address) for address in ("routing-rules", "absences")] == few
