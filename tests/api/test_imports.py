"""Files by the API: the whole way of every kind, and who may."""

from __future__ import annotations

import json
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test.client import BOUNDARY, MULTIPART_CONTENT, encode_multipart

from abmops.lib.choices import Role
from abmops.work import services as work
from accounts.models import Account, Contact, Opportunity, Touch
from tests.accounts import make
from tests.api.caller import Caller
from tests.api.conftest import caller_of

pytestmark = pytest.mark.django_db


def send(caller: Caller, text: str, kind: str = "accounts", **fields: Any) -> Any:
    """One file; the answer."""
    form = {
        "file": SimpleUploadedFile("file.csv", text.encode()),
        "kind": kind,
        "side": "revops",
        "reason": "x",
    }
    mapping = fields.pop("mapping", None)
    headers = fields.pop("headers", None)
    form |= fields | ({"mapping": json.dumps(mapping)} if mapping is not None else {})
    return caller.post(
        "imports/", encode_multipart(BOUNDARY, form), content_type=MULTIPART_CONTENT, headers=headers
    )


def whole_way(caller: Caller, text: str, kind: str, mapping: dict[str, str]) -> dict[str, Any]:
    """Brought, checked, run; the import as it ended."""
    answer = send(caller, text, kind, mapping=mapping)
    assert answer.status_code == 201, answer.json()
    address = f"imports/{answer.json()['id']}/"
    work.drain_all()
    checked = caller.get(address).json()
    assert checked["state"] == "checked", checked
    assert caller.post(f"{address}run/").status_code == 200
    work.drain_all()
    done: dict[str, Any] = caller.get(address).json()
    assert done["state"] == "done", done
    return done


def counts(import_: dict[str, Any]) -> tuple[int, int, int, int]:
    """New, changed, same, wrong."""
    return import_["created"], import_["updated"], import_["unchanged"], import_["refused"]


@pytest.mark.parametrize(
    ("kind", "text", "mapping", "model"),
    [
        pytest.param(
            "accounts",
            "Name,Web\nNew,https://www.new.example/\nOther,other.example\nBad,gmail.com\n",
            {"0": "name", "1": "domain"},
            Account,
            id="accounts",
        ),
        pytest.param(
            "contacts",
            "Mail,First,Last\na@acme.example,Ann,Berg\nb@acme.example,Bo,Li\nnobody,X,Y\n",
            {"0": "email", "1": "name.first", "2": "name.last"},
            Contact,
            id="contacts",
        ),
        pytest.param(
            "opportunities",
            "Id,Company,Name,Stage\nd1,acme.example,One,Discovery\nd2,acme.example,Two,Proposal\nd3,no.example,Three,Won\n",
            {"0": "external_id", "1": "account_domain", "2": "name", "3": "stage"},
            Opportunity,
            id="opportunities",
        ),
        pytest.param(
            "touches",
            "Company,Channel,When,Side\nacme.example,email,2026-11-01T10:00:00Z,sales\n"
            "acme.example,call,2026-11-02T10:00:00Z,sales\nnobody.example,call,2026-11-02T10:00:00Z,sales\n",
            {"0": "account_domain", "1": "channel", "2": "occurred_at", "3": "side"},
            Touch,
            id="touches",
        ),
        pytest.param(
            "list_changes",
            "Company,Tier\nacme.example,1\nsecond.example,2\nunknown.example,3\n",
            {"0": "account_domain", "1": "tier"},
            Account,
            id="list changes",
        ),
    ],
)
def test_every_kind_goes_the_whole_way(
    revops: Caller, kind: str, text: str, mapping: dict[str, str], model: Any
) -> None:
    make.account("Acme", "acme.example")
    make.account("Second", "second.example")
    done = whole_way(revops, text, kind, mapping)
    assert counts(done) == (2, 0, 0, 1)
    address = f"imports/{done['id']}/"
    wrong = revops.get(f"{address}rows/?verdict=error").json()["results"]
    assert [row["line"] for row in wrong] == [4]
    assert wrong[0]["errors"][0]["detail"]
    again = send(revops, text, kind, mapping=mapping).json()["id"]
    work.drain_all()
    if kind != "list_changes":  # without a column of dates a change counts from when the file came
        assert counts(revops.get(f"imports/{again}/").json()) == (0, 0, 2, 1)
    assert revops.post(f"{address}undo/").status_code == 200
    work.drain_all()
    assert revops.get(address).json()["state"] == "undone", revops.get(address).json()["problem"]
    if kind == "list_changes":
        assert not Account.objects.filter(is_target=True).exists()
    else:
        assert model.objects.count() == (2 if kind == "accounts" else 0)


