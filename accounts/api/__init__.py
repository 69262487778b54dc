"""The REST resources of the account graph; `register` puts them under `/api/v1/`."""

from rest_framework.routers import BaseRouter

from accounts.api.account import AccountApi
from accounts.api.changes import ChangeApi
from accounts.api.contact import ContactApi
from accounts.api.duplicates import DuplicateApi, MergeApi
from accounts.api.erasures import ErasureApi
from accounts.api.gaps import GapApi
from accounts.api.icp import AccountFitApi, ProfileApi, ProposalApi
from accounts.api.imports import ImportApi
from accounts.api.listing import ListApi, ListChangeApi
from accounts.api.nominations import NominationApi
from accounts.api.opportunity import OpportunityApi
from accounts.api.people import TerritoryApi, UserApi
from accounts.api.quarantines import HeldBackApi, QuarantineApi
from accounts.api.sidecars import SidecarApi, SidecarFindingApi, SidecarReadingApi
from accounts.api.touch import MeetingApi, TouchApi


def register(router: BaseRouter) -> None:
    """Add every resource of this app to the program's router."""
    router.register("accounts", AccountApi, basename="account")
    router.register("accounts", AccountFitApi, basename="account-fit")
    router.register("icp", ProfileApi, basename="icp")
    router.register("icp-proposals", ProposalApi, basename="icp-proposal")
    router.register("changes", ChangeApi, basename="change")
    router.register("contacts", ContactApi, basename="contact")
    router.register("gaps", GapApi, basename="gap")
    router.register("duplicates", DuplicateApi, basename="duplicate")
    router.register("merges", MergeApi, basename="merge")
    router.register("erasures", ErasureApi, basename="erasure")
    router.register("opportunities", OpportunityApi, basename="opportunity")
    router.register("touches", TouchApi, basename="touch")
    router.register("meetings", MeetingApi, basename="meeting")
    router.register("list", ListApi, basename="list")
    router.register("nominations", NominationApi, basename="nomination")
    router.register("quarantines", QuarantineApi, basename="quarantine")
    router.register("held-back", HeldBackApi, basename="held-back")
    router.register("list-changes", ListChangeApi, basename="list-change")
    router.register("users", UserApi, basename="user")
    router.register("imports", ImportApi, basename="import")
    router.register("sidecars", SidecarApi, basename="sidecar")
    router.register("sidecar-readings", SidecarReadingApi, basename="sidecar-reading")
    router.register("sidecar-findings", SidecarFindingApi, basename="sidecar-finding")
    router.register("territories", TerritoryApi, basename="territory")
