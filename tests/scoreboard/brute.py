"""Every number once more, from DOMAIN's words, over plain lists: slow, obvious, and written without the
SQL.
"""

from collections.abc import Callable, Iterable
from datetime import datetime, timedelta
from decimal import Decimal
from statistics import median, quantiles
from typing import Any

from tests.scoreboard.world import DAY, HOUR, Deal, Ran, World

Answer = dict[str, Any]


class Brute:
    """The world as it was known at `at`, for one tier, one owner, or all."""

    def __init__(self, world: World, at: datetime, tier: int | None = None, owner: int | None = None) -> None:
        self.world, self.at, self.tier, self.owner = world, at, tier, owner

    def in_scope(self, account: int | None) -> bool:
        if self.owner is None:
            return True
        return account is not None and self.world.owners[account] == self.owner

    def tier_at(self, account: int | None, moment: datetime) -> int | None:
        tier = None
        for start, new in self.world.tiers[account] if account is not None else ():
            if start <= moment:
                tier = new
        return tier

    def listed(self) -> dict[int, int]:
        found = {}
        for account in range(len(self.world.tiers)):
            tier = self.tier_at(account, self.at)
            if tier is not None and self.in_scope(account) and self.tier in {None, tier}:
                found[account] = tier
        return found

    def recent(self, moment: datetime, days: int) -> bool:
        return self.at - timedelta(days=days) <= moment < self.at

    # --- Over the list ---

    def share_of_list(self, test: Callable[[int], bool], headline: int | None = None) -> Answer:
        listed = self.listed()

        def of(accounts: Iterable[int]) -> Answer:
            chosen = list(accounts)
            hits = sum(test(account) for account in chosen)
            return {
                "value": hits / len(chosen) if chosen else None,
                "numerator": hits,
                "denominator": len(chosen),
            }

        tiers = {t: of([a for a, tier in listed.items() if tier == t]) for t in (1, 2, 3)}
        return {**(tiers[headline] if headline else of(listed)), "by_tier": tiers}

    def touched(self, account: int, days: int, side: str) -> bool:
        return any(
            t.account == account and t.side == side and t.direction == "outbound" and self.recent(t.at, days)
            for t in self.world.touches
        )

    def answered_digitally(self, account: int) -> bool:
        return any(s.account == account and s.digital and self.recent(s.at, 30) for s in self.world.signals)

    def contacts_alive(self, account: int) -> int:
        seen = set()
        for n, person in enumerate(self.world.people):
            if person.account == account:
                acts: list[Any] = [*self.world.touches, *self.world.signals]
                if any(x.contact == n and x.at < self.at for x in acts):
                    seen.add(n)
        return len(seen)

    def in_play(self, account: int) -> bool:
        return any(
            r.account == account
            and not r.holdout
            and r.at < self.at
            and (r.finished is None or r.finished >= self.at)
            for r in self.world.runs
        )

    def programmed(self, account: int) -> bool:
        return any(
            t.account == account and t.programmed and self.recent(t.at, 30) for t in self.world.touches
        )

    def list_numbers(self) -> dict[str, Answer]:
        return {
            "coverage": self.share_of_list(lambda a: self.touched(a, 30, "sales")),
            "engagement": self.share_of_list(
                lambda a: self.touched(a, 30, "marketing") and self.answered_digitally(a)
            ),
            "joint_engagement": self.share_of_list(
                lambda a: self.touched(a, 90, "marketing") and self.touched(a, 90, "sales"), headline=1
            ),
            "list_to_action": self.share_of_list(self.programmed),
            "play_coverage_tier_1": self.share_of_list(self.in_play, headline=1),
            "committee_coverage": self.share_of_list(lambda a: self.contacts_alive(a) >= 3),
        }

    # --- Crossings ---

    def lag_numbers(self) -> dict[str, Answer]:
        rows = []
        listed = self.listed()
        for n, crossing in enumerate(self.world.crossings):
            if crossing.account not in listed or not self.recent(crossing.at, 90):
                continue
            touches = [
                t.at
                for t in self.world.touches
                if t.account == crossing.account
                and (t.side, t.direction) == ("sales", "outbound")
                and crossing.at <= t.at < self.at
            ]
            starts = [r.at for r in self.world.runs if r.crossing == n and not r.holdout and r.at < self.at]
            starts = [at for at in starts if at >= self.at - 90 * DAY]
            seconds = (
                (min(starts) - crossing.heard).total_seconds()
                if starts and crossing.heard is not None
                else None
            )
            answer = (min(touches) - crossing.at) / HOUR if touches else None
            limit = {"urgent": 4, "hot": 24, "normal": 72}[crossing.urgency]
            rows.append((listed[crossing.account], answer, (self.at - crossing.at) / HOUR, limit, seconds))

        def by_tier(of: Callable[[list[Any]], Answer]) -> Answer:
            tiers = {t: of([row for row in rows if row[0] == t]) for t in (1, 2, 3)}
            return {**of(rows), "by_tier": tiers}

        def km(some: list[Any]) -> Answer:
            answered = [r[1] for r in some if r[1] is not None]
            left, value = Decimal(1), None
            for moment in sorted(set(answered)):
                at_risk = sum(1 for r in some if (r[1] if r[1] is not None else r[2]) >= moment)
                left *= 1 - Decimal(answered.count(moment)) / at_risk
                if left <= Decimal("0.5000000001"):
                    value = moment
                    break
            return {"value": value, "numerator": len(answered), "denominator": len(some)}

        def middle(some: list[Any]) -> Answer:
            answered = [r[1] for r in some if r[1] is not None]
            return {
                "value": median(answered) if answered else None,
                "numerator": len(answered),
                "denominator": len(some),
            }

        def within(some: list[Any]) -> Answer:
            hits = sum(1 for r in some if r[1] is not None and r[1] <= r[3])
            return {"value": hits / len(some) if some else None, "numerator": hits, "denominator": len(some)}

        def starts_of(some: list[Any], rule: Callable[[list[float]], float]) -> Answer:
            seconds = [r[4] for r in some if r[4] is not None]
            return {
                "value": rule(seconds) if seconds else None,
                "numerator": len(seconds),
                "denominator": len(some),
            }

        return {
            "signal_to_action_km_median_hours": by_tier(km),
            "signal_to_action_answered_median_hours": by_tier(middle),
            "answered_within_sla": by_tier(within),
            "signal_to_enrollment_median_seconds": by_tier(lambda some: starts_of(some, median)),
            "signal_to_enrollment_p95_seconds": by_tier(lambda some: starts_of(some, p95)),
        }

    # --- What ran ---

    def activity_numbers(self) -> dict[str, Answer]:
        listed = self.listed()

        def counts(account: int) -> bool:
            return self.in_scope(account) and (self.tier is None or account in listed)

        runs = [r for r in self.world.runs if not r.holdout and counts(r.account)]

        def by_tier(of: Callable[[list[int]], Answer], accounts: list[int]) -> Answer:
            tiers = {t: of([a for a in accounts if listed.get(a) == t]) for t in (1, 2, 3)}
            return {**of(accounts), "by_tier": tiers}

        def rate(accounts: list[int]) -> Answer:
            return {"value": len(accounts), "numerator": len(accounts), "denominator": 1}

        finished = [r for r in runs if r.finished is not None and self.recent(r.finished, 90)]

        def smooth(some: list[Ran]) -> Answer:
            good = sum(1 for r in some if r.stalled is None or r.stalled >= self.at)
            return {"value": good / len(some) if some else None, "numerator": good, "denominator": len(some)}

        tiers = {t: smooth([r for r in finished if listed.get(r.account) == t]) for t in (1, 2, 3)}
        touched = {
            t.account
            for t in self.world.touches
            if t.direction == "outbound" and self.recent(t.at, 7) and counts(t.account)
        }
        return {
            "completed_without_stall": {**smooth(finished), "by_tier": tiers},
            "plays_run_per_week": by_tier(rate, [r.account for r in runs if self.recent(r.at, 7)]),
            "accounts_touched_per_week": by_tier(rate, sorted(touched)),
        }

    # --- Money ---

    def opened(self, deal: Deal) -> datetime:
        return deal.opened or deal.told

    def is_open(self, deal: Deal) -> bool:
        return self.opened(deal) < self.at and (deal.closed is None or deal.closed >= self.at)

    def money(self, deal: Deal) -> Decimal | None:
        known = [entry for entry in sorted(deal.amounts, key=lambda e: e[0]) if entry[0] < self.at]
        if not known or known[-1][1] is None:
            return None
        start, amount, currency = known[-1]
        assert amount is not None
        if currency in {"", "USD"}:
            return amount
        rates = sorted((day, rate) for code, day, rate in self.world.rates if code == currency)
        rates = [(day, rate) for day, rate in rates if day <= start.date()]
        return amount * rates[-1][1] if rates else None

    def pipeline_numbers(self) -> dict[str, Answer]:
        deals = [d for d in self.world.deals if self.is_open(d) and self.in_scope(d.account)]
        total = sum((self.money(d) or Decimal(0) for d in deals), Decimal(0))

        def of(wanted: set[int]) -> tuple[Answer, Answer]:
            born = [d for d in deals if self.tier_at(d.account, self.opened(d)) in wanted]
            part = sum((self.money(d) or Decimal(0) for d in born), Decimal(0))
            return (
                {"value": float(part / total) if total else None, "numerator": part, "denominator": total},
                {
                    "value": len(born) / len(deals) if deals else None,
                    "numerator": len(born),
                    "denominator": len(deals),
                },
            )

        tiers = {t: of({t}) for t in (1, 2, 3)}
        whole = of({self.tier} if self.tier else {1, 2, 3})
        names = ("pipeline_influence", "pipeline_influence_count")
        kept = {t: tiers[t] for t in (1, 2, 3)}
        return {
            name: {**whole[n], "by_tier": {t: kept[t][n] for t in kept if self.tier in {None, t}}}
            for n, name in enumerate(names)
        }

    def conversion_numbers(self) -> dict[str, Answer]:
        month = (self.at.month - 1) // 3 * 3 + 1
        end = self.at.replace(month=month, day=1, hour=0, minute=0, second=0, microsecond=0)
        start = _three_months_before(end)
        answers = {}
        for name, first, last, seen in (
            ("own", start, end, self.at),
            ("prior", _three_months_before(start), start, start + (self.at - end)),
        ):
            answers[name] = self._cohort(first, last, seen)
        return {
            key: {**answers["own"][n], "prior": answers["prior"][n]}
            for n, key in enumerate(("conversion_list_to_opportunity", "conversion_opportunity_to_won"))
        }

    def _cohort(self, first: datetime, last: datetime, seen: datetime) -> tuple[Answer, Answer]:
        early = won = closed = members = 0
        for account, changes in enumerate(self.world.tiers):
            before: int | None = None
            joined: tuple[datetime, int] | None = None
            for start, tier in changes:
                if before is None and tier is not None and first <= start < last and joined is None:
                    joined = (start, tier)
                before = tier
            if joined is None or not self.in_scope(account) or self.tier not in {None, joined[1]}:
                continue
            members += 1
            deals = [d for d in self.world.deals if d.account == account]
            deals = [d for d in deals if joined[0] <= self.opened(d) < seen]
            early += any(self.opened(d) < joined[0] + 180 * DAY for d in deals)
            done = [d for d in deals if d.closed is not None and d.closed < seen]
            closed += len(done)
            won += sum(d.won for d in done)
        return (
            {"value": early / members if members else None, "numerator": early, "denominator": members},
            {"value": won / closed if closed else None, "numerator": won, "denominator": closed},
        )

    def comparison_numbers(self) -> dict[str, Answer]:
        listed = self.listed()
        sides: dict[str, list[int]] = {"target": list(listed), "other": []}
        for account in range(len(self.world.tiers)):
            off = self.tier_at(account, self.at) is None
            known = self.world.created[account] < self.at or any(
                d.account == account and self.opened(d) < self.at for d in self.world.deals
            )
            if off and known and self.in_scope(account):
                sides["other"].append(account)
        answers: dict[str, Answer] = {}
        for side, accounts in sides.items():
            deals = [d for d in self.world.deals if d.account in accounts]
            done = [d for d in deals if d.closed is not None and d.closed < self.at]
            won = [d for d in done if d.won]
            amounts = [m for m in (self.money(d) for d in won) if m is not None]
            days = [(d.closed - d.opened) / DAY for d in won if d.closed and d.opened]
            pipeline = sum((self.money(d) or Decimal(0) for d in deals if self.is_open(d)), Decimal(0))
            total = sum(amounts, Decimal(0))
            answers |= {
                f"win_rate_{side}": _answer(len(won) / len(done) if done else None, len(won), len(done)),
                f"won_amount_{side}": _answer(total / len(amounts) if amounts else None, total, len(amounts)),
                f"days_to_win_{side}": _answer(median(days) if days else None, len(days), len(won)),
                f"pipeline_per_account_{side}": _answer(
                    pipeline / len(accounts) if accounts else None, pipeline, len(accounts)
                ),
            }
        return answers

    def numbers(self) -> dict[str, Answer]:
        return {
            **self.list_numbers(),
            **self.lag_numbers(),
            **self.activity_numbers(),
            **self.pipeline_numbers(),
            **self.conversion_numbers(),
            **self.comparison_numbers(),
        }


def _answer(value: Any, numerator: Any, denominator: Any) -> Answer:
    return {"value": value, "numerator": numerator, "denominator": denominator}


def _three_months_before(start: datetime) -> datetime:
    return (
        start.replace(year=start.year - 1, month=10)
        if start.month == 1
        else start.replace(month=start.month - 3)
    )


def p95(values: list[float]) -> float:
    """Linear between neighbours."""
    return values[0] if len(values) == 1 else quantiles(values, n=20, method="inclusive")[-1]
