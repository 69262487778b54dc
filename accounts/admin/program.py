"""The list's rules and its workings, matching, erasures and views."""

from __future__ import annotations

from django.contrib import admin

from accounts.admin.bases import Kept, ReadOnly
from accounts.models import (
    AccountAlias,
    DefaultView,
    DuplicatePair,
    DuplicateScan,
    Erasure,
    GapAssignment,
    IcpProposal,
    ListPolicy,
    ListRefresh,
    Merge,
    Nomination,
    Quarantine,
    SavedView,
    Sidecar,
    SidecarFinding,
    SidecarReading,
    Suppression,
    TierPolicy,
    TierProposal,
)


@admin.register(TierPolicy)
class TierPolicyAdmin(Kept):
    """How many accounts a tier should hold."""

    list_display = ("tier", "least", "most", "most_per_owner")


@admin.register(ListPolicy)
class ListPolicyAdmin(Kept):
    """The list's other rules: one row."""

    list_display = ("id", "quarantine_days", "refresh_days")


@admin.register(ListRefresh)
class ListRefreshAdmin(ReadOnly):
    """When the list was read through."""

    list_display = ("at", "by", "size", "note")
    list_select_related = ("by",)
    search_fields = ("note",)
    date_hierarchy = "at"


@admin.register(Nomination)
class NominationAdmin(ReadOnly):
    """Wishes of both sides; decided on the Target list page."""

    list_display = ("account", "side", "tier", "state", "by", "at", "decided_by")
    list_filter = ("state", "side", "tier")
    list_select_related = ("account", "by", "decided_by")
    search_fields = ("account__name", "reason")
    date_hierarchy = "at"


@admin.register(Quarantine)
class QuarantineAdmin(ReadOnly):
    """Accounts that people hold back."""

    list_display = ("account", "starts_at", "until", "reason", "by", "lifted_at")
    list_select_related = ("account", "by")
    search_fields = ("account__name", "reason")
    date_hierarchy = "starts_at"


@admin.register(TierProposal)
class TierProposalAdmin(ReadOnly):
    """What the figures propose."""

    list_display = ("account", "from_tier", "to_tier", "state", "at", "decided_by")
    list_filter = ("state",)
    list_select_related = ("account", "decided_by")
    search_fields = ("account__name",)
    date_hierarchy = "at"


@admin.register(Sidecar)
class SidecarAdmin(Kept):
    """Systems that keep a copy of the list."""

    list_display = ("name", "slug", "kind", "owner")
    list_filter = ("kind",)
    list_select_related = ("owner",)
    search_fields = ("name", "slug")


@admin.register(SidecarReading)
class SidecarReadingAdmin(ReadOnly):
    """What they held, and how far off it was."""

    list_display = (
        "sidecar",
        "at",
        "held",
        "right",
        "missing",
        "extra",
        "wrong_tier",
        "wrong_owner",
        "unknown",
    )
    list_filter = ("sidecar",)
    list_select_related = ("sidecar",)
    search_fields = ("sidecar__name",)
    date_hierarchy = "at"


@admin.register(SidecarFinding)
class SidecarFindingAdmin(ReadOnly):
    """Each thing that was not as the list has it."""

    list_display = ("reading", "kind", "account", "theirs", "ours")
    list_filter = ("kind",)
    list_select_related = ("reading__sidecar", "account")
    search_fields = ("account__name",)


@admin.register(DuplicatePair)
class DuplicatePairAdmin(ReadOnly):
    """Accounts that may be one company; decided on the Duplicates page."""

    list_display = ("first", "second", "likeness", "state", "found_at", "decided_by")
    list_filter = ("state",)
    list_select_related = ("first", "second", "decided_by")
    search_fields = ("first__name", "second__name")


@admin.register(DuplicateScan)
class DuplicateScanAdmin(ReadOnly):
    """Each look for duplicates."""

    list_display = ("at", "accounts", "pairs", "since")
    date_hierarchy = "at"


@admin.register(Merge)
class MergeAdmin(ReadOnly):
    """Accounts that were made one."""

    list_display = ("at", "loser_name", "winner", "by", "undone_at")
    list_select_related = ("winner", "by")
    search_fields = ("loser_name", "winner__name")
    date_hierarchy = "at"
    exclude = ("loser", "moved")


@admin.register(AccountAlias)
class AccountAliasAdmin(ReadOnly):
    """Ids that lead on."""

    list_display = ("old_id", "account")
    list_select_related = ("account",)
    search_fields = ("=old_id", "account__name")


@admin.register(Erasure)
class ErasureAdmin(ReadOnly):
    """People forgotten on request."""

    list_display = ("at", "by", "contact_id", "request")
    list_select_related = ("by",)
    search_fields = ("=contact_id",)
    date_hierarchy = "at"


@admin.register(Suppression)
class SuppressionAdmin(ReadOnly):
    """Hashed addresses and ids that stay away."""

    list_display = ("key_hmac", "at")
    search_fields = ("=key_hmac",)
    date_hierarchy = "at"


@admin.register(GapAssignment)
class GapAssignmentAdmin(ReadOnly):
    """Who was asked to find out what."""

    list_display = ("account", "field", "to", "at", "closed_at")
    list_select_related = ("account", "to")
    search_fields = ("account__name", "field")
    date_hierarchy = "at"


@admin.register(SavedView)
class SavedViewAdmin(Kept):
    """Views that people saved."""

    list_display = ("name", "page", "owner", "is_shared")
    list_filter = ("page", "is_shared")
    list_select_related = ("owner",)
    search_fields = ("name", "owner__email")


@admin.register(DefaultView)
class DefaultViewAdmin(Kept):
    """The view that a person begins with."""

    list_display = ("user", "page", "view")
    list_select_related = ("user", "view")
    search_fields = ("user__email", "view__name")


@admin.register(IcpProposal)
class IcpProposalAdmin(ReadOnly):
    """What the closed deals suggest as the profile."""

    list_display = ("made_at", "made_by", "state", "decided_by")
    list_filter = ("state",)
    list_select_related = ("made_by", "decided_by")
    search_fields = ("made_by__email",)
    date_hierarchy = "made_at"
