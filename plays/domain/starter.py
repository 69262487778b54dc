"""The starter library: the four plays of [P3], the answers to the starter thresholds, and the plain reason
for each.

Texts are written to be said, not to be admired: one thought, one question, the reader's work and not ours.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final


@dataclass(frozen=True, slots=True)
class StarterPlay:
    """A play ready to be installed; `definition` is in the API's shape."""

    slug: str
    name: str
    purpose: str
    definition: Mapping[str, Any]


INBOUND: Final = StarterPlay(
    slug="inbound-hand-raise",
    name="Inbound hand-raise",
    purpose=(
        "Somebody asked for us. Answer in person the same half-day, while they still have the page open, and"
        " leave the first call with a date for the second."
    ),
    definition={
        "trigger": {"hand_raise": True, "crossing": ["hand-raise"], "manual": True},
        "audience": {},
        "steps": [
            {
                "key": "call-back",
                "channel": "call",
                "side": "sales",
                "role": "owner",
                "sla_hours": 4,
                "instructions": (
                    "Call {{contact.first_name}} back now. Thank them for asking, say what you saw they "
                    "asked for, and let them talk first: “What made you look for this today?” Agree the next"
                    " date before you hang up."
                ),
                "variants": {
                    "economic_buyer": (
                        "Call {{contact.first_name}} back now. They decide, so be short: what they asked "
                        "for, what companies like {{account.name}} got out of it in the first year, and one "
                        "question: “What would have to be true for this to be worth a decision this "
                        "quarter?”"
                    ),
                    "technical_evaluator": (
                        "Call {{contact.first_name}} back now. Expect real questions. Offer a working "
                        "session with a solution engineer on their own data instead of slides, and ask what "
                        "the shortlist looks like."
                    ),
                    "end_user": (
                        "Call {{contact.first_name}} back now. Ask how they do it today, step by step, and who else "
                        "feels the pain. Offer to show that one step done, in fifteen minutes."
                    ),
                },
            },
            {
                "key": "follow-up-email",
                "wait_days": 1,
                "channel": "email",
                "side": "sales",
                "role": "owner",
                "sla_hours": 8,
                "instructions": (
                    "If you spoke: three lines with what you agreed, the date, and one page that answers "
                    "their question. If you did not: two lines, no brochure. “You asked about this "
                    "yesterday. I have 10:00 or 15:30 tomorrow, which one suits you? If it was somebody else"
                    " at {{account.name}}, tell me who.”"
                ),
            },
            {
                "key": "second-call",
                "wait_days": 2,
                "channel": "call",
                "side": "sales",
                "role": "owner",
                "sla_hours": 24,
                "instructions": (
                    "Try at another time of day than the first call. No answer: ask the switchboard who "
                    "looks after this at {{account.name}}, and note the name as a contact."
                ),
            },
        ],
        "exits": ["meeting_booked", "disqualified"],
        "contract": {"outcome": "meeting_booked", "days": 14},
        "priority": 95,
        "throttle": {"live_per_account": 3, "new_per_owner_per_week": None, "cooldown_days": 7},
        "holdout": 0,
    },
)

