"""A file of what another system holds: kept, shown, and read once somebody has said what its columns are."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from itertools import islice
from typing import BinaryIO

from django.db import transaction

from abmops.lib.errors import Conflict
from accounts.domain.tables import Table, read
from accounts.models import Import, Sidecar, SidecarReading, User
from accounts.services.importing import keeping, uploading
from accounts.services.sidecar import read_sidecar, take_time


@transaction.atomic
def read_file(
    *, sidecar: Sidecar, import_: Import, columns: Mapping[str, int], by: User, now: datetime
) -> SidecarReading:
    """Read an uploaded file as what the system holds, once; the upload is done with it."""
    locked = Import.objects.select_for_update().get(pk=import_.pk)
    if locked.target != sidecar.slug or locked.state == Import.State.DONE:
        raise Conflict("This file has been read already. Upload it again to read it anew.")
    take_time()
    with keeping.opened(locked) as source:
        table = _table(locked, source)
        rows = ((row.number, row.cells) for row in table.rows())
        reading = read_sidecar(
            sidecar=sidecar, header=table.header, rows=rows, columns=columns, by=by, now=now, source=locked
        )
    locked.state, locked.finished_at, locked.total = Import.State.DONE, now, reading.held
    locked.save(update_fields=["state", "finished_at", "total"])
    return reading


def _table(import_: Import, source: BinaryIO) -> Table:
    """The file as it was opened when it came."""
    return read(
        source,
        import_.file_name,
        sheet=import_.sheet or None,
        encoding=import_.encoding or None,
        delimiter=import_.delimiter or None,
    )


@transaction.atomic
def keep_file(*, sidecar: Sidecar, file: uploading.Uploaded, by: User, now: datetime) -> Import:
    """Keep an uploaded file until somebody has said what its columns hold."""
    import_ = uploading.upload(
        file=file, kind=Import.Kind.SIDECAR, side="", reason=f"What {sidecar} holds", by=by, now=now
    )
    import_.target = sidecar.slug
    import_.save(update_fields=["target"])
    return import_


def sample_of(import_: Import, *, rows: int) -> tuple[list[str], list[list[str]]]:
    """The header of an uploaded file, and its first rows to show."""
    with keeping.opened(import_) as source:
        table = _table(import_, source)
        return table.header, [row.cells for row in islice(table.rows(), rows)]
