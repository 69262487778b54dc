"""The account does its homework on us."""

from typing import Final

from plays.domain.starter.play import StarterPlay

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
                "tries": 3,
                "instructions": (
                    "Read the evidence first. Do not say that you saw them on the site; ask about the work "
                    "behind it: “Teams in {{account.industry}} are rethinking this just now. Is it on your "
                    "list, {{contact.first_name}}?”"
                ),
                "variants": {
                    "economic_buyer": (
                        "Open with the number their peers care about and ask how {{account.name}} measures it "
                        "today. Offer a one-page business case with their figures, not a demo."
                    ),
                    "technical_evaluator": (
                        "Offer the comparison they are making anyway, honestly, with the two cases in which we "
                        "are not the right choice. Ask which criteria are on their list."
                    ),
                    "champion": (
                        "{{contact.first_name}} knows us. Ask what has changed, who else is looking, and what "
                        "they would need from us to take it upstairs."
                    ),
                    "end_user": (
                        "Ask {{contact.first_name}} how the work is done today, and which step costs them the "
                        "evening. Offer to show that one step, on their own example, in fifteen minutes."
                    ),
                    "blocker": (
                        "{{contact.first_name}} looks for reasons against it. Give the two honest ones first, "
                        "ask for the third, and promise to come back with facts instead of an argument."
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
                        "Send the security and integration notes before they ask, and offer a sandbox for two "
                        "weeks."
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
                    "Connect with {{contact.first_name}} with a note about their work, not ours. No pitch in "
                    "the first message."
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
                    "Call once more, then let it rest: “I will stop here. When it becomes urgent, this is my "
                    "direct line.” Note what you learned about the timing."
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
