"""Late-stage reinforcement [P3]."""

from typing import Final

from plays.domain.starter.play import StarterPlay

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
                    "Switch {{account.name}} from awareness to proof: customer voices of their trade, to the "
                    "committee only. Nothing that sounds like the first date."
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
                    "numbers, the three objections that will come, and a short answer to each. Ask which one "
                    "worries them."
                ),
                "variants": {
                    "economic_buyer": (
                        "One page: cost, return, risk, and what happens if they do nothing until next year. "
                        "Offer the call with a customer's CFO."
                    ),
                    "technical_evaluator": (
                        "The migration plan with names and dates, the security answers filled in, and the exit "
                        "clause."
                    ),
                    "blocker": (
                        "Ask for their concern before the meeting, in private, and take it seriously. A "
                        "blocker who was heard abstains; one who was passed over speaks."
                    ),
                    "champion": (
                        "Send {{contact.first_name}} the kit for the internal meeting: one page with their own "
                        "numbers, the three objections that will come, and a short answer to each. Offer an "
                        "hour to rehearse it."
                    ),
                    "end_user": (
                        "Send {{contact.first_name}} what their first week will look like, hour by hour, and "
                        "ask which part they would rather keep as it is. Their word counts in the room."
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
                    "Same size, same trade, a year ahead of them. Brief the customer on the one doubt that is "
                    "left, then stay out of the call."
                ),
            },
            {
                "key": "executive-sponsor",
                "wait_days": 5,
                "channel": "call",
                "side": "sales",
                "role": "ae",
                "sla_hours": 72,
                "tries": 2,
                "instructions": (
                    "Have our executive call theirs: thank, commit, and ask what would make the first ninety "
                    "days a success in their eyes. Ten minutes."
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