HOT_INTENT: Final = StarterPlay(
    slug="hot-intent-response",
    name="Hot intent response",
    purpose=(
        "The account does its homework on us: prices, demo, comparison, from more than one desk. Be the "
        "helpful voice within a day, before the shortlist is written."
    ),
    definition={
        "trigger": {"crossing": ["high-intent-pages", "two-distinct-signals", "score-surge"], "manual": True},
        "audience": {"tiers": [1, 2]},
        "steps": [
            {
                "key": "first-call",
                "channel": "call",
                "side": "sales",
                "role": "owner",
                "sla_hours": 24,
                "instructions": (
                    "Read the evidence first. Do not say that you saw them on the site; ask about the work "
                    "behind it: “Teams in {{account.industry}} are rethinking this just now. Is it on your "
                    "list, {{contact.first_name}}?”"
                ),
                "variants": {
                    "economic_buyer": (
                        "Open with the number their peers care about and ask how {{account.name}} measures it today. "
                        "Offer a one-page business case with their figures, not a demo."
                    ),
                    "technical_evaluator": (
                        "Offer the comparison they are making anyway, honestly, with the two cases in which "
                        "we are not the right choice. Ask which criteria are on their list."
                    ),
                    "champion": (
                        "{{contact.first_name}} knows us. Ask what has changed, who else is looking, and "
                        "what they would need from us to take it upstairs."
                    ),
                },
            },
            {
                "key": "email-with-proof",
                "wait_days": 1,
                "channel": "email",
                "side": "sales",
                "role": "owner",
                "sla_hours": 24,
                "instructions": (
                    "One customer of their size and trade, one result, one sentence on how. Close with a "
                    "question that can be answered from a phone: “Is this closer to your problem, or is it "
                    "something else?”"
                ),
                "variants": {
                    "economic_buyer": (
                        "Send the one-page business case. Subject: {{account.name}}, what a year of waiting "
                        "costs. Three lines above it, no attachment beside it."
                    ),
                    "technical_evaluator": (
                        "Send the security and integration notes before they ask, and offer a sandbox for two weeks."
                    ),
                },
            },
            {
                "key": "linkedin",
                "wait_days": 2,
                "channel": "linkedin",
                "side": "sales",
                "role": "owner",
                "sla_hours": 24,
                "instructions": (
                    "Connect with {{contact.first_name}} with a note about their work, not ours. No pitch in"
                    " the first message."
                ),
            },
            {
                "key": "last-call",
                "wait_days": 3,
                "channel": "call",
                "side": "sales",
                "role": "owner",
                "sla_hours": 48,
                "instructions": (
                    "Call once more, then let it rest: “I will stop here. When it becomes urgent, this is my"
                    " direct line.” Note what you learned about the timing."
                ),
            },
        ],
        "exits": ["meeting_booked", "opportunity_opened", "disqualified", "left_list"],
        "contract": {"outcome": "meeting_booked", "days": 30},
        "priority": 80,
        "throttle": {"live_per_account": 2, "new_per_owner_per_week": None, "cooldown_days": 30},
        "holdout": 0,
    },
)

SURGE: Final = StarterPlay(
    slug="surge-response",
    name="Surge response",
    purpose=(
        "The account reads about our topic elsewhere and may not know us yet. Marketing gets us onto the "
        "shortlist in the reader's mind; sales then knocks on a door that is ajar."
    ),
    definition={
        "trigger": {"crossing": ["intent-surge", "high-intent-pages", "score-surge"], "manual": True},
        "audience": {"tiers": [1, 2]},
        "steps": [
            {
                "key": "ads-on-topic",
                "channel": "ad",
                "side": "marketing",
                "role": "marketer",
                "sla_hours": 24,
                "surface": "linkedin_ads",
                "instructions": (
                    "Put {{account.name}} into the ad audience of the topic they surge on, for four weeks. "
                    "Lead with the independent guide, not with us."
                ),
            },
            {
                "key": "topic-email",
                "wait_days": 3,
                "channel": "email",
                "side": "marketing",
                "role": "marketer",
                "sla_hours": 48,
                "instructions": (
                    "Send the buyer's guide of the topic to the committee. Plain text, from a person, with "
                    "the page that answers the question they seem to have."
                ),
                "variants": {
                    "economic_buyer": (
                        "Send the two-page summary: what it costs to wait, what peers decided, and why."
                    ),
                    "technical_evaluator": (
                        "Send the checklist that evaluators use, with the questions to ask any vendor."
                    ),
                    "end_user": (
                        "Send the short film of the job done in a day, and the template to try it without us."
                    ),
                },
            },
            {
                "key": "sales-linkedin",
                "wait_days": 5,
                "channel": "linkedin",
                "side": "sales",
                "role": "owner",
                "sla_hours": 48,
                "instructions": (
                    "They have seen us by now. Connect with {{contact.first_name}}, refer to the guide, and ask what "
                    "they are comparing."
                ),
            },
            {
                "key": "sales-call",
                "wait_days": 3,
                "channel": "call",
                "side": "sales",
                "role": "owner",
                "sla_hours": 48,
                "instructions": (
                    "Call {{contact.first_name}}: “We wrote the guide on this. Most teams get stuck at the second "
                    "chapter. Where are you?”"
                ),
            },
        ],
        "exits": ["meeting_booked", "opportunity_opened", "disqualified", "left_list"],
        "contract": {"outcome": "meeting_booked", "days": 45},
        "priority": 70,
        "throttle": {"live_per_account": 2, "new_per_owner_per_week": None, "cooldown_days": 45},
        "holdout": 0,
    },
)

