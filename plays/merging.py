"""What of plays goes along when two accounts are made one. A play never runs twice on one account."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from django.db import connection

from abmops.lib import merging
from abmops.lib.merging import NOW, Collision, Manifest, Pair, Rows
from abmops.work import services as work
from plays.models import Enrollment, EnrollmentEvent, StepRun, Task, TaskEvent
from plays.models.task import OPEN_STATES
from plays.services.calendar.treating import treat
from plays.services.decision import waiting
from plays.services.enrollment.ending import end_all
from plays.services.enrollment.moving import Move
from plays.services.enrollment.pausing import settle_clocks
from plays.services.sla import timers

_LIVE = "t.state IN ('waiting', 'active', 'stalled')"
_TAKEN = " AND EXISTS (SELECT FROM plays_enrollment w WHERE w.account_id = %(winner)s AND w.play_id = t.play_id AND "


class Decisions(Rows):
    """Decisions are only added to; the database lets a merge, and nothing else, change whose they are."""

    def move(self, pair: Pair) -> Manifest:
        with _Merging():
            return super().move(pair)

    def undo(self, pair: Pair, manifest: Manifest) -> None:
        with _Merging():
            super().undo(pair, manifest)


class _Merging:
    """Says to the database, within a transaction, that accounts are being merged."""

    def __enter__(self) -> None:
        self._say("on")

    def __exit__(self, *_: object) -> None:
        self._say("")

    @staticmethod
    def _say(word: str) -> None:
        with connection.cursor() as cursor:
            cursor.execute("SELECT set_config('abmops.merging', %s, true)", [word])


class Enrollments(Rows):
    """Enrollments. Of two live ones of a play the winner's goes on and the loser's is cancelled, with all it owes."""

    running = Collision(
        _LIVE + _TAKEN + "w.state IN ('waiting', 'active', 'stalled'))",
        "The same play is running on both ({count}): the run of {winner} goes on, that of {loser} is cancelled with "
        "its open tasks.",
    )
    held_out = Collision(
        "t.state = 'holdout'" + _TAKEN + "w.state = 'holdout')",
        "Both are in the holdout of the same play ({count}): the account counts once.",
    )

    def conflicts(self, pair: Pair) -> list[str]:
        said = []
        for collision in (self.running, self.held_out):
            if count := len(self._colliding(collision, pair)):
                said.append(
                    collision.says.format(count=count, winner=pair.winner_name, loser=pair.loser_name)
                )
        return said

    def move(self, pair: Pair) -> Manifest:
        ended = self._end([row["id"] for row in self._colliding(self.running, pair)], pair)
        held = self._colliding(self.held_out, pair)
        ids = [row["id"] for row in held]
        events = merging.read_rows("plays_enrollmentevent", "t.enrollment_id = ANY(%s)", [ids])
        merging.take_out("plays_enrollmentevent", "id", "bigint", [row["id"] for row in events])
        merging.take_out("plays_enrollment", "id", "bigint", ids)
        manifest = super().move(pair)
        return manifest | {"ended": ended, "held": held, "held_events": events}

    def undo(self, pair: Pair, manifest: Manifest) -> None:
        super().undo(pair, manifest)
        self._take_up(manifest["ended"])
        merging.put_back("plays_enrollment", manifest["held"])
        merging.put_back("plays_enrollmentevent", manifest["held_events"])

    def _end(self, ids: list[int], pair: Pair) -> dict[str, Any]:
        """Cancel runs as a person would, and remember every row of theirs as it was and as it is now."""
        if not ids:
            return {}
        before = _rows_of(ids)
        last_event = _newest(EnrollmentEvent)
        last_done = _newest(TaskEvent)
        cause = f"{pair.loser_name} became part of {pair.winner_name}, where this play is running."
        runs = list(Enrollment.objects.filter(pk__in=ids).order_by("pk"))
        end_all([Move(run, "cancel", cause[:300]) for run in runs], now=pair.at)
        after = _rows_of(ids)
        return {
            "tables": {
                table: [
                    {
                        "pk": row["id"],
                        "before": {column: row[column] for column in row if row[column] != now[column]},
                        "after": {column: now[column] for column in row if row[column] != now[column]},
                    }
                    for row, now in zip(rows, after[table], strict=True)
                ]
                for table, rows in before.items()
            },
            "events": list(
                EnrollmentEvent.objects.filter(enrollment__in=ids, pk__gt=last_event).values_list(
                    "pk", flat=True
                )
            ),
            "done": list(
                TaskEvent.objects.filter(task__enrollment__in=ids, pk__gt=last_done).values_list(
                    "pk", flat=True
                )
            ),
        }

    @staticmethod
    def _take_up(ended: dict[str, Any]) -> None:
        if not ended:
            return
        for table, told in ended["tables"].items():
            merging.rewrite_back(table, "id", [row for row in told if row["before"]], what="play's row")
        merging.take_out("plays_enrollmentevent", "id", "bigint", ended["events"])
        merging.take_out("plays_taskevent", "id", "bigint", ended["done"])
        runs = [row["pk"] for row in ended["tables"]["plays_enrollment"]]
        pending = StepRun.objects.filter(enrollment__in=runs, state=StepRun.State.PENDING)
        owed = Task.objects.filter(enrollment__in=runs, state__in=OPEN_STATES)
        clocks = (put for task in owed for put in timers.clocks_of(task))
        work.put_many([*(timers.step_due(run) for run in pending), *clocks])


class Pauses(Rows):
    """Pauses of accounts; afterwards the clocks of what stands on either account are set by what rests now."""

    def settle(self, accounts: Sequence[int], *, now: datetime) -> None:
        settle_clocks(accounts=accounts, now=now)


class Waitings(Rows):
    """Occasions that wait for what holds them; afterwards they are looked at where they are now."""

    def settle(self, accounts: Sequence[int], *, now: datetime) -> None:
        waiting.wake(accounts, now=now)


class Treatments(Rows):
    """What web and ads were told of the account that goes is taken out; of the other it is worked out anew."""

    def settle(self, accounts: Sequence[int], *, now: datetime) -> None:
        treat(account_ids=accounts, now=now)


def register() -> None:
    """Register the parts: what others point to first."""
    merging.register(
        Decisions("decisions", "plays_decision", "decision", "decisions"),
        Enrollments("enrollments", "plays_enrollment", "enrollment", "enrollments"),
        Rows("tasks", "plays_task", "task", "tasks"),
        Rows(
            "step_holds", "plays_stephold", "step held back by a guardrail", "steps held back by guardrails"
        ),
        Rows("overrides", "plays_override", "guardrail set aside", "guardrails set aside"),
        Waitings("waiting", "plays_waiting", "occasion that waits", "occasions that wait"),
        Rows("deliveries", "plays_delivery", "delivery", "deliveries", pk_type="uuid", exact=False),
        Rows(
            "burst_memberships",
            "plays_burstaccount",
            "marketing burst",
            "marketing bursts",
            collisions=(
                Collision(
                    "EXISTS (SELECT FROM plays_burstaccount w "
                    "WHERE w.account_id = %(winner)s AND w.burst_id = t.burst_id)",
                    "Both are in the same burst ({count}): {winner} stays in it.",
                ),
            ),
        ),
        Treatments(
            "treatment",
            "plays_accounttreatment",
            "treatment by web and ads",
            "treatments by web and ads",
            pk="account_id",
            collisions=(Collision("TRUE", "What web and ads show is worked out anew ({count})."),),
        ),
        Pauses(
            "pauses",
            "plays_pause",
            "pause",
            "pauses",
            collisions=(
                Collision(
                    "t.ended_at IS NULL AND EXISTS (SELECT FROM plays_pause w "
                    "WHERE w.account_id = %(winner)s AND w.ended_at IS NULL)",
                    "Both are paused ({count}): the pause of {winner} goes on.",
                    {"ended_at": NOW},
                ),
            ),
        ),
    )


def _rows_of(ids: list[int]) -> dict[str, list[dict[str, Any]]]:
    """The rows of runs that ending them changes, in a fixed order."""
    return {
        "plays_enrollment": merging.read_rows("plays_enrollment", "t.id = ANY(%s) ORDER BY t.id", [ids]),
        "plays_steprun": merging.read_rows("plays_steprun", "t.enrollment_id = ANY(%s) ORDER BY t.id", [ids]),
        "plays_task": merging.read_rows("plays_task", "t.enrollment_id = ANY(%s) ORDER BY t.id", [ids]),
    }


def _newest(model: type[EnrollmentEvent] | type[TaskEvent]) -> int:
    newest = model._default_manager.order_by("-pk").values_list("pk", flat=True).first()  # noqa: SLF001
    return newest or 0
