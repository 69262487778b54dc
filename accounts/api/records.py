"""The fields of the records that integrations send: checks, sentences and OpenAPI from one declaration."""

import re

from abmops.lib.choices import Channel, CommitteeRole, Direction, Lifecycle, Outcome, Side
from abmops.lib.domains import is_free_mail, registrable_domain
from abmops.rest.records import (
    Choice,
    Field,
    Flag,
    ListOf,
    MapOf,
    Moment,
    Money,
    Nested,
    Parsed,
    Text,
    Whole,
    Wrong,
)
from accounts.domain import countries, currencies

_EMAIL = re.compile(r"^[^@\s<>(),;:\"\\\[\]]{1,64}@[^@\s]{1,253}$")


def read_domain(text: str) -> str:
    """A company's registrable domain; addresses and URLs are cut down to it."""
    domain = registrable_domain(text)
    if domain is None:
        raise Wrong(f"{text[:60]!r} is not a domain. Write it like acme.com.")
    if is_free_mail(domain):
        raise Wrong(
            f"{domain} gives mailboxes to anybody, so it names no company. "
            "Send the company's own, or leave it out and send an external id."
        )
    return domain


def read_email(text: str) -> str:
    """An e-mail address, lower case."""
    if not _EMAIL.match(text) or registrable_domain(text) is None:
        raise Wrong(f"{text[:60]!r} is not an e-mail address.")
    return text.lower()


def read_user(text: str) -> str:
    """A user's e-mail address; whether there is such a user is decided when it is written."""
    if not _EMAIL.match(text):
        raise Wrong(f"{text[:60]!r} is not an e-mail address of a user.")
    return text.lower()


def read_country(text: str) -> str:
    """A two-letter code from a code or an English name."""
    code = countries.country(text)
    if code is None:
        near = countries.nearest(text)
        raise Wrong(
            f"{text[:60]!r} is no country. "
            + (f"Did you mean {near}?" if near else "Send its two-letter code.")
        )
    return code


def read_currency(text: str) -> str:
    """An ISO 4217 code."""
    code = currencies.currency(text)
    if code is None:
        raise Wrong(f"{text[:60]!r} is no currency. Send its ISO 4217 code, like EUR.")
    return code


def read_slug(text: str) -> str:
    """A short name for programs."""
    if not re.fullmatch(r"[-a-z0-9_]+", text):
        raise Wrong("May only have small letters, digits, - and _.")
    return text


def domain_field(name: str, help_: str, *, required: bool = False, null: bool = False) -> Parsed:
    """A company's domain."""
    like = {"examples": ["acme.com"]}
    return Parsed(name, help_, required=required, null=null, max_length=2_000, parse=read_domain, like=like)


def email_field(name: str, help_: str, *, required: bool = False, null: bool = False) -> Parsed:
    """An e-mail address of a contact."""
    like = {"format": "email"}
    return Parsed(name, help_, required=required, null=null, max_length=254, parse=read_email, like=like)


def user_field(name: str, help_: str, *, required: bool = False, null: bool = False) -> Parsed:
    """An e-mail address of a user."""
    like = {"format": "email"}
    return Parsed(name, help_, required=required, null=null, max_length=254, parse=read_user, like=like)


_CURRENCY = Parsed(
    "currency", "ISO 4217 code.", max_length=8, parse=read_currency, like={"examples": ["EUR"]}
)
_EXTERNAL_IDS = MapOf("external_ids", "What other systems call it: {system: id}. Added to what is known.")
_ACCOUNT_DOMAIN = domain_field("account_domain", "The account, by any of its domains.", null=True)
_ACCOUNT_EXTERNAL_ID = Text("account_external_id", "The account, by an id of another system.", max_length=200)

ACCOUNT: tuple[Field, ...] = (
    Text("name", "The company's name; a new account without one is called by its domain.", max_length=255),
    domain_field(
        "domain", "The primary domain, kept as the registrable one: https://www.acme.co.uk gives acme.co.uk."
    ),
    ListOf(
        "domains",
        "Further domains of the company; added to what is known.",
        of=domain_field("domain", ""),
        most=100,
    ),
    _EXTERNAL_IDS,
    domain_field(
        "parent_domain", "A domain of the parent account, which may come in the same call.", null=True
    ),
    Text("industry", max_length=120),
    Whole("employees", null=True),
    Money("annual_revenue", "A decimal string; needs currency.", null=True),
    _CURRENCY,
    Parsed("country", "Two-letter ISO 3166 code, or the English name.", max_length=80, parse=read_country),
    Text("region", max_length=80),
    ListOf("technologies", of=Text("technology", max_length=80, required=True), most=500),
    Choice("lifecycle", values=tuple(Lifecycle.values)),
    user_field("owner", "E-mail of the user who owns the account.", null=True),
)

