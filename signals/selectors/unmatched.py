"""Signals that wait for their account, in the groups that a person can decide about."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.contrib.postgres.aggregates import ArrayAgg
from django.db import connection
from django.db.models import Count, Max, Min, QuerySet
from django.db.models.expressions import RawSQL

from abmops.lib.ids import first_uuid7
from accounts.selectors.finding import Wanted, find_accounts
from signals.models import IgnoredKey, SignalType, Source, UnmatchedSignal

KINDS: dict[str, str] = {
    "domain": "Companies",
    "external": "External ids",
    "mail": "Free mail",
    "people": "Unknown visitors",
}
# Of each group the newest so many are looked at for what they are and who they are of.
LOOKED_AT = 200

# One group a signal: its company's domain, else its external id, else the host of its mailbox, else its source.
_GROUP = """CASE
    WHEN {t}.domain <> '' THEN 'domain:' || {t}.domain
    WHEN {t}.keys[1] LIKE 'external:%%' THEN {t}.keys[1]::text
    WHEN {t}.keys[cardinality({t}.keys)] LIKE 'email:%%'
        THEN 'mail:' || split_part({t}.keys[cardinality({t}.keys)], '@', 2)
    ELSE 'people:' || {t}.source_id END"""


@dataclass(frozen=True, slots=True)
class Suggestion:
    """An account that a group may belong to, and why."""

    account_id: int
    name: str
    why: str


@dataclass(frozen=True, slots=True)
class Group:
    """Signals that wait for the same thing. `types` and `people` are of the newest ones."""

    key: str
    kind: str
    name: str
    signals: int
    newest: datetime
    first: datetime
    sources: tuple[str, ...]
    types: tuple[tuple[str, int], ...] = ()
    people: tuple[str, ...] = ()
    suggestions: tuple[Suggestion, ...] = ()

    @property
    def is_company(self) -> bool:
        """Whether it can become an account, or another domain of one."""
        return self.kind == "domain"

    @property
    def can_be_placed(self) -> bool:
        """Whether a word of a person places it: a free-mail host and unknown visitors are nobody's company."""
        return self.kind in {"domain", "external"}


def waiting(*, since: datetime, ignored: bool = False) -> QuerySet[Any]:
    """Signals without an account that came since then, each with its `group`; those of ignored groups on request."""
    rows = _grouped(since)
    keys = IgnoredKey.objects.values("key")
    return rows.filter(group__in=keys) if ignored else rows.exclude(group__in=keys)


def _grouped(since: datetime) -> QuerySet[Any]:
    group = RawSQL(_GROUP.format(t="signals_unmatchedsignal"), [])  # noqa: S611  (our own text)
    return UnmatchedSignal.objects.filter(signal_id__gte=first_uuid7(since)).annotate(group=group)


def groups(rows: QuerySet[Any]) -> QuerySet[Any]:
    """These signals by group: how many, since when, until when, from which sources."""
    found: QuerySet[Any] = (
        rows.order_by()
        .values("group")
        .annotate(
            n=Count("signal_id"),
            newest=Max("received_at"),
            first=Min("received_at"),
            source_ids=ArrayAgg("source_id", distinct=True),
        )
    )
    return found


def described(found: Iterable[Mapping[str, Any]], *, since: datetime, suggest: bool = True) -> list[Group]:
    """A page of groups with what they are made of and whose they may be: a fixed number of queries."""
    rows = list(found)
    names = source_names()
    keys = [row["group"] for row in rows]
    types, people = _looked_at(keys, since)
    suggestions = suggested(keys) if suggest else {}
    return [
        Group(
            key=row["group"],
            kind=kind_of(row["group"]),
            name=name_of(row["group"], names),
            signals=row["n"],
            newest=row["newest"],
            first=row["first"],
            sources=tuple(names.get(pk, "A source that is gone") for pk in row["source_ids"]),
            types=tuple(types.get(row["group"], Counter()).most_common()),
            people=tuple(people.get(row["group"], ())),
            suggestions=tuple(suggestions.get(row["group"], ())),
        )
        for row in rows
    ]


def groups_of(keys: Iterable[str], *, since: datetime, suggest: bool = True) -> list[Group]:
    """These groups, ignored or not; those in which nothing waits are left out."""
    found = groups(_grouped(since).filter(group__in=list(keys))).order_by("-n", "group")
    return described(found, since=since, suggest=suggest)