WELCOME: Final = StarterPlay(
    slug="tier-one-welcome",
    name="Tier-one welcome",
    purpose=(
        "An account has made it into tier 1. Four weeks in which the people who decide get to know us before anybody "
        "calls them, and in which we get to know who they are."
    ),
    definition={
        "trigger": {"joined_tier": [1], "manual": True},
        "audience": {"tiers": [1]},
        "steps": [
            {
                "key": "launch-ads",
                "channel": "ad",
                "side": "marketing",
                "role": "marketer",
                "sla_hours": 48,
                "surface": "linkedin_ads",
                "instructions": (
                    "Start the four-week awareness burst for {{account.name}}: the category problem first, our name "
                    "second. Check that the audience has the committee's titles and not the whole company."
                ),
            },
            {
                "key": "map-committee",
                "wait_days": 1,
                "channel": "other",
                "side": "marketing",
                "role": "marketer",
                "sla_hours": 72,
                "title": "Map the buying committee of {{account.name}}",
                "instructions": (
                    "Find three to five people: who pays, who tests, who will use it, who could stop it. Add"
                    " each with role and reporting line. An empty role is worth writing down too."
                ),
            },
            {
                "key": "field-notebook",
                "wait_days": 9,
                "channel": "direct_mail",
                "side": "marketing",
                "role": "marketer",
                "sla_hours": 72,
                "instructions": (
                    "Send the field notebook with a handwritten card from {{owner.name}}. It should land "
                    "within two days of the personal note that follows."
                ),
            },
            {
                "key": "executive-invitation",
                "wait_days": 7,
                "channel": "event",
                "side": "marketing",
                "role": "marketer",
                "sla_hours": 72,
                "instructions": (
                    "Invite {{contact.first_name}} to the next round table of their peers. Twelve seats, no "
                    "slides."
                ),
                "variants": {
                    "economic_buyer": (
                        "Invite {{contact.first_name}} to the dinner of decision-makers, signed by our own "
                        "executive of the same rank."
                    ),
                    "technical_evaluator": (
                        "Invite {{contact.first_name}} to the architects' open house: an afternoon with our "
                        "engineers, their questions only."
                    ),
                },
            },
            {
                "key": "personal-note",
                "wait_days": 12,
                "channel": "linkedin",
                "side": "sales",
                "role": "owner",
                "sla_hours": 48,
                "instructions": (
                    "Awareness has run; now be a person. Write to {{contact.first_name}} about something "
                    "they said or published in the last quarter, and why it made you think of a customer of "
                    "ours."
                ),
            },
            {
                "key": "first-call",
                "wait_days": 3,
                "channel": "call",
                "side": "sales",
                "role": "owner",
                "sla_hours": 48,
                "instructions": (
                    "Call {{contact.first_name}}. One sentence on who we are, one on a company like "
                    "{{account.name}}, then: “I would like twenty minutes to hear how you do this. If there "
                    "is nothing in it for you, I will say so.”"
                ),
            },
        ],
        "exits": ["meeting_booked", "opportunity_opened", "left_list", "disqualified"],
        "contract": {"outcome": "meeting_booked", "days": 90},
        "priority": 60,
        "throttle": {"live_per_account": 2, "new_per_owner_per_week": 15, "cooldown_days": 180},
        "holdout": 0,
    },
)

