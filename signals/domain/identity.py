"""Who an event says it is about: the keys by which its account and its contact may be found, in order.

The order is API.md's: `groupId`, `context.groupId`, the traits' `email`, then `company.domain` and
`website`. Domains are registrable ones; a free-mail domain is nobody's company, so it is never a key.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import NamedTuple

from abmops.lib.domains import registrable_domain

MAX_VALUE = 254
"""Longer ids and addresses are cut from consideration: nothing real is that long."""

_ADDRESS = re.compile(r"[^\s@<>\"',;:\\()\[\]\x00-\x1f]{1,64}@[^\s@<>\"',;:\\()\[\]\x00-\x1f]{1,253}")

REMEMBERED = 16_384
"""Domains and addresses whose keys are remembered in a process: who sends one event sends several."""

OF_ACCOUNT = frozenset({"email", "company", "website", "domain"})
OF_PERSON = frozenset({"name", "firstName", "lastName", "title", "position"})
"""The traits that say who somebody is. Most events bring none of them."""

IsFreeMail = Callable[[str], bool]
Fields = Mapping[str, object]


class Key(NamedTuple):
    """One way to find an account or a person. `by` is external, domain, email, user or anonymous."""

    by: str
    value: str

    def __str__(self) -> str:
        return f"{self.by}:{self.value}"


@dataclass(frozen=True, slots=True)
class Identity:
    """What one event says of its account and its person.

    `account_keys` (external, domain) are in the order to try. `email` is the contact's, lower case.
    `people` are the source's own ids of the person (user, anonymous): what identify and group calls said of
    them before holds here too.
    """

    account_keys: tuple[Key, ...]
    email: str | None
    people: tuple[Key, ...]
    name: str = ""
    title: str = ""

    @property
    def account_texts(self) -> list[str]:
        """The account's keys as they are looked up: `domain:acme.com`."""
        return [f"{by}:{value}" for by, value in self.account_keys]


def from_event(event: Fields, *, is_free_mail: IsFreeMail) -> Identity:
    """Who a Segment message is about. Fields of a wrong shape say nothing; they never fail."""
    context = _fields(event.get("context"))
    traits = _traits(event, context)
    telling = [each for each in traits if not OF_ACCOUNT.isdisjoint(each)]
    is_group = event.get("type") == "group"
    email = None
    if not is_group:
        for each in telling:
            if email := _email(each.get("email")):
                break
    keys = [*_group_keys(event.get("groupId"), is_free_mail)]
    keys += _group_keys(context.get("groupId"), is_free_mail)
    if email:
        keys += _domain_keys(email, is_free_mail)
    for each in telling:
        keys += _company_keys(each, is_group, is_free_mail)
    person = {} if is_group or not traits else traits[0]
    named = not OF_PERSON.isdisjoint(person)
    return Identity(
        account_keys=tuple(dict.fromkeys(keys)),
        email=email,
        people=_people(event),
        name=_name(person) if named else "",
        title=(_text(person.get("title")) or _text(person.get("position")) or "") if named else "",
    )


def from_record(record: Fields, *, is_free_mail: IsFreeMail) -> Identity:
    """Who a record of the native bulk is about:

    `account_external_id`, `account_domain`, `contact_email`, in this order.
    """
    email = _email(record.get("contact_email"))
    external = _text(record.get("account_external_id"))
    domain = _text(record.get("account_domain"))
    keys = [
        *([Key("external", external)] if external else ()),
        *(_domain_keys(domain, is_free_mail) if domain else ()),
        *(_domain_keys(email, is_free_mail) if email else ()),
    ]
    return Identity(account_keys=tuple(dict.fromkeys(keys)), email=email, people=())


def _traits(event: Fields, context: Fields) -> list[Fields]:
    """Where a message may carry traits, nearest first; a track call's properties may name the person too."""
    places = (event.get("traits"), context.get("traits"), event.get("properties"))
    return [fields for place in places if place and (fields := _fields(place))]


def _group_keys(value: object, is_free_mail: IsFreeMail) -> tuple[Key, ...]:
    """A group id as a domain where it looks like one, and as an external id in any case."""
    text = _text(value)
    return _keys_of_group(text, is_free_mail) if text else ()


@lru_cache(maxsize=REMEMBERED)
def _keys_of_group(text: str, is_free_mail: IsFreeMail) -> tuple[Key, ...]:
    return (*(_domain_keys(text, is_free_mail) if "." in text else ()), Key("external", text))


def _company_keys(traits: Fields, is_group: bool, is_free_mail: IsFreeMail) -> list[Key]:
    """The domain of the company that traits name; a group call's traits are the company's own."""
    company = traits if is_group else _fields(traits.get("company"))
    websites = [company.get("domain"), company.get("website")] if company else []
    if not is_group:
        websites.append(traits.get("website"))
    keys: list[Key] = []
    for value in websites:
        if value and (text := _text(value)):
            keys += _domain_keys(text, is_free_mail)
    if not is_group and company and (external := _text(company.get("id"))):
        keys.append(Key("external", external))
    return keys


@lru_cache(maxsize=REMEMBERED)
def _domain_keys(value: str, is_free_mail: IsFreeMail) -> tuple[Key, ...]:
    domain = registrable_domain(value)
    return () if domain is None or is_free_mail(domain) else (Key("domain", domain),)


_PEOPLE = (
    ("user", "userId"),
    ("anonymous", "anonymousId"),
    ("user", "previousId"),
    ("anonymous", "previousId"),
)


def _people(event: Fields) -> tuple[Key, ...]:
    """The person's ids at the source; an alias call says that the former id is the same person."""
    return tuple(
        [
            Key(by, text)
            for by, name in _PEOPLE
            if (value := event.get(name)) is not None and (text := _text(value))
        ]
    )


def _name(person: Fields) -> str:
    whole = _text(person.get("name"))
    if whole:
        return whole
    return " ".join(part for name in ("firstName", "lastName") if (part := _text(person.get(name))))


def _email(value: object) -> str | None:
    text = _text(value)
    return _address_in(text) if text else None


@lru_cache(maxsize=REMEMBERED)
def _address_in(text: str) -> str | None:
    address = text.lower().removeprefix("mailto:")
    return address if address and _ADDRESS.fullmatch(address) and registrable_domain(address) else None


def _text(value: object) -> str | None:
    """An id or a word: texts and whole numbers, without what surrounds them; anything else is none."""
    if not isinstance(value, str):
        if isinstance(value, float) and value.is_integer():
            value = int(value)
        if not isinstance(value, int) or isinstance(value, bool):
            return None
        value = str(value)
    text = value.replace("\0", "").strip() if "\0" in value else value.strip()
    return text if 0 < len(text) <= MAX_VALUE else None


def _fields(value: object) -> Fields:
    # First what JSON gives: asking for any Mapping costs ten times as much.
    return value if isinstance(value, dict) or isinstance(value, Mapping) else {}  # noqa: SIM101
