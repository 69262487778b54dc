"""Re-tier proposals against the database: the figures, the life of a proposal, and what people answer."""

from datetime import datetime, timedelta
from random import Random
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from abmops.lib.errors import Conflict, Refused
from abmops.lib.ids import uuid7
from accounts.models import (
    Account,
    Contact,
    ListMembership,
    ListPolicy,
    Opportunity,
    Quarantine,
    TierProposal,
    Touch,
)
from signals.domain.tiering import Standing
from signals.models import AccountState, Signal, SignalType, Source
from signals.selectors.tiering import list_policy, standings
from signals.services.tiering import accept, propose_tiers, reject
from tests.accounts import make

pytestmark = pytest.mark.django_db
DAY = timedelta(days=1)


def types() -> list[SignalType]:
    """Three kinds, two of them qualifying, and the source they come from."""
    Source.objects.get_or_create(slug="web", defaults={"name": "Web", "kind": "first_party"})
    return [
        SignalType.objects.get_or_create(
            slug=slug, defaults={"name": slug, "kind": "first_party", "qualifying": qualifies}
        )[0]
        for slug, qualifies in (("pricing", True), ("demo", True), ("blog", False))
    ]


def signal(of: Account, kind: SignalType, at: datetime, contact: Contact | None = None) -> None:
    """One signal."""
    Signal.objects.create(
        id=uuid7(at), account=of, contact=contact, source=Source.objects.get(slug="web"), type=kind, points=10,
        occurred_at=at, received_at=at, message_id=f"{of.pk}-{at.timestamp()}-{kind.pk}",
    )  # fmt: skip


def account(name: str, *, tier: int | None, score: float, now: datetime, since: int = 200) -> Account:
    """An account with a score, perhaps on the list for a while."""
    of = make.account(name, f"{name.lower()}.example")
    if tier:
        ListMembership.objects.create(
            account=of, tier=tier, valid_from=now - since * DAY, side="revops", reason="Fits."
        )
    AccountState.objects.create(account=of, score=score, last_signal_at=now - DAY)
    of.refresh_from_db()
    return of


def hot(name: str, *, tier: int | None, now: datetime, score: float = 80) -> Account:
    """One that belongs a tier higher."""
    of = account(name, tier=tier, score=score, now=now)
    for kind in types()[:2]:
        signal(of, kind, now - 3 * DAY)
    return of


def waiting() -> list[tuple[str, int | None, int | None]]:
    """The open proposals."""
    rows = TierProposal.objects.filter(state="open").order_by("account__name")
    return list(rows.values_list("account__name", "from_tier", "to_tier"))


def test_the_figures_agree_with_a_count_by_hand(now: datetime) -> None:
    random, kinds = Random(3), types()
    made = []
    for number in range(25):
        tier = random.choice([None, 1, 2, 3])
        of = account(f"A{number:02d}", tier=tier, score=random.uniform(0, 100), now=now)
        people = [make.contact(of, f"p{turn}@a{number}.example") for turn in range(random.randint(0, 4))]
        for _ in range(random.randint(0, 8)):
            at = now - random.uniform(0.1, 120) * DAY
            signal(of, random.choice(kinds), at, random.choice([None, *people]))
        for _ in range(random.randint(0, 8)):
            Touch.objects.create(
                account=of, contact=random.choice([None, *people]), side=random.choice(["sales", "marketing"]),
                channel=random.choice(["email", "meeting"]), direction=random.choice(["outbound", "inbound"]),
                occurred_at=now - random.uniform(-3, 150) * DAY,
            )  # fmt: skip
        for turn in range(random.randint(0, 2)):
            closed = random.choice([None, now - random.uniform(1, 150) * DAY])
            Opportunity.objects.create(
                external_id=f"D{number}-{turn}", account=of, name="Deal", stage="S", opened_at=now - 200 * DAY,
                closed_at=closed, outcome=random.choice(["won", "lost"]) if closed else None,
            )  # fmt: skip
        if random.random() < 0.2:
            Quarantine.objects.create(account=of, starts_at=now - DAY, reason="Asked to wait.")
        made.append(of)
    policy = list_policy()
    found = {one.account_id: one for one in standings(policy, now=now)}
    wanted = [
        of for of in made if of.tier or AccountState.objects.get(account=of).score >= policy.propose_up_score
    ]
    assert found.keys() == {of.pk for of in wanted}
    for of in wanted:
        assert found[of.pk] == by_hand(of, policy, now), of.name


