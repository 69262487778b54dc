"""Expansion: a customer who could use more."""

from typing import Final

from plays.domain.starter.play import StarterPlay

EXPANSION: Final = StarterPlay(
    slug="customer-expansion",
    name="Customer expansion",
    purpose=(
        "A customer has become livelier: another team looks in, a limit comes near. First make sure that what "
        "they have works; then show the second team what the first one got, in the first one's words."
    ),
    definition={
        "trigger": {"crossing": ["two-distinct-signals", "score-surge"], "manual": True},
        "audience": {"lifecycles": ["customer"]},
        "steps": [
            {
                "key": "health-check",
                "channel": "call",
                "side": "customer_success",
                "role": "csm",
                "sla_hours": 48,
                "tries": 3,
                "instructions": (
                    "Call {{contact.first_name}} about what they have, not about what they could buy: “What "
                    "does not work as you hoped?” Anything that is open is put right first; an angry customer "
                    "does not grow. Then ask who else has been looking."
                ),
                "variants": {
                    "economic_buyer": (
                        "Bring {{contact.first_name}} the result of the first year in their own figures, the "
                        "disappointing one included, and ask what the second year should be measured by."
                    ),
                    "technical_evaluator": (
                        "Go through limits, load and open tickets with {{contact.first_name}}, and say which "
                        "limit they will reach and when."
                    ),
                    "champion": (
                        "Ask {{contact.first_name}} which team envies them. Offer to prepare the half hour in "
                        "which they tell that team, so that it is theirs and not ours."
                    ),
                    "end_user": (
                        "Ask {{contact.first_name}} what they still do by hand. Show the part of the product "
                        "that does it, if it is in what they have; that comes first."
                    ),
                    "blocker": (
                        "Ask {{contact.first_name}} what they feared and whether it came. Whatever did come is "
                        "put right before anybody speaks of more."
                    ),
                },
            },
            {
                "key": "the-second-team",
                "wait_days": 5,
                "channel": "email",
                "side": "customer_success",
                "role": "csm",
                "sla_hours": 48,
                "instructions": (
                    "Write to the team that has been looking, with the first team's result in three lines and "
                    "the name of the colleague to ask. “They sit two floors above you” is worth more than any "
                    "case study."
                ),
                "variants": {
                    "economic_buyer": (
                        "What the second team costs, what it saves, and when the one price becomes the other."
                    ),
                    "technical_evaluator": (
                        "What is shared with the first team, what is separate, and who can see what."
                    ),
                },
            },
            {
                "key": "proof-inside-the-house",
                "wait_days": 4,
                "channel": "email",
                "side": "marketing",
                "role": "marketer",
                "sla_hours": 72,
                "instructions": (
                    "With the first team's consent make their result one page with their own name on it, and "
                    "send it to whoever of {{account.name}} has asked. Nobody outside gets it."
                ),
            },
            {
                "key": "talk-about-more",
                "wait_days": 4,
                "channel": "meeting",
                "side": "sales",
                "role": "ae",
                "sla_hours": 72,
                "title": "Talk with {{account.name}} about the second team",
                "instructions": (
                    "With the customer success manager in the room. Begin with what the first team was "
                    "promised and got; then one proposal, for one team, with one date. The next one follows "
                    "from the result."
                ),
            },
        ],
        "exits": ["opportunity_opened", "disqualified"],
        "contract": {"outcome": "opportunity_created", "days": 90},
        "priority": 68,
        "throttle": {"live_per_account": 2, "new_per_owner_per_week": 5, "cooldown_days": 90},
        "holdout": 0.1,
    },
)
