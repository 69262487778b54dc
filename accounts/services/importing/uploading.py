"""Taking a file in: kept in pieces, opened at once for its header and its first rows."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from datetime import datetime
from itertools import islice
from typing import BinaryIO, Protocol

from django.conf import settings
from django.db import transaction

from abmops.lib.errors import Conflict, Refused
from accounts.domain import tables
from accounts.models import Import, ImportFile, User
from accounts.services.importing import keeping
from accounts.services.importing.kinds import may_import

SAMPLE = 20
_EDITABLE = (Import.State.UPLOADED, Import.State.CHECKED, Import.State.FAILED)


class Uploaded(Protocol):
    """A file as the doors hand it over."""

    @property
    def name(self) -> str | None:
        """What it is called."""

    @property
    def size(self) -> int | None:
        """Its bytes, counted."""

    def chunks(self) -> Iterator[bytes]:
        """Its bytes, piece by piece."""


@transaction.atomic
def upload(*, file: Uploaded, kind: str, side: str, reason: str, by: User, now: datetime) -> Import:
    """Keep a file and open it for its header. Refuses what is too large, empty, or cannot be read as a table."""
    if not may_import(by, kind):
        raise Refused(
            "You may not import this kind of file. RevOps can do it for you.", code="forbidden_kind"
        )
    most = settings.IMPORT_MAX_MB
    if (file.size or 0) > most * 1024 * 1024:
        raise Refused(
            f"The file is larger than {most} MB. Split it, or send it without the columns you leave out."
        )
    name = (file.name or "file.csv").replace("\\", "/").rpartition("/")[2][-255:]
    import_ = Import.objects.create(
        kind=kind, file_name=name, sha256="", side=side, reason=reason.strip(), by=by, created_at=now
    )
    digest, pieces = hashlib.sha256(), 0
    for number, piece in enumerate(keeping.pieces_of(file.chunks())):
        digest.update(piece)
        ImportFile.objects.create(of=import_, number=number, body=piece)
        pieces += 1
    if not pieces:
        raise Refused("The file is empty. Export it again and look whether it has rows.")
    import_.sha256 = digest.hexdigest()
    with keeping.opened(import_) as source:
        _open(import_, source)
    import_.save()
    return import_


@transaction.atomic
def reopen(*, import_: Import, sheet: str, encoding: str, delimiter: str) -> Import:
    """Read the file another way: another sheet, encoding or separator. What was mapped is asked again."""
    locked = Import.objects.select_for_update().get(pk=import_.pk)
    if locked.state not in _EDITABLE or locked.change_set_id:
        raise Conflict("This import is on its way already; its file cannot be read another way any more.")
    locked.sheet, locked.encoding, locked.delimiter = sheet, encoding, delimiter
    locked.mapping, locked.answers, locked.state = {}, {}, Import.State.UPLOADED
    with keeping.opened(locked) as source:
        _open(locked, source)
    locked.save()
    return locked


def _open(import_: Import, source: BinaryIO) -> None:
    """Find out what the file is, and keep its header and its first rows to show."""
    table = tables.read(
        source,
        import_.file_name,
        sheet=import_.sheet or None,
        encoding=import_.encoding or None,
        delimiter=import_.delimiter or None,
    )
    import_.header = table.header
    import_.encoding, import_.delimiter, import_.sheet = table.encoding, table.delimiter, table.sheet
    import_.found = {
        "sheets": [sheet.name for sheet in table.sheets if not sheet.empty],
        "notes": list(table.notes),
    }
    import_.total = import_.done = import_.upto = 0
    import_.problem = ""
    keeping.keep_rows(import_, list(islice(table.rows(), SAMPLE)), afresh=True)
