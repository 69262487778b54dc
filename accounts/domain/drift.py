"""What another system holds against the list [F, "list drift"]: each row judged, and the counts of it all.

Which rows of a file say that the system holds the account as a target: with a column that says so, those that say yes;
without one but with a tier, those that have a tier; otherwise every row.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from enum import StrEnum

FIELDS: dict[str, str] = {
    "account_external_id": "Account's id there",
    "account_domain": "Domain",
    "account_name": "Name",
    "country": "Country",
    "tier": "Tier",
    "owner": "Owner's e-mail",
    "member": "Is on the list there",
}
KEYS = ("account_external_id", "account_domain", "account_name")

_TIER = re.compile(r"(?:tier|t)?[\s_\-:#]*([123])(?:\.0+)?", re.IGNORECASE)
_NO_TIER = frozenset(
    [
        "",
        "-",
        "\u2013",
        "none",
        "no",
        "off",
        "0",
        "n/a",
        "na",
        "null",
        "no tier",
        "not on list",
        "off the list",
    ]
)
_NO = frozenset(
    ["", "-", "0", "no", "n", "false", "f", "off", "none", "null", "nein", "non", "falsch", "n/a"]
)
_COUNTERPART = {"true": "false", "yes": "no", "y": "n", "1": "0", "t": "f", "on": "off", "ja": "nein", "oui": "non",
                "wahr": "falsch", "x": ""}  # fmt: skip


class Kind(StrEnum):
    """How a row or account is not as the list has it; the values of `SidecarFinding.Kind`."""

    MISSING = "missing"
    EXTRA = "extra"
    WRONG_TIER = "wrong_tier"
    WRONG_OWNER = "wrong_owner"
    UNKNOWN = "unknown"


class UnknownTier(ValueError):
    """A cell that names no tier."""


def tier_of(text: str) -> int | None:
    """`1`, `Tier 1`, `tier_1`, `T1` and `1.0` are tier 1; an empty cell, `none` and the like are no tier."""
    said = " ".join(text.split()).casefold()
    if said in _NO_TIER:
        return None
    found = _TIER.fullmatch(said)
    if found is None:
        raise UnknownTier(text)
    return int(found[1])


def is_yes(text: str) -> bool:
    """Whatever is no known word for no."""
    return text.strip().casefold() not in _NO


@dataclass(frozen=True, slots=True)
class Listed:
    """An account as the list has it."""

    tier: int
    owner_email: str = ""
    owner_name: str = ""

    @property
    def owner(self) -> str:
        """Who owns it, to show."""
        return self.owner_email or "pool"


@dataclass(frozen=True, slots=True)
class Row:
    """A row of the file. `account_id` None: it matches no account."""

    line: int
    cells: Sequence[str]
    account_id: int | None


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing that is not as it should be. `line` None: the account has no row there."""

    kind: Kind
    account_id: int | None
    line: int | None
    cells: Sequence[str]
    theirs: str
    ours: str


@dataclass(slots=True)
class Drift:
    """Everything that one reading found. `held`: rows that the system holds as targets; `right`: accounts that it holds
    exactly as the list has them."""

    held: int = 0
    right: int = 0
    findings: list[Finding] = field(default_factory=list)

    def count(self, kind: Kind) -> int:
        """How many findings of a kind."""
        return sum(one.kind is kind for one in self.findings)


def is_held(cells: Sequence[str], columns: Mapping[str, int]) -> bool:
    """Whether the row says that its account is a target there."""
    if "member" in columns:
        return is_yes(cells[columns["member"]])
    if "tier" in columns:
        return cells[columns["tier"]].strip().casefold() not in _NO_TIER
    return True


def compare(
    rows: Iterable[Row],
    listed: Mapping[int, Listed],
    *,
    columns: Mapping[str, int],
    tiers: Iterable[int] = (),
) -> Drift:
    """Judge every row, then name what has none. `tiers`: those that the system should hold; none named: all."""
    wanted = set(tiers)
    expected = {pk: one for pk, one in listed.items() if not wanted or one.tier in wanted}
    drift, held, wrong, resting = Drift(), set[int](), set[int](), dict[int, Row]()
    for row in rows:
        if not is_held(row.cells, columns):
            if row.account_id in expected:
                resting.setdefault(row.account_id, row)
            continue
        drift.held += 1
        theirs = row.cells[columns["tier"]].strip() if "tier" in columns else ""
        if row.account_id is None:
            drift.findings.append(Finding(Kind.UNKNOWN, None, row.line, row.cells, theirs, ""))
        elif row.account_id not in expected:
            place = listed.get(row.account_id)
            ours = f"tier {place.tier}" if place else "off the list"
            drift.findings.append(Finding(Kind.EXTRA, row.account_id, row.line, row.cells, theirs, ours))
        else:
            held.add(row.account_id)
            found = list(_wrong(row, expected[row.account_id], columns))
            if found:
                wrong.add(row.account_id)
            drift.findings.extend(found)
    for pk, place in expected.items():
        if pk not in held:
            row_there = resting.get(pk)
            line, cells = (row_there.line, row_there.cells) if row_there else (None, ())
            theirs = "there, but not as a target" if row_there else ""
            drift.findings.append(Finding(Kind.MISSING, pk, line, cells, theirs, f"tier {place.tier}"))
    drift.right = len(held - wrong)
    return drift


