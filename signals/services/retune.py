"""The quarterly retune: proposed from feedback, its effect worked out, then decided by a person, and revertible."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from datetime import date, datetime
from typing import Any

from django.db import connection, transaction
from django.urls import reverse

from abmops.lib import notices
from abmops.lib.choices import Role
from abmops.lib.errors import Conflict, NotKnown, Refused
from abmops.work import services as work
from abmops.work.models import WorkItem
from accounts.models import User
from accounts.services.locking import PATIENCE, take_turn
from signals.domain import retune as rules
from signals.models import Retune, SignalType, Source, Threshold
from signals.selectors.keepers import keepers
from signals.selectors.precision import Counted, tagged
from signals.services import definitions, retune_effect, score, survey

KIND = "retune"
RESCORE = "rescore"
EVERYTHING = 1  # the one subject of a rescore

Status = Retune.Status


def propose_quarterly(*, now: datetime) -> Retune | None:
    """At a quarter's start: what the last quarter's feedback proposes, once; None where it was, or nothing follows."""
    quarter = rules.quarter_before(rules.quarter_of(now))
    if Retune.objects.filter(quarter=quarter).exists():
        return None
    try:
        return propose(quarter=quarter, by=None, now=now)
    except Refused:
        return None


@transaction.atomic
def propose(*, quarter: date, by: User | None, now: datetime) -> Retune:
    """Propose weights from a quarter's feedback, up to `now` where it still runs; an open proposal is made anew.

    Feedback that an accepted proposal rests on is in the weights already and is not counted again. Refused where
    nothing follows from it. RevOps is told.
    """
    if by is not None:
        _only_revops(by)
    take_turn("retunes")
    start, end = rules.bounds_of(quarter)
    accepted = Retune.objects.filter(quarter=quarter, status=Status.ACCEPTED).order_by("-proposed_at").first()
    since, until = max(start, accepted.proposed_at) if accepted else start, min(end, now)
    lines = _lines(since, until) if since < until else []
    if not lines:
        raise Refused(
            "No weight would change: nobody has said good or noise of a signal or crossing in that time"
            f"{' since the last retune was accepted' if accepted else ''}. "
            "Tag some crossings first; each word counts for the sources and types among its evidence."
        )
    row = Retune.objects.filter(quarter=quarter, status=Status.PROPOSED).first() or Retune(quarter=quarter)
    row.changes, row.proposed_at, row.proposed_by = lines, now, by
    row.effect = {"since": since.isoformat(), "until": until.isoformat()}
    row.save()
    work.put(kind=KIND, subject_id=row.pk)
    notices.tell(
        [one for one in keepers(None) if one != by],
        kind=KIND,
        subject=f"{KIND}:{row.pk}",
        text=f"Feedback proposes new weights for {_things(lines)}. See what they would do, and decide.",
        url=reverse("signals:retune", args=[row.pk]),
        now=now,
    )
    return row


@transaction.atomic
def work_out(items: Sequence[WorkItem], now: datetime) -> None:
    """Work out what the proposals do to the crossings of their quarter. One that is decided keeps what it has."""
    with connection.cursor() as cursor:
        cursor.execute(PATIENCE)  # living a quarter through twice may take longer than a page may think
    for row in Retune.objects.select_for_update(of=("self",)).filter(
        pk__in=[item.subject_id for item in items], status=Status.PROPOSED
    ):
        row.effect = {**row.effect, **retune_effect.work_out(row, now=now)}
        row.save(update_fields=["effect"])


@transaction.atomic
def accept(
    *, retune: int, lines: Collection[str] | None = None, reason: str = "", by: User, now: datetime
) -> Retune:
    """Put the proposed weights in force: those of `lines` (`source:website`), or all. All of them, or nothing.

    Refused until the effect is worked out. Conflict where a weight has changed since it was proposed. Every score is
    worked out anew at once, and thresholds that look at scores are judged.
    """
    _only_revops(by)
    row = _open(retune)
    if not is_worked_out(row):
        raise Refused(
            "What these weights would do is still being worked out. Look at it first; it takes a moment."
        )
    chosen = [line for line in row.changes if lines is None or key_of(line) in lines]
    if not chosen:
        raise Refused("Choose at least one line, or decline the whole.")
    if moved := _differing(chosen, "before"):
        raise Conflict(
            f"{_listed(moved)} since this was proposed. Nothing was changed. Propose again, and decide on that."
        )
    _write(chosen, "after")
    taken = {key_of(line) for line in chosen}
    row.changes = [{**line, "accepted": key_of(line) in taken} for line in row.changes]
    _decide(row, Status.ACCEPTED, reason, by, now)
    return row


@transaction.atomic
def decline(*, retune: int, reason: str, by: User, now: datetime) -> Retune:
    """Leave the weights as they are, and say why."""
    _only_revops(by)
    if not reason.strip():
        raise Refused("Say why the weights stay: whoever gave the feedback will ask.")
    row = _open(retune)
    _decide(row, Status.DECLINED, reason, by, now)
    return row


@transaction.atomic
def revert(*, retune: int, by: User, now: datetime) -> Retune:
    """Put back exactly the weights there were before an accepted retune; Refused where newer changes stand."""
    _only_revops(by)
    row = _locked(retune)
    if row.status != Status.ACCEPTED:
        raise Conflict("Only an accepted retune can be reverted, and once. Look again.")
    taken = [line for line in row.changes if line.get("accepted")]
    if moved := _differing(taken, "after"):
        raise Refused(
            f"{_listed(moved)} since. What is newer stands: nothing was reverted. "
            "Change these by hand in the catalogue, or take back what is newer first."
        )
    _write(taken, "before")
    row.status, row.reverted_at, row.reverted_by = Status.REVERTED, now, by
    row.save(update_fields=["status", "reverted_at", "reverted_by"])
    return row


def rescore(items: Sequence[WorkItem], now: datetime) -> None:
    """Work out every stored score with the weights in force."""
    del items
    score.refresh(now=now)


def key_of(line: dict[str, Any]) -> str:
    """How a line is named in a choice: `source:website`."""
    return f"{line['kind']}:{line['slug']}"


def is_worked_out(row: Retune) -> bool:
    """Whether the effect is there to be looked at, if only to say that it cannot be told."""
    return "thresholds" in row.effect or "refused" in row.effect


def _lines(since: datetime, until: datetime) -> list[dict[str, Any]]:
    """A line for every active source and type whose weight would change."""
    found = tagged(since=since, until=until)
    sources = Source.objects.filter(pk__in=found.sources, is_active=True).order_by("name", "pk")
    types = SignalType.objects.filter(pk__in=found.types, is_active=True).order_by("name", "pk")
    return [
        *(
            line
            for row in sources
            if (line := _line("source", row.slug, row.name, row.weight, found.sources[row.pk]))
        ),
        *(
            line
            for row in types
            if (line := _line("type", row.slug, row.name, row.confidence, found.types[row.pk]))
        ),
    ]


def _line(kind: rules.Kind, slug: str, name: str, before: float, counted: Counted) -> dict[str, Any] | None:
    tally = counted.tally
    after = rules.retuned(before, tally, kind)
    if not tally.counted or after == before:
        return None
    return {
        "kind": kind,
        "slug": slug,
        "name": name,
        "good": tally.good,
        "noise": tally.noise,
        "neutral": tally.neutral,
        "before": before,
        "after": after,
        "reason": rules.reason(tally, before, after, kind),
    }


def _open(pk: int) -> Retune:
    row = _locked(pk)
    if row.status != Status.PROPOSED:
        raise Conflict(f"This retune was {row.get_status_display().lower()} already. Look at it again.")
    return row


def _locked(pk: int) -> Retune:
    row = Retune.objects.select_for_update(of=("self",)).filter(pk=pk).first()
    if row is None:
        raise NotKnown("There is no such retune.")
    return row


def _decide(row: Retune, status: str, reason: str, by: User, now: datetime) -> None:
    row.status, row.reason, row.decided_by, row.decided_at = status, reason.strip(), by, now
    row.save(update_fields=["changes", "status", "reason", "decided_by", "decided_at"])
    notices.settle(kind=KIND, subject=f"{KIND}:{row.pk}", now=now)


def _differing(lines: Iterable[dict[str, Any]], expected: str) -> list[str]:
    """What no longer weighs what it should, in words; the rows are locked, sources before types, by slug."""
    wanted = list(lines)
    weights = _weights(wanted)
    said = []
    for line in wanted:
        weight = weights.get(key_of(line))
        if weight is None:
            said.append(f"“{line['name']}” is gone")
        elif weight != line[expected]:
            said.append(f"“{line['name']}” weighs {weight:g} and not {line[expected]:g} any more")
    return said


def _weights(lines: Iterable[dict[str, Any]]) -> dict[str, float]:
    slugs: dict[str, set[str]] = {"source": set(), "type": set()}
    for line in lines:
        slugs[line["kind"]].add(line["slug"])
    sources = Source.objects.select_for_update(of=("self",)).filter(slug__in=slugs["source"]).order_by("slug")
    types = SignalType.objects.select_for_update(of=("self",)).filter(slug__in=slugs["type"]).order_by("slug")
    return {f"source:{row.slug}": row.weight for row in sources} | {
        f"type:{row.slug}": row.confidence for row in types
    }


def _write(lines: Iterable[dict[str, Any]], which: str) -> None:
    """Write the weights, and have every score and every threshold that looks at one worked out with them."""
    for line in lines:
        if line["kind"] == "source":
            definitions.put_source(slug=line["slug"], fields={"weight": line[which]})
        else:
            definitions.put_signal_type(slug=line["slug"], fields={"confidence": line[which]})
    work.put(kind=RESCORE, subject_id=EVERYTHING)
    active = Threshold.objects.filter(status=Threshold.Status.ACTIVE, current__isnull=False)
    for threshold in active.select_related("current").order_by("pk"):
        if threshold.current is not None and rules.looks_at_weights(threshold.current.condition):
            survey.ask(threshold=threshold)


def _only_revops(by: User) -> None:
    if not by.has_role(Role.REVOPS):
        raise Refused("RevOps owns the catalogue: it proposes, accepts, declines and reverts retunes.")


def _things(lines: Sequence[dict[str, Any]]) -> str:
    sources = sum(line["kind"] == "source" for line in lines)
    types = len(lines) - sources
    words = [
        f"{count} {one if count == 1 else one + 's'}"
        for count, one in ((sources, "source"), (types, "signal type"))
        if count
    ]
    return " and ".join(words)


def _listed(said: Sequence[str]) -> str:
    return said[0] if len(said) == 1 else f"{', '.join(said[:-1])}, and {said[-1]}"
