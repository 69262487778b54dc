"""Running the audits and keeping what they find."""

from __future__ import annotations

import logging
import time
from datetime import datetime

from django.db import transaction

from abmops.work import audits
from abmops.work.audits import AuditFunction, Finding
from abmops.work.domain.reasons import reason_for, redacted
from abmops.work.models import Audit, Breach

log = logging.getLogger(__name__)

MOST_FINDINGS = 200


def run_audits(*, now: datetime) -> int:
    """Run every audit, each for itself; how many breaches stand open. One that fails is recorded, not the end
    of the rest.
    """
    return sum(_run(name, function, now) for name, function in audits.all_audits().items())


def _run(name: str, function: AuditFunction, now: datetime) -> int:
    started = time.perf_counter()
    error = ""
    findings: list[Finding] | None = None
    try:
        with transaction.atomic():
            findings = list(function(now))[:MOST_FINDINGS]
    except Exception as failure:
        log.exception("The audit %s could not run.", name)
        error = reason_for(failure)
    took = round((time.perf_counter() - started) * 1000)
    count = (
        _record(name, findings, now)
        if findings is not None
        else Breach.objects.filter(audit=name, closed_at=None).count()
    )
    Audit.objects.update_or_create(
        name=name, defaults={"ran_at": now, "took_ms": took, "open_breaches": count, "error": error}
    )
    return count


@transaction.atomic
def _record(name: str, findings: list[Finding], now: datetime) -> int:
    """Open what is new, refresh what still stands, close what is gone."""
    rows = [
        Breach(
            audit=name,
            key=finding.key[:120],
            detail=redacted(finding.detail)[:500],
            repaired=finding.repaired,
            found_at=now,
            seen_at=now,
        )
        for finding in {finding.key[:120]: finding for finding in findings}.values()
    ]  # fmt: skip
    still = {row.key: row for row in Breach.objects.select_for_update().filter(audit=name, closed_at=None)}
    new = [row for row in rows if row.key not in still]
    seen = []
    for row in rows:
        if (old := still.get(row.key)) is not None:
            old.detail, old.repaired, old.seen_at = row.detail, row.repaired, now
            seen.append(old)
    Breach.objects.bulk_create(new)
    Breach.objects.bulk_update(seen, ["detail", "repaired", "seen_at"])
    Breach.objects.filter(audit=name, closed_at=None).exclude(key__in=[row.key for row in rows]).update(
        closed_at=now
    )
    for row in new:
        log.error("Audit %s: %s: %s", name, row.key, row.detail)
    return len(rows)
