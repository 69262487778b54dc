"""Creating and updating accounts in bulk: one transaction, a fixed number of statements per thousand records."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from operator import attrgetter

from django.db import connection, transaction

from abmops.lib.bulk import BulkResult
from accounts.domain.records import AccountRecord
from accounts.models import Account, AccountDomain, AccountExternalId, Territory, User
from accounts.services import lookups, resolving, storing
from accounts.services.account import fit, parents
from accounts.services.account.change import Change
from accounts.services.account.matching import Matches, match
from accounts.services.locking import take_turn
from accounts.services.phase import follow_lifecycle
from accounts.services.reacting import evaluate_later

_PLAIN = (
    "name",
    "industry",
    "employees",
    "annual_revenue",
    "currency",
    "country",
    "region",
    "technologies",
    "lifecycle",
)
_PLAIN_VALUES = attrgetter(*_PLAIN)
_FIRMOGRAPHICS = frozenset(
    {"industry", "employees", "annual_revenue", "currency", "country", "region", "technologies"}
)
_WRITTEN = (*_PLAIN, "name_key", "domain", "owner", "territory", "fit", "updated_at")


@transaction.atomic
def upsert_accounts(
    *,
    records: Mapping[int, AccountRecord],
    now: datetime,
    pinned: Mapping[int, int] | None = None,
    dry: bool = False,
) -> BulkResult:
    """Create or update accounts by their keys. Good records are written, the others are refused and change nothing.

    Keys: any `external_ids` entry, `domain` and `domains`; all that are known must point to one account. Two records
    of one call about the same account: an exact repeat is unchanged, a different one is refused. `pinned` maps a record
    to an account already found. A parent may come in the same call. `dry` decides everything and writes nothing.
    """
    take_turn("account")
    result = BulkResult()
    call = _Call.of(records, result, pinned)
    changes = [change for index in call.matches.wanted if (change := call.change(index))]
    parents.settle(call.matches, records, result)
    refused = result.refused()
    kept = [change for change in changes if change.index not in refused]
    parents.apply(call.matches, records, refused, kept)
    for change in kept:
        result.settle(change.index, change.verdict, change.account)
    call.matches.claims.settle_repeats()
    if not dry:
        _write(kept, now=now)
    return result


@dataclass(slots=True)
class _Call:
    """Everything a call refers to, looked up once and locked."""

    records: Mapping[int, AccountRecord]
    result: BulkResult
    matches: Matches
    stored: dict[int, Account]
    users: dict[str, User]
    territories: dict[str, Territory]

    @classmethod
    def of(
        cls, records: Mapping[int, AccountRecord], result: BulkResult, pinned: Mapping[int, int] | None
    ) -> _Call:
        matches = match(records, result, pinned)
        rows = Account.objects.filter(id__in=set(matches.targets.values())).order_by("id").select_for_update()
        return cls(
            records=records,
            result=result,
            matches=matches,
            stored={account.pk: account for account in rows},
            users=lookups.users_by_email(record.get("owner") for record in records.values()),
            territories=territories_by_country(),
        )

    def change(self, index: int) -> Change | None:
        """Put the record's fields on its account, in memory; None where something is wrong with it."""
        record, target = self.records[index], self.matches.targets.get(index)
        account = Account() if target is None else self.stored[target]
        before = _standing(account) if target is not None else {}
        for name in _PLAIN:
            if name in record:
                setattr(account, name, record[name])  # type: ignore[literal-required]
        if record.get("domain"):
            account.domain = record["domain"]
        elif "domain" in record:
            self.result.refuse(
                index, "/domain", "May not be cleared; signals find the account by it. Send another one."
            )
        if "owner" in record:
            self._set_owner(index, account, record["owner"])
        self._check(index, account, is_new=target is None)
        if index in self.result.refused():
            return None
        change = Change(index, account, is_new=target is None)
        if before:
            change.fields = {name for name, value in _standing(account).items() if value != before[name]}
        if account.country != before.get("country", ""):
            self._follow_country(account, str(before.get("country", "")), change)
        for key in self.matches.keys[index]:
            if key in self.matches.known:
                continue
            if key[0] == "domain":
                change.domains.append(key[1])
            else:
                change.external_ids.append((key[1], key[-1]))
        return change

    def _set_owner(self, index: int, account: Account, email: str | None) -> None:
        if email is None:
            account.owner = None
        elif (user := self.users.get(email.lower())) is None:
            self.result.refuse_all(index, [lookups.unknown_user("/owner", email)])
        elif user.pk != account.owner_id:
            account.owner = user

    def _check(self, index: int, account: Account, *, is_new: bool) -> None:
        if is_new and not account.name:
            account.name = account.domain or ""
        if not account.name:
            self.result.refuse(index, "/name", "Is missing; a new account without a domain needs a name.")
        if account.annual_revenue is not None and not account.currency:
            self.result.refuse(
                index, "/currency", "Is missing; an annual_revenue needs its ISO 4217 currency, like EUR."
            )

    def _follow_country(self, account: Account, before: str, change: Change) -> None:
        """An account lies in its country's territory, unless somebody put it elsewhere."""
        was = self.territories.get(before)
        if account.territory_id not in {None, was.pk if was else None}:
            return
        to = self.territories.get(account.country)
        if account.territory_id != (to.pk if to else None):
            account.territory = to
            change.fields.add("territory")


