"""Which column holds what, by its title: our own exports, HubSpot's and Salesforce's, and plain words."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from accounts.domain.tables import words
from accounts.domain.tables.fields import KINDS, Field, field_of, fields_of

# kind -> field -> titles; case, marks and blanks do not count. A leading ? says that a title could mean more.
_HUBSPOT_ACCOUNTS = {
    "external_ids.hubspot": "record id|company id|hubspot id|hs object id",
    "name": "company name|name",
    "domain": "company domain name|domain",
    "domains": "hs additional domains|additional domains",
    "industry": "industry",
    "employees": "number of employees|numberofemployees",
    "annual_revenue": "annual revenue|annualrevenue",
    "country": "country region|country",
    "region": "?state region",
    "technologies": "web technologies",
    "lifecycle": "lifecycle stage|lifecyclestage",
    "owner": "?company owner|?hubspot owner id",
    "currency": "currency|?company currency",
}
_KNOWN: dict[str, tuple[dict[str, str], ...]] = {
    "accounts": (
        _HUBSPOT_ACCOUNTS,
        {
            "external_ids.salesforce": "account id|account id 18|accountid|?id",
            "name": "account name|account|company|?customer|organization|organisation|firma|unternehmen|kunde",
            "domain": "website|web site|company website|homepage|homepage url|url|webseite|primary domain",
            "domains": "further domains|other domains|domains|aliases",
            "parent_domain": "parent domain|parent company domain",
            "industry": "sector|vertical|branche",
            "employees": "employees|employee count|headcount|company size|mitarbeiter|no of employees",
            "annual_revenue": "revenue|?turnover|?umsatz|jahresumsatz|?arr",
            "currency": "currencyisocode|account currency|currency code|währung",
            "country": "billingcountry|billing country|billing country code|billingcountrycode|land|?office location"
            "|country code|hq country|headquarters country",
            "region": "region|?billingstate|?billing state province",
            "technologies": "technologies|tech stack|technology",
            "lifecycle": "lifecycle|?type|?account status|?status",
            "owner": "owner email|account owner email|owner e mail|?account owner|?owner|company owner email",
        },
    ),
    "contacts": (
        {
            "external_ids.hubspot": "record id|contact record id|hs object id|?vid",
            "name.first": "first name|firstname|vorname|given name",
            "name.last": "last name|lastname|nachname|surname|family name",
            "email": "email|e mail|email address|e mail address|work email|e mail adresse",
            "title": "job title|jobtitle|position|?title|funktion",
            "phone": "phone number|phone|telefon|mobile phone number|?mobile|?mobilephone|?mobile phone",
            "role": "buying role|hs buying role|buying roles",
            "seniority": "seniority|employment seniority|hs seniority|level",
            "persona": "persona|hs persona",
            "do_not_contact": "do not contact|donotcontact",
            "opt_outs.email": "unsubscribed from all email|hs email optout|email opt out|hasoptedoutofemail|emailoptout"
            "|opted out of email",
            "account_domain": "company domain name|associated company domain|account domain|?website|?company website",
            "account_external_id": "associated company id|associatedcompanyid|primary associated company id",
        },
        {
            "external_ids.salesforce": "contact id|contactid|?id",
            "name": "name|full name|contact name|?contact",
            "title": "title",
            "opt_outs.call": "do not call|donotcall",
            "account_external_id": "account id|accountid|company id|account external id",
            "account_domain": "domain|account website",
            "role": "role|committee role|buying committee role|contact role",
            "influence": "influence",
            "reports_to": "reports to email|reportsto email|manager email|reports to",
            "opt_outs": "opt outs|opted out channels",
            "phone": "mobile|mobilephone|mobile phone|business phone",
        },
    ),
    "opportunities": (
        {
            "external_id": "record id|deal id|hs object id|dealid",
            "name": "deal name|dealname",
            "stage": "deal stage|dealstage",
            "amount": "amount|amount in company currency",
            "closed_at": "close date|closedate|closed date",
            "opened_at": "create date|createdate|?engage date",
            "owner": "?deal owner|?hubspot owner id",
            "currency": "currency|deal currency code",
            "outcome.won": "is closed won|hs is closed won",
            "outcome.closed": "is deal closed|hs is closed|is closed",
            "account_external_id": "associated company id|primary associated company id|?associated company ids",
            "account_domain": "company domain name|associated company domain",
        },
        {
            "external_id": "opportunity id|opportunityid|opportunity external id|external id|?id|deal deal id",
            "account_external_id": "account id|accountid|company id|account external id",
            "account_domain": "account domain|domain|website|account website",
            "name": "opportunity name|name|opportunity",
            "stage": "stagename|stage|stage name",
            "amount": "deal value|close value|value|betrag|acv|?arr",
            "currency": "currencyisocode|opportunity currency|amount currency|currency code",
            "opened_at": "createddate|created date|opened at|opened|created at|created",
            "closed_at": "closed at|closed|?actual close date",
            "outcome": "outcome|result|won lost",
            "outcome.won": "iswon|is won|won",
            "outcome.closed": "isclosed",
            "owner": "owner email|opportunity owner email|owner e mail|?opportunity owner|?owner|?sales agent",
        },
    ),
    "touches": (
        {
            "external_id": "activity id|touch id|record id|external id|task id|event id|engagement id|?id",
            "account_domain": "account domain|domain|company domain name|account",
            "account_external_id": "account id|accountid|company id|account external id|associated company id",
            "contact_email": "contact email|email|e mail|contact e mail",
            "side": "side|team",
            "channel": "channel|activity type|?type",
            "direction": "direction",
            "occurred_at": "occurred at|activity date|date|activitydate|timestamp|when|time",
            "person": "person|owner email|assigned to email|rep email|?activity assigned to|?assigned to|who",
            "programmed": "programmed|from a play or campaign",
            "subject": "subject|activity name|title",
        },
    ),
    "list_changes": (
        {
            "account_domain": "account domain|domain|company domain name|website",
            "account_external_id": "account id|accountid|record id|company id|account external id|external id",
            "tier": "tier|new tier|ideal customer profile tier|abm tier|account tier|target tier",
            "at": "at|date|from|effective date|effective from|since|changed at",
            "side": "side|team",
            "reason": "reason|why|note|notes|comment",
        },
    ),
    "sidecar": (
        {
            "account_external_id": "record id|company id|account id|accountid|account external id|?external id|?id",
            "account_domain": "domain|website|company domain name|account domain|companywebsite|companyemaildomain"
            "|company website|url",
            "account_name": "name|company name|account name|account|company|companyname|account company name",
            "country": "country|country region|companycountry|billingcountry|billing country",
            "tier": "tier|ideal customer profile tier|hs ideal customer profile|abm tier|account tier|account tier id",
            "owner": "owner email|owner|account owner email|company owner email|?company owner|?account owner",
            "member": "target account|hs is target account|hs target account|is target account|is target|on the list",
        },
    ),
}
_STAGE_DATE = re.compile(r"date entered (?P<stage>.+)", re.IGNORECASE)
_PIPELINE = re.compile(r"\s*\([^()]*\)$")
_SYSTEM_ID = re.compile(
    r"([a-z0-9]{2,30})[ _-]+(?:(?:account|company|contact|crm|external)[ _-]+)?id", re.IGNORECASE
)
_NO_SYSTEM = frozenset(
    ["record", "account", "company", "contact", "deal", "owner", "parent", "portal", "external", "user"]
)


@dataclass(frozen=True, slots=True)
class Guess:
    """The field a column probably holds. `sure` is False where the title could mean something else: show it so."""

    field: str
    sure: bool = True


def suggest(kind: str, header: Sequence[str]) -> dict[int, Guess]:
    """Column number -> guess; no field is given to two columns. Columns that nothing is known of are not in it.

    A sure title wins over an unsure one, an earlier column over a later. A domain column wins over a web address.
    """
    plain = [_plain(title) for title in header]
    by_title = _TITLES[kind]
    found: dict[int, Guess] = {}
    taken: dict[str, int] = {}
    ranked = sorted(
        (
            (rank, column, Guess(field, sure))
            for column, title in enumerate(plain)
            for rank, field, sure in by_title.get(title, ())
        ),
        key=lambda one: (not one[2].sure, one[0], one[1]),
    )
    for _, column, guess in ranked:
        if column not in found and guess.field not in taken:
            found[column] = guess
            taken[guess.field] = column
    for column, title in enumerate(header):
        part = None if column in found else _patterned(kind, title)
        if part is not None and part.field not in taken:
            found[column] = part
            taken[part.field] = column
    if any(title.startswith("property_") for title in header):
        # A loader's copy of HubSpot: its bare id is HubSpot's.
        found = {
            column: Guess("external_ids.hubspot", sure=True)
            if guess.field == "external_ids.salesforce"
            else guess
            for column, guess in found.items()
        }
    if "name" in taken and ("name.first" in taken or "name.last" in taken):
        del found[taken["name"]]
    return dict(sorted(found.items()))


def _plain(title: str) -> str:
    """A title without case, marks and blanks; what loaders put around a property's name (property_, __c) is cut."""
    return words.plain(title.strip().removesuffix("__c")).removeprefix("property ").replace(" ", "")


