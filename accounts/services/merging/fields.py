"""What the one account says of itself: each field from one of the two, chosen by a person."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal

from django.db import connection

from abmops.lib.choices import Lifecycle
from abmops.lib.errors import FieldErrors, Refused
from accounts.domain.phase import is_rise
from accounts.models import Account

Pick = Literal["winner", "loser", "both"]
# Shown and chosen together: a revenue means nothing without its currency.
FIELDS: dict[str, tuple[str, tuple[str, ...]]] = {
    "name": ("Name", ("name",)),
    "domain": ("Primary domain", ("domain",)),
    "country": ("Country", ("country",)),
    "region": ("Region", ("region",)),
    "industry": ("Industry", ("industry",)),
    "employees": ("Employees", ("employees",)),
    "annual_revenue": ("Annual revenue", ("annual_revenue", "currency")),
    "technologies": ("Technologies", ("technologies",)),
    "lifecycle": ("Lifecycle", ("lifecycle",)),
    "phase": ("Phase", ("phase",)),
    "owner": ("Owner", ("owner_id",)),
    "territory": ("Territory", ("territory_id",)),
    "parent": ("Parent company", ("parent_id",)),
}


@dataclass(frozen=True, slots=True)
class Choice:
    """One field of both accounts, and which is proposed."""

    name: str
    label: str
    winner: str
    loser: str
    pick: Pick
    may_be_both: bool = False

    @property
    def differs(self) -> bool:
        """Whether there is anything to choose."""
        return self.winner != self.loser


def proposed(winner: Account, loser: Account) -> list[Choice]:
    """Every field with a proposal: the winner's, where it has one; a further phase or a truer lifecycle of the loser's;
    the technologies of both.
    """
    choices = []
    for name, (label, columns) in FIELDS.items():
        ours, theirs = _text(winner, name), _text(loser, name)
        pick: Pick = "winner"
        missing = not _says(winner, columns) and _says(loser, columns) and _parent_fits(name, winner, loser)
        further = name == "phase" and is_rise(winner.phase, loser.phase)
        truer = name == "lifecycle" and winner.lifecycle == Lifecycle.PROSPECT != loser.lifecycle
        if missing or further or truer:
            pick = "loser"
        elif name == "technologies" and ours and theirs and ours != theirs:
            pick = "both"
        choices.append(Choice(name, label, ours, theirs, pick, may_be_both=name == "technologies"))
    return choices


def chosen(winner: Account, loser: Account, picks: Mapping[str, str]) -> dict[str, Pick]:
    """The picks, completed by what is proposed; names and values that do not exist are refused."""
    result: dict[str, Pick] = {choice.name: choice.pick for choice in proposed(winner, loser)}
    for name, pick in picks.items():
        if name not in FIELDS:
            raise FieldErrors.one(
                f"/fields/{name}", f"Is no field of a merge. There are {', '.join(FIELDS)}."
            )
        if pick not in ("winner", "loser") and not (pick == "both" and name == "technologies"):
            raise FieldErrors.one(f"/fields/{name}", 'Is "winner" or "loser"; for technologies also "both".')
        result[name] = pick  # type: ignore[assignment]
    return result


def values(winner: Account, loser: Account, picks: Mapping[str, Pick]) -> dict[str, Any]:
    """What changes on the winner's row, by column."""
    changed: dict[str, Any] = {}
    for name, pick in picks.items():
        for column in FIELDS[name][1]:
            value = getattr(winner if pick == "winner" else loser, column)
            if pick == "both":
                value = sorted({*winner.technologies, *loser.technologies})
            if value != getattr(winner, column):
                changed[column] = value
    parent = _parent(winner, loser, changed.get("parent_id", winner.parent_id))
    if parent != winner.parent_id:
        changed["parent_id"] = parent
    else:
        changed.pop("parent_id", None)
    if changed.get("name", winner.name) != winner.name or "country" in changed:
        kept = Account(name=changed.get("name", winner.name), country=changed.get("country", winner.country))
        kept.put_name_key()
        changed["name_key"] = kept.name_key
    return changed


def said(winner: Account, loser: Account, picks: Mapping[str, Pick]) -> dict[str, list[str]]:
    """Field -> [kept, given up], where the two differ."""
    told = {}
    for name, pick in picks.items():
        ours, theirs = _text(winner, name), _text(loser, name)
        if ours == theirs:
            continue
        if pick == "both":
            told[name] = [", ".join(sorted({*winner.technologies, *loser.technologies})), ""]
        else:
            told[name] = [ours, theirs] if pick == "winner" else [theirs, ours]
    return told


def _parent(winner: Account, loser: Account, wanted: int | None) -> int | None:
    """The parent that the winner may have: its subsidiaries will be the loser's too.

    A winner that lies below the loser takes the loser's place in the hierarchy.
    """
    if wanted is not None and loser.pk in _upwards(wanted):
        wanted = loser.parent_id
    if wanted is not None and {winner.pk, loser.pk} & _upwards(wanted):
        raise Refused(
            f"{winner.name} would become its own ancestor. Keep the parent company of {winner.name}, or correct the "
            "hierarchy first."
        )
    return wanted


def _upwards(account_id: int) -> set[int]:
    """An account and everything above it."""
    with connection.cursor() as cursor:
        cursor.execute(_UPWARDS, [account_id])
        return {pk for (pk,) in cursor.fetchall()}


_UPWARDS = """
WITH RECURSIVE up(id, parent_id) AS (
    SELECT id, parent_id FROM accounts_account WHERE id = %s
    UNION SELECT a.id, a.parent_id FROM accounts_account a JOIN up ON a.id = up.parent_id)
SELECT id FROM up
"""


def _parent_fits(name: str, winner: Account, loser: Account) -> bool:
    return name != "parent" or loser.parent_id != winner.pk


def _says(account: Account, columns: tuple[str, ...]) -> bool:
    return getattr(account, columns[0]) not in (None, "", [])


def _text(account: Account, name: str) -> str:
    match name:
        case "annual_revenue":
            if account.annual_revenue is None:
                return ""
            return f"{account.annual_revenue.normalize():,f} {account.currency}".strip()
        case "technologies":
            return ", ".join(sorted(account.technologies))
        case "lifecycle":
            return str(account.get_lifecycle_display())
        case "phase":
            return str(account.get_phase_display())
        case "owner" | "territory" | "parent":
            other = getattr(account, name)
            return "" if other is None else str(other)
    value = getattr(account, name)
    return "" if value is None else str(value)
