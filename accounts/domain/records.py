"""The records that integrations send, cleaned: a key that is absent keeps the stored value, None clears it.

Domains are registrable and lower case, e-mail addresses lower case, codes in capitals, moments in UTC.
"""

from datetime import datetime
from decimal import Decimal
from typing import TypedDict


class AccountRecord(TypedDict, total=False):
    """Key: an `external_ids` entry, else `domain`. `domains` and `external_ids` are added to what is known."""

    name: str
    domain: str | None
    domains: list[str]
    external_ids: dict[str, str]
    parent_domain: str | None
    industry: str
    employees: int | None
    annual_revenue: Decimal | None
    currency: str
    country: str
    region: str
    technologies: list[str]
    lifecycle: str
    owner: str | None


class OptOutRecord(TypedDict, total=False):
    """A contact's no to one channel. Without `at` it counts from now."""

    channel: str
    at: datetime
    source: str


class ContactRecord(TypedDict, total=False):
    """Key: an `external_ids` entry, else `email`. `opt_outs` are added; a no is never lifted by leaving it out."""

    email: str | None
    external_ids: dict[str, str]
    name: str
    title: str
    phone: str
    account_domain: str | None
    account_external_id: str
    role: str | None
    seniority: str
    persona: str
    influence: int | None
    reports_to: str | None
    do_not_contact: bool
    opt_outs: list[OptOutRecord]


class StageRecord(TypedDict):
    """A stage an opportunity entered, and when."""

    stage: str
    at: datetime


class OpportunityRecord(TypedDict, total=False):
    """Key: `external_id`. `stages` are added to the history."""

    external_id: str
    account_domain: str | None
    account_external_id: str
    name: str
    stage: str
    amount: Decimal | None
    currency: str
    opened_at: datetime | None
    closed_at: datetime | None
    outcome: str | None
    owner: str | None
    stages: list[StageRecord]


class TouchRecord(TypedDict, total=False):
    """Key: `external_id`."""

    external_id: str
    account_domain: str
    account_external_id: str
    contact_email: str | None
    side: str
    channel: str
    direction: str
    occurred_at: datetime
    person: str | None
    programmed: bool
    subject: str


class ListChangeRecord(TypedDict, total=False):
    """Key: the account and `at`. A `tier` of None takes the account off the list. `override`: why past a rule."""

    account_domain: str
    account_external_id: str
    tier: int | None
    at: datetime
    side: str
    reason: str
    override: str
