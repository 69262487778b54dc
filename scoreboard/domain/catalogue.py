"""Every number by its key: what it is called, in what unit, what it counts and what its two parts are."""

from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum


class Unit(StrEnum):
    """What a value is measured in. Money is in the installation's base currency."""

    SHARE = "share"
    HOURS = "hours"
    SECONDS = "seconds"
    DAYS = "days"
    PER_WEEK = "per_week"
    POINTS = "points"
    MONEY = "money"


@dataclass(frozen=True, slots=True)
class Number:
    """One number. `has` and `lacks` end the sentence "accounts that ..." on the page that opens it; `noun` is
    what is counted, `moment` what the time beside an account is.
    """

    key: str
    title: str
    unit: Unit
    about: str
    has: str
    lacks: str
    noun: str = "accounts"
    moment: str = "Latest"


def cut(key: str, urgency: str) -> str:
    """The key of a number's part for one urgency, as snapshots and bands know it."""
    return f"{key}:{urgency}"


def _target_and_others(
    key: str, title: str, unit: Unit, about: str, has: str, lacks: str, noun: str
) -> Iterator[Number]:
    """The same number of the accounts on the list, and of all others."""
    for end, whose, words in (
        ("target", "target", {"them": _LISTED, "all_of_them": _LISTED, "are": "are"}),
        ("other", "others", {"them": "the others", "all_of_them": "all other accounts", "are": "are not"}),
    ):
        said, have, lack = (text.format(**words) for text in (about, has, lacks))
        yield Number(f"{key}_{end}", f"{title}, {whose}", unit, said, have, lack, noun)


_LISTED = "accounts on the list"
LAG = "signal_to_action_km_median_hours"