def signals_of(key: str, *, since: datetime) -> QuerySet[Any]:
    """What waits in one group, newest first; by an index where the group has one."""
    rows = _grouped(since)
    by, _, value = key.partition(":")
    if by == "domain":
        rows = rows.filter(domain=value)
    elif by == "external":
        rows = rows.filter(keys__contains=[key])
    return rows.filter(group=key).select_related("source").order_by("-signal_id")


def kind_of(key: str) -> str:
    """The kind of a group's key."""
    return key.partition(":")[0]


def name_of(key: str, sources: Mapping[int, str]) -> str:
    """What a person calls the group."""
    by, _, value = key.partition(":")
    if by == "people":
        return f"Unknown visitors of {sources.get(int(value), 'a source that is gone')}"
    return f"{value} mailboxes" if by == "mail" else value


def source_names() -> dict[int, str]:
    """The names of all sources."""
    return dict(Source.objects.values_list("pk", "name"))


def _looked_at(keys: Sequence[str], since: datetime) -> tuple[dict[str, Counter[str]], dict[str, list[str]]]:
    """The types and the people's addresses of each group's newest signals: two queries."""
    types: dict[str, Counter[str]] = {}
    people: dict[str, list[str]] = {}
    if not keys:
        return types, people
    names = dict(SignalType.objects.values_list("pk", "name"))
    bound = first_uuid7(since)
    with connection.cursor() as cursor:
        cursor.execute(_NEWEST, [bound, list(keys), bound, LOOKED_AT])
        for group, type_id, email in cursor.fetchall():
            types.setdefault(group, Counter())[names.get(type_id, "A type that is gone")] += 1
            if email and email not in people.setdefault(group, []):
                people[group].append(email)
    return types, people


_NEWEST = f"""
SELECT w.g, s.type_id, w.email FROM (
    SELECT u.signal_id, u.g, row_number() OVER (PARTITION BY u.g ORDER BY u.signal_id DESC) AS place,
        (SELECT substr(k, 7) FROM unnest(u.keys) AS k WHERE k LIKE 'email:%%' LIMIT 1) AS email
    FROM (SELECT r.signal_id, r.keys, {_GROUP.format(t="r")} AS g FROM signals_unmatchedsignal r
          WHERE r.signal_id >= %s) u
    WHERE u.g = ANY(%s)
) w JOIN signals_signal s ON s.id = w.signal_id AND s.id >= %s
WHERE w.place <= %s ORDER BY w.signal_id DESC
"""  # noqa: S608  (our own text)


def suggested(keys: Sequence[str]) -> dict[str, list[Suggestion]]:
    """Accounts that the companies among these groups may be: the same name under another ending, or a name that is
    alike. Never taken without a person."""
    domains = {key: key.removeprefix("domain:") for key in keys if key.startswith("domain:")}
    if not domains:
        return {}
    found: dict[str, dict[int, Suggestion]] = {key: {} for key in domains}
    with connection.cursor() as cursor:
        cursor.execute(_RELATED, {"domains": list(domains.values())})
        for domain, account_id, name, why in cursor.fetchall():
            found[f"domain:{domain}"].setdefault(account_id, Suggestion(account_id, name, why))
    places = dict(enumerate(domains))
    named = find_accounts({index: Wanted(name=name_from(domains[key])) for index, key in places.items()})
    for index, key in places.items():
        for one in named[index].suggestions:
            found[key].setdefault(one.account_id, Suggestion(one.account_id, one.name, "its name is alike"))
    return {key: list(some.values())[:3] for key, some in found.items() if some}


_RELATED = """
SELECT w.domain, a.id, a.name, 'it has ' || d.domain AS why
FROM unnest(%(domains)s::text[]) AS w(domain)
JOIN accounts_accountdomain d ON split_part(d.domain, '.', 1) = split_part(w.domain, '.', 1) AND d.domain <> w.domain
JOIN accounts_account a ON a.id = d.account_id
WHERE length(split_part(w.domain, '.', 1)) > 2
ORDER BY w.domain, a.id LIMIT 200
"""


def name_from(domain: str) -> str:
    """A first guess at a company's name: `blue-ridge.co.uk` is perhaps Blue Ridge."""
    words = domain.partition(".")[0].replace("_", "-").split("-")
    return " ".join(word[:1].upper() + word[1:] for word in words if word)[:255] or domain
