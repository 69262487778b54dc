"""Reading what another system holds, and keeping how far it has drifted from the list [F]."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import datetime
from itertools import islice

from django.db import connection, transaction
from django.utils.text import slugify

from abmops.lib.errors import FieldErrors, Refused
from accounts.domain.countries import country
from accounts.domain.drift import FIELDS, KEYS, Finding, Kind, Listed, Row, compare, words_of
from accounts.domain.tables import MOST_ROWS, suggest
from accounts.domain.tables.values import clean
from accounts.models import (
    AccountExternalId,
    Import,
    Sidecar,
    SidecarFinding,
    SidecarReading,
    User,
)
from accounts.selectors.finding import Wanted, find_accounts
from accounts.selectors.list_history import list_as_of
from accounts.services import storing
from accounts.services.locking import PATIENCE

MATCHED_AT_ONCE = 5_000
LONGEST = 255

Line = tuple[int, Sequence[str]]


@transaction.atomic
def put_sidecar(
    *, name: str, kind: str, owner: User | None, tiers: Sequence[int], sidecar: Sidecar | None = None
) -> Sidecar:
    """Define a system that keeps its own copy of the list, or change one. Its slug comes from its first name."""
    if not name.strip():
        raise FieldErrors.one("/name", "Say what the system is called.")
    row = sidecar or Sidecar(slug=_slug(name))
    row.name, row.kind, row.owner, row.tiers = name.strip(), kind, owner, sorted(set(tiers))
    row.save()
    return row


def _slug(name: str) -> str:
    """The name for addresses, numbered where it is taken."""
    plain = slugify(name)[:40] or "system"
    taken = set(Sidecar.objects.filter(slug__startswith=plain).values_list("slug", flat=True))
    return next(
        slug for slug in (plain, *(f"{plain}-{turn}" for turn in range(2, 10_000))) if slug not in taken
    )


@transaction.atomic
def read_sidecar(
    *,
    sidecar: Sidecar,
    header: Sequence[str],
    rows: Iterable[Line],
    columns: Mapping[str, int],
    by: User | None,
    now: datetime,
    source: Import | None = None,
) -> SidecarReading:
    """Compare what a system holds with the list of this moment, and keep what is not the same.

    `rows`: (line of the file, its cells). `columns`: field of `drift.FIELDS` -> column; one of `KEYS` is needed. Rows
    find their accounts by id, domain, then name with country; a name that is merely alike counts as unknown. Some
    statements a reading and one more a thousand rows.
    """
    check_columns(header, columns)
    take_time()
    width = len(header)
    given = list(islice(((line, _fitted(cells, width)) for line, cells in rows), MOST_ROWS + 1))
    if len(given) > MOST_ROWS:
        raise Refused(f"One reading holds at most {MOST_ROWS:,} rows. Leave out those that are no targets.")
    places = list_as_of(now).values_list("account", "tier", "account__owner__email", "account__owner__name")
    listed = {pk: Listed(tier or 0, email or "", name or "") for pk, tier, email, name in places}
    drift = compare(_matched(given, columns), listed, columns=columns, tiers=sidecar.tiers)
    words = words_of((cells for _, cells in given), columns)
    reading = SidecarReading.objects.create(
        sidecar=sidecar,
        at=now,
        by=by,
        source=source,
        header=list(header),
        layout={
            "columns": dict(columns),
            "tiers": {str(tier): word for tier, word in words.tiers.items()},
            "no_tier": words.no_tier,
            "yes": words.yes,
            "no": words.no,
            "owner_by_name": words.owner_by_name,
            "system": _system(given, columns),
        },
        held=drift.held,
        right=drift.right,
        **{kind.value: drift.count(kind) for kind in Kind},
    )
    for start in range(0, len(drift.findings), storing.BATCH):
        part = drift.findings[start : start + storing.BATCH]
        storing.insert([_kept(one, reading.pk) for one in part], now=now)
    return reading


def _kept(one: Finding, reading_id: int) -> SidecarFinding:
    return SidecarFinding(
        reading_id=reading_id,
        kind=one.kind.value,
        account_id=one.account_id,
        line=one.line,
        cells=list(one.cells),
        theirs=one.theirs[:LONGEST],
        ours=one.ours[:LONGEST],
    )


def take_time() -> None:
    """A large file may think longer between two statements than a page may."""
    with connection.cursor() as cursor:
        cursor.execute(PATIENCE)


def check_columns(header: Sequence[str], columns: Mapping[str, int]) -> None:
    """Raise FieldErrors where a header cannot be read so."""
    unknown = sorted(set(columns) - set(FIELDS))
    if unknown:
        raise FieldErrors.one(
            f"/columns/{unknown[0]}", f"There is no such field. Known: {', '.join(FIELDS)}."
        )
    for name, column in columns.items():
        if not 0 <= column < len(header):
            raise FieldErrors.one(f"/columns/{name}", "There is no such column; they are counted from 0.")
    if len(set(columns.values())) < len(columns):
        raise FieldErrors.one("/columns", "Two fields are in one column. Choose a column for each.")
    if not set(columns) & set(KEYS):
        raise FieldErrors.one(
            "/columns",
            "Choose the column that names the account: its id, its domain or its name.",
        )


def _fitted(cells: Sequence[str], width: int) -> list[str]:
    """As many cells as the header has titles; PostgreSQL keeps no NUL."""
    row = [cell.replace("\0", "") if "\0" in cell else cell for cell in cells[:width]]
    return row if len(row) == width else row + [""] * (width - len(row))


def _matched(given: Sequence[Line], columns: Mapping[str, int]) -> Iterator[Row]:
    for start in range(0, len(given), MATCHED_AT_ONCE):
        part = given[start : start + MATCHED_AT_ONCE]
        found = find_accounts(
            {index: _wanted(cells, columns) for index, (_, cells) in enumerate(part)}, suggest=False
        )
        for index, (line, cells) in enumerate(part):
            yield Row(line, cells, found[index].account_id)


def _wanted(cells: Sequence[str], columns: Mapping[str, int]) -> Wanted:
    def said(name: str) -> str:
        return clean(cells[columns[name]]) if name in columns else ""

    external_id = said("account_external_id")
    return Wanted(
        external_ids={"": external_id} if external_id else {},
        domain=said("account_domain") or None,
        name=said("account_name"),
        country=country(said("country")) or "",
    )


def _system(given: Sequence[Line], columns: Mapping[str, int]) -> str:
    """The system whose ids these are, by the ids that we know; "" where none is known."""
    if "account_external_id" not in columns:
        return ""
    column = columns["account_external_id"]
    values = {cells[column].strip() for _, cells in given[:MATCHED_AT_ONCE]}
    systems: Counter[str] = Counter(
        AccountExternalId.objects.filter(value__in=values).values_list("system", flat=True)
    )
    return max(sorted(systems), key=systems.__getitem__) if systems else ""


def columns_like_last(sidecar: Sidecar, header: Sequence[str]) -> dict[str, int]:
    """As the newest reading of the same header was read; else what the titles probably mean."""
    last = sidecar.readings.order_by("-at", "-pk").first()
    if last is not None and last.header == list(header):
        known: dict[str, int] = last.layout.get("columns", {})
        return known
    return guessed_columns(header)


def guessed_columns(header: Sequence[str]) -> dict[str, int]:
    """Which column probably holds which field."""
    guesses = suggest("sidecar", header)
    found = {guess.field: column for column, guess in guesses.items() if guess.field in FIELDS}
    if "account_domain" not in found:
        loose = [at for at, title in enumerate(header) if at not in guesses and "domain" in title.casefold()]
        if loose:
            found["account_domain"] = loose[0]
    return found