_ALL = (
    Number(
        "coverage",
        "Coverage",
        Unit.SHARE,
        "Accounts with a sales touch in 30 days",
        "had an outbound sales touch in the 30 days",
        "had no outbound sales touch in the 30 days",
        moment="Last sales touch",
    ),
    Number(
        "engagement",
        "Engagement",
        Unit.SHARE,
        "A marketing touch and a digital response in 30 days",
        "had an outbound marketing touch and answered digitally in the 30 days",
        "had no outbound marketing touch or gave no digital response in the 30 days",
        moment="Last response",
    ),
    Number(
        "joint_engagement",
        "Joint engagement",
        Unit.SHARE,
        "Tier 1 accounts touched by marketing and by sales in 90 days",
        "were touched by marketing and by sales in the 90 days",
        "were not touched by both sides in the 90 days",
        moment="Last touch",
    ),
    Number(
        "list_to_action",
        "List to action",
        Unit.SHARE,
        "Accounts with a step of a play or campaign in 30 days",
        "had a programmed touch in the 30 days",
        "had no programmed touch in the 30 days",
        moment="Last programmed touch",
    ),
    Number(
        "pipeline_influence",
        "Pipeline influence",
        Unit.SHARE,
        "Open amount that was born on the list",
        "have open opportunities that were opened while they were on the list",
        "have open opportunities that were opened off the list",
        "opportunities",
    ),
    Number(
        "pipeline_influence_count",
        "Pipeline influence by count",
        Unit.SHARE,
        "Open opportunities that were born on the list",
        "have open opportunities that were opened while they were on the list",
        "have open opportunities that were opened off the list",
        "opportunities",
    ),
    Number(
        "conversion_list_to_opportunity",
        "Conversion",
        Unit.SHARE,
        "Accounts that joined in the quarter and had an opportunity within 180 days",
        "joined in the quarter and had an opportunity opened within 180 days",
        "joined in the quarter and have had no opportunity within 180 days yet",
        moment="Opportunity, else joined",
    ),
    Number(
        "conversion_opportunity_to_won",
        "Conversion to won",
        Unit.SHARE,
        "Closed opportunities of those accounts that were won",
        "have won opportunities that they opened after joining",
        "have lost opportunities that they opened after joining",
        "opportunities",
        moment="Joined",
    ),
    Number(
        LAG,
        "Signal-to-action lag",
        Unit.HOURS,
        "Median time to the first sales touch, counting the crossings still waiting",
        "have crossings that sales answered",
        "have crossings still waiting for sales",
        "crossings",
        moment="Latest crossing",
    ),
    Number(
        "signal_to_action_answered_median_hours",
        "Lag of the answered",
        Unit.HOURS,
        "Median time to the first sales touch of the crossings that got one",
        "have crossings that sales answered",
        "have crossings still waiting for sales",
        "crossings",
        moment="Latest crossing",
    ),
    Number(
        "answered_within_sla",
        "Answered in time",
        Unit.SHARE,
        "Crossings answered by sales within 4 h (urgent), 24 h (hot) or 72 h (normal)",
        "have crossings answered in time",
        "have crossings answered late or not yet",
        "crossings",
        moment="Latest crossing",
    ),
    Number(
        "signal_to_enrollment_median_seconds",
        "Signal to enrollment",
        Unit.SECONDS,
        "Median time from the last signal of a crossing to the play it started",
        "have crossings that started a play",
        "have crossings that started no play",
        "crossings",
        moment="Latest crossing",
    ),
    Number(
        "signal_to_enrollment_p95_seconds",
        "Signal to enrollment, slowest",
        Unit.SECONDS,
        "The time that 95 in 100 crossings stay within",
        "have crossings that started a play",
        "have crossings that started no play",
        "crossings",
        moment="Latest crossing",
    ),
    Number(
        "play_coverage_tier_1",
        "Play coverage of tier 1",
        Unit.SHARE,
        "Tier 1 accounts in a play now",
        "are in a play",
        "are in no play",
        moment="In a play since",
    ),
    Number(
        "completed_without_stall",
        "Completed without a stall",
        Unit.SHARE,
        "Plays finished in 90 days that never stalled",
        "finished plays that never stalled",
        "finished plays that had stalled",
        "plays",
        moment="Finished",
    ),
    Number(
        "plays_run_per_week",
        "Plays run a week",
        Unit.PER_WEEK,
        "Plays started in the last 7 days",
        "started a play in the 7 days",
        "started none",
        "plays",
        moment="Started",
    ),
    Number(
        "accounts_touched_per_week",
        "Accounts touched a week",
        Unit.PER_WEEK,
        "Accounts with an outbound touch in the last 7 days",
        "had an outbound touch in the 7 days",
        "are on the list and had none",
        moment="Last touch",
    ),
    Number(
        "escalation_rate",
        "Escalations a week",
        Unit.PER_WEEK,
        "Escalations opened a week, over 12 weeks",
        "an escalation of the 12 weeks is about",
        "no escalation is about",
        "escalations",
        moment="Opened",
    ),
    Number(
        "escalation_mean_hours",
        "Time to resolve",
        Unit.HOURS,
        "Mean time from opening to outcome, escalations resolved in 12 weeks",
        "a resolved escalation of the 12 weeks is about",
        "an escalation still open is about",
        "escalations",
        moment="Opened",
    ),
    *_target_and_others(
        "win_rate",
        "Win rate",
        Unit.SHARE,
        "Won among closed, {all_of_them}",
        "won in the period, among {them}",
        "only lost in the period, among {them}",
        "opportunities",
    ),
    *_target_and_others(
        "won_amount",
        "Won amount",
        Unit.MONEY,
        "Mean amount of a won opportunity, {all_of_them}",
        "won in the period, among {them}",
        "won something whose amount is not known",
        "opportunities",
    ),
    *_target_and_others(
        "days_to_win",
        "Days to win",
        Unit.DAYS,
        "Median days from opened to won, {all_of_them}",
        "won in the period, among {them}",
        "won something whose opening is not known",
        "opportunities",
    ),
    *_target_and_others(
        "pipeline_per_account",
        "Pipeline an account",
        Unit.MONEY,
        "Open amount an account, {all_of_them}",
        "{are} on the list and have open pipeline",
        "{are} on the list and have no open pipeline",
        "accounts",
    ),
    Number(
        "committee_coverage",
        "Committee coverage",
        Unit.SHARE,
        "Accounts with three contacts or more that we touched or heard from",
        "have three contacts or more that we touched or heard from",
        "have fewer than three contacts that we touched or heard from",
    ),
    Number(
        "governance_score",
        "Governance score",
        Unit.POINTS,
        "Seven components rated 0 to 2, at most 14",
        "it is not about accounts",
        "it is not about accounts",
        "components",
    ),
)

NUMBERS: dict[str, Number] = {number.key: number for number in _ALL}