def by_hand(of: Account, policy: ListPolicy, now: datetime) -> Standing:
    """The same facts, row by row."""
    state = AccountState.objects.get(account=of)
    touches = [one for one in Touch.objects.filter(account=of) if one.occurred_at < now]
    signals = [
        one for one in Signal.objects.filter(account=of).select_related("type") if one.occurred_at < now
    ]
    recent = [one for one in signals if one.occurred_at >= now - 30 * DAY and one.type.qualifying]
    deals = list(Opportunity.objects.filter(account=of))
    outbound = [one for one in touches if one.direction == "outbound"]
    happened: list[Any] = [*touches, *signals]
    engaged = {one.contact_id for one in happened if one.contact_id and one.occurred_at >= now - 90 * DAY}
    lost = [
        one for one in deals
        if one.outcome == "lost" and one.closed_at and one.closed_at > now - policy.quarantine_days * DAY
    ]  # fmt: skip
    open_deals = [one for one in deals if one.closed_at is None]
    heard = [one.occurred_at for one in touches] + [state.last_signal_at or now]
    return Standing(
        account_id=of.pk, tier=of.tier, since=now - 200 * DAY if of.tier else None, lifecycle=of.lifecycle,
        score=state.score, kinds=len({one.type_id for one in recent}),
        people=len({one.contact_id for one in recent} - {None}),
        sales_at=max((one.occurred_at for one in outbound if one.side == "sales"), default=None),
        marketing_at=max((one.occurred_at for one in outbound if one.side == "marketing"), default=None),
        meeting_at=max((one.occurred_at for one in touches if one.channel == "meeting"), default=None),
        heard_at=max(heard), contacts_known=Contact.objects.filter(account=of).count(),
        contacts_engaged=len(engaged), open_deals=len(open_deals),
        held=bool(lost or open_deals or Quarantine.objects.filter(account=of).exists()),
    )  # fmt: skip


def test_a_proposal_opens_is_kept_up_to_date_and_passes(now: datetime) -> None:
    of = hot("Up", tier=3, now=now)
    assert propose_tiers(now=now).opened == 1
    assert waiting() == [("Up", 3, 2)]
    row = TierProposal.objects.get()
    assert propose_tiers(now=now).unchanged == 1
    AccountState.objects.filter(account=of).update(score=90)
    assert propose_tiers(now=now + DAY).updated == 1
    kept = TierProposal.objects.get()
    assert kept.at == row.at
    assert "90" in str(kept.evidence)
    AccountState.objects.filter(account=of).update(score=60)
    assert propose_tiers(now=now + 2 * DAY).passed == 1
    kept.refresh_from_db()
    assert (kept.state, kept.decided_at) == ("passed", now + 2 * DAY)


def test_an_account_without_a_single_signal_is_judged_by_its_fit(now: datetime) -> None:
    of = make.account("Cold", "cold.example", fit=10)
    ListMembership.objects.create(
        account=of, tier=3, valid_from=now - 300 * DAY, side="revops", reason="Fits."
    )
    propose_tiers(now=now)
    assert waiting() == [("Cold", 3, None)]


def test_accepting_changes_the_list_with_the_evidence_as_its_reason(now: datetime) -> None:
    ann, of = make.user(), hot("Up", tier=3, now=now)
    propose_tiers(now=now)
    row = TierProposal.objects.get()
    accept(proposals=[row.pk], words="Agreed on Monday.", by=ann, now=now)
    of.refresh_from_db()
    row.refresh_from_db()
    assert of.tier == 2
    assert (row.state, row.decided_by, row.decision) == ("accepted", ann, "Agreed on Monday.")
    change = ListMembership.objects.get(account=of, valid_to=None)
    assert change.side == "revops"
    assert change.reason.startswith("Agreed on Monday. Proposed by the figures: Its score is 80;")
    with pytest.raises(Conflict):
        accept(proposals=[row.pk], words="", by=ann, now=now)


def test_nothing_is_accepted_where_one_account_has_moved_since(now: datetime) -> None:
    ann = make.user()
    first, second = hot("First", tier=3, now=now), hot("Second", tier=3, now=now)
    propose_tiers(now=now)
    ListMembership.objects.filter(account=second).update(valid_to=now - DAY)
    ListMembership.objects.create(
        account=second, tier=1, valid_from=now - DAY, side="sales", reason="Chosen."
    )
    with pytest.raises(Conflict, match="Second is tier 1 now"):
        accept(proposals=list(TierProposal.objects.values_list("pk", flat=True)), words="", by=ann, now=now)
    first.refresh_from_db()
    assert first.tier == 3
    assert TierProposal.objects.filter(state="open").count() == 2


def test_a_rejection_holds_for_90_days_or_until_more_speaks_for_it(now: datetime) -> None:
    ann, of = make.user(), hot("Up", tier=3, now=now)
    propose_tiers(now=now)
    row = TierProposal.objects.get()
    with pytest.raises(Refused, match="Say why"):
        reject(proposals=[row.pk], words=" ", by=ann, now=now)
    assert reject(proposals=[row.pk], words="Too small a plant.", by=ann, now=now) == 1
    assert propose_tiers(now=now + DAY).held_back == 1
    AccountState.objects.filter(account=of).update(score=91)
    assert propose_tiers(now=now + 2 * DAY).opened == 1
    reject(proposals=[TierProposal.objects.get(state="open").pk], words="Still.", by=ann, now=now + 2 * DAY)
    assert propose_tiers(now=now + 3 * DAY).held_back == 1
    for kind in types()[:2]:
        signal(of, kind, now + 92 * DAY)
    assert propose_tiers(now=now + 93 * DAY).opened == 1


def test_statements_do_not_grow_with_accounts(now: datetime) -> None:
    def asked(count: int, start: int) -> int:
        for number in range(start, start + count):
            hot(f"Up{number}", tier=3, now=now)
        with CaptureQueriesContext(connection) as queries:
            propose_tiers(now=now)
        return len(queries)

    assert asked(3, 0) == asked(30, 100)
