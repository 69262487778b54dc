"""How the sample's list is kept: read through each month, watched in the CRM, and proposed upon by its figures."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import datetime, timedelta

from abmops.lib.choices import Role
from accounts.models import Account, Sidecar, User, Via
from accounts.selectors.list_history import list_as_of
from accounts.services.changes import acting
from accounts.services.sidecar import guessed_columns, put_sidecar, read_sidecar
from accounts.services.target_list.refresh import stamp
from signals.services.tiering import propose_tiers

DAY = timedelta(days=1)
HEADER = ["Record ID", "Company name", "Company domain name", "Target account", "Tier", "Owner email"]
NOTES = {
    78: "Twelve accounts without an owner handed to the pool.",
    48: "Two duplicates found; merged by hand.",
    17: "Tier 1 looked at with both sides; the audit names what is worth less than tier 3.",
}


def write(staff: Mapping[str, User], *, end: datetime) -> None:
    """Three stamps, a CRM read twice, and the proposals of last night."""
    revops = next(
        user for user in sorted(staff.values(), key=lambda one: one.email) if user.role == Role.REVOPS
    )
    for days, note in NOTES.items():
        at = end - days * DAY
        with acting(by=revops, via=Via.PAGE, what="Read the list through", at=at):
            stamp(by=revops, note=note, now=at)
    with acting(by=revops, via=Via.PAGE, what="Watches HubSpot for drift", at=end - 9 * DAY):
        crm = put_sidecar(name="HubSpot", kind=Sidecar.Kind.CRM, owner=revops, tiers=[])
    for days, care in ((9, 1), (2, 2)):
        at = end - days * DAY
        rows = enumerate(_held(at, care), start=2)
        read_sidecar(
            sidecar=crm, header=HEADER, rows=rows, columns=guessed_columns(HEADER), by=revops, now=at
        )
    with acting(via=Via.WORK, what="Nightly re-tier proposals", at=end):
        propose_tiers(now=end)


def _held(at: datetime, care: int) -> Iterator[list[str]]:
    """What the CRM holds then: the list, less every so many accounts, with some tiers and owners of yesterday."""
    listed = list_as_of(at).select_related("account__owner").order_by("account__name", "account_id")
    for number, row in enumerate(listed):
        account, tier = row.account, row.tier or 3
        if number % (19 * care) == 7:
            continue
        if number % (23 * care) == 5:
            tier = tier % 3 + 1
        owner = "" if number % (31 * care) == 3 else account.owner.email if account.owner else ""
        yield ["", account.name, account.domain or "", "Yes", f"tier_{tier}", owner]
    for account in Account.objects.filter(is_target=False).order_by("name", "pk")[: 6 // care]:
        yield ["", account.name, account.domain or "", "Yes", "tier_3", ""]
    yield ["", "Northwind Castings", "northwind-castings.example", "Yes", "tier_3", ""]