def _wrong(row: Row, place: Listed, columns: Mapping[str, int]) -> Iterable[Finding]:
    if "tier" in columns:
        theirs = row.cells[columns["tier"]].strip()
        try:
            is_right = tier_of(theirs) == place.tier
        except UnknownTier:
            is_right = False
        if not is_right:
            yield Finding(Kind.WRONG_TIER, row.account_id, row.line, row.cells, theirs, f"tier {place.tier}")
    if "owner" in columns:
        theirs = row.cells[columns["owner"]].strip()
        ours = place.owner_email if "@" in theirs or not theirs else place.owner_name
        if theirs.casefold() != ours.casefold():
            yield Finding(
                Kind.WRONG_OWNER, row.account_id, row.line, row.cells, theirs or "nobody", place.owner
            )


@dataclass(frozen=True, slots=True)
class Words:
    """How the system writes things, learned from its rows, so that a correction comes in its own words."""

    tiers: Mapping[int, str]
    no_tier: str = ""
    yes: str = "TRUE"
    no: str = "FALSE"
    owner_by_name: bool = False


def words_of(rows: Iterable[Sequence[str]], columns: Mapping[str, int]) -> Words:
    """The commonest spelling of each tier, of yes and of no, and whether owners are written by name."""
    counts: dict[tuple[str, object], dict[str, int]] = {}
    emails = names = 0

    def saw(what: str, value: object, text: str) -> None:
        spellings = counts.setdefault((what, value), {})
        spellings[text] = spellings.get(text, 0) + 1

    for cells in rows:
        if "tier" in columns:
            text = cells[columns["tier"]].strip()
            with suppress(UnknownTier):
                saw("tier", tier_of(text), text)
        if "member" in columns:
            text = cells[columns["member"]].strip()
            saw("member", is_yes(text), text)
        if "owner" in columns and (text := cells[columns["owner"]].strip()):
            emails, names = (emails + 1, names) if "@" in text else (emails, names + 1)

    def commonest(what: str, value: object) -> str | None:
        spellings = counts.get((what, value))
        return max(sorted(spellings), key=spellings.__getitem__) if spellings else None

    tiers = {tier: said for tier in (1, 2, 3) if (said := commonest("tier", tier))}
    pattern = next(iter(tiers.items()), None)
    for tier in (1, 2, 3):
        if tier not in tiers:
            tiers[tier] = pattern[1].replace(str(pattern[0]), str(tier), 1) if pattern else str(tier)
    yes, no = commonest("member", True), commonest("member", False)
    yes = yes or _other(no, {value: key for key, value in _COUNTERPART.items() if value}) or "TRUE"
    no = no if no is not None else _other(yes, _COUNTERPART)
    return Words(tiers, commonest("tier", None) or "", yes, "FALSE" if no is None else no, names > emails)


def _other(word: str | None, pairs: Mapping[str, str]) -> str | None:
    """The opposite word in the same case; None where there is none to know."""
    if not word or word.casefold() not in pairs:
        return None
    other = pairs[word.casefold()]
    return other.upper() if word.isupper() else other.capitalize() if word[:1].isupper() else other


@dataclass(frozen=True, slots=True)
class Ours:
    """What the list has of an account, to fill a row with."""

    name: str
    domain: str
    external_id: str
    country: str
    tier: int | None
    owner_email: str
    owner_name: str


def corrected(
    cells: Sequence[str], *, width: int, columns: Mapping[str, int], words: Words, ours: Ours, stays: bool
) -> list[str]:
    """The row as it should stand there, in the file's own columns: what we know of set right, everything else kept.

    `stays` False: it should be no target any more. Cells that name the account are filled only where they are empty.
    """
    row = [*cells, *[""] * (width - len(cells))]
    owner = ours.owner_name if words.owner_by_name else ours.owner_email
    for name, value in (
        ("account_external_id", ours.external_id),
        ("account_domain", ours.domain),
        ("account_name", ours.name),
        ("country", ours.country),
    ):
        if name in columns and not row[columns[name]].strip():
            row[columns[name]] = value
    if "member" in columns:
        row[columns["member"]] = words.yes if stays else words.no
    if "tier" in columns:
        row[columns["tier"]] = words.tiers[ours.tier] if stays and ours.tier else words.no_tier
    if "owner" in columns and stays:
        row[columns["owner"]] = owner
    return row


_HARMLESS = re.compile(r"[+\-@]?[\w .,&'/:@+-]*")


def is_harmless(text: str) -> bool:
    """Whether a cell that looks like a formula can do nothing: no sign that calls, joins or computes."""
    return _HARMLESS.fullmatch(text) is not None
