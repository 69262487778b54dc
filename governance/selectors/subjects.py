"""What an escalation may be about, and where a link leads."""

from collections import defaultdict
from collections.abc import Iterable, Mapping

from django.urls import NoReverseMatch, reverse

from accounts.models import Account, Opportunity
from governance.models import EscalationLink
from plays.models import Play
from signals.models import Threshold

Kind = EscalationLink.Kind

MODELS: Mapping[str, type[Account | Opportunity | Play | Threshold]] = {
    Kind.ACCOUNT: Account,
    Kind.THRESHOLD: Threshold,
    Kind.PLAY: Play,
    Kind.OPPORTUNITY: Opportunity,
}
_PAGES: Mapping[str, str] = {
    Kind.ACCOUNT: "accounts:account",
    Kind.THRESHOLD: "signals:threshold",
    Kind.PLAY: "plays:play",
}


def names_of(subjects: Iterable[tuple[str, int]]) -> dict[tuple[str, int], str]:
    """The names of the records that exist: one statement a kind."""
    wanted: dict[str, set[int]] = defaultdict(set)
    for kind, target in subjects:
        wanted[kind].add(target)
    return {
        (kind, row.pk): str(row)
        for kind, targets in wanted.items()
        for row in MODELS[kind].objects.filter(pk__in=targets)
    }


def page_of(link: EscalationLink) -> str | None:
    """The address of the linked record's page, where it has one."""
    name = _PAGES.get(link.kind)
    try:
        return reverse(name, args=[link.target_id]) if name else None
    except NoReverseMatch:
        return None
