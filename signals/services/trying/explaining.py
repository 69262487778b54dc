"""Why an event became what it did: the rules, the time, the keys, the thresholds."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime, timedelta

from accounts.models import Account
from signals.domain import clock, contest
from signals.domain.condition import View
from signals.domain.state import RollingState
from signals.models import AccountMemory, SignalType, Threshold
from signals.selectors import Book, book
from signals.services.detect import placement
from signals.services.detect.arrivals import Arrival
from signals.services.trying.outcome import KeyTried, Moved, Outcome, Rival, Step, Trial

TICK = timedelta(milliseconds=1)


def explain_rules(outcome: Outcome, trial: Trial, written: Book) -> None:
    """Which rules match, which of them wins, and why the others lose."""
    rows = {row.slug: row for row in SignalType.objects.all()}
    if trial.form == "record":
        outcome.type = rows.get(str(trial.document.get("type")))
        outcome.why = "The record names its type."
        return
    live = [(slug, row.rules) for slug, row in rows.items() if row.is_active]
    matching = contest.candidates(live, trial.document)
    if not matching or trial.document.get("type") in contest.NEVER_SIGNALS:
        return
    winner, *others = matching
    type_ = rows[winner.slug]
    outcome.type, outcome.rule = type_, winner.index + 1
    outcome.why = winner.why.replace(f"“{type_.slug}”", f"“{type_.name}”", 1)
    outcome.rivals = tuple(
        Rival(one.slug, rows[one.slug].name, one.index + 1, contest.why_it_lost(one, winner))
        for one in others
    )


def explain_time(outcome: Outcome, trial: Trial, one: Arrival) -> None:
    outcome.occurred_at = one.occurred_at
    stamp = trial.document.get("timestamp") or trial.document.get("originalTimestamp")
    if trial.form == "segment" and stamp:
        moved = one.occurred_at - clock.parse_time(stamp)
        outcome.corrected_by = moved if abs(moved) >= timedelta(seconds=1) else None
    if one.type is not None:
        age = one.received_at - one.occurred_at
        outcome.is_too_old = age > timedelta(days=one.type.recency_days)


def explain_whose(outcome: Outcome, one: Arrival) -> None:
    """Every key in the order in which it is tried, and the account that each leads to."""
    found = placement.directory([one])
    keys: list[tuple[str, str, int | None]] = [
        (str(key), _KEY_WORDS[key.by].format(key.value), found.accounts.get(str(key)))
        for key in one.who.account_keys
    ]
    if one.who.email and one.who.email in found.contacts:
        keys.append(
            (f"email:{one.who.email}", f"the contact {one.who.email}", found.contacts[one.who.email][1])
        )
    elif one.who.email:
        keys.append((f"email:{one.who.email}", f"the e-mail address {one.who.email}", None))
    for saying in found.said_of(one):
        for key in saying.account_keys:
            by, _, value = key.partition(":")
            words = f"{_KEY_WORDS[by].format(value)}, which this source said of the user"
            keys.append((key, words, found.accounts.get(key)))
        if saying.email:
            _, account_id = found.contacts.get(saying.email, (0, None))
            keys.append(
                (f"email:{saying.email}", f"the e-mail address {saying.email}, said of the user", account_id)
            )
    keys += [(str(key), _KEY_WORDS[key.by].format(key.value), None) for key in one.who.people]
    accounts = Account.objects.in_bulk({pk for _, _, pk in keys if pk is not None})
    found.place(one)
    outcome.account = (
        accounts.get(one.account_id or 0) or Account.objects.filter(pk=one.account_id or 0).first()
    )
    decided = next((key for key, _, pk in keys if pk is not None and pk == one.account_id), None)
    outcome.keys = tuple(
        KeyTried(key, words, accounts.get(pk or 0), decided=key == decided)
        for key, words, pk in {key: (key, words, pk) for key, words, pk in reversed(keys)}.values()
    )[::-1]
    one.account_id = one.contact_id = None


_KEY_WORDS = {
    "domain": "the domain {}",
    "external": "the id {} of another system",
    "email": "the e-mail address {}",
    "user": "the user {} of this source",
    "anonymous": "the visitor {} of this source",
}


def explain_thresholds(
    outcome: Outcome, account: Account, before: bytes, crossed: Iterable[int], now: datetime
) -> None:
    """The thresholds of the account of which a fact has grown, those that cross first; and the score."""
    written = book()
    old, new = RollingState.read(before), RollingState.read(state_of(account.pk))
    views = [View(state, written.catalogue, fit=account.fit, scoring=written.scoring) for state in (old, new)]
    at = new.settled((now + TICK).timestamp())
    outcome.score_before, outcome.score_after = (view.score(at) for view in views)
    names = dict(SignalType.objects.values_list("slug", "name"))
    live = [one for one in written.thresholds if one.applies_to(account.tier)]
    rows = Threshold.objects.in_bulk([one.threshold_id for one in live])
    moved = []
    for one in live:
        pairs = zip(*(one.condition.progress(view, at, names) for view in views), strict=True)
        steps = tuple(
            Step(after.sentence, was.have, after.have, after.need)
            for was, after in pairs
            if after.have > was.have + 0.05
        )
        crosses = one.threshold_id in crossed
        if (steps or crosses) and one.threshold_id in rows:
            moved.append(Moved(rows[one.threshold_id], steps, crosses, one.condition.is_met(views[0], at)))
    outcome.moved = tuple(sorted(moved, key=lambda one: (not one.crosses, one.threshold.name)))


def state_of(account_id: int) -> bytes:
    return bytes(
        AccountMemory.objects.filter(account=account_id).values_list("state", flat=True).first() or b""
    )
