"""Who reports to whom: known, perhaps from the same call, and never in a circle."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence

from accounts.domain.hierarchy import in_circles
from accounts.models import Contact
from accounts.services.contact.change import Call, Change


def settle_reports(changes: Sequence[Change], call: Call) -> None:
    """Give everybody their superior, stored or of this call; refuse unknown ones and circles."""
    by_email: dict[str | None, Change] = {
        change.contact.email: change for change in changes if change.contact.email
    }
    named = [change for change in changes if change.boss]
    while True:
        refused = call.result.refused()
        lost = [
            change
            for change in named
            if change.index not in refused and not _boss(change, by_email, call, refused)
        ]
        for change in lost:
            call.result.refuse(
                change.index,
                "/reports_to",
                f"No contact has the e-mail {change.boss}. Send them first or with this one.",
            )
        circling = _circling(named, by_email, call)
        for change in circling:
            call.result.refuse(
                change.index, "/reports_to", "Would make the contact report to themselves, over others."
            )
        if not lost and not circling:
            break
    for change in named:
        if change.index in refused:
            continue
        change.superior = _boss(change, by_email, call, refused)
        superior_id = change.superior.pk if change.superior else None
        change.changed |= superior_id is None or superior_id != change.contact.reports_to_id


def _boss(
    change: Change, by_email: Mapping[str | None, Change], call: Call, refused: Collection[int]
) -> Contact | None:
    email = str(change.boss).lower()
    other = by_email.get(email)
    if other is not None and (other.index not in refused):
        return other.contact
    return call.bosses.get(email)


def _circling(named: list[Change], by_email: Mapping[str | None, Change], call: Call) -> list[Change]:
    refused = call.result.refused()
    standing = [change for change in named if change.index not in refused]
    if not standing:
        return []
    edges: dict[object, object] = dict(
        Contact.objects.filter(reports_to__isnull=False).values_list("id", "reports_to_id")
    )
    for change in standing:
        boss = _boss(change, by_email, call, refused)
        if boss is not None:
            edges[_node(change.contact)] = _node(boss)
    circles = in_circles(edges)
    return [change for change in standing if _node(change.contact) in circles]


def _node(contact: Contact) -> object:
    return contact.pk or str(contact.email).lower()
