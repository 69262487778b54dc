"""`manage.py recompute_phases`: every phase once more from its history, compared with what is stored."""

from __future__ import annotations

from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.utils import timezone

from plays.services.guardrail import phases


class Command(BaseCommand):
    """Compare, and with `--write` correct."""

    help = "Work out every account's phase from its history and name those that differ."

    def add_arguments(self, parser: CommandParser) -> None:
        """`--write`."""
        parser.add_argument("--write", action="store_true", help="Correct what differs.")

    def handle(self, *args: Any, **options: Any) -> None:
        """One line a difference; an exit status of 1 where there are some and none were corrected."""
        found = 0
        for one in phases.differences():
            found += 1
            self.stdout.write(f"{one.account.pk} {one.account.name}: {one.stored}, by history {one.expected}")
        if options["write"]:
            self.stdout.write(f"{phases.correct(now=timezone.now())} corrected.")
        elif found:
            raise CommandError(f"{found} accounts are not in the phase that their history says.")
        else:
            self.stdout.write("Every phase follows from history.")
