"""What a sample in the making knows of itself."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from random import Random

from abmops.lib.bulk import BulkResult
from abmops.lib.choices import Role
from abmops.sample import world
from abmops.work import services as work
from accounts.models import User

LIVE = timedelta(days=91)
DAY = timedelta(days=1)
Say = Callable[[str], None]


@dataclass(slots=True)
class Program:
    """The making of one sample: its companies, its people, and where its year stands."""

    random: Random
    start: datetime
    end: datetime
    companies: list[world.Company]
    say: Say
    staff: dict[str, User] = field(default_factory=dict)
    began: datetime = field(default_factory=work.database_now)
    messages: int = 0
    customers: set[str] = field(default_factory=set)

    @property
    def live(self) -> datetime:
        """When thresholds and plays went live; before it the records are history."""
        return max(self.start, self.end - LIVE)

    def email(self, company: world.Company, job: str) -> str | None:
        """The person of a job in the company's territory; one account in nine has nobody named."""
        if job == "owner":
            if company.number % 9 == 8:
                return None
            job = "ae" if company.tier == 1 else "sdr"
        found = (one.email for one in world.PEOPLE if one.territory == company.patch.slug and one.job == job)
        return next(found, None)

    @property
    def revops(self) -> User:
        """The person who runs the program."""
        return next(self.staff[one.email] for one in world.PEOPLE if one.role == Role.REVOPS)


def all_well(result: BulkResult) -> None:
    """The sample sends nothing wrong: a refusal is a defect of the sample or of the service."""
    if result.errors:
        first = result.errors[0]
        raise RuntimeError(
            f"The sample's record {first.index} was refused at {first.pointer}: {first.detail}"
        )
