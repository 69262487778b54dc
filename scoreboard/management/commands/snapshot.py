"""`manage.py snapshot`: write past days' numbers down, or check those that are."""

from argparse import ArgumentParser
from datetime import date
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.utils import timezone

from abmops.lib.errors import Refused
from scoreboard.domain.windows import last_whole_day
from scoreboard.services.snapshots import days_between, differences, write_day


class Command(BaseCommand):
    """Backfills snapshots; days that have theirs keep them."""

    help = "Keep the scoreboard's numbers of past days, or check them against history."

    def add_arguments(self, parser: ArgumentParser) -> None:
        """`--from`, `--to` (both included, default yesterday), `--check`."""
        parser.add_argument(
            "--from", dest="first", type=date.fromisoformat, help="First day, like 2026-08-01."
        )
        parser.add_argument(
            "--to", dest="last", type=date.fromisoformat, help="Last day; yesterday if not said."
        )
        parser.add_argument(
            "--check",
            action="store_true",
            help="Write nothing; list kept values that history no longer gives.",
        )

    def handle(self, *args: Any, **options: Any) -> None:
        """One line a day."""
        now = timezone.now()
        last: date = options["last"] or last_whole_day(now)
        first: date = options["first"] or last
        if first > last:
            raise CommandError(f"--from {first} lies after --to {last}.")
        for day in days_between(first, last):
            self.check_day(day) if options["check"] else self.write(day, now)

    def write(self, day: date, now: Any) -> None:
        """Keep one day."""
        try:
            added = write_day(day=day, now=now)
        except Refused as refused:
            raise CommandError(refused.message) from None
        if added:
            self.stdout.write(f"{day}: {added} numbers kept.")

    def check_day(self, day: date) -> None:
        """Say what differs."""
        for found in differences(day=day):
            tier = f" tier {found.tier}" if found.tier else ""
            self.stdout.write(f"{day} {found.key}{tier}: kept {found.kept}, now {found.now}")
