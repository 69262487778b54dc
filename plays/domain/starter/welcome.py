"""Tier-one welcome [P3]."""

from typing import Final

from plays.domain.starter.play import StarterPlay

WELCOME: Final = StarterPlay(
    slug="tier-one-welcome",
    name="Tier-one welcome",
    purpose=(
        "An account has made it into tier 1. Four weeks in which the people who decide get to know us before "
        "anybody calls them, and in which we get to know who they are."
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
                    "Start the four-week awareness burst for {{account.name}}: the category problem first, our "
                    "name second. Check that the audience has the committee's titles and not the whole company."
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
                    "Find three to five people: who pays, who tests, who will use it, who could stop it. Add "
                    "each with role and reporting line. An empty role is worth writing down too."
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
                "key": "field-notebook",
                "wait_days": 17,
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
                "key": "personal-note",
                "wait_days": 4,
                "channel": "linkedin",
                "side": "sales",
                "role": "owner",
                "sla_hours": 48,
                "instructions": (
                    "Awareness has run; now be a person. Write to {{contact.first_name}} about something they "
                    "said or published in the last quarter, and why it made you think of a customer of ours."
                ),
            },
            {
                "key": "first-call",
                "wait_days": 3,
                "channel": "call",
                "side": "sales",
                "role": "owner",
                "sla_hours": 48,
                "tries": 3,
                "instructions": (
                    "Call {{contact.first_name}}. One sentence on who we are, one on a company like "
                    "{{account.name}}, then: “I would like twenty minutes to hear how you do this. If there is "
                    "nothing in it for you, I will say so.”"
                ),
                "variants": {
                    "economic_buyer": (
                        "Call {{contact.first_name}}. One sentence on a company like {{account.name}} and the "
                        "figure it moved, then: “Which figure would it have to be with you?” Twenty minutes at "
                        "most."
                    ),
                    "technical_evaluator": (
                        "Call {{contact.first_name}}. Say that you bring an engineer and no slides, and ask "
                        "which part of the present setup they would not build again."
                    ),
                    "champion": (
                        "Call {{contact.first_name}}. They have read what we sent; ask what they thought while "
                        "reading, and who else at {{account.name}} should hear it."
                    ),
                    "end_user": (
                        "Call {{contact.first_name}}. Ask for the story of last week's worst afternoon with "
                        "the present tool. Listen to the end of it."
                    ),
                    "blocker": (
                        "Call {{contact.first_name}} only when somebody else of the committee has spoken with "
                        "us, and say with whom. Ask what must not change."
                    ),
                },
            },
        ],
        "exits": ["meeting_booked", "opportunity_opened", "left_list", "disqualified"],
        "contract": {"outcome": "meeting_booked", "days": 90},
        "priority": 60,
        "throttle": {"live_per_account": 2, "new_per_owner_per_week": 15, "cooldown_days": 180},
        "holdout": 0,
    },
)
