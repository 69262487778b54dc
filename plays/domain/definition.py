"""What a play says: trigger, audience, steps, exits, contract, throttle, holdout, as frozen values."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from plays.domain import vocabulary as words
from plays.domain.committee import Filter
from plays.domain.hours import Wait, window_of


@dataclass(frozen=True, slots=True)
class Occasion:
    """What has just happened to an account, in the terms that triggers speak.

    `kind`: crossing, joined_list, changed_tier, opportunity_stage, contact_engaged, score_risen, another account
    event, or manual. `score_was`: the score before it rose.
    """

    kind: str
    words: str
    threshold: str = ""
    tier: int | None = None
    stage: str = ""
    hand_raise: bool = False
    urgency: str = "normal"
    score: float | None = None
    score_was: float | None = None
    play: str = ""


@dataclass(frozen=True, slots=True)
class Trigger:
    """When a play is considered: any one of its conditions is enough."""

    crossings: tuple[str, ...] = ()
    joined_tiers: tuple[int, ...] = ()
    stages: tuple[str, ...] = ()
    contact_engaged: bool = False
    contacts_at_most: int | None = None
    score_at_least: float | None = None
    hand_raise: bool = False
    manual: bool = False

    def is_met_by(self, occasion: Occasion, *, engaged_contacts: int = 0) -> bool:
        """Whether the occasion puts the play up for choice.

        `engaged_contacts`: distinct contacts of the account that acted in the last 90 days, this one included.
        A manual occasion names its play; every play can be started by hand. A score counts once per rise past the
        bar, and at each crossing that happens above it.
        """
        match occasion.kind:
            case "crossing":
                return (
                    occasion.threshold in self.crossings
                    or (self.hand_raise and occasion.hand_raise)
                    or (
                        self.score_at_least is not None
                        and occasion.score is not None
                        and occasion.score >= self.score_at_least
                    )
                )
            case "score_risen":
                return (
                    self.score_at_least is not None
                    and occasion.score is not None
                    and (occasion.score_was or 0.0) < self.score_at_least <= occasion.score
                )
            case "joined_list" | "changed_tier":
                return occasion.tier in self.joined_tiers
            case "opportunity_stage":
                return occasion.stage.strip().casefold() in self.stages
            case "contact_engaged":
                return self.contact_engaged and (
                    self.contacts_at_most is None or engaged_contacts <= self.contacts_at_most
                )
            case _:
                return False


@dataclass(frozen=True, slots=True)
class Audience:
    """Which accounts a play is for; an empty filter lets every account through."""

    tiers: tuple[int, ...] = ()
    fit_at_least: float | None = None
    phases: tuple[str, ...] = ()
    lifecycles: tuple[str, ...] = ()
    industries: tuple[str, ...] = ()
    territories: tuple[str, ...] = ()
    committee: tuple[Filter, ...] = ()


@dataclass(frozen=True, slots=True)
class Step:
    """One action that somebody owes, some time after the step before is finished.

    The wait: calendar days or working days, then hours, then the first moment of a local window such as `09:00-11:00`.
    `tries`: how often it is tried, a working day apart, while nobody is reached.
    """

    key: str
    channel: str
    side: str
    role: str
    sla_hours: float
    wait_days: int = 0
    wait_business_days: int = 0
    wait_hours: float = 0.0
    opens_between: str = ""
    title: str = ""
    instructions: str = ""
    variants: Mapping[str, str] = field(default_factory=dict)
    surface: str = ""
    tries: int = 1

    @property
    def name(self) -> str:
        """The key as words: `first-call` reads `First call`."""
        return words.step_name(self.key)

    @property
    def wait(self) -> Wait:
        """What it waits for after the step before."""
        return Wait(self.wait_days, self.wait_business_days, self.wait_hours, window_of(self.opens_between))

    def text_for(self, *personas: str) -> str:
        """The instructions for the first persona or committee role that has its own, else the general ones."""
        for persona in personas:
            if persona and persona in self.variants:
                return self.variants[persona]
        return self.instructions


@dataclass(frozen=True, slots=True)
class Contract:
    """What the play is measured by: the outcome, within `days` of enrollment."""

    outcome: str = "meeting_booked"
    days: int = 30


@dataclass(frozen=True, slots=True)
class Throttle:
    """How much at once. `new_per_owner_per_week` None: no limit."""

    live_per_account: int = 2
    new_per_owner_per_week: int | None = None
    cooldown_days: int = 30


@dataclass(frozen=True, slots=True)
class PlayDefinition:
    """Everything of a play that a version freezes."""

    trigger: Trigger
    audience: Audience
    steps: tuple[Step, ...]
    exits: tuple[str, ...]
    contract: Contract
    throttle: Throttle
    priority: int = 50
    holdout: float = 0.0

    def step_after(self, key: str) -> tuple[int, Step] | None:
        """The step that follows `key`, with its position; None after the last one (or for an unknown key)."""
        for position, step in enumerate(self.steps[:-1]):
            if step.key == key:
                return position + 1, self.steps[position + 1]
        return None

    def urgency_at(self, position: int, urgency: str) -> str:
        """A crossing's urgency binds the steps that open at once; after the first wait the work is normal."""
        waits = any(step.wait for step in self.steps[: position + 1])
        return "normal" if waits else urgency


Json = Mapping[str, Any]
