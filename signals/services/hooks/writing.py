"""The mapping of a source: read, written, and the old calls forgotten."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from django.db import transaction

from abmops.lib.errors import FieldError, FieldErrors
from signals.domain import mapping as mappings
from signals.domain.mapping import Mapping
from signals.models import HookCall, SignalType, Source

KEPT = timedelta(days=90)
STANDARD = "records"


def mapping_of(source: Source) -> Mapping:
    """The source's mapping; without one, records named as ours are taken."""
    return mappings.parse(source.mapping or standard_mapping())


def standard_mapping() -> dict[str, Any]:
    """The mapping of a source that has none."""
    return dict(next(one for one in mappings.PRESETS if one.key == STANDARD).mapping)


def check(document: object, *, pointer: str = "") -> None:
    """FieldErrors with everything that is wrong with a mapping, the types it names included. Empty is none."""
    if document == {}:
        return
    mapping = mappings.parse(document, pointer=pointer)
    named = mapping.types()
    known = set(SignalType.objects.filter(slug__in=named).values_list("slug", flat=True))
    missing = sorted(named - known)
    if missing:
        raise FieldErrors(
            FieldError(
                f"{pointer}/record/type",
                f"There is no signal type “{slug}”. Make it in the catalogue first, or name one that is there.",
            )
            for slug in missing
        )


@transaction.atomic
def put_mapping(*, source: Source, mapping: dict[str, Any]) -> bool:
    """Put a mapping into force for what comes from now on; whether it differs from the former."""
    check(mapping)
    locked = Source.objects.select_for_update(of=("self",)).get(pk=source.pk)
    if locked.mapping == mapping:
        return False
    locked.mapping = mapping
    locked.save(update_fields=["mapping"])
    source.mapping = mapping
    return True


def forget_calls(*, now: datetime) -> int:
    """Drop calls older than 90 days; returns how many. Their signals stay, known by their message ids."""
    deleted, _ = HookCall.objects.filter(received_at__lt=now - KEPT).delete()
    return deleted
