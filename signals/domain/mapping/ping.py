"""A vendor's trial of an address: a body that only says that it is one. It is nobody's signal, and no fault either.

Such a body is left out as “a ping” when all of this holds:

- it is one object (or a list of one), without a list of objects in it;
- one of its plain values, or a name whose value is plain, says so, at the top or one object down: in words of `_SAYS`
  and, beside them, only words of `_BESIDE` (`ping`, `webhook.test`, `url_verification`, `Test event`);
- nothing is where the mapping looks for whose signal it is.

Whatever else lacks what a mapping asks for stays a fault, so that a sender's new form does not go unseen.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence

from signals.domain.mapping.place import Place
from signals.domain.mapping.rule import is_empty

CALLED = "a ping"
_SAYS = frozenset({"ping", "pinged", "test", "testing", "verification", "verify", "validation", "challenge"})
_BESIDE = frozenset(
    {"a", "an", "this", "is", "the", "event", "hook", "webhook", "webhooks", "url", "endpoint", "address"}
    | {"message", "connection", "subscription", "payload", "request", "notification", "api", "v1", "v2"}
)
_WORD = re.compile(r"[a-z0-9]+")
_BREAK = re.compile(r"(?<=[a-z])(?=[A-Z])")
_LONGEST = 60


def is_ping(payload: object, who: Sequence[Place]) -> bool:
    """Whether a body is only a ping. `who`: where the mapping looks for whose signal an item is."""
    body = payload[0] if isinstance(payload, list) and len(payload) == 1 else payload
    if not isinstance(body, Mapping) or any(_holds_objects(value) for value in _values(body)):
        return False
    return any(_says_so(text) for text in _texts(body)) and all(is_empty(place.of([body])) for place in who)


def _values(body: Mapping[object, object]) -> Iterator[object]:
    for value in body.values():
        yield value
        if isinstance(value, Mapping):
            yield from value.values()


def _holds_objects(value: object) -> bool:
    return isinstance(value, list) and any(isinstance(one, Mapping) for one in value)


def _texts(body: Mapping[object, object]) -> Iterator[str]:
    inner = (value for value in body.values() if isinstance(value, Mapping))
    for one in (body, *inner):
        for name, value in one.items():
            if isinstance(value, str):
                yield value
            if value and isinstance(value, str | int | float) and isinstance(name, str):
                yield name


def _says_so(text: str) -> bool:
    if len(text) > _LONGEST:
        return False
    words = set(_WORD.findall(_BREAK.sub(" ", text).lower()))
    return bool(words & _SAYS) and words <= _SAYS | _BESIDE