COMMITTEE: Final = StarterPlay(
    slug="committee-expansion",
    name="Committee expansion",
    purpose=(
        "One person at the account talks to us, and one person cannot buy. Find the others while the first "
        "is warm, and give each a reason of their own."
    ),
    definition={
        "trigger": {
            "contact_engaged": {"contacts_at_most": 1},
            "crossing": ["two-registrations"],
            "manual": True,
        },
        "audience": {"tiers": [1, 2]},
        "steps": [
            {
                "key": "find-the-others",
                "channel": "other",
                "side": "marketing",
                "role": "marketer",
                "sla_hours": 48,
                "title": "Find the missing roles at {{account.name}}",
                "instructions": (
                    "Look at the committee map: who is missing between the one who engaged and the one who "
                    "signs? Add at least two people, one of them above {{contact.first_name}}."
                ),
            },
            {
                "key": "email-the-others",
                "wait_days": 2,
                "channel": "email",
                "side": "marketing",
                "role": "marketer",
                "sla_hours": 48,
                "instructions": (
                    "Write to the new contacts. Not “your colleague downloaded”; each gets the page of their"
                    " own trade."
                ),
                "variants": {
                    "economic_buyer": "Two figures and one name they will know. Nothing to click but the calendar.",
                    "technical_evaluator": "The architecture note and the list of what we do not integrate with yet.",
                    "end_user": "Before and after, in four pictures, from somebody with their job title.",
                },
            },
            {
                "key": "ask-for-introduction",
                "wait_days": 3,
                "channel": "email",
                "side": "sales",
                "role": "owner",
                "sla_hours": 48,
                "instructions": (
                    "Ask {{contact.first_name}} for one introduction, and make it easy: a paragraph they can"
                    " forward as it is. “Who would be annoyed if this were decided without them?” is the "
                    "question that works."
                ),
            },
            {
                "key": "multi-thread-call",
                "wait_days": 4,
                "channel": "call",
                "side": "sales",
                "role": "owner",
                "sla_hours": 72,
                "instructions": (
                    "Call somebody of the committee who has not heard a voice of ours yet. Say whom you "
                    "already talk to; never go around anybody in silence."
                ),
            },
        ],
        "exits": ["opportunity_opened", "left_list", "disqualified"],
        "contract": {"outcome": "opportunity_created", "days": 90},
        "priority": 65,
        "throttle": {"live_per_account": 2, "new_per_owner_per_week": 10, "cooldown_days": 60},
        "holdout": 0.1,
    },
)

