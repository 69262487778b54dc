"""Accounts, a source and events to send, made through the services."""

from __future__ import annotations

import hashlib
import json
import uuid
from datetime import datetime, timedelta

from django.utils import timezone

from abmops.lib.choices import Job, Role
from accounts.models import User
from accounts.services.account import upsert_accounts
from plays.services.play.library import install_starter_plays
from signals.models import Source
from signals.services import ingest
from signals.services.starter import install_starter_catalogue

# Of so many people of an account events come.
PEOPLE = 5


def people() -> User:
    """RevOps and one SDR, so that every task has an owner."""
    owner, _ = User.objects.get_or_create(
        email="ops@bench.example", defaults={"name": "Ops", "role": Role.REVOPS}
    )
    User.objects.get_or_create(
        email="sdr@bench.example", defaults={"name": "Sam", "role": Role.REP, "job": Job.SDR}
    )
    return owner


def definitions(owner: User, now: datetime) -> None:
    """The starter catalogue and thresholds, with the plays they feed."""
    install_starter_catalogue(owner=owner, now=now)
    install_starter_plays(owner=owner, now=now, activate=True)


def accounts(prefix: str, count: int, now: datetime) -> list[str]:
    """`count` accounts, whose names are not alike; returns their domains."""
    domains = [f"{prefix}{number}.example" for number in range(count)]
    for start in range(0, count, 5000):
        chunk = domains[start : start + 5000]
        result = upsert_accounts(
            records={i: {"name": _name(d), "domain": d, "country": "DE"} for i, d in enumerate(chunk)},
            now=now,
        )
        assert not result.errors, result.errors[0]
    return domains


def _name(domain: str) -> str:
    return hashlib.sha256(domain.encode()).hexdigest()[:16]


def write_key() -> str:
    """A new first-party source's key."""
    key = ingest.new_write_key()
    slug = f"bench-{uuid.uuid4().hex[:8]}"
    Source.objects.create(
        slug=slug, name="Bench site", kind="first_party", write_key_hash=ingest.hash_key(key)
    )
    return key


def page_view(
    domain: str, at: datetime | None = None, path: str = "/pricing", who: str = ""
) -> dict[str, object]:
    """A page event as a Segment library sends it, of `who` or of one of the account's `PEOPLE`."""
    moment = (at or timezone.now() - timedelta(seconds=1)).isoformat().replace("+00:00", "Z")
    person = f"{who or f'p{uuid.uuid4().int % PEOPLE}'}@{domain}"
    return {
        "type": "page",
        "name": "Pricing",
        "messageId": f"node-next-{uuid.uuid4()}",
        "userId": person,
        "timestamp": moment,
        "properties": {
            "path": path,
            "title": "Pricing",
            "search": "",
            "url": f"https://vendor.example{path}",
        },
        "context": {
            "groupId": domain,
            "traits": {"email": person},
            "library": {"name": "@segment/analytics-node", "version": "3.1.0"},
            "page": {"path": path, "url": f"https://vendor.example{path}"},
        },
        "integrations": {},
    }


def body(events: list[dict[str, object]], key: str) -> bytes:
    """A batch call's body."""
    return json.dumps({"batch": events, "writeKey": key}).encode()
