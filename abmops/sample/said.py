"""What the sample's reps and marketers said of its crossings and signals, and the weights that follow from it."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta
from random import Random

from abmops.lib.choices import Role, SourceKind
from abmops.lib.errors import Refused
from abmops.lib.ids import first_uuid7
from accounts.models import User
from signals.domain.retune import quarter_before, quarter_of
from signals.models import Crossing, Signal
from signals.services.feedback import say
from signals.services.retune import propose

DAY = timedelta(days=1)
MOST_CROSSINGS, MOST_SIGNALS = 220, 60
SHARE_SAID = 0.45
NEUTRAL = 0.12
# How often people find a crossing good, by what proves it.
GOOD_HAND_RAISE, GOOD_FIRST_PARTY, GOOD_THIRD_PARTY = 0.93, 0.68, 0.3
NOTES = {
    "good": ("Their head of operations answered within the hour.", "They were comparing us with two others."),
    "noise": ("A student writing a thesis.", "Their recruiters, not their buyers.", "An agency of theirs."),
    "neutral": ("Known already; they are a customer of the other division.",),
}


def write(staff: Mapping[str, User], *, seed: int, end: datetime) -> None:
    """Words on about half of the newest crossings, by the account's owner and now and then a marketer; a proposal."""
    random = Random(f"abmops said {seed}")  # noqa: S311  (a story, not a secret)
    people = sorted(staff.values(), key=lambda one: one.email)
    reps = [one for one in people if one.role == Role.REP]
    marketers = [one for one in people if one.role == Role.MARKETER]
    _crossings(random, reps, marketers, end)
    _signals(random, reps, end)
    this = quarter_of(end)
    for quarter in (quarter_before(this), this):
        try:
            propose(quarter=quarter, by=None, now=end)
        except Refused:
            continue
        return


def _crossings(random: Random, reps: list[User], marketers: list[User], end: datetime) -> None:
    newest = list(
        Crossing.objects.filter(crossed_at__lt=end - DAY / 4)
        .select_related("account__owner")
        .order_by("-crossed_at", "account__domain", "threshold__slug")[:MOST_CROSSINGS]
    )
    wanted = {pk for one in newest for pk in one.evidence}
    kinds = dict(Signal.objects.filter(pk__in=wanted).values_list("pk", "type__kind"))
    for one in newest:
        if random.random() >= SHARE_SAID:
            continue
        owner = one.account.owner
        sayers = [owner if owner is not None and owner in reps else random.choice(reps)]
        if random.random() < 0.12:
            sayers.append(random.choice(marketers))
        third = sum(kinds.get(pk) == SourceKind.THIRD_PARTY for pk in one.evidence)
        good = GOOD_THIRD_PARTY if one.evidence and 2 * third >= len(one.evidence) else GOOD_FIRST_PARTY
        for user in sayers:
            verdict = _verdict(random, GOOD_HAND_RAISE if one.hand_raise else good)
            at = min(one.crossed_at + random.uniform(0.05, 2.5) * DAY, end - timedelta(minutes=5))
            say(user=user, verdict=verdict, note=_note(random, verdict), crossing=one.pk, now=at)


def _signals(random: Random, reps: list[User], end: datetime) -> None:
    """Single signals of the last weeks: what a provider of intent sent is found wanting more often."""
    recent = Signal.objects.filter(
        id__gte=first_uuid7(end - 45 * DAY), account__is_target=True, occurred_at__lt=end - DAY
    )
    found = list(
        recent.order_by("-occurred_at", "message_id").values_list("pk", "type__kind", "occurred_at")[:900]
    )
    for pk, kind, at in sorted(random.sample(found, min(MOST_SIGNALS, len(found))), key=lambda row: row[2]):
        good = GOOD_THIRD_PARTY if kind == SourceKind.THIRD_PARTY else GOOD_FIRST_PARTY
        say(
            user=random.choice(reps),
            verdict=_verdict(random, good),
            signal=pk,
            now=min(at + random.uniform(0.1, 3.0) * DAY, end - timedelta(minutes=5)),
        )


def _verdict(random: Random, good: float) -> str:
    if random.random() < NEUTRAL:
        return "neutral"
    return "good" if random.random() < good else "noise"


def _note(random: Random, verdict: str) -> str:
    return random.choice(NOTES[verdict]) if random.random() < 0.2 else ""