CONTACT: tuple[Field, ...] = (
    email_field("email", "The key, in any case."),
    _EXTERNAL_IDS,
    Text("name", max_length=200),
    Text("title", max_length=200),
    Text("phone", max_length=40),
    _ACCOUNT_DOMAIN,
    _ACCOUNT_EXTERNAL_ID,
    Choice("role", "The part in the buying decision.", null=True, values=tuple(CommitteeRole.values)),
    Text("seniority", max_length=40),
    Text("persona", max_length=80),
    Whole("influence", "1 (little) to 5 (decides).", null=True, least=1, most=5),
    email_field("reports_to", "E-mail of the contact they report to.", null=True),
    Flag("do_not_contact", "false only lifts a no that came over the API."),
    ListOf(
        "opt_outs",
        "Channels they said no to; added, never lifted.",
        most=len(Channel.values),
        of=Nested(
            "opt_out",
            short="channel",
            fields=(
                Choice("channel", required=True, values=tuple(Channel.values)),
                Moment("at", "When they said it; now, if left out."),
                Text("source", "Where they said it.", max_length=200),
            ),
        ),
    ),
)

OPPORTUNITY: tuple[Field, ...] = (
    Text("external_id", "The key.", required=True, max_length=200),
    _ACCOUNT_DOMAIN,
    _ACCOUNT_EXTERNAL_ID,
    Text("name", max_length=255),
    Text("stage", "Where it stands. Where the history does not end in it, this is a move.", max_length=80),
    Money("amount", "A decimal string; needs currency.", null=True),
    _CURRENCY,
    Moment("opened_at", null=True),
    Moment("closed_at", "When it was won or lost.", null=True),
    Choice("outcome", "Empty (null) while it is open.", null=True, values=tuple(Outcome.values)),
    user_field("owner", "E-mail of the user who works it.", null=True),
    ListOf(
        "stages",
        "The stages it entered; added to the history.",
        of=Nested("stage", fields=(Text("stage", required=True, max_length=80), Moment("at", required=True))),
    ),
)

TOUCH: tuple[Field, ...] = (
    Text("external_id", "The key.", required=True, max_length=200),
    domain_field("account_domain", "The account, by any of its domains."),
    _ACCOUNT_EXTERNAL_ID,
    email_field("contact_email", "The contact, who must be known.", null=True),
    Choice("side", "Who acted.", values=tuple(Side.values)),
    Choice("channel", values=tuple(Channel.values)),
    Choice("direction", "outbound, if left out.", values=tuple(Direction.values)),
    Moment("occurred_at"),
    user_field("person", "E-mail of the user who did it.", null=True),
    Flag("programmed", "It came from a play step or a campaign."),
    Text("subject", max_length=300),
)

LIST_CHANGE: tuple[Field, ...] = (
    domain_field("account_domain", "The account, by any of its domains."),
    _ACCOUNT_EXTERNAL_ID,
    Whole(
        "tier", "1, 2 or 3; null takes the account off the list.", required=True, null=True, least=1, most=3
    ),
    Moment("at", "From when on.", required=True),
    Choice("side", "Who wants it.", required=True, values=tuple(Side.values)),
    Text("reason", "Why, in words.", required=True, max_length=4_000),
    Text(
        "override",
        "Why past a full tier or a quarantine, where the change goes past one; else it is not kept.",
        max_length=4_000,
    ),
)

TERRITORY: tuple[Field, ...] = (
    Parsed(
        "slug",
        "Short name for programs.",
        required=True,
        max_length=50,
        parse=read_slug,
        like={"pattern": "^[-a-z0-9_]+$"},
    ),
    Text("name", required=True, max_length=80),
    ListOf(
        "countries",
        "Accounts of these countries fall into it.",
        of=Parsed("country", max_length=80, parse=read_country),
    ),
)
