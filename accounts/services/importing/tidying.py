"""What is kept of old imports: their rows and verdicts; the file itself goes."""

from __future__ import annotations

from datetime import datetime, timedelta

from django.db.models import Q

from accounts.models import Import, ImportFile

KEPT = timedelta(days=30)


def drop_old_files(*, now: datetime) -> int:
    """Drop the files of imports that ended, or were left alone, 30 days ago; returns how many pieces went."""
    old = Import.objects.filter(
        Q(finished_at__lt=now - KEPT) | Q(finished_at__isnull=True, created_at__lt=now - KEPT)
    ).exclude(state__in=(Import.State.CHECKING, Import.State.RUNNING, Import.State.UNDOING))
    pieces, _ = ImportFile.objects.filter(of__in=old).delete()
    return pieces
