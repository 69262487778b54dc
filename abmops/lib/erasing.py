"""Forgetting a person who asked for it: each app registers what it holds of people; the erasure goes through all.

Pure but for the registry: what the person was known by, and how a text, a JSON value or bytes read without them.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any

GONE = "[erased]"
NOBODY = "Erased person"
# A shorter number or name is found in too much that has nothing to do with the person.
PHONE_DIGITS = 7
NAME_LETTERS = 5


@dataclass(frozen=True)
class Person:
    """Whom to forget. `is_only_one`: no other contact or user has the name, so that it may go wherever it stands.

    A name that others bear too, or one of a single short word, goes only from the rows of the account; parts of the
    name and the title only from rows that are about this contact.
    """

    contact_id: int
    account_id: int | None
    emails: tuple[str, ...] = ()
    phones: tuple[str, ...] = ()
    name: str = ""
    title: str = ""
    external_ids: tuple[tuple[str, str], ...] = ()
    is_only_one: bool = False

    @property
    def has_telling_name(self) -> bool:
        """Whether the name alone tells who it is: two words, not too short, and nobody else's."""
        return self.is_only_one and " " in self.name.strip() and len(self.name.strip()) >= NAME_LETTERS

    @cached_property
    def everywhere(self) -> Wording:
        """What goes from every row of the database."""
        return Wording.of(self.emails, self.phones, [self.name] if self.has_telling_name else [])

    @cached_property
    def at_account(self) -> Wording:
        """What goes from the rows of the account."""
        return Wording.of(self.emails, self.phones, [self.name])

    @cached_property
    def own(self) -> Wording:
        """What goes from the rows that are about the contact."""
        parts = [part for part in self.name.split() if len(part) > 2]
        return Wording.of(self.emails, self.phones, [self.name, self.title, *parts])

    def to_payload(self) -> dict[str, Any]:
        """For the work item that goes through the tables; gone with it."""
        return {
            "contact_id": self.contact_id,
            "account_id": self.account_id,
            "emails": list(self.emails),
            "phones": list(self.phones),
            "name": self.name,
            "title": self.title,
            "external_ids": [list(pair) for pair in self.external_ids],
            "is_only_one": self.is_only_one,
        }

    @classmethod
    def of_payload(cls, payload: Mapping[str, Any]) -> Person:
        """The person that a work item names."""
        return cls(
            contact_id=payload["contact_id"],
            account_id=payload["account_id"],
            emails=tuple(payload["emails"]),
            phones=tuple(payload["phones"]),
            name=payload["name"],
            title=payload["title"],
            external_ids=tuple((system, value) for system, value in payload["external_ids"]),
            is_only_one=payload["is_only_one"],
        )


@dataclass(frozen=True, slots=True)
class Wording:
    """Words to take out: `likely` finds rows that may hold them, in any case; `taken_out` cleans a value."""

    likely: tuple[str, ...]
    keys: re.Pattern[str] | None
    names: re.Pattern[str] | None

    @classmethod
    def of(cls, emails: Iterable[str], phones: Iterable[str], names: Iterable[str]) -> Wording:
        """The wording of these; short phones and empty names say nothing."""
        addresses = sorted({email.strip() for email in emails if email.strip()})
        numbers = sorted({phone for phone in phones if len(_digits(phone)) >= PHONE_DIGITS})
        called = sorted({name.strip() for name in names if len(name.strip()) > 1}, key=len, reverse=True)
        keys = [
            *(rf"(?<![\w.+-]){re.escape(address)}(?![\w-])" for address in addresses),
            *(r"(?<!\d)\+?" + r"[\s()./-]*".join(_digits(number)) + r"(?!\d)" for number in numbers),
        ]
        plain = [*addresses, *numbers, *(_digits(number) for number in numbers), *called]
        likely = {form for text in plain for form in (text, text.lower(), json.dumps(text)[1:-1])}
        said = [r"\s+".join(map(re.escape, name.split())) for name in called]
        return cls(
            tuple(sorted(likely)),
            re.compile("|".join(keys), re.IGNORECASE) if keys else None,
            re.compile("|".join(rf"(?<!\w){name}(?!\w)" for name in said), re.IGNORECASE) if said else None,
        )

    def taken_out(self, value: Any) -> Any:
        """The value without the words: text, lists and mappings of text at any depth, bytes of UTF-8 text or JSON."""
        match value:
            case str():
                text = self.keys.sub(GONE, value) if self.keys else value
                return self.names.sub(NOBODY, text) if self.names else text
            case bytes() | bytearray() | memoryview():
                return self._of_bytes(bytes(value))
            case Mapping():
                return {self.taken_out(key): self.taken_out(item) for key, item in value.items()}
            case list() | tuple():
                return [self.taken_out(item) for item in value]
            case _:
                return value

    def _of_bytes(self, body: bytes) -> bytes:
        try:
            parsed = json.loads(body)
        except ValueError:
            return str(self.taken_out(body.decode("utf-8", "surrogateescape"))).encode(
                "utf-8", "surrogateescape"
            )
        cleaned = self.taken_out(parsed)
        return body if cleaned == parsed else json.dumps(cleaned, ensure_ascii=False).encode()


def _digits(phone: str) -> str:
    return re.sub(r"\D", "", phone)


# What an app holds of the person, by a word for it -> rows; cheap, for the page that asks first.
About = Callable[[Person], Mapping[str, int]]
# Takes the person out of the app's rows; gives what was cleaned -> rows. Doing it twice changes nothing.
Forget = Callable[[Person], Mapping[str, int]]


@dataclass(frozen=True, slots=True)
class Holder:
    """One app that holds something of people."""

    about: About
    forget: Forget


_holders: dict[str, Holder] = {}


def register(name: str, *, about: About, forget: Forget) -> None:
    """Add an app; called from its `ready()`."""
    _holders[name] = Holder(about, forget)


def about(person: Person) -> dict[str, int]:
    """What all apps hold of the person."""
    return added(holder.about(person) for holder in _holders.values())


def forget(person: Person) -> dict[str, int]:
    """Have every app above forget the person, in the caller's transaction."""
    return added(holder.forget(person) for holder in _holders.values())


def added(counts: Iterable[Mapping[str, int]]) -> dict[str, int]:
    """The counts of several, those of nothing left out."""
    found: dict[str, int] = {}
    for each in counts:
        for what, rows in each.items():
            if rows:
                found[what] = found.get(what, 0) + rows
    return found