def test_without_a_mapping_it_says_what_the_columns_probably_hold(revops: Caller) -> None:
    made = send(revops, "Name,Domain\nNew,new.example\n").json()
    assert (made["state"], made["offered"]) == ("uploaded", {"0": "name", "1": "domain"})
    assert revops.post(f"imports/{made['id']}/check/", {}).status_code == 200
    work.drain_all()
    assert counts(revops.get(f"imports/{made['id']}/").json()) == (1, 0, 0, 0)


def test_what_only_a_person_can_say_is_asked_and_not_guessed(revops: Caller) -> None:
    make.account("Acme", "acme.example")
    text = "Id,Company,When\nd1,acme.example,03/04/2026\n"
    made = send(
        revops, text, "opportunities", mapping={"0": "external_id", "1": "account_domain", "2": "opened_at"}
    ).json()
    work.drain_all()
    asked = revops.get(f"imports/{made['id']}/").json()
    assert asked["state"] == "uploaded"
    question = asked["questions"][0]
    assert question["column"] == 2
    value = next(value for value, _ in question["choices"] if "dmy" in value)
    assert (
        revops.post(f"imports/{made['id']}/check/", {"answers": {question["key"]: value}}).status_code == 200
    )
    work.drain_all()
    assert revops.post(f"imports/{made['id']}/run/").status_code == 200
    work.drain_all()
    opened = Opportunity.objects.get(external_id="d1").opened_at
    assert opened is not None
    assert (opened.day, opened.month) == (3, 4)


@pytest.mark.parametrize(
    ("fields", "code", "words"),
    [
        pytest.param({"kind": "people"}, 400, "Must be one of", id="kind"),
        pytest.param({"side": "left"}, 400, "Must be one of", id="side"),
        pytest.param({"mapping": ["x"]}, 400, "Must be an object of texts", id="mapping is a list"),
        pytest.param({"mapping": {"0": "colour"}}, 422, "There is no field colour", id="unknown field"),
        pytest.param({"mapping": {"9": "name"}}, 422, "has no column 9", id="unknown column"),
        pytest.param({"mapping": {"0": "industry"}}, 422, "No column holds", id="no key"),
    ],
)
def test_what_cannot_be_is_refused_with_a_sentence(
    revops: Caller, fields: dict[str, Any], code: int, words: str
) -> None:
    kind = fields.pop("kind", "accounts")
    answer = send(revops, "Name,Domain\nA,a.example\n", kind, **fields)
    assert answer.status_code == code
    assert words in json.dumps(answer.json(), ensure_ascii=False)


def test_a_marketer_brings_contacts_and_no_accounts(db: None) -> None:
    marketer = caller_of(Role.MARKETER)
    assert send(marketer, "Email\na@b.example\n", "contacts").status_code == 201
    refused = send(marketer, "Name,Domain\nA,a.example\n")
    assert (refused.status_code, refused.json()["code"]) == (422, "forbidden_kind")


def test_the_same_key_brings_the_file_once(revops: Caller) -> None:
    headers = {"Idempotency-Key": "file-1"}
    first = send(revops, "Name,Domain\nA,a.example\n", headers=headers)
    second = send(revops, "Name,Domain\nA,a.example\n", headers=headers)
    assert first.status_code == second.status_code == 201
    assert first.json()["id"] == second.json()["id"]


def test_too_large_a_file_is_refused(revops: Caller, settings: Any) -> None:
    settings.IMPORT_MAX_MB = 0
    assert send(revops, "Name,Domain\n" + "A,a.example\n" * 60_000).status_code == 413
