"""The account graph. One module a noun; import from here."""

from accounts.models.account import Account, AccountDomain, AccountEvent, AccountExternalId, AccountQuerySet
from accounts.models.apikey import ApiKey, IdempotentRequest
from accounts.models.change import Change, ChangeSet, Via
from accounts.models.contact import Contact, ContactExternalId, ContactOptOut
from accounts.models.erasure import Erasure, Suppression
from accounts.models.figures import AccountFigures
from accounts.models.gap import GapAssignment
from accounts.models.icp import IcpModel, IcpProposal
from accounts.models.imports import Import, ImportFile, ImportMapping, ImportRow
from accounts.models.membership import ListMembership
from accounts.models.merge import AccountAlias, DuplicatePair, DuplicateScan, Merge
from accounts.models.opportunity import (
    ExchangeRate,
    Opportunity,
    OpportunityAmount,
    OpportunityStage,
)
from accounts.models.policy import ListPolicy, ListRefresh, Nomination, Quarantine, TierPolicy, TierProposal
from accounts.models.sidecar import Sidecar, SidecarFinding, SidecarReading
from accounts.models.touch import Touch
from accounts.models.user import Absence, Holiday, Territory, User
from accounts.models.view import DefaultView, SavedView

__all__ = [
    "Absence",
    "Account",
    "AccountAlias",
    "AccountDomain",
    "AccountEvent",
    "AccountExternalId",
    "AccountFigures",
    "AccountQuerySet",
    "ApiKey",
    "Change",
    "ChangeSet",
    "Contact",
    "ContactExternalId",
    "ContactOptOut",
    "DefaultView",
    "DuplicatePair",
    "DuplicateScan",
    "Erasure",
    "ExchangeRate",
    "GapAssignment",
    "Holiday",
    "IcpModel",
    "IcpProposal",
    "IdempotentRequest",
    "Import",
    "ImportFile",
    "ImportMapping",
    "ImportRow",
    "ListMembership",
    "ListPolicy",
    "ListRefresh",
    "Merge",
    "Nomination",
    "Opportunity",
    "OpportunityAmount",
    "OpportunityStage",
    "Quarantine",
    "SavedView",
    "Sidecar",
    "SidecarFinding",
    "SidecarReading",
    "Suppression",
    "Territory",
    "TierPolicy",
    "TierProposal",
    "Touch",
    "User",
    "Via",
]
