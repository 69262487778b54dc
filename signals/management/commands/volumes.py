"""`manage.py volumes`: count the stored signals by hour once more."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from django.core.management.base import BaseCommand, CommandParser
from django.utils import timezone

from signals.services import volumes


class Command(BaseCommand):
    """Fill the hourly volumes from the stored signals."""

    help = "Counts the stored signals of the last weeks by hour, source, type and topic; safe at any time."

    def add_arguments(self, parser: CommandParser) -> None:
        """How far back."""
        parser.add_argument("--weeks", type=int, default=13, help="Weeks to count, 1 to 156 (default 13).")

    def handle(self, *args: Any, **options: Any) -> None:
        """Replace what differs."""
        now = timezone.now()
        weeks = min(max(options["weeks"], 1), 156)
        changed = volumes.fill(since=now - timedelta(weeks=weeks), until=now)
        self.stdout.write(self.style.SUCCESS(f"{changed:,} hourly rows are other than before."))
