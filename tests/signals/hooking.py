"""What the tests of a hook share: signing, sending, and a source of third-party intent with its catalogue."""

from __future__ import annotations

import base64
import json
from datetime import datetime
from typing import Any

from django.test import Client

from abmops.lib.choices import SourceKind
from abmops.work import services as work
from abmops.work.models import WorkItem
from signals.domain import mapping as mappings
from signals.domain import signature
from signals.domain.catalogue import topic_key
from signals.models import Signal, SignalType, Topic
from signals.services import definitions, hooks
from tests.signals import make

TYPES = ("topic-surge", "review-comparison", "review-visit", "community-mention")


def vendor(preset: str = "", slug: str = "vendor") -> make.Site:
    """A third-party source, mapped by a preset, and the types that the presets name."""
    for type_ in TYPES:
        SignalType.objects.get_or_create(
            slug=type_, defaults={"name": type_, "kind": SourceKind.THIRD_PARTY, "points": 20}
        )
    written = definitions.put_source(slug=slug, fields={"name": "Vendor", "kind": SourceKind.THIRD_PARTY})
    if preset:
        hooks.put_mapping(source=written.row, mapping=mapping_of(preset))
    return make.Site(written.row, written.write_key)


def mapping_of(preset: str) -> dict[str, Any]:
    """A preset's mapping, as JSON holds it."""
    found = next(one for one in mappings.PRESETS if one.key == preset)
    loaded: dict[str, Any] = json.loads(json.dumps(found.mapping))
    return loaded


def follow(*names: str) -> None:
    """Follow topics."""
    for name in names:
        Topic.objects.create(name=name, key=topic_key(name))


def headers(secret: str, body: bytes, at: datetime, webhook_id: str = "msg_1") -> dict[str, str]:
    """The headers of a signed call."""
    timestamp = int(at.timestamp())
    signed = signature.sign(secret, webhook_id=webhook_id, timestamp=timestamp, body=body)
    return {"webhook-id": webhook_id, "webhook-timestamp": str(timestamp), "webhook-signature": signed}


def basic(key: str) -> dict[str, str]:
    """A write key as the Basic user name."""
    return {"Authorization": "Basic " + base64.b64encode(f"{key}:".encode()).decode()}


def post(
    body: Any,
    sent: dict[str, str],
    *,
    slug: str = "vendor",
    slash: str = "/",
    type_: str = "application/json",
) -> Any:
    """One call; what is not bytes goes as JSON."""
    raw = body if isinstance(body, bytes) else json.dumps(body).encode()
    return Client().generic("POST", f"/hooks/{slug}{slash}", raw, type_, headers=sent)


def signed(site: make.Site, body: Any, at: datetime, webhook_id: str = "msg_1", **more: Any) -> Any:
    """One signed call."""
    raw = body if isinstance(body, bytes) else json.dumps(body).encode()
    return post(
        raw, headers(hooks.secret_of(site.source), raw, at, webhook_id), slug=site.source.slug, **more
    )


def stored() -> list[Signal]:
    """The signals there are once the inbox is empty."""
    work.drain_all()
    assert not WorkItem.objects.filter(kind="ingest").exists()
    return list(Signal.objects.select_related("type").order_by("occurred_at", "message_id"))
