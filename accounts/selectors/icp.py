"""The versions of the customer profile, read back, and how far a count of every fit is."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from django.conf import settings

from abmops.work.models import WorkItem
from accounts.domain.fit import Criterion, read_criteria
from accounts.domain.icp import sentence, share_of
from accounts.models import Account, IcpModel


@dataclass(frozen=True, slots=True)
class Said:
    """A criterion as a sentence with the points of 100 that it gives."""

    criterion: Criterion
    sentence: str
    points: float


@dataclass(frozen=True, slots=True)
class Version:
    """A version of the profile, read back."""

    model: IcpModel
    lines: tuple[Said, ...]


def said(criteria: Sequence[Criterion]) -> tuple[Said, ...]:
    """Criteria read back, in their order."""
    return tuple(
        Said(one, sentence(one, currency=settings.BASE_CURRENCY), share_of(one, criteria)) for one in criteria
    )


def versions() -> list[Version]:
    """Every version, newest first: one query."""
    return [_version(model) for model in IcpModel.objects.select_related("adopted_by", "proposal")]


def version(number: int) -> Version | None:
    """One version by its number."""
    model = IcpModel.objects.select_related("adopted_by").filter(number=number).first()
    return _version(model) if model else None


def _version(model: IcpModel) -> Version:
    return Version(model, said(read_criteria(model.criteria)))


@dataclass(frozen=True, slots=True)
class Paired:
    """A criterion in two versions; None where a version does not have it."""

    old: Said | None
    new: Said | None

    @property
    def change(self) -> float:
        """How many points of 100 it gives more (or, below zero, less) in the second."""
        return (self.new.points if self.new else 0.0) - (self.old.points if self.old else 0.0)


def differences(old: Version, new: Version) -> list[Paired]:
    """The criteria of two versions side by side: those that ask the same in one line, whatever they weigh."""
    left = list(old.lines)
    pairs = []
    for line in new.lines:
        twin = next((one for one in left if one.sentence == line.sentence), None)
        if twin is not None:
            left.remove(twin)
        pairs.append(Paired(twin, line))
    return sorted([*pairs, *(Paired(one, None) for one in left)], key=lambda pair: -abs(pair.change))


@dataclass(frozen=True, slots=True)
class Refit:
    """A count of every fit that is still under way."""

    done: int
    of: int


def refit_under_way() -> Refit | None:
    """How far the worker is with recomputing every fit; None when it is through. One query, two while it runs."""
    item = WorkItem.objects.filter(kind="refit", state__in=("ready", "leased")).order_by("pk").first()
    if item is None:
        return None
    after = int(item.payload.get("after", 0))
    return Refit(Account.objects.filter(id__lte=after).count(), Account.objects.count())
