"""The account graph. One module a noun; import from here."""

from accounts.models.account import Account, AccountDomain, AccountEvent, AccountExternalId, AccountQuerySet
from accounts.models.apikey import ApiKey, IdempotentRequest
from accounts.models.contact import Contact, ContactExternalId, ContactOptOut
from accounts.models.icp import IcpModel
from accounts.models.membership import ListMembership
from accounts.models.opportunity import (
    ExchangeRate,
    Opportunity,
    OpportunityAmount,
    OpportunityStage,
)
from accounts.models.touch import Touch
from accounts.models.user import Absence, Holiday, Territory, User

__all__ = [
    "Absence",
    "Account",
    "AccountDomain",
    "AccountEvent",
    "AccountExternalId",
    "AccountQuerySet",
    "ApiKey",
    "Contact",
    "ContactExternalId",
    "ContactOptOut",
    "ExchangeRate",
    "Holiday",
    "IcpModel",
    "IdempotentRequest",
    "ListMembership",
    "Opportunity",
    "OpportunityAmount",
    "OpportunityStage",
    "Territory",
    "Touch",
    "User",
]
