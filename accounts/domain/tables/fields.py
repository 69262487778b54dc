"""What a column can be: for every kind of import its fields, how each is read, and its words.

Names are those of the records (`accounts/api/records.py`). A dotted name fills a part of one: `external_ids.hubspot`
puts the cell under that system, `stages.Proposal` holds when that stage was entered, `opt_outs.email` says yes or no
to a no; `name.first` and `name.last` are joined; `outcome.won` and `outcome.closed` make the outcome together.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from enum import StrEnum


class Type(StrEnum):
    """How a cell is read."""

    TEXT = "text"
    ID = "id"  # a text that spreadsheets like to take for a number
    WHOLE = "whole"
    MONEY = "money"
    NUMBER = "number"  # as money, without a currency
    MOMENT = "moment"
    FLAG = "flag"
    CHOICE = "choice"
    LIST = "list"


@dataclass(frozen=True, slots=True)
class Field:
    """One field that a column can hold. `record` is the record's key that it goes into.

    `open` marks a name that a person completes: `external_ids.` + the system, `stages.` + the stage.
    """

    name: str
    title: str
    type: Type = Type.TEXT
    help: str = ""
    words: str = ""  # which table of words.py translates a choice
    open: bool = False

    @property
    def record(self) -> str:
        return self.name.partition(".")[0]


_EXTERNAL = Field(
    "external_ids.", "Id in another system", Type.ID, "Which system's id it is, like hubspot.", open=True
)
_ACCOUNT = (
    Field("account_domain", "Account's domain", help="Any of its domains; a web address will do."),
    Field("account_external_id", "Account's id in another system", Type.ID),
)
_CURRENCY = Field("currency", "Currency", help="ISO 4217 code, like EUR.")

KINDS: dict[str, tuple[Field, ...]] = {
    "accounts": (
        Field("name", "Name"),
        Field("domain", "Domain", help="The primary one; a web address will do."),
        Field("domains", "Further domains", Type.LIST),
        _EXTERNAL,
        Field("parent_domain", "Parent's domain"),
        Field("industry", "Industry"),
        Field("employees", "Employees", Type.WHOLE),
        Field("annual_revenue", "Annual revenue", Type.MONEY),
        _CURRENCY,
        Field("country", "Country", help="Code or English name."),
        Field("region", "Region"),
        Field("technologies", "Technologies", Type.LIST),
        Field("lifecycle", "Lifecycle", Type.CHOICE, words="lifecycle"),
        Field("owner", "Owner's e-mail"),
    ),
    "contacts": (
        Field("email", "E-mail"),
        Field("name", "Name"),
        Field("name.first", "First name"),
        Field("name.last", "Last name"),
        _EXTERNAL,
        Field("title", "Job title"),
        Field("phone", "Phone", Type.ID),
        *_ACCOUNT,
        Field("role", "Role in the buying decision", Type.CHOICE, words="role"),
        Field("seniority", "Seniority"),
        Field("persona", "Persona"),
        Field("influence", "Influence, 1 to 5", Type.WHOLE),
        Field("reports_to", "Manager's e-mail"),
        Field("do_not_contact", "Do not contact", Type.FLAG),
        Field("opt_outs", "Channels opted out of", Type.LIST, words="channel"),
        *(
            Field(f"opt_outs.{channel}", f"Opted out of {word}", Type.FLAG)
            for channel, word in (("email", "e-mail"), ("call", "calls"), ("linkedin", "LinkedIn"))
        ),
    ),
    "opportunities": (
        Field("external_id", "Opportunity's id", Type.ID),
        *_ACCOUNT,
        Field("name", "Name"),
        Field("stage", "Stage"),
        Field("amount", "Amount", Type.MONEY),
        _CURRENCY,
        Field("opened_at", "Opened at", Type.MOMENT),
        Field("closed_at", "Closed at", Type.MOMENT, "Left out while the opportunity is open."),
        Field("outcome", "Outcome", Type.CHOICE, "Won, lost or open.", words="outcome"),
        Field("outcome.won", "Is won", Type.FLAG),
        Field("outcome.closed", "Is closed", Type.FLAG),
        Field("owner", "Owner's e-mail"),
        Field("stages.", "Entered stage at", Type.MOMENT, "Which stage, as the CRM calls it.", open=True),
    ),
    "touches": (
        Field("external_id", "Touch's id", Type.ID),
        *_ACCOUNT,
        Field("contact_email", "Contact's e-mail"),
        Field("side", "Side", Type.CHOICE, words="side"),
        Field("channel", "Channel", Type.CHOICE, words="channel"),
        Field("direction", "Direction", Type.CHOICE, words="direction"),
        Field("occurred_at", "When", Type.MOMENT),
        Field("person", "Who, by e-mail"),
        Field("programmed", "From a play or campaign", Type.FLAG),
        Field("subject", "Subject"),
    ),
    "list_changes": (
        *_ACCOUNT,
        Field("tier", "Tier", Type.CHOICE, "1, 2 or 3; “off” takes the account off the list.", words="tier"),
        Field("at", "From when on", Type.MOMENT),
        Field("side", "Side", Type.CHOICE, words="side"),
        Field("reason", "Reason"),
        Field(
            "override",
            "Why past a full tier or a quarantine",
            help="In words, where it is wanted all the same.",
        ),
    ),
    "sidecar": (
        *_ACCOUNT,
        Field("account_name", "Account's name"),
        Field("country", "Country", help="Code or English name."),
        Field("tier", "Tier", Type.CHOICE, words="tier"),
        Field("owner", "Owner's e-mail"),
        Field("member", "Is on the list there", Type.FLAG, "Rows that say no are left out."),
    ),
}


def fields_of(kind: str) -> tuple[Field, ...]:
    """What a column of such a file can hold, in the order to offer it."""
    return KINDS[kind]


def field_of(kind: str, name: str) -> Field | None:
    """The field of this name, `external_ids.hubspot` included; None where the kind has no such field."""
    for field in KINDS[kind]:
        if field.name == name and not field.open:
            return field
        if field.open and name.startswith(field.name) and len(name) > len(field.name):
            rest = name.removeprefix(field.name).strip()
            return replace(field, name=field.name + rest, title=f"{field.title}: {rest}", open=False)
    return None
