"""The account reads about our topic elsewhere [M]."""

from typing import Final

from plays.domain.starter.play import StarterPlay

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
                    "Send the buyer's guide of the topic to the committee. Plain text, from a person, with the "
                    "page that answers the question they seem to have."
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
                    "champion": (
                        "Send {{contact.first_name}} the guide with the three pages to forward marked in it, "
                        "and the question that colleagues will ask about each."
                    ),
                    "blocker": (
                        "Send the chapter on when not to do it. Somebody who is sceptical reads on when the "
                        "doubts come first."
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
                    "They have seen us by now. Connect with {{contact.first_name}}, refer to the guide, and "
                    "ask what they are comparing."
                ),
            },
            {
                "key": "sales-call",
                "wait_days": 3,
                "channel": "call",
                "side": "sales",
                "role": "owner",
                "sla_hours": 48,
                "tries": 3,
                "instructions": (
                    "Call {{contact.first_name}}: “We wrote the guide on this. Most teams get stuck at the "
                    "second chapter. Where are you?”"
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
