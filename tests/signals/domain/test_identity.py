"""Who an event says it is about."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from signals.domain import identity


def is_free_mail(domain: str) -> bool:
    return domain in {"gmail.com", "gmx.de"}


def read(event: dict[str, Any]) -> identity.Identity:
    return identity.from_event(event, is_free_mail=is_free_mail)


@pytest.mark.parametrize(
    ("event", "keys"),
    [
        pytest.param({"groupId": "acc-1"}, ["external:acc-1"], id="a group id"),
        pytest.param({"groupId": 42}, ["external:42"], id="a number"),
        pytest.param({"groupId": 42.0}, ["external:42"], id="a number that JSON wrote with a point"),
        pytest.param({"groupId": " acc-1\0 "}, ["external:acc-1"], id="spaces and NUL"),
        pytest.param(
            {"groupId": "www.Acme.com"},
            ["domain:acme.com", "external:www.Acme.com"],
            id="a group id that is a domain",
        ),
        pytest.param({"groupId": "v1.2"}, ["external:v1.2"], id="a dot makes no domain"),
        pytest.param(
            {"groupId": "gmail.com"}, ["external:gmail.com"], id="free mail is no domain key here either"
        ),
        pytest.param({"groupId": True, "context": {"groupId": []}}, [], id="no ids"),
        pytest.param({"groupId": "x" * 255}, [], id="too long to be one"),
        pytest.param({"context": {"groupId": "acc-2"}}, ["external:acc-2"], id="the context's group"),
        pytest.param(
            {"groupId": "1", "context": {"groupId": "2", "traits": {"email": "a@acme.com"}}},
            ["external:1", "external:2", "domain:acme.com"],
            id="the order of places",
        ),
        pytest.param(
            {
                "traits": {
                    "email": "Ann@Mail.Acme.co.uk",
                    "company": {"website": "https://acme.io/x", "id": "7"},
                }
            },
            ["domain:acme.co.uk", "domain:acme.io", "external:7"],
            id="the registrable domain of the address, then the company",
        ),
        pytest.param(
            {"traits": {"email": "ann@gmail.com", "company": {"domain": "acme.com"}}},
            ["domain:acme.com"],
            id="free mail says nothing of the account",
        ),
        pytest.param(
            {"traits": {"email": "ann@gmail.com", "website": "gmx.de"}}, [], id="nor does it as a website"
        ),
        pytest.param({"traits": {"company": "Acme"}}, [], id="a company's name is no key"),
        pytest.param(
            {"type": "group", "groupId": "9", "traits": {"website": "https://www.acme.com", "id": "5"}},
            ["external:9", "domain:acme.com"],
            id="a group call's traits are the company's",
        ),
        pytest.param(
            {"properties": {"email": "a@acme.com"}}, ["domain:acme.com"], id="a track call's properties"
        ),
        pytest.param({"traits": {"email": "a@localhost"}}, [], id="no public domain"),
        pytest.param({"traits": [], "context": "x", "properties": 5}, [], id="odd shapes"),
        pytest.param(
            {"groupId": "acme.com", "traits": {"email": "a@acme.com"}},
            ["domain:acme.com", "external:acme.com"],
            id="each key once",
        ),
    ],
)
def test_account_keys(event: dict[str, Any], keys: list[str]) -> None:
    assert [str(key) for key in read(event).account_keys] == keys


@pytest.mark.parametrize(
    ("value", "email"),
    [
        ("Ann@Acme.com", "ann@acme.com"),
        (" ann@acme.com ", "ann@acme.com"),
        ("mailto:ann@acme.com", "ann@acme.com"),
        ("ann@gmail.com", "ann@gmail.com"),
        ("ann+x.y@sub.acme.com", "ann+x.y@sub.acme.com"),
        ("ann@acme", None),
        ("ann at acme.com", None),
        ("a@b@acme.com", None),
        ("<ann@acme.com>", None),
        ("@acme.com", None),
        (5, None),
        (None, None),
    ],
)
def test_the_contact_is_known_by_address(value: object, email: str | None) -> None:
    assert read({"traits": {"email": value}}).email == email


def test_a_group_call_says_nothing_of_the_person() -> None:
    found = read({"type": "group", "groupId": "1", "traits": {"email": "info@acme.com", "name": "Acme"}})
    assert (found.email, found.name) == (None, "")


@pytest.mark.parametrize(
    ("event", "people"),
    [
        ({"userId": "u1"}, ["user:u1"]),
        ({"userId": 7, "anonymousId": "a1"}, ["user:7", "anonymous:a1"]),
        ({"type": "alias", "userId": "u1", "previousId": "a1"}, ["user:u1", "user:a1", "anonymous:a1"]),
        ({"userId": "", "anonymousId": None}, []),
    ],
)
def test_people_are_the_sources_own_ids(event: dict[str, Any], people: list[str]) -> None:
    assert [str(key) for key in read(event).people] == people


@pytest.mark.parametrize(
    ("traits", "name", "title"),
    [
        ({"name": " Ann Lee ", "title": "CTO"}, "Ann Lee", "CTO"),
        ({"firstName": "Ann", "lastName": "Lee", "position": "CTO"}, "Ann Lee", "CTO"),
        ({"lastName": "Lee"}, "Lee", ""),
        ({"name": {}, "title": 5}, "", "5"),
    ],
)
def test_names_and_titles(traits: dict[str, Any], name: str, title: str) -> None:
    found = read({"type": "identify", "traits": traits})
    assert (found.name, found.title) == (name, title)


def test_native_records() -> None:
    record = {
        "account_external_id": "9",
        "account_domain": "https://Acme.com/",
        "contact_email": "Ann@acme.io",
    }
    found = identity.from_record(record, is_free_mail=is_free_mail)
    assert [str(key) for key in found.account_keys] == ["external:9", "domain:acme.com", "domain:acme.io"]
    assert found.email == "ann@acme.io"
    assert found.people == ()
    free = identity.from_record({"contact_email": "a@gmail.com"}, is_free_mail=is_free_mail)
    assert (free.account_keys, free.email) == ((), "a@gmail.com")


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=20),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=3),
    max_leaves=6,
)
FIELDS = (
    "type",
    "userId",
    "anonymousId",
    "previousId",
    "groupId",
    "traits",
    "context",
    "properties",
    "email",
)


@given(st.dictionaries(st.sampled_from(FIELDS), JSON | st.dictionaries(st.sampled_from(FIELDS), JSON)))
def test_nothing_that_is_sent_makes_it_fail(event: dict[str, Any]) -> None:
    found = read(event)
    assert all(key.value and "\0" not in key.value for key in (*found.account_keys, *found.people))
