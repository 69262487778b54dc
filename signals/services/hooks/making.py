"""From an opened body to clean records: the mapping, the topics followed, then the readers of the native bulk."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

import msgspec

from abmops.lib.errors import FieldError, Refused
from abmops.rest.records import Field, read_fields
from signals.domain import mapping as mappings
from signals.domain.catalogue import topic_key
from signals.domain.mapping import LeftOut, Mapping, Unfit
from signals.domain.mapping.applying import MAX_ITEMS
from signals.models import Topic
from signals.services.hooks.opening import Opened

EXCERPT = 2048


class TooMany(Refused):
    """More items than one call may hold."""

    code = "too_large"


@dataclass(slots=True)
class Batch:
    """What a body comes to. Keys are the items' places; `wrong` are the refused; `unweighed` counts the records
    that said no strength, None where the mapping does not look for one or does not say what it is then."""

    records: dict[int, dict[str, Any]] = field(default_factory=dict)
    wrong: dict[int, list[FieldError]] = field(default_factory=dict)
    items: dict[int, object] = field(default_factory=dict)
    left_out: Counter[str] = field(default_factory=Counter)
    untracked: Counter[str] = field(default_factory=Counter)
    unweighed: int | None = None
    count: int = 0

    def excerpt(self, index: int) -> str:
        """The beginning of what was sent, as a person will read it."""
        item = self.items.get(index)
        text = (
            item
            if isinstance(item, str)
            else msgspec.json.encode(item, enc_hook=str).decode("utf-8", "replace")
        )
        return str(text).replace("\0", "\ufffd")[:EXCERPT]


def make(opened: Opened, mapping: Mapping, *, source: str, fields: tuple[Field, ...], now: datetime) -> Batch:
    """The clean records of a body, by the place of their item. TooMany where it holds more than a call may."""
    weight = dict(mapping.fields).get("strength")
    may_fall_back = weight is not None and weight.otherwise is not None and weight.looks_at
    batch = Batch(unweighed=0 if may_fall_back else None)
    followed = _followed() if mapping.followed_topics_only else None
    for one in mappings.apply(mapping, opened.payload, now=now):
        batch.count += 1
        if batch.count > MAX_ITEMS:
            raise TooMany(f"The body holds more than {MAX_ITEMS:,} items. Send it in parts.")
        if isinstance(one, LeftOut):
            batch.left_out[one.called] += 1
            continue
        batch.items[one.index] = one.item
        if isinstance(one, Unfit):
            batch.wrong[one.index] = list(one.errors)
            continue
        topic = one.record.get("topic", "")
        if followed is not None and topic_key(topic) not in followed:
            batch.untracked[" ".join(topic.split())[:120] or "(no topic)"] += 1
            continue
        clean, errors = read_fields(fields, {"source": source, **one.record}, now)
        if errors:
            batch.wrong[one.index] = errors
        else:
            batch.records[one.index] = clean
            if batch.unweighed is not None:
                batch.unweighed += one.is_unweighed
    for place, error, excerpt in opened.broken:
        index = batch.count + place
        batch.wrong[index], batch.items[index] = [error], excerpt
    batch.count += len(opened.broken)
    return batch


def _followed() -> frozenset[str]:
    return frozenset(Topic.objects.filter(is_active=True).values_list("key", flat=True))
