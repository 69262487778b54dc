"""`manage.py score_history`: the scores of past midnights, replayed and kept."""

from __future__ import annotations

from datetime import UTC, date
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.utils import timezone

from signals.services import score_backfill


class Command(BaseCommand):
    """Fill in the daily scores."""

    help = (
        "Keeps the scores of every midnight since a day that is not kept yet. What was not known at a midnight does "
        "not count at it; days that are kept stay as they are."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        """From when on."""
        parser.add_argument("--since", required=True, help="The first day, such as 2026-08-01.")

    def handle(self, *args: Any, **options: Any) -> None:
        """Fill, and say how many scores are new."""
        now = timezone.now()
        try:
            since = date.fromisoformat(options["since"])
        except ValueError:
            raise CommandError(f"“{options['since']}” is no day; write it as 2026-08-01.") from None
        if since > now.astimezone(UTC).date():
            raise CommandError("This day has not begun yet.")
        new = score_backfill.fill(since=since, now=now)
        self.stdout.write(f"{new:,} scores kept.")
