"""Ways out: a folder each, a Protocol, and one line of registration. They know no model.

    services.outbox.sending ─▶ surfaces.named(name).send(message, address, now=…) ─▶ Answer, or SurfaceError

To add one: a folder with a class that keeps `protocol.Surface`, a line in `_ALL`, a value of `Endpoint.Surface`
with its migration, and its fake in `tests/plays/surfaces/fakes.py`: the contract tests then run over it by themselves.
"""

from __future__ import annotations

from plays.surfaces.email import Email
from plays.surfaces.protocol import Address, Answer, Message, Problem, Surface, SurfaceError
from plays.surfaces.slack_bot import SlackBot
from plays.surfaces.slack_webhook import SlackWebhook
from plays.surfaces.webhook import Webhook

_ALL: dict[str, Surface] = {one.name: one for one in (Webhook(), SlackWebhook(), SlackBot(), Email())}


def named(name: str) -> Surface:
    """The surface of that name; KeyError where there is none."""
    return _ALL[name]


def all_surfaces() -> list[Surface]:
    """Every surface, in the order of their registration."""
    return list(_ALL.values())


__all__ = [
    "Address",
    "Answer",
    "Message",
    "Problem",
    "Surface",
    "SurfaceError",
    "all_surfaces",
    "named",
]
