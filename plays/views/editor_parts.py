"""What a play says beside its steps, laid out as the fields of the editor."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from abmops.lib.choices import Lifecycle, Phase
from plays.domain import sentences
from plays.domain import vocabulary as words
from plays.domain.definition import PlayDefinition
from plays.domain.draft import Document
from plays.views import editor_committee
from plays.views.editor_committee import AskedRow
from plays.views.editor_fields import Input, Known, Maker, Slots


@dataclass(frozen=True, slots=True)
class Part:
    """A part of the play beside its steps. `rows`: what it asks of the committee; `more`: to ask one thing more."""

    key: str
    title: str
    about: str
    sentence: str
    inputs: Sequence[Input]
    rows: Sequence[AskedRow] = ()
    more: Input | None = None

    def every_input(self) -> Iterator[Input]:
        """All its fields."""
        yield from self.inputs
        for row in self.rows:
            yield from row.inputs
        if self.more is not None:
            yield self.more


def parts_of(
    document: Document, definition: PlayDefinition, known: Known, faults: Slots, notes: Slots
) -> list[Part]:
    """Every part beside the steps, in the order in which a play is read."""
    make = Maker(document, faults, notes)
    names = known.names
    return [
        Part(
            "trigger",
            "What starts it",
            "Any one of these is enough.",
            sentences.trigger_sentence(definition.trigger, names),
            _trigger(make, known),
        ),
        Part(
            "audience",
            "For which accounts",
            "Nothing chosen lets every account through.",
            sentences.audience_sentence(definition.audience, names),
            _audience(make, known),
            list(editor_committee.rows_of(make, definition.audience.committee, known)),
            make.choice(
                editor_committee.AT,
                "Ask something of the buying committee",
                editor_committee.KINDS.items(),
                "",
            ),
        ),
        Part(
            "exits",
            "What ends it early",
            "As soon as one of these happens, whatever is still open is taken off people's lists.",
            sentences.exits_sentence(definition.exits),
            [make.checks("exits", "Stops when", words.EXITS.items(), document.get("exits") or [])],
        ),
        Part(
            "contract",
            "How it is measured",
            "Decided before it starts, so that nobody picks the number afterwards.",
            sentences.contract_sentence(definition),
            _measure(make, document),
        ),
        Part(
            "throttle",
            "How much at once",
            "So that an account is never played on from all sides.",
            sentences.throttle_sentence(definition),
            _limits(make, document),
        ),
    ]


def _trigger(make: Maker, known: Known) -> list[Input]:
    said = make.document.get("trigger") or {}
    engaged, score = said.get("contact_engaged"), said.get("score") or {}
    thresholds = [
        (slug, name if known.statuses.get(slug) == "active" else f"{name} ({known.statuses.get(slug)})")
        for slug, name in known.thresholds.items()
        if known.statuses.get(slug) == "active" or slug in (said.get("crossing") or ())
    ]
    tiers = [(tier, f"Tier {tier}") for tier in words.TIERS]
    at_most = engaged.get("contacts_at_most") if isinstance(engaged, Mapping) else None
    return [
        make.checks(
            "trigger-crossing", "A threshold is crossed", thresholds, said.get("crossing") or [], unit="many"
        ),
        make.checks(
            "trigger-joined_tier", "An account joins or moves to", tiers, said.get("joined_tier") or []
        ),
        make.one(
            "trigger-stage",
            "An opportunity reaches a stage",
            "text",
            "; ".join(str(one) for one in said.get("stage") or ()),
            help="Several with a semicolon between them, for example Proposal; Negotiation.",
            suggestions=known.stages,
        ),
        make.one(
            "trigger-contact_engaged",
            "A contact engages for the first time in a quarter",
            "flag",
            engaged is not None,
        ),
        make.one(
            "trigger-contacts_at_most",
            "… while no more than this many of the account have",
            "number",
            at_most,
            unit="contacts",
            help="1 is the single contact of a committee that is to grow. Empty: however many.",
        ),
        make.one(
            "trigger-score",
            "The score rises to",
            "number",
            score.get("at_least"),
            unit="or more",
            help="Once each time it rises past this. Empty: the score alone starts nothing.",
        ),
        make.one("trigger-hand_raise", "The account asks for us", "flag", bool(said.get("hand_raise"))),
        make.one(
            "trigger-manual",
            "By hand",
            "flag",
            bool(said.get("manual")),
            help="It is meant to be started by hand. Any active play can be, for a reason.",
        ),
    ]


def _audience(make: Maker, known: Known) -> list[Input]:
    said = make.document.get("audience") or {}
    return [
        make.checks(
            "audience-tiers",
            "In tier",
            [(tier, f"Tier {tier}") for tier in words.TIERS],
            said.get("tiers") or [],
        ),
        make.one(
            "audience-fit_at_least",
            "With a fit of",
            "number",
            said.get("fit_at_least"),
            unit="or more",
            help="0 to 100. Strong is 81 and more, moderate 50.",
        ),
        make.checks("audience-phases", "In the phase", Phase.choices, said.get("phases") or []),
        make.checks("audience-lifecycles", "That are", Lifecycle.choices, said.get("lifecycles") or []),
        make.one(
            "audience-industries",
            "In the industry",
            "text",
            "; ".join(str(one) for one in said.get("industries") or ()),
            help="Several with a semicolon between them.",
        ),
        make.checks(
            "audience-territories",
            "In the territory",
            known.territories.items(),
            said.get("territories") or [],
            unit="many",
        ),
    ]


def _measure(make: Maker, document: Document) -> list[Input]:
    said, holdout = document.get("contract") or {}, document.get("holdout")
    share = f"{holdout * 100:g}" if isinstance(holdout, int | float) else holdout
    outcomes = ((name, text.capitalize()) for name, text in words.OUTCOMES.items())
    return [
        make.choice("contract-outcome", "It worked when there is", outcomes, said.get("outcome")),
        make.one(
            "contract-days",
            "Within",
            "number",
            said.get("days"),
            unit="days",
            help="Counted from the enrollment.",
        ),
        make.one(
            "holdout",
            "Held out to compare with",
            "number",
            share,
            unit="% of the accounts",
            help="Chosen by chance and for good. Without any, nobody can say what would have happened anyway.",
        ),
    ]


def _limits(make: Maker, document: Document) -> list[Input]:
    said = document.get("throttle") or {}
    return [
        make.one("priority", "Priority", "number", document.get("priority"), help="0 to 1000, higher wins."),
        make.one(
            "throttle-live_per_account",
            "Waits when an account has",
            "number",
            said.get("live_per_account"),
            unit="plays running",
        ),
        make.one(
            "throttle-new_per_owner_per_week",
            "At most",
            "number",
            said.get("new_per_owner_per_week"),
            unit="new a week for one owner",
            help="Empty: no limit.",
        ),
        make.one(
            "throttle-cooldown_days",
            "Rests on an account for",
            "number",
            said.get("cooldown_days"),
            unit="days after it ended",
        ),
    ]
