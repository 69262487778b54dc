"""`manage.py recompute`: rolling states from the stored signals, and how far the stored ones were off."""

from __future__ import annotations

from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.utils import timezone

from accounts.models import Account
from signals.services.recompute import Report, recompute, stopped

EVERY = 5_000


class Command(BaseCommand):
    """Replay all signals."""

    help = (
        "Makes every account's rolling state anew from its stored signals, beside live traffic. Stopped or killed, it "
        "goes on where it was when it is started again."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        """Where to begin, and whether to write."""
        parser.add_argument(
            "--fresh", action="store_true", help="Begin anew, whatever was done before a stop."
        )
        parser.add_argument("--after", type=int, default=None, help="Begin behind this account id.")
        parser.add_argument(
            "--check",
            action="store_true",
            help="Only look: write nothing, and end with status 1 if a state disagrees with its signals.",
        )

    def handle(self, *args: Any, **options: Any) -> None:
        """Recompute, say how it goes, and say what was found."""
        check, fresh, after = options["check"], options["fresh"], options["after"]
        before = None if fresh or after is not None else stopped(check=check)
        if before is not None and before.place:
            self.stdout.write(
                f"Going on behind account {before.place}, after {before.done:,} accounts; --fresh begins anew."
            )
        self._total, self._said = Account.objects.count(), (before.done if before else 0) // EVERY
        report = recompute(now=timezone.now(), after=after, fresh=fresh, check=check, told=self._progress)
        self.stdout.write(
            f"{report.accounts:,} accounts; {report.differing:,} were not as their signals say; "
            f"the largest difference of intent was {report.largest_difference:.3g}."
        )
        if check and not report.agrees:
            raise CommandError(
                "Stored states disagree with their signals. Run it without --check to mend them."
            )

    def _progress(self, report: Report) -> None:
        """A line every five thousand accounts."""
        if report.accounts // EVERY > self._said:
            self._said = report.accounts // EVERY
            self.stdout.write(
                f"{report.accounts:,} of about {self._total:,} accounts, up to account {report.after}; "
                f"the largest difference of intent so far is {report.largest_difference:.3g}."
            )