def _patterned(kind: str, title: str) -> Guess | None:
    """Titles that name a part: "Date entered 'Proposal'", "Salesforce ID"."""
    if kind == "opportunities":
        entered = _STAGE_DATE.fullmatch(title.strip())
        stage = _PIPELINE.sub("", entered["stage"].strip("\"'“”\u2018\u2019 ")) if entered else ""
        return Guess(f"stages.{stage}") if stage else None
    if kind in ("accounts", "contacts"):
        system = _SYSTEM_ID.fullmatch(title.strip())
        if system and system[1].lower() not in _NO_SYSTEM:
            return Guess(f"external_ids.{system[1].lower()}", sure=False)
        if title.startswith("external_ids.") and field_of(kind, title.strip()):
            return Guess(title.strip())
    return None


def _titles(kind: str) -> dict[str, list[tuple[int, str, bool]]]:
    """title -> [(rank, field, sure)]: our own names and titles first, then the tables in their order."""
    known: dict[str, list[tuple[int, str, bool]]] = {}

    def add(title: str, rank: int, field: str, *, sure: bool) -> None:
        entries = known.setdefault(title, [])
        if field not in {entry[1] for entry in entries}:
            entries.append((rank, field, sure))

    for rank, field in enumerate(fields_of(kind)):
        if not field.open:
            # "Owner" often holds a name; a column of e-mails goes before it.
            add(_plain(field.name), 300 if field.name in ("owner", "person") else rank, field.name, sure=True)
            add(_plain(field.title), rank, field.name, sure=True)
    for table in _KNOWN[kind]:
        for field_name, titles in table.items():
            for place, title in enumerate(titles.split("|")):
                add(_plain(title), 100 + place, field_name, sure=title[0] != "?")
    return known


_TITLES = {kind: _titles(kind) for kind in _KNOWN}


def learn(kind: str, fields: Sequence[Field], titles: Mapping[str, str]) -> None:
    """Know one more kind of file, which an upper app brings. `titles`: field -> titles, in the form of those above."""
    KINDS[kind] = tuple(fields)
    _KNOWN[kind] = (dict(titles),)
    _TITLES[kind] = _titles(kind)
