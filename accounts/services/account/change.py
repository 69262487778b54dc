"""What one record does to one account, and how many of them are stored at once."""

from __future__ import annotations

from dataclasses import dataclass, field

from abmops.lib.bulk import Verdict
from accounts.models import Account


@dataclass(frozen=True, slots=True)
class Parent:
    """What becomes of an account's parent: a stored account, the account of another record, or (empty) none."""

    account_id: int | None = None
    index: int | None = None


# Told apart by identity.
KEEP = Parent()
CLEAR = Parent()


@dataclass(slots=True)
class Change:
    """What one record does to one account."""

    index: int
    account: Account
    is_new: bool
    fields: set[str] = field(default_factory=set)
    domains: list[str] = field(default_factory=list)
    external_ids: list[tuple[str, str]] = field(default_factory=list)
    parent: Parent = KEEP

    @property
    def has_news(self) -> bool:
        """Whether anything differs from what is stored."""
        return bool(self.fields or self.domains or self.external_ids or self.parent is not KEEP)

    @property
    def verdict(self) -> Verdict:
        """What the record does, in a word."""
        if self.is_new:
            return "created"
        return "updated" if self.has_news else "unchanged"
