"""Who an event says it is about (skeleton)."""
from __future__ import annotations
from collections.abc import Callable, Mapping
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Key:
    """by: external | domain | email | user | anonymous. str(key) == "domain:acme.com"."""
    by: str
    value: str


@dataclass(frozen=True, slots=True)
class Identity:
    """account_keys: in the order to try. email: the contact's. people: Key(user)/Key(anonymous) of the source. says: what to remember of people."""
    account_keys: tuple[Key, ...]
    email: str | None
    people: tuple[Key, ...]
    name: str = ""
    title: str = ""


def from_event(event: Mapping[str, object], *, is_free_mail: Callable[[str], bool]) -> Identity: ...
def from_record(record: Mapping[str, object], *, is_free_mail: Callable[[str], bool]) -> Identity: ...
