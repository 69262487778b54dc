"""Sources and their write keys."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django.db import transaction

from signals.models import Source
from signals.services.definitions.written import Written, change, insert, owned
from signals.services.hooks.writing import check as check_mapping
from signals.services.ingest import hash_key, new_write_key


@transaction.atomic
def put_source(*, slug: str, fields: Mapping[str, Any]) -> Written[Source]:
    """Make a source, with a write key that is told this once, or change the fields given of the one there is.

    A new one needs `name` and `kind`; `owner` is a user or an e-mail address; `mapping` is that of its hook.
    """
    values = owned(fields)
    if "mapping" in values:
        values["mapping"] = values["mapping"] or {}
        check_mapping(values["mapping"], pointer="/mapping")
    row = Source.objects.select_for_update(of=("self",)).filter(slug=slug).first()
    if row is not None:
        return Written(row, created=False, changed=change(row, values))
    key = new_write_key()
    row = Source(slug=slug, write_key_hash=hash_key(key), **values)
    insert(row, "source")
    return Written(row, created=True, changed=True, write_key=key)


@transaction.atomic
def rotate_key(*, source: Source) -> str:
    """Give the source a new write key, told this once. The old one is refused from the commit on."""
    key = new_write_key()
    source.write_key_hash = hash_key(key)
    source.save(update_fields=["write_key_hash"])
    return key
