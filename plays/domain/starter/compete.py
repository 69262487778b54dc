"""Compete displacement [M]: somebody else's product is in place."""

from typing import Final

from plays.domain.starter.play import StarterPlay

COMPETE: Final = StarterPlay(
    slug="compete-displacement",
    name="Compete displacement",
    purpose=(
        "They have a competitor in place and have begun to look around. Nobody changes for a feature list: "
        "find the one job that the present tool does badly, prove ours on that job alone, and make the change "
        "look small."
    ),
    definition={
        "trigger": {"score": {"at_least": 75}, "manual": True},
        "audience": {"tiers": [1, 2], "lifecycles": ["prospect"]},
        "steps": [
            {
                "key": "ads-on-switching",
                "channel": "ad",
                "side": "marketing",
                "role": "marketer",
                "sla_hours": 48,
                "instructions": (
                    "Show {{account.name}} two customers of {{account.industry|their trade}} who changed over, "
                    "with how long it took. Never name the competitor in an ad; the reader does that alone."
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
                    "Do not attack what they have: somebody in the room chose it. Ask: “If you could change "
                    "one thing about how it works today, {{contact.first_name}}, what would it be?” Write down "
                    "the words they use, and when the contract ends."
                ),
                "variants": {
                    "economic_buyer": (
                        "Ask {{contact.first_name}} for the date and not for the budget: “When does the "
                        "present contract run out, and who has to agree before it renews by itself?” Offer the "
                        "cost of staying on one page."
                    ),
                    "technical_evaluator": (
                        "Ask {{contact.first_name}} what they had to build around the present tool. Offer the "
                        "migration plan of a customer of the same size, with the two things that were harder "
                        "than planned."
                    ),
                    "champion": (
                        "Tell {{contact.first_name}} what a change asks of the one who proposes it, and what "
                        "we take over. Ask who would be against it, and what that person is worried about."
                    ),
                    "end_user": (
                        "Ask {{contact.first_name}} to show you the one screen they work around. Offer to do "
                        "that same job with our product while they watch, on their own example."
                    ),
                    "blocker": (
                        "{{contact.first_name}} probably chose the present tool, and may have been right then. "
                        "Ask what has to stay as it is, and promise in writing what we would not touch."
                    ),
                },
            },
            {
                "key": "one-job-proof",
                "wait_days": 3,
                "channel": "email",
                "side": "sales",
                "role": "owner",
                "sla_hours": 24,
                "instructions": (
                    "Send the proof for the one job they named, and for nothing else: three sentences, one "
                    "picture, one customer to call. Close with “Is that the job, or was it only the first "
                    "thing that came to mind?”"
                ),
                "variants": {
                    "economic_buyer": (
                        "Send the cost of staying beside the cost of changing, the month of change included. "
                        "Give the figure that is against us too; they will find it anyway."
                    ),
                    "technical_evaluator": (
                        "Send the list of what moves over by itself, what by script and what by hand, with "
                        "hours beside each."
                    ),
                },
            },
            {
                "key": "talk-to-one-who-changed",
                "wait_days": 5,
                "channel": "meeting",
                "side": "sales",
                "role": "ae",
                "sla_hours": 72,
                "title": "Bring {{account.name}} together with a customer who changed over",
                "instructions": (
                    "Same size, same present tool, a year after the change. Ask the customer to begin with "
                    "what went wrong. Be there for the introduction and leave."
                ),
            },
            {
                "key": "date-in-the-calendar",
                "wait_days": 7,
                "channel": "call",
                "side": "sales",
                "role": "owner",
                "sla_hours": 72,
                "tries": 2,
                "instructions": (
                    "If now is wrong, agree on the day to speak again: four months before the contract ends. "
                    "Put it into the CRM and say so: “I will call on that day and not before.”"
                ),
            },
        ],
        "exits": ["meeting_booked", "opportunity_opened", "disqualified", "left_list"],
        "contract": {"outcome": "opportunity_created", "days": 90},
        "priority": 72,
        "throttle": {"live_per_account": 2, "new_per_owner_per_week": 5, "cooldown_days": 120},
        "holdout": 0.1,
    },
)
