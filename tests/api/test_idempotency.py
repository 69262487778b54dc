"""`Idempotency-Key`: sent twice, done once, answered twice; also at the same moment, and when the first one failed."""

import threading
from datetime import timedelta
from typing import Any

import pytest
from django.db import connection
from django.utils import timezone

from abmops.lib.choices import Role
from abmops.rest.idempotency import forget
from accounts.models import Account, IdempotentRequest, Touch
from tests.accounts import make
from tests.accounts.tables import dump
from tests.api.caller import Answer, Caller
from tests.api.conftest import caller_of

RECORDS = {"records": [{"name": "A", "domain": "a.example"}]}


def keyed(api: Caller, body: Any, key: str = "k-1", path: str = "accounts/bulk/") -> Answer:
    """A write under a key."""
    return api.post(path, body, headers={"Idempotency-Key": key})


def test_the_same_call_again_gets_the_first_answer(api: Caller) -> None:
    first = keyed(api, RECORDS)
    before = dump()
    again = keyed(api, RECORDS)
    assert again.content == first.content
    assert b'"created":1' in again.content
    assert again.headers["Idempotency-Replayed"] == "true"
    assert dump() == before


def test_another_body_under_the_key_is_refused(api: Caller) -> None:
    keyed(api, RECORDS)
    response = keyed(api, {"records": []})
    assert (response.status_code, response.json()["code"]) == (422, "idempotency_key_reused")
    other_path = keyed(api, RECORDS, path="contacts/bulk/")
    assert other_path.status_code == 422


def test_keys_are_each_caller_s_own(api: Caller) -> None:
    keyed(api, RECORDS)
    assert keyed(caller_of(Role.REVOPS), RECORDS).json()["unchanged"] == 1


def test_a_refused_call_may_be_mended_under_its_key(api: Caller) -> None:
    assert keyed(api, {"name": "A", "domain": "gmail.com"}, path="accounts/").status_code == 400
    assert IdempotentRequest.objects.count() == 0
    assert keyed(api, {"name": "A", "domain": "a.example"}, path="accounts/").status_code == 201


def test_partly_refused_is_answered_again_as_it_was(api: Caller) -> None:
    body = {"records": [{"domain": "a.example"}, {"domain": "gmail.com"}]}
    first, again = keyed(api, body), keyed(api, body)
    assert (first.status_code, again.status_code, again.content) == (207, 207, first.content)


@pytest.mark.parametrize("key", ["", " ", "x" * 256])
def test_a_key_has_a_shape(api: Caller, key: str) -> None:
    assert keyed(api, RECORDS, key).status_code == 400
    assert Account.objects.count() == 0


def test_reading_takes_no_key(api: Caller) -> None:
    assert api.get("accounts/", headers={"Idempotency-Key": "k"}).status_code == 200
    assert IdempotentRequest.objects.count() == 0


def test_answers_are_kept_thirty_days(api: Caller) -> None:
    keyed(api, RECORDS)
    row = IdempotentRequest.objects.get()
    assert forget(now=row.created_at + timedelta(days=29)) == 0
    assert forget(now=row.created_at + timedelta(days=31)) == 1


@pytest.mark.django_db(transaction=True)
def test_at_the_same_moment_one_does_it_and_all_get_its_answer() -> None:
    make.account()
    api = caller_of(Role.INTEGRATION)
    body = {
        "external_id": "T-1", "account_domain": "acme.example", "side": "sales", "channel": "call",
        "occurred_at": (timezone.now() - timedelta(hours=1)).isoformat(),
    }  # fmt: skip
    answers: list[Answer] = []
    start = threading.Barrier(4)

    def send() -> None:
        try:
            start.wait()
            answers.append(keyed(api, body, path="touches/"))
        finally:
            connection.close()

    threads = [threading.Thread(target=send) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert {answer.status_code for answer in answers} == {201}
    assert len({answer.content for answer in answers}) == 1
    assert Touch.objects.count() == 1
