"""Any play of the library asked about on one account, now: why, why not, why not yet. Writes nothing."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from accounts.models import Account, AccountEvent
from plays.domain import record, sentences
from plays.domain.decision import decide
from plays.domain.definition import Occasion
from plays.domain.facts import ENGAGED
from plays.domain.record import Fact, Line
from plays.models import Play
from plays.selectors import facts as facts_of
from plays.selectors import library
from plays.selectors.evidence import evidence_of
from signals.models import AccountState, Crossing

LOOKED_BACK = 90
LAST_SHOWN = 3


@dataclass(frozen=True, slots=True)
class Asked:
    """The answer. `answers_to`: what sets the play off, as a sentence; `happened`: when that last came about here."""

    play: Play
    answers_to: str
    happened: tuple[tuple[datetime, str], ...]
    line: Line
    facts: tuple[Fact, ...]

    @property
    def sentence(self) -> str:
        """Why, why not or why not yet, in a sentence."""
        if self.line.verdict == "chosen" and not self.happened:
            return (
                "Every rule lets it through, but nothing has set it off in the last 90 days: it starts as soon as that "
                "happens, or by hand."
            )
        if self.line.verdict == "chosen":
            return "Every rule lets it through: it would start here now, if it were set off."
        if self.line.verdict == "holdout":
            return (
                "It would do nothing here: the account is in its holdout, so that its effect can be measured."
            )
        said = "Not yet." if self.line.verdict == "held" else "No."
        return f"{said} {self.line.sentence}"


def ask(play: Play, account: Account, *, now: datetime) -> Asked:
    """Ask every rule for this play on this account, as if it were set off now and no other play stood before it."""
    listed = library.listed(play)
    definition = listed.candidate.definition
    facts = facts_of.dossiers([account], now=now)[account.pk].facts
    happened = _happened(play, account, engaged=facts.engaged_contacts, now=now)
    newest = happened[0][2] if happened else None
    if newest is not None:
        facts = replace(facts, hand_raised=newest.hand_raise)
        if newest.kind == "crossing":
            facts = replace(facts, strong_inbound=_inbound(happened[0][3]))
    (line,) = decide(facts, [listed.candidate], facts_of.policy(), now=now).lines
    score = AccountState.objects.filter(account=account).values_list("score", flat=True).first()
    told = record.facts_of(facts, Occasion(kind="manual", words="", score=score))
    return Asked(
        play=play,
        answers_to=sentences.trigger_sentence(definition.trigger, library.names()),
        happened=tuple((at, said) for at, said, _, _ in happened[:LAST_SHOWN]),
        line=record.lines_of([line.as_json()])[0],
        facts=tuple(record.facts_in_words(told)),
    )


def _inbound(crossing: Crossing | None) -> bool:
    if crossing is None:
        return False
    return evidence_of({crossing.pk: crossing.evidence})[crossing.pk].strong_inbound


def _happened(
    play: Play, account: Account, *, engaged: int, now: datetime
) -> list[tuple[datetime, str, Occasion, Crossing | None]]:
    """What set the play off here of late, the newest first."""
    assert play.current is not None
    trigger = library.definition_of(play.current).trigger
    since = now - ENGAGED
    found: list[tuple[datetime, str, Occasion, Crossing | None]] = []
    crossings = Crossing.objects.filter(account=account, crossed_at__gte=since, crossed_at__lte=now)
    for crossing in crossings.select_related("threshold")[:LOOKED_BACK]:
        occasion = Occasion(
            kind="crossing",
            words=crossing.threshold.name,
            threshold=crossing.threshold.slug,
            hand_raise=crossing.hand_raise,
            score=crossing.score,
        )
        if trigger.is_met_by(occasion):
            found.append((crossing.crossed_at, f"{crossing.threshold.name} was crossed", occasion, crossing))
    events = AccountEvent.objects.standing().filter(account=account, at__gte=since, at__lte=now)
    for event in events[:LOOKED_BACK]:
        occasion = _occasion(event)
        if trigger.is_met_by(occasion, engaged_contacts=engaged):
            found.append((event.at, event.get_kind_display(), occasion, None))
    return sorted(found, key=lambda one: one[0], reverse=True)


def _occasion(event: AccountEvent) -> Occasion:
    payload = event.payload
    tier = payload.get("to") if event.kind == AccountEvent.Kind.CHANGED_TIER else payload.get("tier")
    return Occasion(
        kind=event.kind,
        words=event.get_kind_display(),
        tier=tier if isinstance(tier, int) else None,
        stage=str(payload.get("stage") or ""),
    )


def askable() -> Sequence[Play]:
    """The plays that can be asked about: all that say something, those at work first."""
    order = {"active": 0, "paused": 1, "draft": 2, "retired": 3}
    return sorted(
        Play.objects.filter(current__isnull=False).select_related("current"),
        key=lambda play: (order[play.status], play.name),
    )
