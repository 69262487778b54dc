"""Keys that may little, whose person may less than yesterday, and that come twice at the same moment."""

from __future__ import annotations

import threading
from typing import Any

import pytest
from django.db import connection
from django.utils import timezone

from abmops.lib.choices import Role
from accounts.models import Account, IdempotentRequest
from accounts.services.apikey import create_key, revoke_key
from tests.accounts import make
from tests.api.caller import Answer, Caller
from tests.api.conftest import caller_of
from tests.api.test_access import TABLE, VALUES

READ = {route for route in TABLE if route[0] == "GET"} | {("POST", "icp/preview/")}
"""What asks and changes nothing."""

SCOPES = {
    "read": READ,
    "write": {route for route in TABLE if route[0] != "GET"},
    "ingest": {("POST", "signals/bulk/")},
}
ACME = {"records": [{"name": "Acme", "domain": "acme.example"}]}


@pytest.mark.parametrize("scope", SCOPES)
def test_a_key_of_one_scope_opens_its_routes_and_no_other(db: None, scope: str) -> None:
    caller, opened = caller_of(Role.REVOPS, (scope,)), set()
    for method, address in TABLE:
        values = VALUES
        if address.startswith(("signals/{pk}/", "deliveries/{pk}/")):
            values = {"pk": "00000000-0000-7000-8000-000000000000"}
        status = caller.send(method, address.format(**values), None if method == "GET" else {}).status_code
        assert status < 500, (method, address)
        if status not in (401, 403):
            opened.add((method, address))
    assert opened == SCOPES[scope]


@pytest.mark.parametrize(
    ("change", "status"), [("role", 403), ("leaves", 401), ("revoked", 401), ("expired", 401)]
)
def test_an_answer_is_not_given_again_to_who_may_no_longer_ask(db: None, change: str, status: int) -> None:
    person = make.user(Role.REVOPS)
    key, text = create_key(name="sync", role=Role.REVOPS, user=person, now=timezone.now())
    caller, headers = Caller(text), {"Idempotency-Key": "k"}
    assert caller.post("accounts/bulk/", ACME, headers=headers).status_code == 200
    match change:
        case "role":
            person.role = Role.EXECUTIVE
            person.save()
        case "leaves":
            person.is_active = False
            person.save()
        case "revoked":
            revoke_key(key=key, now=timezone.now())
        case _:
            key.expires_at = timezone.now()
            key.save()
    assert caller.post("accounts/bulk/", ACME, headers=headers).status_code == status


def test_what_was_deleted_under_a_key_is_deleted_once(revops: Caller) -> None:
    account, headers = make.account(), {"Idempotency-Key": "k"}
    path = f"accounts/{account.pk}/"
    first, again = (revops.send("DELETE", path, headers=headers) for _ in range(2))
    assert (first.status_code, again.status_code, again.content) == (204, 204, b"")
    assert again.headers["Idempotency-Replayed"] == "true"
    assert revops.send("DELETE", path).status_code == 404


def at_once(*calls: tuple[Caller, Any]) -> list[Answer]:
    """These callers send their accounts at the same moment, all under the key `k`."""
    answers: list[Answer] = []
    start = threading.Barrier(len(calls))

    def send(caller: Caller, body: Any) -> None:
        try:
            start.wait()
            answers.append(caller.post("accounts/bulk/", body, headers={"Idempotency-Key": "k"}))
        finally:
            connection.close()

    threads = [threading.Thread(target=send, args=call) for call in calls]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return answers


def named(name: str) -> dict[str, Any]:
    """One account of that name."""
    return {"records": [{"name": name, "domain": f"{name.lower()}.example"}]}


@pytest.mark.django_db(transaction=True)
def test_two_bodies_under_one_key_at_once_are_one_call_and_one_refusal() -> None:
    api = caller_of(Role.INTEGRATION)
    answers = at_once(*[(api, named(name)) for name in ("One", "Two", "Three")])
    assert sorted(answer.status_code for answer in answers) == [200, 422, 422]
    assert (Account.objects.count(), IdempotentRequest.objects.count()) == (1, 1)


@pytest.mark.django_db(transaction=True)
def test_one_key_of_several_callers_at_once_is_each_one_s_own() -> None:
    callers = [caller_of(role) for role in (Role.INTEGRATION, Role.REVOPS)]
    answers = at_once((callers[0], named("One")), (callers[1], named("Two")))
    assert [answer.status_code for answer in answers] == [200, 200]
    assert (Account.objects.count(), IdempotentRequest.objects.count()) == (2, 2)


@pytest.mark.django_db(transaction=True)
def test_many_keys_of_one_person_at_once_are_all_heard() -> None:
    person, now = make.user(Role.INTEGRATION), timezone.now()
    keys = [
        create_key(name=f"sync {number}", role=Role.INTEGRATION, user=person, now=now)[1]
        for number in range(6)
    ]
    answers = at_once(*[(Caller(key), named(f"A{number}")) for number, key in enumerate(keys)])
    assert [answer.status_code for answer in answers] == [200] * 6
    assert Account.objects.count() == 6
