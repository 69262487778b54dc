"""What a file can hold: for each kind its records, its keys, and the service that writes them."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, cast

from abmops.lib.bulk import BulkResult
from abmops.lib.choices import Role
from abmops.rest.records import Field
from accounts.models import Import, User
from accounts.selectors.imports import MARKETERS
from accounts.services.account import upsert_accounts
from accounts.services.contact import upsert_contacts
from accounts.services.importing import names
from accounts.services.membership import change_list
from accounts.services.opportunity import upsert_opportunities
from accounts.services.touch import upsert_touches

Record = dict[str, Any]
Records = Mapping[int, Record]
Key = tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Written:
    """What a kind's service did with a slice, and the accounts that rows without one may have meant."""

    result: BulkResult
    suggestions: Mapping[int, list[list[Any]]]


@dataclass(frozen=True, slots=True)
class Ask:
    """What every row needs and a file may leave to a person: asked beside the columns unless one of them holds `field`.

    The answer is kept under `field` among the import's answers, and must be one of `choices`.
    """

    field: str
    text: str
    choices: Callable[[], list[tuple[str, str]]]


@dataclass(frozen=True, slots=True)
class Back:
    """A way back of a kind's own, where its rows are none of the account graph.

    `plan` is what the page shows by `template` before anybody decides; Refused where nothing can be taken back. `begin`
    notes the decision with the import; `step` does one piece of it, False once all is done. `stage` says how far it is,
    and `url` where what it did is told; empty before that.
    """

    plan: Callable[[Import, datetime], Any]
    begin: Callable[[Import, User, datetime], None]
    step: Callable[[Import, datetime], bool]
    stage: Callable[[Import], str]
    url: Callable[[Import], str]
    template: str


@dataclass(frozen=True, slots=True)
class Kind:
    """One kind of file. `table` holds its rows; `parts` are the tables of their parts, with the column that leads back.

    `keys`: what a record is recognised by, with the field each stands in. `needed`: a mapping has one field of each
    of these groups. `before`: what a row says when the file does not. `back`: its own way back, if it has one.
    """

    name: str
    table: str
    parts: Mapping[str, str]
    write: Callable[[Records, Import, datetime], Written]
    keys: Callable[[Record], dict[Key, str]]
    needed: Sequence[tuple[str, ...]]
    before: Callable[[Import, int], Record] = lambda import_, number: {}
    asks: Sequence[Ask] = ()
    back: Back | None = None


def _accounts(records: Records, import_: Import, now: datetime) -> Written:
    """Accounts by their keys; rows that none of them finds, by legal name within their country [DOMAIN 3]."""
    meant = names.find(records)
    result = upsert_accounts(records=cast("Any", meant.records), now=now, pinned=meant.pinned)
    return Written(result, meant.suggestions)


def _contacts(records: Records, import_: Import, now: datetime) -> Written:
    source = f"Import {import_.pk}"
    return Written(upsert_contacts(records=cast("Any", records), now=now, source=source), {})


def _opportunities(records: Records, import_: Import, now: datetime) -> Written:
    return Written(upsert_opportunities(records=cast("Any", records), now=now), {})


def _touches(records: Records, import_: Import, now: datetime) -> Written:
    return Written(upsert_touches(records=cast("Any", records), now=now), {})


def _list_changes(records: Records, import_: Import, now: datetime) -> Written:
    return Written(change_list(records=cast("Any", records), by=import_.by, now=now), {})


def _account_keys(record: Record) -> dict[Key, str]:
    keys: dict[Key, str] = {("domain", one): "/domains" for one in record.get("domains", [])}
    if record.get("domain"):
        keys["domain", record["domain"]] = "/domain"
    return keys | _external_ids(record)


def _contact_keys(record: Record) -> dict[Key, str]:
    keys: dict[Key, str] = {("email", record["email"]): "/email"} if record.get("email") else {}
    return keys | _external_ids(record)


def _external_ids(record: Record) -> dict[Key, str]:
    named = record.get("external_ids", {}).items()
    return {("external_ids", system, value): f"/external_ids/{system}" for system, value in named}


def _external_id(record: Record) -> dict[Key, str]:
    return {("external_id", record["external_id"]): "/external_id"} if record.get("external_id") else {}


def _list_change_keys(record: Record) -> dict[Key, str]:
    at = str(record.get("at", ""))
    return {
        (name, record[name], at): f"/{name}"
        for name in ("account_domain", "account_external_id")
        if record.get(name)
    }


def _touch_id(import_: Import, number: int) -> Record:
    """A touch without an id of its own is the file's line: the same file again logs nothing twice."""
    known: Record = {"external_id": f"file:{import_.sha256[:16]}:{number}"}
    return known | ({"side": import_.side} if import_.side else {})


def _list_side(import_: Import, number: int) -> Record:
    known: Record = {"at": import_.created_at.isoformat()}
    if import_.side:
        known["side"] = import_.side
    return known | ({"reason": import_.reason} if import_.reason else {})


_ACCOUNT = ("account_domain", "account_external_id")
KINDS: dict[str, Kind] = {
    kind.name: kind
    for kind in (
        Kind(
            "accounts",
            "accounts_account",
            {"accounts_accountdomain": "account_id", "accounts_accountexternalid": "account_id"},
            _accounts,
            _account_keys,
            (("domain", "domains", "external_ids", "name"),),
        ),
        Kind(
            "contacts",
            "accounts_contact",
            {"accounts_contactexternalid": "contact_id", "accounts_contactoptout": "contact_id"},
            _contacts,
            _contact_keys,
            (("email", "external_ids"),),
        ),
        Kind(
            "opportunities",
            "accounts_opportunity",
            {"accounts_opportunitystage": "opportunity_id"},
            _opportunities,
            _external_id,
            (("external_id",),),
        ),
        Kind(
            "touches",
            "accounts_touch",
            {},
            _touches,
            _external_id,
            ((*_ACCOUNT, "contact_email"), ("channel",), ("occurred_at",)),
            _touch_id,
        ),
        Kind(
            "list_changes",
            "accounts_listmembership",
            {},
            _list_changes,
            _list_change_keys,
            (_ACCOUNT, ("tier",)),
            _list_side,
        ),
    )
}

_fields: dict[str, tuple[Field, ...]] = {}


def register(kind: str, fields: tuple[Field, ...]) -> None:
    """Say how the records of a kind are checked: by the readers of the door for programs, so that a row of a file and
    a record of a call are judged alike. Called from the app's `ready()`."""
    _fields[kind] = fields


def add(kind: Kind, fields: tuple[Field, ...]) -> None:
    """Take one more kind of file, of an upper app; its columns are told to `tables.learn`. Called from `ready()`."""
    KINDS[kind.name] = kind
    register(kind.name, fields)


def fields_of(kind: str) -> tuple[Field, ...]:
    """The readers of a kind's records."""
    return _fields[kind]


def may_import(user: User, kind: str) -> bool:
    """RevOps and integrations bring everything, marketers what is theirs."""
    if kind not in Import.Kind.values:
        return False
    return user.has_role(Role.REVOPS, Role.INTEGRATION) or (
        user.has_role(Role.MARKETER) and kind in MARKETERS
    )


def kinds_for(user: User) -> list[tuple[str, str]]:
    """The kinds of file that a person may bring here, as (value, label); other systems' lists go to List drift."""
    return [
        (value, label) for value, label in Import.Kind.choices if value in KINDS and may_import(user, value)
    ]
