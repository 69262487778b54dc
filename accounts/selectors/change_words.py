"""What a line of the change log says: columns by their names, ids by what they stand for, money with its unit."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, tzinfo
from decimal import Decimal, InvalidOperation
from functools import cache
from typing import Any

from django.apps import apps
from django.core.exceptions import FieldDoesNotExist
from django.db import models

from abmops.lib.choices import Channel
from abmops.ui import figures, moments
from accounts.domain.gaps import BY_KEY
from accounts.models import Account, Change, Contact, Opportunity, Territory, User

LONGEST = 120
_MONEY = frozenset({"annual_revenue", "amount"})
# What a person reads of a row that another points to, by the columns that say it. Others are told by their number.
_NAMED: Mapping[type[models.Model], tuple[str, ...]] = {
    Account: ("name", "currency"),
    User: ("name",),
    Territory: ("name",),
    Contact: ("name", "email"),
    Opportunity: ("name", "external_id", "currency"),
}
# The column that names a row of a table, first one that says something.
_NAMES = (
    "name",
    "domain",
    "value",
    "subject",
    "email",
    "title",
    "external_id",
    "slug",
    "stage",
    "field",
    "channel",
)
_LABELS = {
    "do_not_contact": "Do not contact",
    "reports_to_id": "Reports to",
    "to_id": "Asked of",
    "by_id": "By",
}


@dataclass(frozen=True, slots=True)
class Field:
    """One column of one change: what it is called, what it was and what it is."""

    name: str
    label: str
    before: str
    after: str


@dataclass(frozen=True, slots=True)
class Told:
    """One change in words. `account` is None where the row belongs to none, or the account is gone."""

    change: Change
    sentence: str
    fields: list[Field]
    account_id: int | None
    account: str


@dataclass(slots=True)
class _Names:
    """What rows are called now: one query a kind of row."""

    rows: dict[type[models.Model], dict[int, dict[str, Any]]] = field(default_factory=dict)

    def read(self, wanted: Mapping[type[models.Model], set[int]]) -> None:
        for model, ids in wanted.items():
            found = model._default_manager.filter(pk__in=ids).values("pk", *_NAMED[model])  # noqa: SLF001
            self.rows[model] = {row["pk"]: row for row in found}

    def of(self, model: type[models.Model], pk: Any) -> str:
        row = self.rows.get(model, {}).get(pk)
        words = [str(row[name]) for name in _NAMED[model] if name != "currency" and row[name]] if row else []
        return words[0] if words else f"{model._meta.verbose_name} {pk}"  # noqa: SLF001

    def currency(self, change: Change) -> str:
        model = model_of(change.table)
        row = self.rows.get(model, {}).get(change.row_id) if model in (Account, Opportunity) else None
        return str(row["currency"]) if row else ""


@cache
def model_of(table: str) -> type[models.Model] | None:
    """The model of a table; None for one that is gone."""
    return next((model for model in apps.get_models() if model._meta.db_table == table), None)  # noqa: SLF001


@cache
def noun_of(table: str) -> str:
    """`contact`, `list membership`."""
    model = model_of(table)
    return str(model._meta.verbose_name) if model else table  # noqa: SLF001


def tell(changes: Iterable[Change], *, now: datetime, zone: tzinfo) -> list[Told]:
    """The changes in words, in as many queries as there are kinds of rows that they point to."""
    rows = list(changes)
    names = _Names()
    names.read(_pointed_at(rows))
    return [_told(change, names, now, zone) for change in rows]


def label_of(table: str, column: str) -> str:
    """`Annual revenue`."""
    if column in _LABELS:
        return _LABELS[column]
    found = _field(table, column)
    words = str(found.verbose_name) if found is not None else column.removesuffix("_id").replace("_", " ")
    return words[:1].upper() + words[1:]


def _pointed_at(rows: Iterable[Change]) -> dict[type[models.Model], set[int]]:
    wanted: dict[type[models.Model], set[int]] = {}
    for change in rows:
        if change.account_id is not None:
            wanted.setdefault(Account, set()).add(change.account_id)
        own = model_of(change.table)
        if own is not None and own in _NAMED:
            wanted.setdefault(own, set()).add(change.row_id)
        for line in (change.before, change.after):
            for column, value in (line or {}).items():
                target = _target(change.table, column)
                if target is not None and isinstance(value, int):
                    wanted.setdefault(target, set()).add(value)
    return wanted


def _told(change: Change, names: _Names, now: datetime, zone: tzinfo) -> Told:
    line = {**(change.before or {}), **(change.after or {})}
    currency = str(line.get("currency") or names.currency(change))

    def word(column: str, side: Mapping[str, Any] | None) -> str:
        return _word(change.table, column, (side or {}).get(column), names, currency, now, zone)

    columns = [name for name in line if name != "id"]
    fields = [
        Field(name, label_of(change.table, name), word(name, change.before), word(name, change.after))
        for name in columns
    ]
    known = change.account_id is not None and change.account_id in names.rows.get(Account, {})
    account = names.of(Account, change.account_id) if change.account_id is not None else ""
    return Told(
        change,
        _sentence(change, line, fields, names, account),
        fields,
        change.account_id if known else None,
        account,
    )


def _sentence(
    change: Change, line: Mapping[str, Any], fields: list[Field], names: _Names, account: str
) -> str:
    if special := _SPECIAL.get((change.table, change.op)):
        return special(line, account)
    subject = _subject(change, line, names, account)
    if change.op == Change.Op.MADE:
        return f"{subject} was added"
    if change.op == Change.Op.REMOVED:
        return f"{subject} was removed"
    said = [f"{one.label}: {one.before} → {one.after}" for one in fields[:3]]
    more = f" and {len(fields) - 3} more fields" if len(fields) > 3 else ""
    return f"{subject}: {'; '.join(said)}{more}"


def _subject(change: Change, line: Mapping[str, Any], names: _Names, account: str) -> str:
    model = model_of(change.table)
    if model is Account:
        return (
            account if change.account_id in names.rows.get(Account, {}) else str(line.get("name") or account)
        )
    own = names.rows.get(model, {}).get(change.row_id) if model is not None else None
    name = next((str(value) for key in _NAMES if (value := (own or {}).get(key) or line.get(key))), "")
    noun = noun_of(change.table)
    said = f"{noun[:1].upper()}{noun[1:]} {name}".strip()
    return f"{said[:LONGEST]} of {account}" if account else said[:LONGEST]


def _joined(line: Mapping[str, Any], account: str) -> str:
    tier = line.get("tier")
    return f"{account} was put into tier {tier}" if tier else f"{account} was taken off the list"


def _touched(line: Mapping[str, Any], account: str) -> str:
    channel = dict(Channel.choices).get(str(line.get("channel")), "Touch")
    subject = str(line.get("subject") or "")
    return f"{channel} logged on {account}{': ' if subject else ''}{subject}"[: LONGEST * 2]


def _refused(line: Mapping[str, Any], account: str) -> str:
    channel = dict(Channel.choices).get(str(line.get("channel")), "a channel")
    return f"A person of {account} said no to {str(channel).lower()}"


def _asked_for(line: Mapping[str, Any], account: str) -> str:
    gap = BY_KEY.get(str(line.get("field")))
    return f"Somebody was asked to fill a gap of {account}: {gap.title if gap else line.get('field')}"


def _alike(line: Mapping[str, Any], account: str) -> str:
    return f"{account} may be the same company as another account"


_SPECIAL: Mapping[tuple[str, str], Callable[[Mapping[str, Any], str], str]] = {
    ("accounts_listmembership", "I"): _joined,
    ("accounts_touch", "I"): _touched,
    ("accounts_contactoptout", "I"): _refused,
    ("accounts_gapassignment", "I"): _asked_for,
    ("accounts_duplicatepair", "I"): _alike,
}


@cache
def _field(table: str, column: str) -> Any:
    model = model_of(table)
    if model is None:
        return None
    try:
        return model._meta.get_field(column)  # noqa: SLF001
    except FieldDoesNotExist:
        pass
    return next((one for one in model._meta.concrete_fields if one.attname == column), None)  # noqa: SLF001


def _target(table: str, column: str) -> type[models.Model] | None:
    found = _field(table, column)
    related = getattr(found, "related_model", None)
    return related if related in _NAMED else None


def _word(
    table: str, column: str, value: Any, names: _Names, currency: str, now: datetime, zone: tzinfo
) -> str:
    found = _field(table, column)
    if value is None or value in ("", [], {}):
        return "nothing"
    if (target := _target(table, column)) is not None:
        return names.of(target, value)
    if isinstance(value, bool):
        return "yes" if value else "no"
    if column in _MONEY:
        try:
            return figures.money(Decimal(str(value)), currency)
        except InvalidOperation:
            return str(value)
    if getattr(found, "choices", None):
        return str(dict(found.flatchoices).get(value, value))
    if isinstance(found, models.DateTimeField):
        return _moment(value, now, zone)
    if isinstance(value, list):
        return ", ".join(str(one) for one in value)[:LONGEST] if _is_plain(value) else f"{len(value)} entries"
    text = "something else" if isinstance(value, dict) else str(value)
    return text if len(text) <= LONGEST else f"{text[:LONGEST]}…"


def _is_plain(values: list[Any]) -> bool:
    return all(isinstance(one, str | int | float) for one in values)


def _moment(value: Any, now: datetime, zone: tzinfo) -> str:
    try:
        at = datetime.fromisoformat(str(value))
    except ValueError:
        return str(value)
    return f"{moments.date_words(at, now=now, zone=zone)}, {at.astimezone(zone):%H:%M}"
