"""Sidecars with their newest reading, and the rows that would set one right."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from django.db.models import OuterRef, Subquery

from abmops.lib.slices import in_slices
from accounts.domain.drift import Kind, Ours, Words, corrected
from accounts.models import AccountExternalId, Sidecar, SidecarFinding, SidecarReading

PARTS = {"add": "Rows to add", "change": "Rows to change", "remove": "Rows to take out"}
SLICE = 1_000


@dataclass(frozen=True, slots=True)
class Newest:
    """A system and its newest reading, if it was ever read."""

    sidecar: Sidecar
    reading: SidecarReading | None


def sidecars() -> list[Newest]:
    """All of them by name: two queries."""
    newest = SidecarReading.objects.filter(sidecar=OuterRef("pk")).order_by("-at", "-pk").values("pk")[:1]
    rows = list(Sidecar.objects.select_related("owner").annotate(newest=Subquery(newest)).order_by("name"))
    readings = SidecarReading.objects.select_related("by").in_bulk([row.newest for row in rows if row.newest])
    return [Newest(row, readings.get(row.newest)) for row in rows]


def correction(reading: SidecarReading, parts: Sequence[str]) -> Iterator[list[str]]:
    """The rows, in the file's own columns, that bring the system to the list as it is now: to add, change, take out.

    A row with several findings comes once. What has changed on the list since the reading is taken as it is now:
    an account that has left it is no longer added, one that has joined is no longer taken out. Rows that match no
    account are left to people.
    """
    columns: dict[str, int] = reading.layout.get("columns", {})
    words = _words(reading.layout)
    wanted = set(reading.sidecar.tiers)
    for part in PARTS:
        if part not in parts:
            continue
        for slice_ in in_slices(_findings(reading, part), SLICE):
            ids = _external_ids(reading, [one.account_id for one in slice_ if one.account_id])
            for one in slice_:
                ours = _ours(one, ids)
                should_hold = ours.tier is not None and (not wanted or ours.tier in wanted)
                if should_hold == (part == "remove") and part != "change":
                    continue
                yield corrected(
                    one.cells,
                    width=len(reading.header),
                    columns=columns,
                    words=words,
                    ours=ours,
                    stays=should_hold,
                )


def _words(layout: Mapping[str, object]) -> Words:
    tiers = layout.get("tiers")
    known = tiers if isinstance(tiers, dict) else {}
    return Words(
        tiers={tier: str(known.get(str(tier), tier)) for tier in (1, 2, 3)},
        no_tier=str(layout.get("no_tier", "")),
        yes=str(layout.get("yes", "TRUE")),
        no=str(layout.get("no", "FALSE")),
        owner_by_name=bool(layout.get("owner_by_name")),
    )


def _findings(reading: SidecarReading, part: str) -> Iterator[SidecarFinding]:
    rows = SidecarFinding.objects.filter(reading=reading, account__isnull=False).select_related(
        "account__owner"
    )
    if part == "remove":
        yield from rows.filter(kind=Kind.EXTRA).order_by("line", "pk").iterator(chunk_size=SLICE)
        return
    if part == "add":
        missing = rows.filter(kind=Kind.MISSING, line__isnull=True)
        yield from missing.order_by("account__name", "pk").iterator(chunk_size=SLICE)
        return
    there = rows.filter(kind__in=(Kind.MISSING, Kind.WRONG_TIER, Kind.WRONG_OWNER), line__isnull=False)
    last = None
    for one in there.order_by("line", "pk").iterator(chunk_size=SLICE):
        if one.line != last:
            yield one
        last = one.line


def _external_ids(reading: SidecarReading, accounts: Sequence[int]) -> dict[int, str]:
    """The accounts' ids in the system that the file's ids are of."""
    system = reading.layout.get("system")
    if not system:
        return {}
    rows = AccountExternalId.objects.filter(system=system, account__in=accounts).order_by("-pk")
    return dict(rows.values_list("account_id", "value"))


def _ours(one: SidecarFinding, ids: Mapping[int, str]) -> Ours:
    account = one.account
    assert account is not None
    owner = account.owner
    return Ours(
        name=account.name,
        domain=account.domain or "",
        external_id=ids.get(account.pk, ""),
        country=account.country,
        tier=account.tier,
        owner_email=owner.email if owner else "",
        owner_name=owner.name if owner else "",
    )
