"""Dormant reactivation [P3]: the wake-up."""

from typing import Final

from plays.domain.starter.play import StarterPlay

DORMANT: Final = StarterPlay(
    slug="dormant-reactivation",
    name="Dormant reactivation",
    purpose=(
        "Three months of silence on both sides. Wake the account with something new, or learn that it belongs "
        "off the list."
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
                    "Two weeks of ads with what is new since {{account.name}} last heard of us. If nothing is "
                    "new for them, say so here and skip."
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
                    "Write to {{contact.first_name}}: what has changed in their trade since we last spoke, and "
                    "the one thing we now do that we could not do then. No “just checking in”."
                ),
                "variants": {
                    "economic_buyer": (
                        "The figure that moved in their trade this year, and what the quick ones did about it."
                    ),
                    "end_user": "The release note they asked for without knowing it, in three lines.",
                    "technical_evaluator": (
                        "Send the changelog since we last spoke, cut down to what they asked about then, with "
                        "the gaps that are still there."
                    ),
                    "champion": (
                        "Ask {{contact.first_name}} what became of the project, and tell in one line what "
                        "others of their trade did with theirs. No attachment."
                    ),
                    "blocker": (
                        "Write only if the objection of that time has been met. Then say which one, how, and "
                        "who confirms it."
                    ),
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
                    "Ask {{contact.first_name}} straight: “Did it go another way, or has it only been quiet? A "
                    "word is enough, and either is fine.” Note the answer; it decides whether the account "
                    "stays on the list."
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
