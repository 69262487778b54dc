"""What a new installation begins with, written through the same services as anybody's own definitions."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from django.db import transaction

from accounts.models import User
from signals.domain import starter
from signals.models import SignalType, Source, Threshold, ThresholdVersion
from signals.services import definitions


@dataclass(slots=True)
class Installed:
    """How many definitions were new, and the write keys of new sources by slug, told this once."""

    created: int = 0
    write_keys: dict[str, str] = field(default_factory=dict)


@transaction.atomic
def install_starter_catalogue(*, owner: User | None, now: datetime) -> Installed:
    """Write the starter sources, types and thresholds that are not there yet, as made at `now`.

    What somebody has changed stays theirs, so doing it again is safe.
    """
    done = Installed()
    sources = _missing(starter.SOURCES, Source.objects.values_list("slug", flat=True))
    for slug, fields in sources.items():
        done.write_keys[slug] = definitions.put_source(slug=slug, fields=fields | {"owner": owner}).write_key
    types = _missing(starter.TYPES, SignalType.objects.values_list("slug", flat=True))
    for slug, fields in types.items():
        definitions.put_signal_type(slug=slug, fields=fields)
    thresholds = _missing(starter.THRESHOLDS, Threshold.objects.values_list("slug", flat=True))
    for slug, fields in thresholds.items():
        definitions.put_threshold(slug=slug, fields=fields | {"owner": owner}, by=owner)
    Source.objects.filter(slug__in=sources).update(created_at=now)
    SignalType.objects.filter(slug__in=types).update(created_at=now)
    Threshold.objects.filter(slug__in=thresholds).update(created_at=now)
    ThresholdVersion.objects.filter(threshold__slug__in=thresholds).update(created_at=now)
    done.created = len(sources) + len(types) + len(thresholds)
    return done


def _missing(documents: Iterable[Mapping[str, object]], known: Iterable[str]) -> dict[str, dict[str, Any]]:
    there = set(known)
    return {
        str(document["slug"]): {name: value for name, value in document.items() if name != "slug"}
        for document in documents
        if document["slug"] not in there
    }