def _standing(account: Account) -> dict[str, object]:
    """What records may say of an account, as it stands."""
    plain = dict(zip(_PLAIN, _PLAIN_VALUES(account), strict=True))
    return plain | {"owner": account.owner_id, "domain": account.domain}


def territories_by_country() -> dict[str, Territory]:
    """The territory of each country; where two claim one, the first by name."""
    return {
        country: territory
        for territory in Territory.objects.order_by("-name", "-id")
        for country in territory.countries
    }


def _write(changes: list[Change], *, now: datetime) -> None:
    measured = [change.account for change in changes if change.is_new or change.fields & _FIRMOGRAPHICS]
    refitted = fit.put_on(measured, now=now)
    for change in changes:
        if change.is_new or change.fields & {"name", "country"}:
            change.account.put_name_key()
    new = [change for change in changes if change.is_new]
    old = [change for change in changes if not change.is_new and change.fields]
    storing.insert([change.account for change in new], now=now)
    storing.update([change.account for change in old], _WRITTEN, now=now)
    parents.write(changes, now=now)
    storing.insert_values(
        AccountDomain,
        ("account", "domain"),
        [(change.account.pk, domain) for change in changes for domain in change.domains],
    )
    storing.insert_values(
        AccountExternalId,
        ("account", "system", "value"),
        [(change.account.pk, system, value) for change in changes for system, value in change.external_ids],
    )
    _adopt_contacts([domain for change in changes for domain in change.domains])
    resolving.announce(
        [
            *(f"domain:{domain}" for change in changes for domain in change.domains),
            *(f"external:{value}" for change in changes for _, value in change.external_ids),
        ],
        now=now,
    )
    evaluate_later(account.pk for account in refitted)
    moved = [change.account.pk for change in changes if change.is_new or "lifecycle" in change.fields]
    if moved:
        follow_lifecycle(accounts=moved, now=now)


def _adopt_contacts(domains: list[str]) -> None:
    """Contacts that came before their company now belong to it."""
    if domains:
        with connection.cursor() as cursor:
            cursor.execute(_ADOPT, [domains])


_ADOPT = """
UPDATE accounts_contact c SET account_id = d.account_id, updated_at = statement_timestamp()
FROM accounts_accountdomain d
WHERE c.account_id IS NULL AND d.domain = split_part(lower(c.email), '@', 2) AND d.domain = ANY(%s)
"""