LATE_STAGE: Final = StarterPlay(
    slug="late-stage-reinforcement",
    name="Late-stage reinforcement",
    purpose=(
        "The deal is on the table, and now the people we have never met decide. Give the champion what they "
        "need in the room that we are not in."
    ),
    definition={
        "trigger": {"stage": ["evaluation", "proposal", "negotiation", "contract"], "manual": True},
        "audience": {},
        "steps": [
            {
                "key": "ads-to-committee",
                "channel": "ad",
                "side": "marketing",
                "role": "marketer",
                "sla_hours": 48,
                "surface": "linkedin_ads",
                "instructions": (
                    "Switch {{account.name}} from awareness to proof: customer voices of their trade, to the"
                    " committee only. Nothing that sounds like the first date."
                ),
            },
            {
                "key": "champion-kit",
                "channel": "email",
                "side": "sales",
                "role": "ae",
                "sla_hours": 24,
                "wait_days": 1,
                "instructions": (
                    "Send {{contact.first_name}} the kit for the internal meeting: one page with their own "
                    "numbers, the three objections that will come, and a short answer to each. Ask which one"
                    " worries them."
                ),
                "variants": {
                    "economic_buyer": (
                        "One page: cost, return, risk, and what happens if they do nothing until next year. "
                        "Offer the call with a customer's CFO."
                    ),
                    "technical_evaluator": (
                        "The migration plan with names and dates, the security answers filled in, and the "
                        "exit clause."
                    ),
                    "blocker": (
                        "Ask for their concern before the meeting, in private, and take it seriously. A "
                        "blocker who was heard abstains; one who was passed over speaks."
                    ),
                },
            },
            {
                "key": "reference-call",
                "wait_days": 4,
                "channel": "meeting",
                "side": "sales",
                "role": "ae",
                "sla_hours": 72,
                "title": "Bring {{account.name}} together with a reference customer",
                "instructions": (
                    "Same size, same trade, a year ahead of them. Brief the customer on the one doubt that "
                    "is left, then stay out of the call."
                ),
            },
            {
                "key": "executive-sponsor",
                "wait_days": 5,
                "channel": "call",
                "side": "sales",
                "role": "ae",
                "sla_hours": 72,
                "instructions": (
                    "Have our executive call theirs: thank, commit, and ask what would make the first ninety days a "
                    "success in their eyes. Ten minutes."
                ),
            },
        ],
        "exits": ["opportunity_closed", "disqualified"],
        "contract": {"outcome": "deal_won", "days": 120},
        "priority": 75,
        "throttle": {"live_per_account": 3, "new_per_owner_per_week": None, "cooldown_days": 60},
        "holdout": 0,
    },
)

DORMANT: Final = StarterPlay(
    slug="dormant-reactivation",
    name="Dormant reactivation",
    purpose=(
        "Three months of silence on both sides. Wake the account with something new, or learn that it "
        "belongs off the list."
    ),
    definition={
        "trigger": {"crossing": ["reactivation"], "manual": True},
        "audience": {"lifecycles": ["prospect", "open_opportunity", "churned"]},
        "steps": [
            {
                "key": "wake-up-ads",
                "channel": "ad",
                "side": "marketing",
                "role": "marketer",
                "sla_hours": 72,
                "surface": "linkedin_ads",
                "instructions": (
                    "Two weeks of ads with what is new since {{account.name}} last heard of us. If nothing "
                    "is new for them, say so here and skip."
                ),
            },
            {
                "key": "what-changed",
                "wait_days": 7,
                "channel": "email",
                "side": "marketing",
                "role": "marketer",
                "sla_hours": 72,
                "instructions": (
                    "Write to {{contact.first_name}}: what has changed in their trade since we last spoke, "
                    "and the one thing we now do that we could not do then. No “just checking in”."
                ),
                "variants": {
                    "economic_buyer": (
                        "The figure that moved in their trade this year, and what the quick ones did about "
                        "it."
                    ),
                    "end_user": "The release note they asked for without knowing it, in three lines.",
                },
            },
            {
                "key": "honest-question",
                "wait_days": 7,
                "channel": "email",
                "side": "sales",
                "role": "owner",
                "sla_hours": 72,
                "instructions": (
                    "Ask {{contact.first_name}} straight: “Did it go another way, or has it only been quiet?"
                    " A word is enough, and either is fine.” Note the answer; it decides whether the account"
                    " stays on the list."
                ),
            },
        ],
        "exits": ["contact_engaged", "meeting_booked", "opportunity_opened", "left_list", "disqualified"],
        "contract": {"outcome": "meeting_booked", "days": 60},
        "priority": 30,
        "throttle": {"live_per_account": 1, "new_per_owner_per_week": 10, "cooldown_days": 120},
        "holdout": 0.1,
    },
)

PLAYS: Final = (WELCOME, COMMITTEE, LATE_STAGE, DORMANT, HOT_INTENT, SURGE, INBOUND)
