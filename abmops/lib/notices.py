"""Telling people something once: lower apps say it, and the app that keeps people's notices delivers it."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Protocol


class Person(Protocol):
    """Somebody who can be told; in practice a `User`."""

    @property
    def pk(self) -> Any:
        """The person's id."""
        ...


@dataclass(frozen=True, slots=True)
class Told:
    """One thing to say. The same (person, kind, subject) is told once, whatever the text says later."""

    kind: str
    subject: str
    text: str
    url: str


# (ids of people, what, now): stores it in the caller's transaction, in one statement.
Delivery = Callable[[Sequence[int], Told, datetime], None]

# (kind, subject, now): what was told about it is no news any more.
Settling = Callable[[str, str, datetime], None]

_deliveries: dict[str, Delivery] = {}
_settlings: dict[str, Settling] = {}


def register(name: str, delivery: Delivery, settling: Settling) -> None:
    """Add a way of delivering, and of taking it off people's desks; called from an app's `ready()`."""
    _deliveries[name] = delivery
    _settlings[name] = settling


def tell(users: Iterable[Person], *, kind: str, subject: str, text: str, url: str, now: datetime) -> None:
    """Tell people `text` once a (person, kind, subject), with a link to where it can be seen.

    Part of the caller's transaction: what is rolled back was never told. `kind` is at most 24 characters, `subject`
    120; a longer text is cut at 400. Nobody to tell: nothing happens.
    """
    people = sorted({int(user.pk) for user in users})
    if not people:
        return
    for delivery in _deliveries.values():
        delivery(people, Told(kind=kind, subject=subject, text=text, url=url), now)


def settle(*, kind: str, subject: str, now: datetime) -> None:
    """What was told needs nobody's attention any more: the notices count as read."""
    for settling in _settlings.values():
        settling(kind, subject, now)
