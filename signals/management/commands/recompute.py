"""`manage.py recompute`: rolling states from the stored signals, and how far the stored ones were off."""

from __future__ import annotations

from typing import Any

from django.core.management.base import BaseCommand, CommandParser
from django.utils import timezone

from signals.services.recompute import recompute


class Command(BaseCommand):
    """Replay all signals."""

    help = (
        "Makes every account's rolling state anew from its stored signals. Can be stopped and started again."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        """Where to go on after a stop."""
        parser.add_argument("--after", type=int, default=0, help="Go on behind this account id.")

    def handle(self, *args: Any, **options: Any) -> None:
        """Recompute and say what was found."""
        report = recompute(now=timezone.now(), after=options["after"])
        self.stdout.write(
            f"{report.accounts:,} accounts; the largest difference of intent was {report.largest_difference:.3g}."
        )
