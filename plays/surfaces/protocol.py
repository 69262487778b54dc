"""What a surface is: a way of speaking to the outside. Contract tests run over every registered one."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any, Protocol


class SurfaceError(Exception):
    """A message did not arrive. The message is a sentence fit to store and to show: no secret is ever in it.

    `permanent`: the same again fails the same way. `gone`: the endpoint wants no more messages. `slow`: it asks to be
    left alone for a while, `retry_after` says how long where it said so.
    """

    def __init__(
        self,
        message: str,
        *,
        permanent: bool = False,
        gone: bool = False,
        slow: bool = False,
        status: int | None = None,
        retry_after: timedelta | None = None,
    ) -> None:
        super().__init__(message)
        self.message = message
        self.permanent = permanent
        self.gone = gone
        self.slow = slow
        self.status = status
        self.retry_after = retry_after


@dataclass(frozen=True, slots=True)
class Address:
    """Where a message goes. What is secret is left out of `repr`, and so out of every log and traceback.

    `to` is one recipient (a mail address, a Slack member or channel) where the endpoint itself is not the recipient.
    """

    target: str
    secret: str = field(default="", repr=False)
    signing: tuple[str, ...] = field(default=(), repr=False)
    to: str = ""


@dataclass(frozen=True, slots=True)
class Message:
    """What is said. `id` is the same in every attempt; receivers drop what they have seen.

    `data` is for programs; `subject`, `text`, `url` and `button` are for people. `manage_url` is where a person changes
    how they are told; empty in a message to somebody outside.
    """

    id: str
    type: str
    at: datetime
    subject: str
    text: str
    url: str = ""
    button: str = "Open"
    data: Mapping[str, Any] = field(default_factory=dict)
    manage_url: str = ""
    sender: str = ""


@dataclass(frozen=True, slots=True)
class Answer:
    """What came back: the HTTP status where there is one, and a line for the record."""

    status: int | None = None
    text: str = ""


@dataclass(frozen=True, slots=True)
class Problem:
    """What is wrong with an address that somebody wants to add, and with which part of it."""

    part: str
    sentence: str


class Surface(Protocol):
    """One way out. It knows no model and asks no clock."""

    name: str
    label: str
    pace: timedelta
    """The shortest time between two messages to one endpoint."""

    def problem(self) -> str:
        """Why nothing can be sent this way on this installation, as a sentence; empty where it can."""
        ...

    def shown(self, address: Address) -> str:
        """The address as it may be shown to anybody who manages surfaces: nothing of it is a secret."""
        ...

    def check(self, address: Address) -> Problem | None:
        """What is wrong with an address, before it is stored; nothing is sent."""
        ...

    def send(self, message: Message, address: Address, *, now: datetime) -> Answer:
        """Send it once. Every failure is a SurfaceError; anything else that is raised counts as a temporary one."""
        ...
