"""A file of what another system holds: kept, shown, and once somebody has said what its columns are,
read by a worker.

    keep_file ─▶ start_reading ─▶ (worker) read_file ─▶ DONE, with the one reading of this file
                     ▲                     └──────────▶ FAILED, with a sentence ─┐
                     └───────────────────────────────────────────────────────────┘
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import BinaryIO

from django.db import transaction

from abmops.lib.errors import AbmopsError, Conflict, Refused
from abmops.work import services as work
from accounts.domain.tables import Table, read
from accounts.models import Import, Sidecar, SidecarReading, User
from accounts.services.importing import keeping, uploading
from accounts.services.sidecar import check_columns, read_sidecar, take_time

KIND_OF_WORK = "read_sidecar"
S = Import.State


@transaction.atomic
def start_reading(
    *, sidecar: Sidecar, import_: Import, columns: Mapping[str, int], by: User, now: datetime
) -> Import:
    """Have a worker read an uploaded file as what the system holds. One that could not be read may be tried again."""
    locked = Import.objects.select_for_update().get(pk=import_.pk)
    if locked.target != sidecar.slug or locked.state == S.DONE:
        raise Conflict("This file has been read already. Upload it again to read it anew.")
    if locked.state == S.RUNNING:
        raise Conflict("This file is being read already.")
    check_columns(locked.header, columns)
    locked.mapping = {str(column): name for name, column in columns.items()}
    locked.state, locked.problem, locked.by = S.RUNNING, "", by
    locked.started_at, locked.finished_at = now, None
    locked.save()
    work.put(kind=KIND_OF_WORK, subject_id=locked.pk, lane="bulk")
    return locked


@transaction.atomic
def read_file(*, import_id: int, now: datetime) -> None:
    """Read a file whose columns are known: the whole reading in one transaction, and one reading a file however often
    this is called. A file that cannot be used ends with a sentence."""
    locked = Import.objects.select_for_update(of=("self",)).select_related("by").filter(pk=import_id).first()
    if locked is None or locked.kind != Import.Kind.SIDECAR or locked.state != S.RUNNING:
        return
    try:
        with transaction.atomic():
            reading = _read(locked, now)
    except AbmopsError as error:
        _stop(locked, error.message, now)
        return
    locked.state, locked.finished_at, locked.total = S.DONE, now, reading.held
    locked.save(update_fields=["state", "finished_at", "total"])


@transaction.atomic
def give_up(*, import_id: int, now: datetime) -> None:
    """End a reading over a mistake of the program itself; its cause is in the log."""
    locked = Import.objects.select_for_update().get(pk=import_id)
    if locked.state == S.RUNNING:
        _stop(
            locked,
            "The program made a mistake at this file and has written its cause into the log. Tell RevOps.",
            now,
        )


def _stop(import_: Import, problem: str, now: datetime) -> None:
    import_.state, import_.problem, import_.finished_at = S.FAILED, problem, now
    import_.save(update_fields=["state", "problem", "finished_at"])


def _read(import_: Import, now: datetime) -> SidecarReading:
    sidecar = Sidecar.objects.filter(slug=import_.target).first()
    if sidecar is None:
        raise Refused(
            "The system that this file is of is no longer watched. Add it again, then upload the file."
        )
    take_time()
    with keeping.opened(import_) as source:
        table = _table(import_, source)
        return read_sidecar(
            sidecar=sidecar,
            header=table.header,
            rows=((row.number, row.cells) for row in table.rows()),
            columns={name: int(column) for column, name in import_.mapping.items()},
            by=import_.by,
            now=now,
            source=import_,
        )


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


def sample_of(import_: Import, *, rows: int) -> list[list[str]]:
    """The first rows of an uploaded file to show, as they were kept when it came."""
    return [stored.row.cells for stored in keeping.rows_after(import_, 0, rows)]
