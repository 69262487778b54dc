"""`manage.py replay`: the score of a past moment, and stored scores against what their inputs give."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.utils import timezone
from django.utils.dateparse import parse_datetime

from signals.services.replay_check import check
from signals.services.replaying import score_at

SHOWN = 20


class Command(BaseCommand):
    """Replay scores."""

    help = (
        "Works past scores out anew from the stored signals, fits and weights of the time. With --check it compares "
        "a sample of stored midnights and crossings, and ends with status 1 where one differs."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        """What to replay."""
        parser.add_argument("--check", action="store_true", help="Compare a sample of what is stored.")
        parser.add_argument(
            "--sample", type=int, default=200, help="So many midnights, and as many crossings."
        )
        parser.add_argument("--seed", default="", help="Draw the same sample again.")
        parser.add_argument("--account", type=int, help="The id of one account to replay.")
        parser.add_argument("--at", help="The moment to replay it at, such as 2026-11-18T10:00:00Z.")

    def handle(self, *args: Any, **options: Any) -> None:
        """Check, or say one account's score."""
        if options["check"]:
            self._check(options["sample"], options["seed"])
            return
        at = _moment(options["at"])
        if options["account"] is None or at is None:
            raise CommandError(
                "Say --check, or --account and --at with a zone, such as 2026-11-18T10:00:00Z."
            )
        found = score_at(account_id=options["account"], at=at)
        self.stdout.write(f"score {found.score:.6f}, fit {found.fit:.6f}, intent {found.intent:.6f}")
        for words in found.missing:
            self.stdout.write(words)

    def _check(self, sample: int, seed: str) -> None:
        report = check(sample=sample, now=timezone.now(), seed=seed)
        self.stdout.write(
            f"{report.compared:,} stored scores compared, the largest difference was {report.largest:.3g}; "
            f"of {report.gone:,} the inputs are no longer all there."
        )
        for one in report.differing[:SHOWN]:
            self.stdout.write(
                f"{one.stored.what}: stored {one.stored.score:.9f}, replayed {one.replayed:.9f}"
            )
        if report.differing:
            raise CommandError(f"{len(report.differing):,} stored scores differ from their replay.")


def _moment(text: str | None) -> datetime | None:
    try:
        found = parse_datetime(text or "")
    except ValueError:
        return None
    return found if found is not None and found.tzinfo is not None else None
