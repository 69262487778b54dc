"""`manage.py sample`: a deterministic, lived-in program to look at, written through the services."""

from __future__ import annotations

from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.utils import timezone

from abmops.sample import year
from accounts.models import Account


class Command(BaseCommand):
    """Fill an empty installation with the sample program."""

    help = (
        "Writes a sample program (accounts, a year of history, this week's work) into an empty installation."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        """How much of it."""
        parser.add_argument(
            "--accounts", type=int, default=250, help="How many accounts, at least 30 (default 250)."
        )
        parser.add_argument("--months", type=int, default=12, help="Months of history, 4 to 36 (default 12).")
        parser.add_argument(
            "--seed", type=int, default=7, help="The same seed gives the same program (default 7)."
        )

    def handle(self, *args: Any, **options: Any) -> None:
        """Refuse to mix invented accounts into real ones."""
        if options["accounts"] < 30 or not 4 <= options["months"] <= 36:
            raise CommandError("The sample takes at least 30 accounts and 4 to 36 months.")
        if Account.objects.exists():
            raise CommandError(
                "There are accounts already. The sample is written into an empty installation only."
            )
        year.make(
            accounts=options["accounts"],
            months=options["months"],
            seed=options["seed"],
            now=timezone.now(),
            say=lambda line: self.stdout.write(f"  {line}"),
        )
        self.stdout.write(self.style.SUCCESS("The sample program is ready."))
